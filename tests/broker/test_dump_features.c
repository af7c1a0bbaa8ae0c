/* `newswired dump-features` over the mock cluster: the file holds what the topic holds, byte for byte. */
#include "tests/support/mock_kafka.h"

#include <unistd.h>

#include "base/log.h"
#include "config/config.h"
#include "daemon/commands.h"
#include "daemon/features_dump.h"

struct fixture {
    struct mock_kafka mock;
    struct config *config;
    char path[64];
    struct options options;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    log_init(LOG_ERROR, LOG_FORMAT_TEXT);
    mock_kafka_start(&f->mock);
    f->config = config_default();
    free(f->config->kafka_brokers);
    f->config->kafka_brokers = strdup(f->mock.options.brokers);
    f->config->kafka_start_timeout_ms = 5000;
    strcpy(f->path, "/tmp/newswired-dump-XXXXXX");
    close(mkstemp(f->path));
    f->options = (struct options){.command = COMMAND_DUMP_FEATURES, .operand = f->path};
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    unlink(f->path);
    config_free(f->config);
    mock_kafka_stop(&f->mock);
    free(f);
    return 0;
}

static void put(struct fixture *f, int32_t partition, const char *value, size_t len)
{
    mock_kafka_put(&f->mock, "articles.features", partition, "en", value, len);
}

static void every_record_is_written_in_the_order_of_its_partition(void **state)
{
    struct fixture *f = *state;
    char text[32];
    for (int i = 0; i < 50; i++) {
        snprintf(text, sizeof(text), "record%c%d", 0, i);
        put(f, i % 2 == 0 ? 0 : 2, text, 9); /* partition 1 stays empty */
    }
    mock_kafka_flush(&f->mock);
    assert_int_equal(dump_features_command(&f->options, f->config), EXIT_DONE);

    FILE *in = fopen(f->path, "rb");
    struct features_dump_reader *reader;
    struct features_dump_record record;
    assert_int_equal(features_dump_open(in, &reader), NW_OK);
    uint64_t next[3] = {0};
    enum nw_err err;
    while ((err = features_dump_next(reader, &record)) == NW_OK) {
        assert_in_range(record.partition, 0, 2);
        assert_true(record.offset == next[record.partition]);
        snprintf(text, sizeof(text), "record%c%d", 0,
                 (int)next[record.partition] * 2 + (record.partition == 2));
        assert_int_equal(record.len, 9);
        assert_memory_equal(record.bytes, text, 9);
        assert_true(record.append_ms > INT64_C(1600000000000));
        next[record.partition]++;
    }
    assert_int_equal(err, NW_ERR_NOT_FOUND);
    assert_int_equal(next[0], 25);
    assert_int_equal(next[1], 0);
    assert_int_equal(next[2], 25);
    features_dump_close(reader);
    fclose(in);
}

static void an_empty_topic_is_a_whole_file(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(dump_features_command(&f->options, f->config), EXIT_DONE);
    FILE *in = fopen(f->path, "rb");
    struct features_dump_reader *reader;
    struct features_dump_record record;
    assert_int_equal(features_dump_open(in, &reader), NW_OK);
    assert_int_equal(features_dump_next(reader, &record), NW_ERR_NOT_FOUND);
    features_dump_close(reader);
    fclose(in);
}

static void no_broker_is_75_and_no_file_is_1(void **state)
{
    struct fixture *f = *state;
    f->options.operand = "/nowhere/at/all";
    assert_int_equal(dump_features_command(&f->options, f->config), EXIT_CONFIG);
    f->options.operand = f->path;
    free(f->config->kafka_brokers);
    f->config->kafka_brokers = strdup("127.0.0.1:1");
    f->config->kafka_start_timeout_ms = 1000;
    assert_int_equal(dump_features_command(&f->options, f->config), EXIT_UNAVAILABLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_record_is_written_in_the_order_of_its_partition, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_empty_topic_is_a_whole_file, setup, teardown),
        cmocka_unit_test_setup_teardown(no_broker_is_75_and_no_file_is_1, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
