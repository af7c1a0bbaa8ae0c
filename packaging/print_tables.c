/*
 * print_tables - writes the tables of the code as text, for what is generated from them:
 *
 *   print_tables metrics    docs/metrics.md, whole
 *   print_tables man-keys   the list of keys in newswired.conf(5), as roff
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/metrics_table.h"
#include "config/config_keys.h"

/* ---- metrics ---- */

struct metric_row {
    const char *type, *name, *label, *help;
};

static const struct metric_row metric_rows[] = {
#define METRIC_ROW(id, type, name, label, help) {#type, name, label, help},
    METRICS(METRIC_ROW)
#undef METRIC_ROW
};

/* What a label's values are. */
static const char *label_text(const char *label)
{
    static const char *const texts[][2] = {
        {"partition", "the number of a partition of `kafka.features_topic`; there while it is owned"},
        {"role", "`articles.<worker>`, `stories`, `summaries`"},
        {"client", "a Kafka client of this process: `articles.<worker>` reads, `features.<worker>` and "
                   "`rejected.<worker>` write, `stories.0` reads"},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (strcmp(texts[i][0], label) == 0) return texts[i][1];
    return NULL;
}

static void print_labels(void)
{
    for (size_t i = 0; i < sizeof(metric_rows) / sizeof(metric_rows[0]); i++) {
        const char *label = metric_rows[i].label, *text = label_text(label);
        bool told = text == NULL;
        for (size_t k = 0; k < i; k++) told |= strcmp(metric_rows[k].label, label) == 0;
        if (!told) printf("* `%s`: %s.\n", label, text);
    }
}

static void print_metrics(void)
{
    puts("# Metrics\n\n"
         "What `/metrics` of the HTTP server shows, in Prometheus' text format. This file is written by\n"
         "`print_tables metrics` from `base/metrics_table.h`; a test holds it to that.\n\n"
         "Times are in seconds and sizes in bytes. A counter without a label is there from the start, as 0. "
         "A\n"
         "histogram `x` is shown as `x_bucket`, `x_sum` and `x_count`. Alert rules: `docs/prometheus/`; a\n"
         "dashboard for Grafana: `docs/grafana/`.\n\n"
         "| name | type | label | meaning |\n|---|---|---|---|");
    for (size_t i = 0; i < sizeof(metric_rows) / sizeof(metric_rows[0]); i++) {
        const struct metric_row *row = &metric_rows[i];
        printf("| `newswired_%s` | ", row->name);
        for (const char *c = row->type; *c; c++) putchar(tolower((unsigned char)*c));
        printf(" | %s%s%s | %s |\n", *row->label ? "`" : "", row->label, *row->label ? "`" : "", row->help);
    }
    puts("| `newswired_build_info` | gauge | `version` | The version, as a label. |\n"
         "| `process_cpu_seconds_total` | counter |  | Processor time used. |\n"
         "| `process_resident_memory_bytes` | gauge |  | Memory in use. |\n"
         "| `process_open_fds` | gauge |  | Open file descriptors. |\n"
         "| `process_start_time_seconds` | gauge |  | When the process started. |\n\n"
         "## Labels\n");
    print_labels();
    puts("\nA partition has one owner, so its series come from one instance at a time: sum them over "
         "instances.\n\n"
         "## The way of an event\n\n"
         "`end_to_end_seconds` is measured from Kafka's time of the record in the articles topic (the\n"
         "producer's time where that topic has `message.timestamp.type=CreateTime`) to the moment Kafka has\n"
         "acknowledged the summary. Of several events that one summary tells of, the first is measured. A "
         "backlog\n"
         "and `publish.min_interval_ms` are part of it. Its parts: the wait in the articles topic "
         "(`lag_records`),\n"
         "`article_processing_seconds`, the wait in the features topic (`partition_lag_records`),\n"
         "`batch_apply_seconds`, `batch_commit_seconds`, the wait in the outbox (`coverage_delay_seconds`),\n"
         "`coverage_build_seconds`, `coverage_send_seconds`.");
}

/* ---- newswired.conf(5) ---- */

/* A text as roff: no line may begin as a request, and '-' and '\' mean something. */
static void put_roff(const char *text)
{
    for (; *text; text++)
        if (*text == '-')
            fputs("\\-", stdout);
        else if (*text == '\\')
            fputs("\\e", stdout);
        else if (*text == '\'')
            fputs("\\(aq", stdout);
        else
            putchar(*text);
}

static void put_words(const char *before, const char *words, const char *after)
{
    fputs(before, stdout);
    for (const char *at = words; *at; at += strcspn(at, " "), at += *at == ' ')
        printf("%s\\(dq%.*s\\(dq", at == words ? "" : ", ", (int)strcspn(at, " "), at);
    fputs(after, stdout);
}

static void print_default(const struct config_key *key)
{
    fputs("Default ", stdout);
    if (key->kind == CONFIG_KIND_INT)
        printf("%lld", (long long)key->default_number);
    else if (key->kind == CONFIG_KIND_BOOL)
        fputs(key->default_number ? "true" : "false", stdout);
    else if (key->kind == CONFIG_KIND_LIST)
        put_words("[", key->default_text, "]");
    else {
        fputs("\\(dq", stdout);
        put_roff(key->default_text);
        fputs("\\(dq", stdout);
    }
    puts(key->reload ? "; reloaded on SIGHUP." : "; needs a restart.");
}

static void print_key(const struct config_key *key)
{
    static const char *const kinds[] = {
        [CONFIG_KIND_TEXT] = "text",
        [CONFIG_KIND_FILE] = "file",
        [CONFIG_KIND_SECRET] = "file of a secret",
        [CONFIG_KIND_CHOICE] = "text",
        [CONFIG_KIND_INT] = "number",
        [CONFIG_KIND_BOOL] = "true or false",
        [CONFIG_KIND_LIST] = "array of texts",
    };
    printf(".TP\n.B %s\n(%s", key->name, kinds[key->kind]);
    if (key->kind == CONFIG_KIND_INT)
        printf(", %lld to %lld%s%s", (long long)key->min, (long long)key->max, *key->unit ? " " : "",
               key->unit);
    puts(")");
    put_roff(key->help);
    putchar('\n');
    if (*key->choices) put_words(key->kind == CONFIG_KIND_LIST ? "Any of " : "One of ", key->choices, ".\n");
    print_default(key);
}

static void print_man_keys(void)
{
    for (size_t s = 0; s < config_section_count; s++) {
        const struct config_section *section = &config_sections[s];
        bool top = strcmp(section->name, "root") == 0;
        printf(".SS %s\n", top ? "Top level" : section->name);
        put_roff(section->help);
        if (*section->help) putchar('\n');
        for (size_t i = 0; i < config_key_count; i++)
            if (strcmp(config_keys[i].section, section->name) == 0) print_key(&config_keys[i]);
        if (strcmp(section->name, "kafka") == 0)
            puts(".TP\n.B properties\n(list)\nAny librdkafka property, as (\\(dqname\\(dq, \\(dqvalue\\(dq) "
                 "or "
                 "\\(dqname=value\\(dq; see\n.B PROPERTIES\nbelow.\nDefault (); needs a restart.");
    }
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "metrics") == 0)
        print_metrics();
    else if (argc == 2 && strcmp(argv[1], "man-keys") == 0)
        print_man_keys();
    else {
        fputs("usage: print_tables metrics|man-keys\n", stderr);
        return 2;
    }
    return 0;
}
