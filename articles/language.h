/*
 * language - which language an article is in: what the producer declares when it can be true, else detected.
 *
 * Codes are ISO 639-1, 639-3 where there is none; variants that news readers do not tell apart share
 * one (nb and nn are no). LANGUAGE_UNKNOWN is a result of its own and never stands for English.
 */
#ifndef NW_ARTICLES_LANGUAGE_H
#define NW_ARTICLES_LANGUAGE_H

#include <stdbool.h>

#include "articles/article.h"

#define LANGUAGE_UNKNOWN "und"

enum { LANGUAGE_MAX = 8 };

struct language {
    char code[LANGUAGE_MAX];
    bool detected;       /* not declared */
    bool low_confidence; /* detected, and another version of the text could give another language */
};

void language_of(const struct article *article, struct language *out);

/* Whether a text can be in the language of that code: false only when the detector is sure of another one. */
bool language_can_be(const char *code, const char *text);

#endif
