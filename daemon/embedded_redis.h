/*
 * embedded_redis - a private redis-server on a unix socket in a temporary folder.
 *
 * A small keeper process starts redis-server and waits for our end of a pipe to close, which the
 * kernel does however we die: then it ends redis-server and removes the folder. Call it before any
 * thread is started (it forks).
 */
#ifndef NW_DAEMON_EMBEDDED_REDIS_H
#define NW_DAEMON_EMBEDDED_REDIS_H

#include "base/err.h"

struct embedded_redis;

/* Blocks until the server answers. NW_ERR_NOT_FOUND: no redis-server to be found; NW_ERR_UNAVAILABLE:
 * it did not start. Both said in the log. */
enum nw_err embedded_redis_start(struct embedded_redis **out) NW_MUST_CHECK;
const char *embedded_redis_socket(const struct embedded_redis *redis);
/* Returns when the server has ended and the folder is gone. NULL is fine. */
void embedded_redis_stop(struct embedded_redis *redis);

#endif
