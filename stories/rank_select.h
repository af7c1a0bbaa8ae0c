/*
 * rank_select - the heaviest of many, without sorting them all.
 *
 * A rank is a weight with what breaks ties below it; ranks are distinct. Which of two is larger is nothing a
 * processor could guess, so nothing here branches on it (Lomuto's partition in Hoare's quickselect).
 */
#ifndef NW_STORIES_RANK_SELECT_H
#define NW_STORIES_RANK_SELECT_H

#include <stdint.h>

/* Heavier first; equal weights by key. */
static inline uint64_t rank_of(uint32_t weight, uint32_t key)
{
    return (uint64_t)weight << 32 | (UINT32_MAX - key);
}
static inline uint32_t rank_key(uint64_t rank)
{
    return UINT32_MAX - (uint32_t)rank;
}
static inline uint32_t rank_weight(uint64_t rank)
{
    return (uint32_t)(rank >> 32);
}

/* Moves the n largest (1 .. count) to the front, the least of them last, and returns that. */
uint64_t rank_select(uint64_t *ranks, uint32_t count, uint32_t n);
/* The same, in falling order. For a small n. */
void rank_select_sorted(uint64_t *ranks, uint32_t count, uint32_t n);

#endif
