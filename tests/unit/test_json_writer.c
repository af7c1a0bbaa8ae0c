#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>
#include <jansson.h>

#include "base/instant.h"
#include "coverage/json_writer.h"

static char *taken(struct json_writer *writer)
{
    size_t len;
    char *text = json_writer_take(writer, &len);
    assert_int_equal(strlen(text), len);
    return text;
}

static void values_and_commas(void **state)
{
    (void)state;
    struct json_writer w;
    json_writer_init(&w, 0);
    json_writer_open(&w, NULL, '{');
    json_writer_number(&w, "zero", 0);
    json_writer_number(&w, "most", UINT64_MAX);
    json_writer_signed(&w, "least", INT64_MIN);
    json_writer_bool(&w, "yes", true);
    json_writer_open(&w, "list", '[');
    json_writer_signed(&w, NULL, -1);
    json_writer_bool(&w, NULL, false);
    json_writer_open(&w, NULL, '{');
    json_writer_close(&w, '}');
    json_writer_text(&w, NULL, "[", 10);
    json_writer_text(&w, NULL, "{", 10);
    json_writer_number(&w, NULL, 7);
    json_writer_close(&w, ']');
    json_writer_id(&w, "id", (struct id128){1, 2});
    json_writer_text_if(&w, "empty", "", 10);
    json_writer_text_if(&w, "none", NULL, 10);
    json_writer_time_if(&w, "never", NW_NO_TIME);
    json_writer_time_if(&w, "at", 1760011200000);
    json_writer_close(&w, '}');
    char *text = taken(&w);
    assert_string_equal(
        text, "{\"zero\":0,\"most\":18446744073709551615,\"least\":-9223372036854775808,\"yes\":true,"
              "\"list\":[-1,false,{},\"[\",\"{\",7],\"id\":\"00000000000000010000000000000002\","
              "\"at\":\"2025-10-09T12:00:00Z\"}");
    free(text);
}

static void text_is_escaped_only_where_it_must_be(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"plain", "\"plain\""},
        {"", "\"\""},
        {"a\"b\\c/d", "\"a\\\"b\\\\c/d\""},
        {"\b\t\n\f\r\v\x01\x1f\x7f", "\"\\b\\t\\n\\f\\r\\u000b\\u0001\\u001f\x7f\""},
        {"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\""},
        {"x\xFFy", "\"x\xEF\xBF\xBDy\""},
        {"\xC0\x80", "\"\xEF\xBF\xBD\xEF\xBF\xBD\""},                   /* overlong NUL */
        {"\xED\xA0\x80!", "\"\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD!\""}, /* surrogate */
        {"cut \xE2\x82", "\"cut \xEF\xBF\xBD\xEF\xBF\xBD\""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct json_writer w;
        json_writer_init(&w, 0);
        json_writer_text(&w, NULL, cases[i][0], SIZE_MAX);
        char *text = taken(&w);
        assert_string_equal(text, cases[i][1]);
        free(text);
    }
}

static void long_text_is_cut_between_characters(void **state)
{
    (void)state;
    struct json_writer w;
    json_writer_init(&w, 0);
    json_writer_open(&w, NULL, '[');
    json_writer_text(&w, NULL, "abc\xC3\xA9z", 4);
    json_writer_text(&w, NULL, "abc\xC3\xA9z", 5);
    json_writer_text(&w, NULL, "abc\xC3\xA9z", 6);
    json_writer_text(&w, NULL, "\xF0\x9F\x98\x80", 3);
    json_writer_close(&w, ']');
    char *text = taken(&w);
    assert_string_equal(
        text, "[\"abc\xE2\x80\xA6\",\"abc\xC3\xA9\xE2\x80\xA6\",\"abc\xC3\xA9z\",\"\xE2\x80\xA6\"]");
    free(text);
}

/* Random bytes always give JSON that an independent parser reads; the seed is printed. */
static void any_bytes_give_valid_json(void **state)
{
    (void)state;
    unsigned seed = (unsigned)time(NULL), now = seed;
    print_message("seed %u\n", seed);
    for (int round = 0; round < 5000; round++) {
        char bytes[65] = "";
        struct json_writer w;
        for (size_t i = 0; i < sizeof(bytes) - 1; i++) {
            now = now * 1103515245u + 12345u;
            bytes[i] = (char)(now >> 16 & 0xFF);
        }
        json_writer_init(&w, 0);
        json_writer_text(&w, NULL, bytes, now >> 8 & 63);
        char *text = taken(&w);
        json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
        if (value == NULL) fail_msg("seed %u round %d", seed, round);
        json_decref(value);
        free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_and_commas),
        cmocka_unit_test(text_is_escaped_only_where_it_must_be),
        cmocka_unit_test(long_text_is_cut_between_characters),
        cmocka_unit_test(any_bytes_give_valid_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
