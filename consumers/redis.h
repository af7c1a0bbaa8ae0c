/*
 * redis - one blocking connection to a Redis primary: a server, the one Sentinel names, or the node of a
 * cluster that holds a key.
 *
 * Owned and used by one thread. A connection that has seen any error is dead: what was in flight on it
 * may or may not have happened. redis_connect() makes a new one (TLS, login, database, and a look at ROLE: a
 * replica is refused, each time). A redirect of a cluster is an error reply as well: give the connection up,
 * and the next connect finds the node it named. Commands are built in a redis_pipe and written in one go.
 * Replies are hiredis' own; an error reply to one command is a reply, not a failure of the connection.
 */
#ifndef NW_CONSUMERS_REDIS_H
#define NW_CONSUMERS_REDIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "consumers/options.h"
#include "consumers/redis_pipe.h"
#include "consumers/redis_reply.h"

struct redis;

/* Does not connect. options and key are borrowed. key: the connection leads to the node that holds it, which
 * matters in a cluster only; NULL: any primary will do. */
struct redis *redis_new(const struct redis_options *options, const char *key);
void redis_free(struct redis *redis);

/* Drops what is there and connects afresh. NW_ERR_UNAVAILABLE: not now, worth another try (also a replica,
 * and a server that is still loading). NW_ERR_REFUSED: not as it is configured (password, TLS, database). */
enum nw_err redis_connect(struct redis *redis) NW_MUST_CHECK;
void redis_disconnect(struct redis *redis);
bool redis_connected(const struct redis *redis);
/* Why the last call failed, one sentence; "" when none did. */
const char *redis_error(const struct redis *redis);

/* Writes all commands of the pipe. NW_ERR_UNAVAILABLE: the connection is dead now. */
enum nw_err redis_send(struct redis *redis, const struct redis_pipe *pipe) NW_MUST_CHECK;
/* The reply to the next command sent; the caller frees it with redis_reply_free(). NW_ERR_UNAVAILABLE:
 * the connection is dead now, whatever the command has done. */
enum nw_err redis_receive(struct redis *redis, struct redisReply **out) NW_MUST_CHECK;
/* Sends a pipe and reads all its replies into replies[pipe->commands]; all or none are given. */
enum nw_err redis_exchange(struct redis *redis, const struct redis_pipe *pipe,
                           struct redisReply **replies) NW_MUST_CHECK;

/* Says why the connection is given up (a reply that makes no sense, a redirect), and drops it. */
void redis_give_up(struct redis *redis, const char *reason);

#endif
