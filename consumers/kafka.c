#include "consumers/kafka.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/instant.h"
#include "base/log.h"
#include "consumers/kafka_properties.h"
#include "consumers/kafka_statistics.h"

enum { HEARTBEAT_DEFAULT_MS = 3000 }; /* of librdkafka */

struct setting {
    const char *name, *value;
};

static void log_line(const rd_kafka_t *rk, int level, const char *facility, const char *text)
{
    const struct kafka_client *client = rd_kafka_opaque(rk);
    /* A property of producers in a consumer's settings and the like (we give both sides the same list),
     * and that the mock creates topics when asked for them. */
    bool noise = strcmp(facility, "CONFWARN") == 0 || strcmp(facility, "AUTOCREATE") == 0;
    enum log_level ours = noise        ? LOG_DEBUG_LEVEL
                          : level <= 2 ? LOG_ERROR
                          : level <= 4 ? LOG_WARN /* 3: a broker connection failed; it is tried again */
                          : level == 5 ? LOG_NOTICE_LEVEL
                          : level == 6 ? LOG_INFO_LEVEL
                                       : LOG_DEBUG_LEVEL;
    if (!log_enabled(ours)) return;
    log_emit(
        ours, "librdkafka",
        LOG_FIELDS(log_str("client", client->name), log_str("facility", facility), log_str("text", text)));
}

static void error_event(rd_kafka_t *rk, int err, const char *reason, void *opaque)
{
    struct kafka_client *client = opaque;
    if (err == RD_KAFKA_RESP_ERR__FATAL) {
        client->fatal = true;
        rd_kafka_fatal_error(rk, client->fatal_reason, sizeof(client->fatal_reason));
        log_error("kafka client failed for good", log_str("client", client->name),
                  log_str("reason", client->fatal_reason));
        return;
    }
    if (err == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) client->brokers_down = true;
    log_warn("kafka error", log_str("client", client->name),
             log_str("code", rd_kafka_err2name((rd_kafka_resp_err_t)err)), log_str("reason", reason));
}

static void rebalance_event(rd_kafka_t *rk, rd_kafka_resp_err_t err,
                            rd_kafka_topic_partition_list_t *partitions, void *opaque)
{
    struct kafka_client *client = opaque;
    client->callbacks.rebalance(client->callbacks.context, rk, err, partitions);
}

static void delivery_event(rd_kafka_t *rk, const rd_kafka_message_t *message, void *opaque)
{
    (void)rk;
    struct kafka_client *client = opaque;
    client->callbacks.delivered(client->callbacks.context, message);
}

static void commit_event(rd_kafka_t *rk, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *offsets,
                         void *opaque)
{
    (void)rk;
    struct kafka_client *client = opaque;
    client->callbacks.committed(client->callbacks.context, err, offsets);
}

static int statistics_event(rd_kafka_t *rk, char *json, size_t len, void *opaque)
{
    (void)rk;
    struct kafka_client *client = opaque;
    kafka_statistics_note(client->statistics, json, len);
    return 0; /* librdkafka frees it */
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
    char error[512];
    rd_kafka_conf_res_t res = rd_kafka_conf_set(conf, name, value, error, sizeof(error));
    /* Our own tables and integers of the checked configuration: anything else is a mistake in here. */
    if (res != RD_KAFKA_CONF_OK) log_error("kafka setting refused", log_str("reason", error));
    assert(res == RD_KAFKA_CONF_OK);
}

static void set_int(rd_kafka_conf_t *conf, const char *name, int64_t value)
{
    char text[32];
    snprintf(text, sizeof(text), "%lld", (long long)value);
    set(conf, name, text);
}

static void set_all(rd_kafka_conf_t *conf, const struct setting *settings, size_t count)
{
    for (size_t i = 0; i < count; i++) set(conf, settings[i].name, settings[i].value);
}

