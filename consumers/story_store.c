#include "consumers/story_store.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/guard.h"
#include "consumers/store_checks.h"
#include "consumers/story_store_private.h"

enum {
    RESUME_ATTEMPTS = 5,
    CARDS_SLICE = 64, /* stories whose cards are asked for at once: bounds what is held in replies */
};

/* ---- life ---- */

struct story_store *story_store_new(const struct redis_options *options, const char *features_topic,
                                    int32_t partition)
{
    struct story_store *store = nw_calloc(1, sizeof(*store));
    store->options = options;
    store->arena = arena_new();
    store_keys_init(&store->keys, options->key_namespace, features_topic, partition);
    snprintf(store->owner_key, sizeof(store->owner_key), "%s%s", store->keys.prefix, STORE_OWNER);
    snprintf(store->position_key, sizeof(store->position_key), "%s%s", store->keys.prefix, STORE_POSITION);
    store->redis = redis_new(options, store->owner_key);
    return store;
}

void story_store_free(struct story_store *store)
{
    if (store == NULL) return;
    redis_free(store->redis);
    redis_pipe_free(&store->pipe);
    for (size_t i = 0; i < sizeof(store->lists) / sizeof(store->lists[0]); i++)
        redis_pipe_free(&store->lists[i]);
    arena_free(store->arena);
    free(store->header);
    free(store->restoring.ids);
    free(store);
}

const char *story_store_error(const struct story_store *store)
{
    return store->error;
}

const char *story_store_position_key(const struct story_store *store)
{
    return store->position_key;
}

bool story_store_connected(const struct story_store *store)
{
    return redis_connected(store->redis);
}

/* ---- shared by the files of the store ---- */

enum nw_err store_fail(struct story_store *store, enum nw_err err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(store->error, sizeof(store->error), format, args);
    va_end(args);
    return err;
}

enum nw_err store_reply_failed(struct story_store *store, const redisReply *reply, const char *what)
{
    const char *text = reply->type == REDIS_REPLY_ERROR ? reply->str : "an answer of an unexpected type";
    if (!redis_reply_is_passing(reply)) return store_fail(store, NW_ERR_FATAL, "%s: %s", what, text);
    enum nw_err err = store_fail(store, NW_ERR_UNAVAILABLE, "%s: %s", what, text);
    redis_give_up(store->redis, store->error);
    return err;
}

enum nw_err store_exchange(struct story_store *store, redisReply ***replies)
{
    redisReply **got = nw_calloc(store->pipe.commands, sizeof(redisReply *));
    enum nw_err err = redis_exchange(store->redis, &store->pipe, got);
    if (err == NW_OK) {
        *replies = got;
        return NW_OK;
    }
    free(got);
    err = store_fail(store, err, "%s", redis_error(store->redis));
    assert(err != NW_OK);
    return err;
}

void store_replies_done(struct story_store *store, redisReply **replies)
{
    redis_replies_free(replies, store->pipe.commands);
    free(replies);
}

enum nw_err store_wait_replicas(struct story_store *store)
{
    if (store->options->wait_replicas <= 0) return NW_OK;
    redis_pipe_clear(&store->pipe);
    redis_pipe_command(&store->pipe, "WAIT", 2);
    redis_pipe_int(&store->pipe, store->options->wait_replicas);
    redis_pipe_int(&store->pipe, store->options->command_timeout_ms / 2);
    redisReply **replies;
    enum nw_err err = store_exchange(store, &replies);
    if (err != NW_OK) return err;
    if (replies[0]->type != REDIS_REPLY_INTEGER)
        err = store_reply_failed(store, replies[0], "WAIT");
    else if (replies[0]->integer < store->options->wait_replicas)
        err = store_fail(store, NW_ERR_UNAVAILABLE, "only %lld of %d replicas have the batch",
                         replies[0]->integer, store->options->wait_replicas);
    store_replies_done(store, replies);
    return err;
}

static bool parse_number(const char *text, size_t len, uint64_t *out)
{
    uint64_t value = 0;
    if (len == 0 || len > 19) return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9') return false;
        value = value * 10 + (uint64_t)(text[i] - '0');
    }
    *out = value;
    return true;
}

