/* Hostile values in every field of an event: what docs/input.md says of each ("Bad input"). Records that are
 * no JSON, too deep, cut or doubled are in test_event.c and tests/harness/bad_records.py. */
#include "event_fixture.h"

#include <time.h>

#include "articles/event_article.h"
#include "articles/utf8.h"

static const struct event *decode(struct fixture *f, const char *json, size_t len)
{
    struct input_record record = {.value = json, .len = len, .append_ms = APPEND_MS};
    const struct event *event = decode_record(f, &record);
    assert_int_equal(f->list.count, 1);
    return event;
}

/* An article with that field, the value being JSON; url and title stay unless the field is one of them. */
static const struct event *with(struct fixture *f, const char *field, const char *value)
{
    size_t room = strlen(value) + 256;
    char *json = nw_calloc(1, room);
    int len = snprintf(json, room, "{%s%s\"%s\":%s}",
                       strcmp(field, "url") != 0 ? "\"url\":\"https://bbc.com/1\"," : "",
                       strcmp(field, "title") != 0 ? "\"title\":\"T\"," : "", field, value);
    const struct event *event = decode(f, json, (size_t)len);
    free(json);
    return event;
}

static const struct article *accepted(struct fixture *f, const char *field, const char *value)
{
    const struct event *event = with(f, field, value);
    if (event->reject != REJECT_NONE) fail_msg("%s: %s", field, event->reason);
    return &event->article;
}

static void assert_refused(struct fixture *f, const char *field, const char *value, enum reject_code code)
{
    const struct event *event = with(f, field, value);
    if (event->reject != code)
        fail_msg("%s %.40s: '%s' instead of '%s'", field, value, reject_code_text(event->reject),
                 reject_code_text(code));
    assert_true(strlen(event->reason) > 5 && utf8_valid(event->reason, strlen(event->reason)));
}

/* The text fields of an article, as a canonical event names them; NULL: a list. */
#define TEXT_FIELDS(X)                                                                                       \
    X(title, "title", ARTICLE_TITLE_MAX)                                                                     \
    X(description, "description", ARTICLE_DESCRIPTION_MAX)                                                   \
    X(body, "body", ARTICLE_BODY_MAX)                                                                        \
    X(source_name, "source_name", ARTICLE_NAME_MAX)                                                          \
    X(section, "section", ARTICLE_NAME_MAX)                                                                  \
    X(attribution, "attribution", ARTICLE_NAME_MAX)                                                          \
    X(article_kind, "kind", ARTICLE_NAME_MAX)                                                                \
    X(reprint_group, "reprint_group", ARTICLE_NAME_MAX)

struct text_field {
    const char *name;
    size_t offset, max;
};

static const struct text_field text_fields[] = {
#define TEXT_FIELD(member, name, max) {name, offsetof(struct article, member), max},
    TEXT_FIELDS(TEXT_FIELD)
#undef TEXT_FIELD
};
enum { TEXT_FIELD_COUNT = sizeof(text_fields) / sizeof(text_fields[0]) };

static const char *text_of(const struct article *article, const struct text_field *field)
{
    const char *text;
    memcpy(&text, (const char *)article + field->offset, sizeof(text));
    return text;
}

static void huge_texts_are_cut_at_their_limit_and_at_a_character(void **state)
{
    struct fixture *f = *state;
    enum { BYTES = 7 * 1024 * 1024 };
    char *value = nw_calloc(1, BYTES + 3);
    value[0] = '"';
    for (size_t i = 1; i + 3 <= BYTES; i += 3) memcpy(value + i, "\xE2\x82\xAC", 3); /* the euro sign */
    strcat(value, "\"");
    for (size_t i = 0; i < TEXT_FIELD_COUNT; i++) {
        const char *text = text_of(accepted(f, text_fields[i].name, value), &text_fields[i]);
        assert_in_range(strlen(text), text_fields[i].max - 3, text_fields[i].max);
        assert_true(utf8_valid(text, strlen(text)));
        arena_reset(f->arena);
    }
    free(value);
}

