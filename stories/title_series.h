/*
 * title_series - does a source go on with a series: the horoscope of the next day, the next market wrap?
 *
 * Two articles of one source are issues of a series when their titles mostly agree but for numbers and dates
 * and they appeared most of a day to a week apart. (Within a day it is the same text again, duplicates.h; an
 * update has its article's id.) Of an event a source has something new to say a day later, in the title too;
 * what has been labelled agrees: of 23 pairs of a source's titles that share .4 of their words, 22 are of two
 * events.
 */
#ifndef NW_STORIES_TITLE_SERIES_H
#define NW_STORIES_TITLE_SERIES_H

#include <stdbool.h>
#include <stdint.h>

#include "stories/story.h"

enum {
    SERIES_MEMBERS = 32, /* of a story that are looked at, the last ones */
    SERIES_SOURCES = 2,  /* what more of them tell is an event: its death toll rises under the same title */
};

/* Source, title_hash and published_ms of the members count; without a time nothing is a series. */
bool title_series_between(const struct member *x, uint32_t x_count, const struct member *y, uint32_t y_count);

#endif
