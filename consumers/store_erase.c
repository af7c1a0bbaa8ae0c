#include "consumers/store_erase.h"

#include <stdio.h>
#include <string.h>

#include "consumers/story_store_private.h"

enum { KEYS_A_SLICE = 1000 };

/* UNLINK of the keys in list 0, none of them if the token is not ours. */
static enum nw_err unlink_listed(struct story_store *store)
{
    struct store_condition now;
    enum nw_err err = store_watch(store, &now);
    if (err != NW_OK) return err;
    if (strcmp(now.token, store->token) != 0)
        return store_fail(store, NW_ERR_CONFLICT, "another owner has taken the partition");
    redis_pipe_clear(&store->pipe);
    redis_pipe_command(&store->pipe, "MULTI", 0);
    redis_pipe_command(&store->pipe, "UNLINK", store->lists[0].args);
    redis_pipe_append(&store->pipe, &store->lists[0]);
    redis_pipe_command(&store->pipe, "EXEC", 0);
    redisReply **replies;
    err = store_exchange(store, &replies);
    if (err != NW_OK) return err;
    if (replies[2]->type == REDIS_REPLY_NIL)
        err = store_fail(store, NW_ERR_CONFLICT, "token or position changed while keys were dropped");
    else if (redis_reply_is_error(replies[1]) || replies[2]->type != REDIS_REPLY_ARRAY)
        err = store_reply_failed(store, redis_reply_is_error(replies[1]) ? replies[1] : replies[2], "UNLINK");
    store_replies_done(store, replies);
    return err;
}

enum nw_err store_erase_begin(struct story_store *store)
{
    snprintf(store->scan_cursor, sizeof(store->scan_cursor), "0");
    redis_pipe_clear(&store->lists[0]);
    store_key(&store->lists[0], &store->keys, STORE_POSITION);
    return unlink_listed(store);
}

static void list_keys(struct story_store *store, const redisReply *keys)
{
    size_t owner_len = strlen(store->owner_key);
    redis_pipe_clear(&store->lists[0]);
    for (size_t i = 0; i < keys->elements; i++) {
        const redisReply *key = keys->element[i];
        if (key->len == owner_len && memcmp(key->str, store->owner_key, owner_len) == 0) continue;
        redis_pipe_bytes(&store->lists[0], key->str, key->len);
    }
}

/* The one place that scans: by names, as what is listed in the state may be what is damaged. */
enum nw_err store_erase_step(struct story_store *store, bool *done)
{
    redis_pipe_clear(&store->pipe);
    redis_pipe_command(&store->pipe, "SCAN", 5);
    redis_pipe_text(&store->pipe, store->scan_cursor);
    redis_pipe_text(&store->pipe, "MATCH");
    redis_pipe_joined(&store->pipe, store->keys.prefix, "*", "");
    redis_pipe_text(&store->pipe, "COUNT");
    redis_pipe_int(&store->pipe, KEYS_A_SLICE);
    redisReply **replies;
    enum nw_err err = store_exchange(store, &replies);
    if (err != NW_OK) return err;
    const redisReply *scan = replies[0];
    bool last = false;
    if (scan->type != REDIS_REPLY_ARRAY || scan->elements != 2 ||
        scan->element[1]->type != REDIS_REPLY_ARRAY) {
        err = store_reply_failed(store, scan, "SCAN");
    } else {
        snprintf(store->scan_cursor, sizeof(store->scan_cursor), "%s", scan->element[0]->str);
        last = redis_reply_is(scan->element[0], "0");
        list_keys(store, scan->element[1]);
    }
    store_replies_done(store, replies);
    if (err == NW_OK && store->lists[0].args > 0) err = unlink_listed(store);
    if (err == NW_OK) *done = last;
    return err;
}
