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
#include "support/http_service.h"

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

enum { REFRESH_MS = 600000 };

static enum nw_err load_file(struct ratings_source *source, const char *file)
{
    const struct ratings_place place = {.file = file, .url = "", .key = "", .refresh_ms = REFRESH_MS};
    return ratings_source_load(source, &place);
}

/* A day of turns later. */
static void look_again(struct ratings_source *source)
{
    static int64_t now_mono_ms = 1;
    ratings_source_turn(source, now_mono_ms); /* after a load it sets the time */
    now_mono_ms += 2 * REFRESH_MS;
    ratings_source_turn(source, now_mono_ms);
}

static void a_bad_file_changes_nothing(void **state)
{
    (void)state;
    struct metrics *metrics = metrics_new();
    struct ratings_source *source = ratings_source_new(metrics);
    assert_int_equal(current_count(source), 0);
    write_ratings("domain,bias\na.com,left\nb.com,right\n");
    assert_int_equal(load_file(source, path), NW_OK);
    assert_int_equal(current_count(source), 2);
    assert_true(metrics_value(metrics, METRIC_RATINGS_SOURCES, 0) == 2);
    assert_true(metrics_value(metrics, METRIC_RATINGS_LOADED, 0) > 1.6e9);
    write_ratings("\x01\x02 nothing of use");
    look_again(source);
    assert_int_equal(current_count(source), 2);
    assert_true(metrics_value(metrics, METRIC_RATINGS_FAILURES, 0) == 1);
    look_again(source); /* the same bad file is not read again and again */
    assert_true(metrics_value(metrics, METRIC_RATINGS_FAILURES, 0) == 1);
    unlink(path);
    look_again(source);
    assert_int_equal(current_count(source), 2);
    assert_int_equal(load_file(source, path), NW_ERR_IO);
    assert_int_equal(load_file(source, folder), NW_ERR_IO);
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
    assert_int_equal(load_file(source, path), NW_OK);
    struct ratings *held = ratings_source_current(source);
    write_ratings("domain,bias\na.com,right\nb.com,left\n");
    look_again(source);
    assert_int_equal(current_count(source), 2);
    assert_int_equal(ratings_count(held), 1);
    assert_int_equal(ratings_find(held, "a.com")->bias, BIAS_LEFT);
    ratings_unref(held);
    assert_int_equal(load_file(source, ""), NW_OK);
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
    assert_int_equal(load_file(source, path), NW_OK);
    pthread_t threads[2];
    reading = true;
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, read_all_the_time, source), 0);
    for (int i = 0; i < 200; i++) {
        write_ratings(i % 2 ? "domain,bias\na.com,left\n" : "domain,bias\na.com,right\n");
        assert_int_equal(load_file(source, path), NW_OK);
    }
    reading = false;
    for (int i = 0; i < 2; i++) pthread_join(threads[i], NULL);
    ratings_source_free(source);
    metrics_free(metrics);
}

/* ---- over HTTP ---- */

/* What the service does next, and what it was asked last. */
struct script {
    const char *body, *etag, *modified;
    int status;
    bool hold;
    atomic_int calls;
    char asked_etag[32], asked_modified[64], asked_key[64];
};

static void keep_header(const struct service_request *request, const char *name, char *out, size_t size)
{
    const char *value = service_request_header(request, name);
    snprintf(out, size, "%s", value ? value : "");
}

static void serve_ratings(void *context, const struct service_request *request, struct service_answer *answer)
{
    struct script *script = context;
    keep_header(request, "If-None-Match", script->asked_etag, sizeof(script->asked_etag));
    keep_header(request, "If-Modified-Since", script->asked_modified, sizeof(script->asked_modified));
    keep_header(request, "Authorization", script->asked_key, sizeof(script->asked_key));
    *answer = (struct service_answer){.status = script->status, .body = script->body, .hold = script->hold};
    size_t i = 0;
    if (script->etag) {
        answer->headers[i].name = "ETag";
        answer->headers[i++].value = script->etag;
    }
    if (script->modified) {
        answer->headers[i].name = "Last-Modified";
        answer->headers[i].value = script->modified;
    }
    script->calls++;
}

