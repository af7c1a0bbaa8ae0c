#include "daemon/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "articles/reject_code.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "consumers/ratings_source.h"
#include "consumers/roles.h"
#include "daemon/api.h"
#include "daemon/commands.h"
#include "daemon/lifecycle.h"
#include "daemon/process_metrics.h"
#include "daemon/settings.h"

enum { HTTP_TICK_MS = 1000, MEMORY_LOOK_MS = 10000 };

/* A role to start: what its body is given. */
struct role_argument {
    const struct settings *settings;
    int worker;
};

struct daemon_run {
    const struct options *options;
    const struct config *config; /* of the start; what runs borrows from it */
    struct config *reloaded;     /* of the last reload; NULL: none */
    const struct run_hooks *hooks;
    struct settings settings;
    struct metrics *metrics;
    struct ratings_source *ratings;
    struct api *api;
    struct http_server *http; /* NULL: none */
    int64_t next_http_tick_mono_ms, next_memory_look_mono_ms;
    bool above_memory_limit;

    struct role_plan plans[SERVICE_ROLES_MAX];
    struct role_argument arguments[SERVICE_ROLES_MAX];
    char names[SERVICE_ROLES_MAX][32];
    size_t plan_count;
};

/* ---- roles ---- */

static int run_articles(const void *argument, struct role_context *context)
{
    const struct role_argument *role = argument;
    return article_consumer_run(&role->settings->kafka, &role->settings->article, role->worker, context);
}

static int run_stories(const void *argument, struct role_context *context)
{
    const struct role_argument *role = argument;
    return story_consumer_run(&role->settings->kafka, &role->settings->redis, &role->settings->story,
                              context);
}

static int run_summaries(const void *argument, struct role_context *context)
{
    const struct role_argument *role = argument;
    return summary_consumer_run(&role->settings->kafka, &role->settings->redis, &role->settings->summary,
                                context);
}

static void plan_role(struct daemon_run *run, const char *name, int worker,
                      int (*body)(const void *argument, struct role_context *context))
{
    size_t i = run->plan_count++;
    if (worker < 0)
        snprintf(run->names[i], sizeof(run->names[i]), "%s", name);
    else
        snprintf(run->names[i], sizeof(run->names[i]), "%s.%d", name, worker);
    run->arguments[i] = (struct role_argument){&run->settings, worker < 0 ? 0 : worker};
    run->plans[i] = (struct role_plan){run->names[i], body, &run->arguments[i]};
}

static void plan_roles(struct daemon_run *run)
{
    if (config_has_role(run->config, "articles"))
        for (int worker = 0; worker < run->settings.article.workers; worker++)
            plan_role(run, "articles", worker, run_articles);
    if (config_has_role(run->config, "stories")) plan_role(run, "stories", -1, run_stories);
    if (config_has_role(run->config, "summaries")) plan_role(run, "summaries", -1, run_summaries);
}

/* ---- reload ---- */

struct changes {
    unsigned reloaded, kept;
};

static void note_change(void *context, const char *key, bool reloadable)
{
    struct changes *changes = context;
    if (reloadable) {
        changes->reloaded++;
        log_info("setting reloaded", log_str("key", key));
    } else {
        changes->kept++;
        log_warn("setting changed, but needs a restart", log_str("key", key));
    }
}

static struct config *load_again(const struct options *options)
{
    struct config_report report = {0};
    struct config *fresh = NULL;
    enum nw_err err = config_load(options->config_path, &fresh, &report);
    if (err == NW_OK && options->roles) err = config_set_roles(fresh, options->roles, &report);
    if (err == NW_OK) err = settings_check(fresh, options->config_path, &report);
    for (size_t i = 0; i < report.count; i++)
        log_error("configuration is wrong, nothing is changed", log_str("file", report.issues[i].file),
                  log_int("line", report.issues[i].line), log_str("reason", report.issues[i].text));
    config_report_fini(&report);
    if (err == NW_OK) return fresh;
    config_free(fresh);
    return NULL;
}

