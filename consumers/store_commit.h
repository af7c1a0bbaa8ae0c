/*
 * store_commit - one batch, one Redis transaction.
 *
 * WATCH and read token and position; if both are ours, MULTI, everything the batch changed in the order
 * it happened, then states, counts, rankings, outbox and last the position, EXEC. Every element of the
 * answer is checked.
 */
#ifndef NW_CONSUMERS_STORE_COMMIT_H
#define NW_CONSUMERS_STORE_COMMIT_H

#include "consumers/outbox_mark.h"
#include "consumers/story_store.h"
#include "coverage/coverage.h"
#include "stories/partition.h"

/* The public numbers of one story. */
struct store_row {
    const struct story *story; /* active or closed */
    struct coverage_counts counts;
    bool clean_blindspots; /* it may be ranked as the blindspot of another side */
    bool rankings_only;    /* time has passed, the story has not changed */
};

struct store_document { /* a summary that Kafka has */
    struct id128 story;
    const char *json;
    size_t len;
    const struct coverage_parts *parts; /* for story:<id> */
};

struct store_batch {
    const struct partition *partition; /* its changes since the last clear; its next offset is stored */
    struct store_point expected;       /* the state this batch starts from */
    const char *ratings_version;
    const struct store_row *rows;
    size_t row_count;
    uint64_t marks_after;            /* how many are in the outbox then */
    const struct outbox_mark *marks; /* written; each but MARK_DROPPED is an entry in ns:changes */
    size_t mark_count;
    const struct id128 *cleared; /* marks that Kafka has; none of them is in marks */
    size_t cleared_count;
    const struct store_document *documents; /* of stories that still exist after this batch */
    size_t document_count;
};

/* NW_OK: applied, all of it. NW_ERR_CONFLICT: nothing applied, not ours. NW_ERR_UNAVAILABLE: unknown;
 * story_store_resume() tells (store_commit_point(): it was applied; the expected one: it was not, send it
 * again). NW_ERR_FATAL: nothing applied, Redis refused a command. NW_ERR_CORRUPT: an element failed inside
 * the transaction, the rest is written;
 * story_store_claim() refuses the partition from now on. */
enum nw_err store_commit(struct story_store *store, const struct store_batch *batch) NW_MUST_CHECK;
/* Where the state stands once a batch of the partition is applied. */
struct store_point store_commit_point(const struct partition *partition, struct store_point expected);

#endif
