#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "base/arena.h"
#include "coverage/title_text.h"
#include "coverage/title_words.h"

static struct arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void formats_are_cut_off(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"Storm nears coast - live updates", "Storm nears coast"},
        {"Storm nears the coast | Video", "Storm nears the coast"},
        {"Cease-fire holds in the north", "Cease-fire holds in the north"},
        {"Fears of a war - and of peace", "Fears of a war - and of peace"},
        {"Two words - live", "Two words - live"}, /* too little would be left */
        {"LIVE: Storm nears the coast", "Storm nears the coast"},
        {"Live updates \xE2\x80\x93 Storm nears the coast", "Storm nears the coast"},
        {"BREAKING: LIVE: Storm nears the coast", "Storm nears the coast"},
        {"[Live] Storm nears the coast", "Storm nears the coast"},
        {"UPDATE 2-Storm nears the coast", "Storm nears the coast"},
        {"RPT-Storm nears the coast", "Storm nears the coast"},
        {"Live-streamed trial begins in court", "Live-streamed trial begins in court"},
        {"Live music returns to the city", "Live music returns to the city"},
        {"Watch what happens when rivers rise", "Watch what happens when rivers rise"},
        {"EN DIRECT - La temp\xC3\xAAte approche des c\xC3\xB4tes",
         "La temp\xC3\xAAte approche des c\xC3\xB4tes"},
        {"+++ Eilmeldung: Sturm vor der Kueste +++", "Sturm vor der Kueste"},
        {"LIVE: Storm", "LIVE: Storm"},
        {"  spaced   ", "spaced"},
        {"", ""},
        {" - ", "-"},
        {"|", "|"},
        {"+", "+"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const char *clean = title_text_clean(arena, cases[i][0]);
        if (strcmp(clean, cases[i][1]) != 0) fail_msg("\"%s\" gives \"%s\"", cases[i][0], clean);
    }
}

static void live_titles_are_told(void **state)
{
    (void)state;
    assert_true(title_text_is_live("LIVE: Storm"));
    assert_true(title_text_is_live("Storm nears coast - live"));
    assert_true(title_text_is_live("+++ Sturm +++"));
    assert_false(title_text_is_live("Live music returns"));
    assert_false(title_text_is_live("Storm nears coast"));
    assert_false(title_text_is_live(""));
}

static void shouting_titles_are_told(void **state)
{
    (void)state;
    assert_true(title_text_is_shouting("STORM NEARS THE COAST"));
    assert_true(title_text_is_shouting("\xC3\x89LECTION EN FRANCE"));
    assert_false(title_text_is_shouting("Storm Nears The Coast"));
    assert_false(title_text_is_shouting("NATO"));
    assert_false(title_text_is_shouting("UN, EU meet"));
    assert_false(title_text_is_shouting("\xE4\xB8\x96\xE7\x95\x8C"));
    assert_false(title_text_is_shouting(""));
}

static void shouting_is_calmed_with_the_words_of_the_texts(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "The leaders of NATO met in Paris. Storm clouds gathered, said Marie McDonald of NATO.",
        "In Paris the storm was near; in paris nobody slept.",
        "Then NATO left Paris.",
    };
    assert_string_equal(
        title_text_calm(arena, "NATO LEAVES PARIS: STORM \xC3\x89LAN, SAYS MCDONALD!", texts, 3),
        "NATO leaves Paris: storm \xC3\xA9lan, says McDonald!");
    assert_string_equal(title_text_calm(arena, "\xC3\x89LECTION \"EN\" FRANCE", NULL, 0),
                        "\xC3\x89lection \"en\" france");
    assert_string_equal(title_text_calm(arena, "", NULL, 0), "");
}

static void words_compare_without_case_in_any_script(void **state)
{
    (void)state;
    uint64_t a[16], b[16];
    assert_int_equal(title_words_hashes("\xC3\x89lection of the Year, the year!", a, 16),
                     3); /* of: too short */
    assert_int_equal(title_words_hashes("\xC3\xA9LECTION the YEAR", b, 16), 3);
    assert_memory_equal(a, b, 3 * sizeof(*a));
    assert_int_equal(title_words_hashes("\xE4\xB8\x96\xE7\x95\x8C\xE6\x96\xB0", a, 16),
                     2); /* two pairs of three characters */
    assert_int_equal(title_words_hashes("one two three four", a, 2), 2);
    assert_int_equal(title_words_hashes("", a, 16), 0);
    assert_int_equal(title_words_count("One two  three."), 3);
    assert_int_equal(title_words_count("\xE4\xB8\x96\xE7\x95\x8C\xE6\x96\xB0"), 2);
    assert_int_equal(title_words_count(""), 0);
    assert_true(title_words_fold_hash("RUSSIA") == title_words_fold_hash("Russia"));
    assert_true(title_words_fold_hash("Russia") != title_words_fold_hash("Russi"));
}

/* Nothing may crash or leave the bounds of its buffers (sanitizers watch); the seed is printed. */
static void any_bytes_are_survived(void **state)
{
    (void)state;
    static const char *const parts[] = {"LIVE",   ":",        " ",        "-",
                                        "|",      "+",        "(",        "AP",
                                        ")",      "\xC3\x89", "\xFF",     "\xE2\x80\x94",
                                        "UPDATE", "1",        "[",        "]",
                                        "word",   "\"",       "\xC7\xB0", "\xE1\xBA\x9E",
                                        "NATO"};
    unsigned seed = (unsigned)time(NULL), now = seed;
    print_message("seed %u\n", seed);
    for (int round = 0; round < 20000; round++) {
        char text[128] = "";
        uint64_t hashes[4];
        for (int i = 0; i < 10; i++) {
            now = now * 1103515245u + 12345u;
            strcat(text, parts[(now >> 16) % (sizeof(parts) / sizeof(parts[0]))]);
        }
        const char *const texts[] = {text, "a NATO word"};
        assert_true(strlen(title_text_clean(arena, text)) <= strlen(text));
        title_text_calm(arena, text, texts, 2);
        title_text_is_live(text);
        title_words_hashes(text, hashes, 4);
        title_words_fold_hash(text);
        arena_reset(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formats_are_cut_off),
        cmocka_unit_test(live_titles_are_told),
        cmocka_unit_test(shouting_titles_are_told),
        cmocka_unit_test(shouting_is_calmed_with_the_words_of_the_texts),
        cmocka_unit_test(words_compare_without_case_in_any_script),
        cmocka_unit_test(any_bytes_are_survived),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
