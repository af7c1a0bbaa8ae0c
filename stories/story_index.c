#include "stories/story_index.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "stories/posting_log.h"
#include "stories/prefetch.h"

/*
 * Terms stand in one array in the order of their hashes, each as near behind its home (its share of the hash
 * range) as the order lets it: linear probing whose look-ups, of what is there and of what is not, end at the
 * first larger hash. The array may so be nearly full, and grows in one pass from front to back.
 * The stories of a term are, by their number:
 *   1          in the entry itself (half of all terms),
 *   2 .. 255   a block: its count, then slots in any order; blocks come in the sizes of block_words,
 *   more       a log (posting_log.h), until they are STORY_INDEX_LISTED again.
 */
struct entry {
    uint32_t hash; /* of the key: mix() loses nothing, so the key itself is not needed */
    uint32_t ref;  /* a slot, BLOCK + where it is, LOG + its number; NONE: the entry is empty */
};

#define NONE UINT32_MAX
#define KIND (UINT32_C(3) << 30)
#define BLOCK (UINT32_C(2) << 30)
#define LOG (UINT32_C(3) << 30)

static const struct entry EMPTY = {UINT32_MAX, NONE};

/* In words of 32 bits, the first of which is the count and, above, which of these it is. */
static const uint32_t block_words[] = {4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256};
enum {
    BLOCK_SIZES = sizeof(block_words) / sizeof(block_words[0]),
    SIZE_SHIFT = 24,
    CHUNK_WORDS = 1 << 16, /* blocks are cut from chunks, ... */
    SLAB = 64,             /* ... which come alone until there are so many, then so many at once: 16 MiB */
    REF_WORDS = 2,         /* a block's place counts in these */
    NO_BLOCK = 0,          /* no block stands at the very beginning */
};

struct story_index {
    struct entry *entries;
    size_t homes, room; /* of entries: those in front may be homes, the last LOOKED_AT are always empty */
    size_t used;
    uint32_t **chunks;
    size_t chunk_count, chunk_capacity;
    uint32_t chunk_used;               /* words of the last chunk */
    uint32_t free_blocks[BLOCK_SIZES]; /* the first free one; its first word is the next; NO_BLOCK: none */
    struct posting_log *logs;          /* of a free one count is the next free one */
    size_t log_count, log_capacity;
    uint32_t free_log; /* NONE: there is none */
    size_t cell_bytes; /* of logs */
    struct posting_bits bits;
};

enum {
    FIRST_HOMES = 1024,
    TAIL = 192, /* behind the last home: what is pushed behind it */
    LOOKED_AT = 4,
    REST_AHEAD = 16, /* about as many misses as a core has under way */
    LIST_AHEAD = 32,
    ENTRY_AHEAD = 48,
};

/* Chris Wellons' lowbias32: each step can be undone. */
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
    struct entry *entries = nw_alloc_table(room, sizeof(*entries));
    memset(entries, 0xff, room * sizeof(*entries));
    return entries;
}

struct story_index *story_index_new(void)
{
    struct story_index *index = nw_calloc(1, sizeof(*index));
    index->homes = FIRST_HOMES;
    index->room = FIRST_HOMES + TAIL;
    index->entries = new_entries(index->room);
    index->free_log = NONE;
    return index;
}

void story_index_free(struct story_index *index)
{
    if (index == NULL) return;
    for (size_t i = 0; i < index->log_count; i++) posting_log_fini(&index->logs[i]);
    for (size_t i = 0; i < index->chunk_count; i++)
        if (i < SLAB || i % SLAB == 0) free(index->chunks[i]);
    free(index->logs);
    free(index->bits.words);
    free(index->chunks);
    free(index->entries);
    free(index);
}

/* ---- blocks ---- */

static uint32_t *block_at(const struct story_index *index, uint32_t ref)
{
    size_t word = (size_t)(ref & ~KIND) * REF_WORDS;
    return index->chunks[word / CHUNK_WORDS] + word % CHUNK_WORDS;
}

