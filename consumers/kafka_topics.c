#include "consumers/kafka_topics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "consumers/kafka.h"
#include "consumers/kafka_admin.h"

enum { RETRY_MS = 200 };

#define TOPIC_MAX_MESSAGE "9437184" /* KAFKA_MESSAGE_MAX_BYTES */
#define SEVEN_DAYS_MS "604800000"
#define NINETY_DAYS_MS "7776000000"

struct topic_config {
    const char *name, *value;
};

enum { TOPIC_ARTICLES, TOPIC_FEATURES, TOPIC_REJECTED, TOPIC_COVERAGE, TOPIC_INSIGHTS, TOPIC_COUNT };

static const struct topic_config log_configs[] = {{"max.message.bytes", TOPIC_MAX_MESSAGE}, {NULL, NULL}};
/* Kept long: a lost Redis is rebuilt from it, and the oracle replays it. */
static const struct topic_config features_configs[] = {{"max.message.bytes", TOPIC_MAX_MESSAGE},
                                                       {"message.timestamp.type", "LogAppendTime"},
                                                       {"cleanup.policy", "delete"},
                                                       {"retention.ms", NINETY_DAYS_MS},
                                                       {NULL, NULL}};
/* The lag keeps a week of revisions for `history`. */
static const struct topic_config compacted_configs[] = {{"max.message.bytes", TOPIC_MAX_MESSAGE},
                                                        {"cleanup.policy", "compact"},
                                                        {"min.compaction.lag.ms", SEVEN_DAYS_MS},
                                                        {NULL, NULL}};

struct topic {
    const char *name;
    int32_t partitions; /* wanted when it is created */
    const struct topic_config *configs;
    int32_t found; /* partitions it has; 0: missing */
};

static void list_topics(const struct kafka_options *options, struct topic out[TOPIC_COUNT])
{
    int32_t articles = options->articles_partitions, features = options->features_partitions;
    out[TOPIC_ARTICLES] = (struct topic){options->articles_topic, articles, log_configs, 0};
    out[TOPIC_FEATURES] = (struct topic){options->features_topic, features, features_configs, 0};
    out[TOPIC_REJECTED] = (struct topic){options->rejected_topic, articles, log_configs, 0};
    out[TOPIC_COVERAGE] = (struct topic){options->coverage_topic, features, compacted_configs, 0};
    out[TOPIC_INSIGHTS] = (struct topic){options->insights_topic, features, compacted_configs, 0};
}

static bool stopped(const struct role_context *context)
{
    return context != NULL && *context->stop;
}

static void turn(struct role_context *context)
{
    if (context != NULL) context->status->turns++;
}

static rd_kafka_NewTopic_t *new_topic(const struct topic *topic, const struct kafka_options *options)
{
    char error[256];
    int replication = options->replication_factor > 0 ? options->replication_factor : -1;
    int partitions = topic->partitions > 0 ? topic->partitions : -1;
    rd_kafka_NewTopic_t *out =
        rd_kafka_NewTopic_new(topic->name, partitions, replication, error, sizeof(error));
    if (out == NULL) {
        log_error("topic cannot be created", log_str("topic", topic->name), log_str("reason", error));
        return NULL;
    }
    for (const struct topic_config *c = topic->configs; c->name != NULL; c++)
        rd_kafka_NewTopic_set_config(out, c->name, c->value);
    return out;
}

static enum nw_err creation_result(rd_kafka_event_t *event)
{
    const rd_kafka_CreateTopics_result_t *result = rd_kafka_event_CreateTopics_result(event);
    size_t count;
    const rd_kafka_topic_result_t **topics = rd_kafka_CreateTopics_result_topics(result, &count);
    enum nw_err err = NW_OK;
    for (size_t i = 0; i < count; i++) {
        const char *name = rd_kafka_topic_result_name(topics[i]);
        switch (rd_kafka_topic_result_error(topics[i])) {
        case RD_KAFKA_RESP_ERR_NO_ERROR:
            log_notice("topic created", log_str("topic", name));
            break;
        case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS: /* another instance was faster */
            break;
        case RD_KAFKA_RESP_ERR_NOT_CONTROLLER:
        case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
            break; /* asked again */
        default:
            log_error("topic not created", log_str("topic", name),
                      log_str("reason", rd_kafka_topic_result_error_string(topics[i])));
            err = NW_ERR_REFUSED;
        }
    }
    return err;
}

/* NW_OK also when it should simply be tried again. */
static enum nw_err create_missing(struct kafka_client *client, const struct kafka_options *options,
                                  const struct topic topics[TOPIC_COUNT])
{
    rd_kafka_NewTopic_t *wanted[TOPIC_COUNT];
    size_t count = 0;
    enum nw_err err = NW_OK;
    for (int i = 0; i < TOPIC_COUNT && err == NW_OK; i++) {
        if (topics[i].found > 0) continue;
        wanted[count] = new_topic(&topics[i], options);
        if (wanted[count] == NULL)
            err = NW_ERR_REFUSED;
        else
            count++;
    }
    if (err == NW_OK && count > 0) {
        rd_kafka_queue_t *queue = rd_kafka_queue_new(client->rk);
        rd_kafka_AdminOptions_t *admin = kafka_admin_options(client, RD_KAFKA_ADMIN_OP_CREATETOPICS);
        rd_kafka_CreateTopics(client->rk, wanted, count, admin, queue);
        rd_kafka_event_t *event = kafka_admin_answer(client, queue);
        if (event != NULL && rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR)
            err = creation_result(event);
        else if (event != NULL)
            log_warn("topics not created", log_str("reason", rd_kafka_event_error_string(event)));
        if (event != NULL) rd_kafka_event_destroy(event);
        rd_kafka_AdminOptions_destroy(admin);
        rd_kafka_queue_destroy(queue);
    }
    rd_kafka_NewTopic_destroy_array(wanted, count);
    return err;
}

