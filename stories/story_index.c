#include "stories/story_index.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* One term. A single story stands in the entry itself: half of all terms are in one story only. */
struct entry {
    union {
        uint32_t single;
        uint32_t *cells;
    } stories;
    uint32_t key;
    uint32_t count;     /* 0: the entry is empty */
    uint32_t room_log2; /* of cells; 0: single */
};

struct story_index {
    struct entry *entries;
    uint32_t mask;
    uint32_t used;
    size_t cell_bytes;
};

enum { FIRST_ENTRIES = 1024, FIRST_ROOM_LOG2 = 2 };

static uint32_t mix(uint32_t value)
{
    value ^= value >> 16;
    value *= UINT32_C(0x7feb352d);
    value ^= value >> 15;
    value *= UINT32_C(0x846ca68b);
    return value ^ value >> 16;
}

struct story_index *story_index_new(void)
{
    struct story_index *index = nw_calloc(1, sizeof(*index));
    index->entries = nw_calloc(FIRST_ENTRIES, sizeof(*index->entries));
    index->mask = FIRST_ENTRIES - 1;
    return index;
}

void story_index_free(struct story_index *index)
{
    if (index == NULL) return;
    for (size_t i = 0; i <= index->mask; i++)
        if (index->entries[i].room_log2 > 0) free(index->entries[i].stories.cells);
    free(index->entries);
    free(index);
}

/* ---- the set of slots of one term ---- */

static uint32_t set_room(const struct entry *entry)
{
    return UINT32_C(1) << entry->room_log2;
}

/* The cell of slot, or the empty one where it belongs. */
static uint32_t set_cell(const uint32_t *cells, uint32_t room, uint32_t slot)
{
    uint32_t at = mix(slot) & (room - 1);
    while (cells[at] != STORY_INDEX_NONE && cells[at] != slot) at = (at + 1) & (room - 1);
    return at;
}

static void set_resize(struct story_index *index, struct entry *entry, uint32_t room_log2)
{
    uint32_t room = UINT32_C(1) << room_log2;
    uint32_t *cells = nw_realloc(NULL, room, sizeof(*cells));
    memset(cells, 0xff, room * sizeof(*cells));
    if (entry->room_log2 == 0) {
        cells[set_cell(cells, room, entry->stories.single)] = entry->stories.single;
    } else {
        uint32_t old_room = set_room(entry);
        for (uint32_t i = 0; i < old_room; i++) {
            uint32_t slot = entry->stories.cells[i];
            if (slot != STORY_INDEX_NONE) cells[set_cell(cells, room, slot)] = slot;
        }
        index->cell_bytes -= old_room * sizeof(*cells);
        free(entry->stories.cells);
    }
    index->cell_bytes += room * sizeof(*cells);
    entry->stories.cells = cells;
    entry->room_log2 = room_log2;
}

static void set_add(struct story_index *index, struct entry *entry, uint32_t slot)
{
    if (entry->count == 0) {
        entry->stories.single = slot;
        entry->count = 1;
        return;
    }
    if (entry->room_log2 == 0)
        set_resize(index, entry, FIRST_ROOM_LOG2);
    else if (entry->count + 1 > set_room(entry) / 4 * 3)
        set_resize(index, entry, entry->room_log2 + 1);
    uint32_t at = set_cell(entry->stories.cells, set_room(entry), slot);
    assert(entry->stories.cells[at] == STORY_INDEX_NONE);
    entry->stories.cells[at] = slot;
    entry->count++;
}

/* Closes the gap at hole: entries behind it that may stand there move up (linear probing). */
static void set_close_gap(uint32_t *cells, uint32_t room, uint32_t hole)
{
    for (uint32_t at = (hole + 1) & (room - 1); cells[at] != STORY_INDEX_NONE; at = (at + 1) & (room - 1)) {
        uint32_t home = mix(cells[at]) & (room - 1);
        if (((at - home) & (room - 1)) >= ((at - hole) & (room - 1))) {
            cells[hole] = cells[at];
            hole = at;
        }
    }
    cells[hole] = STORY_INDEX_NONE;
}

