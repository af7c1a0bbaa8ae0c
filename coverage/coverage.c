#include "coverage/coverage.h"

#include "base/arena.h"
#include "coverage/blindspot.h"
#include "coverage/story_view.h"
#include "coverage/velocity.h"

struct coverage_policy coverage_policy_default(void)
{
    return (struct coverage_policy){
        .articles_limit = 100,
        .blindspot_min_rated = 5,
        .blindspot_minor_percent = 10,
        .blindspot_major_percent = 33,
        .version = 1,
        .max_bytes = (size_t)900 * 1024,
    };
}

void coverage_counts(const struct story *story, const struct source_table *sources,
                     const struct ratings *ratings, const struct coverage_policy *policy,
                     struct coverage_counts *out)
{
    struct arena *arena = arena_new();
    struct story_view view;
    struct velocity velocity;
    story_view_build(arena, story, sources, ratings, NULL, &view);
    velocity_measure(arena, &view, &velocity);
    *out = (struct coverage_counts){
        .articles = (uint32_t)view.member_count,
        .sources = (uint32_t)view.source_count,
        .unique = (uint32_t)view.group_count,
        .reprints = (uint32_t)(view.member_count - view.group_count),
        .sides = view.sides,
        .blindspot = blindspot_side(&view.sides, policy),
        .sources_1h = velocity.sources[VELOCITY_1h],
        .sources_6h = velocity.sources[VELOCITY_6h],
        .sources_24h = velocity.sources[VELOCITY_24h],
    };
    arena_free(arena);
}
