/*
 * kafka - librdkafka clients set up as the protocol demands (positions never stored behind our back,
 * no jumps, no gaps), and a few helpers.
 *
 * A client is used by one thread. Its log lines, errors, statistics, delivery reports and rebalances
 * come out of that thread's poll (rd_kafka_consumer_poll or rd_kafka_poll), never from librdkafka's
 * own threads. Constructors log why they fail.
 */
#ifndef NW_CONSUMERS_KAFKA_H
#define NW_CONSUMERS_KAFKA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "articles/event.h"
#include "base/arena.h"
#include "base/err.h"
#include "consumers/options.h"

enum {
    KAFKA_MESSAGE_MAX_BYTES = 9 * 1024 * 1024, /* max.message.bytes of the topics we create */
    KAFKA_START_TIMEOUT_MS = 60 * 1000,        /* when kafka_options.start_timeout_ms is 0 */
};

/* All may be NULL. context is given to each of them. */
struct kafka_callbacks {
    void *context;
    /* Must assign or unassign, as with rd_kafka_conf_set_rebalance_cb(). */
    void (*rebalance)(void *context, rd_kafka_t *rk, rd_kafka_resp_err_t err,
                      rd_kafka_topic_partition_list_t *partitions);
    void (*delivered)(void *context, const rd_kafka_message_t *message);
    void (*committed)(void *context, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *offsets);
};

struct kafka_client {
    rd_kafka_t *rk;
    bool consumer;
    bool brokers_down; /* librdkafka said that no broker answers; the owner clears it when one did */
    bool fatal;        /* this client cannot go on: make a new one, or end with 75 */
    char fatal_reason[256];
    char name[64];                       /* role.worker, for log lines */
    struct kafka_statistics *statistics; /* NULL: none are wanted */
    struct kafka_callbacks callbacks;
};

struct kafka_consumer_settings {
    const char *role; /* group is <group>.<role>, instance id <id>.<role>.<worker> */
    int worker;
    size_t fetch_bytes; /* fetched and not read yet; 0: 16 MiB */
    struct kafka_callbacks callbacks;
};

struct kafka_producer_settings {
    const char *name;
    /* 0: no timeout, for streams that must have no gap. Else a record that waited so long is reported as
     * failed: only for topics whose records have revisions and are sent again. */
    int message_timeout_ms;
    /* A record the broker refuses for good stops the producer (fatal): else those behind it are still
     * delivered, and the stream has a gap. */
    bool gapless;
    const char *transactional_id; /* NULL: idempotent only */
    size_t queue_bytes;           /* bound of what waits for delivery; 0: 32 MiB */
    struct kafka_callbacks callbacks;
};

/* range assignor, static membership when there is an instance id, no auto commit, auto.offset.reset=error,
 * bounded queues. NW_ERR_INPUT when the properties are refused, NW_ERR_FATAL otherwise. */
enum nw_err kafka_consumer_new(const struct kafka_options *options,
                               const struct kafka_consumer_settings *settings,
                               struct kafka_client **out) NW_MUST_CHECK;
/* To that topic alone. NW_ERR_FATAL, said in the log, when the client refuses. */
enum nw_err kafka_subscribe(struct kafka_client *client, const char *topic) NW_MUST_CHECK;
/* A consumer outside any group, for rd_kafka_assign() with explicit offsets (tools, the demo). It says when a
 * partition is read to its end: messages with RD_KAFKA_RESP_ERR__PARTITION_EOF. */
enum nw_err kafka_reader_new(const struct kafka_options *options, const char *name,
                             struct kafka_client **out) NW_MUST_CHECK;
/* idempotent, murmur2_random, queues bounded. Transactions are not initialised here. */
enum nw_err kafka_producer_new(const struct kafka_options *options,
                               const struct kafka_producer_settings *settings,
                               struct kafka_client **out) NW_MUST_CHECK;
/* A consumer leaves its group first (the rebalance callback runs once more). What a producer still
 * holds is dropped without a report: flush or purge before. NULL is fine. */
void kafka_client_free(struct kafka_client *client);

/* The partition murmur2_random gives to a non-empty key. */
int32_t kafka_key_partition(const void *key, size_t len, int32_t partition_count);

/* NW_ERR_NOT_FOUND: no such topic. NW_ERR_UNAVAILABLE: no answer within timeout_ms. NW_ERR_REFUSED: not
 * allowed. */
enum nw_err kafka_partition_count(struct kafka_client *client, const char *topic, int timeout_ms,
                                  int32_t *out) NW_MUST_CHECK;

/* The message's own time, NW_NO_TIME when it has none. */
int64_t kafka_message_time_ms(const rd_kafka_message_t *message);

/* The message as the article pipeline takes it. Key, value and headers are borrowed from the message,
 * the header array lives in the arena; topic is borrowed. */
void kafka_input_record(const rd_kafka_message_t *message, const char *topic, struct arena *arena,
                        struct input_record *out);

#endif
