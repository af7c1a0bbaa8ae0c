#include "consumers/kafka_audit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "consumers/kafka.h"
#include "consumers/kafka_admin.h"
#include "consumers/kafka_topics.h"

enum { TIMEOUT_MS = 10000, HEADERS_BYTES = 4096, RETRY_MS = 200 };
static const int64_t HOUR_MS = 3600 * 1000;

struct look {
    struct kafka_client *client;
    const struct kafka_options *options;
    const struct kafka_needs *needs;
    const struct audit *audit;
    bool mock;
};

static void say(const struct look *look, enum audit_level level, const char *what, const char *detail,
                const char *way_out)
{
    look->audit->say(look->audit->context, level, what, detail, way_out);
}

/* ---- what each topic has to be ---- */

enum topic_use { USE_ARTICLES, USE_FEATURES, USE_REJECTED, USE_SUMMARIES };

struct topic_look {
    const struct look *look;
    const char *name, *what;
    const struct kafka_topic_settings *settings;
    unsigned findings;
};

static void find(struct topic_look *topic, enum audit_level level, const char *detail, const char *way_out)
{
    topic->findings++;
    say(topic->look, level, topic->what, detail, way_out);
}

static bool compacts(const struct topic_look *topic)
{
    return strstr(topic->settings->cleanup_policy, "compact") != NULL;
}

/* What is read again (a lost Redis, a new generation) must reach back to the oldest story still live. */
static void check_reaches_back(struct topic_look *topic)
{
    char detail[160];
    int64_t held_ms = topic->settings->retention_ms, needed_ms = topic->look->needs->idle_expiry_ms;
    if (held_ms >= 0 && held_ms < needed_ms) {
        snprintf(detail, sizeof(detail),
                 "keeps %" PRId64 " h of records, live stories can be %" PRId64 " h old", held_ms / HOUR_MS,
                 needed_ms / HOUR_MS);
        find(topic, AUDIT_WARNING, detail,
             "raise retention.ms, or a rebuild after the loss of Redis begins without them");
    }
    if (topic->settings->retention_bytes < 0) return;
    snprintf(detail, sizeof(detail), "is cut at %" PRId64 " MiB a partition whatever its age",
             topic->settings->retention_bytes >> 20);
    find(topic, AUDIT_WARNING, detail,
         "retention.bytes=-1, or make sure that it holds more than the time above");
}

static void check_features(struct topic_look *topic)
{
    char detail[160];
    if (strcmp(topic->settings->timestamp_type, "LogAppendTime") != 0) {
        snprintf(detail, sizeof(detail), "has message.timestamp.type=%s", topic->settings->timestamp_type);
        find(topic, AUDIT_BAD, detail, "set it to LogAppendTime: it is the clock of the stories");
    }
    if (compacts(topic))
        find(topic, AUDIT_BAD, "is compacted: only the last record of a language would stay",
             "cleanup.policy=delete");
    int32_t found = 0;
    if (kafka_partition_count(topic->look->client, topic->name, TIMEOUT_MS, &found) == NW_OK &&
        found != topic->look->options->features_partitions) {
        snprintf(detail, sizeof(detail), "has %d partitions, kafka.features_partitions says %d", (int)found,
                 (int)topic->look->options->features_partitions);
        find(topic, AUDIT_BAD, detail,
             "correct the configuration, or begin a new generation (docs/upgrading.md)");
    }
}

static void check_size(struct topic_look *topic, int64_t needed, enum audit_level level,
                       const char *otherwise)
{
    char detail[160];
    int64_t most = topic->settings->max_message_bytes;
    if (most == 0 || most >= needed) return;
    snprintf(detail, sizeof(detail), "takes records of %" PRId64 " bytes, %" PRId64 " are needed; %s", most,
             needed, otherwise);
    find(topic, level, detail, "raise max.message.bytes");
}

