/*
 * story_index - term -> the live stories whose table holds it, and how many those are.
 *
 * Derived: a function of the live stories, whatever the order in which they came. Stories are small
 * numbers (slots) given by the clusterer. A list is a hash set of slots, so that taking one story out of a
 * term that a million others hold costs the same as out of ten; its order means nothing, and nobody
 * may decide by it.
 */
#ifndef NW_STORIES_STORY_INDEX_H
#define NW_STORIES_STORY_INDEX_H

#include <stddef.h>
#include <stdint.h>

struct story_index;

struct story_index *story_index_new(void);
void story_index_free(struct story_index *index);

/* The pair is not there yet / is there: anything else is a programming error. */
void story_index_add(struct story_index *index, uint32_t key, uint32_t slot);
void story_index_remove(struct story_index *index, uint32_t key, uint32_t slot);

/* Live stories that hold the term. */
uint32_t story_index_frequency(const struct story_index *index, uint32_t key);
/* Asks the memory for a term that will be looked up soon. */
void story_index_prefetch(const struct story_index *index, uint32_t key);

/* The stories of a term: room slots at cells, STORY_INDEX_NONE in between. Valid until the next change. */
#define STORY_INDEX_NONE UINT32_MAX
struct postings {
    const uint32_t *cells;
    uint32_t room;
    uint32_t count;
};
struct postings story_index_postings(const struct story_index *index, uint32_t key);

size_t story_index_memory_bytes(const struct story_index *index);

#endif
