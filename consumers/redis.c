#include "consumers/redis.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "consumers/redis_private.h"

struct redis *redis_new(const struct redis_options *options, const char *key)
{
    struct redis *redis = nw_calloc(1, sizeof(*redis));
    redis->options = options;
    redis->key = key;
    return redis;
}

void redis_disconnect(struct redis *redis)
{
    redis_tls_free(redis->tls);
    redis->tls = NULL;
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

/* ---- exchanges ---- */

static ssize_t send_some(struct redis *redis, const void *bytes, size_t len)
{
    return redis->tls != NULL ? redis_tls_send(redis->tls, bytes, len)
                              : send(redis->context->fd, bytes, len, MSG_NOSIGNAL);
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
        ssize_t n = send_some(redis, pipe->bytes + sent, pipe->len - sent);
        if (n > 0) {
            sent += (size_t)n;
        } else if (errno != EINTR) {
            redis_give_up(redis, errno == EAGAIN ? "timed out writing" : strerror(errno));
            return NW_ERR_UNAVAILABLE;
        }
    }
    return NW_OK;
}

/* What redisGetReply() does, with the bytes out of TLS; errno is EAGAIN when it took too long. */
static const char *get_reply_tls(struct redis *redis, void **reply)
{
    char bytes[16 * 1024];
    redisReader *reader = redis->context->reader;
    for (;;) {
        if (redisReaderGetReply(reader, reply) != REDIS_OK) return reader->errstr;
        if (*reply != NULL) return NULL;
        ssize_t n = redis_tls_receive(redis->tls, bytes, sizeof(bytes));
        if (n == 0) return "Server closed the connection";
        if (n < 0) return strerror(errno);
        if (redisReaderFeed(reader, bytes, (size_t)n) != REDIS_OK) return reader->errstr;
    }
}

/* "MOVED slot host:port"; without a host it is the one we are connected to, at another port. */
static void note_redirect(struct redis *redis, const redisReply *reply)
{
    if (!redis_reply_is_redirect(reply)) return;
    const char *address = strchr(reply->str + 6, ' '), *colon = address ? strrchr(address, ':') : NULL;
    int port = colon ? atoi(colon + 1) : 0;
    if (port <= 0 || port > 65535) return;
    size_t len = (size_t)(colon - address) - 1;
    struct redis_node node = {.port = port};
    if (len >= sizeof(node.host)) return;
    if (len == 0)
        memcpy(node.host, redis->at.host, sizeof(node.host));
    else
        memcpy(node.host, address + 1, len);
    redis->moved = node;
}

enum nw_err redis_receive(struct redis *redis, redisReply **out)
{
    void *reply = NULL;
    if (redis->context == NULL) return NW_ERR_UNAVAILABLE;
    errno = 0;
    const char *wrong = NULL;
    if (redis->tls != NULL)
        wrong = get_reply_tls(redis, &reply);
    else if (redisGetReply(redis->context, &reply) != REDIS_OK || reply == NULL)
        wrong = redis->context->errstr;
    if (wrong != NULL) {
        redis_give_up(redis, errno == EAGAIN ? "timed out waiting for a reply" : wrong);
        return NW_ERR_UNAVAILABLE;
    }
    assert(reply != NULL);
    *out = reply;
    note_redirect(redis, *out);
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
