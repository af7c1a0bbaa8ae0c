#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "consumers/ratings_source.h"

static char folder[] = "/tmp/newswired-test-XXXXXX";
static char path[64], other_path[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(path, sizeof(path), "%s/ratings.csv", mkdtemp(folder));
    snprintf(other_path, sizeof(other_path), "%s/ratings.new", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder);
}

/* As an operator should: written beside and moved, so the file is never half there. */
static void write_ratings(const char *text)
{
    FILE *file = fopen(other_path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    assert_int_equal(rename(other_path, path), 0);
}

static size_t current_count(struct ratings_source *source)
{
    struct ratings *ratings = ratings_source_current(source);
    size_t count = ratings_count(ratings);
    ratings_unref(ratings);
    return count;
}

static void a_bad_file_changes_nothing(void **state)
{
    (void)state;
    struct metrics *metrics = metrics_new();
    struct ratings_source *source = ratings_source_new(metrics);
    assert_int_equal(current_count(source), 0);
    write_ratings("domain,bias\na.com,left\nb.com,right\n");
    assert_int_equal(ratings_source_load(source, path), NW_OK);
    assert_int_equal(current_count(source), 2);
    assert_true(metrics_value(metrics, METRIC_RATINGS_SOURCES, 0) == 2);
    assert_true(metrics_value(metrics, METRIC_RATINGS_LOADED, 0) > 1.6e9);
    write_ratings("\x01\x02 nothing of use");
    ratings_source_refresh(source);
    assert_int_equal(current_count(source), 2);
    assert_true(metrics_value(metrics, METRIC_RATINGS_FAILURES, 0) == 1);
    ratings_source_refresh(source); /* the same bad file is not read again and again */
    assert_true(metrics_value(metrics, METRIC_RATINGS_FAILURES, 0) == 1);
    unlink(path);
    ratings_source_refresh(source);
    assert_int_equal(current_count(source), 2);
    assert_int_equal(ratings_source_load(source, path), NW_ERR_IO);
    assert_int_equal(ratings_source_load(source, folder), NW_ERR_IO);
    assert_int_equal(current_count(source), 2);
    ratings_source_free(source);
    metrics_free(metrics);
}

static void a_changed_file_is_taken_and_old_references_stay_good(void **state)
{
    (void)state;
    struct metrics *metrics = metrics_new();
    struct ratings_source *source = ratings_source_new(metrics);
    write_ratings("domain,bias\na.com,left\n");
    assert_int_equal(ratings_source_load(source, path), NW_OK);
    struct ratings *held = ratings_source_current(source);
    write_ratings("domain,bias\na.com,right\nb.com,left\n");
    ratings_source_refresh(source);
    assert_int_equal(current_count(source), 2);
    assert_int_equal(ratings_count(held), 1);
    assert_int_equal(ratings_find(held, "a.com")->bias, BIAS_LEFT);
    ratings_unref(held);
    assert_int_equal(ratings_source_load(source, ""), NW_OK);
    assert_int_equal(current_count(source), 0);
    ratings_source_free(source);
    metrics_free(metrics);
}

static atomic_bool reading;

static void *read_all_the_time(void *source)
{
    while (reading) {
        struct ratings *ratings = ratings_source_current(source);
        assert(ratings_count(ratings) > 0);
        ratings_unref(ratings);
    }
    return NULL;
}

static void readers_and_a_reload_do_not_disturb_each_other(void **state)
{
    (void)state;
    struct metrics *metrics = metrics_new();
    struct ratings_source *source = ratings_source_new(metrics);
    write_ratings("domain,bias\na.com,left\n");
    assert_int_equal(ratings_source_load(source, path), NW_OK);
    pthread_t threads[2];
    reading = true;
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_all_the_time, source), 0);
    for (int i = 0; i < 200; i++) assert_int_equal(ratings_source_load(source, path), NW_OK);
    reading = false;
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    ratings_source_free(source);
    metrics_free(metrics);
}

int main(void)
{
    log_init(LOG_ERROR, LOG_FORMAT_TEXT);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_file_changes_nothing),
        cmocka_unit_test(a_changed_file_is_taken_and_old_references_stay_good),
        cmocka_unit_test(readers_and_a_reload_do_not_disturb_each_other),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
