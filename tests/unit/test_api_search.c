#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "daemon/api_search.h"

static const struct api_story story = {.title =
                                           "L'Économie ralentit: Banken in Zürich streiken, U.S. firms wait",
                                       .language = "en",
                                       .blindspot = "left",
                                       .countries = "{\"GB\":2,\"US\":4}",
                                       .tags = "[\"Central Asia\",\"Énergie\"]",
                                       .left = 1,
                                       .center = 3,
                                       .right = 3};

static bool shows_story(const struct api_filter_text *text, const struct api_story *of)
{
    struct api_search *search = api_search_new();
    struct api_filter *filter = api_filter_new(search, text);
    assert_non_null(filter);
    bool shown = api_filter_shows(filter, of);
    assert_int_equal(api_filter_shows(filter, of), shown); /* it may be asked again */
    api_filter_free(filter);
    api_search_free(search);
    return shown;
}

#define SHOWS(...) shows_story(&(struct api_filter_text){__VA_ARGS__}, &story)

static bool finds(const char *words, const char *title)
{
    const struct api_story titled = {
        .title = title, .language = "", .blindspot = "", .countries = "", .tags = ""};
    return shows_story(&(struct api_filter_text){.words = words}, &titled);
}

static void without_a_wish_there_is_no_filter(void **state)
{
    (void)state;
    struct api_search *search = api_search_new();
    assert_null(api_filter_new(search, &(struct api_filter_text){0}));
    api_search_free(search);
}

static void fields_are_compared_as_a_whole(void **state)
{
    (void)state;
    assert_true(SHOWS(.language = "en"));
    assert_false(SHOWS(.language = "e"));
    assert_true(SHOWS(.country = "US"));
    assert_false(SHOWS(.country = "DE"));
    assert_true(SHOWS(.tag = "central asia"));
    assert_true(SHOWS(.tag = "ÉNERGIE"));
    assert_false(SHOWS(.tag = "central"));
    assert_true(SHOWS(.blindspot = "left"));
    assert_false(SHOWS(.blindspot = "right"));
    assert_true(SHOWS(.side = "center"));
    assert_true(SHOWS(.side = "right")); /* tied */
    assert_false(SHOWS(.side = "left"));
    assert_true(SHOWS(.language = "en", .country = "GB", .side = "right", .words = "banken"));
    assert_false(SHOWS(.language = "en", .country = "GB", .side = "left", .words = "banken"));
}

static void nothing_known_is_nothing_found(void **state)
{
    (void)state;
    const struct api_story bare = {.title = "", .language = "", .blindspot = "", .countries = "", .tags = ""};
    const struct api_filter_text wishes[] = {
        {.country = "GB"}, {.tag = "x"}, {.side = "left"}, {.words = "x"}};
    for (size_t i = 0; i < sizeof(wishes) / sizeof(wishes[0]); i++)
        assert_false(shows_story(&wishes[i], &bare));
}

static void words_begin_words_whatever_case_and_accents(void **state)
{
    (void)state;
    assert_true(SHOWS(.words = "economie"));
    assert_true(SHOWS(.words = "l'économie"));
    assert_true(SHOWS(.words = "STREIK zurich"));
    assert_true(SHOWS(.words = "us firm"));
    assert_false(SHOWS(.words = "conomie"));
    assert_false(SHOWS(.words = "streik genf"));
    assert_false(SHOWS(.words = " ,;! "));
    assert_true(finds("ледокол", "Ледоколы вышли в море"));
    assert_true(finds("地震", "東京で地震が発生"));
    assert_true(finds("震", "東京で地震が発生"));
    assert_false(finds("津波", "東京で地震が発生"));
    assert_true(finds("ngân hàng", "Ngân hàng Nhà nước"));
    assert_true(finds("الحكومه", "الحكومه تعلن"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_wish_there_is_no_filter),
        cmocka_unit_test(fields_are_compared_as_a_whole),
        cmocka_unit_test(nothing_known_is_nothing_found),
        cmocka_unit_test(words_begin_words_whatever_case_and_accents),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
