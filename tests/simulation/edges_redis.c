#include "simulation/edges_redis.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "consumers/redis.h"
#include "simulation/fake_redis.h"
#include "simulation/sim.h"

struct redis {
    struct redis_connection *connection; /* NULL: not connected */
    char error[256];
};

struct delayed {
    struct redis_connection *connection;
    char *bytes;
    size_t len, commands;
};

enum { DELAYED_MAX = 64 };
static struct delayed delayed[DELAYED_MAX];
static size_t delayed_now;

/* ---- late arrivals ---- */

size_t delayed_count(void)
{
    return delayed_now;
}

void delayed_release(bool arrives)
{
    assert(delayed_now > 0);
    struct delayed d = delayed[0];
    memmove(delayed, delayed + 1, --delayed_now * sizeof(*delayed));
    if (arrives && fake_redis_is_open(d.connection)) {
        redisReply **replies = nw_calloc(d.commands, sizeof(redisReply *));
        fake_redis_execute(d.connection, d.bytes, d.len, false, replies, d.commands);
        sim_trace("redis: %zu late commands of an old connection, the last one: %s", d.commands,
                  replies[d.commands - 1]->type == REDIS_REPLY_NIL ? "nil" : "done");
        redis_replies_free(replies, d.commands);
        free(replies);
    }
    fake_redis_close(d.connection);
    free(d.bytes);
}

void delayed_reset(void)
{
    while (delayed_now > 0) delayed_release(false);
}

static void delay(struct redis *redis, const struct redis_pipe *pipe)
{
    assert(delayed_now < DELAYED_MAX);
    delayed[delayed_now++] = (struct delayed){.connection = redis->connection,
                                              .bytes = nw_memdup(pipe->bytes, pipe->len),
                                              .len = pipe->len,
                                              .commands = pipe->commands};
    redis->connection = NULL; /* the server keeps it, with what it watches */
}

/* ---- consumers/redis.h ---- */

struct redis *redis_new(const struct redis_options *options, const char *key)
{
    (void)options;
    (void)key;
    return nw_calloc(1, sizeof(struct redis));
}

void redis_free(struct redis *redis)
{
    if (redis == NULL) return;
    redis_disconnect(redis);
    free(redis);
}

void redis_disconnect(struct redis *redis)
{
    if (redis->connection != NULL) fake_redis_close(redis->connection);
    redis->connection = NULL;
}

bool redis_connected(const struct redis *redis)
{
    return redis->connection != NULL;
}

const char *redis_error(const struct redis *redis)
{
    return redis->error;
}

void redis_give_up(struct redis *redis, const char *reason)
{
    snprintf(redis->error, sizeof(redis->error), "%s", reason);
    redis_disconnect(redis);
}

enum nw_err redis_connect(struct redis *redis)
{
    redis_disconnect(redis);
    process_yield(POINT_REDIS, "connect");
    if (!sim_dying()) redis->connection = fake_redis_connect();
    if (redis->connection != NULL) return NW_OK;
    redis_give_up(redis, "connection refused");
    return NW_ERR_UNAVAILABLE;
}

static bool ends_in_exec(const struct redis_pipe *pipe)
{
    static const char exec[] = "*1\r\n$4\r\nEXEC\r\n";
    size_t len = sizeof(exec) - 1;
    return pipe->len >= len && memcmp(pipe->bytes + pipe->len - len, exec, len) == 0;
}

/* What the pipe does, for the trace and for named schedules: its first and last commands. */
static void describe(const struct redis_pipe *pipe, char *out, size_t size)
{
    char head[48] = ""; /* the pipe's bytes do not end in a NUL */
    memcpy(head, pipe->bytes, pipe->len < sizeof(head) ? pipe->len : sizeof(head) - 1);
    int count = 0, len = 0, at = 0;
    sscanf(head, "*%d\r\n$%d\r\n%n", &count, &len, &at);
    const char *name = head + at;
    snprintf(out, size, "%.*s%s, %zu commands", len, name, ends_in_exec(pipe) ? "..EXEC" : "",
             pipe->commands);
}

static enum redis_fault take_fault(const struct redis_pipe *pipe)
{
    enum redis_fault fault = sim_current->redis_fault;
    if (fault == REDIS_WELL || (sim_current->redis_fault_exec && !ends_in_exec(pipe))) return REDIS_WELL;
    sim_current->redis_fault = REDIS_WELL;
    return fault;
}

static enum nw_err broken(struct redis *redis, const char *reason)
{
    redis_give_up(redis, reason);
    return NW_ERR_UNAVAILABLE;
}

enum nw_err redis_exchange(struct redis *redis, const struct redis_pipe *pipe, redisReply **replies)
{
    assert(pipe->pending == 0 && pipe->commands > 0);
    if (redis->connection == NULL) return broken(redis, "not connected");
    char detail[48];
    describe(pipe, detail, sizeof(detail));
    process_yield(POINT_REDIS, detail);
    if (sim_dying()) return broken(redis, "dead");
    if (!fake_redis_is_open(redis->connection)) return broken(redis, "connection reset");
    enum redis_fault fault = take_fault(pipe);
    if (fault == REDIS_CUT_BEFORE) {
        sim_trace("redis: %s lost on the way", detail);
        return broken(redis, "connection reset");
    }
    if (fault == REDIS_CUT_DELAYED) {
        sim_trace("redis: %s is late", detail);
        delay(redis, pipe);
        return broken(redis, "timed out waiting for a reply");
    }
    fake_redis_execute(redis->connection, pipe->bytes, pipe->len, fault == REDIS_OOM, replies,
                       pipe->commands);
    sim_trace("redis: %s%s", detail,
              replies[pipe->commands - 1]->type == REDIS_REPLY_NIL && ends_in_exec(pipe) ? " -> nil" : "");
    process_yield(POINT_REDIS_DONE, detail);
    if (!sim_dying() && fault != REDIS_CUT_AFTER) return NW_OK;
    sim_trace("redis: the reply to %s is lost", detail);
    redis_replies_free(replies, pipe->commands);
    return broken(redis, "connection reset by peer");
}
