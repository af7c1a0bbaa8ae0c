/*
 * owner_load - how an owner gets its memory: the claim, the checks against the logs, the restore.
 */
#ifndef NW_CONSUMERS_OWNER_LOAD_H
#define NW_CONSUMERS_OWNER_LOAD_H

#include "base/err.h"
#include "consumers/partition_owner_private.h"

void owner_load_claim(struct partition_owner *owner, struct ratings *ratings);
void owner_load_slice(struct partition_owner *owner);

/* partition_owner.c */
void owner_failed(struct partition_owner *owner, enum nw_err err, const char *reason);
void owner_forget(struct partition_owner *owner);

#endif
