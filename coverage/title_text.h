/*
 * title_text - a headline as a reader wants it: without "LIVE:" and the like, and not shouting.
 *
 * The outlet's name is off a card's title already (articles/title.h). Results are in the arena.
 * What would leave too little to read is left as it was.
 */
#ifndef NW_COVERAGE_TITLE_TEXT_H
#define NW_COVERAGE_TITLE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

/* "LIVE: Storm nears the coast - live updates" -> "Storm nears the coast". */
const char *title_text_clean(struct arena *arena, const char *title);

/* Whether it begins or ends as a live blog, a video or a breaking-news flash does. */
bool title_text_is_live(const char *title);
/* Nearly all letters are capitals (and there are enough to tell). */
bool title_text_is_shouting(const char *title);
/* A shouting title in the case of running text: each word as the texts write it inside their sentences,
 * lower case when they do not have it; the first letter is a capital. */
const char *title_text_calm(struct arena *arena, const char *title, const char *const *texts, size_t count);

#endif