static enum nw_err read_number(struct story_store *store, const redisReply *reply, const char *field,
                               uint64_t *out)
{
    if (reply->type != REDIS_REPLY_STRING) return store_reply_failed(store, reply, "reading the position");
    if (!parse_number(reply->str, reply->len, out))
        return store_fail(store, NW_ERR_CORRUPT, "%s%s: %s is not a number", store->keys.prefix,
                          STORE_POSITION, field);
    return NW_OK;
}

/* Absent, or numbers; anything else is damage. */
static enum nw_err read_point(struct story_store *store, const redisReply *next,
                              const redisReply *transactions, struct store_point *out)
{
    struct store_point point = {.found = next->type != REDIS_REPLY_NIL};
    enum nw_err err = point.found ? read_number(store, next, "next", &point.next_offset) : NW_OK;
    if (err == NW_OK && point.found && transactions->type != REDIS_REPLY_NIL)
        err = read_number(store, transactions, "transactions", &point.transactions);
    if (err == NW_OK) *out = point;
    return err;
}

bool store_point_equal(struct store_point a, struct store_point b)
{
    return a.found == b.found && a.next_offset == b.next_offset && a.transactions == b.transactions;
}

enum nw_err store_moved(struct story_store *store, struct store_point now, struct store_point expected)
{
    return store_fail(store, NW_ERR_CONFLICT,
                      "the stored position is %" PRIu64 " after %" PRIu64 " transactions, not %" PRIu64
                      " after %" PRIu64 ": redis went back in time",
                      now.next_offset, now.transactions, expected.next_offset, expected.transactions);
}

static void add_read_condition(struct story_store *store)
{
    redis_pipe_command(&store->pipe, "GET", 1);
    store_key(&store->pipe, &store->keys, STORE_OWNER);
    redis_pipe_command(&store->pipe, "HMGET", 3);
    store_key(&store->pipe, &store->keys, STORE_POSITION);
    redis_pipe_text(&store->pipe, "next");
    redis_pipe_text(&store->pipe, "transactions");
}

static enum nw_err read_condition(struct story_store *store, redisReply *const *replies,
                                  struct store_condition *out)
{
    const redisReply *token = replies[0];
    if (token->type != REDIS_REPLY_STRING && token->type != REDIS_REPLY_NIL)
        return store_reply_failed(store, token, "reading the owner token");
    memset(out->token, 0, sizeof(out->token));
    if (token->type == REDIS_REPLY_STRING && token->len == STORE_TOKEN_LEN)
        memcpy(out->token, token->str, STORE_TOKEN_LEN);
    const redisReply *position = replies[1];
    if (position->type != REDIS_REPLY_ARRAY || position->elements != 2)
        return store_reply_failed(store, position, "reading the position");
    return read_point(store, position->element[0], position->element[1], &out->point);
}

enum nw_err store_watch(struct story_store *store, struct store_condition *out)
{
    redis_pipe_clear(&store->pipe);
    redis_pipe_command(&store->pipe, "WATCH", 2);
    store_key(&store->pipe, &store->keys, STORE_OWNER);
    store_key(&store->pipe, &store->keys, STORE_POSITION);
    add_read_condition(store);
    redisReply **replies;
    enum nw_err err = store_exchange(store, &replies);
    if (err != NW_OK) return err;
    if (redis_reply_is_error(replies[0]))
        err = store_reply_failed(store, replies[0], "WATCH");
    else
        err = read_condition(store, replies + 1, out);
    store_replies_done(store, replies);
    return err;
}

enum nw_err store_unwatch(struct story_store *store)
{
    redis_pipe_clear(&store->pipe);
    redis_pipe_command(&store->pipe, "UNWATCH", 0);
    redisReply **replies;
    enum nw_err err = store_exchange(store, &replies);
    if (err == NW_OK) store_replies_done(store, replies);
    return err;
}

/* ---- taking a partition ---- */

