/*
 * held_story - a story with what only the partition needs to know of it, in one allocation.
 *
 * story comes first and story.owner_data points to the whole. story_list is a list of held stories in
 * the order of a clock that never goes back: active ones by the watermark of their last join,
 * closed ones by the record that closed them (and so by the watermark then).
 */
#ifndef NW_STORIES_HELD_STORY_H
#define NW_STORIES_HELD_STORY_H

#include <stdbool.h>
#include <stddef.h>

#include "stories/story.h"

struct language_state;

struct held_story {
    struct story story;
    struct language_state *language;
    struct held_story *prev, *next; /* in the story_list it is in */
    bool dirty;
    size_t dirty_index; /* in the change list, when dirty */
    size_t cards;       /* members that have a card */
    size_t first_card;  /* no member before this index has one */
};

struct story_list {
    struct held_story *first, *last;
    size_t count;
};

struct held_story *held_story_new(struct language_state *language);
/* terms must have been freed by the clusterer. */
void held_story_free(struct held_story *held);
static inline struct held_story *held_story_of(const struct story *story)
{
    return story->owner_data;
}

void story_list_append(struct story_list *list, struct held_story *held);
void story_list_remove(struct story_list *list, struct held_story *held);
/* held, in no list, takes the place of other, which is in none afterwards. */
void story_list_replace(struct story_list *list, struct held_story *other, struct held_story *held);
/* Restore: by the clock of the list, NW_NO_TIME first. */
void story_list_sort(struct story_list *list, int64_t (*clock)(const struct story *story));

#endif
