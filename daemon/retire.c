/*
 * newswired retire [--yes]: removes what earlier generations left behind once the present one has taken over:
 * tombstones for their stories on the coverage and insights topics, and the Redis keys of features topics
 * that the configuration does not name any more. Without --yes it only says what it would do.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hiredis/hiredis.h>
#include <uthash.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "consumers/kafka.h"
#include "consumers/kafka_scan.h"
#include "consumers/redis_reply.h"
#include "consumers/redis_spread.h"
#include "consumers/store_erase.h"
#include "consumers/store_keys.h"
#include "consumers/story_store.h"
#include "daemon/commands.h"
#include "daemon/settings.h"
#include "stories/story.h"

enum { KAFKA_TIMEOUT_MS = 10000, FLUSH_TIMEOUT_MS = 60000, ALIVE_MS = 20000 };

/* ---- what older generations published ---- */

struct old_story {
    UT_hash_handle hh;
    char key[ID128_HEX_LEN];
    bool held; /* its last record is no tombstone */
};

struct old_stories {
    struct old_story *table;
    uint64_t first_revision; /* of the present generation */
    size_t held;
    const struct old_stories *only; /* NULL: judged by revision; else: those of this table */
};

static bool revision_of(const rd_kafka_message_t *message, uint64_t *out)
{
    rd_kafka_headers_t *headers;
    const void *value;
    size_t len;
    char text[24];
    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_header_get_last(headers, "revision", &value, &len) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        len >= sizeof(text))
        return false;
    memcpy(text, value, len);
    text[len] = '\0';
    *out = strtoull(text, NULL, 10);
    return true;
}

static struct old_story *find_old(struct old_story *table, const char *key)
{
    struct old_story *found;
    HASH_FIND(hh, table, key, ID128_HEX_LEN, found);
    return found;
}

static void note_record(void *context, const rd_kafka_message_t *message)
{
    struct old_stories *old = context;
    uint64_t revision;
    if (message->key_len != ID128_HEX_LEN) return;
    struct old_story *story = find_old(old->table, message->key);
    if (message->len == 0 || story != NULL) {
        if (story != NULL) story->held = message->len > 0;
        return;
    }
    if (old->only != NULL ? find_old(old->only->table, message->key) == NULL
                          : !revision_of(message, &revision) || revision >= old->first_revision)
        return;
    story = nw_calloc(1, sizeof(*story));
    memcpy(story->key, message->key, ID128_HEX_LEN);
    story->held = true;
    HASH_ADD(hh, old->table, key, ID128_HEX_LEN, story);
}

static enum nw_err find_old_stories(struct kafka_client *reader, const char *topic, struct old_stories *old)
{
    int32_t count = 0;
    enum nw_err err = kafka_partition_count(reader, topic, KAFKA_TIMEOUT_MS, &count);
    if (err == NW_OK) err = kafka_scan(reader, topic, 0, count, note_record, old);
    for (struct old_story *s = old->table; s != NULL; s = s->hh.next) old->held += s->held;
    return err;
}

static void old_stories_free(struct old_stories *old)
{
    struct old_story *story = old->table;
    HASH_CLEAR(hh, old->table); /* the table; its items stay chained */
    while (story != NULL) {
        struct old_story *next = story->hh.next;
        free(story);
        story = next;
    }
}

static void count_delivery(void *context, const rd_kafka_message_t *message)
{
    size_t *delivered = context;
    *delivered += message->err == RD_KAFKA_RESP_ERR_NO_ERROR;
}

static enum nw_err bury(struct kafka_client *producer, const char *topic, const struct old_stories *old)
{
    for (struct old_story *s = old->table; s != NULL; s = s->hh.next) {
        rd_kafka_resp_err_t err;
        if (!s->held) continue;
        while ((err = rd_kafka_producev(producer->rk, RD_KAFKA_V_TOPIC(topic),
                                        RD_KAFKA_V_KEY(s->key, sizeof(s->key)), RD_KAFKA_V_VALUE(NULL, 0),
                                        RD_KAFKA_V_END)) == RD_KAFKA_RESP_ERR__QUEUE_FULL)
            rd_kafka_poll(producer->rk, 100);
        if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            fprintf(stderr, "newswired: %s: %s\n", topic, rd_kafka_err2str(err));
            return NW_ERR_UNAVAILABLE;
        }
        rd_kafka_poll(producer->rk, 0);
    }
    return NW_OK;
}

/* ---- what they left in Redis ---- */

struct old_partition {
    char tag[STORE_TOPIC_MAX + 16], topic[STORE_TOPIC_MAX + 1];
    int32_t number;
};

