#include "daemon/settings.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "articles/event_alias.h"
#include "articles/source_rules.h"
#include "base/alloc.h"
#include "base/hash.h"
#include "consumers/kafka_properties.h"
#include "coverage/analysis_request.h"
#include "daemon/weights_file.h"

static const int64_t HOUR_MS = 3600 * 1000;

static void fill_kafka(struct settings *s, const struct config *c)
{
    s->properties = nw_calloc(c->kafka_property_count + 1, sizeof(*s->properties));
    for (size_t i = 0; i < c->kafka_property_count; i++)
        s->properties[i] = (struct kafka_property){c->kafka_properties[i].name, c->kafka_properties[i].value};
    s->kafka = (struct kafka_options){
        .brokers = c->kafka_brokers,
        .group = c->kafka_group,
        .instance_id = c->kafka_instance_id,
        .articles_topic = c->kafka_articles_topic,
        .features_topic = c->kafka_features_topic,
        .coverage_topic = c->kafka_coverage_topic,
        .rejected_topic = c->kafka_rejected_topic,
        .insights_topic = c->kafka_insights_topic,
        .create_topics = c->kafka_create_topics,
        .articles_partitions = (int32_t)c->kafka_articles_partitions,
        .features_partitions = (int32_t)c->kafka_features_partitions,
        .replication_factor = (int32_t)c->kafka_replication_factor,
        .properties = s->properties,
        .property_count = c->kafka_property_count,
        .session_timeout_ms = (int32_t)c->kafka_session_timeout_ms,
        .start_timeout_ms = (int32_t)c->kafka_start_timeout_ms,
    };
}

static void fill_redis(struct settings *s, const struct config *c)
{
    const char *wrong = redis_address_parse(c->redis_url, &s->redis_address);
    assert(!wrong); /* the loader has checked it */
    s->redis = (struct redis_options){
        .host_count = s->redis_address.host_count,
        .sentinel_name = s->redis_address.sentinel_name,
        .sentinel_password = c->redis_sentinel_password_file.value,
        .unix_path = s->redis_address.unix_path,
        .database = s->redis_address.database,
        .tls = s->redis_address.tls,
        .tls_ca_file = c->redis_tls_ca_file,
        .tls_certificate_file = c->redis_tls_certificate_file,
        .tls_key_file = c->redis_tls_key_file,
        .tls_server_name = c->redis_tls_server_name,
        .username = c->redis_username,
        .password = c->redis_password_file.value,
        .key_namespace = c->redis_namespace,
        .connect_timeout_ms = (int)c->redis_connect_timeout_ms,
        .command_timeout_ms = (int)c->redis_command_timeout_ms,
        .wait_replicas = (int)c->redis_wait_replicas,
    };
    _Static_assert((int)REDIS_ADDRESS_HOSTS_MAX <= (int)REDIS_HOSTS_MAX, "room for all hosts");
    for (size_t i = 0; i < s->redis.host_count; i++)
        s->redis.hosts[i] =
            (struct redis_host){s->redis_address.hosts[i].name, s->redis_address.hosts[i].port};
}

/* Who this is, in `newswired lag`. */
static void fill_instance(struct settings *s, const struct config *c)
{
    char host[64] = "";
    if (*c->kafka_instance_id) {
        snprintf(s->instance, sizeof(s->instance), "%s", c->kafka_instance_id);
        return;
    }
    (void)gethostname(host, sizeof(host) - 1);
    snprintf(s->instance, sizeof(s->instance), "%s:%d", host, (int)getpid());
}

