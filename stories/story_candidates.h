/*
 * story_candidates - the few live stories that share an article's (or a story's) telling terms.
 *
 * Takes the heaviest CANDIDATE_TERMS terms that are held by at least one and at most CANDIDATE_MAX_POSTINGS
 * live stories, adds their weights up per story, and returns the stories with the largest sums. Passed over
 * is a term whose stories would make it more than CANDIDATE_POSTINGS with those of the heavier ones, so that
 * the cost has a bound, whatever the number of live stories.
 */
#ifndef NW_STORIES_STORY_CANDIDATES_H
#define NW_STORIES_STORY_CANDIDATES_H

#include "stories/story.h"
#include "stories/story_index.h"
#include "stories/story_terms.h"

enum {
    CANDIDATE_TERMS = 12,
    CANDIDATE_MAX_POSTINGS = STORY_INDEX_LISTED,
    CANDIDATE_POSTINGS = 256,
    CANDIDATE_MAX = 16
};
enum { CANDIDATE_OWN_TERMS = 32 }; /* many of a story's heaviest terms are its own only */
/* Not worth a comparison is what has less than this part of the largest sum, but for as many as the measure
 * of a crowd looks at (pair_features.h); among a story's neighbours nothing looks at others. */
enum { CANDIDATE_PART = 3, CANDIDATES_ALWAYS = 4 };

/* Live stories by slot. */
struct story_slots {
    struct story **stories; /* NULL: free */
    uint64_t *numbers;      /* of the stories */
    uint32_t *free_slots;
    uint32_t count, capacity, free_count;
};

/* frequencies: how many live stories hold each term of text; NULL: they are looked up. At most max stories
 * (1 .. CANDIDATE_MAX), best first (ties: older first). skip (may be NULL) is left out.
 */
size_t story_candidates_find(const struct story_slots *slots, const struct story_index *index,
                             const struct text_vector *text, const uint32_t *frequencies,
                             const struct story *skip, struct story **out, size_t max);
/* The terms that a search by a story's own begins with, in any order; best prefetched. */
uint32_t story_candidates_first_terms(const struct text_vector *text, uint32_t keys[CANDIDATE_OWN_TERMS]);

#endif
