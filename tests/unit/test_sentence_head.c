/* What is glued before a sentence, and sentences that cannot stand alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "articles/sentence_head.h"
#include "coverage/opening.h"

static void assert_body(const char *text, const char *title, const char *wanted)
{
    assert_string_equal(text + text_head(text, title, strlen(title)), wanted);
}

static void assert_rest(const char *text, const char *wanted)
{
    assert_string_equal(text + sentence_head(text, strlen(text), true), wanted);
}

static void a_body_begins_behind_datelines_and_bylines(void **state)
{
    (void)state;
    static const char *const heads[] = {
        "",
        "(CNN) -- ",
        "(CNN) ",
        "BERLIN \xE2\x80\x94 ",
        "RAMALLAH, West Bank \xE2\x80\x94 ",
        "NEW DELHI, India - ",
        "SEOUL, South Korea ",
        "ISTANBUL ",
        "By Emma Batha LONDON, Dec 29 (Thomson Reuters Foundation) - ",
    };
    for (size_t i = 0; i < sizeof(heads) / sizeof(*heads); i++) {
        char text[200];
        strcpy(text, heads[i]);
        strcat(text, "The talks failed on Monday, the minister said.");
        assert_body(text, "", "The talks failed on Monday, the minister said.");
    }
}

static void what_only_looks_like_a_dateline_stays(void **state)
{
    (void)state;
    static const char *const texts[] = {"NATO said on Monday that the talks had failed.",
                                        "U.S. officials left. Later - on Monday - they returned.",
                                        "By Monday the talks had failed.",
                                        "BBC News, the public broadcaster, said so.",
                                        "",
                                        "(",
                                        "SEOUL, South Korea"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) assert_body(texts[i], "", texts[i]);
}

static void a_title_that_is_repeated_goes(void **state)
{
    (void)state;
    assert_body("Leaders meet in Karabash for talks Five presidents have met.",
                "Leaders meet in Karabash for talks", "Five presidents have met.");
    assert_body("LEADERS MEET IN KARABASH | Five presidents have met.", "Leaders meet in Karabash",
                "Five presidents have met.");
    /* How the sentence begins as well. */
    assert_body("Leaders meet in Karabash for talks.", "Leaders meet in Karabash",
                "Leaders meet in Karabash for talks.");
    assert_body("Karabash Five presidents have met.", "Karabash", "Karabash Five presidents have met.");
}

static void credits_and_headings_before_a_sentence_go(void **state)
{
    (void)state;
    assert_rest("The tail could be seen (Ministry/AP) They said that names had not been confirmed.",
                "They said that names had not been confirmed.");
    assert_rest("The court. ((County Sheriff/Associated Press)) Prosecutors have charged him.",
                "Prosecutors have charged him.");
    assert_rest("(Mahmoud Illean, File/Associated Press) RAMALLAH, West Bank \xE2\x80\x94 Israel says so.",
                "Israel says so.");
    assert_rest("A rabbi says so, New York (CNN) Relatives are mourning.", "Relatives are mourning.");
    assert_rest("A family pose outside for a final time, his farewell He handed in his resignation.",
                "He handed in his resignation.");
    assert_rest("New technique for finding hidden aliens The newly discovered planets are large.",
                "The newly discovered planets are large.");
    assert_rest(
        "US Secures 10% Stake in Intel in a Deal Worth $8.9 Billion In a groundbreaking agreement, it did.",
        "In a groundbreaking agreement, it did.");
    assert_rest("It was found after over 100 hours A Chinese boy has been found.",
                "A Chinese boy has been found.");
    assert_rest("Deputy Treasury Secretary \xE2\x80\x9C"
                "I would like to thank him,\xE2\x80\x9D he said.",
                "\xE2\x80\x9C"
                "I would like to thank him,\xE2\x80\x9D he said.");
}

static void capitals_that_belong_to_the_sentence_stay(void **state)
{
    (void)state;
    static const char *const texts[] = {"Doctors said that a vitamin A deficiency was found.",
                                        "The list goes from A to Z, he said.",
                                        "Reporters of The New York Times said so.",
                                        "Talks were held in The Hague, an official said.",
                                        "The group (which he leads) said The Sun had lied.",
                                        "He sang \xE2\x80\x9CWhen The Saints\xE2\x80\x9D for them.",
                                        "UNICEF - the agency for children - said so.",
                                        "Leaders of Asia met In Karabash on Monday.",
                                        "President Donald Trump of the US, In a Book of His, said no.",
                                        "Images (and Photo) of it were shown.",
                                        ""};
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) assert_rest(texts[i], texts[i]);
    const char *german = "Das sagte er In der Tat und ging.";
    assert_int_equal(sentence_head(german, strlen(german), false), 0);
}

static void sentences_that_lean_on_others_are_told_by_their_opening(void **state)
{
    (void)state;
    assert_true(opening_leans("He said so on Monday.", "en"));
    assert_true(opening_leans("But the talks failed.", "en"));
    assert_true(opening_leans("It's over.", "en"));
    assert_true(opening_leans("\xE2\x80\x9C"
                              "I will go,\xE2\x80\x9D she said.",
                              "en"));
    assert_true(opening_leans("Er sagte das am Montag.", "de"));
    assert_true(opening_leans("Mais les pourparlers ont \xC3\xA9"
                              "chou\xC3\xA9.",
                              "fr"));
    assert_false(opening_leans("The talks failed.", "en"));
    assert_false(opening_leans("Hers and Sons closed.", "de"));
    assert_false(opening_leans("Heathrow was closed.", "en"));
    assert_false(opening_leans("He said so.", "xx"));
    assert_false(opening_leans("", "en"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_body_begins_behind_datelines_and_bylines),
        cmocka_unit_test(what_only_looks_like_a_dateline_stays),
        cmocka_unit_test(a_title_that_is_repeated_goes),
        cmocka_unit_test(credits_and_headings_before_a_sentence_go),
        cmocka_unit_test(capitals_that_belong_to_the_sentence_stay),
        cmocka_unit_test(sentences_that_lean_on_others_are_told_by_their_opening),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
