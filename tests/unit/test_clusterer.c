#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/instant.h"
#include "stories/clusterer.h"
#include "stories/pair_features.h"
#include "stories/story_terms.h"

/* ---- a small partition: stories of plain words, no expiry ---- */

enum { MAX_WORDS = 64, MAX_STORIES = 4000 };
static const int64_t DAY_MS = 86400000;

struct text {
    struct term title[MAX_WORDS], lead[MAX_WORDS];
    struct features features;
};

static int compare_terms(const void *a, const void *b)
{
    const struct term *x = a, *y = b;
    return x->hash < y->hash ? -1 : x->hash > y->hash;
}

static uint64_t word_hash(const char *word, size_t len)
{
    return (hash64(word, len) & ~UINT64_C(3)) | TERM_WORD;
}

/* Words between single spaces. */
static struct term_list word_list(struct term terms[MAX_WORDS], const char *words)
{
    uint32_t count = 0;
    while (*words != '\0') {
        size_t len = strcspn(words, " ");
        uint64_t hash = word_hash(words, len);
        uint32_t i = 0;
        while (i < count && terms[i].hash != hash) i++;
        if (i == count) terms[count++] = (struct term){hash, 0};
        terms[i].count += 2;
        words += len + (words[len] == ' ');
    }
    qsort(terms, count, sizeof(*terms), compare_terms);
    return (struct term_list){terms, count};
}

static struct placement placement_of(struct text *text, const char *title, const char *lead,
                                     uint64_t sequence, int64_t published_ms)
{
    memset(&text->features, 0, sizeof(text->features));
    text->features.title = word_list(text->title, title);
    text->features.lead = word_list(text->lead, lead);
    return (struct placement){.features = &text->features,
                              .language = "en",
                              .source = (uint32_t)sequence,
                              .published_ms = published_ms,
                              .watermark_ms = NW_NO_TIME,
                              .sequence = sequence};
}

struct world {
    struct clusterer *clusterer;
    struct story *stories[MAX_STORIES]; /* NULL: merged away */
    size_t count;
    uint64_t sequence, merge_sequence; /* articles; and when the last merge pass was */
};

static void world_open(struct world *world)
{
    struct story_policy policy = story_policy_default();
    memset(world, 0, sizeof(*world));
    world->clusterer = clusterer_new(&policy, "en");
}

static void story_delete(struct story *story)
{
    free(story->members);
    free(story);
}

static void world_close(struct world *world)
{
    size_t left = 0; /* for clusterer_free */
    for (size_t i = 0; i < world->count; i++) {
        if (world->stories[i] == NULL) continue;
        if (i % 2 == 0)
            clusterer_remove(world->clusterer, world->stories[i]);
        else
            left++;
    }
    assert_int_equal(clusterer_live(world->clusterer), left);
    clusterer_free(world->clusterer);
    for (size_t i = 0; i < world->count; i++) {
        if (world->stories[i] == NULL) continue;
        assert_null(world->stories[i]->terms);
        story_delete(world->stories[i]);
    }
}

static void add_member(struct story *story, uint64_t sequence, int64_t published_ms)
{
    story->members =
        nw_grow(story->members, &story->member_capacity, story->member_count + 1, sizeof(*story->members));
    story->members[story->member_count++] =
        (struct member){.sequence = sequence, .published_ms = published_ms};
    if (published_ms == NW_NO_TIME) return;
    if (story->first_published_ms == NW_NO_TIME || published_ms < story->first_published_ms)
        story->first_published_ms = published_ms;
    if (published_ms > story->last_published_ms) story->last_published_ms = published_ms;
}

/* The number of the story the article went to. */
static uint64_t world_apply(struct world *world, const char *title, const char *lead, int64_t published_ms)
{
    static struct text text;
    static struct decision decision;
    struct placement article = placement_of(&text, title, lead, ++world->sequence, published_ms);
    struct story *story = clusterer_place(world->clusterer, &article, &decision);
    if (story == NULL) {
        assert_true(world->count < MAX_STORIES);
        story = nw_calloc(1, sizeof(*story));
        story->number = world->count;
        story->first_published_ms = story->last_published_ms = NW_NO_TIME;
        world->stories[world->count++] = story;
    }
    add_member(story, world->sequence, published_ms);
    story->joined_sequence = world->sequence;
    clusterer_learn(world->clusterer, story, &article, true);
    return story->number;
}

static int by_arrival(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    return (x->sequence > y->sequence) - (x->sequence < y->sequence);
}

