#include "stories/title_series.h"

#include "base/instant.h"
#include "stories/duplicates.h"

enum {
    LEAST_HOURS = 20,
    MOST_HOURS = 200, /* weekly ones; what is further apart is told by the time between */
};

static bool are_issues(const struct member *a, const struct member *b)
{
    if (a->source != b->source || a->published_ms == NW_NO_TIME || b->published_ms == NW_NO_TIME)
        return false;
    int64_t apart_ms = a->published_ms - b->published_ms;
    if (apart_ms < 0) apart_ms = -apart_ms;
    int64_t hours = apart_ms / 3600000;
    return hours >= LEAST_HOURS && hours <= MOST_HOURS &&
           duplicates_title_agreement(a->title_hash, b->title_hash) >= DUPLICATES_NEAR_TITLE_LANES;
}

bool title_series_between(const struct member *x, uint32_t x_count, const struct member *y, uint32_t y_count)
{
    uint32_t x_first = x_count > SERIES_MEMBERS ? x_count - SERIES_MEMBERS : 0;
    uint32_t y_first = y_count > SERIES_MEMBERS ? y_count - SERIES_MEMBERS : 0;
    for (uint32_t i = x_first; i < x_count; i++)
        for (uint32_t j = y_first; j < y_count; j++)
            if (are_issues(&x[i], &y[j])) return true;
    return false;
}