static uint32_t block_count(const uint32_t *block)
{
    return block[0] & ((UINT32_C(1) << SIZE_SHIFT) - 1);
}

static unsigned block_size(const uint32_t *block)
{
    return block[0] >> SIZE_SHIFT;
}

static void add_chunk(struct story_index *index)
{
    index->chunks =
        nw_grow(index->chunks, &index->chunk_capacity, index->chunk_count + 1, sizeof(uint32_t *));
    if (index->chunk_count < SLAB)
        index->chunks[index->chunk_count] = nw_realloc(NULL, CHUNK_WORDS, sizeof(uint32_t));
    else if (index->chunk_count % SLAB == 0)
        index->chunks[index->chunk_count] = nw_alloc_table((size_t)SLAB * CHUNK_WORDS, sizeof(uint32_t));
    else
        index->chunks[index->chunk_count] = index->chunks[index->chunk_count - 1] + CHUNK_WORDS;
    index->chunk_count++;
    index->chunk_used = index->chunk_count == 1 ? REF_WORDS : 0; /* NO_BLOCK */
}

/* An empty block. */
static uint32_t new_block(struct story_index *index, unsigned size)
{
    uint32_t ref = index->free_blocks[size];
    if (ref != NO_BLOCK) {
        index->free_blocks[size] = *block_at(index, ref);
        __builtin_prefetch(block_at(index, index->free_blocks[size])); /* the next one to be taken */
    } else {
        if (index->chunk_count == 0 || index->chunk_used + block_words[size] > CHUNK_WORDS) add_chunk(index);
        size_t word = (index->chunk_count - 1) * CHUNK_WORDS + index->chunk_used;
        index->chunk_used += block_words[size];
        ref = BLOCK | (uint32_t)(word / REF_WORDS);
        assert(word / REF_WORDS <= ~KIND);
    }
    *block_at(index, ref) = size << SIZE_SHIFT;
    return ref;
}

static void free_block(struct story_index *index, uint32_t ref)
{
    uint32_t *block = block_at(index, ref);
    unsigned size = block_size(block);
    block[0] = index->free_blocks[size];
    index->free_blocks[size] = ref;
}

static uint32_t block_resize(struct story_index *index, uint32_t ref, unsigned size)
{
    uint32_t other = new_block(index, size), *from = block_at(index, ref), *to = block_at(index, other);
    uint32_t count = block_count(from);
    assert(count < block_words[size]);
    memcpy(to + 1, from + 1, count * sizeof(*to));
    to[0] += count;
    free_block(index, ref);
    return other;
}

/* ---- logs ---- */

static struct posting_log *log_of(const struct story_index *index, uint32_t ref)
{
    return &index->logs[ref & ~KIND];
}

/* Round each change, for the bytes. */
static void log_change(struct story_index *index, struct posting_log *log, uint32_t slot, bool grows)
{
    size_t before = log->room;
    if (grows)
        posting_log_add(log, &index->bits, slot);
    else
        posting_log_remove(log, &index->bits, slot);
    index->cell_bytes += (log->room - before) * sizeof(*log->cells);
}

/* The stories of a full block move to a log. */
static uint32_t log_from_block(struct story_index *index, uint32_t ref)
{
    uint32_t number = index->free_log;
    if (number == NONE) {
        number = (uint32_t)index->log_count++;
        index->logs = nw_grow(index->logs, &index->log_capacity, index->log_count, sizeof(*index->logs));
    } else {
        index->free_log = index->logs[number].count;
    }
    const uint32_t *block = block_at(index, ref);
    struct posting_log *log = &index->logs[number];
    posting_log_init(log, block + 1, block_count(block));
    index->cell_bytes += log->room * sizeof(*log->cells);
    free_block(index, ref);
    return LOG | number;
}