struct remote {
    struct script script;
    struct metrics *metrics;
    struct http_service *service;
    struct ratings_source *source;
    struct ratings_place place;
    char url[128];
    int64_t now_mono_ms;
};

static int start_remote(void **state)
{
    struct remote *remote = calloc(1, sizeof(*remote));
    remote->metrics = metrics_new();
    remote->source = ratings_source_new(remote->metrics);
    remote->service = http_service_start(serve_ratings, &remote->script, NULL, NULL);
    remote->script.body = "domain,bias\na.com,left\nb.com,right\n";
    remote->script.etag = "\"one\"";
    snprintf(remote->url, sizeof(remote->url), "%s/ratings?token=secret", http_service_url(remote->service));
    remote->place =
        (struct ratings_place){.file = "", .url = remote->url, .key = "", .refresh_ms = REFRESH_MS};
    remote->now_mono_ms = 1;
    *state = remote;
    return 0;
}

static int stop_remote(void **state)
{
    struct remote *remote = *state;
    ratings_source_free(remote->source);
    if (remote->service) http_service_stop(remote->service);
    metrics_free(remote->metrics);
    free(remote);
    return 0;
}

/* Turns until the service has been asked once more and the answer is dealt with. */
static void next_call(struct remote *remote, int64_t later_ms)
{
    int calls = remote->script.calls;
    ratings_source_turn(remote->source, remote->now_mono_ms);
    remote->now_mono_ms += later_ms;
    do ratings_source_turn(remote->source, remote->now_mono_ms);
    while (remote->script.calls == calls);
    for (int i = 0; i < 5; i++) ratings_source_turn(remote->source, remote->now_mono_ms);
}

static double failures(const struct remote *remote)
{
    return metrics_value(remote->metrics, METRIC_RATINGS_FAILURES, 0);
}

static void an_address_is_asked_again_with_its_etag(void **state)
{
    struct remote *remote = *state;
    remote->place.key = "k-1";
    remote->script.modified = "Thu, 09 Oct 2025 12:00:00 GMT";
    assert_int_equal(ratings_source_load(remote->source, &remote->place), NW_OK);
    assert_int_equal(current_count(remote->source), 2);
    assert_string_equal(remote->script.asked_etag, "");
    assert_string_equal(remote->script.asked_key, "Bearer k-1");

    remote->script.status = 304;
    remote->script.body = NULL;
    next_call(remote, REFRESH_MS);
    assert_string_equal(remote->script.asked_etag, "\"one\"");
    assert_string_equal(remote->script.asked_modified, "Thu, 09 Oct 2025 12:00:00 GMT");
    assert_int_equal(current_count(remote->source), 2);
    assert_true(failures(remote) == 0);

    remote->script.status = 200;
    remote->script.etag = "\"two\"";
    remote->script.body = "{\"domain\":\"c.com\",\"bias\":{\"allsides\":-2.1,\"mbfc\":\"left\"}}\n";
    next_call(remote, REFRESH_MS);
    assert_int_equal(current_count(remote->source), 1);

    ratings_source_reload(remote->source, &remote->place); /* SIGHUP asks at once, and does not wait */
    int calls = remote->script.calls;
    while (remote->script.calls == calls) ratings_source_turn(remote->source, remote->now_mono_ms);
    assert_string_equal(remote->script.asked_etag, "\"two\"");
}

