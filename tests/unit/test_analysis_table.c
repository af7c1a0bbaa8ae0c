#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "consumers/analysis_table.h"

static struct id128 id_of(uint64_t n)
{
    return (struct id128){0, n};
}

static struct analysis_story *put(struct analysis_table *table, uint64_t n, uint32_t sources, int64_t now_ms)
{
    struct analysis_story *story = analysis_table_touch(table, id_of(n));
    story->sources = sources;
    story->offset = (int64_t)n;
    analysis_story_wait(story, now_ms);
    return story;
}

static void the_most_covered_story_comes_first_then_the_longest_waiting(void **state)
{
    (void)state;
    struct analysis_table *table = analysis_table_new();
    put(table, 1, 5, 30);
    put(table, 2, 9, 20);
    put(table, 3, 9, 10);
    put(table, 4, 50, 10)->not_before_ms = 200; /* is tried again later */
    assert_int_equal(analysis_table_next(table, 100)->id.lo, 3);
    analysis_table_find(table, id_of(3))->phase = STORY_ASKING;
    assert_int_equal(analysis_table_next(table, 100)->id.lo, 2);
    assert_int_equal(analysis_table_next(table, 200)->id.lo, 4);
    assert_int_equal(analysis_table_waiting(table), 3);
    analysis_table_free(table);
}

static void a_change_while_it_is_asked_for_is_kept_for_later(void **state)
{
    (void)state;
    struct analysis_table *table = analysis_table_new();
    struct analysis_story *story = put(table, 1, 5, 0);
    story->phase = STORY_ASKING;
    analysis_story_wait(story, 10);
    assert_int_equal(story->phase, STORY_ASKING);
    assert_true(story->again);
    analysis_table_free(table);
}

static void the_position_waits_for_what_is_not_done(void **state)
{
    (void)state;
    struct analysis_table *table = analysis_table_new();
    assert_int_equal(analysis_table_position(table, 0, 100), 100);
    put(table, 40, 5, 0);
    put(table, 30, 5, 0)->coverage_partition = 1;
    put(table, 20, 5, 0)->phase = STORY_QUIET;
    assert_int_equal(analysis_table_position(table, 0, 100), 40);
    assert_int_equal(analysis_table_position(table, 1, 100), 30);
    analysis_table_forget_partition(table, 0);
    assert_int_equal(analysis_table_position(table, 0, 100), 100);
    assert_null(analysis_table_find(table, id_of(20)));
    assert_non_null(analysis_table_find(table, id_of(30)));
    analysis_table_free(table);
}

static void who_waits_for_an_hour_waits_no_longer(void **state)
{
    (void)state;
    struct analysis_table *table = analysis_table_new();
    put(table, 1, 5, 0);
    put(table, 2, 5, 1000);
    assert_int_equal(analysis_table_expire(table, ANALYSIS_WAIT_MAX_MS - 1), 0);
    assert_int_equal(analysis_table_expire(table, ANALYSIS_WAIT_MAX_MS), 1);
    assert_int_equal(analysis_table_next(table, ANALYSIS_WAIT_MAX_MS)->id.lo, 2);
    analysis_table_free(table);
}

static void a_full_table_forgets_the_quiet_then_the_least_covered(void **state)
{
    (void)state;
    struct analysis_table *table = analysis_table_new();
    put(table, 0, 1, 0)->phase = STORY_ASKING; /* never */
    put(table, 1, 2, 0);
    put(table, 2, 9, 0)->phase = STORY_QUIET;
    put(table, 3, 9, 0)->phase = STORY_QUIET;
    analysis_table_touch(table, id_of(2)); /* 3 is now the older one */
    for (uint64_t n = 4; n <= ANALYSIS_TABLE_MAX; n++) put(table, n, 10, 0);
    assert_null(analysis_table_find(table, id_of(3)));
    assert_non_null(analysis_table_find(table, id_of(2)));
    put(table, ANALYSIS_TABLE_MAX + 1, 10, 0);
    assert_null(analysis_table_find(table, id_of(2)));
    put(table, ANALYSIS_TABLE_MAX + 2, 10, 0);
    assert_null(analysis_table_find(table, id_of(1)));
    assert_non_null(analysis_table_find(table, id_of(0)));
    analysis_table_free(table);
}

/* ---- what matters ---- */

static const struct brief_article articles[] = {
    {.id = {0, 1}, .fingerprint = 11}, {.id = {0, 2}, .fingerprint = 22}, {.id = {0, 3}, .fingerprint = 33}};

static struct analysis_basis basis_of_two(uint32_t sources)
{
    struct analysis_basis basis = {.sources = sources, .sides = 2, .fingerprint = 33, .count = 2};
    basis.articles[0] = id_of(1);
    basis.articles[1] = id_of(2);
    return basis;
}

static enum analysis_change change(const struct analysis_basis *basis, uint32_t sources, uint32_t sides)
{
    const struct analysis_brief brief = {
        .source_count = sources, .sides = sides, .articles = articles, .listed = 3};
    return analysis_basis_compare(basis, &brief, NULL);
}

static void a_story_matters_when_it_has_grown_by_a_third_or_to_another_side(void **state)
{
    (void)state;
    static const uint32_t steps[] = {3, 5, 7, 10, 14, 19, 26, 35, 47};
    const struct analysis_basis nothing = {0};
    assert_int_equal(change(&nothing, 3, 2), CHANGE_MATTERS);
    for (size_t i = 0; i + 1 < sizeof(steps) / sizeof(*steps); i++) {
        struct analysis_basis basis = basis_of_two(steps[i]);
        assert_int_equal(change(&basis, steps[i + 1] - 1, 2), CHANGE_NONE);
        assert_int_equal(change(&basis, steps[i + 1], 2), CHANGE_MATTERS);
        assert_int_equal(change(&basis, steps[i], 2 | 4), CHANGE_MATTERS);
        assert_int_equal(change(&basis, steps[i] - 1, 2), CHANGE_NONE); /* a source less is no news */
    }
}

static void an_article_that_is_updated_or_gone_matters(void **state)
{
    (void)state;
    struct analysis_basis basis = basis_of_two(3);
    const bool both[] = {true, true}, one[] = {true, false};
    basis.fingerprint = 34;
    assert_int_equal(change(&basis, 3, 2), CHANGE_MATTERS);
    basis = basis_of_two(3);
    basis.articles[1] = id_of(9);
    assert_int_equal(change(&basis, 3, 2), CHANGE_GONE);
    /* Of a long story not all articles are listed. */
    const struct analysis_brief cut = {
        .source_count = 3, .sides = 2, .articles = articles, .listed = 3, .articles_truncated = true};
    assert_int_equal(analysis_basis_compare(&basis, &cut, NULL), CHANGE_UNSURE);
    assert_int_equal(analysis_basis_compare(&basis, &cut, both), CHANGE_NONE);
    assert_int_equal(analysis_basis_compare(&basis, &cut, one), CHANGE_GONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_most_covered_story_comes_first_then_the_longest_waiting),
        cmocka_unit_test(a_change_while_it_is_asked_for_is_kept_for_later),
        cmocka_unit_test(the_position_waits_for_what_is_not_done),
        cmocka_unit_test(who_waits_for_an_hour_waits_no_longer),
        cmocka_unit_test(a_full_table_forgets_the_quiet_then_the_least_covered),
        cmocka_unit_test(a_story_matters_when_it_has_grown_by_a_third_or_to_another_side),
        cmocka_unit_test(an_article_that_is_updated_or_gone_matters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
