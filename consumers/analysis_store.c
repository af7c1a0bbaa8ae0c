#include "consumers/analysis_store.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "base/alloc.h"
#include "consumers/redis.h"
#include "consumers/redis_pipe.h"
#include "consumers/redis_spread.h"
#include "consumers/store_keys.h"

enum { TOLD_TEXT_MAX = 96, ASKED_KEPT_S = 2 * 3600, REPLIES_MAX = 2, REDIRECTS_MAX = 4 };

#define TOLD_SUFFIX ":_insights"
#define ASKED_SUFFIX ":_asked:"

static const int64_t HOUR_MS = 3600 * 1000;

/* KEYS: insights:<id>, story:<id>; ARGV: revision, message ("": take it back) */
static const char script_write[] =
    "local held = redis.call('GET', KEYS[1]) "
    "local revision = held and tonumber(string.match(held, '\"revision\":(%d+)')) or -1 "
    "if revision > tonumber(ARGV[1]) then return 'older' end "
    "if ARGV[2] == '' then redis.call('DEL', KEYS[1]) return 'written' end "
    "if redis.call('EXISTS', KEYS[2]) == 0 then return 'gone' end "
    "redis.call('SET', KEYS[1], ARGV[2]) return 'written'";

struct analysis_store {
    const struct redis_options *options;
    const char *features_topic;
    struct redis_spread *redis;
    struct redis_pipe pipe;
    char error[256];
    redisReply *replies[REPLIES_MAX]; /* of the last exchange */
    size_t reply_count;
};

struct analysis_store *analysis_store_new(const struct redis_options *options, const char *features_topic)
{
    struct analysis_store *store = nw_calloc(1, sizeof(*store));
    store->options = options;
    store->features_topic = features_topic;
    store->redis = redis_spread_new(options);
    return store;
}

static void drop_replies(struct analysis_store *store)
{
    redis_replies_free(store->replies, store->reply_count);
    store->reply_count = 0;
}

void analysis_store_free(struct analysis_store *store)
{
    if (store == NULL) return;
    drop_replies(store);
    redis_pipe_free(&store->pipe);
    redis_spread_free(store->redis);
    free(store);
}

const char *analysis_store_error(const struct analysis_store *store)
{
    return store->error;
}

/* ---- exchanging ---- */

static struct redis_pipe *begin(struct analysis_store *store)
{
    drop_replies(store);
    redis_pipe_clear(&store->pipe);
    return &store->pipe;
}

static enum nw_err fail(struct analysis_store *store, const char *reason)
{
    snprintf(store->error, sizeof(store->error), "%s", reason);
    return NW_ERR_UNAVAILABLE;
}

/* Replies are good ones afterwards, and live until the next begin(). */
static enum nw_err exchange(struct analysis_store *store)
{
    assert(store->pipe.commands <= REPLIES_MAX);
    if (redis_spread_exchange(store->redis, &store->pipe, store->replies) != NW_OK)
        return fail(store, redis_spread_error(store->redis));
    store->reply_count = store->pipe.commands;
    for (size_t i = 0; i < store->reply_count; i++) {
        if (!redis_reply_is_error(store->replies[i])) continue;
        enum nw_err err = fail(store, store->replies[i]->str);
        redis_spread_give_up(store->redis, store->error);
        return err;
    }
    return NW_OK;
}

static void key(struct analysis_store *store, struct story_place place, const char *name)
{
    struct store_keys keys;
    store_keys_init(&keys, store->options->key_namespace, store->features_topic, place.partition);
    store_key_of(&store->pipe, &keys, name, place.id);
}

static void told_key(struct analysis_store *store)
{
    redis_pipe_joined(&store->pipe, store->options->key_namespace, TOLD_SUFFIX, "");
}

static bool is_text(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_STRING;
}

/* ---- reading ---- */

