/* source: publishers from URLs and declared sources. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "articles/source.h"

static void publisher_is_the_registrable_domain_or_the_name_on_a_platform(void **state)
{
    (void)state;
    static const struct {
        const char *url, *source;
    } rows[] = {
        {"https://www.bbc.co.uk/news/1", "bbc.co.uk"},
        {"https://edition.cnn.com/1", "cnn.com"},
        {"https://abcnews.go.com/1", "abcnews.go.com"},
        {"https://quill.substack.com/p/1", "quill.substack.com"},
        {"https://open.substack.com/pub/Quill/p/1", "quill.substack.com"},
        {"https://substack.com/@Quill/note/1", "substack.com/@quill"},
        {"https://www.substack.com/", "substack.com"},
        {"https://medium.com/@Quill/a-story-1", "medium.com/@quill"},
        {"https://medium.com/harbour-notes/a-story-1", "medium.com/harbour-notes"},
        {"https://medium.com/p/abc", "medium.com"},
        {"https://quill.medium.com/a-story-1", "quill.medium.com"},
        {"https://www.youtube.com/@HarbourTV", "youtube.com/@harbourtv"},
        {"https://m.youtube.com/channel/UCabcDEF/videos", "youtube.com/channel/UCabcDEF"},
        {"https://www.youtube.com/watch?v=abc", "youtube.com"},
        {"https://x.com/Quill/status/1", "x.com/quill"},
        {"https://x.com/i/status/1", "x.com"},
        {"https://www.reddit.com/r/News/comments/1", "reddit.com/r/news"},
        {"https://deep.quill.blogspot.com/1", "quill.blogspot.com"},
        {"https://www.quill.wordpress.com/1", "quill.wordpress.com"},
        {"https://co.uk/1", ""},
    };
    struct url_reader *reader = url_reader_new();
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct url url;
        assert_int_equal(url_parse(reader, arena, rows[i].url, strlen(rows[i].url), &url, NULL), NW_OK);
        assert_string_equal(source_of_url(arena, &url), rows[i].source);
    }
    arena_free(arena);
    url_reader_free(reader);
}

static void declared_source_counts_only_as_url_or_domain(void **state)
{
    (void)state;
    static const struct {
        const char *declared, *url, *source;
    } rows[] = {
        {"reuters.com", "https://other.com/a", "reuters.com"},
        {"www.Reuters.com", "https://other.com/a", "reuters.com"},
        {"https://www.reuters.com/markets/1", "https://other.com/a", "reuters.com"},
        {"Reuters", "https://other.com/a", ""},
        {"The U.S. Sun", "https://other.com/a", ""},
        {"javascript:alert(1)", "https://other.com/a", ""},
        {"https://user:pw@reuters.com/", "https://other.com/a", ""},
        {"127.0.0.1", "https://other.com/a", ""},
        {"medium.com", "https://medium.com/@quill/1", "medium.com/@quill"},
        {"medium.com/@quill", "https://other.com/a", "medium.com/@quill"},
        {"go.com", "https://abcnews.go.com/1", "abcnews.go.com"},
    };
    struct url_reader *reader = url_reader_new();
    struct arena *arena = arena_new();
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct url url;
        const char *declared = rows[i].declared;
        assert_int_equal(url_parse(reader, arena, rows[i].url, strlen(rows[i].url), &url, NULL), NW_OK);
        assert_string_equal(source_of_text(reader, arena, declared, strlen(declared), &url), rows[i].source);
    }
    arena_free(arena);
    url_reader_free(reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(publisher_is_the_registrable_domain_or_the_name_on_a_platform),
        cmocka_unit_test(declared_source_counts_only_as_url_or_domain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
