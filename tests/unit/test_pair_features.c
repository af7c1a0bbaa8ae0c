#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>

#include "stories/pair_features.h"

enum { CANDIDATES = 5, MANY_STORIES = 2000000000 /* no young feed */ };

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-6;
}

static void a_crowd_is_the_mean_of_the_three_next_candidates(void **state)
{
    (void)state;
    static const double all[CANDIDATES] = {0.9, 0.3, 0.6, 0.0, 0.3};
    static const double dense[CANDIDATES] = {0.2, 0.8, -0.1, 0.5, 0.2};
    double features[CANDIDATES][PAIR_FEATURE_COUNT] = {{0}}, *each[CANDIDATES];
    for (int i = 0; i < CANDIDATES; i++) {
        each[i] = features[i];
        features[i][PAIR_ALL] = all[i];
        features[i][PAIR_DENSE] = dense[i];
    }
    pair_features_compare(each, CANDIDATES, MANY_STORIES);
    assert_true(near(features[0][PAIR_CROWD], (0.6 + 0.3 + 0.3) / 3));
    assert_true(near(features[2][PAIR_CROWD], (0.9 + 0.3 + 0.3) / 3));
    assert_true(near(features[3][PAIR_CROWD], (0.9 + 0.6 + 0.3) / 3));
    assert_true(near(features[1][PAIR_DENSE_CROWD], (0.5 + 0.2 + 0.2) / 3));
    assert_true(near(features[2][PAIR_DENSE_CROWD], (0.8 + 0.5 + 0.2) / 3));
    assert_true(near(features[0][PAIR_LEAD], 0.3));
    assert_true(near(features[2][PAIR_LEAD], -0.3));
}

static void missing_candidates_count_as_nothing_alike(void **state)
{
    (void)state;
    double alone[PAIR_FEATURE_COUNT] = {[PAIR_ALL] = 0.5, [PAIR_DENSE] = -0.2}, *each[] = {alone};
    pair_features_compare(each, 1, MANY_STORIES);
    assert_true(near(alone[PAIR_CROWD], 0) && alone[PAIR_DENSE_CROWD] == 0);
    assert_true(alone[PAIR_LEAD] == 0.5);
}

static void the_crowd_of_a_young_feed_is_the_usual_one(void **state)
{
    (void)state;
    double alone[PAIR_FEATURE_COUNT] = {[PAIR_ALL] = 0.5}, *each[] = {alone};
    pair_features_compare(each, 1, 0);
    double first = alone[PAIR_CROWD];
    pair_features_compare(each, 1, 30);
    assert_true(near(first, 0.3) && near(alone[PAIR_CROWD], first / 2));
}

static void the_usual_size_of_a_story_is_the_mean_within_bounds(void **state)
{
    (void)state;
    assert_true(near(pair_usual_size(0, 0), log(2.2)));                /* a young feed */
    assert_true(near(pair_usual_size(30, 30), log((30 + 66) / 60.0))); /* on the way */
    assert_true(near(pair_usual_size(MANY_STORIES, MANY_STORIES), 0));
    assert_true(near(pair_usual_size(MANY_STORIES, 4 * (uint64_t)MANY_STORIES), log(4)));
    assert_true(near(pair_usual_size(MANY_STORIES, 40 * (uint64_t)MANY_STORIES), log(6)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_crowd_is_the_mean_of_the_three_next_candidates),
        cmocka_unit_test(missing_candidates_count_as_nothing_alike),
        cmocka_unit_test(the_crowd_of_a_young_feed_is_the_usual_one),
        cmocka_unit_test(the_usual_size_of_a_story_is_the_mean_within_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
