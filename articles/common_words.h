/*
 * common_words - the words that headlines are made of, by language: calendar, offices, sports, accidents,
 * trade, the press about itself, compass and landscape, a country's usual first names and places.
 *
 * They are no stop words: together with others they tell events apart. What two texts share besides them is
 * what makes them one event (pair_features). Document frequencies cannot tell: few stories hold "week-end"
 * once one story has swallowed them all. Written for this project; each list has the same fields of life, as
 * far as the language's press has them, and no names in the news. Languages without a list have none.
 */
#ifndef NW_ARTICLES_COMMON_WORDS_H
#define NW_ARTICLES_COMMON_WORDS_H

#include <stddef.h>

/* Words with spaces between them, as an article would write them; NULL: the language has no list. */
const char *common_words_find(const char *language);
/* The rest of them: months and days of the week. */
const char *common_words_calendar(const char *language);
/* For tests: the i-th language, NULL behind the last. */
const char *common_words_language(size_t i);

#endif
