/*
 * event_line - one line of an events file (JSON lines) as the record a producer would have sent.
 *
 * The line itself is the record's value, byte for byte, unless it is an object with keys of ours:
 *   _raw         text: the value to use instead of the line; null: a record without a value
 *   _key         text: the record's key
 *   _headers     object of texts (or nulls): the record's headers
 *   _appendTime  a time (as producers write them): when the broker appended it; without it, none
 * These keys are then left out of the value. Lines that are not JSON are records as well (bad ones).
 */
#ifndef NW_DAEMON_EVENT_LINE_H
#define NW_DAEMON_EVENT_LINE_H

#include <stddef.h>

#include "articles/event.h"
#include "base/arena.h"

/* Everything in *out borrows from line or lives in the arena; origin is left zero. len is without the
 * newline. */
void event_line_parse(struct arena *arena, const char *line, size_t len, struct input_record *out);

#endif
