/*
 * store_restore - a partition's memory from what is stored, in slices so that the caller can keep
 * polling Kafka in between.
 *
 * After story_store_claim() and partition_restore_header(): begin, step until done, finish and the outbox.
 * Nobody else can write meanwhile (the token is ours).
 */
#ifndef NW_CONSUMERS_STORE_RESTORE_H
#define NW_CONSUMERS_STORE_RESTORE_H

#include "consumers/story_store.h"
#include "stories/partition.h"

enum nw_err store_restore_begin(struct story_store *store) NW_MUST_CHECK;
/* The next slice into the partition. NW_ERR_CORRUPT, NW_ERR_VERSION name the key in story_store_error(). */
enum nw_err store_restore_step(struct story_store *store, struct partition *partition,
                               bool *done) NW_MUST_CHECK;
/* After the last step: is it all there? */
enum nw_err store_restore_finish(struct story_store *store, struct partition *partition) NW_MUST_CHECK;
void store_restore_progress(const struct story_store *store, size_t *restored, size_t *total);

/* Marks that are not cleared, in no order; there have to be count of them. */
enum nw_err store_restore_outbox(struct story_store *store, uint64_t count,
                                 void (*visit)(void *context, const struct outbox_mark *mark),
                                 void *context) NW_MUST_CHECK;

#endif
