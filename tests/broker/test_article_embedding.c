/*
 * The article worker with sentence vectors: the real article stage, librdkafka's mock cluster, and an
 * embeddings service that answers well, badly, or not at all. Whatever it does, each record of a source
 * partition comes out once and in order, and the position follows.
 */
#include "tests/support/mock_kafka.h"

#include <pthread.h>
#include <unistd.h>

#include "articles/features_record.h"
#include "base/hash.h"
#include "base/log.h"
#include "consumers/roles.h"
#include "support/await.h"
#include "support/embedding_service.h"

enum { PARTITIONS = 2 };

struct fixture {
    struct mock_kafka kafka;
    struct embedding_service *service;
    struct article_options article;
    struct role_status status;
    struct role_context context;
    atomic_bool stop;
    pthread_t thread;
    int exit_code;
    int sent[PARTITIONS];
};

static void *run_thread(void *arg)
{
    struct fixture *f = arg;
    f->exit_code = article_consumer_run(&f->kafka.options, &f->article, 0, &f->context);
    return NULL;
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    log_init(LOG_ERROR, LOG_FORMAT_TEXT);
    mock_kafka_start(&f->kafka);
    f->service = embedding_service_start();
    f->article.embedding = (struct embedding_options){
        .url = embedding_service_url(f->service),
        .model = "test-model",
        .key = "",
        .timeout_ms = 20000,
        .batch = 8,
        .parallel = 2,
        .breaker = {.failures = 3, .open_ms = 100, .open_max_ms = 100},
    };
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    embedding_service_stop(f->service);
    mock_kafka_stop(&f->kafka);
    free(f);
    return 0;
}

static void start(struct fixture *f)
{
    f->stop = false;
    f->context = (struct role_context){.status = &f->status, .metrics = metrics_new(), .stop = &f->stop};
    assert_int_equal(pthread_create(&f->thread, NULL, run_thread, f), 0);
}

static void stop(struct fixture *f)
{
    f->stop = true;
    pthread_join(f->thread, NULL);
    assert_int_equal(f->exit_code, 0);
    metrics_free(f->context.metrics);
}

/* So many articles into each source partition, every seventh record no article at all. */
static void put(struct fixture *f, int count)
{
    for (int i = 0; i < count; i++)
        for (int32_t p = 0; p < PARTITIONS; p++) {
            char event[256];
            int n = f->sent[p]++;
            if (n % 7 == 3)
                snprintf(event, sizeof(event), "no article");
            else
                snprintf(
                    event, sizeof(event),
                    "{\"url\":\"https://p%d.example/%d\",\"title\":\"Report %d of the harbour office %d\","
                    "\"language\":\"en\"}",
                    (int)p, n, n, (int)p);
            mock_kafka_put_text(&f->kafka, "articles", p, event);
        }
    mock_kafka_flush(&f->kafka);
}

static double count(const struct fixture *f, enum metric_id id)
{
    return metrics_value(f->context.metrics, id, 0);
}

static void await_count(const struct fixture *f, enum metric_id id, double least)
{
    await_true(count(f, id) >= least);
}

/* So many records are read, and what the service says of their articles has come, or will not. */
static void await_decided(struct fixture *f, double records)
{
    await_count(f, METRIC_ARTICLES_READ, records);
    await_true(count(f, METRIC_ARTICLES_EMBEDDED) + count(f, METRIC_ARTICLES_NOT_EMBEDDED) >=
               count(f, METRIC_ARTICLES_ACCEPTED));
}

/* The positions of both source partitions are behind all that was sent. */
static void await_committed(struct fixture *f)
{
    for (int32_t p = 0; p < PARTITIONS; p++)
        await_true(mock_kafka_committed(&f->kafka, "nw.articles", "articles", p) >= f->sent[p]);
}

/* Everything came out once and in order; returns how many had a vector, all of them the right one. */
static int check_features(struct fixture *f)
{
    struct mock_records got = mock_kafka_read(&f->kafka, "articles.features", 3);
    struct arena *arena = arena_new();
    int next[PARTITIONS] = {0}, embedded = 0;
    for (size_t i = 0; i < got.count; i++) {
        struct features_record record;
        arena_reset(arena);
        assert_int_equal(
            features_record_unpack(arena, (const uint8_t *)got.list[i].value, got.list[i].len, &record),
            NW_OK);
        int32_t p = record.origin.partition;
        if (next[p] % 7 == 3) next[p]++;
        assert_int_equal(record.origin.offset, next[p]);
        next[p]++;
        const struct dense_vector *vector = &record.features.dense;
        if (vector->count == 0) continue;
        char title[64];
        int8_t expected[SERVICE_DIMENSIONS];
        snprintf(title, sizeof(title), "Report %d of the harbour office %d", (int)record.origin.offset,
                 (int)p);
        embedding_service_expected(title, expected);
        assert_int_equal(vector->count, SERVICE_DIMENSIONS);
        assert_int_equal(vector->model, hash64("test-model", 10));
        assert_memory_equal(vector->values, expected, SERVICE_DIMENSIONS);
        embedded++;
    }
    for (int32_t p = 0; p < PARTITIONS; p++) {
        if (next[p] % 7 == 3) next[p]++;
        assert_int_equal(next[p], f->sent[p]);
    }
    arena_free(arena);
    mock_records_free(&got);
    return embedded;
}

