/* Rounds of summaries through a transactional producer, on librdkafka's mock cluster. */
#include "tests/support/mock_kafka.h"

#include "base/log.h"
#include "consumers/coverage_publisher.h"

enum { ROUNDS = 100, DEADLINE_MS = 60000 };

static int setup(void **state)
{
    struct mock_kafka *mock = calloc(1, sizeof(*mock));
    log_init(LOG_ERROR, LOG_FORMAT_TEXT);
    mock_kafka_start(mock);
    *state = mock;
    return 0;
}

static int teardown(void **state)
{
    mock_kafka_stop(*state);
    free(*state);
    return 0;
}

/* Steps without waiting, as the story thread does while it has records, until the state is another one. */
static enum publisher_state step_out_of(struct coverage_publisher *publisher, enum publisher_state state)
{
    int64_t deadline = clock_mono_ms() + DEADLINE_MS;
    enum publisher_state now;
    do {
        now = coverage_publisher_step(publisher, 0);
        assert_true(clock_mono_ms() < deadline);
    } while (now == state);
    return now;
}

static void begin_round(struct coverage_publisher *publisher, uint64_t revision)
{
    struct outbox_mark mark = {.story = {.lo = revision}, .kind = MARK_UPDATED, .revision = revision};
    struct coverage_message message = {.mark = &mark, .json = "{}", .len = 2};
    assert_int_equal(coverage_publisher_begin(publisher), NW_OK);
    assert_int_equal(coverage_publisher_add(publisher, &message), NW_OK);
    coverage_publisher_commit(publisher);
}

static void rounds_end_however_impatient_the_caller_is(void **state)
{
    struct mock_kafka *mock = *state;
    struct coverage_publisher *publisher = coverage_publisher_new(&mock->options, PUBLISH_COVERAGE, 0);
    assert_int_equal(step_out_of(publisher, PUBLISHER_STARTING), PUBLISHER_IDLE);
    for (uint64_t round = 1; round <= ROUNDS; round++) {
        begin_round(publisher, round);
        assert_int_equal(step_out_of(publisher, PUBLISHER_SENDING), PUBLISHER_SENT);
        coverage_publisher_done(publisher);
    }
    coverage_publisher_free(publisher, 0);
    struct mock_records records = mock_kafka_read(mock, "coverage", mock->options.features_partitions);
    assert_int_equal(records.count, ROUNDS);
    mock_records_free(&records);
}

/* The brokers do not answer: whoever frees the publisher is not kept, and neither is a new one. */
static void a_publisher_can_be_dropped_while_the_brokers_are_silent(void **state)
{
    struct mock_kafka *mock = *state;
    struct coverage_publisher *publisher = coverage_publisher_new(&mock->options, PUBLISH_COVERAGE, 1);
    assert_int_equal(step_out_of(publisher, PUBLISHER_STARTING), PUBLISHER_IDLE);
    begin_round(publisher, 1);
    rd_kafka_mock_broker_set_down(mock->cluster, 1);
    for (int64_t until = clock_mono_ms() + 200; clock_mono_ms() < until;)
        (void)coverage_publisher_step(publisher, 10);
    int64_t started = clock_mono_ms();
    coverage_publisher_free(publisher, 100);
    assert_true(clock_mono_ms() - started < 2000);

    rd_kafka_mock_broker_set_up(mock->cluster, 1);
    publisher = coverage_publisher_new(&mock->options, PUBLISH_COVERAGE, 1);
    assert_int_equal(step_out_of(publisher, PUBLISHER_STARTING), PUBLISHER_IDLE);
    begin_round(publisher, 2);
    assert_int_equal(step_out_of(publisher, PUBLISHER_SENDING), PUBLISHER_SENT);
    coverage_publisher_done(publisher);
    coverage_publisher_free(publisher, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rounds_end_however_impatient_the_caller_is, setup, teardown),
        cmocka_unit_test_setup_teardown(a_publisher_can_be_dropped_while_the_brokers_are_silent, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