/* ... and back. */
static uint32_t block_from_log(struct story_index *index, uint32_t log_ref)
{
    struct posting_log *log = log_of(index, log_ref);
    unsigned size = 0;
    while (block_words[size] <= log->count) size++;
    uint32_t ref = new_block(index, size), *block = block_at(index, ref);
    posting_log_settle(log, &index->bits);
    memcpy(block + 1, log->cells, log->count * sizeof(*block));
    block[0] += log->count;
    index->cell_bytes -= log->room * sizeof(*log->cells);
    posting_log_fini(log);
    log->count = index->free_log;
    index->free_log = log_ref & ~KIND;
    return ref;
}

/* ---- the stories of a term, whatever holds them: each returns where they are now ---- */

static uint32_t list_add(struct story_index *index, uint32_t ref, uint32_t slot)
{
    if ((ref & KIND) == LOG) {
        log_change(index, log_of(index, ref), slot, true);
        return ref;
    }
    if ((ref & KIND) != BLOCK) {
        uint32_t only = ref;
        ref = new_block(index, 0);
        block_at(index, ref)[1] = only;
        block_at(index, ref)[0]++;
    }
    uint32_t *block = block_at(index, ref);
    if (block_count(block) + 1 == block_words[block_size(block)]) {
        if (block_size(block) + 1 == BLOCK_SIZES) return list_add(index, log_from_block(index, ref), slot);
        ref = block_resize(index, ref, block_size(block) + 1);
        block = block_at(index, ref);
    }
    block[0]++;
    block[block_count(block)] = slot;
    return ref;
}

/* Four at once: which it is is nothing a processor could guess. */
static bool is_in_four(const uint32_t *slots, uint32_t slot)
{
    return (slots[0] == slot) | (slots[1] == slot) | (slots[2] == slot) | (slots[3] == slot);
}

static uint32_t block_remove(struct story_index *index, uint32_t ref, uint32_t slot)
{
    uint32_t *block = block_at(index, ref), count = block_count(block), at = 1;
    while (at + 3 < count && !is_in_four(block + at, slot)) at += 4;
    while (at < count && block[at] != slot) at++;
    assert(block[at] == slot);
    block[at] = block[count];
    block[0]--;
    count--;
    if (count == 1) {
        uint32_t only = block[1];
        free_block(index, ref);
        return only;
    }
    /* Not at once when the smaller size would do, so that it does not go back and forth. */
    unsigned size = block_size(block);
    if (size > 0 && count < (size > 1 ? block_words[size - 2] : 3)) return block_resize(index, ref, size - 1);
    return ref;
}

static uint32_t list_remove(struct story_index *index, uint32_t ref, uint32_t slot)
{
    if ((ref & KIND) == BLOCK) return block_remove(index, ref, slot);
    log_change(index, log_of(index, ref), slot, false);
    return log_of(index, ref)->count <= STORY_INDEX_LISTED ? block_from_log(index, ref) : ref;
}

static uint32_t list_count(const struct story_index *index, uint32_t ref)
{
    if (ref < BLOCK) return 1;
    return (ref & KIND) == BLOCK ? block_count(block_at(index, ref)) : log_of(index, ref)->count;
}

/* ---- the terms ---- */

static size_t home(const struct story_index *index, uint32_t hash)
{
    return (size_t)((uint64_t)hash * index->homes >> 32);
}

/* Where it is, or belongs. */
static struct entry *place_of(const struct story_index *index, uint32_t hash)
{
    struct entry *entry = &index->entries[home(index, hash)];
    for (;;) { /* four at once: where a search ends is nothing a processor could guess */
        unsigned smaller = (unsigned)(entry[0].hash < hash) + (unsigned)(entry[1].hash < hash) +
                           (unsigned)(entry[2].hash < hash) + (unsigned)(entry[3].hash < hash);
        entry += smaller;
        if (smaller < 4) return entry; /* an empty one has the largest hash there is */
    }
}

