/* The article worker against librdkafka's mock cluster; what comes out of a record is what it says
 * (support/scripted_pipeline.c). */
#include "tests/support/mock_kafka.h"

#include <pthread.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "consumers/article_positions.h"
#include "consumers/kafka.h"
#include "consumers/kafka_topics.h"
#include "consumers/reject.h"
#include "consumers/roles.h"
#include "support/await.h"

/* ---- a worker in a thread ---- */

struct run {
    pthread_t thread;
    struct kafka_options options;
    struct article_options article;
    struct role_status status;
    struct role_context context;
    atomic_bool stop;
    int worker, exit_code;
};

static void *run_thread(void *arg)
{
    struct run *r = arg;
    r->exit_code = article_consumer_run(&r->options, &r->article, r->worker, &r->context);
    return NULL;
}

static void run_start(struct run *r, const struct kafka_options *options)
{
    memset(r, 0, sizeof(*r));
    r->options = *options;
    r->article.embedding.url = "";
    r->context = (struct role_context){.status = &r->status, .metrics = metrics_new(), .stop = &r->stop};
    assert_int_equal(pthread_create(&r->thread, NULL, run_thread, r), 0);
}

static int run_join(struct run *r)
{
    pthread_join(r->thread, NULL);
    assert_int_equal(r->status.state, ROLE_STOPPED);
    assert_int_equal(r->status.exit_code, r->exit_code);
    metrics_free(r->context.metrics);
    return r->exit_code;
}

static int run_stop(struct run *r)
{
    r->stop = true;
    return run_join(r);
}

static void wait_read(struct run *r, double records)
{
    await_true(metrics_value(r->context.metrics, METRIC_ARTICLES_READ, 0) >= records);
}

static void wait_state(struct run *r, enum role_state state)
{
    await_true(r->status.state == (int)state);
}

static int setup(void **state)
{
    struct mock_kafka *m = calloc(1, sizeof(*m));
    log_init(LOG_ERROR, LOG_FORMAT_TEXT);
    mock_kafka_start(m);
    *state = m;
    return 0;
}

static int teardown(void **state)
{
    mock_kafka_stop(*state);
    free(*state);
    return 0;
}

static int64_t position(struct mock_kafka *m, int32_t partition)
{
    return mock_kafka_committed(m, "nw.articles", "articles", partition);
}

static void wait_position(struct mock_kafka *m, int32_t partition, int64_t offset)
{
    await_true(position(m, partition) >= offset);
    assert_int_equal(position(m, partition), offset);
}

/* ---- tests ---- */

static void features_go_to_the_partition_of_their_language(void **state)
{
    struct mock_kafka *m = *state;
    static const char *const languages[] = {"en", "de", "fr", "es", "zh", "ru"};
    for (size_t i = 0; i < 6; i++) {
        char text[32];
        snprintf(text, sizeof(text), "L %s first", languages[i]);
        mock_kafka_put_text(m, "articles", (int32_t)(i % 2), text);
    }
    mock_kafka_flush(m);
    struct run r;
    run_start(&r, &m->options);
    wait_read(&r, 6);
    assert_int_equal(run_stop(&r), 0);
    struct mock_records got = mock_kafka_read(m, "articles.features", 3);
    assert_int_equal(got.count, 6);
    for (size_t i = 0; i < got.count; i++)
        assert_int_equal(got.list[i].partition,
                         kafka_key_partition(got.list[i].key, strlen(got.list[i].key), 3));
    mock_records_free(&got);
    assert_int_equal(position(m, 0), 3);
    assert_int_equal(position(m, 1), 3);
}

