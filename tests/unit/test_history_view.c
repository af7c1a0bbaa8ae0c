#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/history_view.h"

#define HEAD(revision, cause)                                                                                \
    "\"revision\":" revision ",\"updatedAt\":\"2025-10-09T12:00:00Z\",\"provenance\":{\"ratingsVersion\":"   \
    "\"abcdef0123\",\"cause\":\"" cause                                                                      \
    "\",\"position\":{\"topic\":\"f\",\"partition\":3,\"offset\":" revision "}}"
#define ONE_SOURCE "{\"source\":\"a.example\",\"name\":\"Alpha\",\"side\":\"left\",\"bias\":\"left\"}"
#define ONE_ARTICLE "{\"id\":\"1\",\"source\":\"a.example\",\"sourceName\":\"Alpha\",\"title\":\"First\"}"

/* What is shown of these records, in order; the caller frees it. */
static char *show(const char *const *records, size_t count)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    struct history_view *view = history_view_new(out);
    for (size_t i = 0; i < count; i++) history_view_add(view, records[i], strlen(records[i]));
    history_view_free(view);
    fclose(out);
    return text;
}

#define EXPECT(expected, ...)                                                                                \
    do {                                                                                                     \
        const char *const records_[] = {__VA_ARGS__};                                                        \
        char *shown_ = show(records_, sizeof(records_) / sizeof(records_[0]));                               \
        assert_string_equal(shown_, expected);                                                               \
        free(shown_);                                                                                        \
    } while (0)

static const char first[] = "{" HEAD(
    "7", "article") ",\"status\":\"active\",\"title\":\"First\",\"lead\":\"It began.\",\"sourceCount\":1,"
                    "\"articleCount\":1,\"unratedSourceCount\":0,\"biasDistribution\":{\"leftSrcCount\":1,"
                    "\"leftPercent\":100},\"sources\":[" ONE_SOURCE "],\"articles\":[" ONE_ARTICLE "]}";
static const char first_shown[] =
    "2025-10-09T12:00:00Z  revision 7  article, f 3@7, ratings abcdef01\n"
    "  + left     Alpha: First\n"
    "    title: First\n"
    "    lead: It began.\n"
    "    sources 1 (+1), articles 1 (+1), reprints 0; left 1 (+1) 100%, center 0 0%, right "
    "0 0%, unrated 0\n";

static char *with_first(const char *rest)
{
    size_t size = sizeof(first_shown) + strlen(rest);
    char *whole = malloc(size);
    snprintf(whole, size, "%s%s", first_shown, rest);
    return whole;
}

static void a_first_revision_is_all_new(void **state)
{
    (void)state;
    EXPECT(first_shown, first);
}

static void what_comes_and_goes_is_named_by_side(void **state)
{
    (void)state;
    static const char second[] = "{" HEAD(
        "9",
        "retraction") ",\"status\":\"active\",\"title\":\"Second\",\"lead\":\"It began.\",\"sourceCount\":"
                      "1,\"articleCount\":2,\"reprintCount\":1,\"unratedSourceCount\":1,\"blindspot\":{"
                      "\"blindspotFor\":\"right\"},\"sources\":[{\"source\":\"b.example\",\"side\":"
                      "\"unrated\"}],\"articles\":[{\"id\":\"2\",\"source\":\"b.example\",\"title\":"
                      "\"Second\"}]}";
    char *expected =
        with_first("2025-10-09T12:00:00Z  revision 9  retraction, f 3@9\n"
                   "  + unrated  b.example: Second\n"
                   "  - left     Alpha: First\n"
                   "    title: Second\n"
                   "    blindspot for the right\n"
                   "    sources 1, articles 2 (+1), reprints 1 (+1); left 0 (-1), center 0, right 0, unrated "
                   "1 (+1)\n");
    EXPECT(expected, first, second);
    free(expected);
}

static void updates_new_articles_and_other_ratings_are_told_apart(void **state)
{
    (void)state;
    static const char second[] = "{" HEAD(
        "9",
        "ratings") ",\"status\":\"active\",\"title\":\"First\",\"lead\":\"It began.\",\"sourceCount\":1,"
                   "\"articleCount\":2,\"biasDistribution\":{\"cntrSrcCount\":1,\"cntrPercent\":100},"
                   "\"sources\":[{\"source\":\"a.example\",\"name\":\"Alpha\",\"side\":\"center\",\"bias\":"
                   "\"center\"}],\"articles\":[{\"id\":\"1\",\"source\":\"a.example\",\"title\":\"First, "
                   "updated\"},{\"id\":\"3\",\"source\":\"a.example\",\"title\":\"More\"}]}";
    char *expected =
        with_first("2025-10-09T12:00:00Z  revision 9  ratings, f 3@9\n"
                   "  + center   a.example: More\n"
                   "  ~ center   a.example: First, updated\n"
                   "  ~ center   Alpha: was left, is center\n"
                   "    sources 1, articles 2 (+1), reprints 0; left 0 (-1) 0%, center 1 (+1) 100%, right 0 "
                   "0%, unrated 0\n");
    EXPECT(expected, first, second);
    free(expected);
}

static void ends_are_said(void **state)
{
    (void)state;
    static const char merged[] = "{" HEAD("9", "merge") ",\"status\":\"merged\",\"mergedInto\":\"00ff\"}";
    char *expected = with_first("2025-10-09T12:00:00Z  revision 9  merge, f 3@9\n"
                                "    merged into 00ff\n"
                                "tombstone: the story's keys are gone from Redis\n");
    EXPECT(expected, first, merged, "");
    free(expected);
    EXPECT("a record that is no summary\n", "[1");
}

static void nothing_from_an_article_reaches_the_terminal_as_a_command(void **state)
{
    (void)state;
    static const char hostile[] =
        "{\"revision\":1,\"title\":\"a\\u001b[31mb\\u0007c\\u009bd\\n\",\"sources\":[]}";
    char *shown = show((const char *const[]){hostile}, 1);
    assert_non_null(strstr(shown, "    title: a [31mb c d \n"));
    for (const char *at = shown; *at; at++) assert_true((unsigned char)*at >= ' ' || *at == '\n');
    free(shown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_first_revision_is_all_new),
        cmocka_unit_test(what_comes_and_goes_is_named_by_side),
        cmocka_unit_test(updates_new_articles_and_other_ratings_are_told_apart),
        cmocka_unit_test(ends_are_said),
        cmocka_unit_test(nothing_from_an_article_reaches_the_terminal_as_a_command),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
