/*
 * story_weights - what each pair feature counts in the two decisions: an article joins a story; two
 * stories become one. score = sum(weight * feature), a logit; yes from 0 up.
 *
 * Scores are compared in fixed point, 2^-20, so that builds with another libm in the last bit agree.
 *
 * The built-in weights are learned (story_weights_default.h says when and on what). Others are read from
 * text: one line a weight, `<decision> <feature> <number>`, decision one of WEIGHED_DECISIONS, feature as in
 * PAIR_FEATURES, each exactly once; the two dense decisions may be left out together, then the built-in ones
 * stay. Blank lines and what follows a '#' are skipped. bench/train writes both.
 *
 * Where both sides have comparable sentence vectors a decision has weights of its own: the vectors say much
 * of what the words say, so every weight is another one. Missing vectors are thus no zeros among other
 * numbers.
 */
#ifndef NW_STORIES_STORY_WEIGHTS_H
#define NW_STORIES_STORY_WEIGHTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "stories/pair_feature.h"

/* X(field and word of the file) */
#define WEIGHED_DECISIONS(X)                                                                                 \
    X(join)                                                                                                  \
    X(merge)                                                                                                 \
    X(join_dense)                                                                                            \
    X(merge_dense)

struct story_weights {
#define DECISION_FIELD(name) double name[PAIR_FEATURE_COUNT];
    WEIGHED_DECISIONS(DECISION_FIELD)
#undef DECISION_FIELD
};

enum { STORY_WEIGHT_MAX = 1000 }; /* either way: keeps scores far from the ends of 64 bits */

struct story_weights story_weights_default(void);
/* NW_ERR_INPUT: error says what is wrong, in which line ("line 7: ..."). text need not end in 0. */
enum nw_err story_weights_parse(const char *text, size_t len, struct story_weights *out, char *error,
                                size_t error_size) NW_MUST_CHECK;

/* Those that count for a pair with these features. */
const double *story_weights_join(const struct story_weights *weights,
                                 const double features[PAIR_FEATURE_COUNT]);
const double *story_weights_merge(const struct story_weights *weights,
                                  const double features[PAIR_FEATURE_COUNT]);
int64_t story_weights_score(const double weights[PAIR_FEATURE_COUNT],
                            const double features[PAIR_FEATURE_COUNT]);

#endif