static const struct config *current_config(const struct daemon_run *run)
{
    return run->reloaded ? run->reloaded : run->config;
}

/* Takes over what can change while running: ratings, the log's level, intervals. */
static void reload(void *context)
{
    struct daemon_run *run = context;
    struct changes changes = {0};
    struct config *fresh = run->options->config_path ? load_again(run->options) : NULL;
    if (run->options->config_path && !fresh) return;
    if (fresh) {
        enum log_level level;
        config_diff(current_config(run), fresh, note_change, &changes);
        if (log_level_parse(fresh->log_level, &level)) log_set_level(level);
        settings_reload(&run->settings, fresh);
        config_free(run->reloaded);
        run->reloaded = fresh;
    }
    /* Read again also when its name is the same: that is what an operator who replaced it wants. */
    const struct ratings_place place = settings_ratings(current_config(run));
    ratings_source_reload(run->ratings, &place);
    log_info("reloaded", log_int("changed", changes.reloaded), log_int("need_restart", changes.kept));
}

/* ---- hooks of the lifecycle ---- */

static void started(void *context, struct service *service)
{
    struct daemon_run *run = context;
    api_set_service(run->api, service);
}

static void stopped(void *context)
{
    struct daemon_run *run = context;
    api_stream_stop(run->api);
    http_stop(run->http); /* no page looks at the service any more */
    run->http = NULL;
}

static void ready(void *context)
{
    struct daemon_run *run = context;
    if (run->hooks && run->hooks->ready)
        run->hooks->ready(run->hooks->context, run->http ? http_address(run->http) : "");
}

static bool finished(void *context)
{
    struct daemon_run *run = context;
    return run->hooks && run->hooks->finished && run->hooks->finished(run->hooks->context);
}

/* Queues stay within their half. What can still grow is the stories held, and those cannot be given up: the
 * operator has to know. */
static void look_at_memory(struct daemon_run *run)
{
    double limit = (double)run->config->root_memory_limit_mb * 1024 * 1024, used = process_resident_bytes();
    bool above = used > limit;
    if (above && !run->above_memory_limit)
        log_warn(
            "more memory in use than memory_limit_mb: raise it, or spread the partitions over more instances",
            log_int("limit_mb", run->config->root_memory_limit_mb),
            log_int("used_mb", (int64_t)(used / (1024 * 1024))));
    run->above_memory_limit = above;
}

static void turn(void *context, int64_t now_mono_ms)
{
    struct daemon_run *run = context;
    if (now_mono_ms >= run->next_memory_look_mono_ms) {
        look_at_memory(run);
        run->next_memory_look_mono_ms = now_mono_ms + MEMORY_LOOK_MS;
    }
    if (run->http && now_mono_ms >= run->next_http_tick_mono_ms) {
        http_tick(run->http, now_mono_ms);
        run->next_http_tick_mono_ms = now_mono_ms + HTTP_TICK_MS;
    }
    ratings_source_turn(run->ratings, now_mono_ms);
}

/* ---- start ---- */

static void log_setting(void *context, const char *key, bool reloadable)
{
    char *value = config_value_text(context, key);
    (void)reloadable;
    log_info("setting", log_str("key", key), log_str("value", value));
    free(value);
}

/* What is not at its default. */
static void log_settings(struct daemon_run *run)
{
    struct config *defaults = config_default();
    config_diff(defaults, run->config, log_setting, (void *)(uintptr_t)run->config);
    config_free(defaults);
}

/* Since the start. */
static void log_finished(const struct daemon_run *run)
{
    const struct metrics *m = run->metrics;
    log_info("finished", log_int("articles_read", (int64_t)metrics_value(m, METRIC_ARTICLES_READ, 0)),
             log_int("features_applied", (int64_t)metrics_value(m, METRIC_FEATURES_APPLIED, 0)),
             log_int("summaries_published", (int64_t)metrics_value(m, METRIC_COVERAGE_PUBLISHED, 0)));
}