static void fields_of_no_length_are_as_if_they_were_not_there(void **state)
{
    struct fixture *f = *state;
    static const char *const empty[] = {"\"\"", "\" \\n\\t \"", "null",        "[]",
                                        "{}",   "[\"\"]",       "\"<p></p>\"", "\"\\u200b\\u2060\\ufeff\""};
    static const char *const optional[] = {"description", "body",    "source",      "source_name",   "author",
                                           "tags",        "section", "attribution", "reprint_group", "kind",
                                           "language",    "country", "image_url",   "canonical_url", "id"};
    const struct article plain = *accepted(f, "unknown", "1");
    for (size_t e = 0; e < sizeof(empty) / sizeof(empty[0]); e++) {
        for (size_t i = 0; i < sizeof(optional) / sizeof(optional[0]); i++) {
            const struct article *a = accepted(f, optional[i], empty[e]);
            assert_string_equal(a->source, plain.source);
            assert_string_equal(a->source_name, "");
            assert_string_equal(a->body, "");
            assert_int_equal(a->author_count + a->tag_count, 0);
            assert_true(id128_equal(a->id, plain.id));
        }
        assert_refused(f, "title", empty[e], REJECT_MISSING_TITLE);
    }
    static const char *const no_time[] = {"\"\"", "null", "[\"\"]", "0"};
    for (size_t e = 0; e < 3; e++) {
        assert_true(accepted(f, "published_at", no_time[e])->published_ms == NW_NO_TIME);
        assert_refused(f, "url", no_time[e], REJECT_MISSING_URL);
    }
}

static void overrides_of_direction_and_controls_are_dropped_from_every_text(void **state)
{
    struct fixture *f = *state;
    const char *value = "\"ab\\u202Etxt\\u2066.\\u0007exe\\u0085\\u200F\"";
    for (size_t i = 0; i < TEXT_FIELD_COUNT; i++) {
        const char *text = text_of(accepted(f, text_fields[i].name, value), &text_fields[i]);
        /* a control stands for a space, an invisible character for nothing */
        if (strcmp(text, "abtxt. exe") != 0 && strcmp(text, "abtxt.exe") != 0)
            fail_msg("%s: '%s'", text_fields[i].name, text);
    }
    const struct article *a = accepted(f, "author", "[\"A\\u202Eda\", \"A\\u202Dda\"]");
    assert_int_equal(a->author_count, 1);
    assert_string_equal(a->authors[0], "Ada");
    assert_string_equal(accepted(f, "tags", "\"fer\\u2067ry\"")->tags[0], "ferry");
}

static void nul_and_half_characters_are_refused_wherever_they_stand(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < TEXT_FIELD_COUNT; i++) {
        assert_refused(f, text_fields[i].name, "\"a\\u0000b\"", REJECT_BAD_UTF8);
        assert_refused(f, text_fields[i].name, "\"a\xC3\"", REJECT_BAD_UTF8);
        assert_refused(f, text_fields[i].name, "\"a\xED\xA0\x80\"", REJECT_BAD_UTF8);
    }
    assert_refused(f, "unknown", "{\"deep\":[\"a\\u0000b\"]}", REJECT_BAD_UTF8);
}

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A value of that many elements "n", each another. */
static char *many(size_t count)
{
    char *value = nw_calloc(count + 1, 10), *at = value;
    *at++ = '[';
    for (size_t i = 0; i < count; i++) at += sprintf(at, "%s\"%zx\"", i > 0 ? "," : "", i);
    *at++ = ']';
    return value;
}

static void a_million_authors_are_cut_to_sixteen_or_refused_as_too_large(void **state)
{
    struct fixture *f = *state;
    char *value = many(900 * 1000);
    if (strlen(value) > EVENT_MAX_RECORD_BYTES - 256) value[EVENT_MAX_RECORD_BYTES - 256] = '\0';
    size_t end = strlen(value);
    while (value[end - 1] != ',' && value[end - 1] != ']') end--;
    value[end - 1] = ']';
    value[end] = '\0';
    double begun = seconds();
    const struct article *a = accepted(f, "author", value);
    assert_int_equal(a->author_count, ARTICLE_AUTHORS_MAX);
    assert_int_equal(accepted(f, "tags", value)->tag_count, ARTICLE_TAGS_MAX);
    assert_true(seconds() - begun < 20); /* a second or so; the sanitizers take ten times as long */
    free(value);
    char *more = nw_calloc(1, 2 * EVENT_MAX_VALUES + 8);
    more[0] = '[';
    for (size_t i = 0; i < EVENT_MAX_VALUES; i++) memcpy(more + 1 + 2 * i, "1,", 2);
    strcat(more, "1]");
    assert_refused(f, "author", more, REJECT_TOO_LARGE);
    free(more);
    /* one text with commas */
    char *text = nw_calloc(1, 4 * 1024 * 1024);
    text[0] = '"';
    for (size_t i = 0; i < 500000; i++) sprintf(text + 1 + i * 8, "%07zx,", i);
    strcat(text, "\"");
    assert_int_equal(accepted(f, "author", text)->author_count, ARTICLE_AUTHORS_MAX);
    free(text);
}

