#include "coverage/article_list.h"

#include <stdlib.h>

struct list_key {
    int64_t published_ms; /* NW_NO_TIME is the smallest, so undated ones come last */
    uint64_t sequence;
    uint32_t member;
};

static int newest_first(const void *a, const void *b)
{
    const struct list_key *x = a, *y = b;
    if (x->published_ms != y->published_ms) return x->published_ms > y->published_ms ? -1 : 1;
    if (x->sequence != y->sequence) return x->sequence > y->sequence ? -1 : 1;
    return x->member > y->member ? -1 : x->member < y->member;
}

/* How much an article is wanted when not all can be listed. */
enum want { WANT_NEWEST_OF_SIDE, WANT_PINNED, WANT_OTHER, WANT_COUNT };

/* Unrated sources are no side, so their newest article yields where the list is very short. */
static void weigh(const struct story_view *view, const struct list_key *keys, size_t count,
                  const bool *pinned, uint8_t *wants)
{
    bool seen[SIDE_COUNT + 1] = {false};
    for (size_t i = 0; i < count; i++) {
        enum side side = view->sources[view->member_source[keys[i].member]].side;
        bool first = !seen[side];
        seen[side] = true;
        wants[i] = WANT_OTHER;
        if (pinned[keys[i].member] || first) wants[i] = WANT_PINNED;
        if (first && side != SIDE_UNRATED) wants[i] = WANT_NEWEST_OF_SIDE;
    }
}

void article_list_choose(struct arena *arena, const struct story_view *view, const bool *pinned, size_t limit,
                         struct article_list *out)
{
    struct list_key *keys = arena_alloc(arena, view->member_count * sizeof(*keys));
    uint8_t *wants = arena_alloc(arena, view->member_count);
    size_t count = 0, room[WANT_COUNT];
    for (size_t i = 0; i < view->member_count; i++) {
        if (story_view_card(view, i) == NULL) continue;
        const struct member *member = &view->story->members[i];
        keys[count++] = (struct list_key){member->published_ms, member->sequence, (uint32_t)i};
    }
    qsort(keys, count, sizeof(*keys), newest_first);
    weigh(view, keys, count, pinned, wants);
    if (limit > count) limit = count;
    size_t wanted[WANT_COUNT] = {0}, left = limit;
    for (size_t i = 0; i < count; i++) wanted[wants[i]]++;
    for (size_t want = 0; want < WANT_COUNT; want++) {
        room[want] = wanted[want] < left ? wanted[want] : left;
        left -= room[want];
    }
    *out = (struct article_list){.members = arena_alloc(arena, limit * sizeof(*out->members))};
    for (size_t i = 0; i < count; i++) {
        if (room[wants[i]] == 0) continue;
        room[wants[i]]--;
        out->members[out->count++] = keys[i].member;
    }
}
