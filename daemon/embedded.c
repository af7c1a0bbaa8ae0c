#include "daemon/embedded.h"

#include <arpa/inet.h>
#include <libgen.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "daemon/commands.h"
#include "daemon/demo_feed.h"
#include "daemon/demo_view.h"
#include "daemon/demo_watch.h"
#include "daemon/embedded_kafka.h"
#include "daemon/embedded_redis.h"
#include "daemon/lifecycle.h"
#include "daemon/run.h"
#include "daemon/settings.h"

enum { DEFAULT_PORT = 8080, PLAIN_COLUMNS = 120, CHECK_EVERY_MS = 1000 };

/* What differs from the defaults and is known beforehand. One source partition, so that the events arrive in
 * the order of the file; the mock answers a fetch only when it has waited. */
static const char demo_settings[] =
    "kafka: { group = \"demo\"; articles_partitions = 1; features_partitions = 4;\n"
    "  session_timeout_ms = 6000;\n"
    "  properties = ( (\"fetch.wait.max.ms\", \"10\"), (\"linger.ms\", \"1\") ); };\n"
    "publish: { min_interval_ms = 200; };\n"
    "stories: { batch_ms = 100; };\n";

struct demo {
    const struct options *options;
    struct config *config;
    struct settings settings; /* for the feed and the watch; the roles have their own of the same config */
    char data[512];
    struct embedded_redis *redis;
    struct embedded_kafka *kafka;
    struct demo_feed *feed;
    struct demo_watch *watch;
    struct demo_view *view;
    char address[128];
    int64_t next_check_mono_ms;
    bool is_ready, is_through, failed;
};

/* ---- where the data is ---- */

static bool has_data(const char *folder)
{
    char path[600];
    snprintf(path, sizeof(path), "%s/articles.jsonl", folder);
    return access(path, R_OK) == 0;
}

bool embedded_find_data(const char *program, char *out, size_t size)
{
    static const char *const beside[] = {"../share/newswired/demo",
                                         "../../demo"}; /* installed; build/<preset>/ */
    char *copy = nw_strdup(program);
    const char *folder = dirname(copy);
    bool found = false;
    for (size_t i = 0; i < sizeof(beside) / sizeof(beside[0]) && !found; i++) {
        snprintf(out, size, "%s/%s", folder, beside[i]);
        found = has_data(out);
    }
    if (!found) {
        snprintf(out, size, "%s", NEWSWIRED_DEMO_FOLDER);
        found = has_data(out);
    }
    free(copy);
    return found;
}

static bool find_own_data(char *out, size_t size)
{
    char program[512];
    ssize_t len = readlink("/proc/self/exe", program, sizeof(program) - 1);
    if (len < 0) return false;
    program[len] = '\0';
    return embedded_find_data(program, out, size);
}

/* ---- settings ---- */

static bool port_is_free(int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int on = 1, fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    bool is_free = bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    close(fd);
    return is_free;
}

static void set_text(char **field, char *text)
{
    free(*field);
    *field = text;
}

static char *joined(const char *a, const char *b)
{
    size_t size = strlen(a) + strlen(b) + 1;
    char *out = nw_calloc(size, 1);
    snprintf(out, size, "%s%s", a, b);
    return out;
}

static enum nw_err configure(struct demo *demo)
{
    struct config_report report = {0};
    enum nw_err err = config_load_text(demo_settings, "demo", &demo->config, &report);
    if (err != NW_OK) config_report_print(&report, stderr);
    config_report_fini(&report);
    if (err != NW_OK) return err;
    struct config *c = demo->config;
    int port = demo->options->port;
    if (port < 0) port = port_is_free(DEFAULT_PORT) ? DEFAULT_PORT : 0;
    char listen[64];
    snprintf(listen, sizeof(listen), "127.0.0.1:%d", port);
    set_text(&c->http_listen, nw_strdup(listen));
    set_text(&c->ratings_file, joined(demo->data, "/ratings.csv"));
    set_text(&c->redis_url, joined("unix://", embedded_redis_socket(demo->redis)));
    settings_init(&demo->settings, c, demo->options);
    return NW_OK;
}

/* ---- what is shown ---- */

static void show_new_lines(struct demo *demo)
{
    struct demo_record record;
    while (demo_watch_next(demo->watch, &record)) {
        char *line = demo_view_apply(demo->view, record.key, record.key_len, record.value, record.len);
        if (line != NULL) puts(line);
        free(line);
    }
    fflush(stdout);
}

