/*
 * instant - how event times are held: milliseconds since the Unix epoch, UTC, in int64_t *_ms.
 * Pure: whoever needs "now" is at the edge and reads base/clock.h.
 */
#ifndef NW_BASE_INSTANT_H
#define NW_BASE_INSTANT_H

#include <stdint.h>

/* "No time": a value no event has. It is never replaced by "now". */
#define NW_NO_TIME INT64_MIN

#endif
