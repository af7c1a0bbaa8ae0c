#include "stories/tag_table.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"

enum { FIRST_CAPACITY = 64 };

void tag_table_init(struct tag_table *table, uint32_t home_mask)
{
    *table = (struct tag_table){.home_mask = home_mask};
}

void tag_table_fini(struct tag_table *table)
{
    free(table->entries);
    *table = (struct tag_table){.home_mask = table->home_mask};
}

/* Multiplicative hashing (Knuth), so that regular tags spread too; then scaled to the capacity, which is
 * no power of two (Lemire 2019): a table that grows by half wastes less than one that doubles. */
static size_t home(const struct tag_table *table, uint32_t tag)
{
    uint64_t mixed = (uint64_t)(tag & table->home_mask) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)((mixed >> 32) * table->capacity >> 32);
}

static size_t following(const struct tag_table *table, size_t at)
{
    return at + 1 == table->capacity ? 0 : at + 1;
}

/* How far to is behind from, going round. */
static size_t steps(const struct tag_table *table, size_t from, size_t to)
{
    return to >= from ? to - from : to + table->capacity - from;
}

static void insert(struct tag_table *table, struct tag_entry entry)
{
    size_t at = home(table, entry.tag);
    while (table->entries[at].slot != TAG_TABLE_NONE) at = following(table, at);
    table->entries[at] = entry;
}

static void grow(struct tag_table *table)
{
    struct tag_entry *old = table->entries;
    size_t old_capacity = table->capacity;
    table->capacity = old_capacity == 0 ? FIRST_CAPACITY : old_capacity + old_capacity / 2;
    assert(table->capacity < UINT32_MAX);
    table->entries = nw_alloc_table(table->capacity, sizeof(*table->entries));
    for (size_t i = 0; i < table->capacity; i++)
        table->entries[i] = (struct tag_entry){.tag = 0, .slot = TAG_TABLE_NONE};
    for (size_t i = 0; i < old_capacity; i++)
        if (old[i].slot != TAG_TABLE_NONE) insert(table, old[i]);
    free(old);
}

void tag_table_add(struct tag_table *table, uint32_t tag, uint32_t slot)
{
    assert(slot != TAG_TABLE_NONE);
    if ((table->count + 1) * 4 > table->capacity * 3) grow(table); /* at most 3/4 full */
    insert(table, (struct tag_entry){tag, slot});
    table->count++;
}

void tag_table_remove(struct tag_table *table, uint32_t tag, uint32_t slot)
{
    assert(table->capacity > 0);
    size_t hole = home(table, tag);
    while (table->entries[hole].slot != slot || table->entries[hole].tag != tag) {
        assert(table->entries[hole].slot != TAG_TABLE_NONE);
        hole = following(table, hole);
    }
    for (size_t at = following(table, hole); table->entries[at].slot != TAG_TABLE_NONE;
         at = following(table, at)) {
        size_t wanted = home(table, table->entries[at].tag);
        if (steps(table, wanted, at) < steps(table, hole, at)) continue; /* it may not move before its home */
        table->entries[hole] = table->entries[at];
        hole = at;
    }
    table->entries[hole].slot = TAG_TABLE_NONE;
    table->count--;
}

size_t tag_table_memory_bytes(const struct tag_table *table)
{
    return table->capacity * sizeof(*table->entries);
}

static struct tag_cursor settle(const struct tag_table *table, struct tag_cursor cursor)
{
    for (;; cursor.at = following(table, cursor.at)) {
        cursor.entry = &table->entries[cursor.at];
        if (cursor.entry->slot == TAG_TABLE_NONE) {
            cursor.entry = NULL;
            return cursor;
        }
        if ((cursor.entry->tag & table->home_mask) == cursor.home_bits) return cursor;
    }
}

void tag_table_prefetch(const struct tag_table *table, uint32_t tag)
{
    if (table->capacity > 0) __builtin_prefetch(&table->entries[home(table, tag)]);
}

struct tag_cursor tag_table_first(const struct tag_table *table, uint32_t tag)
{
    struct tag_cursor cursor = {.entry = NULL, .home_bits = tag & table->home_mask};
    if (table->capacity == 0) return cursor;
    cursor.at = home(table, tag);
    return settle(table, cursor);
}

struct tag_cursor tag_table_next(const struct tag_table *table, struct tag_cursor cursor)
{
    cursor.at = following(table, cursor.at);
    return settle(table, cursor);
}
