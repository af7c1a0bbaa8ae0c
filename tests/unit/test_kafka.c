#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "base/instant.h"
#include "consumers/kafka.h"
#include "consumers/kafka_properties.h"

static void properties_that_break_the_protocol_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"enable.auto.commit", "group.id",  "auto.offset.reset", "acks",
                                        "message.timeout.ms", "dr_msg_cb", "transactional.id",  "log.queue"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct kafka_property property = {names[i], "1"};
        char error[256] = "";
        assert_int_equal(kafka_properties_check(&property, 1, error, sizeof(error)), NW_ERR_REFUSED);
        assert_non_null(strstr(error, names[i]));
    }
}

static void every_refused_property_is_one_of_librdkafka(void **state)
{
    (void)state;
    /* A misspelt row would refuse nothing. */
    static const char *const rows[] = {
#define ROW(name, reason) name,
        KAFKA_REFUSED_PROPERTIES(ROW)
#undef ROW
    };
    size_t count;
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    const char **dump = rd_kafka_conf_dump(conf, &count);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char value[64], error[256];
        size_t size = sizeof(value);
        bool known = rd_kafka_conf_get(conf, rows[i], value, &size) == RD_KAFKA_CONF_OK;
        if (!known)
            known = rd_kafka_conf_set(conf, rows[i], "1", error, sizeof(error)) != RD_KAFKA_CONF_UNKNOWN;
        if (!known) print_error("%s\n", rows[i]);
        assert_true(known);
    }
    rd_kafka_conf_dump_free(dump, count);
    rd_kafka_conf_destroy(conf);
}

static void unknown_and_malformed_properties_are_named_without_their_value(void **state)
{
    (void)state;
    char error[256];
    struct kafka_property unknown = {"no.such.thing", "hush"};
    assert_int_equal(kafka_properties_check(&unknown, 1, error, sizeof(error)), NW_ERR_INPUT);
    assert_non_null(strstr(error, "no.such.thing"));
    assert_null(strstr(error, "hush"));
    struct kafka_property malformed = {"linger.ms", "hush"};
    assert_int_equal(kafka_properties_check(&malformed, 1, error, sizeof(error)), NW_ERR_INPUT);
    assert_non_null(strstr(error, "linger.ms"));
    assert_null(strstr(error, "hush"));
}

static void security_and_tuning_properties_pass(void **state)
{
    (void)state;
    static const struct kafka_property good[] = {{"security.protocol", "SASL_SSL"},
                                                 {"sasl.username", "u"},
                                                 {"linger.ms", "20"},
                                                 {"compression.type", "lz4"},
                                                 {"fetch.wait.max.ms", "10"}};
    char error[256];
    assert_int_equal(kafka_properties_check(good, 5, error, sizeof(error)), NW_OK);
}

static void key_partition_is_that_of_the_java_client(void **state)
{
    (void)state;
    /* murmur2 of the Java client's own test vectors: "21" -> -973932308, "foobar" -> -790332482. */
    assert_int_equal(kafka_key_partition("21", 2, 1000), (-973932308 & 0x7fffffff) % 1000);
    assert_int_equal(kafka_key_partition("foobar", 6, 16), (-790332482 & 0x7fffffff) % 16);
    for (int32_t count = 1; count < 50; count++) {
        int32_t partition = kafka_key_partition("en", 2, count);
        assert_in_range(partition, 0, count - 1);
    }
}

struct cluster {
    rd_kafka_t *rk;
    rd_kafka_mock_cluster_t *mock;
    struct kafka_options options;
};

static int start_cluster(void **state)
{
    static struct cluster c;
    char error[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "4", NULL, 0); /* it has no brokers and says so */
    c.rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof(error));
    c.mock = rd_kafka_mock_cluster_new(c.rk, 1);
    rd_kafka_mock_topic_create(c.mock, "t", 3, 1);
    static const struct kafka_property quick[] = {{"fetch.wait.max.ms", "10"}};
    c.options = (struct kafka_options){.brokers = rd_kafka_mock_cluster_bootstraps(c.mock),
                                       .group = "g",
                                       .instance_id = "",
                                       .properties = quick,
                                       .property_count = 1,
                                       .session_timeout_ms = 6000};
    *state = &c;
    return 0;
}

static int stop_cluster(void **state)
{
    struct cluster *c = *state;
    rd_kafka_mock_cluster_destroy(c->mock);
    rd_kafka_destroy(c->rk);
    return 0;
}

static void count_delivered(void *context, const rd_kafka_message_t *message)
{
    assert_int_equal(message->err, RD_KAFKA_RESP_ERR_NO_ERROR);
    ++*(int *)context;
}

