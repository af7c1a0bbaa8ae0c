/* html_text: markup, references, white space, invisible characters, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "articles/html_text.h"
#include "articles/utf8.h"
#include "base/alloc.h"

static const char *text_of(struct arena *arena, const char *html, enum html_text_form form)
{
    return html_text(arena, html, strlen(html), form, 64 * 1024);
}

static void blocks_keep_paragraphs_and_nothing_else_of_the_markup(void **state)
{
    (void)state;
    static const struct {
        const char *given, *wanted;
    } rows[] = {
        {"", ""},
        {"   \n ", ""},
        {"plain text", "plain text"},
        {" a  b\t c ", "a b c"},
        {"one\n\n two\r\nthree", "one\ntwo\nthree"},
        {"<p>one</p>\n<p>two\nlines</p>", "one\ntwo lines"},
        {"one<br>two<BR/>three", "one\ntwo\nthree"},
        {"<b>Re</b>uters", "Reuters"},
        {"<td>1</td><td>2</td>", "1 2"},
        {"<a href=\"x>y\" title='a > b'>link</a>", "link"},
        {"a < b and c > d", "a < b and c > d"},
        {"I <3 you", "I <3 you"},
        {"<unfinished tag", "<unfinished tag"},
        {"<a href=\"never closed>text</a> more", "text more"},
        {"x<script>if (a < b) { alert('</p>') }</script>y", "x y"},
        {"x<style>p { }</STYLE >y", "x y"},
        {"x<script src=a />y", "x y"},
        {"x<script>never closed", "x"},
        {"a<!-- b <p> c -->d", "ad"},
        {"a<!-- never closed", "a<!-- never closed"},
        {"<![CDATA[a <b>b</b>]]> c", "a b c"},
        {"<!DOCTYPE html><html><head><title>t</title></head><body>x</body></html>", "x"},
        {"<?xml version=\"1.0\"?>x", "x"},
        {"</p", "</p"},
        {"<", "<"},
        {"&", "&"},
        {"a]]b", "a]]b"},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(text_of(arena, rows[i].given, HTML_TEXT_BLOCK), rows[i].wanted);
    arena_free(arena);
}

static void references_are_decoded(void **state)
{
    (void)state;
    static const struct {
        const char *given, *wanted;
    } rows[] = {
        {"Q&A &amp; more", "Q&A & more"},
        {"&eacute;&Eacute;&ccaron;&lstrok;", "\xC3\xA9\xC3\x89\xC4\x8D\xC5\x82"},
        {"&#8217;&#x2019;&#X2019;&rsquo;", "\xE2\x80\x99\xE2\x80\x99\xE2\x80\x99\xE2\x80\x99"},
        {"&#146;", "\xE2\x80\x99"}, /* windows-1252 */
        {"a&nbsp;b&#160;c", "a b c"},
        {"&#0;&#xD800;&#x110000;&#99999999999;", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        {"&unknown; &copy=1 &#; &#x; &", "&unknown; &copy=1 &#; &#x; &"},
        {"a&#x202E;b", "ab"},
        {"a&#10;b", "a b"},
        {"&amp;#8217;", "\xE2\x80\x99"},          /* escaped twice, as feeds do */
        {"&amp;amp;lt;", "&lt;"},                 /* but not three times */
        {"&lt;p&gt;one&lt;/p&gt;two", "one two"}, /* escaped markup */
        {"5 &lt; 6 &amp; 7", "5 < 6 & 7"},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(text_of(arena, rows[i].given, HTML_TEXT_LINE), rows[i].wanted);
    arena_free(arena);
}

static void invisible_and_reordering_characters_are_dropped(void **state)
{
    (void)state;
    static const struct {
        const char *given, *wanted;
    } rows[] = {
        {"a\x01\x1F\x7F"
         "b",
         "ab"},
        {"a\xC2\x80\xC2\x9F"
         "b",
         "ab"}, /* C1 */
        {"a\xC2\xAD"
         "b",
         "ab"}, /* soft hyphen */
        {"a\xE2\x80\xAE\xE2\x80\xAD\xE2\x81\xA6\xE2\x80\x8F"
         "b",
         "ab"}, /* bidi */
        {"\xEF\xBB\xBF"
         "a\xE2\x80\x8B"
         "b",
         "ab"}, /* byte order mark, zero width space */
        {"a\xF3\xA0\x81\xA1"
         "b",
         "ab"}, /* tag character */
        {"a\xE3\x80\x80"
         "b\xE2\x80\x89"
         "c",
         "a b c"}, /* wide and thin space */
        {"a\xE2\x80\xA8"
         "b",
         "a b"},                          /* line separator */
        {"\xE2\x80\x8D", "\xE2\x80\x8D"}, /* the joiner stays */
        {"e\xCC\x81", "\xC3\xA9"},        /* NFC */
        {"\xF0\x9F\x98\x80 ok", "\xF0\x9F\x98\x80 ok"},
    };
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(text_of(arena, rows[i].given, HTML_TEXT_LINE), rows[i].wanted);
    arena_free(arena);
}

