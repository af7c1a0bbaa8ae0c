/*
 * clusterer_internal - what clusterer.c and story_merge.c share.
 */
#ifndef NW_STORIES_CLUSTERER_INTERNAL_H
#define NW_STORIES_CLUSTERER_INTERNAL_H

#include "stories/article_terms.h"
#include "stories/clusterer.h"
#include "stories/dense_mean.h"
#include "stories/pair_features.h"
#include "stories/story_candidates.h"
#include "stories/story_index.h"
#include "stories/story_weights.h"

enum { JOIN_CANDIDATES = 8, MERGE_NEIGHBOURS = 3 };

struct clusterer {
    clusterer_compared *compared; /* NULL: nobody looks on */
    void *compared_context;
    struct story_weights weights;
    struct common_terms *common; /* of its language */
    struct story_index *index;
    struct story_slots slots;
    size_t live;
    uint64_t taught;              /* articles whose words the live stories have learned */
    size_t terms_bytes;           /* of all tables */
    struct article_terms article; /* of the placement at hand; too large for a stack */
    uint64_t article_sequence;    /* which placement that is */
    bool article_weighed;
    struct dense_centroid *article_dense;    /* its sentence vector; NULL: none */
    struct dense_mean dense_mean;            /* of the live stories' vectors */
    size_t dense_bytes;                      /* of all centroids */
    struct term_lookup lookup;               /* of the x at hand */
    struct pair_wanted wanted, wanted_dense; /* by the tables without vectors and with them */
    struct story **touched; /* stories changed since the last merge pass; each once, any order */
    size_t touched_count, touched_capacity;
    uint32_t *fresh, *dropped; /* for story_terms_add */
};

struct term_frequencies clusterer_frequencies(const struct clusterer *clusterer);
/* Of an x with sentence vectors, or (NULL) without. */
struct pair_wanted clusterer_wanted(const struct clusterer *clusterer, const struct dense_centroid *dense);
/* y; what x of a merge has in common with it. */
struct pair_side story_pair_side(const struct story *story);
/* The story is due at the next merge pass. */
void clusterer_touch(struct clusterer *clusterer, struct story *story);
/* Round each change of a live story's dense centroid. */
void clusterer_dense_removed(struct clusterer *clusterer, const struct dense_centroid *dense);
void clusterer_dense_added(struct clusterer *clusterer, const struct dense_centroid *dense);
/* terms += added, index kept in step. */
void clusterer_teach(struct clusterer *clusterer, struct story *story, const struct text_vector *added,
                     uint32_t taught);

#endif
