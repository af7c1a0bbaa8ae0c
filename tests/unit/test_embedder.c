/* The embedder with the real article stage, against a service that answers well and in every wrong way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "consumers/embedder.h"
#include "consumers/embedding_answer.h"
#include "support/embedding_service.h"

enum { ARTICLES_MAX = 8, TIMEOUT_MS = 10000, SHORT_TIMEOUT_MS = 150 };

static const char model[] = "test-model";

struct fixture {
    struct embedding_service *service;
    struct article_pipeline *pipeline;
    struct metrics *metrics;
    struct embedding_options options;
    atomic_bool stop;
    struct embedder *embedder;
    struct arena *arenas[ARTICLES_MAX];
    struct pipeline_result results[ARTICLES_MAX];
    struct embedding_job jobs[ARTICLES_MAX];
    unsigned turns;
};

static void on_turn(void *context)
{
    ((struct fixture *)context)->turns++;
}

static void renew(struct fixture *f)
{
    embedder_free(f->embedder);
    metrics_free(f->metrics);
    f->metrics = metrics_new();
    const struct embedder_setting setting = {.options = &f->options,
                                             .name = "articles.0",
                                             .metrics = f->metrics,
                                             .stop = &f->stop,
                                             .turn = on_turn,
                                             .context = f};
    f->embedder = embedder_new(&setting);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    const struct article_pipeline_config config = {0};
    log_init(LOG_ERROR, LOG_FORMAT_TEXT);
    f->service = embedding_service_start();
    f->pipeline = article_pipeline_new(&config);
    for (size_t i = 0; i < ARTICLES_MAX; i++) f->arenas[i] = arena_new();
    f->options = (struct embedding_options){
        .url = embedding_service_url(f->service),
        .model = model,
        .key = "",
        .timeout_ms = TIMEOUT_MS,
        .batch = 2,
        .parallel = 2,
        .breaker = {.failures = 3, .open_ms = 60000, .open_max_ms = 60000},
    };
    renew(f);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    embedder_free(f->embedder);
    embedding_service_stop(f->service);
    article_pipeline_free(f->pipeline);
    metrics_free(f->metrics);
    for (size_t i = 0; i < ARTICLES_MAX; i++) arena_free(f->arenas[i]);
    free(f);
    return 0;
}

static void take_event(struct fixture *f, size_t i, const char *event)
{
    arena_reset(f->arenas[i]);
    char *text = arena_strdup(f->arenas[i], event);
    const struct input_record record = {
        .value = text, .len = strlen(text), .append_ms = 1000, .origin = {.topic = "articles"}};
    article_pipeline_run(f->pipeline, f->arenas[i], &record, &f->results[i]);
    f->jobs[i] = (struct embedding_job){f->arenas[i], &f->results[i]};
}

static void title_of(size_t i, char out[64])
{
    snprintf(out, 64, "Harbour bridge number %zu opens to traffic", i);
}

static void take_article(struct fixture *f, size_t i)
{
    char event[256], title[64];
    title_of(i, title);
    snprintf(event, sizeof(event), "{\"url\":\"https://a.example/%zu\",\"title\":\"%s\",\"language\":\"en\"}",
             i, title);
    take_event(f, i, event);
}

static void run(struct fixture *f, size_t articles)
{
    for (size_t i = 0; i < articles; i++) take_article(f, i);
    embedder_run(f->embedder, f->jobs, articles);
}

static struct dense_vector vector_of(struct fixture *f, size_t i)
{
    struct features_record record;
    const struct pipeline_output *output = &f->results[i].outputs[f->results[i].output_count - 1];
    assert_int_equal(features_record_unpack(f->arenas[i], output->bytes, output->len, &record), NW_OK);
    return record.features.dense;
}

static void assert_vector(struct fixture *f, size_t i, const char *text)
{
    int8_t expected[SERVICE_DIMENSIONS];
    struct dense_vector vector = vector_of(f, i);
    embedding_service_expected(text, expected);
    assert_int_equal(vector.count, SERVICE_DIMENSIONS);
    assert_int_equal(vector.model, hash64(model, strlen(model)));
    assert_memory_equal(vector.values, expected, SERVICE_DIMENSIONS);
}

static void assert_all_embedded(struct fixture *f, size_t articles)
{
    for (size_t i = 0; i < articles; i++) {
        char title[64];
        title_of(i, title);
        assert_vector(f, i, title);
    }
}

static void assert_none_embedded(struct fixture *f, size_t articles)
{
    for (size_t i = 0; i < articles; i++) assert_int_equal(vector_of(f, i).count, 0);
}

static double count(const struct fixture *f, enum metric_id id)
{
    return metrics_value(f->metrics, id, 0);
}

static double failures(const struct fixture *f, enum embedding_failure failure)
{
    return metrics_value(f->metrics, METRIC_EMBEDDING_FAILURES, failure);
}

/* ---- good answers ---- */

