/*
 * json_peek - one text member of a JSON object of our own making, without parsing the rest.
 */
#ifndef NW_CONSUMERS_JSON_PEEK_H
#define NW_CONSUMERS_JSON_PEEK_H

#include <stddef.h>

/* The value of the top-level member name, unescaped ("\uXXXX" beyond ASCII stays as it is), or NULL when
 * there is none or it is no text. free() it. Any bytes are safe. */
char *json_peek_text(const char *json, size_t len, const char *name);

#endif