/* What an operator may override with kafka.properties ... */
static const struct setting defaults[] = {
    {"socket.nagle.disable", "true"},
    {"socket.keepalive.enable", "true"},
    {"queued.max.messages.kbytes", "16384"}, /* memory_limit_mb: see conf_new() */
    {"queued.min.messages",
     "10000"}, /* a small record costs some 400 bytes more, which kbytes does not see */
    {"fetch.message.max.bytes", "1048576"},
    {"fetch.max.bytes", "10485760"}, /* one answer of one broker: the overshoot of the line above */
    {"fetch.wait.max.ms", "100"},
    {"linger.ms", "5"},
    {"batch.size", "900000"}, /* below max.message.bytes of a broker left at its default */
    {"topic.metadata.refresh.interval.ms", "60000"},
    {"reconnect.backoff.max.ms", "5000"},
    {"max.poll.interval.ms", "900000"}, /* loops poll while they restore as well */
};

/* ... and what not (each is in KAFKA_REFUSED_PROPERTIES). */
static const struct setting consumer_settings[] = {
    {"enable.auto.commit", "false"},       {"enable.auto.offset.store", "false"},
    {"auto.offset.reset", "error"},        {"partition.assignment.strategy", "range"},
    {"isolation.level", "read_committed"}, {"enable.partition.eof", "false"},
    {"allow.auto.create.topics", "false"},
};
static const struct setting producer_settings[] = {
    {"enable.idempotence", "true"},
    {"partitioner", "murmur2_random"},
    {"allow.auto.create.topics", "false"},
};

/* Everything both kinds share; NULL when the properties are refused (said in the log). */
static rd_kafka_conf_t *conf_new(const struct kafka_options *options, struct kafka_client *client,
                                 size_t fetch_bytes)
{
    char error[512];
    if (kafka_properties_check(options->properties, options->property_count, error, sizeof(error)) != NW_OK) {
        log_error("kafka properties refused", log_str("reason", error));
        return NULL;
    }
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set_all(conf, defaults, sizeof(defaults) / sizeof(defaults[0]));
    char id[128];
    snprintf(id, sizeof(id), "newswired.%s", client->name);
    set(conf, "client.id", id);
    if (fetch_bytes > 0) set_int(conf, "queued.max.messages.kbytes", (int64_t)(fetch_bytes / 1024));
    for (size_t i = 0; i < options->property_count; i++)
        set(conf, options->properties[i].name, options->properties[i].value);
    set(conf, "bootstrap.servers", options->brokers);
    set(conf, "log.queue", "true");
    set_int(conf, "message.max.bytes", KAFKA_MESSAGE_MAX_BYTES);
    rd_kafka_conf_set_opaque(conf, client);
    rd_kafka_conf_set_log_cb(conf, log_line);
    rd_kafka_conf_set_error_cb(conf, error_event);
    return conf;
}

/* Of a client that lives as long as the role; a coverage producer, of which there is one a partition, is
 * seen by its rounds. */
static void want_statistics(const struct kafka_options *options, struct kafka_client *client,
                            rd_kafka_conf_t *conf)
{
    if (options->metrics == NULL) return;
    client->statistics = kafka_statistics_new(options->metrics, client->name);
    set_int(conf, "statistics.interval.ms", KAFKA_STATISTICS_INTERVAL_MS);
    rd_kafka_conf_set_stats_cb(conf, statistics_event);
}

static struct kafka_client *client_new(bool consumer, const char *name, int worker,
                                       const struct kafka_callbacks *callbacks)
{
    struct kafka_client *client = nw_calloc(1, sizeof(*client));
    client->consumer = consumer;
    if (callbacks != NULL) client->callbacks = *callbacks;
    if (worker >= 0)
        snprintf(client->name, sizeof(client->name), "%s.%d", name, worker);
    else
        snprintf(client->name, sizeof(client->name), "%s", name);
    return client;
}

