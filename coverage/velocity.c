#include "coverage/velocity.h"

#include "base/instant.h"

#define HOUR_MS INT64_C(3600000)

/* The first instant that is too old for the window. */
static int64_t window_edge(int64_t now_ms, int64_t hours)
{
    return now_ms < INT64_MIN + 25 * HOUR_MS ? INT64_MIN : now_ms - hours * HOUR_MS;
}

void velocity_measure(struct arena *arena, const struct story_view *view, struct velocity *out)
{
    static const int64_t hours[] = {
#define VELOCITY_HOURS(name, hours) hours,
        VELOCITY_WINDOWS(VELOCITY_HOURS)
#undef VELOCITY_HOURS
    };
    const struct story *story = view->story;
    *out = (struct velocity){.sources = {0}};
    int64_t now_ms = story->updated_ms != NW_NO_TIME ? story->updated_ms : story->last_published_ms;
    if (now_ms == NW_NO_TIME) return;
    uint8_t *seen = arena_calloc(arena, view->source_count, 1); /* by source: a bit for each window */
    for (size_t i = 0; i < view->member_count; i++) {
        int64_t published_ms = story->members[i].published_ms;
        if (published_ms == NW_NO_TIME) continue;
        uint8_t *bits = &seen[view->member_source[i]];
        for (unsigned window = 0; window < VELOCITY_COUNT; window++) {
            if (published_ms <= window_edge(now_ms, hours[window])) continue;
            out->articles[window]++;
            if ((*bits >> window & 1) != 0) continue;
            *bits = (uint8_t)(*bits | 1u << window);
            out->sources[window]++;
        }
    }
}