/* Looks at each topic once. NW_ERR_NOT_FOUND: some are missing. */
static enum nw_err look(struct kafka_client *client, struct topic topics[TOPIC_COUNT],
                        struct role_context *context, const char **missing)
{
    enum nw_err result = NW_OK;
    for (int i = 0; i < TOPIC_COUNT && !stopped(context); i++) {
        if (topics[i].found > 0) continue;
        enum nw_err err = kafka_partition_count(client, topics[i].name, 1000, &topics[i].found);
        turn(context);
        rd_kafka_poll(client->rk, 0);
        if (err == NW_OK) continue;
        *missing = topics[i].name;
        if (err != NW_ERR_NOT_FOUND) return err;
        result = NW_ERR_NOT_FOUND;
    }
    return result;
}

static enum nw_err wait_for_topics(struct kafka_client *client, const struct kafka_options *options,
                                   struct role_context *context, struct topic topics[TOPIC_COUNT])
{
    int32_t timeout = options->start_timeout_ms > 0 ? options->start_timeout_ms : KAFKA_START_TIMEOUT_MS;
    int64_t deadline = clock_mono_ms() + timeout;
    const char *missing = "";
    enum nw_err err = NW_ERR_UNAVAILABLE;
    while (!stopped(context) && clock_mono_ms() < deadline) {
        err = look(client, topics, context, &missing);
        if (err == NW_OK) return NW_OK;
        if (err == NW_ERR_NOT_FOUND && options->create_topics &&
            create_missing(client, options, topics) != NW_OK)
            return NW_ERR_REFUSED;
        if (err == NW_ERR_REFUSED) {
            log_error("topic not allowed", log_str("topic", missing));
            return err;
        }
        rd_kafka_poll(client->rk, RETRY_MS);
    }
    if (stopped(context)) return NW_ERR_UNAVAILABLE;
    if (err == NW_ERR_NOT_FOUND)
        log_error("topic is missing: create it, or set kafka.create_topics", log_str("topic", missing));
    else
        log_error("kafka not there within the start timeout", log_str("brokers", options->brokers),
                  log_int("timeout_ms", timeout));
    return NW_ERR_UNAVAILABLE;
}

static enum nw_err check_features_settings(const struct kafka_topic_settings *settings, const char *topic)
{
    if (strcmp(settings->timestamp_type, "LogAppendTime") != 0) {
        log_error("features topic must have message.timestamp.type=LogAppendTime", log_str("topic", topic),
                  log_str("found", settings->timestamp_type));
        return NW_ERR_REFUSED;
    }
    if (settings->max_message_bytes > 0 &&
        settings->max_message_bytes < KAFKA_TOPICS_FEATURES_MESSAGE_MIN_BYTES) {
        log_error("features topic takes too small messages", log_str("topic", topic),
                  log_int("max_message_bytes", settings->max_message_bytes),
                  log_int("needed", KAFKA_TOPICS_FEATURES_MESSAGE_MIN_BYTES));
        return NW_ERR_REFUSED;
    }
    return NW_OK;
}

static enum nw_err partition_count_differs(const struct kafka_options *options, int32_t found)
{
    log_error(
        "features topic has another number of partitions than kafka.features_partitions: that would move "
        "languages. Correct the configuration, or begin a new generation",
        log_str("topic", options->features_topic), log_int("found", found),
        log_int("configured", options->features_partitions));
    return NW_ERR_REFUSED;
}

static enum nw_err describe_features(struct kafka_client *client, const struct kafka_options *options)
{
    char reason[200];
    struct kafka_topic_settings settings;
    const char *topic = options->features_topic;
    enum nw_err err = kafka_admin_topic_settings(client, topic, &settings, reason, sizeof(reason));
    if (err == NW_OK) return check_features_settings(&settings, topic);
    if (err == NW_ERR_REFUSED) {
        log_warn(
            "settings of the features topic cannot be checked (DescribeConfigs is not allowed); it must have "
            "message.timestamp.type=LogAppendTime",
            log_str("topic", topic));
        return NW_OK;
    }
    log_error("settings of the features topic not read", log_str("topic", topic), log_str("reason", reason));
    return err;
}

static enum nw_err check_features(struct kafka_client *client, const struct kafka_options *options,
                                  int32_t found)
{
    bool mock = kafka_admin_is_mock(client);
    bool count_differs = options->features_partitions > 0 && options->features_partitions != found;
    if (!mock) {
        if (count_differs) return partition_count_differs(options, found);
        return describe_features(client, options);
    }
    log_warn(
        "librdkafka's mock cluster: no guarantee is proved on it, and the features topic is not checked");
    if (count_differs)
        log_warn("features topic has another number of partitions than configured", log_int("found", found),
                 log_int("configured", options->features_partitions));
    return NW_OK;
}

enum nw_err kafka_topics_ensure(const struct kafka_options *options, struct role_context *context,
                                struct kafka_topics *out)
{
    struct topic topics[TOPIC_COUNT];
    list_topics(options, topics);
    struct kafka_client *client;
    /* A consumer: it alone asks about topics without creating them by the way. */
    enum nw_err err = kafka_reader_new(options, "topics", &client);
    if (err != NW_OK) return NW_ERR_REFUSED;
    err = wait_for_topics(client, options, context, topics);
    if (err == NW_OK) err = check_features(client, options, topics[TOPIC_FEATURES].found);
    if (err == NW_OK) {
        out->articles_partitions = topics[TOPIC_ARTICLES].found;
        out->features_partitions = topics[TOPIC_FEATURES].found;
    }
    kafka_client_free(client);
    return err;
}
