#include "consumers/store_restore.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "consumers/story_store_private.h"

enum { STORIES_A_SLICE = 256, WITHDRAWALS_A_SLICE = 2000 };

static enum nw_err add_ids(struct story_store *store, const redisReply *reply, const char *name)
{
    struct id_list *list = &store->restoring;
    if (reply->type != REDIS_REPLY_ARRAY) return store_reply_failed(store, reply, name);
    for (size_t i = 0; i < reply->elements; i++) {
        const redisReply *id = reply->element[i];
        list->ids = nw_grow(list->ids, &list->capacity, list->count + 1, sizeof(*list->ids));
        if (id->type != REDIS_REPLY_STRING || !id128_parse(id->str, id->len, &list->ids[list->count]))
            return store_fail(store, NW_ERR_CORRUPT, "%s%s holds what is no story id", store->keys.prefix,
                              name);
        list->count++;
    }
    return NW_OK;
}

enum nw_err store_restore_begin(struct story_store *store)
{
    store->restoring.count = 0;
    store->restored = 0;
    store->scan_done = false;
    snprintf(store->scan_cursor, sizeof(store->scan_cursor), "0");
    redis_pipe_clear(&store->pipe);
    redis_pipe_command(&store->pipe, "SMEMBERS", 1);
    store_key(&store->pipe, &store->keys, STORE_LIVE);
    redis_pipe_command(&store->pipe, "ZRANGE", 3);
    store_key(&store->pipe, &store->keys, STORE_CLOSED);
    redis_pipe_text(&store->pipe, "0");
    redis_pipe_text(&store->pipe, "-1");
    redisReply **replies;
    enum nw_err err = store_exchange(store, &replies);
    if (err != NW_OK) return err;
    err = add_ids(store, replies[0], STORE_LIVE);
    if (err == NW_OK) err = add_ids(store, replies[1], STORE_CLOSED);
    store_replies_done(store, replies);
    return err;
}

void store_restore_progress(const struct story_store *store, size_t *restored, size_t *total)
{
    *restored = store->restored;
    *total = store->restoring.count;
}

static enum nw_err damaged(struct story_store *store, enum nw_err err, const char *name, struct id128 id)
{
    char hex[ID128_HEX_LEN + 1];
    id128_hex(id, hex);
    return store_fail(store, err, "%s%s%s: %s", store->keys.prefix, name, hex, nw_err_text(err));
}

static enum nw_err restore_story(struct story_store *store, struct partition *partition, struct id128 id,
                                 const redisReply *state, const redisReply *members)
{
    if (redis_reply_is_error(state)) return store_reply_failed(store, state, "reading a story");
    if (redis_reply_is_error(members)) return store_reply_failed(store, members, "reading members");
    if (state->type != REDIS_REPLY_STRING) return damaged(store, NW_ERR_NOT_FOUND, STORE_STATE, id);
    if (members->type != REDIS_REPLY_ARRAY) return damaged(store, NW_ERR_CORRUPT, STORE_MEMBERS, id);
    size_t count = members->elements / 2;
    arena_reset(store->arena);
    struct stored_member *list = arena_calloc(store->arena, count + 1, sizeof(*list));
    for (size_t i = 0; i < count; i++) {
        const redisReply *field = members->element[2 * i], *value = members->element[2 * i + 1];
        if (field->len != ID128_BYTES) return damaged(store, NW_ERR_CORRUPT, STORE_MEMBERS, id);
        list[i] = (struct stored_member){.article = id128_from_bytes((const uint8_t *)field->str),
                                         .bytes = (const uint8_t *)value->str,
                                         .len = value->len};
    }
    enum nw_err err =
        partition_restore_story(partition, id, (const uint8_t *)state->str, state->len, list, count);
    return err == NW_OK ? NW_OK : damaged(store, err, STORE_STATE, id);
}

static enum nw_err step_stories(struct story_store *store, struct partition *partition)
{
    size_t left = store->restoring.count - store->restored;
    size_t count = left < STORIES_A_SLICE ? left : STORIES_A_SLICE;
    const struct id128 *ids = store->restoring.ids + store->restored;
    redis_pipe_clear(&store->pipe);
    for (size_t i = 0; i < count; i++) {
        redis_pipe_command(&store->pipe, "GET", 1);
        store_key_of(&store->pipe, &store->keys, STORE_STATE, ids[i]);
        redis_pipe_command(&store->pipe, "HGETALL", 1);
        store_key_of(&store->pipe, &store->keys, STORE_MEMBERS, ids[i]);
    }
    redisReply **replies;
    enum nw_err err = store_exchange(store, &replies);
    if (err != NW_OK) return err;
    for (size_t i = 0; i < count && err == NW_OK; i++)
        err = restore_story(store, partition, ids[i], replies[2 * i], replies[2 * i + 1]);
    store_replies_done(store, replies);
    if (err == NW_OK) store->restored += count;
    return err;
}

