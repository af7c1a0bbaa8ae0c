#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "articles/features_compute.h"
#include "base/instant.h"
#include "stories/duplicates.h"
#include "stories/title_series.h"

static const int64_t NOON = INT64_C(1777896000000), HOUR = 3600000;

/* A member with the sketch that its title has in the daemon. */
static struct member issue(uint32_t source, const char *title, int64_t published_ms)
{
    struct features_computer *computer = features_computer_new();
    struct arena *arena = arena_new();
    struct article article;
    struct text_analysis analysis;
    memset(&article, 0, sizeof(article));
    article.title = title;
    article.description = article.body = article.source = article.source_name = "";
    features_compute(computer, arena, &article, "en", &analysis);
    const struct member member = {.source = source,
                                  .title_hash = duplicates_title_sketch(&analysis.features),
                                  .published_ms = published_ms};
    arena_free(arena);
    features_computer_free(computer);
    return member;
}

static bool are_series(struct member a, struct member b)
{
    bool found = title_series_between(&a, 1, &b, 1);
    assert_int_equal(found, title_series_between(&b, 1, &a, 1));
    return found;
}

static void dates_and_numbers_make_an_issue(void **state)
{
    (void)state;
    const char *monday = "Quordle hints and answers for Monday, May 4 (game 1564)";
    const char *tuesday = "Quordle hints and answers for Tuesday, May 5 (game 1565)";
    assert_true(are_series(issue(1, monday, NOON), issue(1, tuesday, NOON + 24 * HOUR)));
    assert_true(are_series(issue(1, monday, NOON), issue(1, monday, NOON + 24 * HOUR)));
    assert_true(are_series(issue(1, monday, NOON), issue(1, tuesday, NOON + 7 * 24 * HOUR)));
}

static void another_source_another_title_or_another_time_does_not(void **state)
{
    (void)state;
    const char *monday = "Quordle hints and answers for Monday, May 4 (game 1564)";
    struct member first = issue(1, monday, NOON);
    assert_false(are_series(first, issue(2, monday, NOON + 24 * HOUR)));
    assert_false(are_series(first, issue(1, monday, NOON + 2 * HOUR)));
    assert_false(are_series(first, issue(1, monday, NOON + 30 * 24 * HOUR)));
    assert_false(are_series(first, issue(1, monday, NW_NO_TIME)));
    assert_false(are_series(
        first, issue(1, "Copper smelter in Zambrow closes for good after acid leak", NOON + 24 * HOUR)));
    assert_false(are_series(issue(1, "Short title", NOON), issue(1, "Short title", NOON + 24 * HOUR)));
}

static void the_last_members_are_looked_at(void **state)
{
    (void)state;
    struct member many[SERIES_MEMBERS + 1];
    const char *title = "Quordle hints and answers for Monday, May 4 (game 1564)";
    for (size_t i = 0; i < SERIES_MEMBERS + 1; i++) many[i] = issue(2, title, NOON);
    struct member next = issue(1, title, NOON + 24 * HOUR);
    many[1].source = 1;
    assert_true(title_series_between(&next, 1, many, SERIES_MEMBERS + 1));
    many[1].source = 2;
    many[0].source = 1;
    assert_false(title_series_between(&next, 1, many, SERIES_MEMBERS + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dates_and_numbers_make_an_issue),
        cmocka_unit_test(another_source_another_title_or_another_time_does_not),
        cmocka_unit_test(the_last_members_are_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
