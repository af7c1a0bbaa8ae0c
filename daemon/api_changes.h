/*
 * api_changes - which stories have changed since a place in the streams of changes, and how they stand now.
 *
 * Every partition has a stream of its own, so a place is one entry of each: exact, whatever the clocks of
 * Redis nodes say, and the same for every instance of the daemon. Reading from a place gives each story once,
 * however often it has changed: what counts is how it stands.
 */
#ifndef NW_DAEMON_API_CHANGES_H
#define NW_DAEMON_API_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/api_redis.h"

/* Changes of one partition that are read at once; Redis keeps five times as many. */
enum { API_CHANGES_MAX = 2000 };

struct api_change_id {
    uint64_t ms, sequence;
};

/* Behind these entries of the partitions, in the order of their sorted tags. */
struct api_place {
    uint32_t tags_hash; /* of the tags: a place says nothing when partitions have come or gone */
    size_t count;
    struct api_change_id *ids;
};

/* "hash:ms-sequence,ms-sequence,...", in arena; NULL when it would take over 16 KiB (beyond 600 partitions).
 */
const char *api_place_format(struct arena *arena, const struct api_place *place);
/* false: not of that form. */
bool api_place_parse(struct arena *arena, const char *text, struct api_place *out);

struct api_change {
    struct api_story story; /* id and revision only, when is_gone */
    const char *cause;
    bool is_gone;            /* merged, or dropped since */
    bool is_merged;          /* then */
    struct id128 into;       /* this is what it became */
    struct api_change_id at; /* its last entry */
};

/* Where the streams end now. */
enum nw_err api_changes_end(struct api_session *session, struct api_place *out) NW_MUST_CHECK;

/* What has changed behind *place, oldest last change first within a partition; *place moves to where it was
 * read to. NW_ERR_NOT_FOUND: that cannot be told any more (too much has changed since, or there are other
 * partitions now). */
enum nw_err api_changes_read(struct api_session *session, struct api_place *place, struct api_change **out,
                             size_t *count) NW_MUST_CHECK;

#endif