struct old_partitions {
    struct old_partition *items;
    size_t count, capacity;
    bool present; /* the present generation has taken up a partition */
};

/* "{topic:3}" */
static bool parse_tag(const char *tag, struct old_partition *out)
{
    const char *colon = strrchr(tag, ':');
    char *end;
    if (tag[0] != '{' || colon == NULL || (size_t)(colon - tag) > sizeof(out->topic) ||
        strlen(tag) >= sizeof(out->tag))
        return false;
    long number = strtol(colon + 1, &end, 10);
    if (strcmp(end, "}") != 0 || end == colon + 1 || number < 0 || number > INT32_MAX) return false;
    snprintf(out->tag, sizeof(out->tag), "%s", tag);
    snprintf(out->topic, sizeof(out->topic), "%.*s", (int)(colon - tag - 1), tag + 1);
    out->number = (int32_t)number;
    return true;
}

static redisReply *ask(struct redis_spread *redis, const struct redis_pipe *pipe)
{
    redisReply *reply = NULL;
    if (redis_spread_exchange(redis, pipe, &reply) == NW_OK) return reply;
    fprintf(stderr, "newswired: Redis: %s\n", redis_spread_error(redis));
    return NULL;
}

static enum nw_err find_old_partitions(struct redis_spread *redis, const struct settings *settings,
                                       const char *partitions_key, struct old_partitions *out)
{
    struct redis_pipe pipe = {0};
    redis_pipe_command(&pipe, "SMEMBERS", 1);
    redis_pipe_text(&pipe, partitions_key);
    redisReply *reply = ask(redis, &pipe);
    redis_pipe_free(&pipe);
    if (reply == NULL) return NW_ERR_UNAVAILABLE;
    for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++) {
        struct old_partition one;
        if (!parse_tag(reply->element[i]->str, &one)) continue;
        if (strcmp(one.topic, settings->kafka.features_topic) == 0) {
            out->present = true;
            continue;
        }
        out->items = nw_grow(out->items, &out->capacity, out->count + 1, sizeof(*out->items));
        out->items[out->count++] = one;
    }
    redis_reply_free(reply);
    return NW_OK;
}

/* An owner leaves a note every few seconds (docs/redis.md, _status). */
static bool is_alive(struct redis_spread *redis, const struct settings *settings,
                     const struct old_partition *old)
{
    struct store_keys keys;
    struct redis_pipe pipe = {0};
    store_keys_init(&keys, settings->redis.key_namespace, old->topic, old->number);
    redis_pipe_command(&pipe, "HGET", 2);
    store_key(&pipe, &keys, STORE_STATUS);
    redis_pipe_text(&pipe, "at");
    redisReply *reply = ask(redis, &pipe);
    redis_pipe_free(&pipe);
    bool alive = reply != NULL && reply->type == REDIS_REPLY_STRING &&
                 clock_wall_ms() - strtoll(reply->str, NULL, 10) < ALIVE_MS;
    redis_reply_free(reply);
    return alive;
}

/* The fresh token of the claim shuts out whoever still believes to own it. */
static enum nw_err erase_partition(struct redis_spread *redis, const struct settings *settings,
                                   const char *partitions_key, const struct old_partition *old)
{
    struct stored_position position;
    struct store_keys keys;
    struct redis_pipe pipe = {0};
    struct story_store *store = story_store_new(&settings->redis, old->topic, old->number);
    enum nw_err err = story_store_claim(store, &position);
    if (err == NW_OK || err == NW_ERR_CORRUPT) err = store_erase_begin(store);
    for (bool done = false; err == NW_OK && !done;) err = store_erase_step(store, &done);
    if (err != NW_OK) fprintf(stderr, "newswired: %s: %s\n", old->tag, story_store_error(store));
    story_store_free(store);
    if (err != NW_OK) return err;
    store_keys_init(&keys, settings->redis.key_namespace, old->topic, old->number);
    redis_pipe_command(&pipe, "UNLINK", 1);
    store_key(&pipe, &keys, STORE_OWNER);
    redis_reply_free(ask(redis, &pipe));
    redis_pipe_clear(&pipe);
    redis_pipe_command(&pipe, "SREM", 2);
    redis_pipe_text(&pipe, partitions_key);
    redis_pipe_text(&pipe, old->tag);
    redisReply *reply = ask(redis, &pipe);
    redis_pipe_free(&pipe);
    err = reply != NULL ? NW_OK : NW_ERR_UNAVAILABLE;
    redis_reply_free(reply);
    return err;
}