static void a_record_comes_back_with_key_headers_and_time(void **state)
{
    struct cluster *c = *state;
    int delivered = 0;
    struct kafka_producer_settings settings = {
        .name = "test", .callbacks = {.context = &delivered, .delivered = count_delivered}};
    struct kafka_client *producer, *reader;
    assert_int_equal(kafka_producer_new(&c->options, &settings, &producer), NW_OK);
    rd_kafka_resp_err_t err =
        rd_kafka_producev(producer->rk, RD_KAFKA_V_TOPIC("t"), RD_KAFKA_V_PARTITION(1),
                          RD_KAFKA_V_KEY("k", 1), RD_KAFKA_V_VALUE("value", 5),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_HEADER("h", "x", 1),
                          RD_KAFKA_V_HEADER("none", NULL, 0), RD_KAFKA_V_TIMESTAMP(1234567), RD_KAFKA_V_END);
    assert_int_equal(err, RD_KAFKA_RESP_ERR_NO_ERROR);
    assert_int_equal(rd_kafka_flush(producer->rk, 10000), RD_KAFKA_RESP_ERR_NO_ERROR);
    assert_int_equal(delivered, 1);
    kafka_client_free(producer);

    assert_int_equal(kafka_reader_new(&c->options, "reader", &reader), NW_OK);
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, "t", 1)->offset = 0;
    assert_int_equal(rd_kafka_assign(reader->rk, list), RD_KAFKA_RESP_ERR_NO_ERROR);
    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_message_t *message = rd_kafka_consumer_poll(reader->rk, 10000);
    assert_non_null(message);
    assert_int_equal(message->err, RD_KAFKA_RESP_ERR_NO_ERROR);
    struct arena *arena = arena_new();
    struct input_record record;
    kafka_input_record(message, "t", arena, &record);
    assert_int_equal(record.len, 5);
    assert_memory_equal(record.value, "value", 5);
    assert_int_equal(record.key_len, 1);
    assert_int_equal(record.header_count, 2);
    assert_string_equal(record.headers[0].name, "h");
    assert_int_equal(record.headers[0].len, 1);
    assert_null(record.headers[1].value);
    assert_int_equal(record.append_ms, 1234567);
    assert_int_equal(record.origin.partition, 1);
    assert_int_equal(record.origin.offset, 0);
    arena_free(arena);
    rd_kafka_message_destroy(message);
    kafka_client_free(reader);
}

static void partition_count_names_missing_topics_and_silent_brokers(void **state)
{
    struct cluster *c = *state;
    struct kafka_client *reader;
    assert_int_equal(kafka_reader_new(&c->options, "reader", &reader), NW_OK);
    int32_t count = -1;
    assert_int_equal(kafka_partition_count(reader, "t", 10000, &count), NW_OK);
    assert_int_equal(count, 3);
    count = -1;
    /* The mock creates what it is asked for. */
    rd_kafka_mock_topic_set_error(c->mock, "missing", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
    assert_int_equal(kafka_partition_count(reader, "missing", 10000, &count), NW_ERR_NOT_FOUND);
    assert_int_equal(count, -1);
    kafka_client_free(reader);

    struct kafka_options nowhere = c->options;
    nowhere.brokers = "127.0.0.1:1";
    assert_int_equal(kafka_reader_new(&nowhere, "reader", &reader), NW_OK);
    assert_int_equal(kafka_partition_count(reader, "t", 200, &count), NW_ERR_UNAVAILABLE);
    kafka_client_free(reader);
}

static void a_client_with_a_refused_property_is_not_made(void **state)
{
    struct cluster *c = *state;
    struct kafka_property bad = {"enable.auto.commit", "true"};
    struct kafka_options options = c->options;
    options.properties = &bad;
    struct kafka_consumer_settings settings = {.role = "articles"};
    struct kafka_client *client = NULL;
    assert_int_equal(kafka_consumer_new(&options, &settings, &client), NW_ERR_INPUT);
    assert_null(client);
}

static void a_short_session_has_three_heartbeats(void **state)
{
    (void)state;
    static const struct {
        int32_t session_ms;
        const char *heartbeat_ms;
    } cases[] = {{1000, "333"}, {3000, "1000"}, {30000, "3000"}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct kafka_options options = {.brokers = "127.0.0.1:9",
                                        .group = "g",
                                        .instance_id = "",
                                        .session_timeout_ms = cases[i].session_ms};
        struct kafka_consumer_settings settings = {.role = "articles"};
        struct kafka_client *client;
        assert_int_equal(kafka_consumer_new(&options, &settings, &client), NW_OK);
        char value[32];
        size_t size = sizeof(value);
        assert_int_equal(rd_kafka_conf_get(rd_kafka_conf(client->rk), "heartbeat.interval.ms", value, &size),
                         RD_KAFKA_CONF_OK);
        assert_string_equal(value, cases[i].heartbeat_ms);
        kafka_client_free(client);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(properties_that_break_the_protocol_are_refused),
        cmocka_unit_test(every_refused_property_is_one_of_librdkafka),
        cmocka_unit_test(unknown_and_malformed_properties_are_named_without_their_value),
        cmocka_unit_test(security_and_tuning_properties_pass),
        cmocka_unit_test(key_partition_is_that_of_the_java_client),
        cmocka_unit_test(a_short_session_has_three_heartbeats),
        cmocka_unit_test_setup_teardown(a_record_comes_back_with_key_headers_and_time, start_cluster,
                                        stop_cluster),
        cmocka_unit_test_setup_teardown(partition_count_names_missing_topics_and_silent_brokers,
                                        start_cluster, stop_cluster),
        cmocka_unit_test_setup_teardown(a_client_with_a_refused_property_is_not_made, start_cluster,
                                        stop_cluster),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
