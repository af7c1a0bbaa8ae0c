#include "consumers/store_audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "base/alloc.h"
#include "consumers/redis.h"
#include "consumers/store_checks.h"
#include "consumers/store_keys.h"

static void say(const struct audit *audit, enum audit_level level, const char *what, const char *detail,
                const char *way_out)
{
    audit->say(audit->context, level, what, detail, way_out);
}

/* ---- what survives a restart of Redis ---- */

static void look_at_persistence(struct redis *redis, const struct audit *audit)
{
    static const char *const what = "redis persistence";
    switch (store_checks_persistence(redis)) {
    case STORE_PERSISTS_LOG:
        return say(audit, AUDIT_GOOD, what, "append-only file", "");
    case STORE_PERSISTS_SNAPSHOTS:
        return say(audit, AUDIT_GOOD, what,
                   "snapshots only: after its crash some minutes of the log are read again", "");
    case STORE_PERSISTS_NOTHING:
        return say(audit, AUDIT_WARNING, what, "off: after its restart every story is gone",
                   "set appendonly yes; until then a restart of Redis needs --rebuild");
    case STORE_PERSISTENCE_UNKNOWN:
        break;
    }
    say(audit, AUDIT_WARNING, what, "not said (INFO and CONFIG are not allowed)",
        "make sure that an append-only file or snapshots are on");
}

/* ---- rights ---- */

/* The commands of the store, one of each kind of value. Their replies are errors or do not matter. */
static void add_commands(struct redis_pipe *pipe, const struct store_keys *keys)
{
    static const struct {
        const char *name, *key, *a, *b;
    } commands[] = {
        {"WATCH", "_check", NULL, NULL},
        {"GET", "_check", NULL, NULL},
        {"UNWATCH", NULL, NULL, NULL},
        {"SET", "_check", "1", NULL},
        {"EXPIRE", "_check", "10", NULL},
        {"HSET", "_check:hash", "field", "1"},
        {"EXPIRE", "_check:hash", "10", NULL},
        {"HGETALL", "_check:hash", NULL, NULL},
        {"HINCRBY", "_check:hash", "field", "1"},
        {"HDEL", "_check:hash", "field", NULL},
        {"SADD", "_check:set", "1", NULL},
        {"SMEMBERS", "_check:set", NULL, NULL},
        {"SREM", "_check:set", "1", NULL},
        {"ZADD", "_check:sorted", "1", "1"},
        {"ZREM", "_check:sorted", "1", NULL},
        {"XADD", "_check:stream", "*", "field"},
        {"EXPIRE", "_check:stream", "10", NULL},
        {"UNLINK", "_check", NULL, NULL},
        {"UNLINK", "_check:stream", NULL, NULL},
    };
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
        bool stream = strcmp(commands[i].name, "XADD") == 0;
        size_t arguments = (size_t)(commands[i].key != NULL) + (size_t)(commands[i].a != NULL) +
                           (size_t)(commands[i].b != NULL);
        redis_pipe_command(pipe, commands[i].name, arguments + (stream ? 1 : 0));
        if (commands[i].key) store_key(pipe, keys, commands[i].key);
        if (commands[i].a) redis_pipe_text(pipe, commands[i].a);
        if (commands[i].b) redis_pipe_text(pipe, commands[i].b);
        if (stream) redis_pipe_text(pipe, "1");
    }
    redis_pipe_command(pipe, "MULTI", 0);
    redis_pipe_command(pipe, "EVAL", 3);
    redis_pipe_text(pipe, "return redis.call('HLEN', KEYS[1])");
    redis_pipe_int(pipe, 1);
    store_key(pipe, keys, "_check:hash");
    redis_pipe_command(pipe, "EXEC", 0);
}

static void look_at_rights(struct redis *redis, const struct store_keys *keys, const struct audit *audit)
{
    struct redis_pipe pipe = {0};
    add_commands(&pipe, keys);
    size_t count = pipe.commands;
    redisReply **replies = nw_calloc(count, sizeof(*replies));
    char refused[300] = "";
    enum nw_err err = redis_exchange(redis, &pipe, replies);
    for (size_t i = 0; err == NW_OK && i < count && !*refused; i++)
        if (redis_reply_is_error(replies[i])) snprintf(refused, sizeof(refused), "%s", replies[i]->str);
    if (err != NW_OK)
        say(audit, AUDIT_BAD, "redis rights", redis_error(redis), "try again");
    else if (*refused)
        say(audit, AUDIT_BAD, "redis rights", refused, "docs/redis.md has the ACL that newswired needs");
    else
        say(audit, AUDIT_GOOD, "redis rights", "reads, writes, transactions and scripts", "");
    if (err == NW_OK) redis_replies_free(replies, count);
    free(replies);
    redis_pipe_free(&pipe);
}

void store_audit_run(const struct redis_options *options, const char *url, const char *features_topic,
                     const struct audit *audit)
{
    char reason[300] = "";
    struct store_keys keys;
    char owner[sizeof(keys.prefix) + sizeof(STORE_OWNER)];
    store_keys_init(&keys, options->key_namespace, features_topic, 0);
    snprintf(owner, sizeof(owner), "%s%s", keys.prefix, STORE_OWNER);
    struct redis *redis = redis_new(options, owner);
    if (redis_connect(redis) != NW_OK) {
        say(audit, AUDIT_BAD, "redis", redis_error(redis),
            "is redis.url right, is it up, do user and password fit?");
    } else if (store_checks_run(redis, reason, sizeof(reason)) != NW_OK) {
        say(audit, AUDIT_BAD, "redis", reason, "CONFIG SET maxmemory-policy noeviction, and in its file");
    } else {
        say(audit, AUDIT_GOOD, "redis", url, "");
        look_at_persistence(redis, audit);
        look_at_rights(redis, &keys, audit);
    }
    redis_free(redis);
}
