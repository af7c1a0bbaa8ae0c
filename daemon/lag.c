/* newswired lag: where each features partition stands: Redis' position against the end of the log. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "base/alloc.h"
#include "base/log.h"
#include "consumers/kafka.h"
#include "consumers/redis.h"
#include "consumers/redis_spread.h"
#include "consumers/store_keys.h"
#include "daemon/commands.h"
#include "daemon/settings.h"

enum { KAFKA_TIMEOUT_MS = 10000 };

struct partition_lag {
    char owner[40];          /* "" when nobody ever took it */
    int64_t position;        /* -1: none stored */
    int64_t low, high, live; /* low, high -1: unknown */
};

static void read_partition(const redisReply *owner, const redisReply *next, const redisReply *live,
                           struct partition_lag *out)
{
    if (owner->type == REDIS_REPLY_STRING) snprintf(out->owner, sizeof(out->owner), "%s", owner->str);
    out->position = next->type == REDIS_REPLY_STRING ? strtoll(next->str, NULL, 10) : -1;
    out->live = live->type == REDIS_REPLY_INTEGER ? live->integer : 0;
}

/* Owner, position and live stories of every partition. */
static enum nw_err read_redis(const struct settings *settings, struct partition_lag *lags, int32_t count)
{
    struct redis_spread *redis = redis_spread_new(&settings->redis);
    struct redis_pipe pipe = {0};
    redisReply **replies = nw_calloc((size_t)count * 3 + 1, sizeof(*replies));
    for (int32_t p = 0; p < count; p++) {
        struct store_keys keys;
        store_keys_init(&keys, settings->redis.key_namespace, settings->kafka.features_topic, p);
        redis_pipe_command(&pipe, "GET", 1);
        store_key(&pipe, &keys, STORE_OWNER);
        redis_pipe_command(&pipe, "HGET", 2);
        store_key(&pipe, &keys, STORE_POSITION);
        redis_pipe_text(&pipe, "next");
        redis_pipe_command(&pipe, "SCARD", 1);
        store_key(&pipe, &keys, STORE_LIVE);
    }
    enum nw_err err = redis_spread_exchange(redis, &pipe, replies);
    if (err != NW_OK) fprintf(stderr, "newswired: Redis: %s\n", redis_spread_error(redis));
    for (int32_t p = 0; err == NW_OK && p < count; p++)
        read_partition(replies[p * 3], replies[p * 3 + 1], replies[p * 3 + 2], &lags[p]);
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

/* What an operator should know of this line; "" when all is well. */
static const char *remark(const struct partition_lag *lag)
{
    if (lag->high < 0) return "Kafka does not say where the log ends";
    if (lag->position < 0) return lag->high == 0 ? "" : "no position stored: no instance has taken it yet";
    if (lag->position < lag->low) return "records are gone that were not read: see --rebuild";
    if (lag->position > lag->high) return "the log is shorter than what was read: was the topic made anew?";
    return "";
}

static void print_number(int64_t value, int width)
{
    if (value < 0)
        printf("%*s", width, "-");
    else
        printf("%*" PRId64, width, value);
}

static void print_table(const char *topic, const struct partition_lag *lags, int32_t count)
{
    int64_t total = 0;
    printf("%-10s %-34s %12s %12s %10s %10s  %s\n", "partition", "owner", "position", "log end", "lag",
           "stories", "");
    for (int32_t p = 0; p < count; p++) {
        const struct partition_lag *lag = &lags[p];
        int64_t position = lag->position < 0 ? lag->low : lag->position;
        int64_t behind = lag->high < 0 ? -1 : lag->high > position ? lag->high - position : 0;
        if (behind > 0) total += behind;
        printf("%-10d %-34s ", (int)p, *lag->owner ? lag->owner : "-");
        print_number(lag->position, 12);
        putchar(' ');
        print_number(lag->high, 12);
        putchar(' ');
        print_number(behind, 10);
        printf(" %10" PRId64 "  %s\n", lag->live, remark(lag));
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