static size_t world_merge(struct world *world)
{
    struct merge_pair pairs[16];
    size_t merges = 0, found;
    while ((found = clusterer_merge_pass(world->clusterer, world->merge_sequence, world->sequence, pairs,
                                         16)) > 0) {
        world->merge_sequence = world->sequence;
        for (size_t i = 0; i < found; i++) {
            struct story *older = pairs[i].older, *younger = pairs[i].younger;
            for (size_t m = 0; m < younger->member_count; m++)
                add_member(older, younger->members[m].sequence, younger->members[m].published_ms);
            qsort(older->members, older->member_count, sizeof(*older->members), by_arrival);
            older->joined_sequence = world->sequence;
            clusterer_merged(world->clusterer, older, younger);
            world->stories[younger->number] = NULL;
            story_delete(younger);
        }
        merges += found;
    }
    world->merge_sequence = world->sequence;
    return merges;
}

/* ---- decisions ---- */

static void same_event_in_other_words_joins_and_other_events_found(void **state)
{
    (void)state;
    struct world world;
    world_open(&world);
    uint64_t fire = world_apply(&world, "warehouse fire kills three rotterdam harbour", "", NW_NO_TIME);
    uint64_t vote = world_apply(&world, "parliament passes pension reform lisbon protest", "", NW_NO_TIME);
    assert_int_not_equal(fire, vote);
    assert_int_equal(world_apply(&world, "three dead rotterdam harbour warehouse blaze", "", NW_NO_TIME),
                     fire);
    assert_int_equal(world_apply(&world, "lisbon pension reform protest parliament vote", "", NW_NO_TIME),
                     vote);
    assert_int_not_equal(world_apply(&world, "orchestra opens season new conductor", "", NW_NO_TIME), fire);
    world_close(&world);
}

static void what_joins_within_hours_does_not_after_weeks(void **state)
{
    (void)state;
    static const char *const later = "asia stocks fall fed rate worry";
    struct world world;
    world_open(&world);
    uint64_t first = world_apply(&world, "stocks slip asia markets mixed trading", "", 0);
    assert_int_equal(world_apply(&world, "stocks slip asia markets mixed", "", 3600000), first);
    assert_int_not_equal(world_apply(&world, later, "", 40 * DAY_MS), first);
    world_close(&world);

    world_open(&world);
    first = world_apply(&world, "stocks slip asia markets mixed trading", "", 0);
    assert_int_equal(world_apply(&world, "stocks slip asia markets mixed", "", 3600000), first);
    assert_int_equal(world_apply(&world, later, "", 7200000), first);
    world_close(&world);
}

static void article_without_any_term_founds_its_own_story(void **state)
{
    (void)state;
    struct world world;
    world_open(&world);
    assert_int_equal(world_apply(&world, "", "", NW_NO_TIME), 0);
    assert_int_equal(world_apply(&world, "", "", NW_NO_TIME), 1);
    assert_int_equal(world_merge(&world), 0);
    world_close(&world);
}

/* A story gets the article whatever the clusterer would say. */
static void teach(struct world *world, size_t number, const char *title)
{
    static struct text text;
    struct story *story = world->stories[number];
    if (story == NULL) {
        assert_int_equal(number, world->count);
        story = nw_calloc(1, sizeof(*story));
        story->number = number;
        story->first_published_ms = story->last_published_ms = NW_NO_TIME;
        world->stories[world->count++] = story;
    }
    struct placement article = placement_of(&text, title, "", ++world->sequence, NW_NO_TIME);
    add_member(story, article.sequence, NW_NO_TIME);
    story->joined_sequence = world->sequence;
    clusterer_learn(world->clusterer, story, &article, true);
}

static void stories_that_grew_together_are_merged_into_the_older(void **state)
{
    (void)state;
    struct world world;
    world_open(&world);
    static const char title[] = "ferry capsizes lake victoria rescue";
    teach(&world, 0, title);
    teach(&world, 1, title);
    assert_int_equal(world_merge(&world), 0); /* neither grew: they were compared when they were placed */
    teach(&world, 1, title);
    assert_int_equal(world_merge(&world), 1);
    assert_non_null(world.stories[0]);
    assert_null(world.stories[1]);
    assert_int_equal(world.stories[0]->terms->taught, 3);
    assert_int_equal(world_merge(&world), 0);
    world_close(&world);
}

static void count_compared(void *context, const struct story *x, const struct story *y,
                           const double *features, int64_t score)
{
    (void)x, (void)y, (void)features, (void)score;
    ++*(int *)context;
}