static enum nw_err restore_withdrawals(struct story_store *store, struct partition *partition,
                                       const redisReply *fields)
{
    for (size_t i = 0; i + 1 < fields->elements; i += 2) {
        const redisReply *field = fields->element[i], *value = fields->element[i + 1];
        enum nw_err err = NW_ERR_CORRUPT;
        if (field->len == ID128_BYTES)
            err = partition_restore_withdrawal(partition, id128_from_bytes((const uint8_t *)field->str),
                                               (const uint8_t *)value->str, value->len);
        if (err != NW_OK)
            return store_fail(store, err, "%s%s: %s", store->keys.prefix, STORE_WITHDRAWN, nw_err_text(err));
    }
    return NW_OK;
}

/* HSCAN may give a field twice; the last one restored stands, and both are the same: nobody writes. */
static enum nw_err step_withdrawals(struct story_store *store, struct partition *partition)
{
    redis_pipe_clear(&store->pipe);
    redis_pipe_command(&store->pipe, "HSCAN", 4);
    store_key(&store->pipe, &store->keys, STORE_WITHDRAWN);
    redis_pipe_text(&store->pipe, store->scan_cursor);
    redis_pipe_text(&store->pipe, "COUNT");
    redis_pipe_int(&store->pipe, WITHDRAWALS_A_SLICE);
    redisReply **replies;
    enum nw_err err = store_exchange(store, &replies);
    if (err != NW_OK) return err;
    const redisReply *scan = replies[0];
    if (scan->type != REDIS_REPLY_ARRAY || scan->elements != 2 ||
        scan->element[1]->type != REDIS_REPLY_ARRAY) {
        err = store_reply_failed(store, scan, "reading withdrawals");
    } else {
        snprintf(store->scan_cursor, sizeof(store->scan_cursor), "%s", scan->element[0]->str);
        store->scan_done = redis_reply_is(scan->element[0], "0");
        err = restore_withdrawals(store, partition, scan->element[1]);
    }
    store_replies_done(store, replies);
    return err;
}

enum nw_err store_restore_step(struct story_store *store, struct partition *partition, bool *done)
{
    enum nw_err err = store->restored < store->restoring.count ? step_stories(store, partition)
                                                               : step_withdrawals(store, partition);
    if (err == NW_OK) *done = store->restored == store->restoring.count && store->scan_done;
    return err;
}

enum nw_err store_restore_finish(struct story_store *store, struct partition *partition)
{
    enum nw_err err = partition_restore_finish(partition);
    if (err == NW_OK) return NW_OK;
    return store_fail(store, err, "%s%s, %s or %s: not as many as the position tells of", store->keys.prefix,
                      STORE_LIVE, STORE_CLOSED, STORE_WITHDRAWN);
}

enum nw_err store_restore_outbox(struct story_store *store, uint64_t count,
                                 void (*visit)(void *context, const struct outbox_mark *mark), void *context)
{
    redis_pipe_clear(&store->pipe);
    redis_pipe_command(&store->pipe, "HGETALL", 1);
    store_key(&store->pipe, &store->keys, STORE_OUTBOX);
    redisReply **replies;
    enum nw_err err = store_exchange(store, &replies);
    if (err != NW_OK) return err;
    const redisReply *all = replies[0];
    if (all->type != REDIS_REPLY_ARRAY)
        err = store_reply_failed(store, all, "reading the outbox");
    else if (all->elements != 2 * count)
        err = store_fail(store, NW_ERR_CORRUPT,
                         "%s%s holds %zu marks, not the %" PRIu64 " that the position tells of",
                         store->keys.prefix, STORE_OUTBOX, all->elements / 2, count);
    for (size_t i = 0; err == NW_OK && i + 1 < all->elements; i += 2) {
        const redisReply *field = all->element[i], *text = all->element[i + 1];
        struct outbox_mark mark;
        struct id128 story;
        if (id128_parse(field->str, field->len, &story) &&
            outbox_mark_parse(story, text->str, text->len, &mark))
            visit(context, &mark);
        else
            err = store_fail(store, NW_ERR_CORRUPT, "%s%s holds what is no mark", store->keys.prefix,
                             STORE_OUTBOX);
    }
    store_replies_done(store, replies);
    return err;
}
