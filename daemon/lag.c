/* newswired lag: where each features partition stands: Redis' position against the end of the log. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "consumers/kafka.h"
#include "consumers/redis.h"
#include "consumers/redis_spread.h"
#include "consumers/store_keys.h"
#include "daemon/commands.h"
#include "daemon/settings.h"

enum {
    KAFKA_TIMEOUT_MS = 10000,
    SILENT_AFTER_MS = 20000, /* an owner writes its note every 5 s */
    READS = 4,               /* a partition */
};

struct partition_lag {
    bool claimed; /* somebody took it once */
    char instance[100], state[16], detail[400];
    int64_t noted_ms;        /* wall; 0: no note of the present owner */
    int64_t position;        /* -1: none stored */
    int64_t low, high, live; /* low, high -1: unknown */
};

static void copy_text(char *out, size_t size, const redisReply *reply)
{
    snprintf(out, size, "%s", reply->type == REDIS_REPLY_STRING ? reply->str : "");
}

/* note: token, instance, state, detail, at. An earlier owner's note says nothing of the present one. */
static void read_note(const redisReply *owner, const redisReply *note, struct partition_lag *out)
{
    char token[64], now[64], at[24];
    if (note->type != REDIS_REPLY_ARRAY || note->elements != 5) return;
    copy_text(token, sizeof(token), note->element[0]);
    copy_text(now, sizeof(now), owner);
    if (strcmp(token, now) != 0) return;
    copy_text(out->instance, sizeof(out->instance), note->element[1]);
    copy_text(out->state, sizeof(out->state), note->element[2]);
    copy_text(out->detail, sizeof(out->detail), note->element[3]);
    copy_text(at, sizeof(at), note->element[4]);
    out->noted_ms = strtoll(at, NULL, 10);
}

static void read_partition(redisReply *const *replies, struct partition_lag *out)
{
    const redisReply *owner = replies[0], *next = replies[1], *live = replies[2];
    out->claimed = owner->type == REDIS_REPLY_STRING;
    out->position = next->type == REDIS_REPLY_STRING ? strtoll(next->str, NULL, 10) : -1;
    out->live = live->type == REDIS_REPLY_INTEGER ? live->integer : 0;
    if (out->claimed) read_note(owner, replies[3], out);
}

static void add_reads(struct redis_pipe *pipe, const struct store_keys *keys)
{
    static const char *const fields[] = {"token", "instance", "state", "detail", "at"};
    redis_pipe_command(pipe, "GET", 1);
    store_key(pipe, keys, STORE_OWNER);
    redis_pipe_command(pipe, "HGET", 2);
    store_key(pipe, keys, STORE_POSITION);
    redis_pipe_text(pipe, "next");
    redis_pipe_command(pipe, "SCARD", 1);
    store_key(pipe, keys, STORE_LIVE);
    redis_pipe_command(pipe, "HMGET", 6);
    store_key(pipe, keys, STORE_STATUS);
    for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++) redis_pipe_text(pipe, fields[i]);
}

/* Owner, position, live stories and note of every partition. */
static enum nw_err read_redis(const struct settings *settings, struct partition_lag *lags, int32_t count)
{
    struct redis_spread *redis = redis_spread_new(&settings->redis);
    struct redis_pipe pipe = {0};
    redisReply **replies = nw_calloc((size_t)count * READS + 1, sizeof(*replies));
    for (int32_t p = 0; p < count; p++) {
        struct store_keys keys;
        store_keys_init(&keys, settings->redis.key_namespace, settings->kafka.features_topic, p);
        add_reads(&pipe, &keys);
    }
    enum nw_err err = redis_spread_exchange(redis, &pipe, replies);
    if (err != NW_OK) fprintf(stderr, "newswired: Redis: %s\n", redis_spread_error(redis));
    for (int32_t p = 0; err == NW_OK && p < count; p++) read_partition(replies + (size_t)p * READS, &lags[p]);
    if (err == NW_OK) redis_replies_free(replies, pipe.commands);
    free(replies);
    redis_pipe_free(&pipe);
    redis_spread_free(redis);
    return err;
}

