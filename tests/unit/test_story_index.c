#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "stories/story_index.h"

enum { KEYS = 60, SLOTS = 600 }; /* so that lists go through every size */

static uint64_t random_next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

static void check_term(const struct story_index *index, uint32_t key, const uint8_t held[SLOTS])
{
    uint32_t expected = 0;
    for (uint32_t slot = 0; slot < SLOTS; slot++) expected += held[slot];
    struct postings postings = story_index_postings(index, key);
    assert_int_equal(postings.count, expected);
    assert_int_equal(story_index_frequency(index, key), expected);
    if (postings.slots == NULL && expected > STORY_INDEX_LISTED) return;
    bool seen[SLOTS] = {false};
    for (uint32_t i = 0; i < postings.count; i++) {
        uint32_t slot = postings.slots[i];
        assert_true(held[slot] && !seen[slot]);
        seen[slot] = true;
    }
}

static void index_agrees_with_a_plain_table_under_random_changes(void **state)
{
    (void)state;
    static uint8_t held[KEYS][SLOTS];
    memset(held, 0, sizeof(held));
    uint64_t seed = (uint64_t)time(NULL), random = seed;
    printf("seed %llu\n", (unsigned long long)seed);
    struct story_index *index = story_index_new();
    for (int step = 0; step < 240000; step++) {
        uint32_t key = (uint32_t)(random_next(&random) % KEYS),
                 slot = (uint32_t)(random_next(&random) % SLOTS);
        /* Low keys fill up, high ones stay rare; halfway everything shrinks. */
        if (!held[key][slot] && random_next(&random) % KEYS >= key && step < 120000) {
            story_index_add(index, key * 7919, slot);
            held[key][slot] = 1;
        } else if (held[key][slot] && (step >= 120000 || random_next(&random) % 3 == 0)) {
            story_index_remove(index, key * 7919, slot);
            held[key][slot] = 0;
        }
        if (step % 397 == 0) check_term(index, key * 7919, held[key]);
    }
    for (uint32_t key = 0; key < KEYS; key++) check_term(index, key * 7919, held[key]);
    story_index_free(index);
}

static void fill(struct story_index *index, uint32_t keys, uint32_t slots)
{
    for (uint32_t key = 0; key < keys; key++)
        for (uint32_t slot = 0; slot < slots; slot++) story_index_add(index, key, slot);
}

static void lists_given_back_are_used_again(void **state)
{
    (void)state;
    struct story_index *index = story_index_new();
    fill(index, 5000, 30);
    size_t full = story_index_memory_bytes(index);
    for (uint32_t key = 0; key < 5000; key++)
        for (uint32_t slot = 0; slot < 30; slot++) story_index_remove(index, key, slot);
    for (uint32_t key = 0; key < 5000; key++) assert_int_equal(story_index_frequency(index, key), 0);
    fill(index, 5000, 30);
    assert_int_equal(story_index_memory_bytes(index), full);
    story_index_free(index);
}

static void all_terms_of_a_story_come_and_go_together(void **state)
{
    (void)state;
    enum { COUNT = 150, STORIES = 400 };
    uint32_t keys[COUNT];
    struct story_index *index = story_index_new();
    for (uint32_t slot = 0; slot < STORIES; slot++) {
        for (uint32_t i = 0; i < COUNT; i++) keys[i] = i < 10 ? i : slot / 2 * COUNT + i;
        story_index_add_all(index, keys, COUNT, slot);
    }
    assert_int_equal(story_index_frequency(index, 3), STORIES);
    assert_int_equal(story_index_frequency(index, COUNT - 1), 2);
    for (uint32_t slot = 0; slot + 1 < STORIES; slot++) {
        for (uint32_t i = 0; i < COUNT; i++) keys[i] = i < 10 ? i : slot / 2 * COUNT + i;
        story_index_remove_all(index, keys, COUNT, slot);
    }
    assert_int_equal(story_index_frequency(index, 3), 1);
    assert_int_equal(story_index_frequency(index, COUNT - 1), 0);
    assert_int_equal(story_index_postings(index, 3).slots[0], STORIES - 1);
    story_index_free(index);
}

static void each_of_many_terms_is_found(void **state)
{
    (void)state;
    enum { TERMS = 2000000 }; /* so that the table lies in large pages */
    struct story_index *index = story_index_new();
    for (uint32_t key = 0; key < TERMS; key++) story_index_add(index, key * 4, key);
    for (uint32_t key = 0; key < TERMS; key++) {
        uint32_t keys[] = {key * 4, key * 4 + 1}, frequencies[2];
        assert_int_equal(story_index_postings(index, key * 4).slots[0], key);
        story_index_frequencies(index, keys, 2, frequencies);
        assert_int_equal(frequencies[0], 1);
        assert_int_equal(frequencies[1], 0);
    }
    for (uint32_t key = 0; key < TERMS; key++) story_index_remove(index, key * 4, key);
    assert_int_equal(story_index_frequency(index, 4), 0);
    story_index_free(index);
}

static void each_of_many_lists_is_found(void **state)
{
    (void)state;
    enum { TERMS = 2200000 }; /* 35 MB of lists: single chunks, one slab of them and some of the next */
    struct story_index *index = story_index_new();
    for (uint32_t key = 0; key < TERMS; key++) {
        story_index_add(index, key, key);
        story_index_add(index, key, key + 1);
    }
    for (uint32_t key = 0; key < TERMS; key++) {
        const struct postings postings = story_index_postings(index, key);
        assert_int_equal(postings.count, 2);
        assert_int_equal(postings.slots[0] + postings.slots[1], 2 * key + 1);
    }
    size_t bytes = story_index_memory_bytes(index);
    assert_in_range(bytes, (size_t)TERMS * (8 + 16), (size_t)TERMS * (8 + 16) * 3 / 2 + (16 << 20));
    for (uint32_t key = 0; key < TERMS; key++) story_index_remove(index, key, key);
    for (uint32_t key = 0; key < TERMS; key += 1000) assert_int_equal(story_index_frequency(index, key), 1);
    story_index_free(index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(index_agrees_with_a_plain_table_under_random_changes),
        cmocka_unit_test(lists_given_back_are_used_again),
        cmocka_unit_test(all_terms_of_a_story_come_and_go_together),
        cmocka_unit_test(each_of_many_terms_is_found),
        cmocka_unit_test(each_of_many_lists_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
