/*
 * story_numbers - the members of a story and what is derived from them.
 *
 * Keeps members in the order of their sequence, sources in the order of their first member, and the
 * first and last published time: always exactly what deriving them anew from the members gives, so
 * that a restored story equals the one that was never stored.
 */
#ifndef NW_STORIES_STORY_NUMBERS_H
#define NW_STORIES_STORY_NUMBERS_H

#include <stddef.h>
#include <stdint.h>

#include "stories/story.h"

/* Memory for recounting, shared by all stories of a partition; zeroed at first. */
struct story_counter {
    uint32_t *positions; /* by source number: place in story->sources + 1, 0 between recounts */
    size_t capacity;
};

void story_counter_fini(struct story_counter *counter);

/* Adds a member whose sequence is larger than all of the story's; returns where it lies. */
struct member *story_numbers_add(struct story *story, const struct member *member);
/* Takes out members[index]. */
void story_numbers_remove(struct story *story, size_t index, struct story_counter *counter);
/* Moves all members of younger into older. */
void story_numbers_merge(struct story *older, struct story *younger, struct story_counter *counter);
/* Moves members[at[0]], members[at[1]] ... (ascending) of from into to, which has none yet. */
void story_numbers_split(struct story *from, const size_t *at, size_t count, struct story *to,
                         struct story_counter *counter);
/* After members have been changed in place. */
void story_numbers_recount(struct story *story, struct story_counter *counter);
/* Articles of a source in the story. */
uint32_t story_numbers_of_source(const struct story *story, uint32_t source);
/* Sorts members by sequence (restore). */
void story_numbers_sort(struct story *story);
/* Frees members and sources. */
void story_numbers_fini(struct story *story);

#endif