static void story_is_compared_with_its_neighbours_each_time_it_doubled(void **state)
{
    (void)state;
    struct world world;
    int compared = 0;
    world_open(&world);
    clusterer_set_observer(world.clusterer, count_compared, &compared);
    world_apply(&world, "volcano museum opens in old harbour", "paintings of a century on three floors",
                NW_NO_TIME);
    for (int articles = 1; articles <= 17; articles++) {
        uint64_t number = world_apply(&world, "volcano erupts near iceland airport",
                                      "ash cloud closes the airport, villages cut off", NW_NO_TIME);
        assert_int_equal(number, 1);
        compared = 0;
        assert_int_equal(world_merge(&world), 0);
        assert_int_equal(compared, articles == 2 || articles == 4 || articles == 8 || articles == 16);
    }
    for (int articles = 18; articles <= 40; articles++) /* within one pass it doubles, too */
        world_apply(&world, "volcano erupts near iceland airport",
                    "ash cloud closes the airport, villages cut off", NW_NO_TIME);
    compared = 0;
    assert_int_equal(world_merge(&world), 0);
    assert_int_equal(compared, 1);
    world_close(&world);
}

static void near_duplicate_does_not_move_the_centroid(void **state)
{
    (void)state;
    struct world world;
    world_open(&world);
    world_apply(&world, "mayor resigns after audit", "", NW_NO_TIME);
    static struct text text;
    struct placement twin =
        placement_of(&text, "mayor resigns after audit report", "", ++world.sequence, NW_NO_TIME);
    clusterer_learn(world.clusterer, world.stories[0], &twin, false);
    assert_int_equal(world.stories[0]->terms->taught, 1);
    assert_int_equal(world.stories[0]->terms->count, 4);
    world_close(&world);
}

/* ---- restore ---- */

static uint64_t random_next(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return *state >> 33;
}

/* An article of one of the topics: some words of the topic's, some of everybody's. */
static void random_article(uint64_t *random, unsigned topics, char title[256], char lead[1024])
{
    uint64_t topic = random_next(random) % topics;
    size_t at = 0;
    for (int i = 0; i < 6; i++)
        at += (size_t)snprintf(title + at, 256 - at, "%st%llu_%llu", i > 0 ? " " : "",
                               (unsigned long long)topic, (unsigned long long)(random_next(random) % 9));
    at = 0;
    for (int i = 0; i < 30; i++)
        at += (size_t)snprintf(lead + at, 1024 - at, "%sw%llu", i > 0 ? " " : "",
                               (unsigned long long)(random_next(random) % 2000));
}

/* Every story packed, forgotten, and read back in a random order. */
static void world_restore(struct world *world, uint64_t *random)
{
    struct arena *arena = arena_new();
    const uint8_t **bytes = nw_calloc(world->count, sizeof(*bytes));
    size_t *len = nw_calloc(world->count, sizeof(*len)), *order = nw_calloc(world->count, sizeof(*order));
    for (size_t i = 0; i < world->count; i++) {
        order[i] = i;
        if (world->stories[i] == NULL) continue;
        story_terms_pack(arena, world->stories[i], &bytes[i], &len[i]);
        clusterer_remove(world->clusterer, world->stories[i]);
    }
    clusterer_free(world->clusterer);
    struct story_policy policy = story_policy_default();
    world->clusterer = clusterer_new(&policy, "en");
    for (size_t i = world->count; i > 1; i--) {
        size_t j = random_next(random) % i, swap = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swap;
    }
    for (size_t i = 0; i < world->count; i++) {
        struct story *story = world->stories[order[i]];
        if (story == NULL) continue;
        assert_int_equal(story_terms_unpack(story, bytes[order[i]], len[order[i]]), NW_OK);
        story->merge_checked = world->merge_sequence;
        clusterer_insert(world->clusterer, story);
    }
    free(bytes);
    free(len);
    free(order);
    arena_free(arena);
}

/* As a candidate of a title that founds no story sees it. */
static double seen_usual_size(struct world *world, const char *title)
{
    static struct text text;
    static struct decision decision;
    struct placement article = placement_of(&text, title, "", ++world->sequence, NW_NO_TIME);
    clusterer_place(world->clusterer, &article, &decision);
    assert_true(decision.count > 0);
    return decision.candidates[0].features[PAIR_USUAL_SIZE];
}

static void usual_size_follows_the_live_stories(void **state)
{
    (void)state;
    struct world world;
    uint64_t random = 11;
    world_open(&world);
    static const char title[] = "ferry capsizes lake victoria rescue";
    teach(&world, 0, title);
    assert_true(seen_usual_size(&world, title) == pair_usual_size(1, 1));
    teach(&world, 0, title);
    teach(&world, 1, title);
    teach(&world, 1, title);
    assert_true(seen_usual_size(&world, title) == pair_usual_size(2, 4));
    world_restore(&world, &random);
    assert_true(seen_usual_size(&world, title) == pair_usual_size(2, 4));
    assert_int_equal(world_merge(&world), 1);
    assert_true(seen_usual_size(&world, title) == pair_usual_size(1, 4));
    teach(&world, 2, "parliament passes budget after night debate");
    assert_true(seen_usual_size(&world, title) == pair_usual_size(2, 5));
    clusterer_remove(world.clusterer, world.stories[0]);
    story_delete(world.stories[0]);
    world.stories[0] = NULL;
    assert_true(seen_usual_size(&world, "parliament passes budget") == pair_usual_size(1, 1));
    world_close(&world);
}

