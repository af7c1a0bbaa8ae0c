/*
 * redis_private - what redis.c (exchanges, replies) and redis_connect.c (which server, login) share.
 */
#ifndef NW_CONSUMERS_REDIS_PRIVATE_H
#define NW_CONSUMERS_REDIS_PRIVATE_H

#include <hiredis/hiredis.h>

#include "consumers/redis.h"
#include "consumers/redis_tls.h"

enum { REDIS_HOST_MAX = 256 };

/* "" and 0: none */
struct redis_node {
    char host[REDIS_HOST_MAX];
    int port;
};

struct redis {
    const struct redis_options *options;
    const char *key;
    redisContext *context;   /* NULL: not connected */
    struct redis_tls *tls;   /* NULL: plain */
    struct redis_node at;    /* whom we are connected to */
    struct redis_node moved; /* where a node of a cluster sent us: tried first at the next connect */
    size_t next_host;        /* of the configured ones, tried first: the last one that was good */
    struct redis_pipe pipe;
    char error[256];
};

#endif
