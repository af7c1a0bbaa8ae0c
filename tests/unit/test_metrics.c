#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/metrics.h"

static void assert_has(const struct metrics *metrics, const char *part)
{
    char *page = metrics_render(metrics, NULL);
    if (!strstr(page, part)) fail_msg("not on the page: %s\n%s", part, page);
    free(page);
}

static void assert_has_not(const struct metrics *metrics, const char *part)
{
    char *page = metrics_render(metrics, NULL);
    if (strstr(page, part)) fail_msg("on the page: %s", part);
    free(page);
}

static void counters_without_label_start_at_zero(void **state)
{
    (void)state;
    struct metrics *m = metrics_new();
    assert_has(m, "# HELP newswired_articles_read_total Records read from the articles topic.\n"
                  "# TYPE newswired_articles_read_total counter\nnewswired_articles_read_total 0\n");
    metrics_add(m, METRIC_ARTICLES_READ, 0, UINT64_C(9007199254740993));
    assert_has(m, "\nnewswired_articles_read_total 9007199254740993\n");
    metrics_free(m);
}

static void labels_show_their_text_or_their_index(void **state)
{
    (void)state;
    struct metrics *m = metrics_new();
    assert_has_not(m, "newswired_articles_rejected_total{");
    metrics_label(m, METRIC_ARTICLES_REJECTED, 3, "bad \"quoted\"\\\n");
    metrics_label(m, METRIC_ARTICLES_REJECTED, 3, "second text");
    assert_has(m, "newswired_articles_rejected_total{code=\"bad \\\"quoted\\\"\\\\\\n\"} 0\n");
    metrics_add(m, METRIC_ARTICLES_REJECTED, 3, 2);
    assert_has(m, "\\n\"} 2\n");
    metrics_set(m, METRIC_STORIES_LIVE, 7000, 12);
    assert_has(m, "newswired_stories_live{partition=\"7000\"} 12\n");
    metrics_hide(m, METRIC_STORIES_LIVE, 7000);
    assert_has_not(m, "7000");
    metrics_set(m, METRIC_STORIES_LIVE, 7000, 1);
    assert_has(m, "newswired_stories_live{partition=\"7000\"} 1\n");
    metrics_free(m);
}

static void histograms_are_cumulative_and_count_what_they_hold(void **state)
{
    (void)state;
    struct metrics *m = metrics_new();
    metrics_observe(m, METRIC_BATCH_SECONDS, 0, 0.0005);
    metrics_observe(m, METRIC_BATCH_SECONDS, 0, 0.2);
    metrics_observe(m, METRIC_BATCH_SECONDS, 0, 1000);
    assert_has(m, "newswired_batch_seconds_bucket{le=\"0.0005\"} 1\n");
    assert_has(
        m, "newswired_batch_seconds_bucket{le=\"0.1\"} 1\nnewswired_batch_seconds_bucket{le=\"0.25\"} 2\n");
    assert_has(m,
               "newswired_batch_seconds_bucket{le=\"300\"} 2\nnewswired_batch_seconds_bucket{le=\"+Inf\"} 3\n"
               "newswired_batch_seconds_sum 1000.2005\nnewswired_batch_seconds_count 3\n");
    assert_true(metrics_value(m, METRIC_BATCH_SECONDS, 0) == 3);
    metrics_free(m);
}

static void names_get_an_index_each(void **state)
{
    (void)state;
    struct metrics *m = metrics_new();
    unsigned a = metrics_index_of(m, METRIC_KAFKA_RTT, "articles.0");
    unsigned b = metrics_index_of(m, METRIC_KAFKA_RTT, "stories.0");
    assert_true(a != b);
    assert_int_equal(metrics_index_of(m, METRIC_KAFKA_RTT, "articles.0"), a);
    metrics_set(m, METRIC_KAFKA_RTT, b, 0.25);
    assert_has(m, "newswired_kafka_rtt_seconds{client=\"stories.0\"} 0.25\n");
    metrics_free(m);
}

static void gauges_take_any_number(void **state)
{
    (void)state;
    struct metrics *m = metrics_new();
    assert_has_not(m, "\nnewswired_ratings_sources ");
    metrics_set(m, METRIC_RATINGS_SOURCES, 0, -1.5);
    assert_has(m, "\nnewswired_ratings_sources -1.5\n");
    metrics_set(m, METRIC_RATINGS_SOURCES, 0, (double)NAN);
    assert_has(m, "\nnewswired_ratings_sources NaN\n");
    metrics_set(m, METRIC_RATINGS_SOURCES, 0, -(double)INFINITY);
    assert_has(m, "\nnewswired_ratings_sources -Inf\n");
    metrics_free(m);
}

static void names_follow_the_conventions(void **state)
{
    (void)state;
    static const struct {
        const char *type, *name, *help;
    } rows[] = {
#define ROW(id, type, name, label, help) {#type, name, help},
        METRICS(ROW)
#undef ROW
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        size_t len = strlen(rows[i].name);
        bool total = len > 6 && strcmp(rows[i].name + len - 6, "_total") == 0;
        assert_int_equal(total, strcmp(rows[i].type, "COUNTER") == 0);
        assert_int_equal(strspn(rows[i].name, "abcdefghijklmnopqrstuvwxyz_"), len);
        assert_int_equal(rows[i].help[strlen(rows[i].help) - 1], '.');
        assert_null(strpbrk(rows[i].help, "\n\\"));
        for (size_t k = 0; k < i; k++) assert_string_not_equal(rows[i].name, rows[k].name);
    }
}

static void *count_from_a_thread(void *metrics)
{
    for (unsigned i = 0; i < 20000; i++) {
        metrics_add(metrics, METRIC_STORIES_LIVE, i % 512, 1);
        metrics_observe(metrics, METRIC_BATCH_SECONDS, 0, 1);
    }
    return NULL;
}

static void threads_lose_no_counts(void **state)
{
    (void)state;
    struct metrics *m = metrics_new();
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_from_a_thread, m), 0);
    for (int i = 0; i < 10; i++) free(metrics_render(m, NULL));
    for (int i = 0; i < 4; i++) pthread_join(threads[i], NULL);
    assert_has(m, "newswired_batch_seconds_sum 80000\nnewswired_batch_seconds_count 80000\n");
    metrics_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters_without_label_start_at_zero),
        cmocka_unit_test(labels_show_their_text_or_their_index),
        cmocka_unit_test(histograms_are_cumulative_and_count_what_they_hold),
        cmocka_unit_test(names_get_an_index_each),
        cmocka_unit_test(gauges_take_any_number),
        cmocka_unit_test(names_follow_the_conventions),
        cmocka_unit_test(threads_lose_no_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