static void a_service_that_fails_keeps_the_last_good_table(void **state)
{
    struct remote *remote = *state;
    assert_int_equal(ratings_source_load(remote->source, &remote->place), NW_OK);
    const struct {
        int status;
        const char *body;
    } answers[] = {{500, "domain,bias\nx.com,left\n"},  {404, "gone"},         {200, ""},
                   {200, "<html>please log in</html>"}, {200, "{\"domain\":"}, {204, NULL}};
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        remote->script.status = answers[i].status;
        remote->script.body = answers[i].body;
        next_call(remote, i == 0 ? REFRESH_MS : 60000); /* after a failure within a minute */
        assert_true(failures(remote) == (double)i + 1);
        assert_string_equal(remote->script.asked_etag, "\"one\"");
        assert_int_equal(current_count(remote->source), 2);
    }
    remote->script.status = 200;
    remote->script.body = "domain,bias\na.com,left\n";
    next_call(remote, 60000);
    assert_int_equal(current_count(remote->source), 1);
}

static void a_slow_service_is_not_waited_for(void **state)
{
    struct remote *remote = *state;
    assert_int_equal(ratings_source_load(remote->source, &remote->place), NW_OK);
    remote->script.hold = true;
    remote->script.body = "domain,bias\na.com,left\n";
    ratings_source_reload(remote->source, &remote->place);
    for (int i = 0; i < 10; i++) ratings_source_turn(remote->source, ++remote->now_mono_ms); /* 50 ms each */
    assert_int_equal(current_count(remote->source), 2);
    http_service_release(remote->service);
    while (current_count(remote->source) == 2) ratings_source_turn(remote->source, ++remote->now_mono_ms);
    assert_int_equal(current_count(remote->source), 1);
}

static void an_answer_beyond_the_limit_is_refused(void **state)
{
    struct remote *remote = *state;
    size_t len = 64 * 1024 * 1024 + 1;
    char *huge = malloc(len + 1);
    memset(huge, 'a', len);
    huge[len] = '\0';
    memcpy(huge, "domain,bias\na.com,left\n#", 24);
    remote->script.body = huge;
    assert_int_equal(ratings_source_load(remote->source, &remote->place), NW_ERR_UNAVAILABLE);
    assert_int_equal(current_count(remote->source), 0);
    ratings_source_free(remote->source);
    remote->source = NULL;
    http_service_stop(remote->service);
    remote->service = NULL;
    free(huge);
}

static void a_start_without_the_service_falls_back_to_the_file_or_fails(void **state)
{
    struct remote *remote = *state;
    remote->script.status = 503;
    assert_int_equal(ratings_source_load(remote->source, &remote->place), NW_ERR_UNAVAILABLE);
    write_ratings("domain,bias\na.com,left\n");
    remote->place.file = path;
    assert_int_equal(ratings_source_load(remote->source, &remote->place), NW_OK);
    assert_int_equal(current_count(remote->source), 1);
    remote->script.status = 200;
    next_call(remote, 60000); /* not only after the whole interval */
    assert_int_equal(current_count(remote->source), 2);
    write_ratings("domain,bias\nc.com,left\n"); /* of no interest while the service answers */
    next_call(remote, REFRESH_MS);
    assert_int_equal(current_count(remote->source), 2);
}

int main(void)
{
    log_init(LOG_ERROR, LOG_FORMAT_TEXT);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_bad_file_changes_nothing),
        cmocka_unit_test(a_changed_file_is_taken_and_old_references_stay_good),
        cmocka_unit_test(readers_and_a_reload_do_not_disturb_each_other),
        cmocka_unit_test_setup_teardown(an_address_is_asked_again_with_its_etag, start_remote, stop_remote),
        cmocka_unit_test_setup_teardown(a_service_that_fails_keeps_the_last_good_table, start_remote,
                                        stop_remote),
        cmocka_unit_test_setup_teardown(a_slow_service_is_not_waited_for, start_remote, stop_remote),
        cmocka_unit_test_setup_teardown(an_answer_beyond_the_limit_is_refused, start_remote, stop_remote),
        cmocka_unit_test_setup_teardown(a_start_without_the_service_falls_back_to_the_file_or_fails,
                                        start_remote, stop_remote),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