static void articles_get_the_vectors_of_their_texts_in_few_requests(void **state)
{
    struct fixture *f = *state;
    run(f, 5);
    assert_all_embedded(f, 5);
    assert_int_equal(embedding_service_requests(f->service), 3);
    assert_int_equal(embedding_service_largest(f->service), 2);
    assert_int_equal(count(f, METRIC_EMBEDDING_REQUESTS), 3);
    assert_int_equal(count(f, METRIC_EMBEDDING_SECONDS), 3);
    assert_int_equal(count(f, METRIC_ARTICLES_EMBEDDED), 5);
    assert_int_equal(count(f, METRIC_ARTICLES_NOT_EMBEDDED), 0);
    assert_int_equal(embedder_totals(f->embedder).with, 5);
    assert_int_equal(embedder_wants(f->embedder), 4);
}

static void vectors_go_where_their_index_says(void **state)
{
    struct fixture *f = *state;
    embedding_service_set(f->service, SERVICE_SHUFFLED);
    run(f, 4);
    assert_all_embedded(f, 4);
}

static void the_lead_is_part_of_the_text(void **state)
{
    struct fixture *f = *state;
    take_event(f, 0,
               "{\"url\":\"https://a.example/1\",\"title\":\"Bridge opens at last\",\"language\":\"en\","
               "\"description\":\"The bridge over the harbour was opened on Monday by the mayor.\"}");
    embedder_run(f->embedder, f->jobs, 1);
    assert_vector(f, 0,
                  "Bridge opens at last\nThe bridge over the harbour was opened on Monday by the mayor.");
}

static void only_articles_are_asked_for(void **state)
{
    struct fixture *f = *state;
    take_event(f, 0, "{\"title\":\"no address\"}");
    take_event(f, 1,
               "{\"specversion\":\"1.0\",\"type\":\"article.retracted\",\"source\":\"x\",\"id\":\"1\","
               "\"data\":{\"url\":\"https://a.example/1\"}}");
    take_event(f, 2,
               "[{\"url\":\"https://a.example/1\",\"title\":\"First of two in one record\"},"
               "{\"url\":\"https://a.example/2\",\"title\":\"Second of two in one record\"}]");
    embedder_run(f->embedder, f->jobs, 3);
    assert_int_equal(embedding_service_texts(f->service), 2);
    assert_int_equal(count(f, METRIC_ARTICLES_EMBEDDED), 2);
    assert_int_equal(count(f, METRIC_ARTICLES_NOT_EMBEDDED), 0);
}

static void the_request_has_model_key_and_dimensions(void **state)
{
    struct fixture *f = *state;
    run(f, 1);
    assert_string_equal(
        embedding_service_body(f->service),
        "{\"model\":\"test-model\",\"input\":[\"Harbour bridge number 0 opens to traffic\"]}");
    assert_string_equal(embedding_service_authorization(f->service), "");
    f->options.key = "secret";
    f->options.dimensions = SERVICE_DIMENSIONS;
    renew(f);
    run(f, 1);
    assert_non_null(strstr(embedding_service_body(f->service), "\"dimensions\":8"));
    assert_string_equal(embedding_service_authorization(f->service), "Bearer secret");
    assert_all_embedded(f, 1);
}

