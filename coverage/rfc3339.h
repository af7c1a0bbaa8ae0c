/*
 * rfc3339 - an instant as text: "2025-10-09T12:00:00Z", with milliseconds only when there are any.
 *
 * Pure: the proleptic Gregorian calendar by arithmetic, no libc time zone data. UTC always.
 * Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
 */
#ifndef NW_COVERAGE_RFC3339_H
#define NW_COVERAGE_RFC3339_H

#include <stddef.h>
#include <stdint.h>

enum { RFC3339_MAX = 25 }; /* with the NUL */

/* The length written; 0 for NW_NO_TIME and for years that RFC 3339 cannot say (before 0, after 9999). */
size_t rfc3339_format(int64_t instant_ms, char out[RFC3339_MAX]);

#endif
