/*
 * country_name - a country, as code (ISO 3166-1 alpha-2 or alpha-3) or English name, as alpha-2.
 */
#ifndef NW_ARTICLES_COUNTRY_NAME_H
#define NW_ARTICLES_COUNTRY_NAME_H

#include <stddef.h>

/* A static string, upper-case; "" when the text is no country we know. text is valid UTF-8. */
const char *country_name_code(const char *text, size_t len);

#endif
