#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "stories/rank_select.h"

enum { RANKS = 300, ROUNDS = 3000 };

static int falling(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x < y) - (x > y);
}

/* Distinct ranks of which many share a weight, in any order, rising or falling. */
static uint32_t make_ranks(uint64_t *ranks)
{
    uint32_t count = 1 + (uint32_t)(random() % RANKS), weights = 1 + (uint32_t)(random() % 1000);
    for (uint32_t i = 0; i < count; i++) ranks[i] = rank_of((uint32_t)random() % weights, i * 4 + 1);
    long order = random() % 3;
    if (order > 0) qsort(ranks, count, sizeof(*ranks), falling);
    for (uint32_t i = 0; order == 2 && i < count / 2; i++) {
        uint64_t held = ranks[i];
        ranks[i] = ranks[count - 1 - i];
        ranks[count - 1 - i] = held;
    }
    return count;
}

static void the_largest_come_first_and_nothing_is_lost(void **state)
{
    (void)state;
    unsigned seed = (unsigned)time(NULL);
    printf("seed %u\n", seed);
    srandom(seed);
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t ranks[RANKS], sorted[RANKS], some[RANKS];
        uint32_t count = make_ranks(ranks), n = 1 + (uint32_t)random() % count;
        memcpy(sorted, ranks, sizeof(ranks));
        memcpy(some, ranks, sizeof(ranks));
        qsort(sorted, count, sizeof(*sorted), falling);
        assert_true(rank_select(ranks, count, n) == sorted[n - 1]);
        assert_true(ranks[n - 1] == sorted[n - 1]);
        rank_select_sorted(some, count, n);
        assert_memory_equal(some, sorted, n * sizeof(*sorted));
        qsort(ranks, n, sizeof(*ranks), falling); /* the n largest in front, the others behind */
        qsort(ranks + n, count - n, sizeof(*ranks), falling);
        assert_memory_equal(ranks, sorted, count * sizeof(*sorted));
    }
}

static void a_rank_is_a_weight_and_a_key(void **state)
{
    (void)state;
    assert_true(rank_of(2, 900) > rank_of(1, 5));
    assert_true(rank_of(2, 5) > rank_of(2, 6));
    assert_int_equal(rank_key(rank_of(UINT32_MAX, 77)), 77);
    assert_int_equal(rank_weight(rank_of(UINT32_MAX, 77)), UINT32_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_largest_come_first_and_nothing_is_lost),
        cmocka_unit_test(a_rank_is_a_weight_and_a_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
