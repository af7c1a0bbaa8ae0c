#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <utf8proc.h>

#include "daemon/demo_view.h"

#define BIAS(l, c, r)                                                                                        \
    "\"biasDistribution\":{\"leftPercent\":" #l ",\"cntrPercent\":" #c ",\"rightPercent\":" #r "}"
#define A "00000000000000000000000000000001"
#define B "00000000000000000000000000000002"

static struct demo_view *view;

static char *apply(const char *json)
{
    return demo_view_apply(view, "k", 1, json, strlen(json));
}

static void assert_line(const char *json, const char *const *parts)
{
    char *line = apply(json);
    assert_non_null(line);
    for (; *parts != NULL; parts++) {
        if (strstr(line, *parts) == NULL) print_error("\"%s\" is not in \"%s\"\n", *parts, line);
        assert_non_null(strstr(line, *parts));
    }
    free(line);
}
#define HAS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void a_line_tells_bar_percents_sources_title_and_change(void **state)
{
    (void)state;
    assert_line("{\"id\":\"" A
                "\",\"revision\":1,\"status\":\"active\",\"title\":\"Summit ends\",\"articleCount\":2,"
                "\"sourceCount\":2," BIAS(50, 0, 50) "}",
                HAS("<<<<<<<<<<>>>>>>>>>>", " 50/  0/ 50", "2 sources", "Summit ends", "new story"));
    assert_line("{\"id\":\"" A
                "\",\"revision\":5,\"status\":\"active\",\"title\":\"Summit ends\",\"articleCount\":9,"
                "\"sourceCount\":9," BIAS(25, 38, 37) "}",
                HAS("<<<<<========>>>>>>>", " 25/ 38/ 37", "9 sources", "+7 sources"));
    char *table = demo_view_table(view);
    assert_non_null(strstr(table, "<<<<<========>>>>>>>"));
    assert_non_null(strstr(table, "Summit ends"));
    free(table);
}

static void an_older_revision_is_ignored(void **state)
{
    (void)state;
    assert_line("{\"id\":\"" A "\",\"revision\":5,\"title\":\"T\",\"sourceCount\":3,\"articleCount\":3}",
                HAS("3 sources"));
    assert_null(
        apply("{\"id\":\"" A "\",\"revision\":4,\"title\":\"T\",\"sourceCount\":2,\"articleCount\":2}"));
    assert_line("{\"id\":\"" A "\",\"revision\":6,\"title\":\"T\",\"sourceCount\":4,\"articleCount\":4}",
                HAS("+1 source"));
}

static void what_is_not_shown_makes_no_line(void **state)
{
    (void)state;
    assert_line("{\"id\":\"" A "\",\"revision\":1,\"title\":\"T\",\"sourceCount\":3,\"articleCount\":3}",
                HAS("new"));
    assert_null(apply("{\"id\":\"" A
                      "\",\"revision\":2,\"title\":\"T\",\"sourceCount\":3,\"articleCount\":3,\"x\":1}"));
}

static void changes_are_named(void **state)
{
    (void)state;
    assert_line("{\"id\":\"" A "\",\"revision\":1,\"title\":\"One\",\"sourceCount\":3,\"articleCount\":4}",
                HAS("not rated"));
    assert_line("{\"id\":\"" A "\",\"revision\":2,\"title\":\"One\",\"sourceCount\":3,\"articleCount\":3}",
                HAS("-1 article"));
    assert_line("{\"id\":\"" A "\",\"revision\":3,\"title\":\"Two\",\"sourceCount\":3,\"articleCount\":3}",
                HAS("Two", "new title"));
    assert_line("{\"id\":\"" A "\",\"revision\":4,\"title\":\"Two\",\"sourceCount\":3,\"articleCount\":3,"
                "\"status\":\"closed\"}",
                HAS("closed"));
    assert_line("{\"id\":\"" B "\",\"revision\":5,\"title\":\"Other\",\"sourceCount\":1,\"articleCount\":1}",
                HAS("1 source "));
    assert_line("{\"id\":\"" B "\",\"revision\":6,\"status\":\"merged\",\"mergedInto\":\"" A "\"}",
                HAS("Other", "merged into: Two"));
    assert_int_equal(demo_view_stories(view), 1);
    char *table = demo_view_table(view);
    assert_null(strstr(table, "Other"));
    free(table);
}

