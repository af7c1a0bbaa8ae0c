#include "consumers/store_checks.h"

#include <stdio.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "base/log.h"

/* The value of "name:" in an INFO text, cut at the line's end; "" when it is not there. */
static void info_field(const redisReply *reply, const char *name, char *out, size_t size)
{
    out[0] = '\0';
    if (reply->type != REDIS_REPLY_STRING) return;
    const char *at = reply->str;
    size_t name_len = strlen(name);
    while (at != NULL) {
        if (strncmp(at, name, name_len) == 0 && at[name_len] == ':') {
            size_t len = strcspn(at + name_len + 1, "\r\n");
            snprintf(out, size, "%.*s", (int)(len < size ? len : size - 1), at + name_len + 1);
            return;
        }
        at = strchr(at, '\n');
        if (at != NULL) at++;
    }
}

enum store_persistence store_checks_persistence(struct redis *redis)
{
    struct redis_pipe pipe = {0};
    redisReply *replies[2];
    char aof[16];
    enum store_persistence result = STORE_PERSISTENCE_UNKNOWN;
    redis_pipe_command(&pipe, "INFO", 1);
    redis_pipe_text(&pipe, "persistence");
    redis_pipe_command(&pipe, "CONFIG", 2); /* often forbidden on managed servers */
    redis_pipe_text(&pipe, "GET");
    redis_pipe_text(&pipe, "save");
    enum nw_err err = redis_exchange(redis, &pipe, replies);
    redis_pipe_free(&pipe);
    if (err != NW_OK) return result;
    info_field(replies[0], "aof_enabled", aof, sizeof(aof));
    if (strcmp(aof, "1") == 0)
        result = STORE_PERSISTS_LOG;
    else if (replies[1]->type == REDIS_REPLY_ARRAY && replies[1]->elements == 2)
        result = replies[1]->element[1]->len > 0 ? STORE_PERSISTS_SNAPSHOTS : STORE_PERSISTS_NOTHING;
    redis_replies_free(replies, 2);
    return result;
}

static enum nw_err judge_eviction(const redisReply *info, bool warn, char *reason, size_t reason_size)
{
    char policy[64];
    info_field(info, "maxmemory_policy", policy, sizeof(policy));
    if (strcmp(policy, "noeviction") == 0) return NW_OK;
    if (policy[0] == '\0') {
        if (warn) log_warn("redis does not say its maxmemory-policy: it has to be noeviction");
        return NW_OK;
    }
    snprintf(reason, reason_size,
             "redis may throw state away: maxmemory-policy is %s, it has to be noeviction", policy);
    return NW_ERR_REFUSED;
}

static enum nw_err check_eviction(struct redis *redis, bool warn, char *reason, size_t reason_size)
{
    struct redis_pipe pipe = {0};
    redisReply *reply = NULL;
    redis_pipe_command(&pipe, "INFO", 1);
    redis_pipe_text(&pipe, "memory");
    enum nw_err err = redis_exchange(redis, &pipe, &reply);
    redis_pipe_free(&pipe);
    if (err != NW_OK) {
        snprintf(reason, reason_size, "%s", redis_error(redis));
        return err;
    }
    err = judge_eviction(reply, warn, reason, reason_size);
    redis_reply_free(reply);
    return err;
}

enum nw_err store_checks_eviction(struct redis *redis, char *reason, size_t reason_size)
{
    return check_eviction(redis, false, reason, reason_size);
}

enum nw_err store_checks_run(struct redis *redis, char *reason, size_t reason_size)
{
    enum nw_err err = check_eviction(redis, true, reason, reason_size);
    if (err == NW_OK && store_checks_persistence(redis) == STORE_PERSISTS_NOTHING)
        log_warn("redis persists nothing: after its restart the state is gone (set appendonly yes)");
    return err;
}
