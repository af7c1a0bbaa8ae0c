#include "stories/source_table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"

struct source_table {
    char **names;
    size_t count, capacity;
    uint32_t *slots;   /* number + 1, 0: empty; open addressing, at most half full */
    size_t slot_count; /* a power of two */
};

enum { FIRST_SLOTS = 64 };

struct source_table *source_table_new(void)
{
    struct source_table *table = nw_calloc(1, sizeof(*table));
    table->slot_count = FIRST_SLOTS;
    table->slots = nw_calloc(table->slot_count, sizeof(*table->slots));
    return table;
}

void source_table_free(struct source_table *table)
{
    if (table == NULL) return;
    for (size_t i = 0; i < table->count; i++) free(table->names[i]);
    free(table->names);
    free(table->slots);
    free(table);
}

/* The slot of name, or the empty one where it belongs. */
static size_t slot_of(const struct source_table *table, const char *name)
{
    size_t mask = table->slot_count - 1;
    size_t slot = (size_t)hash64(name, strlen(name)) & mask;
    while (table->slots[slot] != 0 && strcmp(table->names[table->slots[slot] - 1], name) != 0)
        slot = (slot + 1) & mask;
    return slot;
}

static void grow_slots(struct source_table *table)
{
    free(table->slots);
    table->slot_count *= 2;
    table->slots = nw_calloc(table->slot_count, sizeof(*table->slots));
    for (size_t i = 0; i < table->count; i++)
        table->slots[slot_of(table, table->names[i])] = (uint32_t)(i + 1);
}

uint32_t source_table_intern(struct source_table *table, const char *name)
{
    size_t slot = slot_of(table, name);
    if (table->slots[slot] != 0) return table->slots[slot] - 1;
    assert(table->count < UINT32_MAX - 1);
    table->names = nw_grow(table->names, &table->capacity, table->count + 1, sizeof(*table->names));
    table->names[table->count++] = nw_strdup(name);
    table->slots[slot] = (uint32_t)table->count;
    if (table->count * 2 > table->slot_count) grow_slots(table);
    return (uint32_t)(table->count - 1);
}

const char *source_table_name(const struct source_table *table, uint32_t source)
{
    assert(source < table->count);
    return table->names[source];
}

size_t source_table_size(const struct source_table *table)
{
    return table->count;
}
