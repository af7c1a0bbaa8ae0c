#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "stories/story_index.h"

enum { KEYS = 60, SLOTS = 300 };

static uint64_t random_next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

static void check_term(const struct story_index *index, uint32_t key, const uint8_t held[SLOTS])
{
    uint32_t expected = 0, found = 0;
    for (uint32_t slot = 0; slot < SLOTS; slot++) expected += held[slot];
    struct postings postings = story_index_postings(index, key);
    assert_int_equal(postings.count, expected);
    assert_int_equal(story_index_frequency(index, key), expected);
    for (uint32_t i = 0; i < postings.room; i++) {
        if (postings.cells[i] == STORY_INDEX_NONE) continue;
        assert_true(held[postings.cells[i]]);
        found++;
    }
    assert_int_equal(found, expected);
}

static void index_agrees_with_a_plain_table_under_random_changes(void **state)
{
    (void)state;
    static uint8_t held[KEYS][SLOTS];
    memset(held, 0, sizeof(held));
    uint64_t seed = (uint64_t)time(NULL), random = seed;
    printf("seed %llu\n", (unsigned long long)seed);
    struct story_index *index = story_index_new();
    for (int step = 0; step < 60000; step++) {
        uint32_t key = (uint32_t)(random_next(&random) % KEYS),
                 slot = (uint32_t)(random_next(&random) % SLOTS);
        /* Low keys fill up, high ones stay rare; halfway everything shrinks. */
        if (!held[key][slot] && random_next(&random) % KEYS >= key && step < 30000) {
            story_index_add(index, key * 7919, slot);
            held[key][slot] = 1;
        } else if (held[key][slot] && (step >= 30000 || random_next(&random) % 3 == 0)) {
            story_index_remove(index, key * 7919, slot);
            held[key][slot] = 0;
        }
        if (step % 97 == 0) check_term(index, key * 7919, held[key]);
    }
    for (uint32_t key = 0; key < KEYS; key++) check_term(index, key * 7919, held[key]);
    story_index_free(index);
}

static void emptied_index_gives_its_lists_back(void **state)
{
    (void)state;
    struct story_index *index = story_index_new();
    for (uint32_t key = 0; key < 5000; key++)
        for (uint32_t slot = 0; slot < 3; slot++) story_index_add(index, key, slot);
    size_t full = story_index_memory_bytes(index);
    for (uint32_t key = 0; key < 5000; key++)
        for (uint32_t slot = 0; slot < 3; slot++) story_index_remove(index, key, slot);
    assert_true(story_index_memory_bytes(index) < full);
    for (uint32_t key = 0; key < 5000; key++) assert_int_equal(story_index_frequency(index, key), 0);
    story_index_free(index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(index_agrees_with_a_plain_table_under_random_changes),
        cmocka_unit_test(emptied_index_gives_its_lists_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
