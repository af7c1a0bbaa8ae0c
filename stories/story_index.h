/*
 * story_index - term -> the live stories whose table holds it, and how many those are.
 *
 * Derived: a function of the live stories, whatever the order in which they came. Stories are small
 * numbers (slots) given by the clusterer. Taking one story out of a term that a million others hold costs
 * about the same as out of ten. The order of a list means nothing, and nobody may decide by it.
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

/* The same for count terms of one story, whose misses of the cache overlap. */
void story_index_add_all(struct story_index *index, const uint32_t *keys, uint32_t count, uint32_t slot);
void story_index_remove_all(struct story_index *index, const uint32_t *keys, uint32_t count, uint32_t slot);

/* Asks the memory for what a look-up of the term begins with. */
void story_index_prefetch(const struct story_index *index, uint32_t key);
/* Live stories that hold the term. */
uint32_t story_index_frequency(const struct story_index *index, uint32_t key);
/* The same for count terms, best prefetched before. */
void story_index_frequencies(const struct story_index *index, const uint32_t *keys, uint32_t count,
                             uint32_t *out);

/* The stories of a term, in any order; valid until the next change. Of a term that more than
 * STORY_INDEX_LISTED hold slots may be NULL: that many are not searched. */
enum { STORY_INDEX_LISTED = 200 };
struct postings {
    const uint32_t *slots;
    uint32_t count;
};
struct postings story_index_postings(const struct story_index *index, uint32_t key);
/* Before the postings of count terms are asked for, the entries first, so that misses of the cache overlap.
 */
void story_index_prefetch_entries(const struct story_index *index, const uint32_t *keys, uint32_t count);
void story_index_prefetch_lists(const struct story_index *index, const uint32_t *keys, uint32_t count);

size_t story_index_memory_bytes(const struct story_index *index);

#endif
