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

static void pin_newest_of_sides(const struct story_view *view, const struct list_key *keys, size_t count,
                                bool *pinned)
{
    bool seen[SIDE_COUNT + 1] = {false};
    for (size_t i = 0; i < count; i++) {
        enum side side = view->sources[view->member_source[keys[i].member]].side;
        if (!seen[side]) pinned[keys[i].member] = true;
        seen[side] = true;
    }
}

void article_list_choose(struct arena *arena, const struct story_view *view, bool *pinned, size_t limit,
                         struct article_list *out)
{
    struct list_key *keys = arena_alloc(arena, view->member_count * sizeof(*keys));
    size_t count = 0, pins = 0;
    for (size_t i = 0; i < view->member_count; i++) {
        if (story_view_card(view, i) == NULL) continue;
        const struct member *member = &view->story->members[i];
        keys[count++] = (struct list_key){member->published_ms, member->sequence, (uint32_t)i};
    }
    qsort(keys, count, sizeof(*keys), newest_first);
    pin_newest_of_sides(view, keys, count, pinned);
    for (size_t i = 0; i < count; i++) pins += pinned[keys[i].member];
    if (limit > count) limit = count;
    size_t others = pins < limit ? limit - pins : 0;
    *out = (struct article_list){.members = arena_alloc(arena, limit * sizeof(*out->members))};
    for (size_t i = 0; i < count && out->count < limit; i++) {
        if (!pinned[keys[i].member] && others == 0) continue;
        if (!pinned[keys[i].member]) others--;
        out->members[out->count++] = keys[i].member;
    }
}
