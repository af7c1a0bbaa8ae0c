#include "coverage_fixture.h"

#include "coverage/blindspot.h"
#include "coverage/distribution.h"

static struct side_counts sides(uint32_t left, uint32_t center, uint32_t right)
{
    struct side_counts counts = {.side = {left, center, right}};
    return counts;
}

static void percentages_round_as_published_pages_do(void **state)
{
    (void)state;
    static const uint32_t vectors[][6] = {
        {2, 3, 3, 25, 38, 37},   {9, 4, 4, 53, 24, 23}, {11, 9, 4, 46, 37, 17},   {8, 10, 4, 36, 46, 18},
        {4, 10, 10, 16, 42, 42}, {1, 1, 4, 17, 17, 66}, {42, 89, 45, 24, 51, 25}, {1, 0, 0, 100, 0, 0},
        {0, 0, 7, 0, 0, 100},    {1, 1, 1, 34, 33, 33}, {0, 1, 1, 0, 50, 50},
    };
    for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        const uint32_t *v = vectors[i];
        struct side_counts counts = sides(v[0], v[1], v[2]);
        uint32_t shown[SIDE_COUNT];
        assert_true(distribution_percents(&counts, shown));
        if (shown[0] != v[3] || shown[1] != v[4] || shown[2] != v[5])
            fail_msg("%u,%u,%u shows %u/%u/%u", v[0], v[1], v[2], shown[0], shown[1], shown[2]);
    }
}

static void percentages_always_sum_to_100(void **state)
{
    (void)state;
    for (uint32_t left = 0; left < 40; left++)
        for (uint32_t center = 0; center < 40; center++)
            for (uint32_t right = 0; right < 40; right++) {
                struct side_counts counts = sides(left, center, right);
                uint32_t shown[SIDE_COUNT];
                bool any = distribution_percents(&counts, shown);
                assert_int_equal(any, left + center + right > 0);
                assert_int_equal(shown[0] + shown[1] + shown[2], any ? 100 : 0);
                for (size_t i = 0; i < SIDE_COUNT; i++) assert_true(counts.side[i] > 0 || shown[i] == 0);
            }
}

static void headline_names_every_side_tied_for_most(void **state)
{
    (void)state;
    enum side named[SIDE_COUNT];
    struct side_counts counts = sides(2, 3, 3);
    assert_int_equal(distribution_headline(&counts, named), 2);
    assert_int_equal(named[0], SIDE_CENTER);
    assert_int_equal(named[1], SIDE_RIGHT);
    counts = sides(1, 1, 1);
    assert_int_equal(distribution_headline(&counts, named), 3);
    counts = sides(5, 1, 1);
    assert_int_equal(distribution_headline(&counts, named), 1);
    assert_int_equal(named[0], SIDE_LEFT);
    counts = sides(0, 0, 0);
    assert_int_equal(distribution_headline(&counts, named), 0);
}

static void blindspot_needs_enough_sources_and_an_opposite_side(void **state)
{
    (void)state;
    static const struct {
        uint32_t left, center, right;
        enum side side;
    } cases[] = {
        {0, 2, 2, SIDE_COUNT},                          /* four rated */
        {0, 3, 2, SIDE_LEFT},                           /* 40 % right */
        {2, 3, 0, SIDE_RIGHT},   {0, 4, 1, SIDE_COUNT}, /* the right has 20 % */
        {1, 5, 4, SIDE_LEFT},                           /* exactly 10 % */
        {2, 9, 8, SIDE_COUNT},                          /* 10.5 % */
        {0, 67, 33, SIDE_LEFT},                         /* exactly 33 % */
        {0, 68, 32, SIDE_COUNT}, {0, 9, 0, SIDE_COUNT}, {0, 0, 0, SIDE_COUNT},
    };
    struct coverage_policy policy = coverage_policy_default();
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct side_counts counts = sides(cases[i].left, cases[i].center, cases[i].right);
        if (blindspot_side(&counts, &policy) != cases[i].side)
            fail_msg("%u,%u,%u", cases[i].left, cases[i].center, cases[i].right);
    }
    policy.blindspot_min_rated = 0;
    struct side_counts none = sides(0, 0, 0);
    assert_int_equal(blindspot_side(&none, &policy), SIDE_COUNT);
}

/* Limits computed with an independent implementation (statsmodels' formula written out in Python). */
static void wilson_interval_of_the_small_side(void **state)
{
    (void)state;
    static const uint32_t cases[][4] = {
        {0, 5, 0, 43}, {1, 10, 2, 40}, {2, 50, 1, 13}, {5, 10, 24, 76}, {10, 10, 72, 100}, {0, 1000000, 0, 0},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct blindspot_interval ci = blindspot_wilson95(cases[i][0], cases[i][1]);
        if (ci.low_percent != cases[i][2] || ci.high_percent != cases[i][3])
            fail_msg("%u of %u: %u..%u", cases[i][0], cases[i][1], ci.low_percent, ci.high_percent);
    }
}

