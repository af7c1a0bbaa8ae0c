/*
 * alloc - allocation that does not return NULL.
 *
 * Running out of memory ends the process with a message and SIGABRT. Every state that matters is in
 * Redis and Kafka and recovery from a kill is a proved path, so dying is safer than thousands of
 * half-tested unwindings. Sizes that come from outside are bounded before they reach an allocation.
 */
#ifndef NW_BASE_ALLOC_H
#define NW_BASE_ALLOC_H

#include <stddef.h>

/* Zeroed memory for count elements of size bytes; free() it. */
void *nw_calloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
/* Like reallocarray; NULL old allocates. The new part is not zeroed. */
void *nw_realloc(void *old, size_t count, size_t size) __attribute__((returns_nonnull));
/* Like nw_realloc(NULL, ...), for a table that is read at places that nobody could guess: when it is large,
 * it lies in large pages, so that a look-up is one miss and not two. free() it. */
void *nw_alloc_table(size_t count, size_t size) __attribute__((malloc, returns_nonnull));
char *nw_strdup(const char *text) __attribute__((malloc, returns_nonnull));
/* The copy is NUL-terminated behind len bytes; data may be NULL when len is 0. */
char *nw_memdup(const void *data, size_t len) __attribute__((malloc, returns_nonnull));

/* Grows *array (of element size) so that needed elements fit: capacity at least doubles. */
void *nw_grow(void *array, size_t *capacity, size_t needed, size_t element) __attribute__((returns_nonnull));

#endif
