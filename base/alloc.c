#include "base/alloc.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static void *or_die(void *memory, size_t count, size_t size)
{
    if (memory != NULL) return memory;
    fprintf(stderr, "newswired: out of memory (asked for %zu x %zu bytes); ending\n", count, size);
    abort();
}

void *nw_calloc(size_t count, size_t size)
{
    if (count == 0 || size == 0) count = size = 1;
    return or_die(calloc(count, size), count, size);
}

void *nw_realloc(void *old, size_t count, size_t size)
{
    if (count == 0 || size == 0) count = size = 1;
    return or_die(reallocarray(old, count, size), count, size);
}

void *nw_alloc_table(size_t count, size_t size)
{
    const size_t large_page = (size_t)2 << 20;
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes < 8 * large_page || bytes > SIZE_MAX / 2)
        return nw_realloc(NULL, count, size);
    void *memory = NULL;
    if (posix_memalign(&memory, large_page, bytes) != 0) memory = NULL;
    or_die(memory, count, size);
    (void)madvise(memory, bytes, MADV_HUGEPAGE); /* a wish: without, everything is only slower */
    return memory;
}

char *nw_strdup(const char *text)
{
    return nw_memdup(text, strlen(text));
}

char *nw_memdup(const void *data, size_t len)
{
    char *copy = nw_realloc(NULL, len + 1, 1);
    if (len > 0) memcpy(copy, data, len);
    copy[len] = '\0';
    return copy;
}

void *nw_grow(void *array, size_t *capacity, size_t needed, size_t element)
{
    if (needed <= *capacity && array != NULL) return array;
    size_t wanted = *capacity < 8 ? 8 : *capacity * 2;
    if (wanted < needed) wanted = needed;
    array = nw_realloc(array, wanted, element);
    *capacity = wanted;
    return array;
}