static void withdrawals_go_to_every_partition(void **state)
{
    struct mock_kafka *m = *state;
    mock_kafka_put_text(m, "articles", 0, "A gone");
    mock_kafka_flush(m);
    struct run r;
    run_start(&r, &m->options);
    wait_read(&r, 1);
    assert_int_equal(run_stop(&r), 0);
    struct mock_records got = mock_kafka_read(m, "articles.features", 3);
    assert_int_equal(got.count, 3);
    for (int32_t p = 0; p < 3; p++) {
        assert_int_equal(got.list[p].partition, p);
        assert_string_equal(got.list[p].value, "A gone");
    }
    mock_records_free(&got);
    assert_int_equal(position(m, 0), 1);
}

static void refused_records_come_out_whole_with_their_reason(void **state)
{
    struct mock_kafka *m = *state;
    rd_kafka_producev(m->rk, RD_KAFKA_V_TOPIC("articles"), RD_KAFKA_V_PARTITION(1), RD_KAFKA_V_KEY("key", 3),
                      RD_KAFKA_V_VALUE("R nothing", 9), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                      RD_KAFKA_V_HEADER("content-type", "application/json", 16),
                      RD_KAFKA_V_HEADER("error.code", "forged", 6), RD_KAFKA_V_END);
    mock_kafka_put_text(m, "articles", 1, "L en good");
    mock_kafka_flush(m);
    struct run r;
    run_start(&r, &m->options);
    wait_read(&r, 2);
    assert_int_equal(run_stop(&r), 0);
    struct mock_records got = mock_kafka_read(m, "articles.rejected", 1);
    assert_int_equal(got.count, 1);
    const struct mock_record *record = &got.list[0];
    assert_string_equal(record->key, "key");
    assert_string_equal(record->value, "R nothing");
    assert_string_equal(mock_record_header(record, "error.code"), "missing_url");
    assert_string_equal(mock_record_header(record, "error.reason"), "url is missing");
    assert_string_equal(mock_record_header(record, "source.topic"), "articles");
    assert_string_equal(mock_record_header(record, "source.partition"), "1");
    assert_string_equal(mock_record_header(record, "source.offset"), "0");
    assert_string_equal(mock_record_header(record, "content-type"), "application/json");
    assert_string_equal(mock_record_header(record, "truncated"), "");
    assert_int_equal(strlen(mock_record_header(record, "rejected.at")), strlen("2026-11-23T12:00:00.000Z"));
    const void *value;
    size_t size;
    assert_int_not_equal(rd_kafka_header_get(record->headers, 1, "error.code", &value, &size),
                         0); /* not forged */
    mock_records_free(&got);
    got = mock_kafka_read(m, "articles.features", 3);
    assert_int_equal(got.count, 1);
    mock_records_free(&got);
    assert_int_equal(position(m, 1), 2);
}

static void a_reject_too_large_for_the_broker_is_cut(void **state)
{
    struct mock_kafka *m = *state;
    size_t len = 2000000;
    char *big = calloc(1, len);
    memset(big, 'R', len);
    mock_kafka_put(m, "articles", 0, NULL, big, len);
    free(big);
    mock_kafka_flush(m);
    /* Only the reject is produced from here on: refuse it twice. */
    rd_kafka_mock_push_request_errors(m->cluster, 0 /* Produce */, 2, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE,
                                      RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    struct run r;
    run_start(&r, &m->options);
    wait_read(&r, 1);
    assert_int_equal(run_stop(&r), 0);
    struct mock_records got = mock_kafka_read(m, "articles.rejected", 1);
    assert_int_equal(got.count, 1);
    assert_int_equal(got.list[0].len, 900 * 1024 / 4);
    assert_string_equal(mock_record_header(&got.list[0], "truncated"), "2000000");
    assert_string_equal(mock_record_header(&got.list[0], "error.code"), "missing_url");
    mock_records_free(&got);
    assert_int_equal(position(m, 0), 1);
}

static void cuts_end_at_nothing(void **state)
{
    (void)state;
    size_t len = 9000000, steps = 0;
    while (len > 0) {
        size_t cut = reject_next_cut(len);
        assert_true(cut < len);
        len = cut;
        assert_true(++steps < 20);
    }
}

static void a_stopped_worker_goes_on_where_it_was(void **state)
{
    struct mock_kafka *m = *state;
    char text[64];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 100; i++) {
            snprintf(text, sizeof(text), "L en %04d", round * 100 + i);
            mock_kafka_put_text(m, "articles", 0, text);
        }
        mock_kafka_flush(m);
        struct run r;
        run_start(&r, &m->options);
        wait_read(&r, 100);
        assert_int_equal(run_stop(&r), 0);
        assert_int_equal(position(m, 0), (round + 1) * 100);
    }
    struct mock_records got = mock_kafka_read(m, "articles.features", 3);
    assert_int_equal(got.count, 300);
    for (int i = 0; i < 300; i++) {
        snprintf(text, sizeof(text), "L en %04d", i);
        assert_string_equal(got.list[i].value, text); /* each once, in order */
    }
    mock_records_free(&got);
}

