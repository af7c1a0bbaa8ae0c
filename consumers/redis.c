#include "consumers/redis.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <hiredis/hiredis.h>

#include "base/alloc.h"
#include "base/clock.h"

struct redis {
    const struct redis_options *options;
    redisContext *context; /* NULL: not connected */
    struct redis_pipe pipe;
    char error[256];
};

struct redis *redis_new(const struct redis_options *options)
{
    struct redis *redis = nw_calloc(1, sizeof(*redis));
    redis->options = options;
    return redis;
}

void redis_disconnect(struct redis *redis)
{
    if (redis->context != NULL) redisFree(redis->context);
    redis->context = NULL;
}

void redis_free(struct redis *redis)
{
    if (redis == NULL) return;
    redis_disconnect(redis);
    redis_pipe_free(&redis->pipe);
    free(redis);
}

bool redis_connected(const struct redis *redis)
{
    return redis->context != NULL;
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

static struct timeval milliseconds(int ms)
{
    return (struct timeval){.tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000) * 1000};
}

static enum nw_err open_context(struct redis *redis)
{
    const struct redis_options *options = redis->options;
    struct timeval connect_timeout = milliseconds(options->connect_timeout_ms);
    bool unix_socket = options->unix_path != NULL && options->unix_path[0] != '\0';
    redis->context = unix_socket ? redisConnectUnixWithTimeout(options->unix_path, connect_timeout)
                                 : redisConnectWithTimeout(options->host, options->port, connect_timeout);
    if (redis->context == NULL || redis->context->err != 0) {
        redis_give_up(redis, redis->context != NULL ? redis->context->errstr : "out of memory");
        return NW_ERR_UNAVAILABLE;
    }
    if (redisSetTimeout(redis->context, milliseconds(options->command_timeout_ms)) != REDIS_OK ||
        (!unix_socket && redisEnableKeepAlive(redis->context) != REDIS_OK)) {
        redis_give_up(redis, redis->context->errstr);
        return NW_ERR_UNAVAILABLE;
    }
    return NW_OK;
}

/* Sends the pipe's one command and wants +OK. */
static enum nw_err expect_ok(struct redis *redis, const char *what)
{
    redisReply *reply = NULL;
    enum nw_err err = redis_exchange(redis, &redis->pipe, &reply);
    if (err != NW_OK) return err;
    assert(reply != NULL); /* one command, one reply */
    if (!redis_reply_is(reply, "OK")) {
        err = redis_reply_is_passing(reply) ? NW_ERR_UNAVAILABLE : NW_ERR_REFUSED;
        char reason[200];
        snprintf(reason, sizeof(reason), "%s: %s", what, reply->str != NULL ? reply->str : "no OK");
        redis_give_up(redis, reason);
    }
    freeReplyObject(reply);
    return err;
}

static enum nw_err log_in(struct redis *redis)
{
    const struct redis_options *options = redis->options;
    if (options->password[0] == '\0') return NW_OK;
    bool user = options->username[0] != '\0';
    redis_pipe_clear(&redis->pipe);
    redis_pipe_command(&redis->pipe, "AUTH", user ? 2 : 1);
    if (user) redis_pipe_text(&redis->pipe, options->username);
    redis_pipe_text(&redis->pipe, options->password);
    enum nw_err err = expect_ok(redis, "AUTH");
    explicit_bzero(redis->pipe.bytes, redis->pipe.len);
    return err;
}

static enum nw_err select_database(struct redis *redis)
{
    if (redis->options->database == 0) return NW_OK;
    redis_pipe_clear(&redis->pipe);
    redis_pipe_command(&redis->pipe, "SELECT", 1);
    redis_pipe_int(&redis->pipe, redis->options->database);
    return expect_ok(redis, "SELECT");
}

