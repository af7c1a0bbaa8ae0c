/*
 * fold - what the tokenizer needs to know of a code point: is it part of a word, and its folded form.
 *
 * Folded: case folded, compatibility forms (full width, ligatures) and native digits made plain, marks
 * kept, because stemmers need them. Bare: folded and without marks, in the scripts whose readers leave
 * them out (Latin, Greek, Arabic, Hebrew, and of Cyrillic all but the letters i-short, yi and u-short);
 * matching is done on bare forms. Facts come from utf8proc; those below U+0800 are kept in a table.
 * A table never changes after fold_table_new() and may be shared by threads.
 */
#ifndef NW_ARTICLES_FOLD_H
#define NW_ARTICLES_FOLD_H

#include <stddef.h>
#include <stdint.h>

enum glyph_kind {
    GLYPH_OTHER, /* ends a word */
    GLYPH_LETTER,
    GLYPH_DIGIT,
    GLYPH_MARK, /* goes on with a word, begins none */
    GLYPH_GRAM, /* a letter of a script written without spaces: tokenised by bigrams */
};

enum glyph_case { CASE_NONE, CASE_LOWER, CASE_UPPER };

enum { GLYPH_MAX_BYTES = 29 };

struct glyph {
    uint8_t kind, letter_case;
    uint8_t len;                 /* of bytes: 0 for what vanishes (soft hyphen, joiners) */
    char bytes[GLYPH_MAX_BYTES]; /* the folded form, UTF-8, not terminated */
};

/* Letters and digits of ASCII, by byte: what a loop over most of most texts needs. */
struct fold_ascii {
    uint8_t folded[256]; /* 0: no letter or digit of ASCII */
    uint32_t
        counts[256]; /* FOLD_LOWER, FOLD_UPPER or FOLD_DIGIT: to be summed, at most 255 bytes at a time */
};

enum { FOLD_LOWER = 1, FOLD_UPPER = 1 << 8, FOLD_DIGIT = 1 << 16 };

struct fold_table;

struct fold_table *fold_table_new(void);
void fold_table_free(struct fold_table *table);

const struct fold_ascii *fold_ascii(const struct fold_table *table);

/* Decodes the character at text[*pos] and moves *pos behind it; a byte that is not UTF-8 is one
 * character U+FFFD. *pos < len. */
int32_t fold_next(const char *text, size_t len, size_t *pos);

/* scratch is used where the answer is not in the table. */
const struct glyph *fold_glyph(const struct fold_table *table, int32_t code_point, struct glyph *scratch);

/* The bare form of folded text; out holds at least len bytes (it never grows). Returns its length. */
size_t fold_bare(const struct fold_table *table, const char *folded, size_t len, char *out);

#endif
