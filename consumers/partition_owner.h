/*
 * partition_owner - one owned features partition: its memory, its batch, its store and its publisher.
 *
 *   CLAIMING -> RESTORING -> READY <-> RESUMING      REFUSED
 *       ^___________________________|_______|           (looked at again every half minute)
 *
 * CLAIMING writes a fresh token and reads the position; RESTORING loads slices; READY applies records
 * and commits batches; RESUMING has lost Redis with the memory intact and asks, once it is back, whether
 * the last transaction was applied. A conflict (another owner, Redis gone back in time, a failed
 * element) forgets the memory and claims again. REFUSED needs an operator: the reason is in the log.
 *
 * The summary of a story is built only from committed state: publishing happens when no record has been
 * applied since the last EXEC. One thread; no call blocks longer than a Redis command timeout.
 */
#ifndef NW_CONSUMERS_PARTITION_OWNER_H
#define NW_CONSUMERS_PARTITION_OWNER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/metrics.h"
#include "consumers/options.h"
#include "coverage/ratings.h"

/* X(id, text) */
#define OWNER_STATES(X)                                                                                      \
    X(OWNER_CLAIMING, "claiming")                                                                            \
    X(OWNER_RESTORING, "restoring")                                                                          \
    X(OWNER_READY, "ready")                                                                                  \
    X(OWNER_RESUMING, "resuming")                                                                            \
    X(OWNER_REFUSED, "refused")

enum owner_state {
#define OWNER_STATE_ENUM(id, text) id,
    OWNER_STATES(OWNER_STATE_ENUM)
#undef OWNER_STATE_ENUM
};

const char *owner_state_text(enum owner_state state);

/* Gives the kinds of decisions and of changes their names, so that each is on the page from the start. */
void partition_owner_label_metrics(struct metrics *metrics);

/* What an owner has to know of the logs. false: no answer now. */
struct owner_logs {
    void *context;
    bool (*features_bounds)(void *context, int32_t partition, int64_t *low, int64_t *high);
    /* Has the group ever committed an offset for it? */
    bool (*was_consumed)(void *context, int32_t partition, bool *out);
    bool (*source_partitions)(void *context, int32_t *count);
    bool (*source_end)(void *context, int32_t source_partition, int64_t *end);
};

/* Bytes of summaries on their way, of all owners of a loop together (memory_budget.h). */
struct publish_room {
    size_t used, most;
};

struct owner_settings { /* borrowed for the owner's life */
    const struct kafka_options *kafka;
    const struct redis_options *redis;
    const struct story_options *story;
    struct metrics *metrics;
    struct publish_room *room;
    struct owner_logs logs;
};

struct partition_owner;

struct partition_owner *partition_owner_new(const struct owner_settings *settings, int32_t partition);
void partition_owner_free(struct partition_owner *owner);

int32_t partition_owner_partition(const struct partition_owner *owner);
enum owner_state partition_owner_state(const struct partition_owner *owner);

/* A record in offset order. Records below the position are dropped. Returns false when it cannot be
 * taken (not ready, or a gap before it): the records from partition_owner_position() on are to be read again.
 */
bool partition_owner_accept(struct partition_owner *owner, uint64_t offset, int64_t append_ms,
                            const void *bytes, size_t len);
/* Ready, and neither the batch nor what waits to be published is over its bound. */
bool partition_owner_wants_records(const struct partition_owner *owner);
/* The next offset to be applied; valid when ready or resuming. */
uint64_t partition_owner_position(const struct partition_owner *owner);
/* The next offset that is stored; false: none yet. */
bool partition_owner_stored(const struct partition_owner *owner, uint64_t *next_offset);

/* Moves on: claims, restores a slice, commits a batch that is full or old enough, publishes. ratings: the
 * table in use (borrowed). Returns true when there is more to do at once. */
bool partition_owner_step(struct partition_owner *owner, struct ratings *ratings);
/* Milliseconds until partition_owner_step() has something to do; at most most_ms. */
int partition_owner_wait_ms(const struct partition_owner *owner, int most_ms);

/* At a revoke or the end: commits what has been applied (once), finishes or drops the round under way,
 * closes the connections and keeps the memory. Nothing but _unpark or _free may follow. */
void partition_owner_park(struct partition_owner *owner, struct ratings *ratings, int wait_ms);
/* The partition came back: goes on with the memory if token and position in Redis are still ours. */
void partition_owner_unpark(struct partition_owner *owner);

size_t partition_owner_live_stories(const struct partition_owner *owner);

#endif
