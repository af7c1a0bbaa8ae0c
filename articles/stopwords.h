/*
 * stopwords - words too common to tell events apart, by language: sorted static tables of bare forms.
 *
 * The lists are written for this project. Languages without one have no stop words; document frequencies
 * take care of theirs. In Chinese, Japanese and Korean, which are tokenised by bigrams of characters, an
 * entry of one character stops every bigram it is in.
 */
#ifndef NW_ARTICLES_STOPWORDS_H
#define NW_ARTICLES_STOPWORDS_H

#include <stdbool.h>
#include <stddef.h>

struct stopword_list;

/* NULL when the language has no list. */
const struct stopword_list *stopwords_find(const char *language);
bool stopwords_has(const struct stopword_list *list, const char *bare, size_t len);

/* For tests and tools: the i-th word of a list, NULL behind the last; the i-th language. */
const char *stopwords_word(const struct stopword_list *list, size_t i);
const char *stopwords_language(size_t i);

#endif
