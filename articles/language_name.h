/*
 * language_name - a declared language, however it is written, as the code we key stories by.
 *
 * "en", "en-US", "eng", "English", "Français" -> "en", "en", "en", "en", "fr". ISO 639-1 where there is
 * a code, else ISO 639-3. Languages that detectors cannot tell apart share one: "nb" -> "no", "fil" -> "tl".
 */
#ifndef NW_ARTICLES_LANGUAGE_NAME_H
#define NW_ARTICLES_LANGUAGE_NAME_H

#include <stddef.h>

/* A static string; "" when the text is no language we know. text is valid UTF-8. */
const char *language_name_code(const char *text, size_t len);

#endif
