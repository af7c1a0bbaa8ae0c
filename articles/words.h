/*
 * words - the tokenizer: UTF-8 text to words with their folded form, its hash and what their case tells.
 *
 * A word is a run of letters, digits and marks. Inner apostrophes and dots stay ("o'brien"), elided articles
 * and pronouns before an apostrophe and a final 's are cut ("l'eau" -> "eau"), dots of initials go
 * ("U.S." -> "us"), numbers stay whole with thousands separators out ("1,200.5" -> "1200.5"). Scripts written
 * without spaces, and Hangul, give overlapping bigrams of characters; a run of one character gives itself.
 * One pass, no allocation per word; the buffers of a list are reused by the next call.
 */
#ifndef NW_ARTICLES_WORDS_H
#define NW_ARTICLES_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "articles/fold.h"
#include "base/hash.h"

enum { WORD_MAX_BYTES = 64 }; /* of the folded form; the rest of a longer word is left out */

enum word_flag {
    WORD_NUMBER = 1 << 0,   /* begins with a digit */
    WORD_DIGITS = 1 << 1,   /* has a digit: never stemmed */
    WORD_GRAM = 1 << 2,     /* one or two characters of a script written without spaces */
    WORD_CAPITAL = 1 << 3,  /* begins with a capital */
    WORD_ALL_CAPS = 1 << 4, /* an acronym, as far as case tells: NATO, G20, U.S. */
    WORD_LOWER = 1 << 5,    /* begins with a lower-case letter */
    WORD_STARTS = 1 << 6,   /* first of the text or behind what ends a sentence */
    WORD_ADJACENT = 1 << 7, /* only space or a hyphen stands between it and the word before */
};

struct word {
    struct id128 hash;   /* hash128 of the folded form */
    uint32_t start, end; /* bytes in the text */
    uint32_t folded;     /* offset in the list's text */
    uint16_t len;        /* of the folded form */
    uint16_t flags;
};

struct word_list {
    struct word *words;
    size_t count, capacity;
    char *text; /* folded forms, one behind the other */
    size_t text_len, text_capacity;
};

static inline const char *word_text(const struct word_list *list, const struct word *word)
{
    return list->text + word->folded;
}

/* A list is zero-initialised before its first use; words_fini frees it. */
void words_fini(struct word_list *list);

/* The first max words of text. */
void words_split(const struct fold_table *table, const char *text, size_t len, size_t max,
                 struct word_list *out);

#endif
