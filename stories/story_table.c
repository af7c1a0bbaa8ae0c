#include "stories/story_table.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"

enum { FIRST_CAPACITY = 64 };

void story_table_fini(struct story_table *table)
{
    free(table->slots);
    *table = (struct story_table){0};
}

/* The place of id, or the empty one where it belongs. Ids are hashes: any bits of them spread. */
static size_t place_of(const struct story_table *table, struct id128 id)
{
    size_t mask = table->capacity - 1, at = (size_t)id.lo & mask;
    while (table->slots[at] != NULL && !id128_equal(table->slots[at]->id, id)) at = (at + 1) & mask;
    return at;
}

static void grow(struct story_table *table)
{
    struct story_table old = *table;
    table->capacity = old.capacity == 0 ? FIRST_CAPACITY : old.capacity * 2;
    table->slots = nw_calloc(table->capacity, sizeof(*table->slots));
    for (size_t i = 0; i < old.capacity; i++)
        if (old.slots[i] != NULL) table->slots[place_of(table, old.slots[i]->id)] = old.slots[i];
    free(old.slots);
}

void story_table_add(struct story_table *table, struct story *story)
{
    if ((table->count + 1) * 2 > table->capacity) grow(table);
    size_t at = place_of(table, story->id);
    assert(table->slots[at] == NULL);
    table->slots[at] = story;
    table->count++;
}

void story_table_remove(struct story_table *table, const struct story *story)
{
    size_t mask = table->capacity - 1, hole = place_of(table, story->id);
    assert(table->slots[hole] == story);
    for (size_t at = (hole + 1) & mask; table->slots[at] != NULL; at = (at + 1) & mask) {
        size_t wanted = (size_t)table->slots[at]->id.lo & mask;
        if (((at - wanted) & mask) < ((at - hole) & mask)) continue; /* it may not move before its home */
        table->slots[hole] = table->slots[at];
        hole = at;
    }
    table->slots[hole] = NULL;
    table->count--;
}

struct story *story_table_find(const struct story_table *table, struct id128 id)
{
    return table->capacity == 0 ? NULL : table->slots[place_of(table, id)];
}
