/*
 * tags - the tags that most texts of a story carry.
 *
 * Each text counts a tag once, letter case does not matter; shown as first written. Most frequent
 * first, then by text.
 */
#ifndef NW_COVERAGE_TAGS_H
#define NW_COVERAGE_TAGS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "coverage/story_view.h"

enum { TAGS_MAX = 20, TAGS_PER_ARTICLE = 16 };

/* texts as for title_choice_make(). At most TAGS_MAX, in the arena or borrowed from the cards. */
const char **tags_choose(struct arena *arena, const struct story_view *view, const uint32_t *texts,
                         size_t count, size_t *found);

#endif