/* A replica takes no writes and may lag behind: never one of those. */
static enum nw_err check_role(struct redis *redis)
{
    redis_pipe_clear(&redis->pipe);
    redis_pipe_command(&redis->pipe, "ROLE", 0);
    redisReply *reply = NULL;
    enum nw_err err = redis_exchange(redis, &redis->pipe, &reply);
    if (err != NW_OK) return err;
    assert(reply != NULL); /* one command, one reply */
    if (reply->type == REDIS_REPLY_ERROR) {
        err = redis_reply_is_passing(reply) ? NW_ERR_UNAVAILABLE : NW_ERR_REFUSED;
        redis_give_up(redis, reply->str);
    } else if (reply->type != REDIS_REPLY_ARRAY || reply->elements < 1 ||
               !redis_reply_is(reply->element[0], "master")) {
        err = NW_ERR_UNAVAILABLE;
        redis_give_up(redis, "this server is a replica: the address must lead to the primary");
    }
    freeReplyObject(reply);
    return err;
}

enum nw_err redis_connect(struct redis *redis)
{
    redis_disconnect(redis);
    redis->error[0] = '\0';
    if (redis->options->tls) {
        redis_give_up(redis, "rediss:// needs hiredis 1.0 with TLS, which this build does not have: use "
                             "stunnel or a unix socket");
        return NW_ERR_REFUSED;
    }
    enum nw_err err = open_context(redis);
    if (err == NW_OK) err = log_in(redis);
    if (err == NW_OK) err = select_database(redis);
    if (err == NW_OK) err = check_role(redis);
    return err;
}

/* Our own write loop: hiredis moves the rest of its buffer to the front after every partial write,
 * which for megabytes over a socket that takes 200 KB at a time is most of the work. */
enum nw_err redis_send(struct redis *redis, const struct redis_pipe *pipe)
{
    assert(pipe->pending == 0);
    if (redis->context == NULL) {
        if (redis->error[0] == '\0') redis_give_up(redis, "not connected");
        return NW_ERR_UNAVAILABLE;
    }
    for (size_t sent = 0; sent < pipe->len;) {
        ssize_t n = send(redis->context->fd, pipe->bytes + sent, pipe->len - sent, MSG_NOSIGNAL);
        if (n > 0) {
            sent += (size_t)n;
        } else if (errno != EINTR) {
            redis_give_up(redis, errno == EAGAIN ? "timed out writing" : strerror(errno));
            return NW_ERR_UNAVAILABLE;
        }
    }
    return NW_OK;
}

enum nw_err redis_receive(struct redis *redis, redisReply **out)
{
    void *reply = NULL;
    if (redis->context == NULL) return NW_ERR_UNAVAILABLE;
    errno = 0;
    if (redisGetReply(redis->context, &reply) != REDIS_OK || reply == NULL) {
        redis_give_up(redis, errno == EAGAIN ? "timed out waiting for a reply" : redis->context->errstr);
        return NW_ERR_UNAVAILABLE;
    }
    *out = reply;
    return NW_OK;
}

static void note_exchange(const struct redis *redis, const struct redis_pipe *pipe, int64_t started_us,
                          enum nw_err err)
{
    struct metrics *metrics = redis->options->metrics;
    if (metrics == NULL) return;
    metrics_add(metrics, METRIC_REDIS_COMMANDS, 0, pipe->commands);
    metrics_observe(metrics, METRIC_REDIS_SECONDS, 0, (double)(clock_mono_us() - started_us) / 1e6);
    if (err != NW_OK) metrics_add(metrics, METRIC_REDIS_FAILURES, 0, 1);
}

enum nw_err redis_exchange(struct redis *redis, const struct redis_pipe *pipe, redisReply **replies)
{
    int64_t started_us = clock_mono_us();
    enum nw_err err = redis_send(redis, pipe);
    for (size_t i = 0; i < pipe->commands && err == NW_OK; i++) {
        err = redis_receive(redis, &replies[i]);
        if (err != NW_OK) redis_replies_free(replies, i);
    }
    note_exchange(redis, pipe, started_us, err);
    return err;
}
