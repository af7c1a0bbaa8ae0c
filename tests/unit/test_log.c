#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

static const char *render(enum log_format format, const char *message, const struct log_field *fields)
{
    static char line[512];
    size_t len =
        log_render(format, INT64_C(1760011200123), LOG_WARN, message, fields, line, sizeof(line) - 1);
    line[len] = '\0';
    return line;
}

static void text_quotes_values_only_where_needed(void **state)
{
    (void)state;
    assert_string_equal(
        render(LOG_FORMAT_TEXT, "partition restored",
               LOG_FIELDS(log_int("partition", -3), log_str("topic", "a.b-c"), log_double("took", 0.25),
                          log_str("why", "two words"), log_str("empty", ""), log_str("null", NULL),
                          log_str("eq", "a=b"))),
        "2025-10-09T12:00:00.123Z warn   partition restored partition=-3 topic=a.b-c took=0.25 "
        "why=\"two words\" empty=\"\" null=\"\" eq=\"a=b\"\n");
}

static void hostile_values_cannot_forge_lines_or_move_the_cursor(void **state)
{
    (void)state;
    assert_string_equal(
        render(LOG_FORMAT_TEXT, "m", LOG_FIELDS(log_str("v", "a\nb\x1b[2J\"\\\x7f\xc2\x9b \xff\xc0\xaf é"))),
        "2025-10-09T12:00:00.123Z warn   m v=\"a\\nb\\u001b[2J\\\"\\\\\\u007f\\u009b "
        "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD é\"\n");
    assert_int_equal(strcspn(render(LOG_FORMAT_TEXT, "a\nb", LOG_FIELDS()), "\n"),
                     strlen(render(LOG_FORMAT_TEXT, "a\nb", LOG_FIELDS())) - 1);
}

static void json_lines_parse_whatever_is_in_them(void **state)
{
    (void)state;
    const char *line = render(
        LOG_FORMAT_JSON, "say \"hi\"",
        LOG_FIELDS(log_int("n", INT64_MIN), log_double("nan", (double)NAN), log_str("s", "\x01\xff\n")));
    json_t *root = json_loads(line, 0, NULL);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(root, "level")), "warn");
    assert_string_equal(json_string_value(json_object_get(root, "message")), "say \"hi\"");
    assert_true(json_integer_value(json_object_get(root, "n")) == INT64_MIN);
    assert_true(json_is_null(json_object_get(root, "nan")));
    assert_string_equal(json_string_value(json_object_get(root, "s")), "\x01\xEF\xBF\xBD\n");
    json_decref(root);
}

static void too_long_a_line_is_cut_and_says_so(void **state)
{
    (void)state;
    char longest[2000];
    memset(longest, 'x', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    const struct log_field fields[] = {log_str("a", "1"), log_str("b", longest), {.type = LOG_FIELD_END}};
    const char *line = render(LOG_FORMAT_TEXT, "m", fields);
    assert_string_equal(line + strlen(line) - 4, "...\n");
    json_t *root = json_loads(render(LOG_FORMAT_JSON, "m", fields), 0, NULL);
    assert_non_null(root);
    assert_non_null(json_object_get(root, "a"));
    json_decref(root);
}

/* What log_emit writes to stderr while body runs; free() it. */
static char *captured(void (*body)(void))
{
    FILE *file = tmpfile();
    assert_non_null(file);
    int saved = dup(STDERR_FILENO);
    assert_true(saved >= 0 && dup2(fileno(file), STDERR_FILENO) >= 0);
    body();
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    close(saved);
    rewind(file);
    char *text = calloc(1, 65536);
    assert_non_null(text);
    assert_true(fread(text, 1, 65535, file) < 65535);
    fclose(file);
    return text;
}

static int count_lines(const char *text, const char *part)
{
    int count = 0;
    for (const char *at = text; (at = strstr(at, part)); at++) count++;
    return count;
}

static void repeat_a_lot(void)
{
    for (int i = 0; i < 100; i++) log_warn("broker is away", log_int("try", i));
    log_warn("something else");
    log_flush_repeats(clock_mono_ms()); /* the window is not over */
    log_flush_repeats(INT64_MAX);
    log_flush_repeats(INT64_MAX);
}

static void repeats_are_held_back_and_counted(void **state)
{
    (void)state;
    log_init(LOG_INFO_LEVEL, LOG_FORMAT_TEXT);
    char *text = captured(repeat_a_lot);
    assert_int_equal(count_lines(text, "broker is away try="), LOG_BURST);
    assert_int_equal(count_lines(text, "broker is away repeats=80"), 1);
    assert_int_equal(count_lines(text, "something else"), 1);
    free(text);
}

static void emit_each_level(void)
{
    log_error("e1");
    log_info("i1");
    log_debug("d1");
    log_set_level(LOG_DEBUG_LEVEL);
    log_debug("d2");
}

static void levels_below_the_set_one_are_silent(void **state)
{
    (void)state;
    log_init(LOG_NOTICE_LEVEL, LOG_FORMAT_TEXT);
    char *text = captured(emit_each_level);
    assert_int_equal(count_lines(text, "e1"), 1);
    assert_int_equal(count_lines(text, "i1"), 0);
    assert_int_equal(count_lines(text, "d1"), 0);
    assert_int_equal(count_lines(text, "d2"), 1);
    free(text);
    enum log_level level;
    assert_true(log_level_parse("debug", &level) && level == LOG_DEBUG_LEVEL);
    assert_false(log_level_parse("loud", &level));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_quotes_values_only_where_needed),
        cmocka_unit_test(hostile_values_cannot_forge_lines_or_move_the_cursor),
        cmocka_unit_test(json_lines_parse_whatever_is_in_them),
        cmocka_unit_test(too_long_a_line_is_cut_and_says_so),
        cmocka_unit_test(repeats_are_held_back_and_counted),
        cmocka_unit_test(levels_below_the_set_one_are_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
