#include "stories/story_policy.h"

#include <math.h>

#include "base/hash.h"

struct story_policy story_policy_default(void)
{
    const int64_t hour_ms = INT64_C(3600) * 1000;
    return (struct story_policy){
        .generation = 1,
        .idle_expiry_ms = 7 * 24 * hour_ms,
        .closed_retention_ms = 48 * hour_ms,
        .closed_retention_records = 10000,
        .least_open_records = 2000,
        .undated_hold_records = 10000,
        .kept_articles = 1000,
        .merge_interval = 300,
        .weights = story_weights_default(),
    };
}

uint64_t story_policy_hash(const struct story_policy *policy)
{
    const struct story_weights *weights = &policy->weights;
    const double *const tables[] = {weights->join, weights->merge, weights->join_dense, weights->merge_dense};
    enum {
        NUMBERS = 9,
        TABLES = sizeof(tables) / sizeof(tables[0]),
        VALUES = NUMBERS + TABLES * PAIR_FEATURE_COUNT
    };
    uint64_t values[VALUES] = {
        STORY_ENGINE_VERSION,
        policy->generation,
        (uint64_t)policy->idle_expiry_ms,
        (uint64_t)policy->closed_retention_ms,
        policy->closed_retention_records,
        policy->undated_hold_records,
        policy->least_open_records,
        policy->kept_articles,
        policy->merge_interval,
    };
    /* To the sixth decimal, as they are written. */
    for (unsigned f = 0; f < PAIR_FEATURE_COUNT; f++)
        for (unsigned t = 0; t < TABLES; t++)
            values[NUMBERS + TABLES * f + t] = (uint64_t)llround(tables[t][f] * 1e6);
    /* Written out byte by byte, so that neither padding nor the machine's byte order counts. */
    uint8_t bytes[sizeof(values)];
    for (unsigned i = 0; i < sizeof(values); i++) bytes[i] = (uint8_t)(values[i / 8] >> (8 * (i % 8)));
    return hash64(bytes, sizeof(bytes));
}
