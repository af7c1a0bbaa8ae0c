/*
 * grounding_words - spelled-out numbers and words that open sentences, for the check of grounding.h.
 *
 * Static tables by language (en, de, fr, es), bare forms (folded, without marks). Written for this project.
 */
#ifndef NW_COVERAGE_GROUNDING_WORDS_H
#define NW_COVERAGE_GROUNDING_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* "five" -> "5". NULL: no number. One is none ("one of them", "ein", "un"). */
const char *grounding_words_number(const char *language, const char *bare, size_t len);
/* "million", "mn", "m" -> "e6"; any language. NULL: none. */
const char *grounding_words_magnitude(const char *language, const char *bare, size_t len);
/* A word that begins a sentence without naming anybody: "officials", "meanwhile". */
bool grounding_words_is_opener(const char *language, const char *bare, size_t len);
/* "ignore", "disregard", ...; "instructions", "prompt", ...: any language. */
bool grounding_words_is_order(const char *bare, size_t len);
bool grounding_words_is_instruction(const char *bare, size_t len);

#endif
