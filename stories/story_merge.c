/*
 * story_merge - the merge pass: stories that turned out to be one.
 *
 * Each story that doubled is compared with its nearest neighbours (for 2 articles, 4, 8, ...): one more
 * article says little new of a large story, and a story of one was compared when that article was placed. The
 * best pairs come first, each story at most once: a merge changes the table the next comparison would need,
 * so the rest waits for the next call.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "stories/clusterer_internal.h"
#include "stories/story_ahead.h"
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

/* A story as x of comparisons; text is there from the beginning. */
struct merge_x {
    bool measured;
    struct pair_side side;
    struct term_lookup lookup;
};

static const struct pair_side *side_of(struct merge_x *x, const struct clusterer *clusterer,
                                       const struct story *story)
{
    if (x->measured) return &x->side;
    const struct text_vector text = x->side.text;
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
    struct weighted_term terms[STORY_TERMS_MAX];
    struct merge_x other;
    if (small == b) other.side.text = story_terms_vector(b->terms, terms);
    other.measured = false;
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

/* Some stories go through the steps of a search together: what one step asks of the memory for all of them,
 * the next one reads. */
enum { AT_ONCE = 8 };
struct merge_search {
    struct story *story;
    struct text_vector text;
    struct weighted_term terms[STORY_TERMS_MAX];
    uint32_t keys[CANDIDATE_OWN_TERMS], key_count; /* that the search begins with */
    struct story **near;                           /* at most MERGE_NEIGHBOURS */
    size_t near_count;
};

/* Returns how many neighbours there are in all: they stand one behind the other in near. */
static size_t search_all(const struct clusterer *clusterer, struct story *const *stories, size_t count,
                         struct merge_search *searches, struct story **near)
{
    const struct story_index *index = clusterer->index;
    for (size_t i = 0; i < count; i++) {
        struct merge_search *search = &searches[i];
        story_ahead_texts(stories, count, i);
        search->story = stories[i];
        search->text = story_terms_vector(search->story->terms, search->terms);
        search->key_count = story_candidates_first_terms(&search->text, search->keys);
        story_index_prefetch_entries(index, search->keys, search->key_count);
    }
    for (size_t i = 0; i < count; i++)
        story_index_prefetch_lists(index, searches[i].keys, searches[i].key_count);
    size_t near_count = 0;
    for (size_t i = 0; i < count; i++) {
        struct merge_search *search = &searches[i];
        search->near = near + near_count;
        search->near_count = story_candidates_find(&clusterer->slots, index, &search->text, NULL,
                                                   search->story, search->near, MERGE_NEIGHBOURS);
        near_count += search->near_count;
    }
    return near_count;
}

static void judge_near(const struct clusterer *clusterer, const struct merge_search *search, size_t n,
                       struct merge_x *as_x, struct wanted_pairs *wanted)
{
    struct merge_pair pair = judge(clusterer, search->story, search->near[n], as_x);
    if (pair.score < 0 || story_edits_apart(search->story, search->near[n])) return;
    wanted->pairs = nw_grow(wanted->pairs, &wanted->capacity, wanted->count + 1, sizeof(*wanted->pairs));
    wanted->pairs[wanted->count++] = pair;
}

/* Of n articles: changes when n doubles. */
static int doublings(size_t n)
{
    int count = 0;
    while (n >>= 1) count++;
    return count;
}

/* By what the state has of a story, so that a restored one is due as it would have been. */
static bool is_due(const struct story *story, uint64_t since, uint64_t sequence)
{
    size_t count = story->member_count, before = count;
    if (count < 2) return false;
    bool another_round = since == sequence;
    if (another_round || story->joined_sequence > story->members[count - 1].sequence)
        return true; /* merged */
    while (before > 0 && story->members[before - 1].sequence > since) before--;
    return doublings(count) > doublings(before);
}

static void judge_some(struct clusterer *clusterer, struct story *const *stories, size_t count,
                       struct wanted_pairs *wanted)
{
    struct merge_search searches[AT_ONCE];
    struct story *near[AT_ONCE * MERGE_NEIGHBOURS];
    assert(count <= AT_ONCE);
    size_t near_count = search_all(clusterer, stories, count, searches, near);
    for (size_t i = 0, at = 0; i < count; i++) {
        struct merge_x as_x;
        as_x.measured = false;
        as_x.side.text = searches[i].text;
        for (size_t n = 0; n < searches[i].near_count; n++, at++) {
            story_ahead_texts(near, near_count, at);
            judge_near(clusterer, &searches[i], n, &as_x, wanted);
        }
    }
}

/* The stories that are due, to the front. */
static size_t choose_due(struct clusterer *clusterer, uint64_t since, uint64_t sequence)
{
    size_t due = 0, count = clusterer->touched_count;
    for (size_t i = 0; i < count; i++) {
        story_ahead_numbers(clusterer->touched, count, i);
        struct story *story = clusterer->touched[i];
        story->terms->touched = false;
        story->merge_checked = sequence;
        if (is_due(story, since, sequence)) clusterer->touched[due++] = story;
    }
    clusterer->touched_count = 0;
    return due;
}

size_t clusterer_merge_pass(struct clusterer *clusterer, uint64_t since, uint64_t sequence,
                            struct merge_pair *pairs, size_t max)
{
    size_t due = choose_due(clusterer, since, sequence);
    if (due == 0) return 0;
    dense_mean_settle(&clusterer->dense_mean);
    qsort(clusterer->touched, due, sizeof(struct story *), compare_numbers);
    struct wanted_pairs wanted = {NULL, 0, 0};
    for (size_t i = 0; i < due; i += AT_ONCE)
        judge_some(clusterer, clusterer->touched + i, due - i < AT_ONCE ? due - i : AT_ONCE, &wanted);
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