static void fill_story(struct settings *s, const struct config *c, const struct options *o)
{
    s->story = (struct story_options){
        .policy = {.generation = (uint32_t)c->stories_generation,
                   .idle_expiry_ms = c->stories_idle_expiry_hours * HOUR_MS,
                   .closed_retention_ms = c->stories_closed_retention_hours * HOUR_MS,
                   .closed_retention_records = story_policy_default().closed_retention_records,
                   .least_open_records = story_policy_default().least_open_records,
                   .undated_hold_records = story_policy_default().undated_hold_records,
                   .kept_articles = (uint32_t)c->stories_kept_articles,
                   .merge_interval = (uint32_t)c->stories_merge_interval,
                   .weights = story_weights_default()},
        .coverage = {.articles_limit = (uint32_t)c->publish_articles_limit,
                     .blindspot_min_rated = (uint32_t)c->blindspot_min_rated,
                     .blindspot_minor_percent = (uint32_t)c->blindspot_minor_percent,
                     .blindspot_major_percent = (uint32_t)c->blindspot_major_percent,
                     .version = (uint32_t)c->blindspot_policy_version,
                     .max_bytes = (size_t)c->publish_max_bytes},
        .instance = s->instance,
        .rebuild = o->rebuild,
        .accept_policy = o->accept_policy,
    };
}

static enum nw_err divide_memory(const struct config *c, struct memory_budget *out, size_t *least_mb)
{
    size_t workers = config_has_role(c, "articles") ? (size_t)c->articles_workers : 0;
    return memory_budget_divide((size_t)c->root_memory_limit_mb, workers, out, least_mb);
}

static uint64_t list_hash(const struct config_list *list, uint64_t hash)
{
    for (size_t i = 0; i < list->count; i++) {
        const uint64_t both[] = {hash, hash64(list->items[i], strlen(list->items[i]))};
        hash = hash64(both, sizeof(both));
    }
    return hash;
}

/* The workers may still read the rules of before, so those are kept to the end; the same ones are not made
 * again. */
static void reload_rules(struct settings *settings, const struct config *c)
{
    const struct config_list *allow = &c->input_allow_sources, *deny = &c->input_deny_sources;
    uint64_t hash = list_hash(deny, list_hash(allow, 1) + 1);
    if (hash == settings->rules_hash) return;
    settings->rules_hash = hash;
    settings->rules = nw_grow(settings->rules, &settings->rules_capacity, settings->rules_count + 1,
                              sizeof(struct source_rules *));
    struct source_rules *rules = source_rules_new((const char *const *)allow->items, allow->count,
                                                  (const char *const *)deny->items, deny->count);
    settings->rules[settings->rules_count++] = rules;
    settings->article.rules = rules;
}

void settings_reload(struct settings *settings, const struct config *c)
{
    reload_rules(settings, c);
    struct story_options *story = &settings->story;
    story->batch_records = (uint32_t)c->stories_batch_records;
    story->batch_bytes = (uint32_t)c->stories_batch_bytes;
    story->batch_ms = (uint32_t)c->stories_batch_ms;
    story->publish_min_interval_ms = (uint32_t)c->publish_min_interval_ms;
    settings->summary.hourly_budget = (int)c->summaries_hourly_budget;
    settings->summary.min_sources = (uint32_t)c->summaries_min_sources;
}

void settings_init(struct settings *settings, const struct config *c, const struct options *o)
{
    *settings = (struct settings){0};
    fill_kafka(settings, c);
    fill_redis(settings, c);
    fill_instance(settings, c);
    fill_story(settings, c, o);
    size_t least;
    enum nw_err err = divide_memory(c, &settings->kafka.memory, &least);
    assert(err == NW_OK); /* settings_check() has seen to it */
    settings->article = (struct article_options){
        .extra_aliases = (const char *const *)c->input_aliases.items,
        .extra_alias_count = c->input_aliases.count,
        .refuse_corrections = !c->input_corrections,
        .workers = (int)c->articles_workers,
        .embedding = {.url = c->embeddings_url,
                      .model = c->embeddings_model,
                      .key = c->embeddings_key_file.value,
                      .timeout_ms = (int)c->embeddings_timeout_ms,
                      .batch = (uint32_t)c->embeddings_batch,
                      .parallel = (uint32_t)c->embeddings_parallel,
                      .dimensions = (uint32_t)c->embeddings_dimensions,
                      .languages = (const char *const *)c->embeddings_languages.items,
                      .language_count = c->embeddings_languages.count,
                      .breaker = {.failures = 3, .open_ms = 5000, .open_max_ms = 5 * 60 * 1000}},
    };
    settings->summary = (struct summary_options){
        .url = c->summaries_url,
        .model = c->summaries_model,
        .key = c->summaries_key_file.value,
        .timeout_ms = (int)c->summaries_timeout_ms,
        .prompt_file = c->summaries_prompt_file,
        .articles = (uint32_t)c->summaries_articles,
        .in_flight = (uint32_t)c->summaries_in_flight,
        .answer_format = c->summaries_answer_format,
        .extra = c->summaries_extra,
    };
    settings_reload(settings, c);
}

