/*
 * dateline - the place (or rubric) that stands before a title: "Millbrook. Two hundred trees for the park".
 *
 * Regional papers begin every title so. The place is a name that the article has, and nothing of what it
 * says: as words of the title, a day's news of one town becomes one story.
 */
#ifndef NW_ARTICLES_DATELINE_H
#define NW_ARTICLES_DATELINE_H

#include <stddef.h>

#include "articles/features_compute.h"

enum { DATELINE_WORDS = 6 };

/*
 * How many of the title's words are its dateline; 0: it has none. It ends in a full stop that is no
 * abbreviation's, its words are capitalised or stop words, and something follows. text: what was tokenised.
 * Not for titles whose words are all capitalised, nor for languages that capitalise their nouns.
 */
size_t dateline_words(const struct text_words *title, const char *text, size_t len);

#endif
