#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "articles/attribution.h"
#include "articles/language.h"
#include "articles/sentences.h"
#include "articles/title.h"
#include "base/arena.h"
#include "base/instant.h"

static struct article blank(void)
{
    struct article article = article_blank();
    article.source = "example.com";
    return article;
}

/* ---- language ---- */

static struct language detect(const char *title, const char *declared)
{
    struct article article = blank();
    article.title = title;
    article.declared_language = declared;
    struct language language;
    language_of(&article, &language);
    return language;
}

static void undeclared_languages_are_detected(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"en", "The government said on Monday that the talks had failed after three days"},
        {"de", "Die Bundesregierung hat am Montag den neuen Haushalt beschlossen"},
        {"fr", "Le gouvernement a annoncé lundi que les négociations avaient échoué"},
        {"es", "El gobierno anunció el lunes que las negociaciones habían fracasado"},
        {"pt", "O governo anunciou na segunda-feira que as negociações não avançaram"},
        {"it", "Il governo ha annunciato lunedì che i negoziati sono falliti"},
        {"nl", "De regering heeft maandag bekendgemaakt dat het overleg is mislukt"},
        {"ru", "Правительство сообщило в понедельник, что переговоры провалились"},
        {"uk", "Уряд повідомив у понеділок, що переговори зазнали невдачі"},
        {"ar", "أعلنت الحكومة يوم الاثنين أن المفاوضات قد فشلت"},
        {"tr", "Hükümet pazartesi günü görüşmelerin başarısız olduğunu açıkladı"},
        {"zh", "政府星期一表示谈判已经失败,双方没有达成协议"},
        {"ja", "政府は月曜日、交渉が失敗したと発表しました"},
        {"ko", "정부는 월요일 협상이 실패했다고 밝혔다"},
        {"hi", "सरकार ने सोमवार को कहा कि बातचीत विफल हो गई है"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct language language = detect(cases[i][1], "");
        assert_string_equal(language.code, cases[i][0]);
        assert_true(language.detected);
        assert_false(language.low_confidence);
    }
}

static void what_cannot_be_detected_is_unknown_and_not_english(void **state)
{
    (void)state;
    static const char *const cases[] = {"", "1234 5678", "🙂🙂🙂", "zxqv qqrt"};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct language language = detect(cases[i], "");
        assert_string_equal(language.code, LANGUAGE_UNKNOWN);
        assert_true(language.low_confidence);
    }
}

static void a_declared_language_wins_unless_the_script_says_otherwise(void **state)
{
    (void)state;
    struct language language = detect("Le gouvernement annonce un accord", "en");
    assert_string_equal(language.code, "en");
    assert_false(language.detected || language.low_confidence);
    language = detect("Правительство сообщило, что переговоры провалились", "en");
    assert_string_equal(language.code, "ru");
    assert_true(language.detected);
    language = detect("The government said on Monday that the talks had failed", "ar");
    assert_string_equal(language.code, "en");
    assert_string_equal(detect("Vlada Srbije", "sr").code, "sr");
    assert_string_equal(detect("Regjeringen sier nei", "nb").code, "no");
    assert_string_equal(detect("习近平", "zh-hant").code, "zh");
    assert_string_equal(detect("The government said on Monday it had failed", "english!").code, "en");
}

/* ---- titles ---- */

static const char *cut(const char *title, const char *source, const char *name)
{
    static char text[256];
    size_t len = title_without_outlet(title, source, name);
    assert_true(len < sizeof(text));
    memcpy(text, title, len);
    text[len] = '\0';
    return text;
}

static void outlet_names_are_cut_from_titles(void **state)
{
    (void)state;
    assert_string_equal(cut("Talks fail in Geneva - The Example Post", "example.com", ""),
                        "Talks fail in Geneva");
    assert_string_equal(cut("Talks fail in Geneva | World | Example", "example.com", ""),
                        "Talks fail in Geneva");
    assert_string_equal(cut("Talks fail – The New York Times", "nytimes.com", ""), "Talks fail");
    assert_string_equal(cut("Échec à Genève — Le Quotidien", "q.fr", "Le Quotidien"), "Échec à Genève");
    assert_string_equal(cut("Talks fail in Geneva - World Daily News", "x.org", ""), "Talks fail in Geneva");
    assert_string_equal(cut("会谈失败 - 新闻网", "x.cn", "新闻网"), "会谈失败");
}

static void other_dashes_stay_in_titles(void **state)
{
    (void)state;
    static const char *const titles[] = {
        "Talks fail - what happens next",
        "The war is a disaster – Smith",
        "Spider-Man returns",
        "Who won? - the full list of results",
        "- Example",
        "Example",
    };
    for (size_t i = 0; i < sizeof(titles) / sizeof(titles[0]); i++)
        assert_string_equal(cut(titles[i], "somewhere.org", "Somewhere Else"), titles[i]);
}

/* ---- agency credits ---- */

static const char *credit(const char *body, const char *author)
{
    struct article article = blank();
    article.body = body;
    article.authors = &author;
    article.author_count = author != NULL;
    return attribution_find(&article);
}

