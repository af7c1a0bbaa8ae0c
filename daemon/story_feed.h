/*
 * story_feed - changes of stories as server-sent events, for the clients of /v1/stream.
 *
 * One thread looks at the streams of changes while there are clients, four times a second, and keeps the last
 * events in a ring. Each client reads from the ring at its own place and costs no thread. One that falls out
 * of the ring is ended; it comes back with the id of what it has seen (Last-Event-ID) and is given the rest
 * from Redis, from this instance or any other: ids are places in Redis's streams (api_changes.h). Events come
 * at least once; when it cannot be told what a client has missed, it is sent the event "reset".
 *
 * Any thread may call open, read and close.
 */
#ifndef NW_DAEMON_STORY_FEED_H
#define NW_DAEMON_STORY_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/hash.h"
#include "base/metrics.h"
#include "daemon/api_redis.h"

enum { FEED_LANGUAGE_BYTES = 16 };

struct story_feed;
struct feed_client;

/* Borrows both. The pool needs a connection for the thread besides those of its other users. */
struct story_feed *story_feed_new(struct api_redis *pool, struct metrics *metrics);
void story_feed_free(struct story_feed *feed);

/* wake is called from the thread when there is something to read. */
void story_feed_start(struct story_feed *feed, size_t clients_max, void (*wake)(void *context),
                      void *context);
/* Ends the thread; clients get no more. Fine when it was not started. */
void story_feed_stop(struct story_feed *feed);

struct feed_filter {
    char language[FEED_LANGUAGE_BYTES]; /* "": all */
    struct id128 story;
    bool has_story;
};

/* last_id: where to go on, as this or another instance has sent it; NULL: from now on. NW_ERR_INPUT: it is
 * none; NW_ERR_REFUSED: too many clients; NW_ERR_UNAVAILABLE: Redis does not answer. */
enum nw_err story_feed_open(struct story_feed *feed, const char *last_id, const struct feed_filter *filter,
                            struct feed_client **out) NW_MUST_CHECK;
/* Up to max bytes of text; 0: nothing now; -1: the client was too slow, or the feed has ended: hang up. */
ssize_t story_feed_read(struct feed_client *client, char *out, size_t max);
void story_feed_close(struct feed_client *client);

#endif
