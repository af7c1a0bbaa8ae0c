#include "consumers/redis_spread.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "base/alloc.h"
#include "consumers/redis.h"

enum { SLOTS = 16384, NODES_MAX = 200, ROUNDS = 5, NO_SLOT = SLOTS };

struct node {
    char host[256];
    struct redis_options options; /* those given, with this host only */
    struct redis *redis;
};

/* One command of the pipe under way. */
struct command {
    const char *bytes; /* borrowed */
    size_t len;
    unsigned slot;
    uint8_t node;
    bool asking; /* once, at the node that a slot is moving to */
};

struct redis_spread {
    const struct redis_options *options;
    struct node *nodes[NODES_MAX]; /* the first one is any: by the configured address */
    size_t node_count;
    uint8_t node_of[SLOTS];
    struct command *commands;
    size_t command_capacity;
    struct redis_pipe pipe; /* the commands of one node */
    redisReply **replies;
    size_t reply_capacity;
    char error[256];
};

static struct node *node_new(const struct redis_options *options)
{
    struct node *node = nw_calloc(1, sizeof(*node));
    node->options = *options;
    node->redis = redis_new(&node->options, NULL);
    return node;
}

struct redis_spread *redis_spread_new(const struct redis_options *options)
{
    struct redis_spread *spread = nw_calloc(1, sizeof(*spread));
    spread->options = options;
    spread->nodes[spread->node_count++] = node_new(options);
    return spread;
}

void redis_spread_free(struct redis_spread *spread)
{
    if (spread == NULL) return;
    for (size_t i = 0; i < spread->node_count; i++) {
        redis_free(spread->nodes[i]->redis);
        free(spread->nodes[i]);
    }
    redis_pipe_free(&spread->pipe);
    free(spread->commands);
    free(spread->replies);
    free(spread);
}

bool redis_spread_connected(const struct redis_spread *spread)
{
    for (size_t i = 0; i < spread->node_count; i++)
        if (redis_connected(spread->nodes[i]->redis)) return true;
    return false;
}

const char *redis_spread_error(const struct redis_spread *spread)
{
    return spread->error;
}

void redis_spread_give_up(struct redis_spread *spread, const char *reason)
{
    snprintf(spread->error, sizeof(spread->error), "%s", reason);
    for (size_t i = 0; i < spread->node_count; i++) redis_disconnect(spread->nodes[i]->redis);
}

/* ---- slots ---- */