static void a_tombstone_takes_the_story_out(void **state)
{
    (void)state;
    free(apply("{\"id\":\"" A "\",\"revision\":1,\"title\":\"One\",\"sourceCount\":1,\"articleCount\":1}"));
    free(apply("{\"id\":\"" B "\",\"revision\":1,\"title\":\"Two\",\"sourceCount\":1,\"articleCount\":1}"));
    assert_null(demo_view_apply(view, A, 32, NULL, 0));
    assert_null(demo_view_apply(view, "unknown", 7, NULL, 0));
    assert_int_equal(demo_view_stories(view), 1);
}

static void the_table_has_the_widest_coverage_first(void **state)
{
    (void)state;
    free(
        apply("{\"id\":\"" A "\",\"revision\":1,\"title\":\"Narrow\",\"sourceCount\":1,\"articleCount\":9}"));
    free(apply("{\"id\":\"" B "\",\"revision\":1,\"title\":\"Wide\",\"sourceCount\":7,\"articleCount\":7}"));
    char *table = demo_view_table(view);
    assert_true(strstr(table, "Wide") < strstr(table, "Narrow"));
    free(table);
}

static void titles_cannot_control_the_terminal(void **state)
{
    (void)state;
    char *line = apply("{\"id\":\"" A
                       "\",\"revision\":1,\"title\":\"a\\u001b[31mb\\u009b\\u202ec\\nd\",\"sourceCount\":1,"
                       "\"articleCount\":1}");
    for (const char *p = line; *p; p++) assert_true((unsigned char)*p >= 0x20);
    assert_non_null(strstr(line, "a[31mbcd"));
    free(line);
}

static int width(const char *text)
{
    int total = 0;
    utf8proc_int32_t code;
    utf8proc_ssize_t n, left = (utf8proc_ssize_t)strlen(text);
    for (; left > 0; text += n, left -= n) {
        n = utf8proc_iterate((const utf8proc_uint8_t *)text, left, &code);
        assert_true(n > 0);
        total += utf8proc_charwidth(code);
    }
    return total;
}

static void lines_fit_the_terminal_whatever_the_title(void **state)
{
    (void)state;
    static const char *const titles[] = {
        "short",
        "A long title that goes on and on and on and on and on and on and on and on and on and on and on",
        "東京で首脳会談が行われ両国の代表が新しい協定に署名したと発表された東京で首脳会談が行われ",
        "é\xcc\x81\xcc\x81\xcc\x81"};
    for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++) {
        char json[1000];
        snprintf(json, sizeof(json),
                 "{\"id\":\"%032zx\",\"revision\":1,\"title\":\"%s\",\"sourceCount\":1,"
                 "\"articleCount\":1}",
                 i, titles[i]);
        char *line = apply(json);
        assert_non_null(line);
        assert_true(width(line) <= 100);
        free(line);
    }
}

static void hostile_records_are_ignored(void **state)
{
    (void)state;
    static const char *const records[] = {"", "[]", "nonsense", "{}", "{\"id\":5}", "{\"id\":\"\"}"};
    for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++) assert_null(apply(records[i]));
    free(apply(
        "{\"id\":\"an id that is much longer than an id may be, really much "
        "longer\",\"title\":5,\"revision\":"
        "\"x\",\"status\":\"a status that is much longer than any\",\"biasDistribution\":{\"leftPercent\":-5,"
        "\"cntrPercent\":100000,\"rightPercent\":1e300}}"));
    char *table = demo_view_table(view);
    free(table);
}

static int setup(void **state)
{
    (void)state;
    view = demo_view_new(false, 100);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    demo_view_free(view);
    return 0;
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_line_tells_bar_percents_sources_title_and_change),
        T(an_older_revision_is_ignored),
        T(what_is_not_shown_makes_no_line),
        T(changes_are_named),
        T(a_tombstone_takes_the_story_out),
        T(the_table_has_the_widest_coverage_first),
        T(titles_cannot_control_the_terminal),
        T(lines_fit_the_terminal_whatever_the_title),
        T(hostile_records_are_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