static struct coverage_counts count(const struct fixture *f)
{
    struct coverage_counts counts;
    coverage_counts(&f->story, f->table, f->ratings, &f->policy, &counts);
    return counts;
}

static void seed_page_counts(void **state)
{
    (void)state;
    struct fixture *f =
        fixture_new("domain,bias\nl1.example,left\nl2.example,lean left\nc1.example,center\n"
                    "c2.example,center\nc3.example,center\nr1.example,right\nr2.example,lean right\n"
                    "r3.example,far right\n");
    static const char *const sources[] = {"l1.example", "l2.example", "c1.example",
                                          "c2.example", "c3.example", "r1.example",
                                          "r2.example", "r3.example", "u1.example"};
    for (size_t i = 0; i < 9; i++) fixture_add(f, sources[i], (int64_t)i, "t");
    struct coverage_counts counts = count(f);
    uint32_t shown[SIDE_COUNT];
    assert_int_equal(counts.articles, 9);
    assert_int_equal(counts.sources, 9);
    assert_int_equal(distribution_rated(&counts.sides), 8);
    assert_int_equal(counts.sides.unrated, 1);
    assert_int_equal(counts.sides.bias[BIAS_FAR_RIGHT], 1);
    assert_true(distribution_percents(&counts.sides, shown));
    assert_int_equal(shown[SIDE_LEFT], 25);
    assert_int_equal(shown[SIDE_CENTER], 38);
    assert_int_equal(shown[SIDE_RIGHT], 37);
    assert_int_equal(counts.blindspot, SIDE_COUNT);
    fixture_free(f);
}

static void a_source_counts_once_and_a_reprint_is_not_unique(void **state)
{
    (void)state;
    struct fixture *f = fixture_new("domain,bias\nl1.example,left\n");
    for (int i = 0; i < 6; i++) fixture_add(f, i < 4 ? "l1.example" : "u1.example", 0, "t");
    f->story.members[1].group = f->story.members[5].group = f->story.members[0].group;
    f->story.members[2].group = f->story.members[3].group = 0; /* none: each its own */
    struct coverage_counts counts = count(f);
    assert_int_equal(counts.articles, 6);
    assert_int_equal(counts.sources, 2);
    assert_int_equal(counts.unique, 4);
    assert_int_equal(counts.reprints, 2);
    assert_int_equal(counts.sides.side[SIDE_LEFT], 1);
    assert_int_equal(counts.sides.unrated, 1);
    fixture_free(f);
}

static void velocity_counts_sources_of_the_last_hours(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(NULL);
    fixture_add(f, "a.example", -30, "t");
    fixture_add(f, "a.example", -20, "t");
    fixture_add(f, "b.example", -60, "t"); /* not within an hour: the edge is open */
    fixture_add(f, "c.example", -359, "t");
    fixture_add(f, "d.example", -1439, "t");
    fixture_add(f, "e.example", -5000, "t");
    f->story.members[fixture_add(f, "f.example", 0, "t")].published_ms = NW_NO_TIME;
    fixture_add(f, "g.example", 10, "t"); /* ahead of the last change: new all the same */
    struct coverage_counts counts = count(f);
    assert_int_equal(counts.sources_1h, 2);
    assert_int_equal(counts.sources_6h, 4);
    assert_int_equal(counts.sources_24h, 5);
    f->story.updated_ms = NW_NO_TIME; /* then as of the newest article */
    assert_int_equal(count(f).sources_1h, 2);
    f->story.updated_ms = INT64_MIN + 1;
    assert_int_equal(count(f).sources_1h, 6);
    f->story.updated_ms = INT64_MAX;
    assert_int_equal(count(f).sources_24h, 0);
    fixture_free(f);
}

static void an_empty_story_has_zero_counts(void **state)
{
    (void)state;
    struct fixture *f = fixture_new(NULL);
    struct coverage_counts counts = count(f), zero = {.blindspot = SIDE_COUNT};
    assert_memory_equal(&counts, &zero, sizeof(zero));
    fixture_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(percentages_round_as_published_pages_do),
        cmocka_unit_test(percentages_always_sum_to_100),
        cmocka_unit_test(headline_names_every_side_tied_for_most),
        cmocka_unit_test(blindspot_needs_enough_sources_and_an_opposite_side),
        cmocka_unit_test(wilson_interval_of_the_small_side),
        cmocka_unit_test(seed_page_counts),
        cmocka_unit_test(a_source_counts_once_and_a_reprint_is_not_unique),
        cmocka_unit_test(velocity_counts_sources_of_the_last_hours),
        cmocka_unit_test(an_empty_story_has_zero_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
