/*
 * offset_tracker - how far one source partition is done, when records finish out of order.
 *
 * Records are added in the order they were read. Each waits for a number of reports (one for every
 * record produced from it). The position is one past the last record of the finished run at the
 * front: everything below it has been delivered, so it may be committed.
 * Pure and for one thread. A tracked_record belongs to its tracker and is gone once it is done and
 * everything before it is; whoever took a hold with tracked_record_hold() may use it until the
 * tracked_record_done() that belongs to the hold.
 */
#ifndef NW_CONSUMERS_OFFSET_TRACKER_H
#define NW_CONSUMERS_OFFSET_TRACKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct offset_tracker;
struct tracked_record;

/* position: the first offset that will be read. */
struct offset_tracker *offset_tracker_new(int64_t position);
/* No report may come after. NULL is fine. */
void offset_tracker_free(struct offset_tracker *tracker);

/* A record of an earlier assignment can still surface after a later one began: false says drop it. */
bool offset_tracker_wants(const struct offset_tracker *tracker, int64_t offset);

/* offset must be wanted. The record has one hold already, the adder's. */
struct tracked_record *offset_tracker_add(struct offset_tracker *tracker, int64_t offset);
void tracked_record_hold(struct tracked_record *record);
void tracked_record_done(struct tracked_record *record);

/* The offset to commit: the next one to be read after a restart. Never goes back. */
int64_t offset_tracker_position(const struct offset_tracker *tracker);
/* The offset that will be read next (for the lag). */
int64_t offset_tracker_next(const struct offset_tracker *tracker);
/* Records added and not behind the position yet. */
size_t offset_tracker_pending(const struct offset_tracker *tracker);

#endif
