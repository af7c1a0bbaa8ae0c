/* url: canonical forms, what is refused, ids, registrable domains. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "articles/url.h"

struct fixture {
    struct url_reader *reader;
    struct arena *arena;
};

static struct fixture fixture;

static int setup(void **state)
{
    fixture = (struct fixture){url_reader_new(), arena_new()};
    *state = &fixture;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    url_reader_free(fixture.reader);
    arena_free(fixture.arena);
    return 0;
}

static const char *canonical(struct fixture *f, const char *text)
{
    struct url url;
    const char *why = "";
    if (url_parse(f->reader, f->arena, text, strlen(text), &url, &why) != NW_OK)
        return arena_printf(f->arena, "refused: %s", why);
    return url.canonical;
}

static void canonical_form_drops_what_does_not_name_the_article(void **state)
{
    static const struct {
        const char *given, *wanted;
    } rows[] = {
        {"https://www.bbc.co.uk/news/world-1", "https://bbc.co.uk/news/world-1"},
        {"  HTTPS://WWW.BBC.co.uk./News\n", "https://bbc.co.uk/News"},
        {"http://bbc.co.uk:80/a", "http://bbc.co.uk/a"},
        {"https://bbc.co.uk:443/a", "https://bbc.co.uk/a"},
        {"https://bbc.co.uk:8443/a", "https://bbc.co.uk:8443/a"},
        {"https://bbc.co.uk:/a", "https://bbc.co.uk/a"},
        {"https://bbc.co.uk", "https://bbc.co.uk"},
        {"https://bbc.co.uk/", "https://bbc.co.uk"},
        {"https://bbc.co.uk/a/b/", "https://bbc.co.uk/a/b"},
        {"https://bbc.co.uk/a/index.html", "https://bbc.co.uk/a"},
        {"https://bbc.co.uk/a#section", "https://bbc.co.uk/a"},
        {"https://bbc.co.uk/a?#section", "https://bbc.co.uk/a"},
        {"https://bbc.co.uk/a?utm_source=x&UTM_Medium=y&fbclid=1&gclid=2&cmpid=3", "https://bbc.co.uk/a"},
        {"https://bbc.co.uk/a?b=2&utm_source=x&a=1&b=1", "https://bbc.co.uk/a?a=1&b=1&b=2"},
        {"https://bbc.co.uk/a?id=1&amp;utm_source=x&amp;b=2", "https://bbc.co.uk/a?b=2&id=1"},
        {"https://bbc.co.uk/a?&&", "https://bbc.co.uk/a"},
        {"https://bbc.co.uk?p=7", "https://bbc.co.uk?p=7"},
        {"https://bbc.co.uk/?p=7", "https://bbc.co.uk?p=7"},
        {"https://bbc.co.uk/a;jsessionid=12AB", "https://bbc.co.uk/a"},
        {"https://m.bbc.co.uk/a", "https://bbc.co.uk/a"},
        {"https://www.m.bbc.co.uk/a", "https://bbc.co.uk/a"},
        {"https://mobile.reuters.com/a", "https://reuters.com/a"},
        {"https://edition.cnn.com/a", "https://edition.cnn.com/a"},
        {"https://www.com/a", "https://www.com/a"},
        {"https://m.com/a", "https://m.com/a"},
        {"https://www.co.uk/a", "https://www.co.uk/a"},
        {"https://amp.cnn.com/a", "https://cnn.com/a"},
        {"https://thesun.co.uk/news/1/headline/amp/", "https://thesun.co.uk/news/1/headline"},
        {"https://bbc.com/news/world-58146323.amp", "https://bbc.com/news/world-58146323"},
        {"https://bbc.com/a.amp.html", "https://bbc.com/a.html"},
        {"https://bbc.com/amp/a", "https://bbc.com/a"},
        {"https://bbc.com/a?amp=1&outputType=amp", "https://bbc.com/a"},
        {"https://bbc.com/camp", "https://bbc.com/camp"},
        {"https://www.google.com/amp/s/www.bbc.com/news/1.amp", "https://bbc.com/news/1"},
        {"https://www-bbc-com.cdn.ampproject.org/c/s/www.bbc.com/news/1.amp", "https://bbc.com/news/1"},
        {"https://bbc.com/%7euser/%61%2f%e9/a b", "https://bbc.com/~user/a%2F%E9/a%20b"},
        {"https://bbc.com/100%", "https://bbc.com/100%25"},
        {"https://bbc.com/a/../b/./c", "https://bbc.com/b/c"},
        {"https://bbc.com/../../a", "https://bbc.com/a"},
        {"https://bbc.com/%2e%2e/a", "https://bbc.com/a"},
        {"https://bbc.com/caf\xC3\xA9", "https://bbc.com/caf%C3%A9"},
        {"https://www.M\xC3\xBCnchen.de/a", "https://xn--mnchen-3ya.de/a"},
        {"https://\xD0\xBF\xD1\x80\xD0\xB8\xD0\xBC\xD0\xB5\xD1\x80.\xD1\x80\xD1\x84/a",
         "https://xn--e1afmkfd.xn--p1ai/a"},
        {"https://unknown-1.example/a", "https://unknown-1.example/a"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(canonical(*state, rows[i].given), rows[i].wanted);
}

static void what_is_no_public_web_url_is_refused(void **state)
{
    static const struct {
        const char *given, *why;
    } rows[] = {
        {"", "is not an absolute http or https URL"},
        {"bbc.com/a", "is not an absolute http or https URL"},
        {"//bbc.com/a", "is not an absolute http or https URL"},
        {"javascript:alert(1)", "is not an absolute http or https URL"},
        {"JavaScript://bbc.com/%0aalert(1)", "is not an absolute http or https URL"},
        {"data:text/html,x", "is not an absolute http or https URL"},
        {"ftp://bbc.com/a", "is not an absolute http or https URL"},
        {"file:///etc/passwd", "is not an absolute http or https URL"},
        {"http://", "is not an absolute http or https URL"},
        {"https://user:secret@bbc.com/a", "contains a user name or password"},
        {"https://bbc.com@evil.com/a", "contains a user name or password"},
        {"https://127.0.0.1/a", "has an IP address as host"},
        {"https://2130706433/a", "has a host without a domain"},
        {"https://[::1]/a", "has an IP address as host"},
        {"https://localhost/a", "has a host without a domain"},
        {"https://bbc..com/a", "has a host name that is not valid"},
        {"https://.com/a", "has a host name that is not valid"},
        {"https:///a", "has a host without a domain"},
        {"https://b bc.com/a", "has a host name that is not valid"},
        {"https://bbc.com\\@evil.com/a", "contains a user name or password"},
        {"https://bbc.com\\.evil.com/a", "has a host name that is not valid"},
        {"https://bbc%2ecom/a", "has a host without a domain"},
        {"https://bbc.com:99999/a", "has a port that is not valid"},
        {"https://bbc.com:8a/a", "has a port that is not valid"},
        {"https://google.com/amp/s/google.com/amp/s/google.com/amp/s/google.com/amp/s/a.com/b",
         "nests AMP caches"},
        {"https://bbc.com/a\tb", "contains control characters"},
        {"https://bbc.com/\x7F", "contains control characters"},
        {"https://\xE2\x80\xAE.com/a", "has a host name that is not valid"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const char *wanted = arena_printf(((struct fixture *)*state)->arena, "refused: %s", rows[i].why);
        assert_string_equal(canonical(*state, rows[i].given), wanted);
    }
}

static void too_long_urls_are_refused(void **state)
{
    char text[URL_MAX_BYTES + 2];
    memset(text, 'a', sizeof(text));
    memcpy(text, "https://bbc.com/", 16);
    text[URL_MAX_BYTES] = '\0';
    assert_int_equal(strlen(canonical(*state, text)), URL_MAX_BYTES);
    text[URL_MAX_BYTES] = 'a';
    text[URL_MAX_BYTES + 1] = '\0';
    assert_string_equal(canonical(*state, text), "refused: is longer than 4096 bytes");
    char host[400] = "https://";
    memset(host + 8, 'a', 300);
    memcpy(host + 308, ".com/", 6);
    assert_string_equal(canonical(*state, host), "refused: has a host name that is too long");
}

static void scheme_and_variants_do_not_change_the_id(void **state)
{
    static const char *const same[] = {
        "https://www.bbc.co.uk/news/1",
        "http://bbc.co.uk/news/1/",
        "https://m.bbc.co.uk/news/1?utm_source=a",
        "HTTP://BBC.CO.UK:80/news/./1/index.html#x",
        "https://bbc.co.uk/news/1.amp",
    };
    struct fixture *f = *state;
    struct id128 first = hash128("bbc.co.uk/news/1", 16);
    for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
        struct url url;
        assert_int_equal(url_parse(f->reader, f->arena, same[i], strlen(same[i]), &url, NULL), NW_OK);
        assert_true(id128_equal(url_id(&url), first));
    }
}

static void parts_name_host_path_and_registrable_domain(void **state)
{
    struct fixture *f = *state;
    struct url url;
    const char *text = "https://www.News.bbc.co.uk:8080/a?b=1";
    assert_int_equal(url_parse(f->reader, f->arena, text, strlen(text), &url, NULL), NW_OK);
    assert_string_equal(url.host, "news.bbc.co.uk:8080");
    assert_string_equal(url.full_host, "www.news.bbc.co.uk");
    assert_string_equal(url.registrable, "bbc.co.uk");
    assert_string_equal(url.path, "/a?b=1");
}

static void bare_names_are_no_domains(void **state)
{
    static const struct {
        const char *given, *wanted;
    } rows[] = {
        {"www.bbc.co.uk", "bbc.co.uk"},
        {"BBC.CO.UK", "bbc.co.uk"},
        {"co.uk", ""},
        {"Reuters", ""},
        {"Los Angeles Times", ""},
        {"U.S. News", ""},
        {"U.S.", ""},
        {"unknown-1.example", "unknown-1.example"},
        {"", ""},
        {".", ""},
        {"1.2.3.4", ""},
        {"a.b.kobe.jp", "a.b.kobe.jp"},
        {"name@bbc.com", ""},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(url_registrable_domain(f->reader, f->arena, rows[i].given, strlen(rows[i].given)),
                            rows[i].wanted);
}

/* Pieces of URLs put together at random: the canonical form is its own canonical form. */
static void canonical_form_is_stable(void **state)
{
    static const char *const pieces[] = {
        "/",    "amp", "/amp",     ".amp", ".html", "index", "/index.html", "..",   ".",  "%2e",
        "%2F",  "%",   "a",        "?",    "&",     "=",     "utm_x=1",     "amp;", "#",  ";jsessionid=",
        "www.", "b=1", "\xC3\xA9", " x",   ":",     "@",     "s/",          "c/",   "//",
    };
    struct fixture *f = *state;
    unsigned seed = (unsigned)time(NULL);
    print_message("seed %u\n", seed);
    for (int round = 0; round < 20000; round++) {
        char text[256] = "https://www.google.com/";
        if (rand_r(&seed) % 2 != 0) strcpy(text, "http://m.bbc.co.uk/");
        for (int n = (int)(rand_r(&seed) % 8); n > 0; n--)
            strcat(text, pieces[(size_t)rand_r(&seed) % (sizeof(pieces) / sizeof(pieces[0]))]);
        const char *once = canonical(f, text);
        if (strncmp(once, "refused", 7) != 0 && strcmp(canonical(f, once), once) != 0)
            fail_msg("%s -> %s -> %s", text, once, canonical(f, once));
        arena_reset(f->arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(canonical_form_drops_what_does_not_name_the_article),
        cmocka_unit_test(what_is_no_public_web_url_is_refused),
        cmocka_unit_test(too_long_urls_are_refused),
        cmocka_unit_test(scheme_and_variants_do_not_change_the_id),
        cmocka_unit_test(parts_name_host_path_and_registrable_domain),
        cmocka_unit_test(bare_names_are_no_domains),
        cmocka_unit_test(canonical_form_is_stable),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
