/*
 * api_session - a pool of Redis connections for the pages, and what every read needs: the partitions, a pipe
 * of commands, its replies.
 *
 * One connection is taken a request; one that fails is made again by the next request that takes it. For
 * api_redis and api_changes; pages see those. One thread for each session that is taken.
 */
#ifndef NW_DAEMON_API_SESSION_H
#define NW_DAEMON_API_SESSION_H

#include <stdbool.h>
#include <stddef.h>

#include <hiredis/hiredis.h>

#include "base/arena.h"
#include "base/err.h"
#include "consumers/options.h"
#include "consumers/redis_pipe.h"
#include "consumers/redis_reply.h"
#include "consumers/redis_spread.h"

struct api_redis;

struct api_session {
    struct api_redis *pool;
    struct redis_spread *redis;
    struct redis_pipe pipe;
    redisReply **replies; /* of the last exchange */
    size_t reply_count, reply_capacity;
    struct arena *arena;
    char **prefixes; /* "ns:{topic:partition}:", sorted; in the arena */
    size_t partition_count;
    bool taken;
};

/* options are borrowed; its timeouts are cut to a second, as nobody waits longer for a page. */
struct api_redis *api_redis_new(const struct redis_options *options, size_t connections);
void api_redis_free(struct api_redis *pool);

/* Blocks while all connections are taken. arena: everything read lives in it. Always api_redis_end() it. */
struct api_session *api_redis_begin(struct api_redis *pool, struct arena *arena);
void api_redis_end(struct api_session *session);

enum nw_err api_redis_ping(struct api_session *session) NW_MUST_CHECK;

/* Drops the last replies and starts a new pipe, session->pipe. */
void api_session_begin_pipe(struct api_session *session);
/* Sends the pipe; the replies are in session->replies until the next pipe. An error among them is
 * NW_ERR_UNAVAILABLE, and costs the connection. */
enum nw_err api_session_exchange(struct api_session *session) NW_MUST_CHECK;
/* Reads ns:partitions into session->prefixes. */
enum nw_err api_session_partitions(struct api_session *session) NW_MUST_CHECK;
/* One argument: a key of partition p. */
void api_session_key(struct api_session *session, size_t p, const char *name, const char *suffix);

#endif
