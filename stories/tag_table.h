/*
 * tag_table - a compact multimap from 32-bit tags to 32-bit slots: 8 bytes an entry.
 *
 * A tag is part of a hash, so a hit is a hint: the caller looks at what the slot holds. Entries with
 * equal home bits lie together in one run; home_mask says which bits of a tag are those (the rest
 * is a filter that the caller compares before it touches other memory).
 * Open addressing, linear probing, removal by shifting back. Order of the hits means nothing.
 */
#ifndef NW_STORIES_TAG_TABLE_H
#define NW_STORIES_TAG_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TAG_TABLE_NONE UINT32_MAX

struct tag_entry {
    uint32_t tag, slot; /* slot TAG_TABLE_NONE: empty */
};

struct tag_table {
    struct tag_entry *entries;
    size_t capacity;
    size_t count;
    uint32_t home_mask;
};

void tag_table_init(struct tag_table *table, uint32_t home_mask);
void tag_table_fini(struct tag_table *table);
void tag_table_add(struct tag_table *table, uint32_t tag, uint32_t slot);
/* The pair must be there. */
void tag_table_remove(struct tag_table *table, uint32_t tag, uint32_t slot);
size_t tag_table_memory_bytes(const struct tag_table *table);

/* Asks the memory for where tag will be looked up soon: a large table is not in the caches. */
void tag_table_prefetch(const struct tag_table *table, uint32_t tag);

/* for (c = tag_table_first(t, tag); c.entry != NULL; c = tag_table_next(t, c)): each entry whose home
 * bits equal those of tag. The table must not change meanwhile. */
struct tag_cursor {
    const struct tag_entry *entry;
    uint32_t home_bits;
    size_t at;
};
struct tag_cursor tag_table_first(const struct tag_table *table, uint32_t tag);
struct tag_cursor tag_table_next(const struct tag_table *table, struct tag_cursor cursor);

#endif
