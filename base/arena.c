#include "base/arena.h"

#include <assert.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { ARENA_BLOCK_BYTES = 256 * 1024, ARENA_ALIGN = 16 };

struct arena_block {
    struct arena_block *next;
    size_t size; /* of data */
    size_t used;
    size_t padding; /* keeps data aligned to ARENA_ALIGN */
    unsigned char data[];
};

struct arena {
    struct arena_block *blocks; /* the newest first; the last one in the list is kept by a reset */
};

static struct arena_block *block_new(size_t size, struct arena_block *next)
{
    struct arena_block *block = nw_realloc(NULL, sizeof(*block) + size, 1);
    block->next = next;
    block->size = size;
    block->used = 0;
    return block;
}

struct arena *arena_new(void)
{
    struct arena *arena = nw_calloc(1, sizeof(*arena));
    arena->blocks = block_new(ARENA_BLOCK_BYTES, NULL);
    return arena;
}

void arena_reset(struct arena *arena)
{
    while (arena->blocks->next != NULL) {
        struct arena_block *block = arena->blocks;
        arena->blocks = block->next;
        free(block);
    }
    arena->blocks->used = 0;
}

void arena_free(struct arena *arena)
{
    if (arena == NULL) return;
    arena_reset(arena);
    free(arena->blocks);
    free(arena);
}

void *arena_alloc(struct arena *arena, size_t size)
{
    assert(size < SIZE_MAX / 2);
    size = (size + ARENA_ALIGN - 1) & ~(size_t)(ARENA_ALIGN - 1);
    if (arena->blocks->size - arena->blocks->used < size)
        arena->blocks = block_new(size > ARENA_BLOCK_BYTES ? size : ARENA_BLOCK_BYTES, arena->blocks);
    void *memory = arena->blocks->data + arena->blocks->used;
    arena->blocks->used += size;
    return memory;
}

void *arena_calloc(struct arena *arena, size_t count, size_t size)
{
    assert(size == 0 || count <= SIZE_MAX / 4 / size);
    return memset(arena_alloc(arena, count * size), 0, count * size);
}

char *arena_memdup(struct arena *arena, const void *data, size_t len)
{
    char *copy = arena_alloc(arena, len + 1);
    if (len > 0) memcpy(copy, data, len);
    copy[len] = '\0';
    return copy;
}

char *arena_strdup(struct arena *arena, const char *text)
{
    return arena_memdup(arena, text, strlen(text));
}

char *arena_printf(struct arena *arena, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char small[512];
    int len = vsnprintf(small, sizeof(small), format, args);
    va_end(args);
    assert(len >= 0);
    if ((size_t)len < sizeof(small)) return arena_memdup(arena, small, (size_t)len);
    char *text = arena_alloc(arena, (size_t)len + 1);
    va_start(args, format);
    vsnprintf(text, (size_t)len + 1, format, args);
    va_end(args);
    return text;
}
