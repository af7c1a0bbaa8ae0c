/*
 * story_merge - the merge pass: stories that turned out to be one.
 *
 * Each story that grew since its last pass is compared with its nearest neighbours; one of a single article
 * was when that article was placed. The best pairs come first, each story at most once: a merge changes the
 * table the next comparison would need, so the rest waits for the next call.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "stories/clusterer_internal.h"
#include "stories/story_edits.h"

static int compare_numbers(const void *a, const void *b)
{
    const struct story *x = *(struct story *const *)a, *y = *(struct story *const *)b;
    return x->number < y->number ? -1 : x->number > y->number;
}

static int compare_pairs(const void *a, const void *b)
{
    const struct merge_pair *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    if (x->older->number != y->older->number) return x->older->number < y->older->number ? -1 : 1;
    return x->younger->number < y->younger->number ? -1 : x->younger->number > y->younger->number;
}

/* A story as x of a comparison. */
struct merge_x {
    bool read, measured;
    struct pair_side side;
    struct term_lookup lookup;
    struct weighted_term terms[STORY_TERMS_MAX];
};

static const struct text_vector *text_of(struct merge_x *x, const struct story *story)
{
    if (!x->read) x->side.text = story_terms_vector(story->terms, x->terms);
    x->read = true;
    return &x->side.text;
}

static const struct pair_side *side_of(struct merge_x *x, const struct clusterer *clusterer,
                                       const struct story *story)
{
    if (x->measured) return &x->side;
    const struct text_vector text = *text_of(x, story);
    x->side = story_pair_side(story);
    x->side.text = text;
    x->side.lookup = &x->lookup;
    x->side.wanted = clusterer_wanted(clusterer, story->terms->dense);
    x->side.dense_mean = &clusterer->dense_mean;
    pair_side_measure(&x->side);
    x->measured = true;
    return &x->side;
}

/* The smaller story is x; of equal ones the younger. as_x is a's, and is kept for its other comparisons. */
static struct merge_pair judge(const struct clusterer *clusterer, struct story *a, struct story *b,
                               struct merge_x *as_x)
{
    struct story *older = a->number < b->number ? a : b, *younger = older == a ? b : a;
    struct story *small = older->member_count < younger->member_count ? older : younger;
    struct story *large = small == older ? younger : older;
    struct merge_x other;
    other.read = other.measured = false;
    const struct pair_side *x = side_of(small == a ? as_x : &other, clusterer, small);
    const struct pair_side y = story_pair_side(large);
    double features[PAIR_FEATURE_COUNT];
    const struct term_frequencies frequencies = clusterer_frequencies(clusterer);
    pair_features_compute(x, &y, &frequencies, features);
    int64_t score = story_weights_score(story_weights_merge(&clusterer->weights, features), features);
    if (clusterer->compared != NULL)
        clusterer->compared(clusterer->compared_context, small, large, features, score);
    return (struct merge_pair){.older = older, .younger = younger, .score = score};
}

/* Of pairs in order of worth keeps those whose stories are both still free. */
static size_t choose_pairs(const struct merge_pair *wanted, size_t count, struct merge_pair *pairs,
                           size_t max)
{
    size_t chosen = 0;
    for (size_t i = 0; i < count && chosen < max; i++) {
        bool free_pair = true;
        for (size_t j = 0; j < chosen && free_pair; j++)
            free_pair = pairs[j].older != wanted[i].older && pairs[j].older != wanted[i].younger &&
                        pairs[j].younger != wanted[i].older && pairs[j].younger != wanted[i].younger;
        if (free_pair) pairs[chosen++] = wanted[i];
    }
    return chosen;
}

struct wanted_pairs {
    struct merge_pair *pairs;
    size_t count, capacity;
};

static void judge_neighbours(struct clusterer *clusterer, struct story *story, struct wanted_pairs *wanted)
{
    struct story *near[MERGE_NEIGHBOURS];
    struct merge_x as_x;
    as_x.read = as_x.measured = false;
    size_t found = story_candidates_find(&clusterer->slots, clusterer->index, text_of(&as_x, story), NULL,
                                         story, near, MERGE_NEIGHBOURS);
    story_candidates_prefetch(near, found);
    for (size_t n = 0; n < found; n++) {
        struct merge_pair pair = judge(clusterer, story, near[n], &as_x);
        if (pair.score < 0 || story_edits_apart(story, near[n])) continue;
        wanted->pairs = nw_grow(wanted->pairs, &wanted->capacity, wanted->count + 1, sizeof(*wanted->pairs));
        wanted->pairs[wanted->count++] = pair;
    }
}

size_t clusterer_merge_pass(struct clusterer *clusterer, uint64_t sequence, struct merge_pair *pairs,
                            size_t max)
{
    enum { AHEAD = 8 }; /* stories that are asked of the memory at once */
    size_t touched = clusterer->touched_count;
    if (touched == 0) return 0;
    dense_mean_settle(&clusterer->dense_mean);
    qsort(clusterer->touched, touched, sizeof(struct story *), compare_numbers);
    struct wanted_pairs wanted = {NULL, 0, 0};
    for (size_t i = 0; i < touched; i++) {
        struct story *story = clusterer->touched[i];
        if (i % AHEAD == 0)
            story_candidates_prefetch(clusterer->touched + i, touched - i < AHEAD ? touched - i : AHEAD);
        if (story->member_count > 1) judge_neighbours(clusterer, story, &wanted);
        story->terms->touched = false;
        story->merge_checked = sequence;
    }
    clusterer->touched_count = 0;
    if (wanted.count > 0) qsort(wanted.pairs, wanted.count, sizeof(*wanted.pairs), compare_pairs);
    size_t chosen = choose_pairs(wanted.pairs, wanted.count, pairs, max);
    free(wanted.pairs);
    return chosen;
}

void clusterer_merged(struct clusterer *clusterer, struct story *older, struct story *younger)
{
    assert(older->number < younger->number);
    struct weighted_term room[STORY_TERMS_MAX];
    struct text_vector text = story_terms_vector(younger->terms, room);
    clusterer_teach(clusterer, older, &text, younger->terms->taught);
    clusterer_dense_removed(clusterer, older->terms->dense);
    dense_centroid_merge(&older->terms->dense, younger->terms->dense);
    clusterer_dense_added(clusterer, older->terms->dense);
    clusterer_remove(clusterer, younger);
    clusterer_touch(clusterer, older);
}
