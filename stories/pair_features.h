/*
 * pair_features - how alike an article and a story are, or two stories: the numbers a decision is made of.
 *
 * x is the article, or the smaller story; y the story. Cosines enter as square roots, which makes the
 * low end, where decisions fall, nearly linear. What a side does not have (body, time, entities) is
 * said by a feature of its own or leaves a similarity at 0 that the weights allow for.
 */
#ifndef NW_STORIES_PAIR_FEATURES_H
#define NW_STORIES_PAIR_FEATURES_H

#include <stdbool.h>
#include <stdint.h>

#include "stories/pair_feature.h"
#include "stories/story_terms.h"

enum { RARE_TERMS = 6 };

struct pair_side {
    struct text_vector text;
    struct weighted_term rare[RARE_TERMS]; /* heaviest words; of x only */
    uint32_t rare_count;
    int64_t first_ms, last_ms;          /* NW_NO_TIME: none */
    bool day_only;                      /* x is an article with a bare date */
    bool same_source;                   /* of x: y has its source */
    const struct dense_centroid *dense; /* NULL: none */
    uint32_t size;
};

void pair_side_find_rare(struct pair_side *x);
void pair_features_compute(const struct pair_side *x, const struct pair_side *y,
                           double out[PAIR_FEATURE_COUNT]);

#endif
