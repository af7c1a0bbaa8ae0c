#include "stories/source_marks.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/guard.h"

void source_marks_fini(struct source_marks *marks)
{
    for (size_t i = 0; i < marks->count; i++) free(marks->marks[i].topic);
    free(marks->marks);
    *marks = (struct source_marks){0};
}

/* Where the mark is or belongs; true when it is there. */
static bool locate(const struct source_marks *marks, const char *topic, int32_t partition, size_t *index)
{
    size_t low = 0, high = marks->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct source_mark *mark = &marks->marks[middle];
        int order = strcmp(mark->topic, topic);
        if (order == 0) order = (mark->partition > partition) - (mark->partition < partition);
        if (order == 0) {
            *index = middle;
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *index = low;
    return false;
}

static void insert(struct source_marks *marks, size_t at, const struct origin *origin, uint32_t kinds)
{
    marks->marks = nw_grow(marks->marks, &marks->capacity, marks->count + 1, sizeof(*marks->marks));
    memmove(marks->marks + at + 1, marks->marks + at, (marks->count - at) * sizeof(*marks->marks));
    marks->count++;
    marks->marks[at] = (struct source_mark){.topic = nw_strdup(origin->topic),
                                            .partition = origin->partition,
                                            .offset = origin->offset,
                                            .index = origin->index,
                                            .kinds = kinds};
}

bool source_marks_seen(struct source_marks *marks, const struct origin *origin, unsigned kind)
{
    assert(kind < 32);
    uint32_t bit = UINT32_C(1) << kind;
    size_t at;
    if (!locate(marks, origin->topic, origin->partition, &at)) {
        insert(marks, at, origin, bit);
        return false;
    }
    struct source_mark *mark = &marks->marks[at];
    bool same_event = origin->offset == mark->offset && origin->index == mark->index;
    bool later =
        origin->offset > mark->offset || (origin->offset == mark->offset && origin->index > mark->index);
    bool seen = same_event ? (mark->kinds & bit) != 0 : !later;
    if (!GUARD(MARKS, !seen)) return true;
    mark->kinds = same_event ? mark->kinds | bit : bit;
    mark->offset = origin->offset;
    mark->index = origin->index;
    return false;
}

bool source_marks_put(struct source_marks *marks, const struct origin *origin, uint32_t kinds)
{
    size_t at;
    if (locate(marks, origin->topic, origin->partition, &at)) return false;
    insert(marks, at, origin, kinds);
    return true;
}

const struct source_mark *source_marks_find(const struct source_marks *marks, const char *topic,
                                            int32_t partition)
{
    size_t at;
    return locate(marks, topic, partition, &at) ? &marks->marks[at] : NULL;
}
