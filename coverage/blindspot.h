/*
 * blindspot - does one side hardly cover a story that the other side covers?
 *
 * At least blindspot_min_rated rated sources, the small side at most blindspot_minor_percent of
 * them and the opposite side at least blindspot_major_percent. Compared in integers.
 * The interval of the small side's share is Wilson's score interval at 95 % (E. B. Wilson 1927).
 */
#ifndef NW_COVERAGE_BLINDSPOT_H
#define NW_COVERAGE_BLINDSPOT_H

#include <stdint.h>

#include "coverage/coverage.h"

/* The side that hardly covers it, SIDE_LEFT or SIDE_RIGHT; SIDE_COUNT when there is no blindspot. */
enum side blindspot_side(const struct side_counts *counts, const struct coverage_policy *policy);

struct blindspot_interval {
    uint32_t low_percent, high_percent; /* whole, rounded to the nearest */
};
/* total is at least 1, part at most total. */
struct blindspot_interval blindspot_wilson95(uint32_t part, uint32_t total);

#endif
