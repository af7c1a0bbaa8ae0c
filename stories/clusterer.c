#include "stories/clusterer.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "stories/clusterer_internal.h"
#include "stories/duplicates.h"
#include "stories/story_ahead.h"

/* By the tables of join and merge. */
static struct pair_wanted wanted_by(const double join[], const double merge[])
{
#define IS_WEIGHED(feature) (join[feature] != 0 || merge[feature] != 0)
    return (struct pair_wanted){
        .evidence =
            IS_WEIGHED(PAIR_EVIDENCE) || IS_WEIGHED(PAIR_TITLE_EVIDENCE) || IS_WEIGHED(PAIR_RARE_COUNT),
        .best_title = IS_WEIGHED(PAIR_BEST_TITLE),
    };
#undef IS_WEIGHED
}

struct clusterer *clusterer_new(const struct story_policy *policy, const char *language)
{
    struct clusterer *clusterer = nw_calloc(1, sizeof(*clusterer));
    clusterer->weights = policy->weights;
    clusterer->wanted = wanted_by(policy->weights.join, policy->weights.merge);
    clusterer->wanted_dense = wanted_by(policy->weights.join_dense, policy->weights.merge_dense);
    clusterer->common = common_terms_new(language);
    clusterer->index = story_index_new();
    clusterer->fresh = nw_calloc(STORY_TERMS_MAX, sizeof(*clusterer->fresh));
    clusterer->dropped = nw_calloc(STORY_TERMS_MAX, sizeof(*clusterer->dropped));
    return clusterer;
}

static void free_tables(struct story_slots *slots)
{
    for (uint32_t slot = 0; slot < slots->count; slot++) {
        struct story *story = slots->stories[slot];
        if (story == NULL) continue;
        story_terms_free(story->terms);
        story->terms = NULL;
    }
}

void clusterer_free(struct clusterer *clusterer)
{
    if (clusterer == NULL) return;
    free_tables(&clusterer->slots);
    common_terms_free(clusterer->common);
    story_index_free(clusterer->index);
    free(clusterer->slots.stories);
    free(clusterer->slots.numbers);
    free(clusterer->slots.free_slots);
    free(clusterer->touched);
    free(clusterer->fresh);
    free(clusterer->dropped);
    free(clusterer->article_dense);
    dense_mean_fini(&clusterer->dense_mean);
    free(clusterer);
}

void clusterer_set_observer(struct clusterer *clusterer, clusterer_compared *compared, void *context)
{
    clusterer->compared = compared;
    clusterer->compared_context = context;
}

void clusterer_compute_all(struct clusterer *clusterer)
{
    clusterer->wanted = clusterer->wanted_dense = (struct pair_wanted){true, true};
}

struct pair_wanted clusterer_wanted(const struct clusterer *clusterer, const struct dense_centroid *dense)
{
    struct pair_wanted wanted = clusterer->wanted;
    if (dense != NULL) {
        wanted.evidence = wanted.evidence || clusterer->wanted_dense.evidence;
        wanted.best_title = wanted.best_title || clusterer->wanted_dense.best_title;
    }
    return wanted;
}

/* ---- live stories ---- */

static uint32_t take_slot(struct story_slots *slots, struct story *story)
{
    if (slots->free_count == 0) {
        if (slots->count == slots->capacity) {
            uint32_t room = slots->capacity > 0 ? slots->capacity * 2 : 256;
            slots->stories = nw_realloc(slots->stories, room, sizeof(struct story *));
            slots->numbers = nw_realloc(slots->numbers, room, sizeof(*slots->numbers));
            slots->free_slots = nw_realloc(slots->free_slots, room, sizeof(uint32_t));
            slots->capacity = room;
        }
        slots->free_slots[slots->free_count++] = slots->count++;
    }
    uint32_t slot = slots->free_slots[--slots->free_count];
    slots->stories[slot] = story;
    slots->numbers[slot] = story->number;
    return slot;
}

void clusterer_touch(struct clusterer *clusterer, struct story *story)
{
    if (story->terms->touched) return;
    story->terms->touched = true;
    clusterer->touched = nw_grow(clusterer->touched, &clusterer->touched_capacity,
                                 clusterer->touched_count + 1, sizeof(struct story *));
    clusterer->touched[clusterer->touched_count++] = story;
}

