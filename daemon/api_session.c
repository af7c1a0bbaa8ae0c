#include "daemon/api_session.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { TIMEOUT_MS = 1000, PARTITIONS_MAX = 10000 };

struct api_redis {
    struct redis_options options;
    pthread_mutex_t lock; /* of taken */
    pthread_cond_t freed;
    size_t count;
    struct api_session sessions[];
};

struct api_redis *api_redis_new(const struct redis_options *options, size_t connections)
{
    struct api_redis *pool = nw_calloc(1, sizeof(*pool) + connections * sizeof(pool->sessions[0]));
    pool->options = *options;
    if (pool->options.connect_timeout_ms > TIMEOUT_MS) pool->options.connect_timeout_ms = TIMEOUT_MS;
    if (pool->options.command_timeout_ms > TIMEOUT_MS) pool->options.command_timeout_ms = TIMEOUT_MS;
    pool->count = connections;
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->freed, NULL);
    for (size_t i = 0; i < connections; i++) {
        pool->sessions[i].pool = pool;
        pool->sessions[i].redis = redis_spread_new(&pool->options);
    }
    return pool;
}

static void drop_replies(struct api_session *session)
{
    redis_replies_free(session->replies, session->reply_count);
    session->reply_count = 0;
}

void api_redis_free(struct api_redis *pool)
{
    if (!pool) return;
    for (size_t i = 0; i < pool->count; i++) {
        struct api_session *session = &pool->sessions[i];
        assert(!session->taken);
        drop_replies(session);
        free(session->replies);
        redis_pipe_free(&session->pipe);
        redis_spread_free(session->redis);
    }
    pthread_cond_destroy(&pool->freed);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
}

struct api_session *api_redis_begin(struct api_redis *pool, struct arena *arena)
{
    struct api_session *session = NULL;
    pthread_mutex_lock(&pool->lock);
    while (!session) {
        for (size_t i = 0; i < pool->count && !session; i++)
            if (!pool->sessions[i].taken) session = &pool->sessions[i];
        if (!session) pthread_cond_wait(&pool->freed, &pool->lock);
    }
    session->taken = true;
    pthread_mutex_unlock(&pool->lock);
    session->arena = arena;
    session->prefixes = NULL;
    session->partition_count = 0;
    return session;
}

void api_redis_end(struct api_session *session)
{
    struct api_redis *pool = session->pool;
    drop_replies(session);
    session->arena = NULL;
    pthread_mutex_lock(&pool->lock);
    session->taken = false;
    pthread_cond_signal(&pool->freed);
    pthread_mutex_unlock(&pool->lock);
}

/* ---- exchanging ---- */

void api_session_begin_pipe(struct api_session *session)
{
    drop_replies(session);
    redis_pipe_clear(&session->pipe);
}

static enum nw_err try_exchange(struct api_session *session)
{
    size_t count = session->pipe.commands;
    session->replies =
        nw_grow(session->replies, &session->reply_capacity, count + 1, sizeof(*session->replies));
    enum nw_err err = redis_spread_exchange(session->redis, &session->pipe, session->replies);
    if (err != NW_OK) return NW_ERR_UNAVAILABLE;
    session->reply_count = count;
    return NW_OK;
}

/* A connection that Redis closed while nobody used it is found only now, so a failure on an old connection is
 * tried once more. */
enum nw_err api_session_exchange(struct api_session *session)
{
    bool was_connected = redis_spread_connected(session->redis);
    enum nw_err err = try_exchange(session);
    if (err != NW_OK && was_connected) err = try_exchange(session);
    if (err != NW_OK) return err;
    for (size_t i = 0; i < session->reply_count; i++) {
        if (!redis_reply_is_error(session->replies[i])) continue;
        redis_spread_give_up(session->redis, session->replies[i]->str);
        return NW_ERR_UNAVAILABLE;
    }
    return NW_OK;
}

enum nw_err api_redis_ping(struct api_session *session)
{
    api_session_begin_pipe(session);
    redis_pipe_command(&session->pipe, "PING", 0);
    return api_session_exchange(session);
}

static int compare_tags(const void *a, const void *b)
{
    const char *left = *(char *const *)a, *right = *(char *const *)b;
    size_t n = strlen(left), m = strlen(right); /* topic:9 before topic:10 */
    return n != m ? (n < m ? -1 : 1) : strcmp(left, right);
}

enum nw_err api_session_partitions(struct api_session *session)
{
    const char *ns = session->pool->options.key_namespace;
    api_session_begin_pipe(session);
    redis_pipe_command(&session->pipe, "SMEMBERS", 1);
    redis_pipe_joined(&session->pipe, ns, ":partitions", "");
    enum nw_err err = api_session_exchange(session);
    if (err != NW_OK) return err;
    const redisReply *reply = session->replies[0];
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements > PARTITIONS_MAX) return NW_ERR_CORRUPT;
    session->partition_count = 0;
    session->prefixes = arena_calloc(session->arena, reply->elements + 1, sizeof(char *));
    for (size_t i = 0; i < reply->elements; i++)
        if (reply->element[i]->type == REDIS_REPLY_STRING)
            session->prefixes[session->partition_count++] =
                arena_printf(session->arena, "%s:%s:", ns, reply->element[i]->str);
    qsort(session->prefixes, session->partition_count, sizeof(char *), compare_tags);
    return NW_OK;
}

void api_session_key(struct api_session *session, size_t p, const char *name, const char *suffix)
{
    redis_pipe_joined(&session->pipe, session->prefixes[p], name, suffix);
}