static void fresh_token(char token[STORE_TOKEN_LEN + 1])
{
    uint8_t bytes[ID128_BYTES];
    ssize_t got;
    do {
        got = getrandom(bytes, sizeof(bytes), 0);
    } while (got < 0 && errno == EINTR);
    assert(got == (ssize_t)sizeof(bytes)); /* never short for so few (getrandom(2)) */
    id128_hex(id128_from_bytes(bytes), token);
}

static enum nw_err connected(struct story_store *store)
{
    if (redis_connected(store->redis)) return NW_OK;
    char reason[sizeof(store->error)];
    enum nw_err err = redis_connect(store->redis);
    if (err != NW_OK) return store_fail(store, err, "%s", redis_error(store->redis));
    /* Each time: after a failover it is another server, with settings of its own. */
    err = store_checks_eviction(store->redis, reason, sizeof(reason));
    if (err == NW_OK) return NW_OK;
    redis_disconnect(store->redis);
    return store_fail(store, err, "%s", reason);
}

/* ns:partitions is outside the partition's slot: in a cluster another node may hold it. */
static enum nw_err name_elsewhere(struct story_store *store)
{
    struct redis *redis = redis_new(store->options, store->keys.partitions);
    redisReply *reply = NULL;
    enum nw_err err = redis_connect(redis);
    if (err == NW_OK) err = redis_exchange(redis, &store->pipe, &reply);
    if (err != NW_OK)
        err = store_fail(store, err, "%s", redis_error(redis));
    else if (redis_reply_is_error(reply))
        err = store_reply_failed(store, reply, "naming the partition");
    redis_reply_free(reply);
    redis_free(redis);
    return err;
}

static enum nw_err name_partition(struct story_store *store)
{
    redis_pipe_clear(&store->pipe);
    redis_pipe_command(&store->pipe, "SADD", 2);
    redis_pipe_text(&store->pipe, store->keys.partitions);
    redis_pipe_text(&store->pipe, store->keys.tag);
    redisReply **replies;
    enum nw_err err = store_exchange(store, &replies);
    if (err != NW_OK) return err;
    if (redis_reply_is_redirect(replies[0]))
        err = name_elsewhere(store);
    else if (redis_reply_is_error(replies[0]))
        err = store_reply_failed(store, replies[0], "naming the partition");
    store_replies_done(store, replies);
    return err;
}

/* HMGET next transactions header ratings marks */
static enum nw_err read_position(struct story_store *store, const redisReply *reply,
                                 struct stored_position *out)
{
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 6)
        return store_reply_failed(store, reply, "reading the position");
    const redisReply *damaged = reply->element[5];
    if (damaged->type == REDIS_REPLY_STRING)
        return store_fail(store, NW_ERR_CORRUPT, "%s%s: damaged: %s", store->keys.prefix, STORE_POSITION,
                          damaged->str);
    struct stored_position position = {0};
    enum nw_err err = read_point(store, reply->element[0], reply->element[1], &position.point);
    if (err != NW_OK) return err;
    const redisReply *header = reply->element[2], *ratings = reply->element[3], *marks = reply->element[4];
    if (position.point.found && header->type != REDIS_REPLY_STRING)
        return store_fail(store, NW_ERR_CORRUPT, "%s%s: a position without a header", store->keys.prefix,
                          STORE_POSITION);
    if (position.point.found && marks->type == REDIS_REPLY_NIL)
        return store_fail(store, NW_ERR_CORRUPT, "%s%s: marks is missing", store->keys.prefix,
                          STORE_POSITION);
    if (position.point.found) err = read_number(store, marks, "marks", &position.marks);
    if (err != NW_OK) return err;
    free(store->header);
    store->header = NULL;
    store->header_len = 0;
    if (position.point.found) {
        store->header = (uint8_t *)nw_memdup(header->str, header->len);
        store->header_len = header->len;
    }
    snprintf(store->ratings, sizeof(store->ratings), "%s",
             ratings->type == REDIS_REPLY_STRING ? ratings->str : "");
    position.header = store->header;
    position.header_len = store->header_len;
    position.ratings = store->ratings;
    *out = position;
    return NW_OK;
}

