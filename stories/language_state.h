/*
 * language_state - everything a partition keeps of one language.
 *
 * Languages that share a partition do not change each other: they share the names of sources and
 * the change list, and nothing that decides (PROTOCOL.md 2).
 */
#ifndef NW_STORIES_LANGUAGE_STATE_H
#define NW_STORIES_LANGUAGE_STATE_H

#include <stddef.h>
#include <stdint.h>

#include "stories/article_map.h"
#include "stories/clusterer.h"
#include "stories/duplicates.h"
#include "stories/held_story.h"
#include "stories/story_policy.h"
#include "stories/watermark.h"

struct language_state {
    char name[STORY_LANGUAGE_MAX];
    struct partition *partition; /* it belongs to */
    uint64_t sequence;           /* record count: records that changed something here */
    uint64_t founded;            /* stories ever founded: the number of the next one */
    uint64_t undated_sequence;   /* sequence at the last undated article; 0: none yet */
    struct watermark watermark;
    struct clusterer *clusterer;
    struct article_map *articles;  /* of active and closed stories */
    struct duplicates *duplicates; /* the same */
    struct story_list active;      /* by joined_watermark_ms */
    struct story_list closed;      /* by closed_sequence */
};

struct language_state *language_state_new(struct partition *partition, const struct story_policy *policy,
                                          const char *name);
/* Frees its stories too. */
void language_state_free(struct language_state *language);
/* The record count of the last merge pass. */
uint64_t language_state_last_pass(const struct language_state *language, const struct story_policy *policy);
size_t language_state_memory_bytes(const struct language_state *language);

#endif