static void restored_clusterer_decides_the_same_ever_after(void **state)
{
    (void)state;
    uint64_t seed = (uint64_t)time(NULL);
    printf("seed %llu\n", (unsigned long long)seed);
    static struct world straight, restored;
    world_open(&straight);
    world_open(&restored);
    uint64_t words = seed, restores = seed ^ 0x5555;
    for (int n = 0; n < 1500; n++) {
        char title[256], lead[1024];
        random_article(&words, 120, title, lead);
        uint64_t a = world_apply(&straight, title, lead, n * (DAY_MS / 100));
        uint64_t b = world_apply(&restored, title, lead, n * (DAY_MS / 100));
        assert_int_equal(a, b);
        if (random_next(&restores) % 60 == 0) world_restore(&restored, &restores);
        if (n % 50 == 49) assert_int_equal(world_merge(&straight), world_merge(&restored));
    }
    assert_int_equal(clusterer_live(straight.clusterer), clusterer_live(restored.clusterer));
    assert_in_range(clusterer_live(straight.clusterer), 60, 1200); /* it did join, and not everything */
    world_close(&straight);
    world_close(&restored);
}

static void packed_terms_read_back_and_damage_is_refused(void **state)
{
    (void)state;
    struct world world;
    world_open(&world);
    world_apply(&world, "quake shakes coast villages cut off", "rescue teams reach villages by boat",
                NW_NO_TIME);
    struct arena *arena = arena_new();
    const uint8_t *bytes, *again;
    size_t len, again_len;
    story_terms_pack(arena, world.stories[0], &bytes, &len);

    struct story copy = {0};
    assert_int_equal(story_terms_unpack(&copy, bytes, len), NW_OK);
    story_terms_pack(arena, &copy, &again, &again_len);
    assert_int_equal(len, again_len);
    assert_memory_equal(bytes, again, len);
    story_terms_free(copy.terms);
    copy.terms = NULL;

    for (size_t cut = 0; cut < len; cut++) {
        char *part = nw_memdup(bytes, cut); /* so that reading past it shows under ASan */
        assert_int_not_equal(story_terms_unpack(&copy, (const uint8_t *)part, cut), NW_OK);
        assert_null(copy.terms);
        free(part);
    }
    uint8_t *other = (uint8_t *)nw_memdup(bytes, len);
    other[0] = 99;
    assert_int_equal(story_terms_unpack(&copy, other, len), NW_ERR_VERSION);
    uint64_t random = 7;
    for (int n = 0; n < 20000; n++) { /* anything may come; nothing may break */
        memcpy(other, bytes, len);
        for (int flips = 0; flips < 3; flips++)
            other[random_next(&random) % len] = (uint8_t)random_next(&random);
        if (story_terms_unpack(&copy, other, len) != NW_OK) continue;
        for (uint32_t i = 1; i < copy.terms->count; i++)
            assert_true(copy.terms->keys[i - 1] < copy.terms->keys[i]);
        story_terms_free(copy.terms);
        copy.terms = NULL;
    }
    free(other);
    arena_free(arena);
    world_close(&world);
}

static void long_story_stays_within_its_bound(void **state)
{
    (void)state;
    struct world world;
    world_open(&world);
    for (int n = 0; n < 60; n++) {
        char lead[1024];
        size_t at = 0;
        for (int i = 0; i < 30; i++)
            at += (size_t)snprintf(lead + at, sizeof(lead) - at, "%sword%d", i > 0 ? " " : "", n * 30 + i);
        world_apply(&world, "volcano erupts iceland airport closes", lead, NW_NO_TIME);
    }
    assert_int_equal(world.count, 1);
    assert_int_equal(world.stories[0]->terms->count, STORY_TERMS_MAX);
    world_close(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_event_in_other_words_joins_and_other_events_found),
        cmocka_unit_test(what_joins_within_hours_does_not_after_weeks),
        cmocka_unit_test(article_without_any_term_founds_its_own_story),
        cmocka_unit_test(stories_that_grew_together_are_merged_into_the_older),
        cmocka_unit_test(story_is_compared_with_its_neighbours_each_time_it_doubled),
        cmocka_unit_test(usual_size_follows_the_live_stories),
        cmocka_unit_test(near_duplicate_does_not_move_the_centroid),
        cmocka_unit_test(restored_clusterer_decides_the_same_ever_after),
        cmocka_unit_test(packed_terms_read_back_and_damage_is_refused),
        cmocka_unit_test(long_story_stays_within_its_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
