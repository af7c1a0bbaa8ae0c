/* event_time: the ways producers write times, and what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "articles/event_time.h"

#define NOON INT64_C(1760011200000) /* 2025-10-09T12:00:00Z, as `date -d` gives it */
#define MIDNIGHT INT64_C(1759968000000)

static void times_of_every_kind_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ms;
        bool is_day;
    } rows[] = {
        {"2025-10-09T12:00:00Z", NOON, false},
        {"2025-10-09t12:00:00z", NOON, false},
        {"  2025-10-09T12:00:00Z\n", NOON, false},
        {"2025-10-09T14:00:00+02:00", NOON, false},
        {"2025-10-09T14:00:00+0200", NOON, false},
        {"2025-10-09T14:00:00+02", NOON, false},
        {"2025-10-09T06:30:00-05:30", NOON, false},
        {"2025-10-09T12:00:00", NOON, false},
        {"2025-10-09 12:00:00", NOON, false},
        {"2025-10-09 12:00", NOON, false},
        {"2025-10-09 12:00:00+00:00", NOON, false},
        {"2025-10-09 12:00:00 +0000 UTC", NOON, false},
        {"2025-10-09 12:00:00 UTC", NOON, false},
        {"2025-10-09T12:00:00.125Z", NOON + 125, false},
        {"2025-10-09T12:00:00.1259999Z", NOON + 125, false},
        {"2025-10-09T12:00:00,5Z", NOON + 500, false},
        {"2025-10-09T24:00:00Z", NOON + 12 * 3600000, false},
        {"2025-10-09T11:59:60Z", NOON, false},
        {"2025-10-09", MIDNIGHT, true},
        {"20251009", MIDNIGHT, true},
        {"20251009T120000Z", NOON, false},
        {"20251009120000", NOON, false},
        {"Thu, 09 Oct 2025 12:00:00 GMT", NOON, false},
        {"Thu, 9 Oct 2025 12:00 UT", NOON, false},
        {"09 Oct 25 12:00:00 Z", NOON, false},
        {"Thu, 09 Oct 2025 08:00:00 EDT", NOON, false},
        {"Thu, 09 Oct 2025 14:00:00 +0200", NOON, false},
        {"09 October 2025", MIDNIGHT, true},
        {"1760011200", NOON, false},
        {"1760011200.25", NOON + 250, false},
        {"1760011200000", NOON, false},
        {"-1760011200", -NOON, false},
        {"0000-01-01T00:00:00Z", INT64_C(-62167219200000), false},
        {"9999-12-31T23:59:59.999Z", INT64_C(253402300799999), false},
        {"2024-02-29", INT64_C(1709164800000), true},
        {"1969-12-31T23:59:59Z", -1000, false},
        {"1600-02-29T00:00:00Z", INT64_C(-11670998400000), false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct event_time time = {0};
        if (event_time_parse(rows[i].text, strlen(rows[i].text), &time) != NW_OK)
            fail_msg("%s", rows[i].text);
        if (time.ms != rows[i].ms) fail_msg("%s is %lld", rows[i].text, (long long)time.ms);
        assert_int_equal(time.is_day, rows[i].is_day);
    }
}

static void what_is_no_time_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        " ",
        "yesterday",
        "2025",
        "2025-10",
        "2025-13-01",
        "2025-00-01",
        "2025-02-29",
        "2025-10-32",
        "2025-10-09T",
        "2025-10-09T12",
        "2025-10-09T12:",
        "2025-10-09T25:00:00Z",
        "2025-10-09T24:00:01Z",
        "2025-10-09T12:60:00Z",
        "2025-10-09T12:00:61Z",
        "2025-10-09T12:00:00.Z",
        "2025-10-09T12:00:00+25:00",
        "2025-10-09T12:00:00+02:0",
        "2025-10-09T12:00:00Zulu",
        "2025-10-09T12:00:00Z x",
        "2025-1-9",
        "0000-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "10000-01-01T00:00:00Z",
        "99999999999999999999",
        "253402300800000",
        "-62167219200001",
        "1e9",
        "0x10",
        "NaN",
        "Thu, 32 Oct 2025",
        "Thu, 09 Foo 2025 12:00:00 GMT",
        "Thu, 09 Oct 2025 12:00:00 XYZ",
        "9 Oct 202",
        "--1",
        "-",
        ".",
        "1.x",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct event_time time = {42, true};
        if (event_time_parse(texts[i], strlen(texts[i]), &time) != NW_ERR_INPUT)
            fail_msg("%s was read", texts[i]);
        assert_int_equal(time.ms, 42);
    }
    struct event_time time;
    assert_int_equal(event_time_parse("2025-10-09T12:00:00Z\0", 21, &time), NW_ERR_INPUT);
}

static void numbers_are_seconds_or_milliseconds_by_size(void **state)
{
    (void)state;
    struct event_time time;
    assert_int_equal(event_time_from_number(1760011200, &time), NW_OK);
    assert_int_equal(time.ms, NOON);
    assert_int_equal(event_time_from_number(1760011200000.0, &time), NW_OK);
    assert_int_equal(time.ms, NOON);
    assert_int_equal(event_time_from_number(1760011200.125, &time), NW_OK);
    assert_int_equal(time.ms, NOON + 125);
    assert_int_equal(event_time_from_number(253402300799999.0, &time), NW_OK);
    assert_int_equal(event_time_from_number(253402300800000.0, &time), NW_ERR_INPUT);
    assert_int_equal(event_time_from_number(-1, &time), NW_OK);
    assert_int_equal(time.ms, -1000);
    assert_int_equal(event_time_from_number(1e300, &time), NW_ERR_INPUT);
    assert_int_equal(event_time_from_number(-1e300, &time), NW_ERR_INPUT);
    assert_int_equal(event_time_from_number(NAN, &time), NW_ERR_INPUT);
    assert_int_equal(event_time_from_number(INFINITY, &time), NW_ERR_INPUT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_of_every_kind_are_read),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(numbers_are_seconds_or_milliseconds_by_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
