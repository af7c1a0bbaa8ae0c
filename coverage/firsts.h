/*
 * firsts - who reported a story first, of all and of each side.
 *
 * An article without a time cannot be first. Where only the day is known the article counts as of
 * the end of that day, so it never takes the place of one whose time is known to be earlier.
 */
#ifndef NW_COVERAGE_FIRSTS_H
#define NW_COVERAGE_FIRSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "coverage/story_view.h"

#define FIRSTS_NONE SIZE_MAX

struct firsts {
    size_t first; /* member, or FIRSTS_NONE */
    size_t by_side[SIDE_COUNT];
};

/* The view is sorted by time. */
void firsts_find(const struct story_view *view, struct firsts *out);
/* How long after the first member came, false when either is known by its day only. */
bool firsts_lag_ms(const struct story_view *view, const struct firsts *firsts, size_t member,
                   int64_t *lag_ms);

#endif
