/*
 * store_changes - the partition's list of changes as Redis commands, in the order they happened.
 *
 * Cards are not in memory, so what moves between stories moves inside Redis: a short script over the
 * keys of one hash tag, run as an element of the batch's transaction.
 */
#ifndef NW_CONSUMERS_STORE_CHANGES_H
#define NW_CONSUMERS_STORE_CHANGES_H

#include "consumers/story_store.h"
#include "stories/partition.h"

/* How long ns:article:<id> and ns:alias:<id> are kept after they were written last: they serve links
 * from outside, no restore needs them. */
enum { STORE_LINK_TTL_S = 90 * 24 * 3600 };

/* Members, cards, closing, merging, dropping, withdrawals, onto store->pipe. */
void store_changes_add(struct story_store *store, const struct partition *partition,
                       const struct partition_changes *changes);
/* ns:totals and ns:source:<domain>. */
void store_changes_add_counters(struct story_store *store, const struct partition *partition,
                                const struct partition_changes *changes);

#endif
