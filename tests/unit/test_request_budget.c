#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "consumers/request_budget.h"

enum { STEP_MS = 500, HOURS = 5 };

/* Takes whenever there is one; how many in the busiest of all hours. */
static int busiest_hour(int hourly)
{
    static uint16_t taken[HOURS * 3600 * 1000 / STEP_MS]; /* at each step */
    const int steps = HOURS * 3600 * 1000 / STEP_MS, hour = 3600 * 1000 / STEP_MS;
    struct request_budget budget;
    request_budget_init(&budget, hourly, 0);
    for (int i = 0; i < steps; i++) {
        taken[i] = 0;
        /* An hour of rest in the middle fills it up: the worst that can be. */
        while ((i < hour || i >= 2 * hour) && request_budget_has(&budget, (int64_t)i * STEP_MS)) {
            request_budget_take(&budget);
            taken[i]++;
        }
    }
    int in_hour = 0, most = 0;
    for (int i = 0; i < steps; i++) {
        in_hour += taken[i] - (i >= hour ? taken[i - hour] : 0);
        if (in_hour > most) most = in_hour;
    }
    return most;
}

static void no_hour_sees_more_and_a_busy_one_sees_nearly_all(void **state)
{
    (void)state;
    static const int budgets[] = {1, 2, 7, 10, 60, 600, 5000};
    for (size_t i = 0; i < sizeof(budgets) / sizeof(*budgets); i++) {
        int most = busiest_hour(budgets[i]);
        if (most > budgets[i] || most < budgets[i] - 1 - budgets[i] / 50)
            fail_msg("%d of %d", most, budgets[i]);
    }
}

static void a_tenth_may_go_at_once(void **state)
{
    (void)state;
    struct request_budget budget;
    int taken = 0;
    request_budget_init(&budget, 600, 1000);
    for (; request_budget_has(&budget, 1000); taken++) request_budget_take(&budget);
    assert_int_equal(taken, 60);
    assert_false(request_budget_has(&budget, 2000));
    assert_true(request_budget_has(&budget, 1000 + 3600 * 1000 / 540));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_hour_sees_more_and_a_busy_one_sees_nearly_all),
        cmocka_unit_test(a_tenth_may_go_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
