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

/* Ends the round under way, and shows that the next one, of a new producer if need be, is sent. A record that
 * the broker refuses leaves librdkafka with a number in its sequence that nobody has: the round after it
 * fails too. */
static void goes_on_after(struct coverage_publisher *publisher)
{
    enum publisher_state ended = step_out_of(publisher, PUBLISHER_SENDING);
    assert_int_equal(ended, PUBLISHER_FAILED);
    for (int tries = 0; ended == PUBLISHER_FAILED && tries < 3; tries++) {
        coverage_publisher_done(publisher);
        while (coverage_publisher_step(publisher, 0) != PUBLISHER_IDLE)
            assert_int_equal(step_out_of(publisher, PUBLISHER_STARTING), PUBLISHER_IDLE);
        begin_round(publisher, 2);
        ended = step_out_of(publisher, PUBLISHER_SENDING);
    }
    assert_int_equal(ended, PUBLISHER_SENT);
    coverage_publisher_done(publisher);
    coverage_publisher_free(publisher, 0);
}

enum { PRODUCE = 0, ADD_PARTITIONS_TO_TXN = 24 }; /* request numbers of Kafka's protocol */

static void a_fatal_error_costs_the_producer_and_a_new_one_goes_on(void **state)
{
    struct mock_kafka *mock = *state;
    struct coverage_publisher *publisher = coverage_publisher_new(&mock->options, PUBLISH_COVERAGE, 0);
    assert_int_equal(step_out_of(publisher, PUBLISHER_STARTING), PUBLISHER_IDLE);
    rd_kafka_mock_push_request_errors(mock->cluster, ADD_PARTITIONS_TO_TXN, 1,
                                      RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
    begin_round(publisher, 1);
    goes_on_after(publisher);
}

static void a_record_the_broker_refuses_aborts_its_round_alone(void **state)
{
    struct mock_kafka *mock = *state;
    struct coverage_publisher *publisher = coverage_publisher_new(&mock->options, PUBLISH_COVERAGE, 0);
    assert_int_equal(step_out_of(publisher, PUBLISHER_STARTING), PUBLISHER_IDLE);
    rd_kafka_mock_push_request_errors(mock->cluster, PRODUCE, 1, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE);
    begin_round(publisher, 1);
    goes_on_after(publisher);
}

static void a_fenced_producer_is_not_made_anew(void **state)
{
    struct mock_kafka *mock = *state;
    struct coverage_publisher *publisher = coverage_publisher_new(&mock->options, PUBLISH_COVERAGE, 0);
    assert_int_equal(step_out_of(publisher, PUBLISHER_STARTING), PUBLISHER_IDLE);
    rd_kafka_mock_push_request_errors(mock->cluster, ADD_PARTITIONS_TO_TXN, 1,
                                      RD_KAFKA_RESP_ERR_PRODUCER_FENCED);
    begin_round(publisher, 1);
    assert_int_equal(step_out_of(publisher, PUBLISHER_SENDING), PUBLISHER_FENCED);
    for (int64_t until = clock_mono_ms() + 1000; clock_mono_ms() < until;)
        assert_int_equal(coverage_publisher_step(publisher, 20), PUBLISHER_FENCED);
    coverage_publisher_free(publisher, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rounds_end_however_impatient_the_caller_is, setup, teardown),
        cmocka_unit_test_setup_teardown(a_publisher_can_be_dropped_while_the_brokers_are_silent, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_fatal_error_costs_the_producer_and_a_new_one_goes_on, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_record_the_broker_refuses_aborts_its_round_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(a_fenced_producer_is_not_made_anew, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