static void a_failed_delivery_ends_with_75_and_the_position_stays(void **state)
{
    struct mock_kafka *m = *state;
    mock_kafka_put_text(m, "articles", 0, "L en lost?");
    mock_kafka_flush(m);
    rd_kafka_mock_push_request_errors(m->cluster, 0, 1, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    struct run r;
    run_start(&r, &m->options);
    assert_int_equal(run_join(&r), ROLE_EXIT_DEPENDENCY);
    assert_int_equal(position(m, 0), -1);
    /* The next life delivers it. */
    run_start(&r, &m->options);
    wait_read(&r, 1);
    assert_int_equal(run_stop(&r), 0);
    assert_int_equal(position(m, 0), 1);
    struct mock_records got = mock_kafka_read(m, "articles.features", 3);
    assert_int_equal(got.count, 1);
    mock_records_free(&got);
}

static void count_delivered(void *context, const rd_kafka_message_t *message)
{
    int *reports = context;
    reports[message->err == RD_KAFKA_RESP_ERR_NO_ERROR]++;
}

/* What is behind a refused record must not go out: the story stage would take the refused one, sent again
 * after the restart, for one it has seen. */
static void a_gapless_producer_sends_nothing_behind_a_refused_record(void **state)
{
    struct mock_kafka *m = *state;
    int reports[2] = {0, 0};
    struct kafka_producer_settings settings = {
        .name = "gapless", .gapless = true, .callbacks = {.context = reports, .delivered = count_delivered}};
    struct kafka_client *producer;
    assert_int_equal(kafka_producer_new(&m->options, &settings, &producer), NW_OK);
    rd_kafka_mock_push_request_errors(m->cluster, 0, 1, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    rd_kafka_resp_err_t err = rd_kafka_producev(producer->rk, RD_KAFKA_V_TOPIC("articles.features"),
                                                RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_END);
    assert_int_equal(err, RD_KAFKA_RESP_ERR_NO_ERROR);
    while (reports[false] == 0) rd_kafka_poll(producer->rk, 20);
    rd_kafka_producev(producer->rk, RD_KAFKA_V_TOPIC("articles.features"), RD_KAFKA_V_PARTITION(0),
                      RD_KAFKA_V_END);
    rd_kafka_flush(producer->rk, 5000);
    assert_int_equal(reports[true], 0);
    assert_true(producer->fatal);
    kafka_client_free(producer);
}

static void broker_errors_that_pass_lose_and_double_nothing(void **state)
{
    struct mock_kafka *m = *state;
    char text[64];
    for (int i = 0; i < 500; i++) {
        snprintf(text, sizeof(text), "L en %04d", i);
        mock_kafka_put_text(m, "articles", 0, text);
    }
    mock_kafka_flush(m);
    rd_kafka_mock_push_request_errors(m->cluster, 0, 5, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
                                      RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT,
                                      RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS, RD_KAFKA_RESP_ERR__TRANSPORT);
    struct run r;
    run_start(&r, &m->options);
    wait_read(&r, 500);
    usleep(500000);
    assert_int_equal(run_stop(&r), 0);
    struct mock_records got = mock_kafka_read(m, "articles.features", 3);
    /* The mock does not drop duplicates of an idempotent producer as a broker does: order of the first of
     * each. */
    int expected = 0;
    for (size_t i = 0; i < got.count; i++) {
        int n = atoi(got.list[i].value + 5);
        assert_true(n <= expected);
        if (n == expected) expected++;
    }
    assert_int_equal(expected, 500);
    mock_records_free(&got);
    assert_int_equal(position(m, 0), 500);
}

static void a_full_queue_pauses_and_the_rest_follows_in_order(void **state)
{
    struct mock_kafka *m = *state;
    static const struct kafka_property small[] = {
        {"fetch.wait.max.ms", "10"}, {"linger.ms", "0"}, {"queue.buffering.max.messages", "50"}};
    m->options.properties = small;
    m->options.property_count = 3;
    mock_kafka_put_text(m, "articles", 0, "L en before");
    mock_kafka_put_text(m, "articles", 0, "B 2000 en");
    mock_kafka_put_text(m, "articles", 0, "A everywhere");
    mock_kafka_put_text(m, "articles", 0, "B 300 en");
    mock_kafka_flush(m);
    /* The broker takes its time for the first answers: longer than the worker's patience. */
    rd_kafka_mock_broker_push_request_error_rtts(m->cluster, 1, 0, 2, RD_KAFKA_RESP_ERR_NO_ERROR, 2500,
                                                 RD_KAFKA_RESP_ERR_NO_ERROR, 2500);
    struct run r;
    run_start(&r, &m->options);
    wait_position(m, 0, 4);
    assert_int_equal(run_stop(&r), 0);
    struct mock_records got = mock_kafka_read(m, "articles.features", 3);
    assert_int_equal(got.count, 1 + 2000 + 3 + 300);
    int32_t en = kafka_key_partition("en", 2, 3);
    int n = -1;
    for (size_t i = 0; i < got.count; i++) {
        if (got.list[i].partition != en || got.list[i].value[0] != '0') continue;
        int next = atoi(got.list[i].value);
        assert_true(next == n + 1 || (next == 0 && n == 1999));
        n = next;
    }
    assert_int_equal(n, 299);
    mock_records_free(&got);
}

/* Nobody leads a partition of the features: what goes there waits. */
static void set_features_stalled(struct mock_kafka *m, bool stalled)
{
    for (int32_t p = 0; p < m->options.features_partitions; p++)
        rd_kafka_mock_partition_set_leader(m->cluster, "articles.features", p, stalled ? -1 : 1);
}

/* A worker that waits for room, and looks at the topics all the time. */
static void run_into_a_stall(struct mock_kafka *m, struct run *r)
{
    static const struct kafka_property small[] = {{"fetch.wait.max.ms", "10"},
                                                  {"linger.ms", "0"},
                                                  {"queue.buffering.max.messages", "50"},
                                                  {"topic.metadata.refresh.interval.ms", "100"}};
    m->options.properties = small;
    m->options.property_count = 4;
    mock_kafka_put_text(m, "articles", 0, "B 2000 en");
    mock_kafka_put_text(m, "articles", 0, "L en behind");
    mock_kafka_flush(m);
    set_features_stalled(m, true);
    run_start(r, &m->options);
    wait_read(r, 1);
}

static void the_group_is_polled_in_a_stall_whatever_it_tells_of_first(void **state)
{
    struct mock_kafka *m = *state;
    struct run r;
    run_into_a_stall(m, &r);
    rd_kafka_mock_topic_set_error(m->cluster, "articles", RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE);
    await_true(r.status.partitions_owned == 0); /* behind the error comes the rebalance */
    rd_kafka_mock_topic_set_error(m->cluster, "articles", RD_KAFKA_RESP_ERR_NO_ERROR);
    set_features_stalled(m, false);
    wait_position(m, 0, 2);
    assert_int_equal(run_stop(&r), 0);
}

static void what_ends_a_worker_ends_it_in_a_stall(void **state)
{
    struct mock_kafka *m = *state;
    struct run r;
    run_into_a_stall(m, &r);
    rd_kafka_mock_topic_set_error(m->cluster, "articles", RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
    await_true(r.status.state == ROLE_STOPPED);
    assert_int_equal(run_join(&r), ROLE_EXIT_DEPENDENCY);
    assert_int_equal(position(m, 0), -1);
}

static void stop_with_the_broker_away_takes_less_than_ten_seconds(void **state)
{
    struct mock_kafka *m = *state;
    struct run r;
    mock_kafka_put_text(m, "articles", 0, "L en a");
    mock_kafka_flush(m);
    run_start(&r, &m->options);
    wait_read(&r, 1);
    rd_kafka_mock_broker_set_down(m->cluster, 1);
    wait_state(&r, ROLE_DEGRADED);
    int64_t before = clock_mono_ms();
    assert_int_equal(run_stop(&r), 0);
    assert_true(clock_mono_ms() - before < 10000);
    rd_kafka_mock_broker_set_up(m->cluster, 1);
}

static void a_worker_recovers_when_the_broker_comes_back(void **state)
{
    struct mock_kafka *m = *state;
    struct run r;
    run_start(&r, &m->options);
    wait_state(&r, ROLE_READY);
    rd_kafka_mock_broker_set_down(m->cluster, 1);
    wait_state(&r, ROLE_DEGRADED);
    rd_kafka_mock_broker_set_up(m->cluster, 1);
    wait_state(&r, ROLE_READY);
    mock_kafka_put_text(m, "articles", 1, "L en after");
    mock_kafka_flush(m);
    wait_read(&r, 1);
    assert_int_equal(run_stop(&r), 0);
    assert_int_equal(position(m, 1), 1);
}

static void no_broker_within_the_start_timeout_is_75(void **state)
{
    struct mock_kafka *m = *state;
    struct kafka_options nowhere = m->options;
    nowhere.brokers = "127.0.0.1:1";
    nowhere.start_timeout_ms = 300;
    struct run r;
    run_start(&r, &nowhere);
    assert_int_equal(run_join(&r), ROLE_EXIT_DEPENDENCY);
}

static void stop_while_waiting_for_a_broker_is_0(void **state)
{
    struct mock_kafka *m = *state;
    struct kafka_options nowhere = m->options;
    nowhere.brokers = "127.0.0.1:1";
    nowhere.start_timeout_ms = 60000;
    struct run r;
    run_start(&r, &nowhere);
    usleep(200000);
    assert_int_equal(run_stop(&r), 0);
}

static void start_is_decided_by_what_the_log_holds(void **state)
{
    (void)state;
    int64_t offset = -7;
    assert_int_equal(article_start_decide(-1001, 5, 10, &offset), START_AT_LOW);
    assert_int_equal(offset, 5);
    assert_int_equal(article_start_decide(7, 5, 10, &offset), START_AT_COMMITTED);
    assert_int_equal(offset, 7);
    assert_int_equal(article_start_decide(10, 5, 10, &offset), START_AT_COMMITTED);
    assert_int_equal(offset, 10);
    offset = -7;
    assert_int_equal(article_start_decide(4, 5, 10, &offset), START_RECORDS_GONE);
    assert_int_equal(article_start_decide(11, 5, 10, &offset), START_LOG_RESTARTED);
    assert_int_equal(offset, -7);
}

static void a_position_past_the_log_is_refused(void **state)
{
    struct mock_kafka *m = *state;
    mock_kafka_put_text(m, "articles", 0, "L en a");
    mock_kafka_flush(m);
    mock_kafka_commit(m, "nw.articles", "articles", 0, 500);
    struct run r;
    run_start(&r, &m->options);
    assert_int_equal(run_join(&r), ROLE_EXIT_DEPENDENCY);
    assert_int_equal(position(m, 0), 500);
}

static void a_position_before_the_log_is_refused(void **state)
{
    struct mock_kafka *m = *state;
    mock_kafka_commit(m, "nw.articles", "articles", 0, 0);
    size_t len = 900000;
    char *big = calloc(1, len);
    memset(big, 'R', len);
    for (int i = 0; i < 12; i++) { /* the mock keeps 5 MiB */
        mock_kafka_put(m, "articles", 0, NULL, big, len);
        mock_kafka_flush(m);
    }
    free(big);
    struct run r;
    run_start(&r, &m->options);
    assert_int_equal(run_join(&r), ROLE_EXIT_DEPENDENCY);
    assert_int_equal(position(m, 0), 0);
}

static void two_workers_share_the_partitions_and_lose_nothing(void **state)
{
    struct mock_kafka *m = *state;
    char text[64];
    struct run a, b;
    run_start(&a, &m->options);
    wait_state(&a, ROLE_READY);
    for (int i = 0; i < 400; i++) {
        snprintf(text, sizeof(text), "L en %d %04d", i % 2, i / 2);
        mock_kafka_put_text(m, "articles", i % 2, text);
    }
    wait_read(&a, 1);
    run_start(&b, &m->options);
    b.worker = 1;
    wait_state(&b, ROLE_READY);
    for (int i = 400; i < 1000; i++) {
        snprintf(text, sizeof(text), "L en %d %04d", i % 2, i / 2);
        mock_kafka_put_text(m, "articles", i % 2, text);
    }
    mock_kafka_flush(m);
    wait_read(&b, 300);
    wait_position(m, 0, 500);
    wait_position(m, 1, 500);
    assert_int_equal(a.status.partitions_owned + b.status.partitions_owned, 2);
    assert_int_equal(run_stop(&a), 0);
    assert_int_equal(run_stop(&b), 0);
    struct mock_records got = mock_kafka_read(m, "articles.features", 3);
    int next[2] = {0, 0};
    for (size_t i = 0; i < got.count; i++) {
        int source = got.list[i].value[5] - '0', n = atoi(got.list[i].value + 7);
        assert_true(n <= next[source]); /* read twice perhaps, never skipped */
        if (n == next[source]) next[source]++;
    }
    assert_int_equal(next[0], 500);
    assert_int_equal(next[1], 500);
    mock_records_free(&got);
}

int main(void)
{
#define ON_MOCK(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        ON_MOCK(features_go_to_the_partition_of_their_language),
        ON_MOCK(withdrawals_go_to_every_partition),
        ON_MOCK(refused_records_come_out_whole_with_their_reason),
        ON_MOCK(a_reject_too_large_for_the_broker_is_cut),
        cmocka_unit_test(cuts_end_at_nothing),
        ON_MOCK(a_stopped_worker_goes_on_where_it_was),
        ON_MOCK(a_failed_delivery_ends_with_75_and_the_position_stays),
        ON_MOCK(a_gapless_producer_sends_nothing_behind_a_refused_record),
        ON_MOCK(broker_errors_that_pass_lose_and_double_nothing),
        ON_MOCK(a_full_queue_pauses_and_the_rest_follows_in_order),
        ON_MOCK(the_group_is_polled_in_a_stall_whatever_it_tells_of_first),
        ON_MOCK(what_ends_a_worker_ends_it_in_a_stall),
        ON_MOCK(stop_with_the_broker_away_takes_less_than_ten_seconds),
        ON_MOCK(a_worker_recovers_when_the_broker_comes_back),
        ON_MOCK(no_broker_within_the_start_timeout_is_75),
        ON_MOCK(stop_while_waiting_for_a_broker_is_0),
        cmocka_unit_test(start_is_decided_by_what_the_log_holds),
        ON_MOCK(a_position_past_the_log_is_refused),
        ON_MOCK(a_position_before_the_log_is_refused),
        ON_MOCK(two_workers_share_the_partitions_and_lose_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
