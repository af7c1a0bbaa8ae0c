/*
 * redis_connect - which server is the right one, and how a connection to it is made.
 *
 * Candidates are the node a redirect has named, then the configured hosts, beginning with the one that was
 * good last; a Sentinel is asked for the primary and then counts for nothing more. A candidate has to be a
 * primary and, when there is a key, to hold it: a node of a cluster answers with the address of the one that
 * does, which is followed. All of it takes about one connect timeout, however many candidates there are:
 * those that refuse cost nothing, and after one that was silent the next call goes on with the next.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "consumers/redis_private.h"

enum { REDIRECTS_MAX = 4 };

static bool given(const char *text)
{
    return text != NULL && text[0] != '\0';
}

static struct timeval milliseconds(int ms)
{
    return (struct timeval){.tv_sec = ms / 1000, .tv_usec = (suseconds_t)(ms % 1000) * 1000};
}

/* ---- the socket ---- */

static enum nw_err open_context(struct redis *redis, const struct redis_node *node)
{
    const struct redis_options *options = redis->options;
    struct timeval timeout = milliseconds(options->connect_timeout_ms);
    bool unix_socket = given(options->unix_path);
    redis->context = unix_socket ? redisConnectUnixWithTimeout(options->unix_path, timeout)
                                 : redisConnectWithTimeout(node->host, node->port, timeout);
    if (redis->context == NULL || redis->context->err != 0) {
        redis_give_up(redis, redis->context != NULL ? redis->context->errstr : "out of memory");
        return NW_ERR_UNAVAILABLE;
    }
    redis->at = *node;
    if (!unix_socket && redisEnableKeepAlive(redis->context) != REDIS_OK) goto unusable;
    if (options->tls) {
        char reason[sizeof(redis->error)];
        if (redisSetTimeout(redis->context, timeout) != REDIS_OK) goto unusable;
        enum nw_err err =
            redis_tls_open(options, redis->context->fd, node->host, &redis->tls, reason, sizeof(reason));
        if (err != NW_OK) {
            redis_give_up(redis, reason);
            return err;
        }
    }
    if (redisSetTimeout(redis->context, milliseconds(options->command_timeout_ms)) == REDIS_OK) return NW_OK;
unusable:
    redis_give_up(redis, redis->context->errstr);
    return NW_ERR_UNAVAILABLE;
}

/* ---- who we are, who it is ---- */

/* What an error reply to a command of ours means; gives the connection up. */
static enum nw_err refused(struct redis *redis, const redisReply *reply, const char *what)
{
    enum nw_err err = redis_reply_is_passing(reply) ? NW_ERR_UNAVAILABLE : NW_ERR_REFUSED;
    char reason[200];
    snprintf(reason, sizeof(reason), "%s: %s", what,
             reply->type == REDIS_REPLY_ERROR ? reply->str : "an answer of an unexpected type");
    redis_give_up(redis, reason);
    return err;
}

/* Sends the pipe's one command and wants +OK. */
static enum nw_err expect_ok(struct redis *redis, const char *what)
{
    redisReply *reply = NULL;
    enum nw_err err = redis_exchange(redis, &redis->pipe, &reply);
    if (err != NW_OK) return err;
    assert(reply != NULL); /* one command, one reply */
    if (!redis_reply_is(reply, "OK")) err = refused(redis, reply, what);
    redis_reply_free(reply);
    return err;
}

