/*
 * event_scan - looks at a JSON text before it is parsed: how deep it nests, how many values it has.
 *
 * Jansson's own depth limit is fixed when it is compiled, and its parser recurses; an empty object of
 * two bytes takes it some 250 bytes of memory. So both are counted here first. Linear, pure.
 */
#ifndef NW_ARTICLES_EVENT_SCAN_H
#define NW_ARTICLES_EVENT_SCAN_H

#include <stddef.h>

struct event_scan {
    size_t depth;  /* the deepest nesting of objects and arrays */
    size_t values; /* about how many values there are: commas and brackets */
};

/* What is in strings does not count. For what is not JSON it is some number: the parser will say what
 * is wrong. */
struct event_scan event_scan(const char *text, size_t len);

#endif
