/*
 * store_erase - drops everything stored for a partition but the owner's token (--rebuild).
 *
 * In slices, as there may be millions of keys, each on the condition that the token is still ours. The
 * position goes first: should the erasing not come to its end, what is left is never taken for a state.
 */
#ifndef NW_CONSUMERS_STORE_ERASE_H
#define NW_CONSUMERS_STORE_ERASE_H

#include <stdbool.h>

#include "consumers/story_store.h"

/* After story_store_claim(). NW_ERR_CONFLICT: the partition has another owner. */
enum nw_err store_erase_begin(struct story_store *store) NW_MUST_CHECK;
enum nw_err store_erase_step(struct story_store *store, bool *done) NW_MUST_CHECK;

#endif
