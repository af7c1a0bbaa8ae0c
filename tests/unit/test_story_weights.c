#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "stories/story_policy.h"
#include "stories/story_weights.h"

enum { TEXT_MAX = 16384 };

/* Every weight, in an order of its own: join feature i is i + 0.25, merge feature i is -i. */
static size_t write_all(char text[TEXT_MAX])
{
    size_t len = (size_t)snprintf(text, TEXT_MAX, "# learned on nothing\n\n");
    for (int f = PAIR_FEATURE_COUNT - 1; f >= 0; f--)
        len += (size_t)snprintf(text + len, TEXT_MAX - len, "merge %s\t%d # so much\n  join\t%s %d.25\r\n",
                                pair_feature_name((enum pair_feature)f), -f,
                                pair_feature_name((enum pair_feature)f), f);
    return len;
}

static void every_weight_is_read(void **state)
{
    (void)state;
    char text[TEXT_MAX], error[256];
    struct story_weights weights;
    assert_int_equal(story_weights_parse(text, write_all(text), &weights, error, sizeof(error)), NW_OK);
    for (int f = 0; f < PAIR_FEATURE_COUNT; f++) {
        assert_true(weights.join[f] == f + 0.25);
        assert_true(weights.merge[f] == -f);
    }
}

static void a_bad_line_is_named_and_nothing_is_changed(void **state)
{
    (void)state;
    static const struct {
        const char *line, *error;
    } cases[] = {
        {"jion all 1", "line 2: a line begins with join, merge, join_dense or merge_dense"},
        {"join", "line 2: this feature is not known to this version (replay --pairs names them)"},
        {"join al 1", "line 2: this feature is not known to this version (replay --pairs names them)"},
        {"join all", "line 2: the weight is no number from -1000 to 1000"},
        {"join all one", "line 2: the weight is no number from -1000 to 1000"},
        {"join all 1 2", "line 2: the weight is no number from -1000 to 1000"},
        {"join all nan", "line 2: the weight is no number from -1000 to 1000"},
        {"join all 1000.5", "line 2: the weight is no number from -1000 to 1000"},
        {"join all 1\njoin all 1", "line 3: this weight is there twice"},
        {"", "at the end: no line \"join all <weight>\""},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char text[TEXT_MAX], error[256];
        struct story_weights weights = story_weights_default(), before = weights;
        int len = snprintf(text, sizeof(text), "# weights\n%s", cases[i].line);
        assert_int_equal(story_weights_parse(text, (size_t)len, &weights, error, sizeof(error)),
                         NW_ERR_INPUT);
        assert_string_equal(error, cases[i].error);
        assert_memory_equal(&weights, &before, sizeof(weights));
    }
}

static void a_missing_weight_is_named(void **state)
{
    (void)state;
    char text[TEXT_MAX], error[256];
    struct story_weights weights;
    size_t len = write_all(text);
    char *line = strstr(text, "merge const");
    assert_non_null(line);
    memset(line, ' ', (size_t)(strchr(line, '\n') - line));
    assert_int_equal(story_weights_parse(text, len, &weights, error, sizeof(error)), NW_ERR_INPUT);
    assert_string_equal(error, "at the end: no line \"merge const <weight>\"");
}

static void weights_for_vectors_may_be_left_out_but_not_in_part(void **state)
{
    (void)state;
    char text[TEXT_MAX], error[256];
    struct story_weights weights, built_in = story_weights_default();
    size_t len = write_all(text);
    assert_int_equal(story_weights_parse(text, len, &weights, error, sizeof(error)), NW_OK);
    assert_memory_equal(weights.join_dense, built_in.join_dense, sizeof(weights.join_dense));
    assert_memory_equal(weights.merge_dense, built_in.merge_dense, sizeof(weights.merge_dense));
    len += (size_t)snprintf(text + len, TEXT_MAX - len, "join_dense all 3\n");
    assert_int_equal(story_weights_parse(text, len, &weights, error, sizeof(error)), NW_ERR_INPUT);
    assert_string_equal(error, "at the end: no line \"join_dense title <weight>\"");
    for (int f = 0; f < PAIR_FEATURE_COUNT; f++) {
        const char *name = pair_feature_name((enum pair_feature)f);
        if (f != PAIR_ALL) len += (size_t)snprintf(text + len, TEXT_MAX - len, "join_dense %s %d\n", name, f);
        len += (size_t)snprintf(text + len, TEXT_MAX - len, "merge_dense %s 0.5\n", name);
    }
    assert_int_equal(story_weights_parse(text, len, &weights, error, sizeof(error)), NW_OK);
    assert_true(weights.join_dense[PAIR_ALL] == 3 && weights.join_dense[PAIR_TITLE] == PAIR_TITLE);
    assert_true(weights.merge_dense[PAIR_CONST] == 0.5);
}

static void weights_for_vectors_count_where_both_sides_have_one(void **state)
{
    (void)state;
    struct story_weights weights = story_weights_default();
    double features[PAIR_FEATURE_COUNT] = {0};
    assert_ptr_equal(story_weights_join(&weights, features), weights.join);
    assert_ptr_equal(story_weights_merge(&weights, features), weights.merge);
    features[PAIR_HAS_DENSE] = 1;
    assert_ptr_equal(story_weights_join(&weights, features), weights.join_dense);
    assert_ptr_equal(story_weights_merge(&weights, features), weights.merge_dense);
}

static void other_weights_are_another_policy(void **state)
{
    (void)state;
    struct story_policy policy = story_policy_default();
    uint64_t before = story_policy_hash(&policy);
    policy.weights.join[0] += 0.001;
    uint64_t other_join = story_policy_hash(&policy);
    policy.weights.join[0] -= 0.001;
    policy.weights.merge[0] += 0.001;
    uint64_t other_merge = story_policy_hash(&policy);
    assert_true(other_join != before && other_merge != before && other_join != other_merge);
    policy.weights.merge[0] -= 0.001;
    policy.weights.join_dense[0] += 0.001;
    uint64_t other_dense = story_policy_hash(&policy);
    assert_true(other_dense != before && other_dense != other_join && other_dense != other_merge);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_weight_is_read),
        cmocka_unit_test(a_bad_line_is_named_and_nothing_is_changed),
        cmocka_unit_test(a_missing_weight_is_named),
        cmocka_unit_test(weights_for_vectors_may_be_left_out_but_not_in_part),
        cmocka_unit_test(weights_for_vectors_count_where_both_sides_have_one),
        cmocka_unit_test(other_weights_are_another_policy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
