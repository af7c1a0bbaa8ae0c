/*
 * event_time - reads the times producers write.
 *
 * RFC 3339; ISO 8601 with or without zone (without: UTC), basic or extended, 'T' or a space; a day
 * ("2025-10-09", "20251009"); GDELT "20251009T120000Z" and "20251009120000"; RFC 822 as feeds have it;
 * epoch seconds or milliseconds as number or as text of nine digits or more. Years 0 to 9999. Pure: nothing
 * is ever "now".
 *
 * Years 0 and 1 are what programs write for "no time" (the zero times of Go, .NET and SQL), and no article
 * is that old: event_time_is_zero.
 */
#ifndef NW_ARTICLES_EVENT_TIME_H
#define NW_ARTICLES_EVENT_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct event_time {
    int64_t ms;
    bool is_day; /* only the day is known; ms is 00:00 UTC of it */
};

/* A time of the years 0 and 1. */
bool event_time_is_zero(const struct event_time *time);

/* NW_ERR_INPUT when it is no time of the kinds above. */
enum nw_err event_time_parse(const char *text, size_t len, struct event_time *out) NW_MUST_CHECK;

/* A JSON number. Below 10^11 it is seconds (until the year 5138), else milliseconds. */
enum nw_err event_time_from_number(double number, struct event_time *out) NW_MUST_CHECK;

#endif