struct ratings_place settings_ratings(const struct config *config)
{
    return (struct ratings_place){.file = config->ratings_file,
                                  .url = config->ratings_url,
                                  .key = config->ratings_key_file.value ? config->ratings_key_file.value : "",
                                  .refresh_ms = config->ratings_refresh_minutes * 60000};
}

enum nw_err settings_load_weights(struct settings *settings, const struct config *c)
{
    char error[WEIGHTS_FILE_ERROR_MAX];
    enum nw_err err = weights_file_load(c->stories_weights_file, &settings->story.policy.weights, error);
    if (err != NW_OK) fprintf(stderr, "newswired: %s: %s\n", c->stories_weights_file, error);
    return err;
}

void settings_fini(struct settings *settings)
{
    free(settings->properties);
    for (size_t i = 0; i < settings->rules_count; i++) source_rules_free(settings->rules[i]);
    free(settings->rules);
    *settings = (struct settings){0};
}

/* "id url ... " */
#define FIELD_NAME(id, name) name " "
static const char event_field_names[] = EVENT_FIELDS(FIELD_NAME);
#undef FIELD_NAME

static bool check_sources(const struct config_list *list, const char *key, const char *path,
                          struct config_report *report)
{
    const char *const *entries = (const char *const *)list->items;
    size_t at = source_rules_invalid(entries, list->count, 0);
    bool valid = at == list->count;
    for (; at < list->count; at = source_rules_invalid(entries, list->count, at + 1))
        config_report_add(report, path, 0,
                          "%s: \"%.100s\" is neither a domain nor a publisher on a platform "
                          "(bbc.co.uk, quill.substack.com)",
                          key, entries[at]);
    return valid;
}

enum nw_err settings_check(const struct config *config, const char *path, struct config_report *report)
{
    enum nw_err err = NW_OK;
    for (size_t i = 0; i < config->kafka_property_count; i++) {
        const struct config_property *property = &config->kafka_properties[i];
        const struct kafka_property one = {property->name, property->value};
        char error[512];
        if (kafka_properties_check(&one, 1, error, sizeof(error)) == NW_OK) continue;
        config_report_add(report, path, property->line, "%s", error);
        err = NW_ERR_INPUT;
    }
    struct memory_budget budget;
    size_t least_mb;
    if (divide_memory(config, &budget, &least_mb) != NW_OK) {
        config_report_add(report, path, 0,
                          "memory_limit_mb = %d is too little for articles.workers = %d: they need %zu",
                          (int)config->root_memory_limit_mb, (int)config->articles_workers, least_mb);
        err = NW_ERR_INPUT;
    }
    for (size_t i = 0; i < config->input_aliases.count; i++) {
        const char *pair = config->input_aliases.items[i];
        if (event_aliases_valid(pair)) continue;
        config_report_add(report, path, 0, "input.aliases: \"%.100s\" names no field of an article: %s", pair,
                          event_field_names);
        err = NW_ERR_INPUT;
    }
    if (!check_sources(&config->input_allow_sources, "input.allow_sources", path, report) ||
        !check_sources(&config->input_deny_sources, "input.deny_sources", path, report))
        err = NW_ERR_INPUT;
    struct story_weights weights;
    char error[WEIGHTS_FILE_ERROR_MAX];
    if (weights_file_load(config->stories_weights_file, &weights, error) != NW_OK) {
        config_report_add(report, path, 0, "stories.weights_file: %s: %s", config->stories_weights_file,
                          error);
        err = NW_ERR_INPUT;
    }
    const char *wrong;
    if (!analysis_extra_valid(config->summaries_extra, &wrong)) {
        config_report_add(report, path, 0, "summaries.extra: %s", wrong);
        err = NW_ERR_INPUT;
    }
    return err;
}
