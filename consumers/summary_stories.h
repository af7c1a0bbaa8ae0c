/*
 * summary_stories - what the summaries role does with stories, between the coverage topic and the service.
 *
 * A record of the coverage topic is only a sign that its story has changed; what the service is asked about
 * is read from Redis at that moment, so nothing stale is asked for and little is kept. The way of an answer:
 * checked, stored in Redis under its revision (analysis_store.h), sent to the insights topic in a transaction
 * that a former owner of the partition cannot follow with an older one (analysis_outlet.h), noted as told.
 * Whatever dies in between: the record is read again, because the position waits for the story, and what is
 * stored and not told is sent again without asking.
 *
 * One thread. Waits for nothing but Redis.
 */
#ifndef NW_CONSUMERS_SUMMARY_STORIES_H
#define NW_CONSUMERS_SUMMARY_STORIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/metrics.h"
#include "consumers/options.h"

struct summary_stories;

struct summary_settings {
    const struct kafka_options *kafka;
    const struct redis_options *redis;
    const struct summary_options *summary;
    const char *prompt;
    struct metrics *metrics;
    int32_t partitions; /* of the coverage topic */
};

/* A record of the coverage topic; borrowed. */
struct summary_record {
    int32_t partition;
    int64_t offset;
    const char *key;
    size_t key_len;
    const char *value; /* NULL: a tombstone */
    size_t len;
    uint64_t revision; /* of the header; 0: none */
};

/* settings are copied, what they point to is borrowed. */
struct summary_stories *summary_stories_new(const struct summary_settings *settings, int64_t now_mono_ms);
void summary_stories_free(struct summary_stories *stories);

/* NW_ERR_UNAVAILABLE: Redis does not answer; bring the same record again. */
enum nw_err summary_stories_take(struct summary_stories *stories, const struct summary_record *record,
                                 int64_t now_mono_ms) NW_MUST_CHECK;
/* Moves requests and messages on and, if it may, asks for the next stories. */
void summary_stories_turn(struct summary_stories *stories, bool may_ask, int64_t now_mono_ms,
                          int64_t now_wall_ms);

/* A partition is ours from now on. */
void summary_stories_assign(struct summary_stories *stories, int32_t partition);
/* Before it is given up: waits up to wait_ms for what is being sent. */
void summary_stories_finish(struct summary_stories *stories, int32_t partition, int wait_ms);
/* It is ours no more: what is left is dropped, for the next owner to begin anew. */
void summary_stories_revoke(struct summary_stories *stories, int32_t partition);
/* The offset to commit, given the next one to read. */
int64_t summary_stories_position(const struct summary_stories *stories, int32_t partition,
                                 int64_t next_offset);

bool summary_stories_is_busy(const struct summary_stories *stories);
bool summary_stories_redis_is_away(const struct summary_stories *stories);

#endif
