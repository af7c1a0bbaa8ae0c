#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/options.h"
#include "daemon/replay_input.h"

/* The explanation of the article on line (1 is the first); NULL when there was no event of it. */
static char *explain_line(const char *events, size_t line, struct story_policy policy)
{
    char *text = NULL, *clusters = NULL;
    size_t len, clusters_len;
    struct ratings *ratings = ratings_empty();
    const struct replay_articles_setting articles = {.topic = "articles"};
    struct replay_trace_wanted wanted = {.clusters = true};
    bool seen = false;
    for (int pass = 0; pass < 2; pass++) { /* the first finds the id, the second explains it */
        struct replay_setting setting = {.policy = policy,
                                         .coverage = coverage_policy_default(),
                                         .ratings = ratings,
                                         .features_topic = "articles.features"};
        FILE *in = fmemopen((char *)(uintptr_t)events, strlen(events), "rb");
        if (pass == 1) wanted.explain = open_memstream(&text, &len);
        setting.trace = replay_trace_new(&wanted);
        assert_int_equal(replay_events(in, "events", &articles, &setting), EXIT_DONE);
        fclose(in);
        if (pass == 0) {
            FILE *out = open_memstream(&clusters, &clusters_len);
            replay_trace_write_clusters(setting.trace, out);
            fclose(out);
            const char *at = clusters;
            for (size_t i = 1; i < line && at != NULL; i++)
                at = strchr(at, '\n') == NULL ? NULL : strchr(at, '\n') + 1;
            if (at == NULL || !id128_parse(at, 32, &wanted.explained)) wanted.explained.lo = 1;
        } else {
            seen = replay_trace_write_end(setting.trace);
            fclose(wanted.explain);
        }
        replay_trace_free(setting.trace);
    }
    free(clusters);
    ratings_unref(ratings);
    if (seen) return text;
    assert_int_equal(len, 0);
    free(text);
    return NULL;
}

#define EVENT(url, title, time)                                                                              \
    "{\"url\":\"https://" url "\",\"title\":\"" title "\",\"language\":\"en\",\"published_at\":"             \
    "\"2025-10-09T" time "Z\"}\n"

static const char events[] = EVENT("one.example/quake", "Strong earthquake shakes northern Chile", "12:00:00")
    EVENT("two.example/quake", "Earthquake shakes northern Chile coast", "12:30:00")
        EVENT("three.example/cup", "Visitors win cup final after penalties", "13:00:00")
            EVENT("four.example/cup", "Northern Chile celebrates cup final win", "13:10:00");

static void first_article_has_no_candidates(void **state)
{
    (void)state;
    char *text = explain_line(events, 1, story_policy_default());
    assert_non_null(text);
    assert_non_null(strstr(text, "\"Strong earthquake shakes northern Chile\""));
    assert_non_null(strstr(text, "no candidates: no live story shares a telling term"));
    assert_non_null(strstr(text, "line 1: founded a story, story "));
    assert_null(strstr(text, "similarity"));
    free(text);
}

/* Each candidate's lines add up to the score above them. */
static size_t check_sums(const char *text)
{
    size_t candidates = 0;
    const char *score_at = text;
    while ((score_at = strstr(score_at, ": score ")) != NULL) {
        double score = strtod(score_at + strlen(": score "), NULL), sum = 0;
        const char *end = strstr(++score_at, ": score ");
        for (const char *at = strstr(score_at, " = "); at != NULL && (end == NULL || at < end);
             at = strstr(at + 1, " = "))
            sum += strtod(at + 3, NULL);
        assert_true(fabs(sum - score) < 0.006); /* a dozen roundings to 0.001 */
        candidates++;
    }
    return candidates;
}

static void candidate_is_shown_as_it_was_and_adds_up(void **state)
{
    (void)state;
    char *text = explain_line(events, 2, story_policy_default());
    assert_non_null(text);
    assert_non_null(strstr(text, "1 candidate, best first"));
    assert_non_null(strstr(text, " of 1 article: score +")); /* before the article joined */
    assert_non_null(strstr(text, ", joined\n     \"Strong earthquake shakes northern Chile\"\n"));
    assert_non_null(strstr(text, "     title "));
    assert_non_null(strstr(text, "line 2: joined a story, story "));
    assert_non_null(strstr(text, ", now of 2 articles\n"));
    assert_non_null(strstr(text, "at the end: story "));
    assert_int_equal(check_sums(text), 1);
    free(text);
}

static void every_candidate_is_shown_best_first(void **state)
{
    (void)state;
    char *text = explain_line(events, 4, story_policy_default());
    assert_non_null(text);
    assert_non_null(strstr(text, "2 candidates"));
    assert_int_equal(check_sums(text), 2);
    double first = strtod(strstr(text, ": score ") + 8, NULL);
    double second = strtod(strstr(strstr(text, ": score ") + 8, ": score ") + 8, NULL);
    assert_true(first >= second);
    free(text);
}

static void twin_is_named_instead_of_candidates(void **state)
{
    (void)state;
    static const char twins[] =
        EVENT("one.example/a", "Strong earthquake shakes the northern coast of Chile", "12:00:00")
            EVENT("two.example/b", "Strong earthquake shakes the northern coast of Chile", "12:05:00");
    char *text = explain_line(twins, 2, story_policy_default());
    assert_non_null(text);
    assert_non_null(strstr(text, "line 2: joined a story"));
    assert_non_null(strstr(text, "near-identical to \"Strong earthquake shakes the northern coast"));
    assert_null(strstr(text, "similarity"));
    free(text);
}

static void article_without_an_event_has_no_explanation(void **state)
{
    (void)state;
    assert_null(explain_line(events, 9, story_policy_default()));
}

/* Two stories of one event, told apart at first; then a report brings their words together. */
static void merge_of_its_story_is_told(void **state)
{
    (void)state;
    static const char merging[] = EVENT("a.example/1", "Ferry Aurora runs aground near Harlow", "12:00:00")
        EVENT("b.example/2", "Lifeboats rescue stranded passengers from sandbank", "12:05:00")
            EVENT("c.example/3", "Lifeboats rescue passengers: ferry Aurora aground on sandbank near Harlow",
                  "12:10:00")
                EVENT("d.example/4",
                      "Stranded ferry Aurora: lifeboats rescue passengers from sandbank near Harlow",
                      "12:20:00");
    struct story_policy policy = story_policy_default();
    policy.merge_interval = 1;
    bool told = false;
    for (size_t line = 1; line <= 2; line++) {
        char *text = explain_line(merging, line, policy);
        assert_non_null(text);
        const char *merge = strstr(text, ": merge pass: story ");
        told = told || (merge != NULL && strstr(merge, " went into ") != NULL);
        free(text);
    }
    assert_true(told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_article_has_no_candidates),
        cmocka_unit_test(candidate_is_shown_as_it_was_and_adds_up),
        cmocka_unit_test(every_candidate_is_shown_best_first),
        cmocka_unit_test(twin_is_named_instead_of_candidates),
        cmocka_unit_test(merge_of_its_story_is_told),
        cmocka_unit_test(article_without_an_event_has_no_explanation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