static enum nw_err log_in(struct redis *redis, const char *username, const char *password)
{
    if (!given(password)) return NW_OK;
    redis_pipe_clear(&redis->pipe);
    redis_pipe_command(&redis->pipe, "AUTH", given(username) ? 2 : 1);
    if (given(username)) redis_pipe_text(&redis->pipe, username);
    redis_pipe_text(&redis->pipe, password);
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

/* A replica takes no writes and may lag behind: never one of those. But in a cluster a replica knows, too,
 * which primary holds the key. *redirected: redis->moved is that one. */
static enum nw_err judge(struct redis *redis, const redisReply *role, const redisReply *holds,
                         bool *redirected)
{
    if (holds != NULL && redis_reply_is_error(holds)) {
        enum nw_err err = refused(redis, holds, "looking for the node of a partition");
        *redirected = err == NW_ERR_UNAVAILABLE && redis->moved.port > 0;
        return err;
    }
    if (role->type == REDIS_REPLY_ARRAY && role->elements > 0 && redis_reply_is(role->element[0], "master"))
        return NW_OK;
    if (redis_reply_is_error(role)) return refused(redis, role, "ROLE");
    redis_give_up(redis, "this server is a replica: the address must lead to the primary");
    return NW_ERR_UNAVAILABLE;
}

static enum nw_err look_at(struct redis *redis, bool *redirected)
{
    redisReply *replies[2] = {NULL, NULL};
    redis_pipe_clear(&redis->pipe);
    redis_pipe_command(&redis->pipe, "ROLE", 0);
    if (redis->key != NULL) {
        redis_pipe_command(&redis->pipe, "EXISTS", 1);
        redis_pipe_text(&redis->pipe, redis->key);
    }
    enum nw_err err = redis_exchange(redis, &redis->pipe, replies);
    if (err != NW_OK) return err;
    assert(replies[0] != NULL);
    err = judge(redis, replies[0], replies[1], redirected);
    redis_replies_free(replies, 2);
    return err;
}

/* ---- one candidate ---- */

static enum nw_err try_node(struct redis *redis, struct redis_node node)
{
    enum nw_err err = NW_ERR_UNAVAILABLE;
    bool redirected = true;
    for (int i = 0; i <= REDIRECTS_MAX && redirected; i++) {
        redirected = false;
        redis->moved = (struct redis_node){.port = 0};
        err = open_context(redis, &node);
        if (err == NW_OK) err = log_in(redis, redis->options->username, redis->options->password);
        if (err == NW_OK) err = select_database(redis);
        if (err == NW_OK) err = look_at(redis, &redirected);
        if (redirected) node = redis->moved;
    }
    return err;
}

static void name_in_error(struct redis *redis, const struct redis_node *node)
{
    char reason[sizeof(redis->error)];
    if (node->port == 0) return; /* a unix socket: hiredis or the reason names it */
    snprintf(reason, sizeof(reason), "%.100s:%d: %.140s", node->host, node->port, redis->error);
    memcpy(redis->error, reason, sizeof(reason));
}

/* ---- Sentinel ---- */

static enum nw_err read_primary(struct redis *redis, const redisReply *reply, struct redis_node *out)
{
    if (redis_reply_is_error(reply)) return refused(redis, reply, "SENTINEL");
    int port = reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 ? atoi(reply->element[1]->str) : 0;
    if (port <= 0 || port > 65535 || reply->element[0]->len >= sizeof(out->host)) {
        char reason[200];
        snprintf(reason, sizeof(reason), "this Sentinel knows no primary named \"%.100s\"",
                 redis->options->sentinel_name);
        redis_give_up(redis, reason);
        return NW_ERR_UNAVAILABLE;
    }
    *out = (struct redis_node){.port = port};
    memcpy(out->host, reply->element[0]->str, reply->element[0]->len + 1);
    return NW_OK;
}

/* A Sentinel may be wrong for a moment; the look at ROLE tells. */
static enum nw_err ask_sentinel(struct redis *redis, const struct redis_node *sentinel,
                                struct redis_node *out)
{
    redisReply *reply = NULL;
    enum nw_err err = open_context(redis, sentinel);
    if (err == NW_OK) err = log_in(redis, NULL, redis->options->sentinel_password);
    if (err != NW_OK) return err;
    redis_pipe_clear(&redis->pipe);
    redis_pipe_command(&redis->pipe, "SENTINEL", 2);
    redis_pipe_text(&redis->pipe, "get-master-addr-by-name");
    redis_pipe_text(&redis->pipe, redis->options->sentinel_name);
    err = redis_exchange(redis, &redis->pipe, &reply);
    if (err != NW_OK) return err;
    assert(reply != NULL); /* one command, one reply */
    err = read_primary(redis, reply, out);
    redis_reply_free(reply);
    redis_disconnect(redis);
    return err;
}

/* ---- all candidates ---- */

static enum nw_err try_host(struct redis *redis, const struct redis_host *host)
{
    struct redis_node node = {.port = host->port};
    snprintf(node.host, sizeof(node.host), "%s", host->name);
    enum nw_err err = NW_OK;
    if (given(redis->options->sentinel_name)) {
        struct redis_node primary = {.port = 0};
        err = ask_sentinel(redis, &node, &primary);
        if (err == NW_OK) node = primary;
    }
    if (err == NW_OK) err = try_node(redis, node);
    if (err != NW_OK) name_in_error(redis, redis->at.port > 0 ? &redis->at : &node);
    return err;
}

enum nw_err redis_connect(struct redis *redis)
{
    const struct redis_options *options = redis->options;
    int64_t until_ms = clock_mono_ms() + options->connect_timeout_ms;
    redis_disconnect(redis);
    redis->at = (struct redis_node){.port = 0};
    redis->error[0] = '\0';
    if (given(options->unix_path)) return try_node(redis, redis->at);
    assert(options->host_count > 0);
    if (redis->moved.port > 0 && try_node(redis, redis->moved) == NW_OK) return NW_OK;
    enum nw_err err = NW_ERR_UNAVAILABLE;
    for (size_t i = 0; i < options->host_count && err == NW_ERR_UNAVAILABLE; i++) {
        if (i > 0 && clock_mono_ms() >= until_ms) break;
        redis->at = (struct redis_node){.port = 0};
        err = try_host(redis, &options->hosts[redis->next_host]);
        if (err != NW_OK) redis->next_host = (redis->next_host + 1) % options->host_count;
    }
    return err;
}
