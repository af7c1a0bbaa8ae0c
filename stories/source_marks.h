/*
 * source_marks - how far each source partition has been seen: the guard against re-sent events.
 *
 * The article stage writes the events of one source partition in the order of (offset, index); after
 * a crash it writes some of them again. One event can be several records of a features partition
 * (a withdrawal elsewhere and the article), so the kinds seen at the highest position are kept with it.
 */
#ifndef NW_STORIES_SOURCE_MARKS_H
#define NW_STORIES_SOURCE_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "articles/article.h"

struct source_mark {
    char *topic; /* owned */
    int32_t partition;
    int64_t offset;
    uint32_t index;
    uint32_t kinds; /* bit set of the record kinds seen at (offset, index) */
};

/* Sorted by topic, then partition. */
struct source_marks {
    struct source_mark *marks;
    size_t count, capacity;
};

void source_marks_fini(struct source_marks *marks);
/* True when this event was seen before; else it is seen from now on. */
bool source_marks_seen(struct source_marks *marks, const struct origin *origin, unsigned kind);
/* For restore: false when there is a mark of that partition already. */
bool source_marks_put(struct source_marks *marks, const struct origin *origin, uint32_t kinds);
/* NULL when nothing of that partition was seen. */
const struct source_mark *source_marks_find(const struct source_marks *marks, const char *topic,
                                            int32_t partition);

#endif
