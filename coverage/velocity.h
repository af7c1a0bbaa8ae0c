/*
 * velocity - how many sources and articles a story has gained in its last 1, 6 and 24 hours.
 *
 * In event time: hours before story->updated_ms (or before its newest article, where that is not
 * known). An article without a time counts in none. A day without time counts as its midnight.
 */
#ifndef NW_COVERAGE_VELOCITY_H
#define NW_COVERAGE_VELOCITY_H

#include <stdint.h>

#include "base/arena.h"
#include "coverage/story_view.h"

/* X(name, hours) */
#define VELOCITY_WINDOWS(X) X(1h, 1) X(6h, 6) X(24h, 24)

enum {
#define VELOCITY_ENUM(name, hours) VELOCITY_##name,
    VELOCITY_WINDOWS(VELOCITY_ENUM)
#undef VELOCITY_ENUM
        VELOCITY_COUNT
};

struct velocity {
    uint32_t sources[VELOCITY_COUNT], articles[VELOCITY_COUNT];
};

void velocity_measure(struct arena *arena, const struct story_view *view, struct velocity *out);

#endif
