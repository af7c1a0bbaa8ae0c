#include "stories/join_weights.h"

#include <math.h>

/* By hand, 2026-11-23, after the prototype's learned weights; learned on nothing yet. */
static const double join_weights[PAIR_FEATURE_COUNT] = {
    [PAIR_ALL] = 8.0,  [PAIR_TITLE] = 2.7,    [PAIR_BODY] = 2.0,    [PAIR_ENTITIES] = 1.0, [PAIR_RARE] = 1.5,
    [PAIR_GAP] = -1.0, [PAIR_NO_TIME] = -0.7, [PAIR_SOURCE] = -0.5, [PAIR_CONST] = -5.0,
};
static const double merge_weights[PAIR_FEATURE_COUNT] = {
    [PAIR_ALL] = 8.0,  [PAIR_TITLE] = 2.7,    [PAIR_BODY] = 2.0,  [PAIR_ENTITIES] = 1.0, [PAIR_RARE] = 1.0,
    [PAIR_GAP] = -1.0, [PAIR_NO_TIME] = -0.7, [PAIR_SIZE] = -0.8, [PAIR_CONST] = -6.0,
};

double join_weight(enum pair_feature feature)
{
    return join_weights[feature];
}

static int64_t score(const double weights[PAIR_FEATURE_COUNT], const double features[PAIR_FEATURE_COUNT])
{
    double sum = 0;
    for (unsigned f = 0; f < PAIR_FEATURE_COUNT; f++) sum += weights[f] * features[f];
    return llround(sum * (1 << 20));
}

int64_t join_score(const double features[PAIR_FEATURE_COUNT])
{
    return score(join_weights, features);
}

int64_t merge_score(const double features[PAIR_FEATURE_COUNT])
{
    return score(merge_weights, features);
}
