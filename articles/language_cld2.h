/* language_cld2 - the C side of CLD2, a C++ library. Thread-safe: it only reads static tables. */
#ifndef NW_ARTICLES_LANGUAGE_CLD2_H
#define NW_ARTICLES_LANGUAGE_CLD2_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* text: valid UTF-8. tld: lower case without dot ("fr"), "" when there is none. Returns CLD2's code of
 * the main language, static; "un" when it does not know. *percent: share of the text in it. */
const char *language_cld2_detect(const char *text, int len, const char *tld, bool *reliable, int *percent);

#ifdef __cplusplus
}
#endif

#endif
