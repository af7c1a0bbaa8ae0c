/*
 * redis_spread - reads of many partitions' keys at once, wherever in a cluster they are.
 *
 * With one server it is one connection and nothing more. A redirect shows that it is a cluster: from then on
 * each command goes to the node that answered for its slot last, the commands of one node in one exchange,
 * and redirects are followed. For readers only: what is read from two nodes is not of one moment. One thread.
 */
#ifndef NW_CONSUMERS_REDIS_SPREAD_H
#define NW_CONSUMERS_REDIS_SPREAD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "consumers/options.h"
#include "consumers/redis_pipe.h"

struct redis_spread;
struct redisReply;

/* Does not connect. options are borrowed. */
struct redis_spread *redis_spread_new(const struct redis_options *options);
void redis_spread_free(struct redis_spread *spread);

/* A connection is there; it may have gone without our knowing. */
bool redis_spread_connected(const struct redis_spread *spread);
/* Why the last call failed, one sentence. */
const char *redis_spread_error(const struct redis_spread *spread);

/* Connects where need be, sends, and reads a reply to each command into replies[pipe->commands], in their
 * order; all or none are given. The key of a command is its first argument, as with all reads of one key;
 * XREAD is taken as XREAD COUNT n STREAMS key id. NW_ERR_UNAVAILABLE: nothing came of it, worth another try;
 * NW_ERR_REFUSED as redis_connect(). */
enum nw_err redis_spread_exchange(struct redis_spread *spread, const struct redis_pipe *pipe,
                                  struct redisReply **replies) NW_MUST_CHECK;
/* Some reply makes no sense: everything is connected anew. */
void redis_spread_give_up(struct redis_spread *spread, const char *reason);

/* The slot of a key in a cluster: CRC16 of it, or of what is in its first pair of braces (cluster
 * specification). For the tests. */
unsigned redis_spread_slot(const char *key, size_t len);

#endif