static bool is_of(const struct entry *entry, uint32_t hash)
{
    return entry->hash == hash && entry->ref != NONE;
}

/* False: the entries do not fit behind their homes. */
static bool spread(const struct story_index *index, struct story_index *wider)
{
    size_t next = 0;
    for (size_t i = 0; i < index->room; i++) {
        if (index->entries[i].ref == NONE) continue;
        size_t wanted = home(wider, index->entries[i].hash);
        if (next < wanted) next = wanted;
        if (next + LOOKED_AT >= wider->room) return false;
        wider->entries[next++] = index->entries[i];
    }
    return true;
}

static void grow(struct story_index *index)
{
    struct story_index wider = *index;
    do {
        wider.homes += wider.homes / 4;
        wider.room = wider.homes + TAIL;
        wider.entries = new_entries(wider.room);
        if (spread(index, &wider)) break;
        free(wider.entries);
    } while (true);
    free(index->entries);
    *index = wider;
}

static void insert(struct story_index *index, uint32_t hash, uint32_t ref)
{
    if (index->used >= index->homes / 8 * 7) grow(index);
    struct entry *place = place_of(index, hash), *end = place;
    while (end->ref != NONE) end++;
    if (end == &index->entries[index->room - LOOKED_AT]) {
        grow(index);
        insert(index, hash, ref);
        return;
    }
    memmove(place + 1, place, (size_t)(end - place) * sizeof(*place));
    *place = (struct entry){hash, ref};
    index->used++;
}

/* Those behind move up, as far as their homes let them. */
static void take_out(struct story_index *index, struct entry *entry)
{
    struct entry *end = entry + 1;
    while (end->ref != NONE && &index->entries[home(index, end->hash)] < end) end++;
    memmove(entry, entry + 1, (size_t)(end - entry - 1) * sizeof(*entry));
    end[-1] = EMPTY;
    index->used--;
}

void story_index_add(struct story_index *index, uint32_t key, uint32_t slot)
{
    assert(slot < BLOCK);
    uint32_t hash = mix(key);
    struct entry *entry = place_of(index, hash);
    if (is_of(entry, hash))
        entry->ref = list_add(index, entry->ref, slot);
    else
        insert(index, hash, slot);
}

void story_index_remove(struct story_index *index, uint32_t key, uint32_t slot)
{
    uint32_t hash = mix(key);
    struct entry *entry = place_of(index, hash);
    assert(is_of(entry, hash));
    if (entry->ref < BLOCK) {
        assert(entry->ref == slot);
        take_out(index, entry);
        return;
    }
    entry->ref = list_remove(index, entry->ref, slot);
}

PREFETCHES void prefetch_entry(const struct story_index *index, uint32_t key)
{
    __builtin_prefetch(&index->entries[home(index, mix(key))]);
}

PREFETCHES void prefetch_ref(const struct story_index *index, uint32_t ref)
{
    if ((ref & KIND) == BLOCK) __builtin_prefetch(block_at(index, ref));
}

/* Where the stories are; NONE: nowhere. */
PREFETCHES uint32_t prefetch_list(const struct story_index *index, uint32_t key)
{
    uint32_t hash = mix(key);
    const struct entry *entry = place_of(index, hash);
    uint32_t ref = is_of(entry, hash) ? entry->ref : NONE;
    prefetch_ref(index, ref);
    return ref;
}

/* What a change of a list reads behind its beginning: of a block that grows the end, of one that shrinks all
 * that may have to be searched; of a log the end. */
PREFETCHES void prefetch_rest(const struct story_index *index, uint32_t ref, bool grows)
{
    enum { LINE_WORDS = 16 };
    if (ref == NONE || ref < BLOCK) return;
    if ((ref & KIND) == BLOCK) {
        const uint32_t *block = block_at(index, ref);
        uint32_t end = block_count(block) + 1;
        for (uint32_t at = LINE_WORDS; !grows && at < end; at += LINE_WORDS) __builtin_prefetch(block + at);
        __builtin_prefetch(block + end);
        return;
    }
    const struct posting_log *log = log_of(index, ref);
    __builtin_prefetch(&log->cells[log->used]);
}

