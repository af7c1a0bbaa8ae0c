/*
 * utf8 - the UTF-8 and normalisation needs of the input half: check, decode, cut, NFC.
 *
 * Pure functions over bytes; results that need memory live in the given arena. "Valid" is strict:
 * no overlong forms, no surrogates, nothing above U+10FFFF.
 */
#ifndef NW_ARTICLES_UTF8_H
#define NW_ARTICLES_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

bool utf8_valid(const void *text, size_t len);

/* The code point at text[0], its length in *used; text is valid UTF-8 and not empty. */
uint32_t utf8_decode(const char *text, size_t *used);
/* Writes 1 to 4 bytes, returns how many; code is a valid scalar value. */
size_t utf8_encode(uint32_t code, char *out);

/* The longest prefix of at most max bytes that does not cut a character. */
size_t utf8_cut(const char *text, size_t len, size_t max);

/* The quick check of UAX 15; false may also mean "has to be looked at". text is valid UTF-8. */
bool utf8_is_nfc(const char *text, size_t len);
/* text itself when it is in NFC, else a normalised copy; *len is updated. text is valid UTF-8. */
const char *utf8_nfc(struct arena *arena, const char *text, size_t *len);

enum { UTF8_FOLDED_MAX = 63 };

/* A name for comparing: letters only, lower-case, accents off, '&' spelled "and": "Côte d'Ivoire" ->
 * "cotedivoire". Returns the length, 0 when nothing is left or it would be too long. */
size_t utf8_fold_name(const char *text, size_t len, char out[UTF8_FOLDED_MAX + 1]);

#endif
