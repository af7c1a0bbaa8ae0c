/*
 * title_words - words of a short text (title, tag) as hashes, letter case folded.
 *
 * A word is a run of letters, digits and marks; scripts written without spaces (Han, kana, Thai ...)
 * give pairs of neighbouring characters. Only for comparing texts of one story with one another:
 * the article stage has its own, richer terms, which cards keep for sentences but not for titles.
 */
#ifndef NW_COVERAGE_TITLE_WORDS_H
#define NW_COVERAGE_TITLE_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Distinct hashes in order of appearance, at most max; how many. Words of one or two ASCII letters are left
 * out. */
size_t title_words_hashes(const char *text, uint64_t *out, size_t max);
/* Hash of the whole text, case folded. */
uint64_t title_words_fold_hash(const char *text);

/* Words as people count them: runs between white space; two characters of an unspaced script are one. */
size_t title_words_count(const char *text);

/* Letters by case, for telling a title that shouts. */
struct title_words_case {
    size_t upper, lower, words;
};
struct title_words_case title_words_case(const char *text);

bool title_words_is_word_char(int32_t code_point);

#endif
