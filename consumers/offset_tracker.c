#include "consumers/offset_tracker.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"

struct tracked_record {
    struct offset_tracker *tracker;
    struct tracked_record *next;
    int64_t offset;
    uint32_t holds;
};

struct offset_tracker {
    struct tracked_record *first, *last; /* in the order they were read */
    size_t pending;
    int64_t position, next;
};

struct offset_tracker *offset_tracker_new(int64_t position)
{
    struct offset_tracker *tracker = nw_calloc(1, sizeof(*tracker));
    tracker->position = tracker->next = position;
    return tracker;
}

void offset_tracker_free(struct offset_tracker *tracker)
{
    if (tracker == NULL) return;
    while (tracker->first != NULL) {
        struct tracked_record *record = tracker->first;
        tracker->first = record->next;
        free(record);
    }
    free(tracker);
}

bool offset_tracker_wants(const struct offset_tracker *tracker, int64_t offset)
{
    return offset >= tracker->next;
}

struct tracked_record *offset_tracker_add(struct offset_tracker *tracker, int64_t offset)
{
    assert(offset_tracker_wants(tracker, offset));
    struct tracked_record *record = nw_calloc(1, sizeof(*record));
    record->tracker = tracker;
    record->offset = offset;
    record->holds = 1;
    if (tracker->last == NULL)
        tracker->first = record;
    else
        tracker->last->next = record;
    tracker->last = record;
    tracker->pending++;
    tracker->next = offset + 1;
    return record;
}

void tracked_record_hold(struct tracked_record *record)
{
    assert(record->holds > 0);
    record->holds++;
}

static void advance(struct offset_tracker *tracker)
{
    while (tracker->first != NULL && tracker->first->holds == 0) {
        struct tracked_record *record = tracker->first;
        tracker->position = record->offset + 1;
        tracker->first = record->next;
        if (tracker->first == NULL) tracker->last = NULL;
        tracker->pending--;
        free(record);
    }
}

void tracked_record_done(struct tracked_record *record)
{
    assert(record->holds > 0);
    if (--record->holds == 0) advance(record->tracker);
}

int64_t offset_tracker_position(const struct offset_tracker *tracker)
{
    return tracker->position;
}

int64_t offset_tracker_next(const struct offset_tracker *tracker)
{
    return tracker->next;
}

size_t offset_tracker_pending(const struct offset_tracker *tracker)
{
    return tracker->pending;
}
