#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "consumers/offset_tracker.h"

static void position_waits_for_the_oldest_record(void **state)
{
    (void)state;
    struct offset_tracker *tracker = offset_tracker_new(10);
    struct tracked_record *a = offset_tracker_add(tracker, 10), *b = offset_tracker_add(tracker, 11);
    tracked_record_done(b);
    assert_int_equal(offset_tracker_position(tracker), 10);
    assert_int_equal(offset_tracker_pending(tracker), 2);
    tracked_record_done(a);
    assert_int_equal(offset_tracker_position(tracker), 12);
    assert_int_equal(offset_tracker_pending(tracker), 0);
    offset_tracker_free(tracker);
}

static void record_is_done_with_the_last_of_its_reports(void **state)
{
    (void)state;
    struct offset_tracker *tracker = offset_tracker_new(0);
    struct tracked_record *record = offset_tracker_add(tracker, 0);
    tracked_record_hold(record);
    tracked_record_hold(record);
    tracked_record_done(record); /* the adder */
    tracked_record_done(record);
    assert_int_equal(offset_tracker_position(tracker), 0);
    tracked_record_done(record);
    assert_int_equal(offset_tracker_position(tracker), 1);
    offset_tracker_free(tracker);
}

static void gaps_in_the_log_are_stepped_over(void **state)
{
    (void)state;
    struct offset_tracker *tracker = offset_tracker_new(5);
    tracked_record_done(offset_tracker_add(tracker, 7));
    assert_int_equal(offset_tracker_position(tracker), 8);
    tracked_record_done(offset_tracker_add(tracker, 1000000000000));
    assert_int_equal(offset_tracker_position(tracker), 1000000000001);
    offset_tracker_free(tracker);
}

static void what_was_read_before_is_not_wanted(void **state)
{
    (void)state;
    struct offset_tracker *tracker = offset_tracker_new(5);
    assert_false(offset_tracker_wants(tracker, 4));
    assert_true(offset_tracker_wants(tracker, 5));
    struct tracked_record *record = offset_tracker_add(tracker, 5);
    assert_false(offset_tracker_wants(tracker, 5)); /* although it is not done */
    assert_int_equal(offset_tracker_next(tracker), 6);
    tracked_record_done(record);
    assert_false(offset_tracker_wants(tracker, 5));
    offset_tracker_free(tracker);
}

static void unfinished_records_are_freed_with_the_tracker(void **state)
{
    (void)state;
    struct offset_tracker *tracker = offset_tracker_new(0);
    tracked_record_hold(offset_tracker_add(tracker, 0));
    offset_tracker_add(tracker, 1);
    offset_tracker_free(tracker); /* the leak checker is the assertion */
    offset_tracker_free(NULL);
}

/* Against a model: an array of hold counts and a scan. */
static void any_order_of_reports_gives_the_position_of_a_scan(void **state)
{
    (void)state;
    enum { RECORDS = 300 };
    unsigned seed = 20261123;
    print_message("seed %u\n", seed);
    for (int round = 0; round < 50; round++) {
        struct offset_tracker *tracker = offset_tracker_new(0);
        struct tracked_record *records[RECORDS];
        uint32_t holds[RECORDS] = {0};
        int added = 0, open = 0;
        while (added < RECORDS || open > 0) {
            if (added < RECORDS && (open == 0 || rand_r(&seed) % 3 == 0)) {
                records[added] = offset_tracker_add(tracker, added);
                holds[added] = 1 + (uint32_t)(rand_r(&seed) % 3);
                for (uint32_t i = 1; i < holds[added]; i++) tracked_record_hold(records[added]);
                added++;
                open++;
            } else {
                int pick = rand_r(&seed) % added;
                while (holds[pick] == 0) pick = (pick + 1) % added;
                if (--holds[pick] == 0) open--;
                tracked_record_done(records[pick]);
            }
            int expected = 0;
            while (expected < added && holds[expected] == 0) expected++;
            assert_int_equal(offset_tracker_position(tracker), expected);
            assert_int_equal(offset_tracker_pending(tracker), added - expected);
        }
        offset_tracker_free(tracker);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(position_waits_for_the_oldest_record),
        cmocka_unit_test(record_is_done_with_the_last_of_its_reports),
        cmocka_unit_test(gaps_in_the_log_are_stepped_over),
        cmocka_unit_test(what_was_read_before_is_not_wanted),
        cmocka_unit_test(unfinished_records_are_freed_with_the_tracker),
        cmocka_unit_test(any_order_of_reports_gives_the_position_of_a_scan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
