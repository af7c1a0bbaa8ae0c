/*
 * mock_kafka - librdkafka's mock cluster inside a unit test, and short ways to fill and read it.
 * Everything asserts with cmocka. One thread.
 */
#ifndef NW_TESTS_MOCK_KAFKA_H
#define NW_TESTS_MOCK_KAFKA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "base/clock.h"
#include "consumers/options.h"

struct mock_kafka {
    rd_kafka_t *rk; /* also the producer of mock_kafka_put() */
    rd_kafka_mock_cluster_t *cluster;
    struct kafka_options options;
};

static inline void mock_kafka_start(struct mock_kafka *m)
{
    static const struct kafka_property quick[] = {{"fetch.wait.max.ms", "10"}, {"linger.ms", "0"}};
    char error[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "2", NULL, 0);
    rd_kafka_conf_set(conf, "message.max.bytes", "9437184", NULL, 0);
    /* A handle whose own brokers are the mock: it serves as our producer as well. */
    rd_kafka_conf_set(conf, "test.mock.num.brokers", "1", NULL, 0);
    m->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof(error));
    assert_non_null(m->rk);
    m->cluster = rd_kafka_handle_mock_cluster(m->rk);
    assert_non_null(m->cluster);
    m->options = (struct kafka_options){
        .brokers = rd_kafka_mock_cluster_bootstraps(m->cluster),
        .group = "nw",
        .instance_id = "",
        .articles_topic = "articles",
        .features_topic = "articles.features",
        .coverage_topic = "coverage",
        .rejected_topic = "articles.rejected",
        .insights_topic = "coverage.insights",
        .create_topics = true,
        .articles_partitions = 2,
        .features_partitions = 3,
        .replication_factor = 1,
        .properties = quick,
        .property_count = 2,
        .session_timeout_ms = 6000,
        .start_timeout_ms = 10000,
    };
    const struct kafka_options *o = &m->options;
    rd_kafka_mock_topic_create(m->cluster, o->articles_topic, o->articles_partitions, 1);
    rd_kafka_mock_topic_create(m->cluster, o->features_topic, o->features_partitions, 1);
    rd_kafka_mock_topic_create(m->cluster, o->coverage_topic, o->features_partitions, 1);
    rd_kafka_mock_topic_create(m->cluster, o->rejected_topic, 1, 1);
    rd_kafka_mock_topic_create(m->cluster, o->insights_topic, 1, 1);
}

static inline void mock_kafka_stop(struct mock_kafka *m)
{
    rd_kafka_destroy(m->rk);
}

static inline void mock_kafka_put(struct mock_kafka *m, const char *topic, int32_t partition, const char *key,
                                  const void *value, size_t len)
{
    union {
        const void *in;
        void *out;
    } k = {.in = key}, v = {.in = value};
    size_t key_len = key == NULL ? 0 : strlen(key);
    rd_kafka_resp_err_t err = rd_kafka_producev(
        m->rk, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_KEY(k.out, key_len),
        RD_KAFKA_V_VALUE(v.out, len), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    assert_int_equal(err, RD_KAFKA_RESP_ERR_NO_ERROR);
}

static inline void mock_kafka_put_text(struct mock_kafka *m, const char *topic, int32_t partition,
                                       const char *text)
{
    mock_kafka_put(m, topic, partition, NULL, text, strlen(text));
}

static inline void mock_kafka_flush(struct mock_kafka *m)
{
    assert_int_equal(rd_kafka_flush(m->rk, 20000), RD_KAFKA_RESP_ERR_NO_ERROR);
}

struct mock_record {
    char *key, *value; /* NUL-terminated copies, "" when NULL */
    size_t len;
    int32_t partition;
    int64_t offset, timestamp_ms;
    rd_kafka_headers_t *headers; /* NULL: none */
};

struct mock_records {
    struct mock_record *list;
    size_t count;
};

/* A consumer of that group that joins nothing by itself; the caller's. */
static inline rd_kafka_t *mock_kafka_consumer(const struct mock_kafka *m, const char *group)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", m->options.brokers, NULL, 0);
    rd_kafka_conf_set(conf, "group.id", group, NULL, 0);
    rd_kafka_conf_set(conf, "log_level", "2", NULL, 0);
    rd_kafka_conf_set(conf, "fetch.wait.max.ms", "10", NULL, 0);
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, NULL, 0);
    assert_non_null(rk);
    return rk;
}

