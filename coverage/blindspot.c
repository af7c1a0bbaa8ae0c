#include "coverage/blindspot.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>

#include "coverage/distribution.h"

static bool hardly_covers(uint32_t small, uint32_t opposite, uint32_t rated,
                          const struct coverage_policy *policy)
{
    return (uint64_t)small * 100 <= (uint64_t)policy->blindspot_minor_percent * rated &&
           (uint64_t)opposite * 100 >= (uint64_t)policy->blindspot_major_percent * rated && small < opposite;
}

enum side blindspot_side(const struct side_counts *counts, const struct coverage_policy *policy)
{
    uint32_t rated = distribution_rated(counts);
    uint32_t left = counts->side[SIDE_LEFT], right = counts->side[SIDE_RIGHT];
    if (rated == 0 || rated < policy->blindspot_min_rated) return SIDE_COUNT;
    if (hardly_covers(left, right, rated, policy)) return SIDE_LEFT;
    if (hardly_covers(right, left, rated, policy)) return SIDE_RIGHT;
    return SIDE_COUNT;
}

static uint32_t whole_percent(double share)
{
    if (share <= 0.0) return 0;
    if (share >= 1.0) return 100;
    return (uint32_t)(share * 100.0 + 0.5);
}

struct blindspot_interval blindspot_wilson95(uint32_t part, uint32_t total)
{
    assert(total > 0 && part <= total);
    const double z = 1.959963984540054; /* the 97.5 % point of the normal distribution */
    double n = total, p = (double)part / n;
    double middle = (p + z * z / (2 * n)) / (1 + z * z / n);
    double half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n);
    return (struct blindspot_interval){.low_percent = whole_percent(middle - half),
                                       .high_percent = whole_percent(middle + half)};
}
