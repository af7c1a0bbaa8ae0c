#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/instant.h"
#include "stories/watermark.h"

static const int64_t T0 = INT64_C(1760000000000);

static void push_many(struct watermark *watermark, int count, int64_t time_ms)
{
    for (int i = 0; i < count; i++) watermark_push(watermark, time_ms, NW_NO_TIME);
}

static void there_is_no_watermark_before_eight_dated_times(void **state)
{
    (void)state;
    struct watermark watermark;
    watermark_init(&watermark);
    for (int i = 0; i < 20; i++) watermark_push(&watermark, NW_NO_TIME, T0);
    push_many(&watermark, 7, T0);
    assert_true(watermark.value_ms == NW_NO_TIME);
    assert_int_equal(watermark_age_ms(&watermark, T0 - 5), 0);
    push_many(&watermark, 1, T0);
    assert_int_equal(watermark.value_ms, T0);
    assert_int_equal(watermark_age_ms(&watermark, T0 - 5), 5);
}

static void it_is_the_eighth_largest_of_the_last_thirty_two(void **state)
{
    (void)state;
    struct watermark watermark;
    watermark_init(&watermark);
    push_many(&watermark, 25, T0);
    push_many(&watermark, 7, T0 + 1000); /* seven dates from the future do not move it */
    assert_int_equal(watermark.value_ms, T0);
    push_many(&watermark, 1, T0 + 1);
    assert_int_equal(watermark.value_ms, T0 + 1);
    push_many(&watermark, 1, T0 + 2);
    assert_int_equal(watermark.value_ms, T0 + 2);
}

static void it_never_goes_back(void **state)
{
    (void)state;
    struct watermark watermark;
    watermark_init(&watermark);
    push_many(&watermark, 8, T0);
    push_many(&watermark, 40, T0 - 100000);
    assert_int_equal(watermark.value_ms, T0);
}

static void a_date_ahead_of_its_append_time_counts_as_that(void **state)
{
    (void)state;
    struct watermark watermark;
    watermark_init(&watermark);
    for (int i = 0; i < 8; i++) watermark_push(&watermark, T0 + 5000, T0);
    assert_int_equal(watermark.value_ms, T0);
}

static void ring_reads_oldest_first_also_when_it_has_wrapped(void **state)
{
    (void)state;
    struct watermark watermark;
    watermark_init(&watermark);
    for (int i = 0; i < 35; i++) watermark_push(&watermark, T0 + i, NW_NO_TIME);
    assert_int_equal(watermark.count, WATERMARK_RING);
    for (unsigned i = 0; i < WATERMARK_RING; i++) assert_int_equal(watermark_at(&watermark, i), T0 + 3 + i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_is_no_watermark_before_eight_dated_times),
        cmocka_unit_test(it_is_the_eighth_largest_of_the_last_thirty_two),
        cmocka_unit_test(it_never_goes_back),
        cmocka_unit_test(a_date_ahead_of_its_append_time_counts_as_that),
        cmocka_unit_test(ring_reads_oldest_first_also_when_it_has_wrapped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
