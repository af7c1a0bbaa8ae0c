#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/instant.h"
#include "daemon/event_line.h"

static struct arena *arena;

static struct input_record parse(const char *line)
{
    struct input_record record;
    event_line_parse(arena, line, strlen(line), &record);
    return record;
}

static void assert_value(const struct input_record *record, const char *expected)
{
    assert_non_null(record->value);
    assert_int_equal(record->len, strlen(expected));
    assert_memory_equal(record->value, expected, record->len);
}

static void a_plain_line_is_the_value_byte_for_byte(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "{ \"url\" : \"https://a.example/_x\" }", "not JSON",         "[1, 2]", "",
        "{\"_other\": 1,  \"url\": \"x\"}",       "{\"_raw\": broken"};
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct input_record record = parse(lines[i]);
        assert_value(&record, lines[i]);
        assert_null(record.key);
        assert_int_equal(record.header_count, 0);
        assert_true(record.append_ms == NW_NO_TIME);
    }
}

static void own_keys_become_key_headers_and_time(void **state)
{
    (void)state;
    struct input_record record =
        parse("{\"_key\":\"k\",\"url\":\"u\",\"_headers\":{\"ce_type\":\"x\",\"none\":null},"
              "\"_appendTime\":\"2025-10-09T12:00:00Z\",\"title\":\"t\"}");
    assert_value(&record, "{\"url\":\"u\",\"title\":\"t\"}");
    assert_int_equal(record.key_len, 1);
    assert_memory_equal(record.key, "k", 1);
    assert_int_equal(record.header_count, 2);
    assert_string_equal(record.headers[0].name, "ce_type");
    assert_memory_equal(record.headers[0].value, "x", 1);
    assert_null(record.headers[1].value);
    assert_true(record.append_ms == INT64_C(1760011200000));
    record = parse("{\"url\":\"u\",\"_appendTime\":1760011200000}");
    assert_true(record.append_ms == INT64_C(1760011200000));
}

static void raw_replaces_the_line(void **state)
{
    (void)state;
    struct input_record record = parse("{\"_raw\":\"{\\\"a\\\":1,\\\"a\\\":2}\",\"_key\":\"k\"}");
    assert_value(&record, "{\"a\":1,\"a\":2}");
    record = parse("{\"_raw\":null,\"_key\":\"https://a.example/1\"}");
    assert_null(record.value);
    assert_int_equal(record.len, 0);
    assert_int_equal(record.key_len, strlen("https://a.example/1"));
    record = parse("{\"_raw\":\"a\\u0000b\"}");
    assert_int_equal(record.len, 3);
    assert_memory_equal(record.value, "a\0b", 3);
}

static void values_of_the_wrong_kind_are_not_used(void **state)
{
    (void)state;
    struct input_record record =
        parse("{\"_raw\":5,\"_key\":[],\"_headers\":\"h\",\"_appendTime\":\"soon\",\"url\":\"u\"}");
    assert_value(&record, "{\"url\":\"u\"}");
    assert_null(record.key);
    assert_int_equal(record.header_count, 0);
    assert_true(record.append_ms == NW_NO_TIME);
}

static int setup(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_line_is_the_value_byte_for_byte),
        cmocka_unit_test(own_keys_become_key_headers_and_time),
        cmocka_unit_test(raw_replaces_the_line),
        cmocka_unit_test(values_of_the_wrong_kind_are_not_used),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
