/*
 * store_audit - is this Redis fit to hold state, and may this user do what newswired does?
 *
 * Writes keys `_check…` of the first partition and removes them again; they expire by themselves in ten
 * seconds should the connection break in between.
 */
#ifndef NW_CONSUMERS_STORE_AUDIT_H
#define NW_CONSUMERS_STORE_AUDIT_H

#include "consumers/audit.h"
#include "consumers/options.h"

/* url: how the configuration names it. */
void store_audit_run(const struct redis_options *options, const char *url, const char *features_topic,
                     const struct audit *audit);

#endif
