/*
 * story_ahead - the memory is asked for what the next stories of a walk need, before they are read.
 *
 * Among a million stories each is far from any cache, in four places one behind the other: the story, what it
 * points to, the words, the members. Asked for some stories ahead, step by step, these misses are under way
 * while the stories before are looked at. Nothing depends on it but time.
 */
#ifndef NW_STORIES_STORY_AHEAD_H
#define NW_STORIES_STORY_AHEAD_H

#include <stddef.h>

#include "stories/story.h"

/* Before stories[at] is compared by its words; at goes from 0 to count - 1. */
void story_ahead_texts(struct story *const *stories, size_t count, size_t at);
/* Before the numbers and the last member of stories[at] are read. */
void story_ahead_numbers(struct story *const *stories, size_t count, size_t at);

#endif
