/*
 * analysis_store - what the summary consumer reads and writes in Redis (docs/redis.md).
 *
 * Reads the last summary and the cards of a story, writes insights:<id> in the same partition, and keeps
 * beside the partitions what it has told readers of the insights topic:
 *
 *   <namespace>:_insights          hash: story -> a record of struct analysis_told; a story is in it from
 * before its first answer is sent until its tombstone is <namespace>:_asked:<hour>      string: requests of
 * all instances in that hour since 1970
 *
 * insights:<id> is written only while the story is there, and never over a higher revision: the story
 * consumer drops it with the story, and two instances may meet at a rebalance.
 *
 * One thread. NW_ERR_UNAVAILABLE: Redis did not answer; connections are made again by the next call.
 */
#ifndef NW_CONSUMERS_ANALYSIS_STORE_H
#define NW_CONSUMERS_ANALYSIS_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "articles/article_card.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "consumers/options.h"

struct analysis_store;

/* A story in a features partition. */
struct story_place {
    struct id128 id;
    int32_t partition;
};

/* What an answer rested on, as far as the message itself does not tell, and whether Kafka has it. */
struct analysis_told {
    uint64_t acknowledged; /* revision that Kafka has acknowledged; 0: none yet */
    uint64_t fingerprint;  /* of the articles (analysis_material.h) */
    uint32_t sources, sides;
};

/* options are borrowed. */
struct analysis_store *analysis_store_new(const struct redis_options *options, const char *features_topic);
void analysis_store_free(struct analysis_store *store);
const char *analysis_store_error(const struct analysis_store *store);

/* Calls visit for each story that was told. */
enum nw_err analysis_store_list_told(struct analysis_store *store,
                                     void (*visit)(void *context, struct id128 story),
                                     void *context) NW_MUST_CHECK;

/* The last summary sent; *json NULL when there is none (any more). In the arena. */
enum nw_err analysis_store_read_summary(struct analysis_store *store, struct story_place place,
                                        struct arena *arena, const char **json, size_t *len) NW_MUST_CHECK;
/* cards[count], NULL where none is kept. In the arena. */
enum nw_err analysis_store_read_cards(struct analysis_store *store, struct story_place place,
                                      const struct id128 *articles, size_t count, struct arena *arena,
                                      const struct article_card **cards) NW_MUST_CHECK;
/* Which of the articles are still members of the story. */
enum nw_err analysis_store_read_members(struct analysis_store *store, struct story_place place,
                                        const struct id128 *articles, size_t count,
                                        bool *there) NW_MUST_CHECK;
/* The answer that is stored; *json NULL when there is none. In the arena. */
enum nw_err analysis_store_read(struct analysis_store *store, struct story_place place, struct arena *arena,
                                const char **json, size_t *len, struct analysis_told *told) NW_MUST_CHECK;

enum analysis_written {
    ANALYSIS_WRITTEN,
    ANALYSIS_OLDER, /* a higher revision is there */
    ANALYSIS_GONE,  /* the story is not there any more */
};
enum nw_err analysis_store_write(struct analysis_store *store, struct story_place place, uint64_t revision,
                                 const char *json, size_t len, const struct analysis_told *told,
                                 enum analysis_written *out) NW_MUST_CHECK;
/* Takes the answer back, unless one of a higher revision is there. */
enum nw_err analysis_store_remove(struct analysis_store *store, struct story_place place,
                                  uint64_t revision) NW_MUST_CHECK;

/* Kafka has it. */
enum nw_err analysis_store_tell(struct analysis_store *store, struct id128 story,
                                const struct analysis_told *told) NW_MUST_CHECK;
/* Kafka has its tombstone. */
enum nw_err analysis_store_forget(struct analysis_store *store, struct id128 story) NW_MUST_CHECK;

/* Counts one request of this hour; *allowed: it is within the budget of all instances. */
enum nw_err analysis_store_count_request(struct analysis_store *store, int64_t now_wall_ms, int budget,
                                         bool *allowed) NW_MUST_CHECK;

#endif
