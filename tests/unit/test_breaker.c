#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "consumers/backoff.h"
#include "consumers/breaker.h"

static const struct breaker_policy policy = {.failures = 3, .open_ms = 1000, .open_max_ms = 5000};

static struct breaker opened_at(int64_t now_ms)
{
    struct breaker breaker;
    breaker_init(&breaker, &policy);
    for (unsigned i = 0; i < policy.failures; i++) {
        assert_true(breaker_allows(&breaker, now_ms));
        breaker_failure(&breaker, now_ms, 0);
    }
    return breaker;
}

static void failures_in_a_row_open_it(void **state)
{
    (void)state;
    struct breaker breaker;
    breaker_init(&breaker, &policy);
    breaker_failure(&breaker, 0, 0);
    breaker_failure(&breaker, 0, 0);
    breaker_success(&breaker); /* not in a row any more */
    breaker_failure(&breaker, 0, 0);
    breaker_failure(&breaker, 0, 0);
    assert_true(breaker_allows(&breaker, 0));
    breaker_failure(&breaker, 0, 0);
    assert_false(breaker_allows(&breaker, 0));
    assert_false(breaker_allows(&breaker, 999));
    assert_int_equal(breaker_next_ms(&breaker, 10), 1000);
}

static void one_call_tries_after_the_pause(void **state)
{
    (void)state;
    struct breaker breaker = opened_at(0);
    assert_int_equal(breaker_next_ms(&breaker, 1000), 1000);
    assert_true(breaker_allows(&breaker, 1000));
    assert_false(breaker_allows(&breaker, 1000)); /* only one */
    assert_int_equal(breaker_next_ms(&breaker, 1000), INT64_MAX);
    breaker_success(&breaker);
    assert_true(breaker_allows(&breaker, 1000));
    assert_true(breaker_allows(&breaker, 1000));
}

static void each_failed_try_doubles_the_pause_up_to_its_bound(void **state)
{
    (void)state;
    struct breaker breaker = opened_at(0);
    static const int64_t pauses_ms[] = {2000, 4000, 5000, 5000};
    int64_t now_ms = 1000;
    for (size_t i = 0; i < sizeof(pauses_ms) / sizeof(*pauses_ms); i++) {
        assert_true(breaker_allows(&breaker, now_ms));
        breaker_failure(&breaker, now_ms, 0);
        assert_false(breaker_allows(&breaker, now_ms + pauses_ms[i] - 1));
        now_ms += pauses_ms[i];
    }
    assert_true(breaker_allows(&breaker, now_ms));
    breaker_success(&breaker);
    for (unsigned i = 0; i < policy.failures; i++) breaker_failure(&breaker, now_ms, 0);
    assert_int_equal(breaker_next_ms(&breaker, now_ms), now_ms + 1000); /* a success forgets */
}

static void the_service_may_ask_for_rest(void **state)
{
    (void)state;
    struct breaker breaker;
    breaker_init(&breaker, &policy);
    breaker_failure(&breaker, 100, 3000); /* the first failure */
    assert_false(breaker_allows(&breaker, 3099));
    breaker_failure(&breaker, 200, 4000); /* a second call that was under way asks for more */
    assert_false(breaker_allows(&breaker, 4199));
    breaker_failure(&breaker, 300, 1000); /* and a third for less */
    assert_false(breaker_allows(&breaker, 4199));
    assert_true(breaker_allows(&breaker, 4200));
    breaker_failure(&breaker, 5000, INT64_C(1) << 40); /* not for ever */
    assert_true(breaker_allows(&breaker, 10000));
}

static void late_answers_do_not_close_an_open_breaker(void **state)
{
    (void)state;
    struct breaker breaker = opened_at(0);
    breaker_success(&breaker);
    assert_false(breaker_allows(&breaker, 999));
}

static void an_abandoned_try_leaves_room_for_another(void **state)
{
    (void)state;
    struct breaker breaker = opened_at(0);
    assert_true(breaker_allows(&breaker, 1000));
    breaker_abandoned(&breaker);
    assert_true(breaker_allows(&breaker, 1000));
}

static void waits_grow_and_jitter_stays_within_the_upper_half(void **state)
{
    (void)state;
    assert_int_equal(backoff_ms(0, 100, 1000, 0, 0), 50);
    assert_int_equal(backoff_ms(0, 100, 1000, 0, 50), 100);
    assert_int_equal(backoff_ms(2, 100, 1000, 0, 0), 200);
    assert_int_equal(backoff_ms(2, 100, 1000, 0, 200), 400);
    assert_int_equal(backoff_ms(60, 100, 1000, 0, 500), 1000);
    for (uint64_t random = 0; random < 2000; random++) {
        int64_t wait_ms = backoff_ms(3, 100, 10000, 0, random * UINT64_C(0x9e3779b97f4a7c15));
        assert_in_range(wait_ms, 400, 800);
    }
}

static void a_wait_asked_for_is_kept(void **state)
{
    (void)state;
    assert_int_equal(backoff_ms(0, 100, 1000, 7000, 12), 7000);
    assert_int_equal(backoff_ms(0, 100, 1000, 60, 50), 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(failures_in_a_row_open_it),
        cmocka_unit_test(one_call_tries_after_the_pause),
        cmocka_unit_test(each_failed_try_doubles_the_pause_up_to_its_bound),
        cmocka_unit_test(the_service_may_ask_for_rest),
        cmocka_unit_test(late_answers_do_not_close_an_open_breaker),
        cmocka_unit_test(an_abandoned_try_leaves_room_for_another),
        cmocka_unit_test(waits_grow_and_jitter_stays_within_the_upper_half),
        cmocka_unit_test(a_wait_asked_for_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
