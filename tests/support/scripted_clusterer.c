/*
 * A clusterer that does what a test says, in place of stories/clusterer.c: an article joins the oldest
 * live story with its join key (the first entity), and two live stories with one merge key (the second
 * entity) are merged in a pass for which both are due. A story of the same theme comes
 * second. Just enough to test the partition without the engine's
 * judgement.
 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "stories/clusterer.h"
#include "stories/story_edits.h"

struct story_terms {
    uint64_t join_key, merge_key, learned;
};

struct clusterer {
    struct story **stories;
    size_t count, capacity;
};

struct clusterer *clusterer_new(const struct story_policy *policy, const char *language)
{
    (void)policy;
    (void)language;
    return nw_calloc(1, sizeof(struct clusterer));
}

void clusterer_set_observer(struct clusterer *clusterer, clusterer_compared *compared, void *context)
{
    (void)clusterer;
    (void)compared;
    (void)context;
}

void clusterer_compute_all(struct clusterer *clusterer)
{
    (void)clusterer; /* it has no features */
}

void clusterer_free(struct clusterer *clusterer)
{
    while (clusterer->count > 0) clusterer_remove(clusterer, clusterer->stories[0]);
    free(clusterer->stories);
    free(clusterer);
}

static uint64_t entity(const struct features *features, unsigned i)
{
    return features->entities.count > i ? features->entities.terms[i].hash : 0;
}

/* The oldest story with that key; skip is left out. */
static struct story *find(const struct clusterer *clusterer, bool by_merge_key, uint64_t key,
                          const struct story *skip)
{
    struct story *best = NULL;
    for (size_t i = 0; i < clusterer->count; i++) {
        struct story *story = clusterer->stories[i];
        uint64_t has = by_merge_key ? story->terms->merge_key : story->terms->join_key;
        if (has == key && story != skip && (best == NULL || story->number < best->number)) best = story;
    }
    return best;
}

static void add_candidate(struct decision *decision, struct story *story, int64_t score)
{
    if (story != NULL)
        decision->candidates[decision->count++] = (struct candidate){.story = story, .score = score};
}

struct story *clusterer_place(struct clusterer *clusterer, const struct placement *article,
                              struct decision *decision)
{
    uint64_t theme = entity(article->features, 1);
    decision->count = 0;
    decision->joined = find(clusterer, false, entity(article->features, 0), NULL);
    add_candidate(decision, decision->joined, 0);
    if (theme != 0) add_candidate(decision, find(clusterer, true, theme, decision->joined), -1);
    return decision->joined;
}

void clusterer_insert(struct clusterer *clusterer, struct story *story)
{
    clusterer->stories =
        nw_grow(clusterer->stories, &clusterer->capacity, clusterer->count + 1, sizeof(struct story *));
    clusterer->stories[clusterer->count++] = story;
}

void clusterer_learn(struct clusterer *clusterer, struct story *story, const struct placement *article,
                     bool moves_centroid)
{
    if (story->terms == NULL) {
        story->terms = nw_calloc(1, sizeof(*story->terms));
        story->terms->join_key = entity(article->features, 0);
        story->terms->merge_key = entity(article->features, 1);
        clusterer_insert(clusterer, story);
    }
    if (moves_centroid) story->terms->learned++;
}

static void take_out(struct clusterer *clusterer, const struct story *story)
{
    for (size_t i = 0; i < clusterer->count; i++)
        if (clusterer->stories[i] == story) {
            clusterer->stories[i] = clusterer->stories[--clusterer->count];
            return;
        }
    abort();
}

void clusterer_remove(struct clusterer *clusterer, struct story *story)
{
    take_out(clusterer, story);
    story_terms_free(story->terms);
    story->terms = NULL;
}

/* The oldest pair; one a call. */
size_t clusterer_merge_pass(struct clusterer *clusterer, uint64_t since, uint64_t sequence,
                            struct merge_pair *pairs, size_t max)
{
    (void)since;
    struct story *older = NULL, *younger = NULL;
    for (size_t i = 0; max > 0 && i < clusterer->count; i++)
        for (size_t k = 0; k < clusterer->count; k++) {
            struct story *a = clusterer->stories[i], *b = clusterer->stories[k];
            bool due = a->joined_sequence > a->merge_checked && b->joined_sequence > b->merge_checked;
            if (a->number >= b->number || a->terms->merge_key == 0 || !due) continue;
            if (a->terms->merge_key != b->terms->merge_key || story_edits_apart(a, b)) continue;
            if (older != NULL &&
                (a->number > older->number || (a->number == older->number && b->number > younger->number)))
                continue;
            older = a;
            younger = b;
        }
    if (older == NULL) {
        for (size_t i = 0; i < clusterer->count; i++)
            if (clusterer->stories[i]->joined_sequence > clusterer->stories[i]->merge_checked)
                clusterer->stories[i]->merge_checked = sequence;
        return 0;
    }
    pairs[0] = (struct merge_pair){older, younger, 0};
    return 1;
}

void clusterer_merged(struct clusterer *clusterer, struct story *older, struct story *younger)
{
    older->terms->learned += younger->terms->learned;
    clusterer_remove(clusterer, younger);
}

void story_terms_pack(struct arena *arena, const struct story *story, const uint8_t **bytes, size_t *len)
{
    *bytes = (const uint8_t *)arena_memdup(arena, story->terms, sizeof(*story->terms));
    *len = sizeof(*story->terms);
}

enum nw_err story_terms_unpack(struct story *story, const uint8_t *bytes, size_t len)
{
    if (len != sizeof(struct story_terms)) return NW_ERR_CORRUPT;
    story->terms = (struct story_terms *)(void *)nw_memdup(bytes, len);
    return NW_OK;
}

void story_terms_free(struct story_terms *terms)
{
    free(terms);
}

size_t clusterer_pair_feature_count(void)
{
    return 0;
}

const char *clusterer_pair_feature_name(size_t i)
{
    (void)i;
    return "";
}

size_t clusterer_live(const struct clusterer *clusterer)
{
    return clusterer->count;
}

size_t clusterer_memory_bytes(const struct clusterer *clusterer)
{
    return clusterer->capacity * sizeof(struct story *);
}
