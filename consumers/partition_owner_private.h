/*
 * partition_owner_private - what the files of an owner share: partition_owner.c (states),
 * owner_batch.c (one transaction), owner_publish.c (rounds of summaries).
 */
#ifndef NW_CONSUMERS_PARTITION_OWNER_PRIVATE_H
#define NW_CONSUMERS_PARTITION_OWNER_PRIVATE_H

#include "base/arena.h"
#include "consumers/coverage_builder.h"
#include "consumers/coverage_publisher.h"
#include "consumers/outbox.h"
#include "consumers/partition_owner.h"
#include "consumers/store_commit.h"
#include "consumers/story_store.h"
#include "stories/partition.h"

/* A summary on its way: in the round, then acknowledged by Kafka and waiting for the next EXEC. */
struct sending {
    struct outbox_mark mark;
    uint64_t stamp;
    int64_t arrived_ms; /* of the event it tells, NW_NO_TIME: unknown */
    struct built_summary summary;
};

struct sendings {
    struct sending *items;
    size_t count, capacity;
};

/* A walk over all stories, a slice a transaction (owner_batch.c). */
enum sweep_kind { SWEEP_NONE, SWEEP_RANKINGS, SWEEP_RATINGS };
struct sweep {
    enum sweep_kind kind;
    struct id128 *stories;
    size_t count, capacity, at;
    size_t slice;            /* of the transaction under way */
    struct ratings *ratings; /* the table of all its slices; NULL when there is no sweep */
    bool mixed;              /* of a ratings sweep: stories were counted with another table meanwhile */
};

/* When a record of the batch came into Kafka. */
struct arrival {
    uint64_t offset;
    int64_t ms; /* wall */
};

/* What happens between two commits is counted once it is committed: a batch may be applied again. */
struct owner_tally {
    uint64_t outcomes[APPLY_OUTCOME_COUNT];
    int64_t apply_us;
    struct arrival *arrivals;
    size_t arrival_count, arrival_capacity;
};

struct partition_owner {
    const struct owner_settings *settings;
    int32_t number;
    enum owner_state state;
    int64_t retry_at_ms; /* monotonic: claiming, resuming, refused */
    int64_t retry_wait_ms;

    struct story_store *store;
    struct partition *partition; /* NULL: no memory */
    struct outbox *outbox;
    struct coverage_publisher *publisher; /* NULL: parked, or no memory */
    struct arena *arena;                  /* of one record */

    /* --rebuild */
    bool erasing;             /* while restoring: what is stored is being dropped instead */
    bool erased;              /* once a process, not again and again */
    uint64_t stored_marks;    /* while restoring: how many the outbox has to hold */
    int64_t progress_said_ms; /* monotonic */

    /* what Redis holds */
    struct store_point stored;
    uint64_t seen_transactions; /* the highest number Redis was ever seen to hold */
    bool recounted;             /* with other ratings, ever: they have changed while this owner lived */

    /* the batch: applied, not committed */
    bool in_doubt;     /* the last one was sent, and Redis has not said what became of it */
    uint64_t position; /* next offset to apply */
    uint64_t gap_at;   /* offset of a record that came too early; UINT64_MAX: none */
    uint32_t records;
    size_t bytes;
    int64_t batch_since_ms, committed_ms, verified_ms; /* monotonic */
    struct store_row *rows;
    size_t row_count, row_capacity;
    size_t changed_rows; /* of stories that records of the batch have changed: the first ones */
    struct outbox_mark *marks;
    size_t mark_count, mark_capacity;
    struct id128 *marked; /* of marks, sorted */
    size_t marked_capacity;
    struct id128 *cleared;
    size_t cleared_count, cleared_capacity;
    struct store_document *documents;
    size_t document_count, document_capacity;

    /* ratings the stored counts were made with; NULL: others than those in use, unknown which */
    struct ratings *rated_with;
    struct ratings *counted_with; /* of the rows of the batch; NULL: none built yet */
    struct sweep sweep;
    int64_t event_now_ms;      /* newest change seen; NW_NO_TIME: none yet */
    int64_t rankings_bucket;   /* of event_now_ms when the rankings were swept last */
    int64_t rankings_swept_ms; /* monotonic */

    struct coverage_builder builder;
    struct sendings round, acknowledged;
    int64_t publish_not_before_ms; /* monotonic: keeps publishing to its share of the thread */

    enum owner_state noted_state;
    int64_t noted_ms;         /* monotonic; 0: nothing noted yet */
    char refused_reason[400]; /* in OWNER_REFUSED */

    struct owner_tally tally;
    int64_t claimed_ms, round_since_ms, memory_noted_ms; /* monotonic */
};

/* owner_batch.c */

/* Everything that waits to be written as one transaction. Borrowed until owner_batch_done(). */
void owner_batch_build(struct partition_owner *owner, struct ratings *ratings, struct store_batch *out);
/* It has been applied: the memory is the committed state now. */
void owner_batch_done(struct partition_owner *owner);
/* Starts a sweep when one is due. */
void owner_batch_plan_sweep(struct partition_owner *owner, struct ratings *ratings);

/* owner_metrics.c */

void owner_metrics_record(struct partition_owner *owner, uint64_t offset, int64_t arrived_ms,
                          enum apply_outcome outcome, int64_t started_us);
/* Before the changes of the batch are cleared; its marks are in the outbox. */
void owner_metrics_batch(struct partition_owner *owner, int64_t now_ms);
void owner_metrics_forget_batch(struct partition_owner *owner);
/* started_us: of the transaction. */
void owner_metrics_commit(const struct partition_owner *owner, int64_t started_us);
void owner_metrics_restoring(const struct partition_owner *owner);
void owner_metrics_ready(const struct partition_owner *owner);
void owner_metrics_round(const struct partition_owner *owner);
/* Gauges, at every step. */
void owner_metrics_step(struct partition_owner *owner);
/* The partition is not ours any more: its series go. */
void owner_metrics_hide(const struct partition_owner *owner);

/* owner_publish.c */

/* Moves the publisher on and begins a round when there is something due and time for it. Not NULL: why the
 * partition is to be given up, another has it. */
const char *owner_publish_step(struct partition_owner *owner, struct ratings *ratings);
/* Puts the marks of a round that will not end back. */
void owner_publish_drop_round(struct partition_owner *owner);
void owner_publish_free(struct partition_owner *owner);
/* The summary is not needed any more. */
void owner_publish_release(struct partition_owner *owner, struct built_summary *summary);

#endif