static void log_start(const struct daemon_run *run)
{
    const struct config *c = run->config;
    char roles[64] = "";
    for (size_t i = 0; i < c->root_roles.count; i++) {
        size_t used = strlen(roles);
        snprintf(roles + used, sizeof(roles) - used, "%s%s", i ? "," : "", c->root_roles.items[i]);
    }
    log_info("newswired starts", log_str("version", NEWSWIRED_VERSION),
             log_str("config", run->options->config_path ? run->options->config_path : "defaults"),
             log_str("roles", roles), log_str("brokers", c->kafka_brokers), log_str("group", c->kafka_group),
             log_str("redis", c->redis_url), log_str("namespace", c->redis_namespace),
             log_int("generation", c->stories_generation), log_int("pid", getpid()));
}

static enum nw_err start_http(struct daemon_run *run)
{
    const struct config *c = run->config;
    struct http_options options = {.max_connections = (unsigned)c->http_max_connections,
                                   .timeout_s = (unsigned)c->http_timeout_s,
                                   .cors_origin = c->http_cors_origin,
                                   .metrics = run->metrics};
    if (!*c->http_listen) return NW_OK;
    if (listen_address_parse(c->http_listen, &options.listen) != NULL) return NW_ERR_INPUT;
    enum nw_err err = http_start(&options, api_handle, run->api, &run->http);
    /* The other half of the connections stays for pages. */
    if (err == NW_OK) api_stream_start(run->api, run->http, options.max_connections / 2);
    if (err == NW_OK) log_info("http listens", log_str("address", http_address(run->http)));
    return err;
}

static int run_roles(struct daemon_run *run)
{
    const struct lifecycle lifecycle = {.plans = run->plans,
                                        .plan_count = run->plan_count,
                                        .metrics = run->metrics,
                                        .ratings = ratings_source_current,
                                        .ratings_context = run->ratings,
                                        .hook_context = run,
                                        .started = started,
                                        .ready = ready,
                                        .turn = turn,
                                        .reload = reload,
                                        .finished = finished,
                                        .stopped = stopped};
    return lifecycle_run(&lifecycle);
}

int run_daemon(const struct options *options, const struct config *config, const struct run_hooks *hooks)
{
    struct daemon_run *run = nw_calloc(1, sizeof(*run));
    int code = EXIT_CONFIG;
    run->options = options;
    run->config = config;
    run->hooks = hooks;
    lifecycle_block_signals();
    settings_init(&run->settings, config, options);
    run->metrics = run->settings.kafka.metrics = run->settings.redis.metrics = metrics_new();
    for (unsigned i = 0; i < REJECT_CODE_COUNT; i++)
        if (i != REJECT_NONE)
            metrics_label(run->metrics, METRIC_ARTICLES_REJECTED, i, reject_code_text((enum reject_code)i));
    metrics_set(run->metrics, METRIC_MEMORY_LIMIT, 0, (double)config->root_memory_limit_mb * 1024 * 1024);
    run->ratings = ratings_source_new(run->metrics);
    run->api = api_new(&run->settings.redis, run->metrics);
    api_set_ratings(run->api, ratings_source_current, run->ratings);
    log_start(run);
    log_settings(run);
    const struct ratings_place place = settings_ratings(config);
    enum nw_err err = settings_load_weights(&run->settings, config);
    if (err == NW_OK) err = ratings_source_load(run->ratings, &place);
    if (err == NW_OK) {
        plan_roles(run);
        code = start_http(run) == NW_OK ? run_roles(run) : EXIT_UNAVAILABLE;
    } else if (err == NW_ERR_UNAVAILABLE) {
        /* Without them every story would be published again as covered by nobody known. */
        log_error("no start without ratings: ratings.url gives none; ratings.file would be used instead");
        code = EXIT_UNAVAILABLE;
    }
    api_stream_stop(run->api);
    log_finished(run);
    http_stop(run->http);
    api_free(run->api);
    ratings_source_free(run->ratings);
    metrics_free(run->metrics);
    settings_fini(&run->settings);
    config_free(run->reloaded);
    free(run);
    return code;
}

int run_command(const struct options *options, const struct config *config)
{
    return run_daemon(options, config, NULL);
}
