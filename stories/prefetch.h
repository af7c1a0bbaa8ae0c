/*
 * prefetch - functions that do nothing but ask the memory for what will be read.
 *
 * GCC (12.2) takes such a function for one without effect, and leaves out the calls of it that it does not
 * inline: PREFETCHES in front of its type has it inlined always.
 */
#ifndef NW_STORIES_PREFETCH_H
#define NW_STORIES_PREFETCH_H

#define PREFETCHES static inline __attribute__((always_inline))

#endif
