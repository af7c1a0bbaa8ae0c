#include "daemon/demo_watch.h"

#include <stdlib.h>
#include <string.h>

#include <hiredis/hiredis.h>

#include "base/alloc.h"
#include "base/log.h"
#include "consumers/kafka.h"

enum { ASK_TIMEOUT_MS = 1000 };

struct demo_watch {
    const struct kafka_options *kafka;
    const char *key_namespace;
    struct kafka_client *reader; /* of coverage */
    struct kafka_client *group;  /* to ask for the offsets of the article workers; never a member */
    redisContext *redis;
    rd_kafka_message_t *message; /* the record given out last */
    int64_t *read;               /* next coverage offset, by partition */
};

static enum nw_err assign_coverage(struct demo_watch *watch)
{
    rd_kafka_topic_partition_list_t *list =
        rd_kafka_topic_partition_list_new(watch->kafka->features_partitions);
    for (int32_t p = 0; p < watch->kafka->features_partitions; p++)
        rd_kafka_topic_partition_list_add(list, watch->kafka->coverage_topic, p)->offset = 0;
    rd_kafka_resp_err_t err = rd_kafka_assign(watch->reader->rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    return err == RD_KAFKA_RESP_ERR_NO_ERROR ? NW_OK : NW_ERR_UNAVAILABLE;
}

enum nw_err demo_watch_new(const struct kafka_options *kafka, const struct redis_options *redis,
                           struct demo_watch **out)
{
    struct demo_watch *watch = nw_calloc(1, sizeof(*watch));
    watch->kafka = kafka;
    watch->key_namespace = redis->key_namespace;
    watch->read = nw_calloc((size_t)kafka->features_partitions, sizeof(*watch->read));
    struct kafka_consumer_settings group = {.role = "articles"};
    enum nw_err err = kafka_reader_new(kafka, "demo-view", &watch->reader);
    if (err == NW_OK) err = kafka_consumer_new(kafka, &group, &watch->group);
    if (err == NW_OK) err = assign_coverage(watch);
    watch->redis = redisConnectUnix(redis->unix_path);
    if (err == NW_OK && (watch->redis == NULL || watch->redis->err != 0)) {
        log_error("redis does not answer", log_str("socket", redis->unix_path));
        err = NW_ERR_UNAVAILABLE;
    }
    if (err != NW_OK) {
        demo_watch_free(watch);
        return err;
    }
    *out = watch;
    return NW_OK;
}

void demo_watch_free(struct demo_watch *watch)
{
    if (watch == NULL) return;
    if (watch->message != NULL) rd_kafka_message_destroy(watch->message);
    kafka_client_free(watch->reader);
    kafka_client_free(watch->group);
    if (watch->redis != NULL) redisFree(watch->redis);
    free(watch->read);
    free(watch);
}

bool demo_watch_next(struct demo_watch *watch, struct demo_record *out)
{
    if (watch->message != NULL) rd_kafka_message_destroy(watch->message);
    while ((watch->message = rd_kafka_consumer_poll(watch->reader->rk, 0)) != NULL) {
        rd_kafka_message_t *m = watch->message;
        if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            watch->read[m->partition] = m->offset + 1;
            *out = (struct demo_record){
                .key = m->key, .value = m->payload, .key_len = m->key_len, .len = m->len};
            return true;
        }
        if (m->err != RD_KAFKA_RESP_ERR__PARTITION_EOF)
            log_warn("reading coverage", log_str("reason", rd_kafka_message_errstr(m)));
        rd_kafka_message_destroy(m);
    }
    return false;
}

/* -1: not known now. */
static int64_t log_end(struct demo_watch *watch, const char *topic, int32_t partition)
{
    int64_t low, high;
    rd_kafka_resp_err_t err =
        rd_kafka_query_watermark_offsets(watch->reader->rk, topic, partition, &low, &high, ASK_TIMEOUT_MS);
    return err == RD_KAFKA_RESP_ERR_NO_ERROR ? high : -1;
}

static bool articles_through(struct demo_watch *watch)
{
    bool through = true;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    for (int32_t p = 0; p < watch->kafka->articles_partitions; p++)
        rd_kafka_topic_partition_list_add(list, watch->kafka->articles_topic, p);
    if (rd_kafka_committed(watch->group->rk, list, ASK_TIMEOUT_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
        through = false;
    for (int i = 0; i < list->cnt && through; i++) {
        int64_t end = log_end(watch, watch->kafka->articles_topic, list->elems[i].partition);
        through = end >= 0 && (end == 0 || list->elems[i].offset == end);
    }
    rd_kafka_topic_partition_list_destroy(list);
    return through;
}

/* An integer or a string of digits; -1 otherwise. */
static int64_t ask_redis(struct demo_watch *watch, const char *command, int32_t partition, const char *key,
                         const char *field)
{
    char name[512];
    snprintf(name, sizeof(name), "%s:{%s:%d}:%s", watch->key_namespace, watch->kafka->features_topic,
             (int)partition, key);
    redisReply *reply = field == NULL ? redisCommand(watch->redis, "%s %s", command, name)
                                      : redisCommand(watch->redis, "%s %s %s", command, name, field);
    int64_t value = -1;
    if (reply != NULL && reply->type == REDIS_REPLY_INTEGER) value = reply->integer;
    if (reply != NULL && reply->type == REDIS_REPLY_STRING) value = strtoll(reply->str, NULL, 10);
    if (reply != NULL) freeReplyObject(reply);
    return value;
}

static bool stories_through(struct demo_watch *watch, int32_t partition)
{
    int64_t end = log_end(watch, watch->kafka->features_topic, partition);
    if (end <= 0) return end == 0;
    return ask_redis(watch, "HGET", partition, "_position", "next") == end &&
           ask_redis(watch, "HLEN", partition, "_outbox", NULL) == 0;
}

bool demo_watch_all_through(struct demo_watch *watch)
{
    if (!articles_through(watch)) return false;
    for (int32_t p = 0; p < watch->kafka->features_partitions; p++)
        if (!stories_through(watch, p)) return false;
    for (int32_t p = 0; p < watch->kafka->features_partitions; p++)
        if (log_end(watch, watch->kafka->coverage_topic, p) != watch->read[p]) return false;
    return true;
}

int64_t demo_watch_rejected(struct demo_watch *watch)
{
    int64_t total = 0;
    for (int32_t p = 0; p < watch->kafka->articles_partitions; p++) {
        int64_t end = log_end(watch, watch->kafka->rejected_topic, p);
        total += end > 0 ? end : 0;
    }
    return total;
}