static void html_bombs_give_bounded_text_in_bounded_time(void **state)
{
    struct fixture *f = *state;
    static const char *const pieces[] = {"<div>", "</div>",    "<",        "&amp;",     "&#x26;amp;",
                                         "<!--",  "<a href='", "<script>", "&lt;b&gt;", "<p>x"};
    double begun = seconds();
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        size_t len = strlen(pieces[i]), count = 4 * 1024 * 1024 / len;
        char *value = nw_calloc(1, len * count + 3);
        value[0] = '"';
        for (size_t k = 0; k < count; k++) memcpy(value + 1 + k * len, pieces[i], len);
        value[1 + count * len] = '"';
        const struct article *a = accepted(f, "body", value);
        assert_true(strlen(a->body) <= ARTICLE_BODY_MAX && utf8_valid(a->body, strlen(a->body)));
        const struct event *event = with(f, "title", value);
        assert_true(event->reject == REJECT_MISSING_TITLE ||
                    strlen(event->article.title) <= ARTICLE_TITLE_MAX);
        arena_reset(f->arena);
        free(value);
    }
    assert_true(seconds() - begun < 30);
}

static void times_at_the_edges_are_none_or_set_back_or_refused(void **state)
{
    struct fixture *f = *state;
    static const char *const none[] = {"\"0000-01-01T00:00:00Z\"", "\"0001-01-01T00:00:00Z\"",
                                       "\"0000-00-00 00:00:00\""};
    for (size_t i = 0; i < 2; i++) {
        assert_true(accepted(f, "published_at", none[i])->published_ms == NW_NO_TIME);
        assert_true(accepted(f, "updated_at", none[i])->updated_ms == NW_NO_TIME);
    }
    assert_refused(f, "published_at", none[2], REJECT_BAD_TIME);
    const struct article *a = accepted(f, "published_at", "\"9999-12-31T23:59:59Z\"");
    assert_true(a->published_ms == APPEND_MS && a->published_clamped);
    a = accepted(f, "updated_at", "\"9999-12-31T23:59:59Z\"");
    assert_true(a->updated_ms == APPEND_MS && a->version_ms == APPEND_MS);
    assert_true(accepted(f, "published_at", "\"0002-01-01T00:00:00Z\"")->published_ms < 0);
    static const char *const bad[] = {"\"10000-01-01T00:00:00Z\"", "1e300", "-1e300", "9223372036854775807",
                                      "\"-0001-01-01\""};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_refused(f, "published_at", bad[i], REJECT_BAD_TIME);
}

static void urls_that_lead_elsewhere_are_refused_or_left_out(void **state)
{
    struct fixture *f = *state;
    static const char *const bad[] = {"\"javascript:alert(1)\"",
                                      "\"JaVaScRiPt:alert(1)\"",
                                      "\" javascript:x\"",
                                      "\"data:text/html,x\"",
                                      "\"vbscript:x\"",
                                      "\"https://a:b@bbc.com/1\"",
                                      "\"https://bbc.com@evil.example/1\"",
                                      "\"https:\\\\\\\\bbc.com\"",
                                      "\"http://[::1]/\"",
                                      "\"http://127.0.0.1/\"",
                                      "\"http://0x7f000001/\""};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_refused(f, "url", bad[i], REJECT_BAD_URL);
        assert_string_equal(accepted(f, "image_url", bad[i])->image_url, "");
        assert_string_equal(accepted(f, "canonical_url", bad[i])->canonical_url, "https://bbc.com/1");
        assert_string_equal(accepted(f, "source", bad[i])->source, "bbc.com");
    }
    /* one article under both names of its host; look-alikes are others */
    struct id128 idn = accepted(f, "url", "\"https://b\\u00FCcher.example/1\"")->id;
    assert_true(id128_equal(idn, accepted(f, "url", "\"https://xn--bcher-kva.example/1\"")->id));
    assert_true(id128_equal(idn, accepted(f, "url", "\"https://BU\\u0308CHER.example/1\"")->id));
    assert_false(id128_equal(accepted(f, "url", "\"https://\\u0440aypal.com/1\"")->id,
                             accepted(f, "url", "\"https://paypal.com/1\"")->id));
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        T(huge_texts_are_cut_at_their_limit_and_at_a_character),
        T(fields_of_no_length_are_as_if_they_were_not_there),
        T(overrides_of_direction_and_controls_are_dropped_from_every_text),
        T(nul_and_half_characters_are_refused_wherever_they_stand),
        T(a_million_authors_are_cut_to_sixteen_or_refused_as_too_large),
        T(html_bombs_give_bounded_text_in_bounded_time),
        T(times_at_the_edges_are_none_or_set_back_or_refused),
        T(urls_that_lead_elsewhere_are_refused_or_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