unsigned redis_spread_slot(const char *key, size_t len)
{
    const char *open = memchr(key, '{', len);
    const char *close = open == NULL ? NULL : memchr(open, '}', len - (size_t)(open - key));
    if (close != NULL && close > open + 1) {
        key = open + 1;
        len = (size_t)(close - key);
    }
    uint16_t crc = 0; /* CRC-16/XMODEM */
    for (size_t i = 0; i < len; i++) {
        crc ^= (uint16_t)((uint8_t)key[i] << 8);
        for (int bit = 0; bit < 8; bit++)
            crc = (uint16_t)((crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1);
    }
    return crc % SLOTS;
}

/* The number of "*12\r\n" or "$12\r\n"; *at is left behind it. The pipe is ours, so it is well formed. */
static size_t read_count(const char **at)
{
    char *end;
    size_t count = strtoul(*at + 1, &end, 10);
    assert(end[0] == '\r' && end[1] == '\n');
    *at = end + 2;
    return count;
}

static void split(struct redis_spread *spread, const struct redis_pipe *pipe)
{
    const char *at = pipe->bytes;
    spread->commands =
        nw_grow(spread->commands, &spread->command_capacity, pipe->commands + 1, sizeof(*spread->commands));
    for (size_t i = 0; i < pipe->commands; i++) {
        struct command *command = &spread->commands[i];
        *command = (struct command){.bytes = at, .slot = NO_SLOT};
        size_t args = read_count(&at), key = 1;
        for (size_t a = 0; a < args; a++) {
            size_t len = read_count(&at);
            if (a == 0 && len == 5 && memcmp(at, "XREAD", 5) == 0) key = 4; /* XREAD COUNT n STREAMS key id */
            if (a == key) command->slot = redis_spread_slot(at, len);
            at += len + 2;
        }
        command->len = (size_t)(at - command->bytes);
        command->node = command->slot == NO_SLOT ? 0 : spread->node_of[command->slot];
    }
}

/* ---- redirects ---- */

static uint8_t find_node(struct redis_spread *spread, const char *host, size_t host_len, int port)
{
    for (size_t i = 1; i < spread->node_count; i++) {
        const struct node *node = spread->nodes[i];
        if (node->options.hosts[0].port == port && strlen(node->host) == host_len &&
            memcmp(node->host, host, host_len) == 0)
            return (uint8_t)i;
    }
    if (spread->node_count == NODES_MAX || host_len == 0 || host_len >= sizeof(spread->nodes[0]->host))
        return 0;
    struct node *node = node_new(spread->options);
    memcpy(node->host, host, host_len);
    node->options.hosts[0] = (struct redis_host){node->host, port};
    node->options.host_count = 1;
    node->options.sentinel_name = "";
    spread->nodes[spread->node_count] = node;
    return (uint8_t)spread->node_count++;
}

/* "MOVED slot host:port" and "ASK slot host:port". True: the command is to be sent again, elsewhere. */
static bool redirect(struct redis_spread *spread, struct command *command, const redisReply *reply)
{
    bool moved = redis_reply_is_redirect(reply);
    if (!moved && (reply->type != REDIS_REPLY_ERROR || strncmp(reply->str, "ASK ", 4) != 0)) return false;
    const char *slot = strchr(reply->str, ' '), *host = slot == NULL ? NULL : strchr(slot + 1, ' ');
    const char *colon = host == NULL ? NULL : strrchr(host, ':');
    int port = colon == NULL ? 0 : atoi(colon + 1);
    if (port <= 0 || port > 65535 || command->slot == NO_SLOT) return false;
    uint8_t node = find_node(spread, host + 1, (size_t)(colon - host) - 1, port);
    if (node == 0) return false;
    command->node = node;
    command->asking = !moved;
    if (moved) spread->node_of[command->slot] = node;
    return true;
}

/* ---- exchanging ---- */

/* A node that is gone: its slots are asked for anew, by the configured address. */
static enum nw_err failed(struct redis_spread *spread, uint8_t number, enum nw_err err)
{
    snprintf(spread->error, sizeof(spread->error), "%s", redis_error(spread->nodes[number]->redis));
    for (size_t s = 0; s < SLOTS && number > 0; s++)
        if (spread->node_of[s] == number) spread->node_of[s] = 0;
    return err;
}

/* All commands of one node that have no reply yet. */
static enum nw_err exchange_node(struct redis_spread *spread, uint8_t number, size_t count,
                                 redisReply **replies)
{
    struct redis *redis = spread->nodes[number]->redis;
    struct redis_pipe *pipe = &spread->pipe;
    redis_pipe_clear(pipe);
    for (size_t i = 0; i < count; i++) {
        const struct command *command = &spread->commands[i];
        if (replies[i] != NULL || command->node != number) continue;
        if (command->asking) redis_pipe_command(pipe, "ASKING", 0);
        redis_pipe_raw(pipe, command->bytes, command->len);
    }
    if (pipe->commands == 0) return NW_OK;
    enum nw_err err = redis_connected(redis) ? NW_OK : redis_connect(redis);
    spread->replies =
        nw_grow(spread->replies, &spread->reply_capacity, pipe->commands, sizeof(*spread->replies));
    if (err == NW_OK) err = redis_exchange(redis, pipe, spread->replies);
    if (err != NW_OK) return failed(spread, number, err);
    for (size_t i = 0, r = 0; i < count; i++) {
        if (replies[i] != NULL || spread->commands[i].node != number) continue;
        if (spread->commands[i].asking) redis_reply_free(spread->replies[r++]);
        replies[i] = spread->replies[r++];
    }
    return NW_OK;
}

enum nw_err redis_spread_exchange(struct redis_spread *spread, const struct redis_pipe *pipe,
                                  redisReply **replies)
{
    bool again = pipe->commands > 0;
    enum nw_err err = NW_OK;
    split(spread, pipe);
    memset(replies, 0, pipe->commands * sizeof(*replies));
    for (int round = 0; again && err == NW_OK && round < ROUNDS; round++) {
        again = false;
        for (size_t n = 0; n < spread->node_count && err == NW_OK; n++)
            err = exchange_node(spread, (uint8_t)n, pipe->commands, replies);
        for (size_t i = 0; i < pipe->commands && err == NW_OK && round + 1 < ROUNDS; i++) {
            if (!redirect(spread, &spread->commands[i], replies[i])) continue;
            redis_reply_free(replies[i]);
            replies[i] = NULL;
            again = true;
        }
    }
    if (err != NW_OK) redis_replies_free(replies, pipe->commands);
    return err;
}
