/*
 * story_weights - what each pair feature counts in the two decisions: an article joins a story; two
 * stories become one. score = sum(weight * feature), a logit; yes from 0 up.
 *
 * Scores are compared in fixed point, 2^-20, so that builds with another libm in the last bit agree.
 *
 * The built-in weights are learned (story_weights_default.h says when and on what). Others are read from
 * text: one line a weight, `<decision> <feature> <number>`, decision `join` or `merge`, feature as in
 * PAIR_FEATURES, each exactly once; blank lines and what follows a '#' are skipped. bench/train writes both.
 */
#ifndef NW_STORIES_STORY_WEIGHTS_H
#define NW_STORIES_STORY_WEIGHTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "stories/pair_feature.h"

struct story_weights {
    double join[PAIR_FEATURE_COUNT], merge[PAIR_FEATURE_COUNT];
};

enum { STORY_WEIGHT_MAX = 1000 }; /* either way: keeps scores far from the ends of 64 bits */

struct story_weights story_weights_default(void);
/* NW_ERR_INPUT: error says what is wrong, in which line ("line 7: ..."). text need not end in 0. */
enum nw_err story_weights_parse(const char *text, size_t len, struct story_weights *out, char *error,
                                size_t error_size) NW_MUST_CHECK;

int64_t story_weights_score(const double weights[PAIR_FEATURE_COUNT],
                            const double features[PAIR_FEATURE_COUNT]);

#endif
