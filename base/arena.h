/*
 * arena - memory for one record: allocated in a row, freed all at once.
 *
 * Owns every block it hands out; they live until arena_reset() or arena_free(). Reset keeps the
 * memory for the next record (and gives back what one huge record made it take). Not thread-safe.
 */
#ifndef NW_BASE_ARENA_H
#define NW_BASE_ARENA_H

#include <stddef.h>

struct arena;

struct arena *arena_new(void);
void arena_free(struct arena *arena);
void arena_reset(struct arena *arena);

/* Aligned for any type, not zeroed. Never NULL (alloc.h). */
void *arena_alloc(struct arena *arena, size_t size) __attribute__((returns_nonnull));
void *arena_calloc(struct arena *arena, size_t count, size_t size) __attribute__((returns_nonnull));
/* A NUL-terminated copy of len bytes. */
char *arena_memdup(struct arena *arena, const void *data, size_t len) __attribute__((returns_nonnull));
char *arena_strdup(struct arena *arena, const char *text) __attribute__((returns_nonnull));
char *arena_printf(struct arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3), returns_nonnull));

#endif