/* All a topic holds now, partition by partition in offset order. */
static inline struct mock_records mock_kafka_read(struct mock_kafka *m, const char *topic, int32_t partitions)
{
    struct mock_records out = {0};
    rd_kafka_t *rk = mock_kafka_consumer(m, "reader");
    for (int32_t p = 0; p < partitions; p++) {
        int64_t low = 0, high = 0, at;
        assert_int_equal(rd_kafka_query_watermark_offsets(rk, topic, p, &low, &high, 10000), 0);
        rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
        rd_kafka_topic_partition_list_add(list, topic, p)->offset = at = low;
        assert_int_equal(rd_kafka_assign(rk, list), 0);
        rd_kafka_topic_partition_list_destroy(list);
        int64_t deadline = clock_mono_ms() + 20000;
        while (at < high) {
            assert_true(clock_mono_ms() < deadline);
            rd_kafka_message_t *message = rd_kafka_consumer_poll(rk, 100);
            if (message == NULL) continue;
            assert_int_equal(message->err, 0);
            out.list = realloc(out.list, (out.count + 1) * sizeof(*out.list));
            struct mock_record *record = &out.list[out.count++];
            *record = (struct mock_record){.len = message->len,
                                           .partition = p,
                                           .offset = message->offset,
                                           .timestamp_ms = rd_kafka_message_timestamp(message, NULL)};
            record->key = strndup(message->key == NULL ? "" : message->key, message->key_len);
            record->value = calloc(1, message->len + 1);
            if (message->len > 0) memcpy(record->value, message->payload, message->len);
            rd_kafka_message_detach_headers(message, &record->headers);
            at = message->offset + 1;
            rd_kafka_message_destroy(message);
        }
    }
    rd_kafka_consumer_close(rk);
    rd_kafka_destroy(rk);
    return out;
}

static inline void mock_records_free(struct mock_records *records)
{
    for (size_t i = 0; i < records->count; i++) {
        free(records->list[i].key);
        free(records->list[i].value);
        if (records->list[i].headers != NULL) rd_kafka_headers_destroy(records->list[i].headers);
    }
    free(records->list);
}

/* The last header of that name as a static text, "" when there is none. */
static inline const char *mock_record_header(const struct mock_record *record, const char *name)
{
    static char text[512];
    const void *value;
    size_t len;
    if (record->headers == NULL ||
        rd_kafka_header_get_last(record->headers, name, &value, &len) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return "";
    snprintf(text, sizeof(text), "%.*s", (int)len, (const char *)value);
    return text;
}

/* Committed offset of a group, -1 when none. */
static inline int64_t mock_kafka_committed(struct mock_kafka *m, const char *group, const char *topic,
                                           int32_t partition)
{
    rd_kafka_t *rk = mock_kafka_consumer(m, group);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic, partition);
    assert_int_equal(rd_kafka_committed(rk, list, 10000), 0);
    int64_t offset = list->elems[0].offset;
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(rk);
    return offset < 0 ? -1 : offset;
}

static inline void mock_kafka_commit(struct mock_kafka *m, const char *group, const char *topic,
                                     int32_t partition, int64_t offset)
{
    rd_kafka_t *rk = mock_kafka_consumer(m, group);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic, partition)->offset = offset;
    assert_int_equal(rd_kafka_commit(rk, list, 0), 0);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_destroy(rk);
}

#endif
