#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "articles/common_words.h"
#include "articles/stem.h"
#include "articles/stopwords.h"
#include "articles/words.h"
#include "stories/common_terms.h"
#include "stories/story_terms.h"

/* Is the last word of a text, as an article has it, common in the language? */
static bool is_common(const char *language, const char *text)
{
    struct fold_table *folds = fold_table_new();
    struct stemmer *stemmer = stemmer_new(folds);
    struct common_terms *common = common_terms_new(language);
    struct word_list words = {.count = 0};
    words_split(folds, text, strlen(text), 100, &words);
    assert_true(words.count > 0);
    struct stem stem =
        stem_word(stemmer, stemmer_language(stemmer, language), &words, &words.words[words.count - 1]);
    bool found = common_terms_has(common, term_key(stem.hash));
    words_fini(&words);
    common_terms_free(common);
    stemmer_free(stemmer);
    fold_table_free(folds);
    return found;
}

static void words_are_known_in_any_form(void **state)
{
    (void)state;
    assert_true(is_common("en", "Weather"));
    assert_true(is_common("en", "WEEKENDS"));
    assert_true(is_common("fr", "meteo")); /* without its accent */
    assert_true(is_common("fr", "candidates"));
    assert_true(is_common("fr", "vœux"));
    assert_true(is_common("de", "Bürgermeisters"));
    assert_true(is_common("es", "alcaldes"));
    assert_true(is_common("ru", "погоды"));
    assert_true(is_common("ja", "天気"));
    assert_true(is_common("ar", "الطقس"));
}

static void names_tell(void **state)
{
    (void)state;
    assert_false(is_common("en", "Zambrow"));
    assert_false(is_common("fr", "fonderie"));
    assert_false(is_common("zh", "硫酸"));
    assert_false(is_common("ru", "кислоты"));
}

static void numbers_recur(void **state)
{
    (void)state;
    assert_true(is_common("en", "2020"));
    assert_true(is_common("xx", "11.5"));
}

static void languages_without_a_list_have_no_common_words(void **state)
{
    (void)state;
    assert_null(common_words_find("eu"));
    assert_false(is_common("eu", "eguraldia"));
}

/* The languages that are tested for their stories have both lists. */
static void lists_go_with_stop_words(void **state)
{
    (void)state;
    size_t count = 0;
    for (; common_words_language(count) != NULL; count++) {
        assert_non_null(common_words_find(common_words_language(count)));
        assert_non_null(stopwords_find(common_words_language(count)));
    }
    assert_int_equal(count, 15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_known_in_any_form),
        cmocka_unit_test(names_tell),
        cmocka_unit_test(numbers_recur),
        cmocka_unit_test(languages_without_a_list_have_no_common_words),
        cmocka_unit_test(lists_go_with_stop_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
