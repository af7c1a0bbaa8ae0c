/*
 * html_entity - decodes one HTML character reference ("&eacute;", "&#8217;", "&#x27;").
 *
 * Knows the names of HTML 4, those of Latin Extended-A and the punctuation ones. Numeric references
 * follow the HTML standard: 128-159 mean windows-1252, what is no character becomes U+FFFD.
 */
#ifndef NW_ARTICLES_HTML_ENTITY_H
#define NW_ARTICLES_HTML_ENTITY_H

#include <stddef.h>
#include <stdint.h>

/* text[0] is '&'. Returns how many bytes the reference takes and sets *code; 0 when it is none. */
size_t html_entity_decode(const char *text, size_t len, uint32_t *code);

#endif