static void forget_touched(struct clusterer *clusterer, const struct story *story)
{
    for (size_t i = 0; i < clusterer->touched_count; i++) {
        if (clusterer->touched[i] != story) continue;
        clusterer->touched[i] = clusterer->touched[--clusterer->touched_count];
        return;
    }
}

void clusterer_dense_added(struct clusterer *clusterer, const struct dense_centroid *dense)
{
    dense_mean_add(&clusterer->dense_mean, dense);
    clusterer->dense_bytes += dense_centroid_bytes(dense);
}

void clusterer_dense_removed(struct clusterer *clusterer, const struct dense_centroid *dense)
{
    dense_mean_remove(&clusterer->dense_mean, dense);
    clusterer->dense_bytes -= dense_centroid_bytes(dense);
}

void clusterer_insert(struct clusterer *clusterer, struct story *story)
{
    struct story_terms *terms = story->terms;
    assert(terms != NULL);
    terms->slot = take_slot(&clusterer->slots, story);
    story_index_add_all(clusterer->index, terms->keys, terms->count, terms->slot);
    clusterer->live++;
    clusterer->taught += terms->taught;
    clusterer->terms_bytes += story_terms_bytes(terms);
    clusterer_dense_added(clusterer, terms->dense);
    if (story->joined_sequence > story->merge_checked) clusterer_touch(clusterer, story);
}

void clusterer_remove(struct clusterer *clusterer, struct story *story)
{
    struct story_terms *terms = story->terms;
    assert(terms != NULL && clusterer->slots.stories[terms->slot] == story);
    story_index_remove_all(clusterer->index, terms->keys, terms->count, terms->slot);
    clusterer->slots.stories[terms->slot] = NULL;
    clusterer->slots.free_slots[clusterer->slots.free_count++] = terms->slot;
    clusterer->live--;
    clusterer->taught -= terms->taught;
    clusterer->terms_bytes -= story_terms_bytes(terms);
    clusterer_dense_removed(clusterer, terms->dense);
    if (terms->touched) forget_touched(clusterer, story);
    story_terms_free(terms);
    story->terms = NULL;
}

void clusterer_teach(struct clusterer *clusterer, struct story *story, const struct text_vector *added,
                     uint32_t taught)
{
    struct story_terms *terms = story->terms;
    struct terms_change change = {.fresh = clusterer->fresh, .dropped = clusterer->dropped};
    clusterer->terms_bytes -= story_terms_bytes(terms);
    clusterer->taught += taught;
    story_terms_add(terms, added, taught, &change);
    clusterer->terms_bytes += story_terms_bytes(terms);
    story_index_add_all(clusterer->index, change.fresh, change.fresh_count, terms->slot);
    story_index_remove_all(clusterer->index, change.dropped, change.dropped_count, terms->slot);
}

/* ---- articles ---- */

static const struct article_terms *weigh(struct clusterer *clusterer, const struct placement *article)
{
    const struct term_frequencies frequencies = clusterer_frequencies(clusterer);
    article_terms_weigh(&clusterer->article, article->features, &frequencies);
    clusterer->article_sequence = article->sequence;
    clusterer->article_weighed = true;
    free(clusterer->article_dense);
    clusterer->article_dense = NULL;
    dense_centroid_add(&clusterer->article_dense, &article->features->dense);
    return &clusterer->article;
}

struct term_frequencies clusterer_frequencies(const struct clusterer *clusterer)
{
    return (struct term_frequencies){clusterer->index, clusterer->live, clusterer->taught, clusterer->common};
}

struct pair_side story_pair_side(const struct story *story)
{
    struct pair_side side = {
        .table = story->terms,
        .first_ms = story->first_published_ms,
        .last_ms = story->last_published_ms,
        .size = (uint32_t)story->member_count,
        .sources = (uint32_t)story->source_count,
        .taught = story->terms->taught,
        .members = story->members,
        .dense = story->terms->dense,
    };
    memcpy(side.text.norm, story->terms->norm, sizeof(side.text.norm));
    return side;
}

static bool has_source(const struct story *story, uint32_t source)
{
    for (size_t i = 0; i < story->source_count; i++)
        if (story->sources[i].source == source && story->sources[i].articles > 0) return true;
    return false;
}

