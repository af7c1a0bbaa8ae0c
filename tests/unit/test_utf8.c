/* utf8: validity, cutting, normalisation against utf8proc itself; names of languages and countries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <utf8proc.h>

#include "articles/country_name.h"
#include "articles/language_name.h"
#include "articles/utf8.h"

static void invalid_utf8_is_told(void **state)
{
    (void)state;
    static const char *const bad[] = {"\x80",
                                      "\xC0\x80",
                                      "\xC1\xBF",
                                      "\xC3",
                                      "\xE0\x80\x80",
                                      "\xED\xA0\x80",
                                      "\xF0\x80\x80\x80",
                                      "\xF4\x90\x80\x80",
                                      "\xF5\x80\x80\x80",
                                      "\xFF",
                                      "a\xE2\x82"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(utf8_valid(bad[i], strlen(bad[i])));
    assert_true(utf8_valid("a\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\xF4\x8F\xBF\xBF", 14));
    assert_true(utf8_valid("", 0));
}

static bool normalises_to_itself(const char *text, size_t len)
{
    utf8proc_uint8_t *mapped = NULL;
    utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)len, &mapped,
                                      UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    bool same = n == (utf8proc_ssize_t)len && memcmp(mapped, text, len) == 0;
    free(mapped);
    return same;
}

static void every_character_decodes_to_itself_and_the_quick_check_never_lies(void **state)
{
    (void)state;
    for (uint32_t code = 1; code <= 0x10FFFF; code++) {
        if (code >= 0xD800 && code <= 0xDFFF) continue;
        char text[4];
        size_t used, len = utf8_encode(code, text);
        assert_true(utf8_valid(text, len));
        assert_int_equal(utf8_decode(text, &used), code);
        assert_int_equal(used, len);
        if (!utf8_is_nfc(text, len)) continue;
        uint16_t pair = utf8proc_get_property((utf8proc_int32_t)code)->comb_index;
        bool composes = pair != UINT16_MAX && (pair & 0x8000) != 0; /* with what comes before it */
        if (composes || !normalises_to_itself(text, len)) fail_msg("U+%04X", code);
    }
}

/* Sequences, where the order of marks and composition come in. */
static void quick_check_never_lies_about_sequences(void **state)
{
    (void)state;
    static const uint32_t marks[] = {0x301, 0x323, 0x307, 0x302,  0x1161, 0x11A8, 0x3099, 0x653,
                                     0x93C, 0x9BE, 0x41,  0x65,   0x1100, 0xAC00, 0x304B, 0x627,
                                     0x928, 0x9C7, 0xE9,  0x1EBF, 0x439,  0x345};
    unsigned seed = (unsigned)time(NULL);
    print_message("seed %u\n", seed);
    size_t quick = 0;
    for (int round = 0; round < 200000; round++) {
        char text[64];
        size_t len = 0;
        for (int n = 1 + (int)(rand_r(&seed) % 4); n > 0; n--) {
            uint32_t code = (uint32_t)rand_r(&seed) % 0x3200;
            if (rand_r(&seed) % 3 != 0 || code == 0)
                code = marks[(size_t)rand_r(&seed) % (sizeof(marks) / sizeof(marks[0]))];
            len += utf8_encode(code, text + len);
        }
        bool nfc = utf8_is_nfc(text, len);
        quick += nfc;
        if (nfc && !normalises_to_itself(text, len)) {
            text[len] = '\0';
            fail_msg("'%s' is not in NFC", text);
        }
    }
    assert_true(quick > 1000);
}

static void ordinary_text_passes_the_quick_check(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "Plain.",
        "D\xC3\xA9j\xC3\xA0 vu \xE2\x80\x93 \xE2\x80\x9Cquoted\xE2\x80\x9D \xE2\x82\xAC",
        "\xD0\x94\xD0\xBE\xD0\xB1\xD1\x80\xD1\x8B\xD0\xB9 \xD0\xB4\xD0\xB5\xD0\xBD\xD1\x8C",
        "\xE6\x97\xA5\xE6\x9C\xAC\xE3\x81\x8C\xE3\x80\x82",
        "\xED\x95\x9C\xEA\xB5\xAD",
        "\xCE\xAE\xCF\x8E",
        "Ti\xE1\xBA\xBFng Vi\xE1\xBB\x87t"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_true(utf8_is_nfc(texts[i], strlen(texts[i])));
}

static void declared_languages_become_codes(void **state)
{
    (void)state;
    static const struct {
        const char *given, *code;
    } rows[] = {
        {"en", "en"},
        {"EN", "en"},
        {"en-US", "en"},
        {"en_GB.UTF-8", "en"},
        {"eng", "en"},
        {"English", "en"},
        {"ger", "de"},
        {"deu", "de"},
        {"German", "de"},
        {"Deutsch", "de"},
        {"fre", "fr"},
        {"fra", "fr"},
        {"Fran\xC3\xA7"
         "ais",
         "fr"},
        {"spa", "es"},
        {"Spanish", "es"},
        {"zh-Hant-TW", "zh"},
        {"zho", "zh"},
        {"chi", "zh"},
        {"Chinese (Simplified)", "zh"},
        {"cmn", "zh"},
        {"nb", "no"},
        {"nn-NO", "nn"},
        {"Norwegian Bokm\xC3\xA5l", "no"},
        {"fil", "tl"},
        {"iw", "he"},
        {"pt-BR", "pt"},
        {"Portuguese", "pt"},
        {"Serbo-Croatian", "sr"},
        {"haw", "haw"},
        {"Korean", "ko"},
        {"Norwegian", "no"},
        {"Persian", "fa"},
        {"", ""},
        {"xx", ""},
        {"und", ""},
        {"unknown", ""},
        {"none", ""},
        {"mul", ""},
        {"12", ""},
        {"-", ""},
        {"Klingonese of the far side of the galaxy, as spoken by those who never had a code, ever and ever",
         ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(language_name_code(rows[i].given, strlen(rows[i].given)), rows[i].code);
}

static void countries_become_alpha_2(void **state)
{
    (void)state;
    static const struct {
        const char *given, *code;
    } rows[] = {
        {"us", "US"},
        {"GB", "GB"},
        {"UK", "GB"},
        {"USA", "US"},
        {"deu", "DE"},
        {"United States", "US"},
        {"United Kingdom", "GB"},
        {"South Korea", "KR"},
        {"Russia", "RU"},
        {"Cote D'Ivoire", "CI"},
        {"C\xC3\xB4te d\xE2\x80\x99Ivoire", "CI"},
        {"Ivory Coast", "CI"},
        {"Bosnia & Herzegovina", "BA"},
        {"Bosnia and Herzegovina", "BA"},
        {"Czech Republic", "CZ"},
        {"Burma", "MM"},
        {"Hong Kong", "HK"},
        {"Kosovo", "XK"},
        {"Brazil", "BR"},
        {"", ""},
        {"zz", ""},
        {"Atlantis", ""},
        {"usa!", "US"},
        {"Trinidad and Tobago", "TT"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(country_name_code(rows[i].given, strlen(rows[i].given)), rows[i].code);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(invalid_utf8_is_told),
        cmocka_unit_test(every_character_decodes_to_itself_and_the_quick_check_never_lies),
        cmocka_unit_test(quick_check_never_lies_about_sequences),
        cmocka_unit_test(ordinary_text_passes_the_quick_check),
        cmocka_unit_test(declared_languages_become_codes),
        cmocka_unit_test(countries_become_alpha_2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
