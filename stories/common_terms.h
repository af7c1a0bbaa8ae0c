/*
 * common_terms - the keys of a language's common words (articles/common_words.h) as its articles have them:
 * folded and stemmed. Numbers are common too: dates, scores and sums recur.
 */
#ifndef NW_STORIES_COMMON_TERMS_H
#define NW_STORIES_COMMON_TERMS_H

#include <stdbool.h>
#include <stdint.h>

struct common_terms;

/* Never NULL; empty where the language has no list. */
struct common_terms *common_terms_new(const char *language);
void common_terms_free(struct common_terms *common);
/* Of a word or number (term_key() in story_terms.h). */
bool common_terms_has(const struct common_terms *common, uint32_t key);

#endif