static int compare_candidates(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->score != y->score) return x->score > y->score ? -1 : 1;
    return x->story->number < y->story->number ? -1 : x->story->number > y->story->number;
}

struct story *clusterer_place(struct clusterer *clusterer, const struct placement *article,
                              struct decision *decision)
{
    const struct article_terms *terms = weigh(clusterer, article);
    dense_mean_settle(&clusterer->dense_mean);
    struct pair_side x = {
        .text = article_terms_vector(terms),
        .first_ms = article->published_ms,
        .last_ms = article->published_ms,
        .day_only = article->published_is_day,
        .size = 1,
        .sources = 1,
        .taught = 1,
        .idf = terms->idf,
        .title_sketch = duplicates_title_sketch(article->features),
        .source = article->source,
        .dense = clusterer->article_dense,
        .lookup = &clusterer->lookup,
        .wanted = clusterer_wanted(clusterer, clusterer->article_dense),
        .dense_mean = &clusterer->dense_mean,
    };
    pair_side_measure(&x);
    const struct term_frequencies frequencies = clusterer_frequencies(clusterer);
    struct story *found[JOIN_CANDIDATES];
    double *features[JOIN_CANDIDATES];
    decision->count = story_candidates_find(&clusterer->slots, clusterer->index, &x.text, terms->frequency,
                                            NULL, found, JOIN_CANDIDATES);
    for (size_t i = 0; i < decision->count; i++) {
        story_ahead_texts(found, decision->count, i);
        struct candidate *candidate = &decision->candidates[i];
        struct pair_side y = story_pair_side(found[i]);
        x.same_source = has_source(found[i], article->source);
        candidate->story = found[i];
        pair_features_compute(&x, &y, &frequencies, candidate->features);
        features[i] = candidate->features;
    }
    pair_features_compare(features, decision->count, clusterer->live);
    for (size_t i = 0; i < decision->count; i++) {
        struct candidate *candidate = &decision->candidates[i];
        candidate->weights = story_weights_join(&clusterer->weights, candidate->features);
        candidate->score = story_weights_score(candidate->weights, candidate->features);
    }
    qsort(decision->candidates, decision->count, sizeof(*decision->candidates), compare_candidates);
    bool joins = decision->count > 0 && decision->candidates[0].score >= 0;
    decision->joined = joins ? decision->candidates[0].story : NULL;
    return decision->joined;
}

void clusterer_learn(struct clusterer *clusterer, struct story *story, const struct placement *article,
                     bool moves_centroid)
{
    bool founded = story->terms == NULL;
    if (!founded) clusterer_touch(clusterer, story);
    if (!founded && !moves_centroid) return;
    /* The words were weighed a moment ago when the article was placed; a twin's were not. */
    if (!clusterer->article_weighed || clusterer->article_sequence != article->sequence)
        weigh(clusterer, article);
    clusterer->article_weighed = false;
    if (founded) {
        story->terms = story_terms_new();
        clusterer_insert(clusterer, story);
    }
    struct text_vector text = article_terms_vector(&clusterer->article);
    clusterer_teach(clusterer, story, &text, 1);
    clusterer_dense_removed(clusterer, story->terms->dense);
    dense_centroid_add(&story->terms->dense, &article->features->dense);
    clusterer_dense_added(clusterer, story->terms->dense);
}

/* ---- numbers ---- */

size_t clusterer_pair_feature_count(void)
{
    return PAIR_FEATURE_COUNT;
}

const char *clusterer_pair_feature_name(size_t i)
{
    assert(i < PAIR_FEATURE_COUNT);
    return pair_feature_name((enum pair_feature)i);
}

size_t clusterer_live(const struct clusterer *clusterer)
{
    return clusterer->live;
}

size_t clusterer_memory_bytes(const struct clusterer *clusterer)
{
    size_t slot_bytes = sizeof(struct story *) + sizeof(uint64_t) + sizeof(uint32_t);
    return sizeof(*clusterer) + story_index_memory_bytes(clusterer->index) +
           clusterer->slots.capacity * slot_bytes + clusterer->terms_bytes + clusterer->dense_bytes +
           dense_mean_memory_bytes(&clusterer->dense_mean);
}
