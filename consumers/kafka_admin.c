#include "consumers/kafka_admin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

enum { REQUEST_TIMEOUT_MS = 10000 };

rd_kafka_AdminOptions_t *kafka_admin_options(struct kafka_client *client, rd_kafka_admin_op_t op)
{
    rd_kafka_AdminOptions_t *options = rd_kafka_AdminOptions_new(client->rk, op);
    rd_kafka_AdminOptions_set_request_timeout(options, REQUEST_TIMEOUT_MS, NULL, 0);
    return options;
}

rd_kafka_event_t *kafka_admin_answer(struct kafka_client *client, rd_kafka_queue_t *queue)
{
    int64_t deadline = clock_mono_ms() + REQUEST_TIMEOUT_MS + 1000;
    rd_kafka_event_t *event = NULL;
    while (event == NULL && clock_mono_ms() < deadline) {
        event = rd_kafka_queue_poll(queue, 100);
        rd_kafka_poll(client->rk, 0);
    }
    return event;
}

bool kafka_admin_is_mock(struct kafka_client *client)
{
    char *id = rd_kafka_clusterid(client->rk, 1000);
    bool mock = id != NULL && strncmp(id, "mockCluster", strlen("mockCluster")) == 0;
    if (id != NULL) rd_kafka_mem_free(client->rk, id);
    return mock;
}

static void read_entry(const rd_kafka_ConfigEntry_t *entry, struct kafka_topic_settings *out)
{
    const char *name = rd_kafka_ConfigEntry_name(entry), *value = rd_kafka_ConfigEntry_value(entry);
    if (value == NULL) return;
    if (strcmp(name, "cleanup.policy") == 0)
        snprintf(out->cleanup_policy, sizeof(out->cleanup_policy), "%s", value);
    else if (strcmp(name, "message.timestamp.type") == 0)
        snprintf(out->timestamp_type, sizeof(out->timestamp_type), "%s", value);
    else if (strcmp(name, "retention.ms") == 0)
        out->retention_ms = strtoll(value, NULL, 10);
    else if (strcmp(name, "retention.bytes") == 0)
        out->retention_bytes = strtoll(value, NULL, 10);
    else if (strcmp(name, "max.message.bytes") == 0)
        out->max_message_bytes = strtoll(value, NULL, 10);
}

static rd_kafka_resp_err_t read_answer(rd_kafka_event_t *event, struct kafka_topic_settings *out)
{
    size_t count;
    const rd_kafka_ConfigResource_t *found =
        rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &count)[0];
    rd_kafka_resp_err_t code = rd_kafka_ConfigResource_error(found);
    const rd_kafka_ConfigEntry_t **entries = rd_kafka_ConfigResource_configs(found, &count);
    for (size_t i = 0; code == RD_KAFKA_RESP_ERR_NO_ERROR && i < count; i++) read_entry(entries[i], out);
    return code;
}

enum nw_err kafka_admin_topic_settings(struct kafka_client *client, const char *topic,
                                       struct kafka_topic_settings *out, char *reason, size_t reason_size)
{
    struct kafka_topic_settings settings = {.retention_ms = -1, .retention_bytes = -1};
    rd_kafka_ConfigResource_t *asked = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic);
    rd_kafka_AdminOptions_t *options = kafka_admin_options(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(client->rk);
    rd_kafka_DescribeConfigs(client->rk, &asked, 1, options, queue);
    rd_kafka_event_t *event = kafka_admin_answer(client, queue);
    rd_kafka_resp_err_t code = event == NULL ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(event);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) code = read_answer(event, &settings);
    if (event != NULL) rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_AdminOptions_destroy(options);
    rd_kafka_ConfigResource_destroy(asked);
    snprintf(reason, reason_size, "%s", code == RD_KAFKA_RESP_ERR_NO_ERROR ? "" : rd_kafka_err2str(code));
    if (code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED) return NW_ERR_REFUSED;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return NW_ERR_UNAVAILABLE;
    *out = settings;
    return NW_OK;
}
