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

/* CONFIG may be forbidden on a managed server: then RDB is taken to be on. */
static bool saves_snapshots(const redisReply *reply)
{
    return reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 || reply->element[1]->len > 0;
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

static enum nw_err failed(const struct redis *redis, enum nw_err err, char *reason, size_t reason_size)
{
    snprintf(reason, reason_size, "%s", redis_error(redis));
    return err;
}

enum nw_err store_checks_eviction(struct redis *redis, char *reason, size_t reason_size)
{
    struct redis_pipe pipe = {0};
    redisReply *reply = NULL;
    redis_pipe_command(&pipe, "INFO", 1);
    redis_pipe_text(&pipe, "memory");
    enum nw_err err = redis_exchange(redis, &pipe, &reply);
    redis_pipe_free(&pipe);
    if (err != NW_OK) return failed(redis, err, reason, reason_size);
    err = judge_eviction(reply, false, reason, reason_size);
    redis_reply_free(reply);
    return err;
}

enum nw_err store_checks_run(struct redis *redis, char *reason, size_t reason_size)
{
    struct redis_pipe pipe = {0};
    redisReply *replies[3];
    redis_pipe_command(&pipe, "INFO", 1);
    redis_pipe_text(&pipe, "memory");
    redis_pipe_command(&pipe, "INFO", 1);
    redis_pipe_text(&pipe, "persistence");
    redis_pipe_command(&pipe, "CONFIG", 2);
    redis_pipe_text(&pipe, "GET");
    redis_pipe_text(&pipe, "save");
    enum nw_err err = redis_exchange(redis, &pipe, replies);
    redis_pipe_free(&pipe);
    if (err != NW_OK) return failed(redis, err, reason, reason_size);
    char aof[16];
    info_field(replies[1], "aof_enabled", aof, sizeof(aof));
    err = judge_eviction(replies[0], true, reason, reason_size);
    if (err == NW_OK && strcmp(aof, "0") == 0 && !saves_snapshots(replies[2]))
        log_warn("redis persists nothing: after its restart the state is gone (set appendonly yes)");
    redis_replies_free(replies, 3);
    return err;
}
