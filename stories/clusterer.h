/*
 * clusterer - which live story of a language does an article belong to, and which stories are one?
 *
 * One clusterer a language. It owns the inverted index and each story's story_terms, both derived
 * from the live stories; it borrows the stories. It decides; the partition carries out (members, ids,
 * revisions). No decision depends on pointer or insertion order: ties go to the older story (smaller
 * number), scores are compared in fixed point.
 * Never a scan over all stories: the cost of an article does not grow with their number.
 */
#ifndef NW_STORIES_CLUSTERER_H
#define NW_STORIES_CLUSTERER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "articles/features.h"
#include "base/arena.h"
#include "base/err.h"
#include "stories/story.h"
#include "stories/story_policy.h"

struct clusterer;

/* An article as the clusterer sees it. */
struct placement {
    const struct features *features;
    const char *language;
    uint32_t source;
    int64_t published_ms; /* NW_NO_TIME: none */
    bool published_is_day;
    int64_t watermark_ms; /* of the language; NW_NO_TIME: none yet */
    uint64_t sequence;    /* language record count */
};

/* One candidate of a decision, for --explain and --pairs. */
enum {
    CLUSTERER_MAX_CANDIDATES = 64,
    CLUSTERER_PAIR_FEATURES = 40,
    CLUSTERER_SCORE_ONE = 1 << 20, /* a score of 1.0 (a logit) in fixed point */
};
struct candidate {
    struct story *story;
    double features[CLUSTERER_PAIR_FEATURES]; /* named by clusterer_pair_feature_name() */
    int64_t score;                            /* fixed point; joins when >= 0 */
    const double *weights; /* of the features: the score is the sum of weight * value; borrowed */
};
struct decision {
    struct candidate candidates[CLUSTERER_MAX_CANDIDATES]; /* best first */
    size_t count;
    struct story *joined; /* NULL: a new story */
};

/* A merge pass has compared x with y: features and score are of that pair; they merge from 0 up. */
typedef void clusterer_compared(void *context, const struct story *x, const struct story *y,
                                const double *features, int64_t score);

struct clusterer *clusterer_new(const struct story_policy *policy, const char *language);
/* The terms of the stories that are still in it are freed with it. */
void clusterer_free(struct clusterer *clusterer);
/* compared may be NULL. */
void clusterer_set_observer(struct clusterer *clusterer, clusterer_compared *compared, void *context);

/* All features are computed from now on, those that no weight asks for too (they are 0 else): for who looks
 * at a decision's candidates. No decision changes. */
void clusterer_compute_all(struct clusterer *clusterer);

/* The best story that is good enough, or NULL. decision is filled always (it is cheap). */
struct story *clusterer_place(struct clusterer *clusterer, const struct placement *article,
                              struct decision *decision);

/* The article has joined story (or founded it: terms is NULL then and is created, and the story
 * enters the index). moves_centroid false: near-duplicates do not teach. Called with the member
 * already in story and its numbers and joined_sequence set. */
void clusterer_learn(struct clusterer *clusterer, struct story *story, const struct placement *article,
                     bool moves_centroid);

/* A restored live story (terms unpacked, members and merge_checked set) enters the index, in any order. */
void clusterer_insert(struct clusterer *clusterer, struct story *story);
/* A closing or emptied story leaves the index; its terms are freed. */
void clusterer_remove(struct clusterer *clusterer, struct story *story);

/* The merge pass over the stories that joined since the last pass, which was at since (joined_sequence >
 * merge_checked; updates and retractions do not count): it sets merge_checked of each to sequence. Call it
 * when it is due; returns the number of pairs, best first, each story at most once; the partition merges
 * them one by one with clusterer_merged(). Another round, over those: since is sequence then. */
struct merge_pair {
    struct story *older, *younger;
    int64_t score;
};
size_t clusterer_merge_pass(struct clusterer *clusterer, uint64_t since, uint64_t sequence,
                            struct merge_pair *pairs, size_t max);
/* younger's terms go into older's and are freed; younger leaves the index. Called with the members
 * already moved to older and its numbers and joined_sequence (the pass's sequence) set. */
void clusterer_merged(struct clusterer *clusterer, struct story *older, struct story *younger);

/* State: exactly what a restore needs to decide the same ever after. */
void story_terms_pack(struct arena *arena, const struct story *story, const uint8_t **bytes, size_t *len);
enum nw_err story_terms_unpack(struct story *story, const uint8_t *bytes, size_t len) NW_MUST_CHECK;
void story_terms_free(struct story_terms *terms);

size_t clusterer_pair_feature_count(void);
const char *clusterer_pair_feature_name(size_t i);
size_t clusterer_live(const struct clusterer *clusterer);
size_t clusterer_memory_bytes(const struct clusterer *clusterer);

#endif