static void check_settings(struct topic_look *topic, enum topic_use use)
{
    switch (use) {
    case USE_ARTICLES:
        if (compacts(topic))
            find(topic, AUDIT_WARNING,
                 "is compacted: events with the same key can vanish before they are read",
                 "cleanup.policy=delete");
        check_reaches_back(topic);
        return;
    case USE_FEATURES:
        check_features(topic);
        check_reaches_back(topic);
        check_size(topic, KAFKA_TOPICS_FEATURES_MESSAGE_MIN_BYTES, AUDIT_BAD, "long articles would not fit");
        return;
    case USE_REJECTED:
        check_size(topic, KAFKA_MESSAGE_MAX_BYTES, AUDIT_WARNING, "larger rejects are cut");
        return;
    case USE_SUMMARIES:
        if (!compacts(topic))
            find(topic, AUDIT_WARNING, "is not compacted: who comes later misses stories that are live",
                 "cleanup.policy=compact");
        check_size(topic, (int64_t)topic->look->needs->summary_max_bytes + HEADERS_BYTES, AUDIT_BAD,
                   "summaries of large stories would be refused");
    }
}

static void look_at_settings(const struct look *look, const char *topic, const char *what, enum topic_use use,
                             int32_t partitions)
{
    struct kafka_topic_settings settings;
    char reason[200], detail[260];
    if (look->mock) {
        snprintf(detail, sizeof(detail), "%d partitions; a mock cluster, its settings are not checked",
                 (int)partitions);
        return say(look, AUDIT_GOOD, what, detail, "");
    }
    enum nw_err err = kafka_admin_topic_settings(look->client, topic, &settings, reason, sizeof(reason));
    if (err != NW_OK) {
        snprintf(detail, sizeof(detail), "%d partitions; its settings cannot be read: %s", (int)partitions,
                 reason);
        return say(look, AUDIT_WARNING, what, detail, "allow DescribeConfigs on it to have them checked");
    }
    struct topic_look one = {.look = look, .name = topic, .what = what, .settings = &settings};
    check_settings(&one, use);
    if (one.findings > 0) return;
    snprintf(detail, sizeof(detail), "%d partitions", (int)partitions);
    say(look, AUDIT_GOOD, what, detail, "");
}

static void look_at_topic(const struct look *look, const char *topic, enum topic_use use)
{
    int32_t count = 0;
    char what[300];
    snprintf(what, sizeof(what), "topic %s", topic);
    switch (kafka_partition_count(look->client, topic, TIMEOUT_MS, &count)) {
    case NW_OK:
        return look_at_settings(look, topic, what, use, count);
    case NW_ERR_NOT_FOUND:
        if (look->options->create_topics)
            return say(look, AUDIT_GOOD, what, "missing, will be created at start", "");
        return say(look, AUDIT_BAD, what, "missing, and kafka.create_topics is off", "create it");
    case NW_ERR_REFUSED:
        return say(look, AUDIT_BAD, what, "this user may not see it", "allow Describe on it");
    default:
        return say(look, AUDIT_BAD, what, "no answer", "are kafka.brokers right, and can they be reached?");
    }
}

/* ---- rights ---- */

/* Has the group's coordinator an answer about its offsets? */
static rd_kafka_resp_err_t ask_group(const struct look *look, const char *group)
{
    rd_kafka_AdminOptions_t *options =
        kafka_admin_options(look->client, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS);
    rd_kafka_ListConsumerGroupOffsets_t *asked = rd_kafka_ListConsumerGroupOffsets_new(group, NULL);
    rd_kafka_queue_t *queue = rd_kafka_queue_new(look->client->rk);
    rd_kafka_ListConsumerGroupOffsets(look->client->rk, &asked, 1, options, queue);
    rd_kafka_event_t *event = kafka_admin_answer(look->client, queue);
    rd_kafka_resp_err_t code = event == NULL ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(event);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        size_t count;
        const rd_kafka_group_result_t **groups = rd_kafka_ListConsumerGroupOffsets_result_groups(
            rd_kafka_event_ListConsumerGroupOffsets_result(event), &count);
        const rd_kafka_error_t *error = count > 0 ? rd_kafka_group_result_error(groups[0]) : NULL;
        if (error != NULL) code = rd_kafka_error_code(error);
    }
    if (event != NULL) rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_ListConsumerGroupOffsets_destroy(asked);
    rd_kafka_AdminOptions_destroy(options);
    return code;
}

