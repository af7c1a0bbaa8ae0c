/*
 * coverage_builder - summaries from the committed state: the stories in memory, the cards from Redis.
 */
#ifndef NW_CONSUMERS_COVERAGE_BUILDER_H
#define NW_CONSUMERS_COVERAGE_BUILDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "consumers/options.h"
#include "consumers/outbox_mark.h"
#include "consumers/story_store.h"
#include "coverage/ratings.h"
#include "stories/partition.h"

enum { COVERAGE_BUILDER_SLICE = 64 };

struct coverage_builder {
    const struct kafka_options *kafka;
    const struct story_options *story;
    int32_t partition_number;
    uint64_t policy_hash;
    struct arena *arena; /* of one slice */
};

struct built_summary {
    char *json; /* owned by the caller; NULL: a tombstone, or the story is gone (gone says which) */
    size_t len;
    struct coverage_parts parts; /* owned */
    bool gone;                   /* an update whose story is not here any more: nothing to say */
};

/* Builds one summary a mark, at most COVERAGE_BUILDER_SLICE, of the state committed up to there. Nothing is
 * built on NW_ERR_UNAVAILABLE: the cards could not be read; NW_ERR_CONFLICT: that state is not there any
 * more, or another's. */
enum nw_err coverage_builder_run(struct coverage_builder *builder, struct story_store *store,
                                 struct store_point committed, const struct partition *partition,
                                 struct ratings *ratings, const struct outbox_mark *const *marks,
                                 size_t count, struct built_summary *out) NW_MUST_CHECK;
void built_summary_free(struct built_summary *summary);

#endif
