/*
 * story_policy - the settings that decide clustering and identity.
 *
 * Fixed per generation (PROTOCOL.md 2 in short: same input and same policy give the same stories). The
 * hash is kept with the position; a partition written under another policy is refused unless the
 * operator accepts the change. Numbers that are tuned by bench/quality are constants of the engine
 * and enter the hash through STORY_ENGINE_VERSION.
 */
#ifndef NW_STORIES_STORY_POLICY_H
#define NW_STORIES_STORY_POLICY_H

#include <stdint.h>

#include "stories/story_weights.h"

/* Raised with every change of the engine that can change a decision. */
enum { STORY_ENGINE_VERSION = 15 };

struct story_policy {
    uint32_t generation;    /* 1.. */
    int64_t idle_expiry_ms; /* a story without a join for this long of event time closes; default 7 days */
    int64_t closed_retention_ms; /* closed stories stay known (retractions apply) this long; default 48 h */
    /* ... and for so many records of their language, so that a jump in time cannot drop a story whose last
     * summary is not published yet; default 10,000, not in the configuration */
    uint32_t closed_retention_records;
    /* A story also stays open for so many records of its language since its last join, however far apart in
     * time they are: where few articles come, the next about the same event may come weeks later. In a feed
     * of more than so many articles in idle_expiry_ms it has no effect. Default 2,000, not in the
     * configuration */
    uint32_t least_open_records;
    /* While undated articles come, a story also stays open for so many records of its language since its last
     * join: event time cannot tell how old an undated article is. Default 10,000, not in the configuration */
    uint32_t undated_hold_records;
    uint32_t kept_articles;       /* articles of a story whose cards are kept; default 1000 */
    uint32_t merge_interval;      /* merge pass every so many articles of a language; default 300 */
    struct story_weights weights; /* stories.weights_file, or the built-in ones */
};

struct story_policy story_policy_default(void);
uint64_t story_policy_hash(const struct story_policy *policy);

#endif
