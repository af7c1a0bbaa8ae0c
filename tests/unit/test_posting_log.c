#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

#include "stories/posting_log.h"

enum { LOGS = 3, SLOTS = 5000, STEPS = 400000 };

static void check(struct posting_log *log, struct posting_bits *bits, const bool there[SLOTS])
{
    bool seen[SLOTS] = {false};
    uint32_t expected = 0;
    for (uint32_t slot = 0; slot < SLOTS; slot++) expected += there[slot];
    assert_int_equal(log->count, expected);
    posting_log_settle(log, bits);
    assert_int_equal(log->used, expected);
    for (uint32_t i = 0; i < log->count; i++) {
        assert_true(there[log->cells[i]] && !seen[log->cells[i]]);
        seen[log->cells[i]] = true;
    }
}

static void logs_that_share_their_bits_hold_whoever_came_and_did_not_go(void **state)
{
    (void)state;
    unsigned seed = (unsigned)time(NULL);
    printf("seed %u\n", seed);
    srandom(seed);
    static bool there[LOGS][SLOTS];
    struct posting_log logs[LOGS];
    struct posting_bits bits = {NULL, 0};
    for (int l = 0; l < LOGS; l++) {
        uint32_t first[] = {7, 3, SLOTS - 1};
        posting_log_init(&logs[l], first, 3);
        for (int i = 0; i < 3; i++) there[l][first[i]] = true;
    }
    for (int step = 0; step < STEPS; step++) {
        int l = (int)(random() % LOGS);
        uint32_t slot = (uint32_t)(random() % SLOTS);
        if (there[l][slot])
            posting_log_remove(&logs[l], &bits, slot);
        else
            posting_log_add(&logs[l], &bits, slot);
        there[l][slot] = !there[l][slot];
        assert_true(logs[l].used <= logs[l].room);
        if (step % 9973 == 0) check(&logs[l], &bits, there[l]);
    }
    for (int l = 0; l < LOGS; l++) {
        check(&logs[l], &bits, there[l]);
        posting_log_fini(&logs[l]);
    }
    for (size_t i = 0; i < bits.capacity; i++) assert_int_equal(bits.words[i], 0);
    free(bits.words);
}

/* One story that comes and goes a million times leaves no more behind than the list is long. */
static void log_stays_about_as_long_as_its_list(void **state)
{
    (void)state;
    struct posting_log log;
    struct posting_bits bits = {NULL, 0};
    posting_log_init(&log, (const uint32_t[]){0}, 1);
    for (uint32_t slot = 1; slot < 10000; slot++) posting_log_add(&log, &bits, slot);
    for (int n = 0; n < 1000000; n++) {
        posting_log_remove(&log, &bits, 5);
        posting_log_add(&log, &bits, 5);
    }
    assert_in_range(log.room, 10000, 16000);
    for (uint32_t slot = 100; slot < 10000; slot++) posting_log_remove(&log, &bits, slot);
    for (int n = 0; n < 10000; n++) {
        posting_log_remove(&log, &bits, 5);
        posting_log_add(&log, &bits, 5);
    }
    assert_in_range(log.room, 100, 600);
    posting_log_fini(&log);
    free(bits.words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logs_that_share_their_bits_hold_whoever_came_and_did_not_go),
        cmocka_unit_test(log_stays_about_as_long_as_its_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