enum nw_err analysis_store_list_told(struct analysis_store *store,
                                     void (*visit)(void *context, struct id128 story), void *context)
{
    redis_pipe_command(begin(store), "HKEYS", 1);
    told_key(store);
    enum nw_err err = exchange(store);
    if (err != NW_OK) return err;
    const redisReply *list = store->replies[0];
    for (size_t i = 0; list->type == REDIS_REPLY_ARRAY && i < list->elements; i++) {
        struct id128 story;
        const redisReply *name = list->element[i];
        if (is_text(name) && id128_parse(name->str, name->len, &story)) visit(context, story);
    }
    return NW_OK;
}

static const char *keep(struct arena *arena, const redisReply *reply, size_t *len)
{
    *len = is_text(reply) ? reply->len : 0;
    return is_text(reply) ? arena_memdup(arena, reply->str, reply->len) : NULL;
}

enum nw_err analysis_store_read_summary(struct analysis_store *store, struct story_place place,
                                        struct arena *arena, const char **json, size_t *len)
{
    redis_pipe_command(begin(store), "GET", 1);
    key(store, place, STORE_COVERAGE);
    enum nw_err err = exchange(store);
    if (err == NW_OK) *json = keep(arena, store->replies[0], len);
    return err;
}

enum nw_err analysis_store_read_cards(struct analysis_store *store, struct story_place place,
                                      const struct id128 *articles, size_t count, struct arena *arena,
                                      const struct article_card **cards)
{
    redis_pipe_command(begin(store), "HMGET", count + 1);
    key(store, place, STORE_ARTICLES);
    for (size_t i = 0; i < count; i++) store_hex(&store->pipe, articles[i]);
    enum nw_err err = exchange(store);
    if (err != NW_OK) return err;
    const redisReply *list = store->replies[0];
    for (size_t i = 0; i < count; i++) {
        const redisReply *held =
            list->type == REDIS_REPLY_ARRAY && i < list->elements ? list->element[i] : NULL;
        struct article_card *card = arena_calloc(arena, 1, sizeof(*card));
        cards[i] = NULL;
        if (held != NULL && is_text(held) &&
            article_card_unpack(arena, (const uint8_t *)arena_memdup(arena, held->str, held->len), held->len,
                                card) == NW_OK)
            cards[i] = card;
    }
    return NW_OK;
}

enum nw_err analysis_store_read_members(struct analysis_store *store, struct story_place place,
                                        const struct id128 *articles, size_t count, bool *there)
{
    redis_pipe_command(begin(store), "HMGET", count + 1);
    key(store, place, STORE_MEMBERS);
    for (size_t i = 0; i < count; i++) store_id_bytes(&store->pipe, articles[i]);
    enum nw_err err = exchange(store);
    if (err != NW_OK) return err;
    const redisReply *list = store->replies[0];
    for (size_t i = 0; i < count; i++)
        there[i] = list->type == REDIS_REPLY_ARRAY && i < list->elements && is_text(list->element[i]);
    return NW_OK;
}

static void parse_told(const redisReply *reply, struct analysis_told *out)
{
    struct analysis_told told = {0};
    if (is_text(reply) && sscanf(reply->str, "%" SCNu64 " %" SCNx64 " %" SCNu32 " %" SCNu32,
                                 &told.acknowledged, &told.fingerprint, &told.sources, &told.sides) == 4)
        *out = told;
    else
        *out = (struct analysis_told){0};
}

enum nw_err analysis_store_read(struct analysis_store *store, struct story_place place, struct arena *arena,
                                const char **json, size_t *len, struct analysis_told *told)
{
    struct redis_pipe *pipe = begin(store);
    redis_pipe_command(pipe, "GET", 1);
    key(store, place, STORE_INSIGHTS);
    redis_pipe_command(pipe, "HGET", 2);
    told_key(store);
    store_hex(pipe, place.id);
    enum nw_err err = exchange(store);
    if (err != NW_OK) return err;
    *json = keep(arena, store->replies[0], len);
    parse_told(store->replies[1], told);
    return NW_OK;
}

/* ---- writing ---- */

static void add_tell(struct analysis_store *store, struct id128 story, const struct analysis_told *told)
{
    char text[TOLD_TEXT_MAX];
    snprintf(text, sizeof(text), "%" PRIu64 " %" PRIx64 " %" PRIu32 " %" PRIu32, told->acknowledged,
             told->fingerprint, told->sources, told->sides);
    redis_pipe_command(&store->pipe, "HSET", 3);
    told_key(store);
    store_hex(&store->pipe, story);
    redis_pipe_text(&store->pipe, text);
}

