/*
 * event_value - reads JSON values the way producers vary them: text as a string, as an object that
 * holds it ({"value": …}, {"rendered": …}, {"#text": …}) or as the first of an array; lists of texts;
 * URLs as text or link objects; truth values as true, "true", 1.
 *
 * Strings returned are borrowed from the JSON value unless an arena is taken.
 */
#ifndef NW_ARTICLES_EVENT_VALUE_H
#define NW_ARTICLES_EVENT_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

struct json_t;

/* The text of a value, NULL when it has none. */
const char *event_value_text(struct json_t *value, size_t *len);

/* All text of a value, paragraphs separated by '\n': arrays of strings are joined, an object without a
 * text of its own (fundus) gives that of its members in order, of alternatives (ninjs "bodies") the
 * first counts. NULL when there is none. At most about max bytes. */
const char *event_value_long_text(struct arena *arena, struct json_t *value, size_t max, size_t *len);

/* The first http(s) URL of a string, link object or array of link objects; of an Atom link list the
 * one that is the page itself. With any_string also strings in arrays and what is no http(s) URL. */
const char *event_value_url(struct json_t *value, bool any_string);

/* -1 when it is none. */
int event_value_truth(struct json_t *value);

/* Calls take for the text of each element; a string is one element, or with commas several. */
void event_value_each(struct json_t *value, bool (*take)(void *cookie, const char *text, size_t len),
                      void *cookie);

#endif