static void articles_in_other_languages_are_not_asked_for(void **state)
{
    struct fixture *f = *state;
    static const char *const languages[] = {"de", "en"};
    f->options.languages = languages;
    f->options.language_count = 2;
    renew(f);
    take_article(f, 0);
    take_event(
        f, 1,
        "{\"url\":\"https://a.example/1\",\"title\":\"Le pont du port est ouvert\",\"language\":\"fr\"}");
    embedder_run(f->embedder, f->jobs, 2);
    assert_all_embedded(f, 1);
    assert_int_equal(vector_of(f, 1).count, 0);
    assert_int_equal(count(f, METRIC_ARTICLES_EMBEDDED), 1);
    assert_int_equal(count(f, METRIC_ARTICLES_NOT_EMBEDDED), 0);
}

static void without_an_address_there_is_no_embedder(void **state)
{
    (void)state;
    const struct embedding_options off = {.url = ""};
    const struct embedder_setting setting = {.options = &off};
    assert_null(embedder_new(&setting));
    embedder_free(NULL);
}

/* ---- bad answers ---- */

static void assert_goes_on_without(struct fixture *f, enum service_mood mood, enum embedding_failure failure)
{
    embedding_service_set(f->service, mood);
    run(f, 3);
    assert_none_embedded(f, 3);
    assert_int_equal(failures(f, failure), 2);
    assert_int_equal(count(f, METRIC_EMBEDDING_REQUESTS), 2);
    assert_int_equal(count(f, METRIC_ARTICLES_NOT_EMBEDDED), 3);
}

static void answers_that_are_none_cost_only_the_vectors(void **state)
{
    struct fixture *f = *state;
    assert_goes_on_without(f, SERVICE_GARBAGE, EMBEDDING_UNREADABLE);
    renew(f);
    assert_goes_on_without(f, SERVICE_SHORT, EMBEDDING_UNREADABLE);
    renew(f);
    assert_goes_on_without(f, SERVICE_BROKEN, EMBEDDING_STATUS);
    renew(f);
    assert_goes_on_without(f, SERVICE_BUSY, EMBEDDING_THROTTLED);
}

static void vectors_of_another_length_are_refused(void **state)
{
    struct fixture *f = *state;
    run(f, 1); /* the first answer says what is expected */
    embedding_service_set(f->service, SERVICE_WRONG_DIM);
    run(f, 1);
    assert_none_embedded(f, 1);
    assert_int_equal(failures(f, EMBEDDING_DIMENSIONS), 1);
    f->options.dimensions = SERVICE_DIMENSIONS;
    renew(f); /* or the configuration does */
    run(f, 1);
    assert_none_embedded(f, 1);
    assert_int_equal(failures(f, EMBEDDING_DIMENSIONS), 1);
    embedding_service_set(f->service, SERVICE_GOOD);
    run(f, 1);
    assert_all_embedded(f, 1);
}

static void a_service_that_is_not_there_is_counted(void **state)
{
    struct fixture *f = *state;
    f->options.url = "http://127.0.0.1:1/v1";
    renew(f);
    run(f, 1);
    assert_none_embedded(f, 1);
    assert_int_equal(failures(f, EMBEDDING_UNREACHABLE), 1);
}

static void a_slow_service_is_waited_for_no_longer_than_the_timeout(void **state)
{
    struct fixture *f = *state;
    f->options.timeout_ms = SHORT_TIMEOUT_MS;
    renew(f);
    embedding_service_set(f->service, SERVICE_HOLDS);
    int64_t before = clock_mono_ms();
    run(f, 4); /* two requests, at the same time */
    int64_t took = clock_mono_ms() - before;
    assert_true(took >= SHORT_TIMEOUT_MS - 10); /* libcurl's clock and ours round differently */
    if (took >= 2 * SHORT_TIMEOUT_MS + 1500)
        fail_msg("it took %d ms", (int)took); /* a busy machine is slow */
    assert_none_embedded(f, 4);
    assert_int_equal(failures(f, EMBEDDING_TIMEOUT), 2);
    assert_true(f->turns > 2);
}

