/* newswired --check: what the loader has not seen yet: the ratings, and with --connect Redis and Kafka. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "consumers/kafka.h"
#include "consumers/ratings_source.h"
#include "consumers/redis.h"
#include "consumers/store_checks.h"
#include "consumers/store_keys.h"
#include "daemon/commands.h"
#include "daemon/settings.h"

enum { KAFKA_TIMEOUT_MS = 10000 };

/* One line of the report; returns good. */
static bool say(bool good, const char *what, const char *detail)
{
    printf("%-9s %s%s%s\n", good ? "good" : "NOT GOOD", what, *detail ? ": " : "", detail);
    return good;
}

/* Rows that cannot be read are in the log, with their lines. from: place's file or address. */
static bool check_ratings_from(const char *from, const struct ratings_place *place)
{
    char detail[300];
    struct metrics *metrics = metrics_new();
    struct ratings_source *source = ratings_source_new(metrics);
    bool good = ratings_source_load(source, place) == NW_OK;
    struct ratings *ratings = ratings_source_current(source);
    snprintf(detail, sizeof(detail), "%.*s, %zu sources", (int)strcspn(from, "?#"), from,
             ratings_count(ratings));
    ratings_unref(ratings);
    ratings_source_free(source);
    metrics_free(metrics);
    if (good) return say(true, "ratings", detail);
    return say(false, "ratings",
               *place->url ? "the address gives none (see above)" : "the file cannot be used (see above)");
}

static bool check_ratings(const struct config *config, bool connect)
{
    const struct ratings_place both = settings_ratings(config);
    const struct ratings_place file = {.file = both.file, .url = "", .key = ""},
                               address = {.file = "", .url = both.url, .key = both.key};
    bool good = true;
    if (!*both.file && !*both.url) return say(true, "ratings", "none, so every source is unrated");
    if (*both.file) good &= check_ratings_from(both.file, &file);
    if (*both.url && connect) good &= check_ratings_from(both.url, &address);
    if (*both.url && !connect) say(true, "ratings.url", "asked only with --connect");
    return good;
}

static bool check_redis(const struct settings *settings, const char *url)
{
    char reason[300] = "";
    struct store_keys keys;
    store_keys_init(&keys, settings->redis.key_namespace, settings->kafka.features_topic, 0);
    struct redis *redis = redis_new(&settings->redis, keys.partitions);
    bool good = redis_connect(redis) == NW_OK;
    if (!good)
        snprintf(reason, sizeof(reason), "%.100s: %.180s", url, redis_error(redis));
    else
        good = store_checks_run(redis, reason, sizeof(reason)) == NW_OK;
    redis_free(redis);
    return say(good, "redis", good ? url : reason);
}

static bool check_topic(const struct settings *settings, struct kafka_client *client, const char *topic)
{
    int32_t count = 0;
    char what[300], detail[100] = "";
    snprintf(what, sizeof(what), "topic %s", topic);
    switch (kafka_partition_count(client, topic, KAFKA_TIMEOUT_MS, &count)) {
    case NW_OK:
        snprintf(detail, sizeof(detail), "%d partitions", (int)count);
        return say(true, what, detail);
    case NW_ERR_NOT_FOUND:
        if (settings->kafka.create_topics) return say(true, what, "missing, will be created at start");
        return say(false, what, "missing, and kafka.create_topics is off: create it");
    case NW_ERR_REFUSED:
        return say(false, what, "not allowed: give this user Describe on it");
    default:
        return say(false, what, "no answer from kafka.brokers");
    }
}

static bool check_kafka(const struct settings *settings)
{
    struct kafka_client *client = NULL;
    const char *const topics[] = {settings->kafka.articles_topic, settings->kafka.features_topic,
                                  settings->kafka.coverage_topic, settings->kafka.rejected_topic};
    if (kafka_reader_new(&settings->kafka, "check", &client) != NW_OK)
        return say(false, "kafka", "no client (see above)");
    bool good = true;
    for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]) && good; i++)
        good = check_topic(settings, client, topics[i]);
    kafka_client_free(client);
    return good;
}

int check_command(const struct options *options, const struct config *config)
{
    struct settings settings;
    settings_init(&settings, config, options);
    bool good = say(true, "configuration", options->config_path ? options->config_path : "the defaults");
    good &= check_ratings(config, options->connect);
    if (options->connect) {
        good &= check_redis(&settings, config->redis_url);
        good &= check_kafka(&settings);
    }
    settings_fini(&settings);
    return good ? EXIT_DONE : EXIT_CONFIG;
}
