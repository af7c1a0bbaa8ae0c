#include "stories/story_index.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* One term in 8 bytes: half of all terms are in one story only, which then stands in the entry itself. */
struct entry {
    uint32_t key;
    uint32_t ref; /* a slot; or LISTED and the number of a list; STORY_INDEX_NONE: the entry is empty */
};

/* The stories of a term that at least two hold: a hash set of slots. */
struct list {
    uint32_t *cells; /* NULL: the list is free */
    uint32_t count;  /* of a free one: the next free one, or STORY_INDEX_NONE */
    uint32_t room_log2;
};

#define LISTED (UINT32_C(1) << 31)

struct story_index {
    struct entry *entries;
    uint32_t mask;
    uint32_t used;
    struct list *lists;
    size_t list_count, list_capacity;
    uint32_t free_list; /* STORY_INDEX_NONE: none */
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

static struct entry *new_entries(size_t room)
{
    struct entry *entries = nw_realloc(NULL, room, sizeof(*entries));
    memset(entries, 0xff, room * sizeof(*entries));
    return entries;
}

struct story_index *story_index_new(void)
{
    struct story_index *index = nw_calloc(1, sizeof(*index));
    index->entries = new_entries(FIRST_ENTRIES);
    index->mask = FIRST_ENTRIES - 1;
    index->free_list = STORY_INDEX_NONE;
    return index;
}

void story_index_free(struct story_index *index)
{
    if (index == NULL) return;
    for (size_t i = 0; i < index->list_count; i++) free(index->lists[i].cells);
    free(index->lists);
    free(index->entries);
    free(index);
}

/* ---- the set of slots of one term ---- */

static uint32_t set_room(const struct list *list)
{
    return UINT32_C(1) << list->room_log2;
}

/* The cell of slot, or the empty one where it belongs. */
static uint32_t set_cell(const uint32_t *cells, uint32_t room, uint32_t slot)
{
    uint32_t at = mix(slot) & (room - 1);
    while (cells[at] != STORY_INDEX_NONE && cells[at] != slot) at = (at + 1) & (room - 1);
    return at;
}

static uint32_t *new_cells(struct story_index *index, uint32_t room_log2)
{
    uint32_t room = UINT32_C(1) << room_log2;
    uint32_t *cells = nw_realloc(NULL, room, sizeof(*cells));
    memset(cells, 0xff, room * sizeof(*cells));
    index->cell_bytes += room * sizeof(*cells);
    return cells;
}

static void set_resize(struct story_index *index, struct list *list, uint32_t room_log2)
{
    uint32_t *cells = new_cells(index, room_log2), old_room = set_room(list);
    for (uint32_t i = 0; i < old_room; i++) {
        uint32_t slot = list->cells[i];
        if (slot != STORY_INDEX_NONE) cells[set_cell(cells, UINT32_C(1) << room_log2, slot)] = slot;
    }
    index->cell_bytes -= old_room * sizeof(*cells);
    free(list->cells);
    list->cells = cells;
    list->room_log2 = room_log2;
}

static void set_add(struct story_index *index, struct list *list, uint32_t slot)
{
    if (list->count + 1 > set_room(list) / 4 * 3) set_resize(index, list, list->room_log2 + 1);
    uint32_t at = set_cell(list->cells, set_room(list), slot);
    assert(list->cells[at] == STORY_INDEX_NONE);
    list->cells[at] = slot;
    list->count++;
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

static void set_remove(struct story_index *index, struct list *list, uint32_t slot)
{
    uint32_t room = set_room(list), at = set_cell(list->cells, room, slot);
    assert(list->cells[at] == slot);
    set_close_gap(list->cells, room, at);
    list->count--;
    if (list->room_log2 > FIRST_ROOM_LOG2 && list->count < room / 8)
        set_resize(index, list, list->room_log2 - 1);
}

/* ---- lists by number ---- */

static struct list *list_of(const struct story_index *index, const struct entry *entry)
{
    return &index->lists[entry->ref & ~LISTED];
}

/* The entry's single story moves to a list of its own. */
static void begin_list(struct story_index *index, struct entry *entry)
{
    uint32_t number = index->free_list, only = entry->ref;
    if (number == STORY_INDEX_NONE) {
        number = (uint32_t)index->list_count++;
        index->lists = nw_grow(index->lists, &index->list_capacity, index->list_count, sizeof(*index->lists));
    } else {
        index->free_list = index->lists[number].count;
    }
    index->lists[number] =
        (struct list){.cells = new_cells(index, FIRST_ROOM_LOG2), .room_log2 = FIRST_ROOM_LOG2};
    entry->ref = LISTED | number;
    set_add(index, &index->lists[number], only);
}

/* The last story of the list moves to the entry. */
static void end_list(struct story_index *index, struct entry *entry)
{
    uint32_t number = entry->ref & ~LISTED, i = 0;
    struct list *list = &index->lists[number];
    while (list->cells[i] == STORY_INDEX_NONE) i++;
    entry->ref = list->cells[i];
    index->cell_bytes -= set_room(list) * sizeof(*list->cells);
    free(list->cells);
    *list = (struct list){.count = index->free_list};
    index->free_list = number;
}

/* ---- the table of terms: linear probing, as above ---- */

static struct entry *find(const struct story_index *index, uint32_t key)
{
    uint32_t at = mix(key) & index->mask;
    while (index->entries[at].ref != STORY_INDEX_NONE && index->entries[at].key != key)
        at = (at + 1) & index->mask;
    return &index->entries[at];
}

static void grow(struct story_index *index)
{
    struct entry *old = index->entries;
    size_t old_room = (size_t)index->mask + 1;
    index->entries = new_entries(old_room * 2);
    index->mask = (uint32_t)(old_room * 2 - 1);
    for (size_t i = 0; i < old_room; i++)
        if (old[i].ref != STORY_INDEX_NONE) *find(index, old[i].key) = old[i];
    free(old);
}

static void close_gap(struct story_index *index, uint32_t hole)
{
    struct entry *entries = index->entries;
    for (uint32_t at = (hole + 1) & index->mask; entries[at].ref != STORY_INDEX_NONE;
         at = (at + 1) & index->mask) {
        uint32_t home = mix(entries[at].key) & index->mask;
        if (((at - home) & index->mask) >= ((at - hole) & index->mask)) {
            entries[hole] = entries[at];
            hole = at;
        }
    }
    entries[hole].ref = STORY_INDEX_NONE;
}

void story_index_add(struct story_index *index, uint32_t key, uint32_t slot)
{
    assert(slot < LISTED - 1);
    if (index->used >= index->mask / 4 * 3) grow(index);
    struct entry *entry = find(index, key);
    if (entry->ref == STORY_INDEX_NONE) {
        *entry = (struct entry){.key = key, .ref = slot};
        index->used++;
        return;
    }
    if ((entry->ref & LISTED) == 0) begin_list(index, entry);
    set_add(index, list_of(index, entry), slot);
}

void story_index_remove(struct story_index *index, uint32_t key, uint32_t slot)
{
    struct entry *entry = find(index, key);
    assert(entry->ref != STORY_INDEX_NONE);
    if ((entry->ref & LISTED) == 0) {
        assert(entry->ref == slot);
        close_gap(index, (uint32_t)(entry - index->entries));
        index->used--;
        return;
    }
    set_remove(index, list_of(index, entry), slot);
    if (list_of(index, entry)->count == 1) end_list(index, entry);
}

uint32_t story_index_frequency(const struct story_index *index, uint32_t key)
{
    const struct entry *entry = find(index, key);
    if (entry->ref == STORY_INDEX_NONE) return 0;
    return (entry->ref & LISTED) == 0 ? 1 : list_of(index, entry)->count;
}

void story_index_prefetch(const struct story_index *index, uint32_t key)
{
    __builtin_prefetch(&index->entries[mix(key) & index->mask]);
}

struct postings story_index_postings(const struct story_index *index, uint32_t key)
{
    const struct entry *entry = find(index, key);
    if (entry->ref == STORY_INDEX_NONE) return (struct postings){NULL, 0, 0};
    if ((entry->ref & LISTED) == 0) return (struct postings){&entry->ref, 1, 1};
    const struct list *list = list_of(index, entry);
    return (struct postings){list->cells, set_room(list), list->count};
}

size_t story_index_memory_bytes(const struct story_index *index)
{
    return sizeof(*index) + ((size_t)index->mask + 1) * sizeof(*index->entries) +
           index->list_capacity * sizeof(*index->lists) + index->cell_bytes;
}