static void *stop_soon(void *context)
{
    struct fixture *f = context;
    while (embedding_service_requests(f->service) == 0) usleep(1000);
    f->stop = true;
    return NULL;
}

static void a_stop_ends_the_wait_and_says_nothing_of_the_service(void **state)
{
    struct fixture *f = *state;
    pthread_t thread;
    embedding_service_set(f->service, SERVICE_HOLDS);
    assert_int_equal(pthread_create(&thread, NULL, stop_soon, f), 0);
    int64_t before = clock_mono_ms();
    run(f, 1);
    assert_true(clock_mono_ms() - before < TIMEOUT_MS);
    pthread_join(thread, NULL);
    for (unsigned i = 0; i < EMBEDDING_FAILURE_COUNT; i++)
        assert_int_equal(failures(f, (enum embedding_failure)i), 0);
    assert_int_equal(metrics_value(f->metrics, METRIC_EMBEDDING_BREAKER, 0), 0);
}

/* ---- the breaker ---- */

static void after_failures_nothing_is_asked_and_nothing_waits(void **state)
{
    struct fixture *f = *state;
    embedding_service_set(f->service, SERVICE_BROKEN);
    for (int i = 0; i < 10; i++) run(f, 1);
    assert_int_equal(embedding_service_requests(f->service), 3);
    assert_int_equal(failures(f, EMBEDDING_STATUS), 3);
    assert_int_equal(count(f, METRIC_ARTICLES_NOT_EMBEDDED), 10);
    assert_int_equal(metrics_value(f->metrics, METRIC_EMBEDDING_BREAKER, 0), 1);
    assert_int_equal(embedder_wants(f->embedder), 1); /* no reason to collect records */
}

static void a_busy_service_is_left_alone_at_once(void **state)
{
    struct fixture *f = *state;
    embedding_service_set(f->service, SERVICE_BUSY); /* it names a time to wait */
    run(f, 1);
    run(f, 1);
    assert_int_equal(embedding_service_requests(f->service), 1);
}

static void one_request_tries_again_and_closes_the_breaker(void **state)
{
    struct fixture *f = *state;
    f->options.breaker = (struct breaker_policy){.failures = 1, .open_ms = 20, .open_max_ms = 20};
    renew(f);
    embedding_service_set(f->service, SERVICE_BROKEN);
    run(f, 1);
    embedding_service_set(f->service, SERVICE_GOOD);
    while (embedder_wants(f->embedder) == 1) usleep(1000); /* open */
    unsigned before = embedding_service_requests(f->service);
    run(f, 4); /* as many as two requests take: the first one tries alone, then the second */
    assert_int_equal(embedding_service_requests(f->service), before + 2);
    assert_all_embedded(f, 4);
    assert_int_equal(metrics_value(f->metrics, METRIC_EMBEDDING_BREAKER, 0), 0);
}

/* ---- what answers look like ---- */

static bool reads(struct arena *arena, const char *body, size_t texts, struct embedding_answer *out)
{
    return embedding_answer_read(arena, body, strlen(body), texts, out);
}

static void vectors_are_read_in_the_order_of_the_texts(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct embedding_answer answer;
    assert_true(reads(arena, "{\"data\":[{\"embedding\":[1,-0.5]},{\"embedding\":[0,2e3]}]}", 2, &answer));
    assert_int_equal(answer.dimensions, 2);
    const int8_t plain[] = {127, -64, 0, 127};
    assert_memory_equal(answer.values, plain, 4);
    assert_true(reads(
        arena, "{\"data\":[{\"index\":1,\"embedding\":[1,0]},{\"index\":0,\"embedding\":[0,-1]}],\"x\":{}}",
        2, &answer));
    const int8_t indexed[] = {0, -127, 127, 0};
    assert_memory_equal(answer.values, indexed, 4);
    arena_free(arena);
}

