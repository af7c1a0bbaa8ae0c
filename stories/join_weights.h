/*
 * join_weights - what each pair feature counts in the two decisions: an article joins a story; two
 * stories become one. score = sum(weight * feature), a logit; yes from 0 up.
 *
 * Scores are compared in fixed point, 2^-20, so that builds with another libm in the last bit agree.
 */
#ifndef NW_STORIES_JOIN_WEIGHTS_H
#define NW_STORIES_JOIN_WEIGHTS_H

#include <stdint.h>

#include "stories/pair_features.h"

double join_weight(enum pair_feature feature);
int64_t join_score(const double features[PAIR_FEATURE_COUNT]);
int64_t merge_score(const double features[PAIR_FEATURE_COUNT]);

#endif
