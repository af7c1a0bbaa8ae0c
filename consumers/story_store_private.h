/*
 * story_store_private - what the files of the store share: story_store.c, store_commit.c,
 * store_restore.c, store_checks.c.
 */
#ifndef NW_CONSUMERS_STORY_STORE_PRIVATE_H
#define NW_CONSUMERS_STORY_STORE_PRIVATE_H

#include <hiredis/hiredis.h>

#include "consumers/redis.h"
#include "consumers/redis_pipe.h"
#include "consumers/store_keys.h"
#include "consumers/story_store.h"

/* A field of the position: why what is stored must not be used. */
#define STORE_DAMAGED "damaged"

enum { STORE_TOKEN_LEN = 32, STORE_LISTS = 14 };

struct id_list {
    struct id128 *ids;
    size_t count, capacity;
};

struct story_store {
    const struct redis_options *options;
    struct redis *redis;
    struct store_keys keys;
    char owner_key[sizeof((struct store_keys){0}.prefix) + sizeof(STORE_OWNER)]; /* leads to the node */
    char position_key[sizeof((struct store_keys){0}.prefix) + sizeof(STORE_POSITION)];
    char token[STORE_TOKEN_LEN + 1];
    char older_token[STORE_TOKEN_LEN + 1]; /* "" or the one a resume without an answer wanted to replace */
    char error[320];

    struct redis_pipe pipe;               /* the commands of one exchange */
    struct redis_pipe lists[STORE_LISTS]; /* arguments of variadic commands under construction */
    struct arena *arena;                  /* of one call */
    uint8_t *header;
    size_t header_len;
    char ratings[128];

    /* a restore under way (store_restore.c) */
    struct id_list restoring;
    size_t restored;
    char scan_cursor[24];
    bool scan_done;
};

/* Sets the error text and returns err. */
enum nw_err store_fail(struct story_store *store, enum nw_err err, const char *format, ...)
    NW_PRINTF(3, 4) NW_MUST_CHECK;
/* What a reply that is no data means: a passing error gives up the connection (NW_ERR_UNAVAILABLE), any
 * other one is NW_ERR_FATAL. */
enum nw_err store_reply_failed(struct story_store *store, const redisReply *reply,
                               const char *what) NW_MUST_CHECK;
/* Exchanges store->pipe; replies live until store_replies_done(). Error replies are not looked at. */
enum nw_err store_exchange(struct story_store *store, redisReply ***replies) NW_MUST_CHECK;
void store_replies_done(struct story_store *store, redisReply **replies);
/* WAIT for redis.wait_replicas, when set. */
enum nw_err store_wait_replicas(struct story_store *store) NW_MUST_CHECK;
/* WATCH of token and position, with their values: the first half of every conditional write. */
struct store_condition {
    char token[STORE_TOKEN_LEN + 1];
    struct store_point point;
};
enum nw_err store_watch(struct story_store *store, struct store_condition *out) NW_MUST_CHECK;
/* The state is not the one in memory. */
enum nw_err store_moved(struct story_store *store, struct store_point now,
                        struct store_point expected) NW_MUST_CHECK;
enum nw_err store_unwatch(struct story_store *store) NW_MUST_CHECK;

#endif
