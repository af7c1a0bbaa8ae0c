/* newswired --check: what the loader has not seen yet: the ratings, and with --connect Redis and Kafka. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "consumers/kafka_audit.h"
#include "consumers/ratings_source.h"
#include "consumers/store_audit.h"
#include "daemon/commands.h"
#include "daemon/settings.h"

static const char *const level_texts[] = {
#define LEVEL_TEXT(id, text) text,
    AUDIT_LEVELS(LEVEL_TEXT)
#undef LEVEL_TEXT
};

/* What to do stands below what is wrong. context: bool, false once something is not good. */
static void print_finding(void *context, enum audit_level level, const char *what, const char *detail,
                          const char *way_out)
{
    bool *good = context;
    printf("%-9s %s%s%s\n", level_texts[level], what, *detail ? ": " : "", detail);
    if (*way_out) printf("%-9s -> %s\n", "", way_out);
    fflush(stdout);
    if (level == AUDIT_BAD) *good = false;
}

static bool say(bool good, const char *what, const char *detail)
{
    print_finding(&good, good ? AUDIT_GOOD : AUDIT_BAD, what, detail, "");
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

static bool check_services(const struct settings *settings, const struct config *config)
{
    bool good = true;
    const struct audit audit = {.say = print_finding, .context = &good};
    const struct kafka_needs needs = {.articles = config_has_role(config, "articles"),
                                      .stories = config_has_role(config, "stories"),
                                      .summaries = config_has_role(config, "summaries"),
                                      .idle_expiry_ms = settings->story.policy.idle_expiry_ms,
                                      .summary_max_bytes = settings->story.coverage.max_bytes};
    if (needs.stories || needs.summaries)
        store_audit_run(&settings->redis, config->redis_url, settings->kafka.features_topic, &audit);
    kafka_audit_run(&settings->kafka, &needs, &audit);
    return good;
}

int check_command(const struct options *options, const struct config *config)
{
    struct settings settings;
    settings_init(&settings, config, options);
    bool good = say(true, "configuration", options->config_path ? options->config_path : "the defaults");
    good &= check_ratings(config, options->connect);
    if (options->connect) {
        good &= check_services(&settings, config);
    }
    settings_fini(&settings);
    return good ? EXIT_DONE : EXIT_CONFIG;
}