enum nw_err story_store_claim(struct story_store *store, struct stored_position *out)
{
    enum nw_err err = connected(store);
    if (err != NW_OK) return err;
    fresh_token(store->token);
    store->older_token[0] = '\0';
    redis_pipe_clear(&store->pipe);
    redis_pipe_command(&store->pipe, "SET", 2);
    store_key(&store->pipe, &store->keys, STORE_OWNER);
    redis_pipe_text(&store->pipe, store->token);
    redis_pipe_command(&store->pipe, "HMGET", 7);
    store_key(&store->pipe, &store->keys, STORE_POSITION);
    redis_pipe_text(&store->pipe, "next");
    redis_pipe_text(&store->pipe, "transactions");
    redis_pipe_text(&store->pipe, "header");
    redis_pipe_text(&store->pipe, "ratings");
    redis_pipe_text(&store->pipe, "marks");
    redis_pipe_text(&store->pipe, STORE_DAMAGED);
    redisReply **replies;
    err = store_exchange(store, &replies);
    if (err != NW_OK) return err;
    if (!redis_reply_is(replies[0], "OK"))
        err = store_reply_failed(store, replies[0], "writing the owner token");
    else
        err = read_position(store, replies[1], out);
    store_replies_done(store, replies);
    return err == NW_OK ? name_partition(store) : err;
}

/* One MULTI with the new token, under the WATCH that is set. NW_ERR_TIMEOUT: something changed meanwhile. */
static enum nw_err replace_token(struct story_store *store)
{
    redis_pipe_clear(&store->pipe);
    redis_pipe_command(&store->pipe, "MULTI", 0);
    redis_pipe_command(&store->pipe, "SET", 2);
    store_key(&store->pipe, &store->keys, STORE_OWNER);
    redis_pipe_text(&store->pipe, store->token);
    redis_pipe_command(&store->pipe, "EXEC", 0);
    redisReply **replies;
    enum nw_err err = store_exchange(store, &replies);
    if (err != NW_OK) return err;
    const redisReply *exec = replies[2];
    if (exec->type == REDIS_REPLY_NIL)
        err = NW_ERR_TIMEOUT;
    else if (redis_reply_is_error(replies[1]))
        err = store_reply_failed(store, replies[1], "writing the owner token");
    else if (exec->type != REDIS_REPLY_ARRAY || exec->elements != 1 ||
             !redis_reply_is(exec->element[0], "OK"))
        err = store_reply_failed(store, exec, "writing the owner token");
    store_replies_done(store, replies);
    return err;
}

static enum nw_err resume_once(struct story_store *store, struct store_condition *condition)
{
    enum nw_err err = store_watch(store, condition);
    if (err != NW_OK) return err;
    bool ours = strcmp(condition->token, store->token) == 0 ||
                (store->older_token[0] != '\0' && strcmp(condition->token, store->older_token) == 0);
    if (!GUARD(TOKEN, ours)) {
        err = store_unwatch(store);
        return err != NW_OK ? err
                            : store_fail(store, NW_ERR_CONFLICT, "another owner has taken the partition");
    }
    if (GUARD(RESUME, false)) return store_unwatch(store);
    memcpy(store->older_token, condition->token, sizeof(store->older_token));
    fresh_token(store->token);
    err = replace_token(store);
    if (err == NW_OK) store->older_token[0] = '\0';
    return err;
}

enum nw_err story_store_resume(struct story_store *store, struct store_point *point)
{
    struct store_condition condition;
    enum nw_err err = connected(store);
    if (err != NW_OK) return err;
    /* A change between WATCH and EXEC is our own late transaction coming in (it writes the position), or
     * another owner: the next look tells. */
    err = NW_ERR_TIMEOUT;
    for (int attempt = 0; attempt < RESUME_ATTEMPTS && err == NW_ERR_TIMEOUT; attempt++)
        err = resume_once(store, &condition);
    if (err == NW_ERR_TIMEOUT)
        return store_fail(store, NW_ERR_UNAVAILABLE, "token and position keep changing");
    if (err == NW_OK) err = store_wait_replicas(store);
    if (err != NW_OK) return err;
    *point = condition.point;
    return NW_OK;
}

