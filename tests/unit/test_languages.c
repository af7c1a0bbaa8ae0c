/*
 * Stories of one language that must come together, and apart from one that shares its place.
 *
 * tests/fixtures/languages/<code>.jsonl are self-written events; the first part of a URL's path names the
 * story. Each file has a title in capitals, one without its marks or with other ones where the script has
 * any, texts with decomposed marks, and one event that does not declare its language. Titles and leads only:
 * no bodies.
 *
 * tests/fixtures/formats/<code>.jsonl: headlines of the formats that come every day (weather, weekend,
 * accidents, a mayor's plans) from different places, each a story of its own, and two about one event.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "daemon/options.h"
#include "daemon/replay_input.h"

enum { MAX_ARTICLES = 32 };

struct placed {
    char wanted[64], url[96], story[33];
};

/* The lines of --clusters for the events of a language; how many there are. */
static size_t place_events(const char *folder, const char *language, struct placed placed[MAX_ARTICLES])
{
    char path[512], *clusters;
    size_t len, count = 0;
    snprintf(path, sizeof(path), "%s/tests/fixtures/%s/%s.jsonl", TEST_SOURCE_DIR, folder, language);
    FILE *in = fopen(path, "rb");
    assert_non_null(in);
    struct ratings *ratings = ratings_empty();
    const struct replay_trace_wanted wanted = {.clusters = true};
    const struct replay_setting setting = {
        .policy = story_policy_default(),
        .coverage = coverage_policy_default(),
        .ratings = ratings,
        .features_topic = "articles.features",
        .trace = replay_trace_new(&wanted),
    };
    const struct replay_articles_setting articles = {.topic = "articles"};
    assert_int_equal(replay_events(in, path, &articles, &setting), EXIT_DONE);
    FILE *out = open_memstream(&clusters, &len);
    replay_trace_write_clusters(setting.trace, out);
    fclose(out);
    for (char *line = strtok(clusters, "\n"); line != NULL; line = strtok(NULL, "\n"), count++) {
        assert_true(count < MAX_ARTICLES);
        assert_int_equal(sscanf(line, "%*s\t%95s\t%32s", placed[count].url, placed[count].story), 2);
        assert_int_equal(sscanf(placed[count].url, "https://%*[^/]/%63[^/]", placed[count].wanted), 1);
    }
    free(clusters);
    replay_trace_free(setting.trace);
    ratings_unref(ratings);
    fclose(in);
    return count;
}

static void check_stories(const char *folder, const char *language)
{
    struct placed placed[MAX_ARTICLES];
    size_t count = place_events(folder, language, placed), wrong = 0;
    assert_true(count >= 7);
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; j < i; j++) {
            bool together = strcmp(placed[i].story, placed[j].story) == 0;
            if (together == (strcmp(placed[i].wanted, placed[j].wanted) == 0)) continue;
            print_error("%s: %s and %s are %s\n", language, placed[j].url, placed[i].url,
                        together ? "one story" : "two stories");
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}

static void stories_come_together_and_apart(void **state)
{
    check_stories("languages", *state);
}

static void formats_do_not_chain(void **state)
{
    check_stories("formats", *state);
}

int main(void)
{
    static const char *const languages[] = {"en", "de", "fr", "es", "pt", "it", "nl", "ru",
                                            "ar", "tr", "zh", "ja", "ko", "hi", "uk"};
    enum { LANGUAGES = sizeof(languages) / sizeof(languages[0]) };
    static const CMUnitTestFunction checks[] = {stories_come_together_and_apart, formats_do_not_chain};
    static const char *const groups[] = {"languages", "formats"};
    int failed = 0;
    for (size_t g = 0; g < 2; g++) {
        struct CMUnitTest tests[LANGUAGES];
        for (size_t i = 0; i < LANGUAGES; i++)
            tests[i] = (struct CMUnitTest){.name = languages[i],
                                           .test_func = checks[g],
                                           .initial_state = (void *)(uintptr_t)languages[i]};
        failed += cmocka_run_group_tests_name(groups[g], tests, NULL, NULL);
    }
    return failed;
}
