#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "consumers/memory_budget.h"

#define MIB ((size_t)1024 * 1024)

static size_t total(const struct memory_budget *budget, size_t workers)
{
    return workers * (budget->articles_fetch + budget->features_queue + budget->rejects_queue) +
           budget->stories_fetch + budget->summaries;
}

static void one_worker_within_the_default_gets_all_it_wants(void **state)
{
    (void)state;
    struct memory_budget budget;
    size_t least;
    assert_int_equal(memory_budget_divide(1024, 1, &budget, &least), NW_OK);
    assert_int_equal(budget.articles_fetch, 16 * MIB);
    assert_int_equal(budget.features_queue, 32 * MIB);
    assert_int_equal(budget.summaries, 128 * MIB);
}

static void queues_stay_within_half_of_any_limit(void **state)
{
    (void)state;
    for (size_t workers = 1; workers <= 64; workers++) {
        for (size_t limit = 128; limit <= 4096; limit += 64) {
            struct memory_budget budget;
            size_t least;
            if (memory_budget_divide(limit, workers, &budget, &least) != NW_OK) {
                assert_true(least > limit);
                continue;
            }
            assert_true(total(&budget, workers) <= limit * MIB / 2);
            assert_true(budget.articles_fetch >= MIB);
            assert_true(budget.summaries >= 8 * MIB);
        }
    }
}

static void the_least_limit_named_is_enough(void **state)
{
    (void)state;
    for (size_t workers = 1; workers <= 64; workers++) {
        struct memory_budget budget;
        size_t least, ignored;
        assert_int_equal(memory_budget_divide(2, workers, &budget, &least), NW_ERR_INPUT);
        assert_int_equal(memory_budget_divide(least, workers, &budget, &ignored), NW_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_worker_within_the_default_gets_all_it_wants),
        cmocka_unit_test(queues_stay_within_half_of_any_limit),
        cmocka_unit_test(the_least_limit_named_is_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