/* Replies to add_read_condition(). */
static enum nw_err check_ours(struct story_store *store, redisReply *const *replies,
                              struct store_point expected)
{
    struct store_condition now = {0};
    enum nw_err err = read_condition(store, replies, &now);
    if (err != NW_OK) return err;
    if (!GUARD(TOKEN, strcmp(now.token, store->token) == 0))
        return store_fail(store, NW_ERR_CONFLICT, "another owner has taken the partition");
    if (!GUARD(POSITION, store_point_equal(now.point, expected)))
        return store_moved(store, now.point, expected);
    return NW_OK;
}

enum nw_err story_store_verify(struct story_store *store, struct store_point expected)
{
    redis_pipe_clear(&store->pipe);
    add_read_condition(store);
    redisReply **replies;
    enum nw_err err = store_exchange(store, &replies);
    if (err != NW_OK) return err;
    err = check_ours(store, replies, expected);
    store_replies_done(store, replies);
    return err;
}

enum nw_err story_store_note(struct story_store *store, const struct store_note *note)
{
    redisReply **replies;
    redis_pipe_clear(&store->pipe);
    redis_pipe_command(&store->pipe, "HSET", 11);
    store_key(&store->pipe, &store->keys, STORE_STATUS);
    redis_pipe_text(&store->pipe, "token");
    redis_pipe_text(&store->pipe, store->token);
    redis_pipe_text(&store->pipe, "instance");
    redis_pipe_text(&store->pipe, note->instance);
    redis_pipe_text(&store->pipe, "state");
    redis_pipe_text(&store->pipe, note->state);
    redis_pipe_text(&store->pipe, "detail");
    redis_pipe_text(&store->pipe, note->detail);
    redis_pipe_text(&store->pipe, "at");
    redis_pipe_int(&store->pipe, clock_wall_ms());
    enum nw_err err = store_exchange(store, &replies);
    if (err == NW_OK) store_replies_done(store, replies);
    return err;
}

/* ---- cards ---- */

typedef void card_visit(void *context, size_t story, struct id128 article, const uint8_t *bytes, size_t len);

static enum nw_err visit_cards(struct story_store *store, const redisReply *reply, size_t story,
                               card_visit *visit, void *context)
{
    if (reply->type != REDIS_REPLY_ARRAY) return store_reply_failed(store, reply, "reading articles");
    for (size_t e = 0; e + 1 < reply->elements; e += 2) {
        const redisReply *field = reply->element[e], *card = reply->element[e + 1];
        struct id128 article;
        if (id128_parse(field->str, field->len, &article))
            visit(context, story, article, (const uint8_t *)card->str, card->len);
    }
    return NW_OK;
}

static enum nw_err read_cards_slice(struct story_store *store, struct store_point expected,
                                    const struct id128 *stories, size_t first, size_t count,
                                    card_visit *visit, void *context)
{
    redis_pipe_clear(&store->pipe);
    for (size_t i = first; i < first + count; i++) {
        redis_pipe_command(&store->pipe, "HGETALL", 1);
        store_key_of(&store->pipe, &store->keys, STORE_ARTICLES, stories[i]);
    }
    add_read_condition(store);
    redisReply **replies;
    enum nw_err err = store_exchange(store, &replies);
    if (err != NW_OK) return err;
    err = check_ours(store, replies + count, expected);
    if (GUARD(PUBLISHER, err == NW_OK)) err = NW_OK;
    for (size_t i = 0; i < count && err == NW_OK; i++)
        err = visit_cards(store, replies[i], first + i, visit, context);
    store_replies_done(store, replies);
    return err;
}

enum nw_err story_store_read_cards(struct story_store *store, struct store_point expected,
                                   const struct id128 *stories, size_t count, card_visit *visit,
                                   void *context)
{
    enum nw_err err = NW_OK;
    size_t at = 0;
    do {
        size_t slice = count - at < CARDS_SLICE ? count - at : CARDS_SLICE;
        err = read_cards_slice(store, expected, stories, at, slice, visit, context);
        at += slice;
    } while (at < count && err == NW_OK);
    return err;
}
