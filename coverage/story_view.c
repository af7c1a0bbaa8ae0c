#include "coverage/story_view.h"

#include <assert.h>
#include <stdlib.h>

#include "base/instant.h"
#include "coverage/distribution.h"

#define DAY_MS INT64_C(86400000)

/* Open addressing from a key to a small number; lives in the arena. */
struct number_map {
    uint64_t *keys;
    uint32_t *numbers; /* + 1; 0 free */
    size_t mask;
};

static void number_map_init(struct arena *arena, struct number_map *map, size_t max_count)
{
    size_t size = 16;
    while (size < 2 * max_count) size *= 2;
    map->keys = arena_alloc(arena, size * sizeof(*map->keys));
    map->numbers = arena_calloc(arena, size, sizeof(*map->numbers));
    map->mask = size - 1;
}

/* Where the number of key is, or 0 and to be set when it is new. */
static uint32_t *number_map_slot(struct number_map *map, uint64_t key)
{
    size_t i = (size_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & map->mask;
    while (map->numbers[i] != 0 && map->keys[i] != key) i = (i + 1) & map->mask;
    map->keys[i] = key;
    return &map->numbers[i];
}

static void view_sources(struct arena *arena, const struct source_table *table, const struct ratings *ratings,
                         struct number_map *numbers, struct story_view *view)
{
    const struct story *story = view->story;
    view->source_count = story->source_count;
    view->sources = arena_alloc(arena, story->source_count * sizeof(*view->sources));
    for (size_t i = 0; i < story->source_count; i++) {
        struct view_source *source = &view->sources[i];
        source->key = source_table_name(table, story->sources[i].source);
        source->rating = ratings_find(ratings, source->key);
        source->bias = source->rating != NULL ? source->rating->bias : BIAS_UNRATED;
        source->side = bias_side(source->bias);
        source->articles = story->sources[i].articles;
        distribution_add(&view->sides, source->bias);
        uint32_t *number = number_map_slot(numbers, story->sources[i].source);
        assert(*number == 0); /* a source is listed once */
        *number = (uint32_t)i + 1;
    }
}

static void view_members(struct arena *arena, struct number_map *sources, struct story_view *view)
{
    const struct story *story = view->story;
    struct number_map groups;
    number_map_init(arena, &groups, story->member_count);
    view->member_count = story->member_count;
    view->member_source = arena_alloc(arena, story->member_count * sizeof(*view->member_source));
    view->member_group = arena_alloc(arena, story->member_count * sizeof(*view->member_group));
    for (size_t i = 0; i < story->member_count; i++) {
        const struct member *member = &story->members[i];
        uint32_t source = *number_map_slot(sources, member->source);
        assert(source != 0); /* story->sources is derived from the members */
        view->member_source[i] = source - 1;
        if (member->group == 0) { /* no group: a text of its own */
            view->member_group[i] = (uint32_t)view->group_count++;
            continue;
        }
        uint32_t *group = number_map_slot(&groups, member->group);
        if (*group == 0) *group = (uint32_t)++view->group_count;
        view->member_group[i] = *group - 1;
    }
}

void story_view_build(struct arena *arena, const struct story *story, const struct source_table *sources,
                      const struct ratings *ratings, const struct article_card *cards, struct story_view *out)
{
    struct number_map numbers;
    *out = (struct story_view){.story = story, .cards = cards};
    number_map_init(arena, &numbers, story->source_count);
    view_sources(arena, sources, ratings, &numbers, out);
    view_members(arena, &numbers, out);
}

const struct article_card *story_view_card(const struct story_view *view, size_t member)
{
    if (view->cards == NULL || id128_is_zero(view->cards[member].id)) return NULL;
    return &view->cards[member];
}

bool story_view_is_day(const struct story_view *view, size_t member)
{
    const struct article_card *card = story_view_card(view, member);
    if (card != NULL) return card->published_is_day;
    return view->story->members[member].published_ms % DAY_MS == 0;
}

int64_t story_view_settled_ms(const struct story_view *view, size_t member)
{
    int64_t published_ms = view->story->members[member].published_ms;
    if (published_ms == NW_NO_TIME) return INT64_MAX;
    if (!story_view_is_day(view, member)) return published_ms;
    return published_ms > INT64_MAX - DAY_MS ? INT64_MAX : published_ms + DAY_MS - 1;
}

struct sort_key {
    int64_t settled_ms;
    uint64_t sequence;
    uint32_t member;
};

static int compare_keys(const void *a, const void *b)
{
    const struct sort_key *x = a, *y = b;
    if (x->settled_ms != y->settled_ms) return x->settled_ms < y->settled_ms ? -1 : 1;
    if (x->sequence != y->sequence) return x->sequence < y->sequence ? -1 : 1;
    return x->member < y->member ? -1 : x->member > y->member;
}

void story_view_sort(struct arena *arena, struct story_view *view)
{
    struct sort_key *keys = arena_alloc(arena, view->member_count * sizeof(*keys));
    for (size_t i = 0; i < view->member_count; i++)
        keys[i] =
            (struct sort_key){story_view_settled_ms(view, i), view->story->members[i].sequence, (uint32_t)i};
    qsort(keys, view->member_count, sizeof(*keys), compare_keys);
    view->by_time = arena_alloc(arena, view->member_count * sizeof(*view->by_time));
    for (size_t i = 0; i < view->member_count; i++) view->by_time[i] = keys[i].member;
}
