/*
 * kafka_admin - admin requests: their answers are waited for, a topic's settings are read.
 *
 * Blocking, with a time limit; for the start and for tools. The client is used by the calling thread.
 */
#ifndef NW_CONSUMERS_KAFKA_ADMIN_H
#define NW_CONSUMERS_KAFKA_ADMIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "consumers/kafka.h"

/* The caller destroys it. */
rd_kafka_AdminOptions_t *kafka_admin_options(struct kafka_client *client, rd_kafka_admin_op_t op);
/* Waits for the answer to an admin request; NULL when none came. The caller destroys the event. */
rd_kafka_event_t *kafka_admin_answer(struct kafka_client *client, rd_kafka_queue_t *queue);

/* librdkafka's mock cluster: it knows no admin requests, and waiting for its controller would take the whole
 * request timeout. */
bool kafka_admin_is_mock(struct kafka_client *client);

struct kafka_topic_settings {
    char cleanup_policy[32], timestamp_type[24]; /* "" : not said */
    int64_t retention_ms, retention_bytes;       /* -1: no limit */
    int64_t max_message_bytes;                   /* 0: not said */
};

/* NW_ERR_REFUSED: DescribeConfigs is not allowed. NW_ERR_UNAVAILABLE: no answer; reason says why. */
enum nw_err kafka_admin_topic_settings(struct kafka_client *client, const char *topic,
                                       struct kafka_topic_settings *out, char *reason,
                                       size_t reason_size) NW_MUST_CHECK;

#endif
