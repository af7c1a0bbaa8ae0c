#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "stories/story_terms.h"
#include "stories/term_lookup.h"

static uint64_t random_next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

static int by_key(const void *a, const void *b)
{
    const struct weighted_term *x = a, *y = b;
    return x->key < y->key ? -1 : x->key > y->key;
}

/* Some of the keys 0, step, 2 step ... in ascending order; a third in the title. */
static struct text_vector random_text(uint64_t *random, struct weighted_term *terms, uint32_t count,
                                      uint32_t keys, uint32_t most)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < count; i++)
        terms[i] = (struct weighted_term){
            .key = (uint32_t)(random_next(random) % keys) * (UINT32_MAX / keys),
            .weight = {[TEXT_ALL] = 1 + (uint32_t)(random_next(random) % most),
                       [TEXT_TITLE] =
                           random_next(random) % 3 == 0 ? (uint32_t)(random_next(random) % most) : 0,
                       [TEXT_BODY] = (uint32_t)(random_next(random) % most)}};
    qsort(terms, count, sizeof(*terms), by_key);
    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || terms[kept - 1].key != terms[i].key) terms[kept++] = terms[i];
    return (struct text_vector){.terms = terms, .count = kept};
}

static void weights_come_back_whatever_their_size(void **state)
{
    (void)state;
    uint64_t random = (uint64_t)time(NULL);
    printf("seed %llu\n", (unsigned long long)random);
    for (int round = 0; round < 300; round++) {
        struct weighted_term from[STORY_TERMS_MAX], room[STORY_TERMS_MAX];
        uint32_t most = round % 3 == 0 ? 300 : round % 3 == 1 ? UINT16_MAX : UINT32_MAX;
        struct text_vector text =
            random_text(&random, from, (uint32_t)(random_next(&random) % STORY_TERMS_MAX), 5000, most);
        struct story_terms *terms = story_terms_new();
        story_terms_add(terms, &text, 1, NULL);
        struct text_vector back = story_terms_vector(terms, room);
        assert_int_equal(back.count, text.count);
        assert_memory_equal(room, from, text.count * sizeof(*from));
        story_terms_free(terms);
    }
}

static void a_sum_that_grows_past_16_bits_loses_nothing(void **state)
{
    (void)state;
    const struct weighted_term one[] = {{.key = 5, .weight = {40000, 30000, 0}},
                                        {.key = 9, .weight = {1, 0, 1}}};
    const struct text_vector text = {.terms = one, .count = 2};
    struct weighted_term room[STORY_TERMS_MAX];
    struct story_terms *terms = story_terms_new();
    for (int i = 0; i < 3; i++) story_terms_add(terms, &text, 1, NULL);
    story_terms_vector(terms, room);
    assert_int_equal(room[0].weight[TEXT_ALL], 120000);
    assert_int_equal(room[0].weight[TEXT_TITLE], 90000);
    assert_int_equal(room[0].weight[TEXT_BODY], 0);
    assert_int_equal(room[1].weight[TEXT_ALL], 3);
    assert_int_equal(room[1].weight[TEXT_TITLE], 0);
    story_terms_free(terms);
}

static void shared_terms_are_those_of_a_plain_merge(void **state)
{
    (void)state;
    enum { TEXT_MAX = 600 };
    static struct weighted_term text_terms[TEXT_MAX], story_room[STORY_TERMS_MAX], room[STORY_TERMS_MAX];
    static struct term_lookup lookup;
    uint64_t random = (uint64_t)time(NULL);
    printf("seed %llu\n", (unsigned long long)random);
    for (int round = 0; round < 1000; round++) {
        uint32_t keys = 1 + (uint32_t)(random_next(&random) % 20000); /* up to ten in a row of the look-up */
        struct text_vector text =
            random_text(&random, text_terms, (uint32_t)(random_next(&random) % TEXT_MAX), keys, 99);
        struct text_vector other =
            random_text(&random, story_room, (uint32_t)(random_next(&random) % STORY_TERMS_MAX), keys, 99);
        struct story_terms *terms = story_terms_new();
        story_terms_add(terms, &other, 1, NULL);
        struct shared_places places;
        term_lookup_fill(&lookup, &text);
        uint32_t count = term_lookup_shared(&lookup, &text, terms, &places), expected = 0;
        story_terms_read(terms, places.story, count, room);
        for (uint32_t i = 0, j = 0; i < text.count && j < other.count;) {
            if (text.terms[i].key == other.terms[j].key) {
                assert_true(expected < count);
                assert_int_equal(places.text[expected], i);
                assert_int_equal(places.story[expected], j);
                assert_memory_equal(&room[expected], &other.terms[j], sizeof(*room));
                expected++;
            }
            uint32_t a = text.terms[i].key, b = other.terms[j].key;
            i += a <= b;
            j += b <= a;
        }
        assert_int_equal(count, expected);
        story_terms_free(terms);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weights_come_back_whatever_their_size),
        cmocka_unit_test(a_sum_that_grows_past_16_bits_loses_nothing),
        cmocka_unit_test(shared_terms_are_those_of_a_plain_merge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
