#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "base/instant.h"
#include "coverage/rfc3339.h"

static void instants_are_written_in_utc_with_z(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {
        {0, "1970-01-01T00:00:00Z"},
        {1760011200000, "2025-10-09T12:00:00Z"},
        {1760011200001, "2025-10-09T12:00:00.001Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
        {951782400000, "2000-02-29T00:00:00Z"},
        {-62167219200000, "0000-01-01T00:00:00Z"},
        {253402300799999, "9999-12-31T23:59:59.999Z"},
    };
    char text[RFC3339_MAX];
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(rfc3339_format(cases[i].ms, text), strlen(cases[i].text));
        assert_string_equal(text, cases[i].text);
    }
}

static void what_rfc3339_cannot_say_is_not_written(void **state)
{
    (void)state;
    char text[RFC3339_MAX];
    assert_int_equal(rfc3339_format(NW_NO_TIME, text), 0);
    assert_int_equal(rfc3339_format(-62167219200001, text), 0);
    assert_int_equal(rfc3339_format(253402300800000, text), 0);
    assert_int_equal(rfc3339_format(INT64_MAX, text), 0);
}

/* Against libc's calendar, every fourth day of 1600..2400. */
static void calendar_agrees_with_libc(void **state)
{
    (void)state;
    for (int64_t day = -135140; day < 157054; day += 4) {
        time_t seconds = (time_t)(day * 86400 + 43210);
        struct tm tm;
        char expected[RFC3339_MAX], text[RFC3339_MAX];
        gmtime_r(&seconds, &tm);
        strftime(expected, sizeof(expected), "%Y-%m-%dT%H:%M:%SZ", &tm);
        rfc3339_format((int64_t)seconds * 1000, text);
        assert_string_equal(text, expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(instants_are_written_in_utc_with_z),
        cmocka_unit_test(what_rfc3339_cannot_say_is_not_written),
        cmocka_unit_test(calendar_agrees_with_libc),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