static void limit_cuts_at_a_character(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    static const char text[] = "ab\xC3\xA9\xC3\xA9";
    assert_string_equal(html_text(arena, text, 6, HTML_TEXT_LINE, 6), text);
    assert_string_equal(html_text(arena, text, 6, HTML_TEXT_LINE, 5), "ab\xC3\xA9");
    assert_string_equal(html_text(arena, text, 6, HTML_TEXT_LINE, 2), "ab");
    assert_string_equal(html_text(arena, text, 6, HTML_TEXT_LINE, 1), "a");
    assert_string_equal(html_text(arena, text, 6, HTML_TEXT_LINE, 0), "");
    /* U+0958 grows when it is normalised: still within the limit, still whole characters */
    static const char grows[] = "\xE0\xA5\x98\xE0\xA5\x98";
    assert_string_equal(html_text(arena, grows, 6, HTML_TEXT_LINE, 6), "\xE0\xA4\x95\xE0\xA4\xBC");
    arena_free(arena);
}

static void hostile_markup_takes_linear_time(void **state)
{
    (void)state;
    static const char *const patterns[] = {"<a ", "<a=\"> \"", "<!--", "<![CDATA[", "<script>", "</script",
                                           "&#",  "&amp;lt;",  "<",    "<a b='",    "<p><p"};
    enum { BYTES = 4 * 1024 * 1024 };
    char *text = nw_calloc(1, BYTES + 16);
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
        size_t n = strlen(patterns[i]);
        for (size_t at = 0; at + n <= BYTES; at += n) memcpy(text + at, patterns[i], n);
        clock_t before = clock();
        html_text(arena, text, BYTES, HTML_TEXT_BLOCK, 64 * 1024);
        double seconds = (double)(clock() - before) / CLOCKS_PER_SEC;
        if (seconds > 5) fail_msg("%s takes %f s", patterns[i], seconds); /* quadratic would be hours */
        arena_reset(arena);
    }
    arena_free(arena);
    free(text);
}

static void random_markup_gives_clean_text(void **state)
{
    (void)state;
    static const char *const pieces[] = {"<p>",
                                         "</p>",
                                         "<b>",
                                         "<script>",
                                         "</script>",
                                         "<!--",
                                         "-->",
                                         "<",
                                         ">",
                                         "&amp;",
                                         "&lt;",
                                         "&#x202e;",
                                         "&",
                                         "\n",
                                         " ",
                                         "word",
                                         "\xC3\xA9",
                                         "e\xCC\x81",
                                         "\xCC\x81",
                                         "\xE2\x80\xAE",
                                         "\"",
                                         "'",
                                         "=",
                                         "<a href=",
                                         "]]>",
                                         "\xE1\x84\x80\xE1\x85\xA1",
                                         "\xF0\x9F\x98\x80"};
    unsigned seed = (unsigned)time(NULL);
    print_message("seed %u\n", seed);
    struct arena *arena = arena_new();
    for (int round = 0; round < 20000; round++) {
        char html[512] = "";
        for (int n = (int)(rand_r(&seed) % 24); n > 0; n--)
            strcat(html, pieces[(size_t)rand_r(&seed) % (sizeof(pieces) / sizeof(pieces[0]))]);
        size_t max = (size_t)rand_r(&seed) % 64;
        const char *text = html_text(arena, html, strlen(html), HTML_TEXT_BLOCK, max);
        size_t len = strlen(text), normal_len = len;
        const char *normal = utf8_nfc(arena, text, &normal_len);
        bool clean = len <= max && utf8_valid(text, len) && normal_len == len &&
                     memcmp(normal, text, len) == 0 && strstr(text, "  ") == NULL &&
                     strstr(text, "\xE2\x80\xAE") == NULL && strstr(text, "\n\n") == NULL &&
                     (len == 0 ||
                      (text[0] != ' ' && text[0] != '\n' && text[len - 1] != ' ' && text[len - 1] != '\n'));
        if (!clean) fail_msg("'%s' (%zu) -> '%s'", html, max, text);
        arena_reset(arena);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_keep_paragraphs_and_nothing_else_of_the_markup),
        cmocka_unit_test(references_are_decoded),
        cmocka_unit_test(invisible_and_reordering_characters_are_dropped),
        cmocka_unit_test(limit_cuts_at_a_character),
        cmocka_unit_test(hostile_markup_takes_linear_time),
        cmocka_unit_test(random_markup_gives_clean_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