static void agency_credits_are_found(void **state)
{
    (void)state;
    assert_string_equal(credit("PARIS (AFP) - The talks failed.", NULL), "AFP");
    assert_string_equal(credit("Reuters — The talks failed.", NULL), "Reuters");
    assert_string_equal(credit("By The Associated Press\nThe talks failed.", NULL), "AP");
    assert_string_equal(credit("BERLIN (dpa/AFP) Die Gespräche sind gescheitert.", NULL), "dpa");
    assert_string_equal(credit("The talks failed on Monday. (Xinhua)", NULL), "Xinhua");
    assert_string_equal(credit("The talks failed on Monday. – Reuters", NULL), "Reuters");
    assert_string_equal(credit("МОСКВА, 1 мая (ТАСС). Переговоры провалились.", NULL), "TASS");
    assert_string_equal(credit("The talks failed.", "Associated Press"), "AP");
    struct article article = blank();
    article.attribution = "Local Wire";
    article.body = "PARIS (AFP) - x";
    assert_string_equal(attribution_find(&article), "Local Wire");
}

static void what_only_mentions_an_agency_is_no_credit(void **state)
{
    (void)state;
    assert_string_equal(credit("The minister told Reuters that talks failed.", NULL), "");
    assert_string_equal(credit("APPLE (APPL) rose.", NULL), "");
    assert_string_equal(credit("A car burns (AP Photo/A. Name). The talks failed.", NULL), "");
    assert_string_equal(credit("", NULL), "");
    assert_string_equal(credit("(", NULL), "");
    assert_string_equal(credit("(AFP", NULL), "");
}

static void datelines_are_measured(void **state)
{
    (void)state;
    assert_int_equal(attribution_dateline("PARIS (AFP) - The"), strlen("PARIS (AFP) - "));
    assert_int_equal(attribution_dateline("Reuters — The"), strlen("Reuters — "));
    assert_int_equal(attribution_dateline("The talks (AFP) failed"), 0);
    assert_int_equal(attribution_dateline(""), 0);
}

/* ---- sentences ---- */

static void assert_sentences(const char *text, const char *const *expected, size_t count)
{
    struct sentence_splitter *splitter = sentences_new();
    assert_non_null(splitter);
    struct sentence found;
    for (int round = 0; round < 2; round++) { /* the iterator is used again */
        sentences_begin(splitter, text, strlen(text));
        for (size_t i = 0; i < count; i++) {
            assert_true(sentences_next(splitter, &found));
            assert_int_equal(found.end - found.start, strlen(expected[i]));
            assert_memory_equal(text + found.start, expected[i], strlen(expected[i]));
        }
        assert_false(sentences_next(splitter, &found));
    }
    sentences_free(splitter);
}

static void texts_are_cut_into_sentences_but_not_behind_abbreviations(void **state)
{
    (void)state;
    const char *english[] = {"Mr. Smith met Gov. Jane A. Doe in the U.S. Senate on Jan. 5.", "Was it late?",
                             "\"No,\" he said."};
    assert_sentences(
        "Mr. Smith met Gov. Jane A. Doe in the U.S. Senate on Jan. 5.  Was it late? \"No,\" he said.",
        english, 3);
    const char *japanese[] = {"交渉は失敗した。", "次は来週だ。"};
    assert_sentences("交渉は失敗した。次は来週だ。", japanese, 2);
    const char *hindi[] = {"यह पहला है।", "यह दूसरा है।"};
    assert_sentences("यह पहला है। यह दूसरा है।", hindi, 2);
    assert_sentences("", NULL, 0);
    assert_sentences("   ", NULL, 0);
}

static void only_whole_sentences_count_as_whole(void **state)
{
    (void)state;
    static const char *const whole[] = {"The talks failed.", "\"We go,\" he said.", "„Wir gehen“, sagte er.",
                                        "交渉は失敗した。",  "Was it late?",        "He said \"we go.\""};
    static const char *const not_whole[] = {
        "talks failed.",           "The talks failed", "The talks...", "\"We go, he said.", "",
        "The talks \u201Cfailed.", ", and left."};
    for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
        assert_true(sentence_is_whole(whole[i], strlen(whole[i])));
    for (size_t i = 0; i < sizeof(not_whole) / sizeof(not_whole[0]); i++)
        assert_false(sentence_is_whole(not_whole[i], strlen(not_whole[i])));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(undeclared_languages_are_detected),
        cmocka_unit_test(what_cannot_be_detected_is_unknown_and_not_english),
        cmocka_unit_test(a_declared_language_wins_unless_the_script_says_otherwise),
        cmocka_unit_test(outlet_names_are_cut_from_titles),
        cmocka_unit_test(other_dashes_stay_in_titles),
        cmocka_unit_test(agency_credits_are_found),
        cmocka_unit_test(what_only_mentions_an_agency_is_no_credit),
        cmocka_unit_test(datelines_are_measured),
        cmocka_unit_test(texts_are_cut_into_sentences_but_not_behind_abbreviations),
        cmocka_unit_test(only_whole_sentences_count_as_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