void story_index_prefetch(const struct story_index *index, uint32_t key)
{
    prefetch_entry(index, key);
}

/* One change after the other, each with what it reads asked for in steps before: the entry, the beginning of
 * the list, the rest. */
static void change_all(struct story_index *index, const uint32_t *keys, uint32_t count, uint32_t slot,
                       bool grows)
{
    uint32_t refs[LIST_AHEAD] = {0}; /* clang-tidy cannot see that what is read was written */
    for (uint32_t step = 0; step < count + ENTRY_AHEAD; step++) {
        uint32_t list = step - (ENTRY_AHEAD - LIST_AHEAD), rest = step - (ENTRY_AHEAD - REST_AHEAD),
                 change = step - ENTRY_AHEAD; /* those below 0 are above count */
        if (step < count) prefetch_entry(index, keys[step]);
        if (list < count) refs[list % LIST_AHEAD] = prefetch_list(index, keys[list]);
        if (rest < count) prefetch_rest(index, refs[rest % LIST_AHEAD], grows);
        if (change >= count) continue;
        if (grows)
            story_index_add(index, keys[change], slot);
        else
            story_index_remove(index, keys[change], slot);
    }
}

void story_index_add_all(struct story_index *index, const uint32_t *keys, uint32_t count, uint32_t slot)
{
    change_all(index, keys, count, slot, true);
}

void story_index_remove_all(struct story_index *index, const uint32_t *keys, uint32_t count, uint32_t slot)
{
    change_all(index, keys, count, slot, false);
}

void story_index_prefetch_entries(const struct story_index *index, const uint32_t *keys, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) prefetch_entry(index, keys[i]);
}

void story_index_prefetch_lists(const struct story_index *index, const uint32_t *keys, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) (void)prefetch_list(index, keys[i]);
}

struct postings story_index_postings(const struct story_index *index, uint32_t key)
{
    uint32_t hash = mix(key);
    const struct entry *entry = place_of(index, hash);
    if (!is_of(entry, hash)) return (struct postings){NULL, 0};
    if (entry->ref < BLOCK) return (struct postings){&entry->ref, 1};
    if ((entry->ref & KIND) == LOG) return (struct postings){NULL, log_of(index, entry->ref)->count};
    const uint32_t *block = block_at(index, entry->ref);
    return (struct postings){block + 1, block_count(block)};
}

uint32_t story_index_frequency(const struct story_index *index, uint32_t key)
{
    uint32_t hash = mix(key);
    const struct entry *entry = place_of(index, hash);
    return is_of(entry, hash) ? list_count(index, entry->ref) : 0;
}

void story_index_frequencies(const struct story_index *index, const uint32_t *keys, uint32_t count,
                             uint32_t *out)
{
    for (uint32_t i = 0; i < count; i++) { /* out[i] is the entry's ref for now */
        uint32_t hash = mix(keys[i]);
        const struct entry *entry = place_of(index, hash);
        out[i] = entry->hash == hash ? entry->ref : NONE;
        prefetch_ref(index, out[i]);
    }
    for (uint32_t i = 0; i < count; i++) out[i] = out[i] == NONE ? 0 : list_count(index, out[i]);
}

static size_t chunks_held(const struct story_index *index)
{
    if (index->chunk_count <= SLAB) return index->chunk_count;
    return (index->chunk_count + SLAB - 1) / SLAB * SLAB;
}

size_t story_index_memory_bytes(const struct story_index *index)
{
    return sizeof(*index) + index->room * sizeof(*index->entries) +
           chunks_held(index) * CHUNK_WORDS * sizeof(uint32_t) + index->log_capacity * sizeof(*index->logs) +
           index->cell_bytes + index->bits.capacity * sizeof(*index->bits.words);
}
