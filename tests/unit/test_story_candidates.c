#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "stories/story_candidates.h"

enum { STORIES = 400, TERMS = 60, WORDS = 3000, SEARCHES = 3000, WANTED = 8 };

struct world {
    struct story_index *index;
    struct story_slots slots;
    struct story stories[STORIES];
    uint32_t keys[STORIES][TERMS];
};

static int rising(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Distinct keys, low ones more often than high ones; some are held by too many stories to be searched by. */
static void draw_keys(uint32_t keys[TERMS])
{
    for (uint32_t i = 0; i < TERMS; i++) {
        bool common = i % 10 == 0 && random() % 4 > 0;
        long span = common ? 1 : 1 + random() % (WORDS / TERMS);
        keys[i] = (i * (WORDS / TERMS) + (uint32_t)(random() % span)) * 4;
    }
    qsort(keys, TERMS, sizeof(*keys), rising);
}

static struct world *world_new(void)
{
    struct world *world = calloc(1, sizeof(*world));
    assert_non_null(world);
    world->index = story_index_new();
    world->slots.stories = calloc(STORIES, sizeof(struct story *));
    world->slots.numbers = calloc(STORIES, sizeof(uint64_t));
    world->slots.count = world->slots.capacity = STORIES;
    for (uint32_t s = 0; s < STORIES; s++) {
        world->slots.stories[s] = &world->stories[s];
        world->stories[s].number = world->slots.numbers[s] = s;
        world->stories[s].terms = story_terms_new();
        world->stories[s].terms->slot = s;
        draw_keys(world->keys[s]);
        story_index_add_all(world->index, world->keys[s], TERMS, s);
    }
    return world;
}

static void world_free(struct world *world)
{
    story_index_free(world->index);
    for (uint32_t s = 0; s < STORIES; s++) story_terms_free(world->stories[s].terms);
    free(world->slots.stories);
    free(world->slots.numbers);
    free(world);
}

/* Now and then most weights are equal and few are large, so that many stories tie far below the best. */
static void weigh(const uint32_t keys[TERMS], struct weighted_term terms[TERMS])
{
    bool uneven = random() % 2 == 0;
    for (uint32_t i = 0; i < TERMS; i++) {
        uint32_t weight = uneven && random() % 12 > 0 ? 1 : (uint32_t)random() % 50;
        terms[i] = (struct weighted_term){keys[i], {[TEXT_ALL] = weight}};
    }
}

/* What the header says, written as it is said: all terms sorted, all stories summed. */
static size_t plainly(const struct world *world, const struct weighted_term *terms, const struct story *skip,
                      const struct story *out[WANTED])
{
    bool used[TERMS] = {false};
    uint64_t sums[STORIES] = {0};
    uint32_t postings = 0;
    for (int chosen = 0; chosen < CANDIDATE_TERMS;) {
        int best = -1;
        for (int i = 0; i < TERMS; i++) {
            uint32_t frequency = story_index_frequency(world->index, terms[i].key);
            bool held = frequency > (skip != NULL ? 1 : 0) && frequency <= CANDIDATE_MAX_POSTINGS;
            if (used[i] || !held || terms[i].weight[TEXT_ALL] == 0) continue;
            if (best < 0 || terms[i].weight[TEXT_ALL] > terms[best].weight[TEXT_ALL]) best = i;
        }
        if (best < 0) break;
        used[best] = true;
        uint32_t frequency = story_index_frequency(world->index, terms[best].key);
        if (postings + frequency > CANDIDATE_POSTINGS) continue;
        postings += frequency;
        chosen++;
        for (uint32_t s = 0; s < STORIES; s++)
            for (uint32_t t = 0; t < TERMS; t++)
                if (world->keys[s][t] == terms[best].key) sums[s] += terms[best].weight[TEXT_ALL];
    }
    size_t count = 0, always = skip != NULL ? 1 : CANDIDATES_ALWAYS;
    uint64_t largest = 0;
    while (count < WANTED) {
        uint32_t best = STORIES;
        for (uint32_t s = 0; s < STORIES; s++)
            if (sums[s] > 0 && &world->stories[s] != skip && (best == STORIES || sums[s] > sums[best]))
                best = s;
        if (best == STORIES) break;
        if (count == 0) largest = sums[best];
        if (count >= always && sums[best] < largest / CANDIDATE_PART) break;
        out[count++] = &world->stories[best];
        sums[best] = 0;
    }
    return count;
}

static void check_search(struct world *world, const uint32_t keys[TERMS], const struct story *skip)
{
    struct weighted_term terms[TERMS];
    uint32_t frequencies[TERMS];
    weigh(keys, terms);
    for (uint32_t i = 0; i < TERMS; i++) frequencies[i] = story_index_frequency(world->index, keys[i]);
    const struct text_vector text = {.terms = terms, .count = TERMS};
    const struct story *expected[WANTED];
    size_t count = plainly(world, terms, skip, expected);
    for (int known = 0; known < 2; known++) {
        struct story *found[WANTED];
        assert_int_equal(story_candidates_find(&world->slots, world->index, &text, known ? frequencies : NULL,
                                               skip, found, WANTED),
                         count);
        for (size_t i = 0; i < count; i++) assert_ptr_equal(found[i], expected[i]);
    }
}

static void the_heaviest_shared_terms_find_the_same_stories_as_a_plain_search(void **state)
{
    (void)state;
    unsigned seed = (unsigned)time(NULL);
    printf("seed %u\n", seed);
    srandom(seed);
    struct world *world = world_new();
    for (int n = 0; n < SEARCHES; n++) {
        uint32_t keys[TERMS], own = (uint32_t)random() % STORIES;
        draw_keys(keys);
        check_search(world, keys, NULL);                             /* an article */
        check_search(world, world->keys[own], &world->stories[own]); /* a story */
    }
    world_free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_heaviest_shared_terms_find_the_same_stories_as_a_plain_search),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
