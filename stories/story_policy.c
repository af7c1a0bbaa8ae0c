#include "stories/story_policy.h"

#include "base/hash.h"

struct story_policy story_policy_default(void)
{
    const int64_t hour_ms = INT64_C(3600) * 1000;
    return (struct story_policy){
        .generation = 1,
        .idle_expiry_ms = 7 * 24 * hour_ms,
        .closed_retention_ms = 48 * hour_ms,
        .closed_retention_records = 10000,
        .undated_hold_records = 10000,
        .kept_articles = 1000,
        .merge_interval = 300,
    };
}

uint64_t story_policy_hash(const struct story_policy *policy)
{
    /* Written out byte by byte, so that neither padding nor the machine's byte order counts. */
    const uint64_t values[] = {
        STORY_ENGINE_VERSION,
        policy->generation,
        (uint64_t)policy->idle_expiry_ms,
        (uint64_t)policy->closed_retention_ms,
        policy->closed_retention_records,
        policy->undated_hold_records,
        policy->kept_articles,
        policy->merge_interval,
    };
    uint8_t bytes[sizeof(values)];
    for (unsigned i = 0; i < sizeof(values); i++) bytes[i] = (uint8_t)(values[i / 8] >> (8 * (i % 8)));
    return hash64(bytes, sizeof(bytes));
}