static void set_remove(struct story_index *index, struct entry *entry, uint32_t slot)
{
    if (entry->room_log2 == 0) {
        assert(entry->stories.single == slot);
        entry->count = 0;
        return;
    }
    uint32_t *cells = entry->stories.cells, room = set_room(entry);
    uint32_t at = set_cell(cells, room, slot);
    assert(cells[at] == slot);
    set_close_gap(cells, room, at);
    entry->count--;
    if (entry->count == 1) {
        uint32_t i = 0;
        while (cells[i] == STORY_INDEX_NONE) i++;
        uint32_t last = cells[i];
        index->cell_bytes -= room * sizeof(*cells);
        free(cells);
        entry->stories.single = last;
        entry->room_log2 = 0;
    } else if (entry->room_log2 > FIRST_ROOM_LOG2 && entry->count < room / 8) {
        set_resize(index, entry, entry->room_log2 - 1);
    }
}

/* ---- the table of terms: linear probing, as above ---- */

static struct entry *find(const struct story_index *index, uint32_t key)
{
    uint32_t at = mix(key) & index->mask;
    while (index->entries[at].count > 0 && index->entries[at].key != key) at = (at + 1) & index->mask;
    return &index->entries[at];
}

static void grow(struct story_index *index)
{
    struct entry *old = index->entries;
    size_t old_room = (size_t)index->mask + 1;
    index->entries = nw_calloc(old_room * 2, sizeof(*old));
    index->mask = (uint32_t)(old_room * 2 - 1);
    for (size_t i = 0; i < old_room; i++)
        if (old[i].count > 0) *find(index, old[i].key) = old[i];
    free(old);
}

static void close_gap(struct story_index *index, uint32_t hole)
{
    struct entry *entries = index->entries;
    for (uint32_t at = (hole + 1) & index->mask; entries[at].count > 0; at = (at + 1) & index->mask) {
        uint32_t home = mix(entries[at].key) & index->mask;
        if (((at - home) & index->mask) >= ((at - hole) & index->mask)) {
            entries[hole] = entries[at];
            hole = at;
        }
    }
    entries[hole] = (struct entry){0};
}

void story_index_add(struct story_index *index, uint32_t key, uint32_t slot)
{
    assert(slot != STORY_INDEX_NONE);
    if (index->used >= index->mask / 4 * 3) grow(index);
    struct entry *entry = find(index, key);
    if (entry->count == 0) {
        *entry = (struct entry){.key = key};
        index->used++;
    }
    set_add(index, entry, slot);
}

void story_index_remove(struct story_index *index, uint32_t key, uint32_t slot)
{
    struct entry *entry = find(index, key);
    assert(entry->count > 0);
    set_remove(index, entry, slot);
    if (entry->count > 0) return;
    close_gap(index, (uint32_t)(entry - index->entries));
    index->used--;
}

uint32_t story_index_frequency(const struct story_index *index, uint32_t key)
{
    return find(index, key)->count;
}

void story_index_prefetch(const struct story_index *index, uint32_t key)
{
    __builtin_prefetch(&index->entries[mix(key) & index->mask]);
}

struct postings story_index_postings(const struct story_index *index, uint32_t key)
{
    const struct entry *entry = find(index, key);
    if (entry->count == 0) return (struct postings){NULL, 0, 0};
    if (entry->room_log2 == 0) return (struct postings){&entry->stories.single, 1, 1};
    return (struct postings){entry->stories.cells, set_room(entry), entry->count};
}

size_t story_index_memory_bytes(const struct story_index *index)
{
    return sizeof(*index) + ((size_t)index->mask + 1) * sizeof(*index->entries) + index->cell_bytes;
}