/* Takes conf. */
static enum nw_err client_start(struct kafka_client *client, rd_kafka_conf_t *conf, struct kafka_client **out)
{
    char error[512];
    client->rk =
        rd_kafka_new(client->consumer ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER, conf, error, sizeof(error));
    if (client->rk == NULL) {
        log_error("kafka client not created", log_str("client", client->name), log_str("reason", error));
        rd_kafka_conf_destroy(conf);
        kafka_statistics_free(client->statistics);
        free(client);
        return NW_ERR_FATAL;
    }
    /* Log lines join the other events of the queue that the owner polls. */
    rd_kafka_set_log_queue(client->rk, NULL);
    if (client->consumer) rd_kafka_poll_set_consumer(client->rk);
    *out = client;
    return NW_OK;
}

/* Three heartbeats in a session, or librdkafka's own pace where that is quicker: a session shorter than the
 * default of 3 s between heartbeats would end between two of them, again and again. */
static void set_session(rd_kafka_conf_t *conf, int32_t session_timeout_ms)
{
    if (session_timeout_ms <= 0) return;
    set_int(conf, "session.timeout.ms", session_timeout_ms);
    int32_t heartbeat_ms = session_timeout_ms / 3;
    if (heartbeat_ms < HEARTBEAT_DEFAULT_MS) set_int(conf, "heartbeat.interval.ms", heartbeat_ms);
}

enum nw_err kafka_consumer_new(const struct kafka_options *options,
                               const struct kafka_consumer_settings *settings, struct kafka_client **out)
{
    struct kafka_client *client = client_new(true, settings->role, settings->worker, &settings->callbacks);
    rd_kafka_conf_t *conf = conf_new(options, client, settings->fetch_bytes);
    if (conf == NULL) {
        free(client);
        return NW_ERR_INPUT;
    }
    set_all(conf, consumer_settings, sizeof(consumer_settings) / sizeof(consumer_settings[0]));
    set_session(conf, options->session_timeout_ms);
    char id[256];
    snprintf(id, sizeof(id), "%s.%s", options->group, settings->role);
    set(conf, "group.id", id);
    if (options->instance_id[0] != '\0') {
        snprintf(id, sizeof(id), "%s.%s.%d", options->instance_id, settings->role, settings->worker);
        set(conf, "group.instance.id", id);
    }
    want_statistics(options, client, conf);
    if (client->callbacks.rebalance != NULL) rd_kafka_conf_set_rebalance_cb(conf, rebalance_event);
    if (client->callbacks.committed != NULL) rd_kafka_conf_set_offset_commit_cb(conf, commit_event);
    return client_start(client, conf, out);
}

enum nw_err kafka_subscribe(struct kafka_client *client, const char *topic)
{
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, topic, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t err = rd_kafka_subscribe(client->rk, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR) return NW_OK;
    log_error("subscribing failed", log_str("client", client->name), log_str("topic", topic),
              log_str("reason", rd_kafka_err2str(err)));
    return NW_ERR_FATAL;
}

enum nw_err kafka_reader_new(const struct kafka_options *options, const char *name, struct kafka_client **out)
{
    struct kafka_client *client = client_new(true, name, -1, NULL);
    rd_kafka_conf_t *conf = conf_new(options, client, 0);
    if (conf == NULL) {
        free(client);
        return NW_ERR_INPUT;
    }
    set_all(conf, consumer_settings, sizeof(consumer_settings) / sizeof(consumer_settings[0]));
    set_session(conf, options->session_timeout_ms); /* unused, but max.poll.interval.ms may not be shorter */
    set(conf, "enable.partition.eof", "true");
    /* librdkafka wants a group to be named; without subscribe and commit none is ever joined. */
    char id[256];
    snprintf(id, sizeof(id), "%s.%s", options->group, name);
    set(conf, "group.id", id);
    return client_start(client, conf, out);
}

