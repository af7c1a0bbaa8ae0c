#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "articles/stem.h"
#include "articles/stopwords.h"
#include "articles/words.h"
#include "base/hash.h"

static struct fold_table *folds;
static struct stemmer *stemmer;

/* The folded words joined by "|". */
static const char *split(const char *text)
{
    static char joined[4096];
    struct word_list list = {0};
    words_split(folds, text, strlen(text), 1000, &list);
    size_t used = 0;
    joined[0] = '\0';
    for (size_t i = 0; i < list.count; i++)
        used += (size_t)snprintf(joined + used, sizeof(joined) - used, "%s%.*s", i > 0 ? "|" : "",
                                 (int)list.words[i].len, word_text(&list, &list.words[i]));
    words_fini(&list);
    return joined;
}

/* Only the words that are no stop words of the language, folded. */
static const char *content(const char *language, const char *text)
{
    static char joined[4096];
    struct word_list list = {0};
    words_split(folds, text, strlen(text), 1000, &list);
    size_t used = 0;
    joined[0] = '\0';
    for (size_t i = 0; i < list.count; i++) {
        if (stem_word(stemmer, stemmer_language(stemmer, language), &list, &list.words[i]).stop) continue;
        used += (size_t)snprintf(joined + used, sizeof(joined) - used, "%s%.*s", used > 0 ? "|" : "",
                                 (int)list.words[i].len, word_text(&list, &list.words[i]));
    }
    words_fini(&list);
    return joined;
}

static unsigned flags_of(const char *text, size_t index)
{
    struct word_list list = {0};
    words_split(folds, text, strlen(text), 1000, &list);
    assert_true(index < list.count);
    unsigned flags = list.words[index].flags;
    words_fini(&list);
    return flags;
}

static uint64_t stem_of(const char *language, const char *text)
{
    struct word_list list = {0};
    words_split(folds, text, strlen(text), 1000, &list);
    assert_int_equal(list.count, 1);
    uint64_t hash = stem_word(stemmer, stemmer_language(stemmer, language), &list, &list.words[0]).hash;
    words_fini(&list);
    return hash;
}

