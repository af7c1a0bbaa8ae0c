#include "coverage/firsts.h"

#include "base/instant.h"

void firsts_find(const struct story_view *view, struct firsts *out)
{
    *out = (struct firsts){.first = FIRSTS_NONE, .by_side = {FIRSTS_NONE, FIRSTS_NONE, FIRSTS_NONE}};
    for (size_t i = 0; i < view->member_count; i++) {
        size_t member = view->by_time[i];
        if (view->story->members[member].published_ms == NW_NO_TIME) return; /* these come last */
        enum side side = view->sources[view->member_source[member]].side;
        if (out->first == FIRSTS_NONE) out->first = member;
        if (side != SIDE_UNRATED && out->by_side[side] == FIRSTS_NONE) out->by_side[side] = member;
    }
}

bool firsts_lag_ms(const struct story_view *view, const struct firsts *firsts, size_t member, int64_t *lag_ms)
{
    if (story_view_is_day(view, firsts->first) || story_view_is_day(view, member)) return false;
    return !__builtin_sub_overflow(view->story->members[member].published_ms,
                                   view->story->members[firsts->first].published_ms, lag_ms);
}
