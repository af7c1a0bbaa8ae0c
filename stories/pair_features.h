/*
 * pair_features - how alike an article and a story are, or two stories: the numbers a decision is made of.
 *
 * x is the article, or the smaller story; y the story. Cosines enter as square roots, which makes the
 * low end, where decisions fall, nearly linear. What a side does not have (body, time, entities) is
 * said by a feature of its own or leaves a similarity at 0 that the weights allow for.
 * Mean cosines come from the sums alone: |sum of n unit vectors|^2 = n + n (n - 1) * mean cosine.
 */
#ifndef NW_STORIES_PAIR_FEATURES_H
#define NW_STORIES_PAIR_FEATURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stories/article_terms.h"
#include "stories/dense_mean.h"
#include "stories/pair_feature.h"
#include "stories/story.h"
#include "stories/story_terms.h"
#include "stories/term_lookup.h"

enum { RARE_TERMS = 6, BEST_TITLE_MEMBERS = 16 };

/* Features that cost more than the others. false: nobody asks for them, and they are 0. */
struct pair_wanted {
    bool evidence; /* evidence, evidence_title, rare_count: of two stories each shared word is looked up */
    bool best_title;
};

struct pair_side {
    struct text_vector text;             /* of y only the lengths */
    const struct story_terms *table;     /* of y */
    uint32_t taught;                     /* members whose words are in text */
    uint32_t size;                       /* members */
    uint32_t sources;                    /* they are from */
    int64_t first_ms, last_ms;           /* NW_NO_TIME: none */
    bool day_only;                       /* x is an article with a bare date */
    bool same_source;                    /* of x: y has its source */
    const struct dense_centroid *dense;  /* NULL: none */
    const struct dense_mean *dense_mean; /* of x; settled */
    const struct member *members; /* size of them; the last BEST_TITLE_MEMBERS titles count. NULL: ... */
    uint64_t title_sketch;        /* ... this one (duplicates_title_sketch) ... */
    uint32_t source;              /* ... of this source */

    const float *idf;           /* of x: of each of its terms; NULL: they are looked up */
    struct term_lookup *lookup; /* of x: room for pair_side_measure() */
    struct pair_wanted wanted;  /* of x */
    /* of x only: pair_side_measure() */
    uint64_t least_rare;  /* rank_of() the least of its RARE_TERMS heaviest words */
    uint64_t rare_weight; /* of those, summed */
    uint64_t bigrams;     /* summed weight */
    uint32_t words;       /* and numbers */
    double dense_along;   /* dense_mean_along() */
};

void pair_side_measure(struct pair_side *x);
/* ln of how many articles a live story has in the mean: feeds differ in that more than in anything else, and
 * where a story has nine, two that are alike are sooner one than where it has two. In a young feed it begins
 * at what is usual (1.5 to 2.7 in six sets of docs/quality.md). It has an end, since stories that merge by it
 * make it larger. */
double pair_usual_size(size_t live_stories, uint64_t articles);
/* All but `crowd`, `lead` and `dense_crowd`, which are 0. frequencies: of the live stories. */
void pair_features_compute(const struct pair_side *x, const struct pair_side *y,
                           const struct term_frequencies *frequencies, double out[PAIR_FEATURE_COUNT]);
/* Sets those three of each of an article's candidates: features[i] points to the i-th one's. */
void pair_features_compare(double *const features[], size_t count, size_t live_stories);

#endif