static void answers_that_do_not_hold_a_vector_for_each_text_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "null",
        "{\"data\":{}}",
        "{\"data\":[]}",
        "{\"data\":[{\"embedding\":[1]}]}",                                         /* one of two */
        "{\"data\":[{\"embedding\":[1]},{\"embedding\":[1]},{\"embedding\":[1]}]}", /* three */
        "{\"data\":[{\"embedding\":[1]},{\"embedding\":[1,2]}]}",                   /* lengths */
        "{\"data\":[{\"embedding\":[]},{\"embedding\":[]}]}",
        "{\"data\":[{\"embedding\":[0]},{\"embedding\":[1]}]}",                   /* no direction */
        "{\"data\":[{\"embedding\":[\"1\"]},{\"embedding\":[1]}]}",               /* a text */
        "{\"data\":[{\"embedding\":\"AACAPw==\"},{\"embedding\":\"AACAPw==\"}]}", /* base64 */
        "{\"data\":[[1],[1]]}",
        "{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":0,\"embedding\":[1]}]}", /* twice */
        "{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":2,\"embedding\":[1]}]}",
        "{\"data\":[{\"index\":0,\"embedding\":[1]},{\"index\":-1,\"embedding\":[1]}]}",
        "{\"data\":[{\"index\":\"0\",\"embedding\":[1]},{\"index\":1,\"embedding\":[1]}]}",
        "{\"data\":[{\"embedding\":[1]},{\"embedding\":[1]}]", /* cut */
    };
    struct arena *arena = arena_new();
    struct embedding_answer answer;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        if (reads(arena, bad[i], 2, &answer)) fail_msg("taken: %s", bad[i]);
    assert_false(reads(arena, "{\"data\":[]}", 0, &answer));
    arena_free(arena);
}

static void vectors_may_be_as_long_as_a_record_takes(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct embedding_answer answer;
    for (size_t count = DENSE_COUNT_MAX; count <= DENSE_COUNT_MAX + 1; count++) {
        char *body = calloc(1, 64 + 2 * count), *at = body + sprintf(body, "{\"data\":[{\"embedding\":[1");
        for (size_t i = 1; i < count; i++) at += sprintf(at, ",1");
        strcpy(at, "]}]}");
        assert_int_equal(reads(arena, body, 1, &answer), count == DENSE_COUNT_MAX);
        free(body);
    }
    arena_free(arena);
}

int main(void)
{
#define WITH_SERVICE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        WITH_SERVICE(articles_get_the_vectors_of_their_texts_in_few_requests),
        WITH_SERVICE(vectors_go_where_their_index_says),
        WITH_SERVICE(the_lead_is_part_of_the_text),
        WITH_SERVICE(only_articles_are_asked_for),
        WITH_SERVICE(the_request_has_model_key_and_dimensions),
        WITH_SERVICE(articles_in_other_languages_are_not_asked_for),
        cmocka_unit_test(without_an_address_there_is_no_embedder),
        WITH_SERVICE(answers_that_are_none_cost_only_the_vectors),
        WITH_SERVICE(vectors_of_another_length_are_refused),
        WITH_SERVICE(a_service_that_is_not_there_is_counted),
        WITH_SERVICE(a_slow_service_is_waited_for_no_longer_than_the_timeout),
        WITH_SERVICE(a_stop_ends_the_wait_and_says_nothing_of_the_service),
        WITH_SERVICE(after_failures_nothing_is_asked_and_nothing_waits),
        WITH_SERVICE(a_busy_service_is_left_alone_at_once),
        WITH_SERVICE(one_request_tries_again_and_closes_the_breaker),
        cmocka_unit_test(vectors_are_read_in_the_order_of_the_texts),
        cmocka_unit_test(answers_that_do_not_hold_a_vector_for_each_text_are_refused),
        cmocka_unit_test(vectors_may_be_as_long_as_a_record_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