static void read_watermarks(struct kafka_client *client, const char *topic, struct partition_lag *lags,
                            int32_t count)
{
    for (int32_t p = 0; p < count; p++)
        if (rd_kafka_query_watermark_offsets(client->rk, topic, p, &lags[p].low, &lags[p].high,
                                             KAFKA_TIMEOUT_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
            lags[p].low = lags[p].high = -1;
}

static bool is_silent(const struct partition_lag *lag, int64_t now_ms)
{
    return now_ms - lag->noted_ms > SILENT_AFTER_MS;
}

/* What an operator should know of this line and do about it; "" when all is well. */
static const char *remark(const struct partition_lag *lag, int64_t now_ms, char *out, size_t size)
{
    if (lag->high < 0) return "Kafka does not say where the log ends: is a broker down?";
    if (*lag->detail && strcmp(lag->state, "refused") == 0) return lag->detail;
    if (lag->position >= 0 && lag->position < lag->low)
        return "records are gone that were not read: an empty Redis and --rebuild start over";
    if (lag->position > lag->high)
        return "the log is shorter than what was read: was the topic made anew? Begin a new generation";
    if (!lag->claimed) return lag->high > 0 ? "no instance has ever taken it: is one running?" : "";
    if (lag->noted_ms == 0) return "its owner has given no sign yet";
    if (!is_silent(lag, now_ms)) return "";
    snprintf(out, size, "its owner has been silent for %" PRId64 " s: is it running, does it reach Redis?",
             (now_ms - lag->noted_ms) / 1000);
    return out;
}

static void print_number(int64_t value, int width)
{
    if (value < 0)
        printf("%*s", width, "-");
    else
        printf("%*" PRId64, width, value);
}

static void print_state(const struct partition_lag *lag, int64_t now_ms)
{
    char state[32];
    if (lag->noted_ms == 0)
        snprintf(state, sizeof(state), "-");
    else if (is_silent(lag, now_ms))
        snprintf(state, sizeof(state), "silent");
    else
        snprintf(state, sizeof(state), "%.15s%s%.15s", lag->state,
                 strcmp(lag->state, "restoring") == 0 ? " " : "",
                 strcmp(lag->state, "restoring") == 0 ? lag->detail : "");
    printf("%-15s ", state);
}

static void print_table(const char *topic, const struct partition_lag *lags, int32_t count)
{
    int64_t total = 0, now_ms = clock_wall_ms();
    char text[200];
    printf("%-9s %-24s %-15s %12s %12s %10s %9s\n", "partition", "owner", "state", "position", "log end",
           "lag", "stories");
    for (int32_t p = 0; p < count; p++) {
        const struct partition_lag *lag = &lags[p];
        int64_t position = lag->position < 0 ? lag->low : lag->position;
        int64_t behind = lag->high < 0 ? -1 : lag->high > position ? lag->high - position : 0;
        const char *said = remark(lag, now_ms, text, sizeof(text));
        if (behind > 0) total += behind;
        printf("%-9d %-24s ", (int)p, *lag->instance ? lag->instance : "-");
        print_state(lag, now_ms);
        print_number(lag->position, 12);
        putchar(' ');
        print_number(lag->high, 12);
        putchar(' ');
        print_number(behind, 10);
        printf(" %9" PRId64 "\n", lag->live);
        if (*said) printf("%9s -> %s\n", "", said);
    }
    printf("%s: %d partitions, %" PRId64 " records behind\n", topic, (int)count, total);
}

int lag_command(const struct options *options, const struct config *config)
{
    struct settings settings;
    struct kafka_client *client = NULL;
    struct partition_lag *lags = NULL;
    int32_t count = 0;
    int code = EXIT_UNAVAILABLE;
    settings_init(&settings, config, options);
    const char *topic = settings.kafka.features_topic;
    enum nw_err err = kafka_reader_new(&settings.kafka, "lag", &client);
    if (err == NW_OK) err = kafka_partition_count(client, topic, KAFKA_TIMEOUT_MS, &count);
    if (err == NW_OK) {
        lags = nw_calloc((size_t)count + 1, sizeof(*lags));
        if (read_redis(&settings, lags, count) == NW_OK) {
            read_watermarks(client, topic, lags, count);
            print_table(topic, lags, count);
            code = EXIT_DONE;
        }
    } else {
        fprintf(stderr, "newswired: %s: %s\n", topic,
                err == NW_ERR_NOT_FOUND ? "there is no such topic" : nw_err_text(err));
    }
    free(lags);
    kafka_client_free(client);
    settings_fini(&settings);
    return code;
}
