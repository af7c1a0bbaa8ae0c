/*
 * story_candidates - the few live stories that share an article's (or a story's) telling terms.
 *
 * Takes the heaviest terms that are held by at least one and at most CANDIDATE_MAX_POSTINGS live
 * stories, adds their weights up per story, and returns the stories with the largest sums. The cost is
 * bounded by CANDIDATE_TERMS * CANDIDATE_MAX_POSTINGS, whatever the number of live stories.
 */
#ifndef NW_STORIES_STORY_CANDIDATES_H
#define NW_STORIES_STORY_CANDIDATES_H

#include "stories/story.h"
#include "stories/story_index.h"
#include "stories/story_terms.h"

enum { CANDIDATE_TERMS = 12, CANDIDATE_MAX_POSTINGS = 200, CANDIDATE_MAX = 16 };

/* Live stories by slot, and a score for each while a search runs. */
struct story_slots {
    struct story **stories; /* NULL: free */
    uint32_t *sums;         /* all 0 between searches */
    uint32_t *touched;      /* slots with a sum during a search; room for one more than there are */
    uint32_t *free_slots;
    uint32_t count, capacity, free_count;
};

/* frequencies: how many live stories hold each term of text; NULL: they are looked up. At most max stories
 * (1 .. CANDIDATE_MAX), best first (ties: older first). skip (may be NULL) is left out.
 */
size_t story_candidates_find(struct story_slots *slots, const struct story_index *index,
                             const struct text_vector *text, const uint32_t *frequencies,
                             const struct story *skip, struct story **out, size_t max);
/* Asks the memory for what a comparison with each of them reads. */
void story_candidates_prefetch(struct story *const *stories, size_t count);

#endif