/* ---- the command ---- */

struct retirement {
    struct settings settings;
    struct store_keys keys; /* of the present generation's first partition */
    struct redis_spread *redis;
    struct kafka_client *reader;
    struct old_partitions partitions;
    struct old_stories coverage, insights;
};

static enum nw_err look(struct retirement *r)
{
    const struct kafka_options *kafka = &r->settings.kafka;
    enum nw_err err = find_old_partitions(r->redis, &r->settings, r->keys.partitions, &r->partitions);
    if (err == NW_OK) err = kafka_reader_new(kafka, "retire", &r->reader);
    if (err != NW_OK) return err;
    r->coverage.first_revision = (uint64_t)r->settings.story.policy.generation << STORY_REVISION_BITS;
    err = find_old_stories(r->reader, kafka->coverage_topic, &r->coverage);
    if (err != NW_OK) {
        fprintf(stderr, "newswired: %s: %s\n", kafka->coverage_topic, nw_err_text(err));
        return err;
    }
    r->insights.only = &r->coverage;
    err = find_old_stories(r->reader, kafka->insights_topic, &r->insights);
    return err == NW_ERR_NOT_FOUND ? NW_OK : err; /* nobody may ever have asked for insights */
}

/* Nothing is removed while it is still in use, or while nothing is there to take its place. */
static bool may_retire(const struct retirement *r)
{
    if (!r->partitions.present) {
        fprintf(stderr,
                "newswired: no partition of %s has been taken up in Redis yet: start the present generation "
                "first\n",
                r->settings.kafka.features_topic);
        return false;
    }
    for (size_t i = 0; i < r->partitions.count; i++) {
        if (!is_alive(r->redis, &r->settings, &r->partitions.items[i])) continue;
        fprintf(stderr, "newswired: an instance still works on %s: stop it first\n",
                r->partitions.items[i].tag);
        return false;
    }
    return true;
}

static void report(const struct retirement *r, const char *verb)
{
    printf("%s %zu stories on %s, %zu on %s\n", verb, r->coverage.held, r->settings.kafka.coverage_topic,
           r->insights.held, r->settings.kafka.insights_topic);
    for (size_t i = 0; i < r->partitions.count; i++)
        printf("%s the Redis keys of %s\n", verb, r->partitions.items[i].tag);
}

static enum nw_err retire(struct retirement *r)
{
    const struct kafka_options *kafka = &r->settings.kafka;
    struct kafka_client *producer;
    size_t delivered = 0, wanted = r->coverage.held + r->insights.held;
    const struct kafka_producer_settings settings = {
        .name = "retire", .callbacks = {.context = &delivered, .delivered = count_delivery}};
    enum nw_err err = NW_OK;
    for (size_t i = 0; err == NW_OK && i < r->partitions.count; i++)
        err = erase_partition(r->redis, &r->settings, r->keys.partitions, &r->partitions.items[i]);
    if (err == NW_OK) err = kafka_producer_new(kafka, &settings, &producer);
    if (err != NW_OK) return err;
    err = bury(producer, kafka->coverage_topic, &r->coverage);
    if (err == NW_OK) err = bury(producer, kafka->insights_topic, &r->insights);
    if (err == NW_OK && (rd_kafka_flush(producer->rk, FLUSH_TIMEOUT_MS) || delivered != wanted)) {
        fprintf(stderr, "newswired: %zu of %zu tombstones were acknowledged; run it again\n", delivered,
                wanted);
        err = NW_ERR_UNAVAILABLE;
    }
    kafka_client_free(producer);
    return err;
}

int retire_command(const struct options *options, const struct config *config)
{
    struct retirement r = {0};
    int code = EXIT_UNAVAILABLE;
    settings_init(&r.settings, config, options);
    store_keys_init(&r.keys, r.settings.redis.key_namespace, r.settings.kafka.features_topic, 0);
    r.redis = redis_spread_new(&r.settings.redis);
    if (look(&r) == NW_OK) {
        if (!may_retire(&r)) {
            code = EXIT_CONFIG;
        } else if (!options->yes) {
            report(&r, "would remove");
            puts("nothing is changed without --yes");
            code = EXIT_DONE;
        } else if (retire(&r) == NW_OK) {
            report(&r, "removed");
            code = EXIT_DONE;
        }
    }
    old_stories_free(&r.coverage);
    old_stories_free(&r.insights);
    free(r.partitions.items);
    kafka_client_free(r.reader);
    redis_spread_free(r.redis);
    settings_fini(&r.settings);
    return code;
}