/* A coordinator on the move, as on a cluster that never had a group. */
static bool passes(rd_kafka_resp_err_t code)
{
    return code == RD_KAFKA_RESP_ERR_NOT_COORDINATOR || code == RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE ||
           code == RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS;
}

static void look_at_group(const struct look *look, const char *role)
{
    char group[300], what[320];
    int64_t deadline = clock_mono_ms() + TIMEOUT_MS;
    snprintf(group, sizeof(group), "%s.%s", look->options->group, role);
    snprintf(what, sizeof(what), "group %s", group);
    rd_kafka_resp_err_t code = ask_group(look, group);
    while (passes(code) && clock_mono_ms() < deadline) {
        rd_kafka_poll(look->client->rk, RETRY_MS);
        code = ask_group(look, group);
    }
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR)
        say(look, AUDIT_GOOD, what, "may be used", "");
    else
        say(look, AUDIT_BAD, what, rd_kafka_err2str(code), "allow Read on the group");
}

static void look_at_transactions(const struct look *look)
{
    struct kafka_client *producer;
    char id[300], what[320];
    snprintf(id, sizeof(id), "%s.check", look->options->group);
    snprintf(what, sizeof(what), "transactions as %s.*", look->options->group);
    const struct kafka_producer_settings settings = {
        .name = "check", .message_timeout_ms = TIMEOUT_MS, .transactional_id = id};
    if (kafka_producer_new(look->options, &settings, &producer) != NW_OK)
        return say(look, AUDIT_BAD, what, "no client (see above)", "");
    rd_kafka_error_t *error = rd_kafka_init_transactions(producer->rk, TIMEOUT_MS);
    if (error == NULL)
        say(look, AUDIT_GOOD, what, "may be used", "");
    else
        say(look, AUDIT_BAD, what, rd_kafka_error_string(error),
            "allow Write and Describe on transactional ids with the group's prefix");
    if (error != NULL) rd_kafka_error_destroy(error);
    kafka_client_free(producer);
}

static void look_at_rights(const struct look *look)
{
    if (look->mock) return;
    if (look->needs->articles) look_at_group(look, "articles");
    if (look->needs->stories) look_at_group(look, "stories");
    if (look->needs->summaries) look_at_group(look, "summaries");
    if (look->needs->stories) look_at_transactions(look);
}

void kafka_audit_run(const struct kafka_options *options, const struct kafka_needs *needs,
                     const struct audit *audit)
{
    struct look look = {.options = options, .needs = needs, .audit = audit};
    const struct rd_kafka_metadata *metadata = NULL;
    if (kafka_reader_new(options, "check", &look.client) != NW_OK)
        return say(&look, AUDIT_BAD, "kafka", "no client (see above)", "");
    rd_kafka_resp_err_t code = rd_kafka_metadata(look.client->rk, 0, NULL, &metadata, TIMEOUT_MS);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        char detail[300];
        look.mock = kafka_admin_is_mock(look.client);
        snprintf(detail, sizeof(detail), "%.200s, %d brokers", options->brokers, metadata->broker_cnt);
        say(&look, AUDIT_GOOD, "kafka", detail, "");
        rd_kafka_metadata_destroy(metadata);
        look_at_topic(&look, options->articles_topic, USE_ARTICLES);
        look_at_topic(&look, options->features_topic, USE_FEATURES);
        if (needs->articles) look_at_topic(&look, options->rejected_topic, USE_REJECTED);
        look_at_topic(&look, options->coverage_topic, USE_SUMMARIES);
        if (needs->summaries) look_at_topic(&look, options->insights_topic, USE_SUMMARIES);
        look_at_rights(&look);
    } else {
        char detail[400];
        snprintf(detail, sizeof(detail), "%.200s: %s", options->brokers, rd_kafka_err2str(code));
        say(&look, AUDIT_BAD, "kafka", detail,
            "are kafka.brokers right, is the way open, do user and TLS fit?");
    }
    kafka_client_free(look.client);
}
