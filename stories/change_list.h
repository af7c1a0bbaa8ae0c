/*
 * change_list - what a partition has changed since its changes were last stored.
 *
 * Owns copies of the values (cards, withdrawals), and the merged stories, which stay readable until
 * the clear. A dropped story is taken off before it is freed.
 */
#ifndef NW_STORIES_CHANGE_LIST_H
#define NW_STORIES_CHANGE_LIST_H

#include <stddef.h>

#include "base/arena.h"
#include "stories/held_story.h"
#include "stories/partition.h"

struct change_list {
    struct partition_changes view; /* what partition_changes() shows */
    struct arena *values;
    struct change *changes;
    size_t change_capacity;
    struct story **dirty;
    size_t dirty_count, dirty_capacity;
    struct source_delta *sources;
    size_t source_count, source_capacity;
    uint32_t *source_places; /* by source number: place in sources + 1, 0: not there */
    size_t source_place_capacity;
    struct held_story **merged;
    size_t merged_count, merged_capacity;
    struct partition_totals totals;
};

void change_list_init(struct change_list *list);
void change_list_fini(struct change_list *list);

/* Appends change; value is copied, NULL stays NULL. */
void change_list_add(struct change_list *list, const struct change *change);
void change_list_dirty(struct change_list *list, struct held_story *held);
/* The story is about to be freed. */
void change_list_forget(struct change_list *list, struct held_story *held);
/* Adds to the delta of a source; last_seen_ms NW_NO_TIME: not seen. */
void change_list_source(struct change_list *list, const struct source_delta *delta);
/* Takes over a story that was merged into another. */
void change_list_take_merged(struct change_list *list, struct held_story *held);

/* Sets view. */
void change_list_refresh(struct change_list *list);
void change_list_clear(struct change_list *list);

#endif
