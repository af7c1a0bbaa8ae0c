#include "consumers/kafka_statistics.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/alloc.h"

/* The metrics with the label client. */
static const enum metric_id shown[] = {
    METRIC_KAFKA_BROKERS_UP,  METRIC_KAFKA_RTT,    METRIC_KAFKA_QUEUE_RECORDS,
    METRIC_KAFKA_QUEUE_BYTES, METRIC_KAFKA_ERRORS, METRIC_KAFKA_REBALANCES,
};
enum { BROKERS_UP, RTT, QUEUE_RECORDS, QUEUE_BYTES, ERRORS, REBALANCES, SHOWN };

struct kafka_statistics {
    struct metrics *metrics;
    unsigned index[SHOWN];
    uint64_t errors, rebalances; /* already counted */
};

struct kafka_statistics *kafka_statistics_new(struct metrics *metrics, const char *client)
{
    struct kafka_statistics *statistics = nw_calloc(1, sizeof(*statistics));
    statistics->metrics = metrics;
    for (int i = 0; i < SHOWN; i++) statistics->index[i] = metrics_index_of(metrics, shown[i], client);
    return statistics;
}

void kafka_statistics_free(struct kafka_statistics *statistics)
{
    if (statistics == NULL) return;
    /* The client is gone: its gauges would stand for ever at what they were. */
    for (int i = BROKERS_UP; i <= QUEUE_BYTES; i++)
        metrics_hide(statistics->metrics, shown[i], statistics->index[i]);
    free(statistics);
}

static uint64_t number(const json_t *object, const char *name)
{
    json_int_t value = json_integer_value(json_object_get(object, name));
    return value > 0 ? (uint64_t)value : 0;
}

struct broker_sums {
    uint64_t up, rtt_us, errors;
};

static void add_broker(const json_t *broker, struct broker_sums *sums)
{
    const char *state = json_string_value(json_object_get(broker, "state"));
    uint64_t rtt_us = number(json_object_get(broker, "rtt"), "avg");
    /* Bootstrap addresses and the group's coordinator are listed too, with the number -1. */
    bool real = json_integer_value(json_object_get(broker, "nodeid")) >= 0;
    sums->up += real && state != NULL && strcmp(state, "UP") == 0;
    if (rtt_us > sums->rtt_us) sums->rtt_us = rtt_us;
    sums->errors += number(broker, "txerrs") + number(broker, "rxerrs") + number(broker, "req_timeouts");
}

/* Fetched and not read yet. */
static void add_fetched(json_t *root, uint64_t *records, uint64_t *bytes)
{
    const char *name, *partition_name;
    json_t *topic, *partition;
    json_object_foreach (json_object_get(root, "topics"), name, topic) {
        json_object_foreach (json_object_get(topic, "partitions"), partition_name, partition) {
            *records += number(partition, "fetchq_cnt");
            *bytes += number(partition, "fetchq_size");
        }
    }
}

static void set(const struct kafka_statistics *statistics, int which, double value)
{
    metrics_set(statistics->metrics, shown[which], statistics->index[which], value);
}

/* Counts what has come since the last time. */
static void count(const struct kafka_statistics *statistics, int which, uint64_t *before, uint64_t now)
{
    if (now > *before)
        metrics_add(statistics->metrics, shown[which], statistics->index[which], now - *before);
    *before = now;
}

void kafka_statistics_note(struct kafka_statistics *statistics, const char *json, size_t len)
{
    json_t *root = json_loadb(json, len, 0, NULL), *broker;
    const char *name;
    if (!json_is_object(root)) {
        json_decref(root);
        return;
    }
    struct broker_sums sums = {0};
    uint64_t records = number(root, "msg_cnt"), bytes = number(root, "msg_size");
    json_object_foreach (json_object_get(root, "brokers"), name, broker) add_broker(broker, &sums);
    add_fetched(root, &records, &bytes);
    set(statistics, BROKERS_UP, (double)sums.up);
    set(statistics, RTT, (double)sums.rtt_us / 1e6);
    set(statistics, QUEUE_RECORDS, (double)records);
    set(statistics, QUEUE_BYTES, (double)bytes);
    count(statistics, ERRORS, &statistics->errors, sums.errors);
    count(statistics, REBALANCES, &statistics->rebalances,
          number(json_object_get(root, "cgrp"), "rebalance_cnt"));
    json_decref(root);
}