static void add_script(struct analysis_store *store, struct story_place place, uint64_t revision,
                       const char *json, size_t len)
{
    redis_pipe_command(begin(store), "EVAL", 6);
    redis_pipe_text(&store->pipe, script_write);
    redis_pipe_text(&store->pipe, "2");
    key(store, place, STORE_INSIGHTS);
    key(store, place, STORE_STORY);
    redis_pipe_int(&store->pipe, (int64_t)revision);
    redis_pipe_bytes(&store->pipe, json, len);
}

/* Over a connection of its own, that leads to the node of the story in a cluster: answers are rare. */
static enum nw_err run_script(struct analysis_store *store, struct story_place place,
                              enum analysis_written *out)
{
    struct store_keys keys;
    store_keys_init(&keys, store->options->key_namespace, store->features_topic, place.partition);
    struct redis *writer = redis_new(store->options, keys.prefix);
    enum nw_err err = NW_ERR_UNAVAILABLE;
    for (int redirects = 0; err != NW_OK && redirects < REDIRECTS_MAX; redirects++) {
        redisReply *reply = NULL;
        if (redis_connect(writer) != NW_OK || redis_exchange(writer, &store->pipe, &reply) != NW_OK) break;
        if (redis_reply_is_error(reply)) {
            redis_give_up(writer, reply->str);
        } else {
            *out = redis_reply_is(reply, "written") ? ANALYSIS_WRITTEN
                   : redis_reply_is(reply, "older") ? ANALYSIS_OLDER
                                                    : ANALYSIS_GONE;
            err = NW_OK;
        }
        redis_reply_free(reply);
    }
    if (err != NW_OK) err = fail(store, redis_error(writer));
    redis_free(writer);
    return err;
}

enum nw_err analysis_store_write(struct analysis_store *store, struct story_place place, uint64_t revision,
                                 const char *json, size_t len, const struct analysis_told *told,
                                 enum analysis_written *out)
{
    add_script(store, place, revision, json, len);
    enum nw_err err = run_script(store, place, out);
    if (err != NW_OK) return err;
    /* Before Kafka gets it: a story that the topic may hold something of is never without its note. */
    return *out == ANALYSIS_WRITTEN ? analysis_store_tell(store, place.id, told) : NW_OK;
}

enum nw_err analysis_store_remove(struct analysis_store *store, struct story_place place, uint64_t revision)
{
    enum analysis_written ignored;
    add_script(store, place, revision, "", 0);
    return run_script(store, place, &ignored);
}

enum nw_err analysis_store_tell(struct analysis_store *store, struct id128 story,
                                const struct analysis_told *told)
{
    begin(store);
    add_tell(store, story, told);
    return exchange(store);
}

enum nw_err analysis_store_forget(struct analysis_store *store, struct id128 story)
{
    redis_pipe_command(begin(store), "HDEL", 2);
    told_key(store);
    store_hex(&store->pipe, story);
    return exchange(store);
}

enum nw_err analysis_store_count_request(struct analysis_store *store, int64_t now_wall_ms, int budget,
                                         bool *allowed)
{
    char hour[32];
    snprintf(hour, sizeof(hour), "%" PRId64, now_wall_ms / HOUR_MS);
    struct redis_pipe *pipe = begin(store);
    redis_pipe_command(pipe, "INCR", 1);
    redis_pipe_joined(pipe, store->options->key_namespace, ASKED_SUFFIX, hour);
    redis_pipe_command(pipe, "EXPIRE", 2);
    redis_pipe_joined(pipe, store->options->key_namespace, ASKED_SUFFIX, hour);
    redis_pipe_int(pipe, ASKED_KEPT_S);
    enum nw_err err = exchange(store);
    if (err == NW_OK)
        *allowed = store->replies[0]->type == REDIS_REPLY_INTEGER && store->replies[0]->integer <= budget;
    return err;
}