static void show_beginning(const struct demo *demo, const char *http_address)
{
    printf("newswired demo: %zu events, made up; Kafka (mock) at %s, Redis at %s\n",
           demo_feed_total(demo->feed), embedded_kafka_brokers(demo->kafka),
           embedded_redis_socket(demo->redis));
    printf("Pages: http://%s/   the stories in JSON: http://%s/v1/stories   metrics: http://%s/metrics\n",
           http_address, http_address, http_address);
    printf("Each line is a new summary on the coverage topic: which sides its rated sources are of (%s),\n"
           "in percent, how many sources, its title, and what has changed.\n\n",
           demo_view_legend(demo->view));
    fflush(stdout);
}

static void show_end(struct demo *demo)
{
    char *table = demo_view_table(demo->view);
    printf("\n%s\n%zu events are through: %zu stories, %lld records refused (wrong on purpose).\n", table,
           demo_feed_total(demo->feed), demo_view_stories(demo->view),
           (long long)demo_watch_rejected(demo->watch));
    if (!demo->options->once) printf("Look around at http://%s/; Ctrl-C ends.\n", demo->address);
    fflush(stdout);
    free(table);
}

/* ---- hooks of the run ---- */

static void ready(void *context, const char *http_address)
{
    struct demo *demo = context;
    snprintf(demo->address, sizeof(demo->address), "%s", http_address);
    demo->is_ready = true;
    show_beginning(demo, http_address);
}

/* A turn of the demo, and whether it should end. */
static bool finished(void *context)
{
    struct demo *demo = context;
    int64_t now = clock_mono_ms();
    if (!demo->is_ready) return false;
    if (demo_feed_turn(demo->feed, now) != NW_OK) {
        demo->failed = true;
        return true;
    }
    show_new_lines(demo);
    if (demo->is_through || !demo_feed_done(demo->feed) || now < demo->next_check_mono_ms) return false;
    demo->next_check_mono_ms = now + CHECK_EVERY_MS;
    if (!demo_watch_all_through(demo->watch)) return false;
    demo->is_through = true;
    show_end(demo);
    return demo->options->once;
}

/* ---- start and end ---- */

static int terminal_columns(void)
{
    struct winsize size;
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : PLAIN_COLUMNS;
}

static int start(struct demo *demo)
{
    if (!find_own_data(demo->data, sizeof(demo->data))) {
        log_error("the demo's events are not there", log_str("expected", NEWSWIRED_DEMO_FOLDER));
        return EXIT_CONFIG;
    }
    if (embedded_redis_start(&demo->redis) != NW_OK) return EXIT_UNAVAILABLE; /* first: it forks */
    lifecycle_block_signals();
    if (configure(demo) != NW_OK) return EXIT_INTERNAL;
    if (embedded_kafka_start(&demo->settings.kafka, &demo->kafka) != NW_OK) return EXIT_UNAVAILABLE;
    set_text(&demo->config->kafka_brokers, nw_strdup(embedded_kafka_brokers(demo->kafka)));
    demo->settings.kafka.brokers = demo->config->kafka_brokers;
    char events[600];
    snprintf(events, sizeof(events), "%s/articles.jsonl", demo->data);
    if (demo_feed_new(&demo->settings.kafka, events, demo->options->speed, &demo->feed) != NW_OK)
        return EXIT_CONFIG;
    if (demo_watch_new(&demo->settings.kafka, &demo->settings.redis, &demo->watch) != NW_OK)
        return EXIT_UNAVAILABLE;
    bool terminal = isatty(STDOUT_FILENO);
    demo->view =
        demo_view_new(terminal && getenv("NO_COLOR") == NULL, terminal ? terminal_columns() : PLAIN_COLUMNS);
    return EXIT_DONE;
}

int demo_command(const struct options *options, const struct config *config)
{
    (void)config; /* the demo brings its own */
    struct demo *demo = nw_calloc(1, sizeof(*demo));
    demo->options = options;
    log_set_level(LOG_ERROR); /* stdout tells the story; that the mock proves nothing need not be said */
    int code = start(demo);
    if (code == EXIT_DONE) {
        const struct run_hooks hooks = {.context = demo, .ready = ready, .finished = finished};
        code = run_daemon(options, demo->config, &hooks);
        if (code == EXIT_DONE && demo->failed) code = EXIT_UNAVAILABLE;
    }
    demo_view_free(demo->view);
    demo_watch_free(demo->watch);
    demo_feed_free(demo->feed);
    embedded_kafka_stop(demo->kafka);
    embedded_redis_stop(demo->redis);
    if (demo->config != NULL) settings_fini(&demo->settings);
    config_free(demo->config);
    free(demo);
    return code;
}