static void words_of_fifteen_languages_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *language, *text, *content;
    } cases[] = {
        {"en", "The White House didn't say why talks failed.", "white|house|talks|failed"},
        {"de", "Die Straßengebühren für Österreich steigen", "strassengebühren|österreich|steigen"},
        {"fr", "L’État n'a pas annoncé qu'il quitterait l'Union", "état|annoncé|quitterait|union"},
        {"es", "La señora Núñez anunció el acuerdo", "señora|núñez|anunció|acuerdo"},
        {"pt", "As eleições começaram com atenção à inflação", "eleições|começaram|atenção|inflação"},
        {"it", "Dell'Utri e l'Italia: un'altra crisi all'orizzonte", "utri|italia|crisi|orizzonte"},
        {"nl", "De minister-president heeft het besluit genomen", "minister|president|besluit|genomen"},
        {"ru", "Президент Ёлкин заявил о новой войне", "президент|ёлкин|новой|войне"},
        {"uk", "П’ятниця: зв'язок із Києвом", "п'ятниця|зв'язок|києвом"},
        {"ar", "أعلنت الحكومة اليوم أن الرئيس في القاهرة", "أعلنت|الحكومة|الرئيس|القاهرة"},
        {"tr", "İstanbul için yapılan seçim çok önemli", "istanbul|seçim|önemli"},
        {"zh", "北京的会议", "北京|会议"},
        {"ja", "東京で地震", "東京|地震"},
        {"ko", "대통령을 만났다", "대통|통령|만났|났다"},
        {"hi", "प्रधानमंत्री ने दिल्ली में बजट पेश किया", "प्रधानमंत्री|दिल्ली|बजट|पेश"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(content(cases[i].language, cases[i].text), cases[i].content);
}

static void scripts_without_spaces_give_bigrams_of_characters(void **state)
{
    (void)state;
    assert_string_equal(split("中国经济"), "中国|国经|经济");
    assert_string_equal(split("中"), "中");
    assert_string_equal(split("東京タワー2025年"), "東京|京タ|タワ|ワー|2025|年");
    assert_string_equal(split("한국 경제"), "한국|경제");
    /* Thai vowel and tone marks stay with their consonant. */
    assert_string_equal(split("ญี่ปุ่น"), "ญี่ปุ่|ปุ่น");
    assert_true(flags_of("中国", 0) & WORD_GRAM);
    assert_false(flags_of("china", 0) & WORD_GRAM);
}

static void apostrophes_and_dots_inside_words_are_kept_and_clitics_cut(void **state)
{
    (void)state;
    assert_string_equal(split("O'Brien's can't aujourd’hui example.com"),
                        "o'brien|can't|aujourd'hui|example.com");
    assert_string_equal(split("L'eau d'Artagnan jusqu'à qu'elle"), "eau|artagnan|à|elle");
    assert_string_equal(split("U.S. and U.K. in A.D. 79"), "us|and|uk|in|ad|79");
    assert_string_equal(split("It ended.The next 'quoted' word. End."), "it|ended|the|next|quoted|word|end");
}

static void numbers_stay_whole(void **state)
{
    (void)state;
    assert_string_equal(split("1,200.5 1.200,5 1.000.000 3,5 0.125 12.05.2020 10:30 3.14"),
                        "1200.5|1200.5|1000000|3.5|0.125|12.05.2020|10|30|3.14");
    assert_string_equal(split("٢٠٢٥ २०२५ ２０２５"), "2025|2025|2025");
    assert_string_equal(split("1, 2 and 3. G20 5G"), "1|2|and|3|g20|5g");
    assert_true(flags_of("5G", 0) & WORD_NUMBER);
    assert_false(flags_of("G20", 0) & WORD_NUMBER);
}

static void case_and_width_do_not_matter_for_the_folded_form(void **state)
{
    (void)state;
    assert_string_equal(split("ＦＵＬＬ ﬁne STRASSE Straße ΣΟΦΟΣ soft\u00ADhyphen"),
                        "full|fine|strasse|strasse|σοφοσ|softhyphen");
    assert_string_equal(split("McDonald iPhone NATO"), "mcdonald|iphone|nato");
    assert_true(flags_of("NATO", 0) & WORD_ALL_CAPS);
    assert_true(flags_of("Nato", 0) & WORD_CAPITAL);
    assert_false(flags_of("Nato", 0) & WORD_ALL_CAPS);
    assert_true(flags_of("Élysée", 0) & WORD_CAPITAL);
    assert_true(flags_of("Москва", 0) & WORD_CAPITAL);
    assert_true(flags_of("москва", 0) & WORD_LOWER);
}

static void sentences_begin_behind_stops_but_not_behind_abbreviations(void **state)
{
    (void)state;
    assert_true(flags_of("One two. Three", 0) & WORD_STARTS);
    assert_false(flags_of("One two. Three", 1) & WORD_STARTS);
    assert_true(flags_of("One two. Three", 2) & WORD_STARTS);
    assert_false(flags_of("Then Mr. Smith", 2) & WORD_STARTS);
    assert_false(flags_of("the U.S. Senate", 2) & WORD_STARTS);
    assert_false(flags_of("John F. Kennedy", 2) & WORD_STARTS);
    assert_true(flags_of("New York", 1) & WORD_ADJACENT);
    assert_false(flags_of("Paris, London", 1) & WORD_ADJACENT);
}

static void marks_do_not_tell_terms_apart(void **state)
{
    (void)state;
    assert_true(stem_of("fr", "États") == stem_of("fr", "etats"));
    assert_true(stem_of("es", "Núñez") == stem_of("es", "nunez"));
    assert_true(stem_of("ru", "Ёлка") == stem_of("ru", "елка"));
    assert_true(stem_of("ar", "الحُكومة") == stem_of("ar", "الحكومة"));
    assert_true(stem_of("cs", "Dvořák") == stem_of("cs", "dvorak"));
    /* But a letter of its own is no marked letter: */
    assert_false(stem_of("xx", "мой") == stem_of("xx", "мои"));
    assert_false(stem_of("ja", "が") == stem_of("ja", "か"));
}

static void inflected_words_share_a_term(void **state)
{
    (void)state;
    assert_true(stem_of("en", "elections") == stem_of("en", "Election"));
    assert_true(stem_of("de", "Wahlen") == stem_of("de", "wahl"));
    assert_true(stem_of("ru", "президента") == stem_of("ru", "президент"));
    assert_true(stem_of("tr", "İstanbul'da") == stem_of("tr", "İstanbul"));
    assert_false(stem_of("xx", "elections") == stem_of("xx", "election"));
    assert_false(stem_of("en", "2025") == stem_of("en", "2024"));
    assert_int_equal(stem_of("en", "2025") & 3, TERM_NUMBER);
    assert_int_equal(stem_of("en", "election") & 3, TERM_WORD);
}

static void stop_word_tables_are_sorted_and_bare(void **state)
{
    (void)state;
    size_t languages = 0;
    for (size_t l = 0; stopwords_language(l) != NULL; l++, languages++) {
        const struct stopword_list *list = stopwords_find(stopwords_language(l));
        assert_non_null(list);
        for (size_t i = 0; stopwords_word(list, i) != NULL; i++) {
            const char *word = stopwords_word(list, i);
            if (i > 0) assert_true(strcmp(stopwords_word(list, i - 1), word) < 0);
            char bare[64];
            assert_true(strlen(word) < sizeof(bare));
            assert_int_equal(fold_bare(folds, word, strlen(word), bare), strlen(word));
            assert_memory_equal(bare, word, strlen(word));
            assert_true(stopwords_has(list, word, strlen(word)));
        }
        assert_false(stopwords_has(list, "zzzz", 4));
        assert_false(stopwords_has(list, "", 0));
    }
    assert_int_equal(languages, 15);
    assert_null(stopwords_find("xx"));
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13, *seed ^= *seed >> 7, *seed ^= *seed << 17;
    return *seed;
}

/* Pieces that meet each rule of the tokenizer, and bytes that are no UTF-8. */
static size_t random_text(uint64_t *seed, char *out, size_t max)
{
    static const char *const pieces[] = {
        "a", "B",  "7",      " ",      ".", "'",    "’",    ",",    "-",  "é",  "ß",   "İ",   "中", "が",
        "ญี่", "हि", "\u0301", "\u00AD", "ﷺ", "🙂", "\xff", "\xc3", "l'", "'s", "u.s", "1,2", "Ω",  "ж"};
    size_t used = 0;
    for (uint64_t n = next_random(seed) % 60; n > 0; n--) {
        const char *piece = pieces[next_random(seed) % (sizeof(pieces) / sizeof(pieces[0]))];
        size_t len = strlen(piece);
        if (used + len > max) break;
        memcpy(out + used, piece, len);
        used += len;
    }
    return used;
}

static void any_bytes_give_words_within_the_text(void **state)
{
    (void)state;
    uint64_t seed = 20261123;
    print_message("seed %llu\n", (unsigned long long)seed);
    struct word_list list = {0}, half = {0};
    for (int round = 0; round < 30000; round++) {
        char text[256];
        size_t len = random_text(&seed, text, sizeof(text));
        char *exact = malloc(len + 1); /* the sanitizer sees a read behind it */
        assert_non_null(exact);
        memcpy(exact, text, len);
        char *shrunk = realloc(exact, len > 0 ? len : 1);
        words_split(folds, shrunk, len, 1000, &list);
        for (size_t i = 0; i < list.count; i++) {
            const struct word *word = &list.words[i];
            assert_true(word->start < word->end && word->end <= len);
            assert_true(word->len > 0 && word->len <= WORD_MAX_BYTES);
            assert_true(word->folded + word->len <= list.text_len);
            assert_true(id128_equal(word->hash, hash128(word_text(&list, word), word->len)));
            if (i > 0) assert_true(word->start >= list.words[i - 1].start);
        }
        /* Fewer words asked for: the same first words. */
        words_split(folds, shrunk, len, list.count / 2, &half);
        assert_int_equal(half.count, list.count / 2);
        for (size_t i = 0; i < half.count; i++)
            assert_true(id128_equal(half.words[i].hash, list.words[i].hash));
        free(shrunk);
    }
    words_fini(&list);
    words_fini(&half);
}

static void the_stem_cache_does_not_change_results(void **state)
{
    (void)state;
    uint64_t seed = 7;
    print_message("seed %llu\n", (unsigned long long)seed);
    static const char *const languages[] = {"en", "fr", "de", "ru", "zz"};
    for (int round = 0; round < 40000; round++) {
        char text[24];
        size_t len = 1 + next_random(&seed) % 6;
        for (size_t i = 0; i < len; i++) text[i] = (char)('a' + next_random(&seed) % 8);
        text[len] = '\0';
        const char *language = languages[next_random(&seed) % 5];
        uint64_t warm = stem_of(language, text);
        if (round % 64 != 0) continue;
        struct stemmer *used = stemmer;
        stemmer = stemmer_new(folds);
        assert_true(stem_of(language, text) == warm);
        stemmer_free(stemmer);
        stemmer = used;
    }
}

static int set_up(void **state)
{
    (void)state;
    folds = fold_table_new();
    stemmer = stemmer_new(folds);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stemmer_free(stemmer);
    fold_table_free(folds);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_of_fifteen_languages_are_told_apart),
        cmocka_unit_test(scripts_without_spaces_give_bigrams_of_characters),
        cmocka_unit_test(apostrophes_and_dots_inside_words_are_kept_and_clitics_cut),
        cmocka_unit_test(numbers_stay_whole),
        cmocka_unit_test(case_and_width_do_not_matter_for_the_folded_form),
        cmocka_unit_test(sentences_begin_behind_stops_but_not_behind_abbreviations),
        cmocka_unit_test(marks_do_not_tell_terms_apart),
        cmocka_unit_test(inflected_words_share_a_term),
        cmocka_unit_test(stop_word_tables_are_sorted_and_bare),
        cmocka_unit_test(any_bytes_give_words_within_the_text),
        cmocka_unit_test(the_stem_cache_does_not_change_results),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