enum nw_err kafka_producer_new(const struct kafka_options *options,
                               const struct kafka_producer_settings *settings, struct kafka_client **out)
{
    struct kafka_client *client = client_new(false, settings->name, -1, &settings->callbacks);
    rd_kafka_conf_t *conf = conf_new(options, client, 0);
    if (conf == NULL) {
        free(client);
        return NW_ERR_INPUT;
    }
    set_all(conf, producer_settings, sizeof(producer_settings) / sizeof(producer_settings[0]));
    set_int(conf, "message.timeout.ms", settings->message_timeout_ms);
    set_int(conf, "queue.buffering.max.kbytes",
            settings->queue_bytes > 0 ? (int64_t)(settings->queue_bytes / 1024) : 32 * 1024);
    if (settings->gapless) set(conf, "enable.gapless.guarantee", "true");
    if (settings->transactional_id != NULL)
        set(conf, "transactional.id", settings->transactional_id);
    else
        want_statistics(options, client, conf);
    if (client->callbacks.delivered != NULL) rd_kafka_conf_set_dr_msg_cb(conf, delivery_event);
    return client_start(client, conf, out);
}

void kafka_client_free(struct kafka_client *client)
{
    if (client == NULL) return;
    if (client->consumer) rd_kafka_consumer_close(client->rk);
    rd_kafka_destroy(client->rk);
    kafka_statistics_free(client->statistics);
    free(client);
}

int32_t kafka_key_partition(const void *key, size_t len, int32_t partition_count)
{
    /* An empty key is spread at random, and that alone would need the topic's handle. */
    assert(len > 0 && partition_count > 0);
    return rd_kafka_msg_partitioner_murmur2_random(NULL, key, len, partition_count, NULL, NULL);
}

static enum nw_err metadata_error(rd_kafka_resp_err_t err)
{
    switch (err) {
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
        return NW_ERR_NOT_FOUND;
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
        return NW_ERR_REFUSED;
    default:
        return NW_ERR_UNAVAILABLE; /* leader elections and transport: it may come */
    }
}

enum nw_err kafka_partition_count(struct kafka_client *client, const char *topic, int timeout_ms,
                                  int32_t *out)
{
    const struct rd_kafka_metadata *metadata = NULL;
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(client->rk, topic, NULL);
    if (rkt == NULL) return metadata_error(rd_kafka_last_error());
    enum nw_err err = NW_ERR_UNAVAILABLE;
    rd_kafka_resp_err_t res = rd_kafka_metadata(client->rk, 0, rkt, &metadata, timeout_ms);
    if (res != RD_KAFKA_RESP_ERR_NO_ERROR) {
        err = metadata_error(res);
        goto free_topic;
    }
    if (metadata->topic_cnt == 1) {
        const struct rd_kafka_metadata_topic *found = &metadata->topics[0];
        err = found->err != RD_KAFKA_RESP_ERR_NO_ERROR ? metadata_error(found->err)
              : found->partition_cnt > 0               ? NW_OK
                                                       : NW_ERR_UNAVAILABLE;
        if (err == NW_OK) *out = found->partition_cnt;
    }
    rd_kafka_metadata_destroy(metadata);
free_topic:
    rd_kafka_topic_destroy(rkt);
    return err;
}

int64_t kafka_message_time_ms(const rd_kafka_message_t *message)
{
    rd_kafka_timestamp_type_t type;
    int64_t time = rd_kafka_message_timestamp(message, &type);
    return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || time < 0 ? NW_NO_TIME : time;
}

static size_t read_headers(const rd_kafka_message_t *message, struct arena *arena,
                           const struct input_header **out)
{
    rd_kafka_headers_t *headers;
    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return 0;
    size_t count = rd_kafka_header_cnt(headers);
    struct input_header *list = arena_calloc(arena, count, sizeof(*list));
    *out = list;
    for (size_t i = 0; i < count; i++) {
        rd_kafka_resp_err_t err =
            rd_kafka_header_get_all(headers, i, &list[i].name, &list[i].value, &list[i].len);
        assert(err == RD_KAFKA_RESP_ERR_NO_ERROR); /* i is in range */
    }
    return count;
}

void kafka_input_record(const rd_kafka_message_t *message, const char *topic, struct arena *arena,
                        struct input_record *out)
{
    *out = (struct input_record){
        .key = message->key,
        .key_len = message->key_len,
        .value = message->payload,
        .len = message->len,
        .append_ms = kafka_message_time_ms(message),
        .origin = {.topic = topic, .partition = message->partition, .offset = message->offset},
    };
    out->header_count = read_headers(message, arena, &out->headers);
}