static void whatever_the_service_does_every_record_goes_on_in_order(void **state)
{
    struct fixture *f = *state;
    static const enum service_mood moods[] = {SERVICE_GOOD,   SERVICE_GARBAGE, SERVICE_GOOD,
                                              SERVICE_BROKEN, SERVICE_SHORT,   SERVICE_WRONG_DIM,
                                              SERVICE_BUSY,   SERVICE_SHUFFLED};
    enum { MOODS = sizeof(moods) / sizeof(moods[0]), EACH = 40 };
    start(f);
    int sent = 0;
    for (int i = 0; i < MOODS; i++) {
        embedding_service_set(f->service, moods[i]);
        put(f, EACH);
        sent += EACH * PARTITIONS;
        await_decided(f, sent); /* or the last of them would meet the next mood */
    }
    /* The breaker lets one try after the other through, until vectors come again. */
    embedding_service_set(f->service, SERVICE_GOOD);
    double before = count(f, METRIC_ARTICLES_EMBEDDED);
    for (int64_t deadline = clock_mono_ms() + AWAIT_MS; count(f, METRIC_ARTICLES_EMBEDDED) == before;) {
        assert_true(clock_mono_ms() < deadline);
        put(f, 1);
        sent += PARTITIONS;
        await_count(f, METRIC_ARTICLES_READ, sent);
    }
    await_committed(f);
    int embedded = check_features(f);
    assert_int_equal(embedded, count(f, METRIC_ARTICLES_EMBEDDED));
    assert_int_equal(count(f, METRIC_ARTICLES_EMBEDDED) + count(f, METRIC_ARTICLES_NOT_EMBEDDED),
                     count(f, METRIC_ARTICLES_ACCEPTED));
    assert_true(embedded >= EACH * PARTITIONS * 6 / 7); /* of the first good mood */
    assert_true(metrics_value(f->context.metrics, METRIC_EMBEDDING_FAILURES, EMBEDDING_UNREADABLE) > 0);
    assert_true(embedding_service_largest(f->service) > 1);
    assert_true(embedding_service_largest(f->service) <= f->article.embedding.batch);
    stop(f);
}

static void a_slow_service_costs_no_more_than_its_timeout_and_a_stop_no_record(void **state)
{
    struct fixture *f = *state;
    embedding_service_set(f->service, SERVICE_HOLDS);
    put(f, 20);
    start(f);
    await_true(embedding_service_requests(f->service) > 0);
    int64_t before = clock_mono_ms();
    stop(f); /* in the middle of a request that would take 20 s */
    assert_true(clock_mono_ms() - before < 15000);
    f->article.embedding.timeout_ms = 100;
    start(f);
    await_count(f, METRIC_ARTICLES_READ, 40);
    await_committed(f);
    assert_int_equal(check_features(f),
                     0); /* each once: nothing of what was in hand at the stop had gone out */
    assert_true(metrics_value(f->context.metrics, METRIC_EMBEDDING_FAILURES, EMBEDDING_TIMEOUT) > 0);
    stop(f);
}

static void a_service_that_is_not_there_holds_nobody(void **state)
{
    struct fixture *f = *state;
    f->article.embedding.url = "http://127.0.0.1:1/v1";
    put(f, 30);
    start(f);
    await_committed(f);
    assert_int_equal(check_features(f), 0);
    assert_true(metrics_value(f->context.metrics, METRIC_EMBEDDING_FAILURES, EMBEDDING_UNREACHABLE) > 0);
    stop(f);
}

int main(void)
{
#define ON_MOCK(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        ON_MOCK(whatever_the_service_does_every_record_goes_on_in_order),
        ON_MOCK(a_slow_service_costs_no_more_than_its_timeout_and_a_stop_no_record),
        ON_MOCK(a_service_that_is_not_there_holds_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
