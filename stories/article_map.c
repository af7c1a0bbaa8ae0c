#include "stories/article_map.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "stories/tag_table.h"

struct slot {
    struct story *story; /* NULL: free */
    uint64_t sequence;   /* of the member; of a free slot: the next free one + 1 */
};

struct article_map {
    struct slot *slots;
    size_t slot_count, slot_capacity;
    uint64_t first_free; /* + 1; 0: none */
    size_t count;
    struct tag_table tags;
};

enum key_kind { KEY_ID, KEY_RAW_URL, KEY_PRODUCER_ID };

struct article_map *article_map_new(void)
{
    struct article_map *map = nw_calloc(1, sizeof(*map));
    tag_table_init(&map->tags, UINT32_MAX);
    return map;
}

void article_map_free(struct article_map *map)
{
    if (map == NULL) return;
    tag_table_fini(&map->tags);
    free(map->slots);
    free(map);
}

static uint32_t tag_of(enum key_kind kind, uint64_t hash)
{
    return (uint32_t)((hash + kind) * UINT64_C(0xd6e8feb86659fd93) >> 32);
}

static uint64_t id_hash(struct id128 id)
{
    return id.hi ^ id.lo;
}

/* Members are in the order of their sequence. */
static struct member *member_at(struct story *story, uint64_t sequence)
{
    size_t low = 0, high = story->member_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (story->members[middle].sequence < sequence)
            low = middle + 1;
        else
            high = middle;
    }
    assert(low < story->member_count && story->members[low].sequence == sequence);
    return &story->members[low];
}

struct article_ref article_map_at(const struct article_map *map, uint32_t slot)
{
    const struct slot *held = &map->slots[slot];
    assert(slot < map->slot_count && held->story != NULL);
    return (struct article_ref){held->story, member_at(held->story, held->sequence), slot};
}

static uint32_t take_slot(struct article_map *map)
{
    if (map->first_free != 0) {
        uint32_t slot = (uint32_t)(map->first_free - 1);
        map->first_free = map->slots[slot].sequence;
        return slot;
    }
    assert(map->slot_count < TAG_TABLE_NONE);
    map->slots = nw_grow(map->slots, &map->slot_capacity, map->slot_count + 1, sizeof(*map->slots));
    return (uint32_t)map->slot_count++;
}

uint32_t article_map_add(struct article_map *map, struct story *story, const struct member *member)
{
    uint32_t slot = take_slot(map);
    map->slots[slot] = (struct slot){story, member->sequence};
    map->count++;
    tag_table_add(&map->tags, tag_of(KEY_ID, id_hash(member->article)), slot);
    if (member->raw_url_hash != 0) tag_table_add(&map->tags, tag_of(KEY_RAW_URL, member->raw_url_hash), slot);
    if (member->producer_id_hash != 0)
        tag_table_add(&map->tags, tag_of(KEY_PRODUCER_ID, member->producer_id_hash), slot);
    return slot;
}

void article_map_remove(struct article_map *map, uint32_t slot)
{
    const struct member *member = article_map_at(map, slot).member;
    tag_table_remove(&map->tags, tag_of(KEY_ID, id_hash(member->article)), slot);
    if (member->raw_url_hash != 0)
        tag_table_remove(&map->tags, tag_of(KEY_RAW_URL, member->raw_url_hash), slot);
    if (member->producer_id_hash != 0)
        tag_table_remove(&map->tags, tag_of(KEY_PRODUCER_ID, member->producer_id_hash), slot);
    map->slots[slot] = (struct slot){NULL, map->first_free};
    map->first_free = (uint64_t)slot + 1;
    map->count--;
}

void article_map_set_story(struct article_map *map, uint32_t slot, struct story *story)
{
    assert(slot < map->slot_count && map->slots[slot].story != NULL);
    map->slots[slot].story = story;
}

static bool has_key(const struct member *member, enum key_kind kind, struct id128 id, uint64_t hash)
{
    switch (kind) {
    case KEY_ID:
        return id128_equal(member->article, id);
    case KEY_RAW_URL:
        return member->raw_url_hash == hash;
    case KEY_PRODUCER_ID:
        return member->producer_id_hash == hash;
    }
    return false;
}

static bool find_key(const struct article_map *map, enum key_kind kind, struct id128 id, uint64_t hash,
                     struct article_ref *out)
{
    bool found = false;
    uint32_t tag = tag_of(kind, kind == KEY_ID ? id_hash(id) : hash);
    for (struct tag_cursor c = tag_table_first(&map->tags, tag); c.entry != NULL;
         c = tag_table_next(&map->tags, c)) {
        struct article_ref ref = article_map_at(map, c.entry->slot);
        if (!has_key(ref.member, kind, id, hash)) continue;
        if (found && out->member->sequence < ref.member->sequence) continue;
        *out = ref;
        found = true;
    }
    return found;
}

bool article_map_find(const struct article_map *map, struct id128 article, struct article_ref *out)
{
    return find_key(map, KEY_ID, article, 0, out);
}

bool article_map_find_any(const struct article_map *map, struct id128 article, uint64_t raw_url_hash,
                          uint64_t producer_id_hash, struct article_ref *out)
{
    const struct id128 none = {0, 0};
    tag_table_prefetch(&map->tags, tag_of(KEY_ID, id_hash(article)));
    tag_table_prefetch(&map->tags, tag_of(KEY_RAW_URL, raw_url_hash));
    tag_table_prefetch(&map->tags, tag_of(KEY_PRODUCER_ID, producer_id_hash));
    return (!id128_is_zero(article) && find_key(map, KEY_ID, article, 0, out)) ||
           (raw_url_hash != 0 && find_key(map, KEY_RAW_URL, none, raw_url_hash, out)) ||
           (producer_id_hash != 0 && find_key(map, KEY_PRODUCER_ID, none, producer_id_hash, out));
}

size_t article_map_count(const struct article_map *map)
{
    return map->count;
}

size_t article_map_memory_bytes(const struct article_map *map)
{
    return map->slot_capacity * sizeof(*map->slots) + tag_table_memory_bytes(&map->tags);
}
