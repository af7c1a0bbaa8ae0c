/*
 * attribution - which news agency a text credits: "(AFP)", "Reuters -", "By The Associated Press".
 */
#ifndef NW_ARTICLES_ATTRIBUTION_H
#define NW_ARTICLES_ATTRIBUTION_H

#include <stddef.h>

#include "articles/article.h"

/* What the producer names, else the agency found in the authors, or at the beginning or end of the text,
 * by its usual short name (static); "" when there is none. */
const char *attribution_find(const struct article *article);

/* Length of the place and agency line a text begins with ("PARIS (AFP) - "), 0 when there is none. */
size_t attribution_dateline(const char *text);

#endif
