/*
 * store_checks - is this Redis fit to hold state?
 */
#ifndef NW_CONSUMERS_STORE_CHECKS_H
#define NW_CONSUMERS_STORE_CHECKS_H

#include "base/err.h"
#include "consumers/redis.h"

/* At every connect of a store. NW_ERR_REFUSED: it may evict keys; reason gets a sentence. */
enum nw_err store_checks_eviction(struct redis *redis, char *reason, size_t reason_size) NW_MUST_CHECK;
/* Once, at start. NW_ERR_REFUSED: it may evict keys (maxmemory-policy other than noeviction); reason gets a
 * sentence. Warns in the log when neither AOF nor RDB is on: a restart of Redis then loses the state. */
enum nw_err store_checks_run(struct redis *redis, char *reason, size_t reason_size) NW_MUST_CHECK;

enum store_persistence {
    STORE_PERSISTENCE_UNKNOWN, /* neither INFO nor CONFIG says */
    STORE_PERSISTS_NOTHING,
    STORE_PERSISTS_SNAPSHOTS,
    STORE_PERSISTS_LOG, /* append-only file */
};
enum store_persistence store_checks_persistence(struct redis *redis);

#endif
