/* event_decode: envelopes, lists, retractions, limits and refusals. Producer shapes: test_event_shapes.c. */
#include "event_fixture.h"

#include "articles/event_alias.h"

#define MINUTE_MS INT64_C(60000)

/* The first event of a record without headers; the others are in f->list. */
static const struct event *decode(struct fixture *f, const char *json)
{
    struct input_record record = {.value = json, .len = strlen(json), .append_ms = APPEND_MS};
    return decode_record(f, &record);
}

static const struct article *accepted(struct fixture *f, const char *json)
{
    const struct event *event = decode(f, json);
    assert_string_equal(event->reason, "");
    assert_int_equal(event->reject, REJECT_NONE);
    return &event->article;
}

static void assert_refused(struct fixture *f, const char *json, enum reject_code code, const char *reason)
{
    const struct event *event = decode(f, json);
    assert_string_equal(reject_code_text(event->reject), reject_code_text(code));
    assert_string_equal(event->reason, reason);
}

static void smallest_article_is_url_and_title(void **state)
{
    const struct article *a = accepted(*state, "{\"url\":\"https://www.bbc.co.uk/news/1\",\"title\":\"T\"}");
    assert_int_equal(a->kind, ARTICLE_UPSERT);
    assert_string_equal(a->title, "T");
    assert_string_equal(a->source, "bbc.co.uk");
    assert_string_equal(a->canonical_url, "https://bbc.co.uk/news/1");
    assert_string_equal(a->body, "");
    assert_true(a->published_ms == NW_NO_TIME);
    assert_true(a->version_ms == APPEND_MS);
    assert_int_equal(a->author_count, 0);
}

static void missing_fields_are_named(void **state)
{
    struct fixture *f = *state;
    assert_refused(f, "{\"url\":\"https://bbc.com/1\"}", REJECT_MISSING_TITLE, "title is missing or empty");
    assert_refused(f, "{\"url\":\"https://bbc.com/1\",\"title\":\" <p></p> \"}", REJECT_MISSING_TITLE,
                   "title is missing or empty");
    assert_refused(f, "{\"title\":\"T\"}", REJECT_MISSING_URL, "url is missing");
    assert_refused(f, "{\"title\":\"T\",\"url\":\"\"}", REJECT_MISSING_URL, "url is missing");
    assert_refused(f, "{\"title\":\"T\",\"url\":null}", REJECT_MISSING_URL, "url is missing");
    assert_refused(f, "{\"title\":\"T\",\"url\":\"https://co.uk/1\",\"source\":\"Some Name\"}",
                   REJECT_MISSING_SOURCE, "source is missing and the url's host has no registrable domain");
    assert_refused(f, "{}", REJECT_MISSING_URL, "url is missing");
}

static void wrong_types_are_named(void **state)
{
    struct fixture *f = *state;
    assert_refused(f, "{\"url\":5,\"title\":\"T\"}", REJECT_BAD_TYPE, "url is not text");
    assert_refused(f, "{\"url\":\"https://bbc.com/1\",\"title\":5}", REJECT_BAD_TYPE, "title is not text");
    assert_refused(f, "{\"url\":\"https://bbc.com/1\",\"title\":\"T\",\"body\":true}", REJECT_BAD_TYPE,
                   "body is not text");
    assert_refused(f, "{\"url\":\"https://bbc.com/1\",\"title\":\"T\",\"published_at\":{}}", REJECT_BAD_TYPE,
                   "published_at is not a time as text or number");
    assert_refused(f, "{\"url\":\"https://bbc.com/1\",\"title\":\"T\",\"pubDate\":\"soon\"}", REJECT_BAD_TIME,
                   "pubDate is not a time");
    assert_refused(f, "[5]", REJECT_BAD_TYPE, "an element of the list of articles is not an object");
    assert_refused(f, "[[]]", REJECT_BAD_TYPE, "an element of the list of articles is not an object");
}

static void a_zero_time_is_no_time(void **state)
{
    static const char *const zero[] = {"\"0000-01-01T00:00:00Z\"", "\"0001-01-01T00:00:00Z\"",
                                       "\"0001-01-01\"", "-62135596800000"};
    for (size_t i = 0; i < sizeof(zero) / sizeof(zero[0]); i++) {
        struct fixture *f = *state;
        const struct article *a =
            accepted(f, arena_printf(f->arena,
                                     "{\"url\":\"https://bbc.com/1\",\"title\":\"T\",\"published_at\":%s,"
                                     "\"updated_at\":%s,\"pubDate\":\"1969-07-20\"}",
                                     zero[i], zero[i]));
        assert_true(a->published_ms == INT64_C(-14256000000)); /* the next name that gives one */
        assert_true(a->updated_ms == NW_NO_TIME);
    }
}

static void one_text_is_taken_from_lists_and_objects(void **state)
{
    assert_string_equal(accepted(*state, "{\"url\":\"https://bbc.com/1\",\"title\":[\"T\"]}")->title, "T");
    assert_string_equal(accepted(*state, "{\"url\":\"https://bbc.com/1\",\"title\":[{\"value\":\"First\"},"
                                         "{\"value\":\"Second\"}]}")
                            ->title,
                        "First");
    assert_refused(*state, "{\"url\":\"https://bbc.com/1\",\"title\":[\"not\",\"a\",\"text\"]}",
                   REJECT_BAD_TYPE, "title is not text");
    assert_string_equal(
        accepted(*state, "{\"url\":\"https://bbc.com/1\",\"title\":{\"rendered\":\"T\"}}")->title, "T");
}

static void wrong_ornaments_are_left_out(void **state)
{
    const struct article *a =
        accepted(*state, "{\"url\":\"https://bbc.com/1\",\"title\":\"T\",\"tags\":7,\"author\":{},"
                         "\"image_url\":\"javascript:x\",\"country\":\"Atlantis\",\"language\":\"??\","
                         "\"paywalled\":\"maybe\",\"section\":[]}");
    assert_int_equal(a->tag_count, 0);
    assert_int_equal(a->author_count, 0);
    assert_string_equal(a->image_url, "");
    assert_string_equal(a->country, "");
    assert_string_equal(a->declared_language, "");
    assert_string_equal(a->section, "");
    assert_false(a->paywalled);
}

static void bad_urls_are_refused_with_the_cause(void **state)
{
    struct fixture *f = *state;
    assert_refused(f, "{\"url\":\"javascript:alert(1)\",\"title\":\"T\"}", REJECT_BAD_URL,
                   "url is not an absolute http or https URL");
    assert_refused(f, "{\"url\":\"https://u:p@bbc.com/1\",\"title\":\"T\"}", REJECT_BAD_URL,
                   "url contains a user name or password");
}

static void what_is_not_json_is_refused(void **state)
{
    struct fixture *f = *state;
    assert_refused(f, "{\"url\":", REJECT_NOT_JSON, "the record is not JSON: line 1, column 7");
    assert_refused(f, "\"text\"", REJECT_NOT_JSON, "the record is not JSON: line 1, column 6");
    assert_refused(f, "{} {}", REJECT_NOT_JSON, "the record is not JSON: line 1, column 4");
    assert_refused(f, "null", REJECT_NOT_JSON, "the record is not JSON: line 1, column 4");
    assert_refused(f, "{\"a\":1,\"a\":2}", REJECT_DUPLICATE_KEY,
                   "an object has the same key twice: line 1, column 10");
    assert_refused(f, "{\"url\":\"\\u0000\"}", REJECT_BAD_UTF8,
                   "text is not valid UTF-8 or holds NUL: line 1, column 15");
    assert_refused(f, "{\"title\":\"\xFF\"}", REJECT_BAD_UTF8,
                   "text is not valid UTF-8 or holds NUL: line 1, column 10");
    assert_refused(f, "[]", REJECT_EMPTY, "the list of articles is empty");
    struct input_record record = {.value = "{}\0", .len = 3, .append_ms = APPEND_MS};
    assert_int_equal(decode_record(f, &record)->reject, REJECT_BAD_UTF8);
    record = (struct input_record){.value = "", .len = 0, .append_ms = APPEND_MS};
    assert_int_equal(decode_record(f, &record)->reject, REJECT_EMPTY);
}

static void byte_order_mark_is_skipped(void **state)
{
    assert_string_equal(
        accepted(*state, "\xEF\xBB\xBF{\"url\":\"https://bbc.com/1\",\"title\":\"T\"}")->title, "T");
}

/* {"url":…,"title":…,"x":[[…[]…]]} with `depth` levels in all. */
static const char *nested(struct fixture *f, size_t depth)
{
    char *text = arena_printf(f->arena, "{\"url\":\"https://bbc.com/1\",\"title\":\"T\",\"x\":%*s%*s}",
                              (int)depth - 1, "", (int)depth - 1, "");
    char *at = strstr(text, "\"x\":") + 4;
    memset(at, '[', depth - 1);
    memset(at + depth - 1, ']', depth - 1);
    return text;
}

static void depth_is_limited_and_brackets_in_text_do_not_count(void **state)
{
    struct fixture *f = *state;
    accepted(f, nested(f, EVENT_MAX_DEPTH));
    assert_refused(f, nested(f, EVENT_MAX_DEPTH + 1), REJECT_TOO_DEEP,
                   "objects and arrays are nested deeper than 64");
    assert_refused(f, nested(f, 200000), REJECT_TOO_DEEP, "objects and arrays are nested deeper than 64");
    char text[400] = "{\"url\":\"https://bbc.com/1\",\"title\":\"\\\\\\\"";
    memset(text + strlen(text), '[', 200);
    strcat(text, "\"}");
    assert_int_equal(strlen(accepted(f, text)->title), 202);
}

static void size_and_number_of_values_are_limited(void **state)
{
    struct fixture *f = *state;
    const char *article = "{\"url\":\"https://bbc.com/1\",\"title\":\"T\"}";
    char *text = nw_calloc(1, EVENT_MAX_RECORD_BYTES + 2);
    memset(text, ' ', EVENT_MAX_RECORD_BYTES + 1);
    memcpy(text, article, strlen(article));
    struct input_record record = {.value = text, .len = EVENT_MAX_RECORD_BYTES, .append_ms = APPEND_MS};
    assert_int_equal(decode_record(f, &record)->reject, REJECT_NONE);
    record.len++;
    assert_int_equal(decode_record(f, &record)->reject, REJECT_TOO_LARGE);
    text[0] = '[';
    for (size_t i = 1; i <= EVENT_MAX_VALUES; i++) memcpy(text + 2 * i - 1, "1,", 2);
    memcpy(text + 2 * (size_t)EVENT_MAX_VALUES + 1, "1]", 2);
    record.len = 2 * (size_t)EVENT_MAX_VALUES + 3;
    assert_int_equal(decode_record(f, &record)->reject, REJECT_TOO_LARGE);
    free(text);
}

static void articles_of_a_list_are_events_of_their_own(void **state)
{
    struct fixture *f = *state;
    static const char *const records[] = {
        "[{\"url\":\"https://bbc.com/1\",\"title\":\"A\"},{\"url\":\"https://bbc.com/2\"},"
        "{\"url\":\"https://bbc.com/3\",\"title\":\"C\"}]",
        "{\"articles\":[{\"url\":\"https://bbc.com/1\",\"title\":\"A\"},{\"url\":\"https://bbc.com/2\"},"
        "{\"url\":\"https://bbc.com/3\",\"title\":\"C\"}],\"totalResults\":3}",
        "{\"articles\":{\"results\":[{\"url\":\"https://bbc.com/1\",\"title\":\"A\"},{\"url\":\"https://"
        "bbc.com/2\"},"
        "{\"url\":\"https://bbc.com/3\",\"title\":\"C\"}]}}",
        "{\"items\":[{\"url\":\"https://bbc.com/1\",\"title\":\"A\"},{\"url\":\"https://bbc.com/2\"},"
        "{\"url\":\"https://bbc.com/3\",\"title\":\"C\"}]}",
    };
    for (size_t i = 0; i < 4; i++) {
        decode(f, records[i]);
        assert_int_equal(f->list.count, 3);
        assert_string_equal(f->list.events[0].article.title, "A");
        assert_int_equal(f->list.events[1].reject, REJECT_MISSING_TITLE);
        assert_string_equal(f->list.events[2].article.title, "C");
        for (uint32_t n = 0; n < 3; n++) assert_int_equal(f->list.events[n].index, n);
    }
}

static void feed_with_a_link_of_its_own_is_a_feed_and_an_article_with_items_an_article(void **state)
{
    struct fixture *f = *state;
    decode(f, "{\"title\":\"Feed\",\"link\":\"https://bbc.com/\",\"description\":\"\",\"items\":["
              "{\"title\":\"One\",\"link\":\"https://bbc.com/1\"},{\"title\":\"Two\",\"link\":\"https://"
              "bbc.com/2\"}]}");
    assert_int_equal(f->list.count, 2);
    assert_string_equal(f->list.events[1].article.title, "Two");
    static const char *const articles[] = {
        "{\"title\":\"A\",\"url\":\"https://bbc.com/1\",\"items\":[]}",
        "{\"title\":\"A\",\"url\":\"https://bbc.com/1\",\"items\":[\"x\"]}",
        "{\"title\":\"A\",\"url\":\"https://bbc.com/1\",\"items\":[{\"title\":\"caption\"}]}",
        "{\"title\":\"A\",\"url\":\"https://bbc.com/1\",\"body\":\"B\",\"items\":"
        "[{\"title\":\"Read on\",\"link\":\"https://bbc.com/2\"}]}",
    };
    for (size_t i = 0; i < sizeof(articles) / sizeof(articles[0]); i++) {
        assert_string_equal(accepted(f, articles[i])->title, "A");
        assert_int_equal(f->list.count, 1);
    }
}

static void list_ends_at_its_limit_with_one_refusal(void **state)
{
    struct fixture *f = *state;
    enum { COUNT = EVENT_MAX_PER_RECORD + 5 };
    char *text = nw_calloc(COUNT + 1, 3);
    for (size_t i = 0; i < COUNT; i++) memcpy(text + 1 + 3 * i, "{},", 3);
    text[0] = '[';
    text[3 * (size_t)COUNT] = ']';
    decode(f, text);
    assert_int_equal(f->list.count, EVENT_MAX_PER_RECORD + 1);
    assert_int_equal(f->list.events[EVENT_MAX_PER_RECORD - 1].reject, REJECT_MISSING_URL);
    assert_int_equal(f->list.events[EVENT_MAX_PER_RECORD].reject, REJECT_TOO_LARGE);
    free(text);
}

static void structured_cloudevent_says_kind_and_time(void **state)
{
    struct fixture *f = *state;
    const struct article *a = accepted(
        f,
        "{\"specversion\":\"1.0\",\"type\":\"org.press.article.updated\",\"id\":\"e1\",\"source\":\"/desk\","
        "\"time\":\"2025-10-09T11:00:00Z\",\"data\":{\"url\":\"https://bbc.com/1\",\"title\":\"T\"}}");
    assert_int_equal(a->kind, ARTICLE_UPDATE);
    assert_string_equal(a->source, "bbc.com"); /* not "/desk" */
    assert_true(a->producer_id_hash == 0);     /* "e1" names the event */
    assert_true(a->version_ms == APPEND_MS - 60 * MINUTE_MS);
    assert_true(a->published_ms == NW_NO_TIME);
    a = accepted(f,
                 "{\"specversion\":\"1.0\",\"type\":\"article.deleted\",\"id\":\"e2\",\"source\":\"/desk\","
                 "\"data\":{\"url\":\"https://www.bbc.com/1\"}}");
    assert_int_equal(a->kind, ARTICLE_RETRACT);
    assert_true(id128_equal(a->id, hash128("bbc.com/1", 9)));
    assert_true(a->version_ms == APPEND_MS);
    a = accepted(f,
                 "{\"specversion\":\"1.0\",\"type\":\"article.RETRACTED\",\"id\":\"e3\",\"source\":\"/desk\","
                 "\"subject\":\"https://bbc.com/1\"}");
    assert_int_equal(a->kind, ARTICLE_RETRACT);
    assert_true(id128_equal(a->id, hash128("bbc.com/1", 9)));
}

static void broken_cloudevents_are_refused(void **state)
{
    struct fixture *f = *state;
    static const char *const rows[][2] = {
        {"{\"specversion\":\"0.3\",\"type\":\"t\",\"data\":{}}", "specversion is not 1.0"},
        {"{\"specversion\":\"1.0\",\"type\":5,\"data\":{}}", "type is not a text"},
        {"{\"specversion\":\"1.0\",\"type\":\"t\",\"time\":\"noon\",\"data\":{}}",
         "time of the envelope is not a time"},
        {"{\"specversion\":\"1.0\",\"type\":\"t\",\"data_base64\":\"e30=\"}",
         "data_base64 is not read, send the article as data"},
        {"{\"specversion\":\"1.0\",\"type\":\"t\"}", "data is not an article or an array of them"},
        {"{\"specversion\":\"1.0\",\"type\":\"t\",\"data\":\"{}\"}",
         "data is not an article or an array of them"},
        {"{\"specversion\":\"1.0\",\"type\":\"t.deleted\"}", "data is not an article or an array of them"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_refused(f, rows[i][0], REJECT_BAD_CLOUDEVENT, rows[i][1]);
}

static void content_type_asks_for_an_envelope(void **state)
{
    struct fixture *f = *state;
    const char *json = "{\"url\":\"https://bbc.com/1\",\"title\":\"T\"}";
    const char *type = "application/cloudevents+json; charset=utf-8";
    struct input_header header = {"Content-Type", type, strlen(type)};
    struct input_record record = {
        .value = json, .len = strlen(json), .headers = &header, .header_count = 1, .append_ms = APPEND_MS};
    const struct event *event = decode_record(f, &record);
    assert_int_equal(event->reject, REJECT_BAD_CLOUDEVENT);
    assert_string_equal(event->reason, "the content-type says CloudEvents, but the record is no envelope");
}

static void binary_cloudevent_says_kind_and_time_in_headers(void **state)
{
    struct fixture *f = *state;
    const char *json = "{\"url\":\"https://bbc.com/1\",\"title\":\"T\"}";
    struct input_header headers[] = {{"ce_type", "press.article.updated", 21},
                                     {"ce_time", "2025-10-09T11:00:00Z", 20}};
    struct input_record record = {
        .value = json, .len = strlen(json), .headers = headers, .header_count = 2, .append_ms = APPEND_MS};
    const struct event *event = decode_record(f, &record);
    assert_int_equal(event->reject, REJECT_NONE);
    assert_int_equal(event->article.kind, ARTICLE_UPDATE);
    assert_true(event->article.version_ms == APPEND_MS - 60 * MINUTE_MS);
    headers[1].len = 4;
    assert_int_equal(decode_record(f, &record)->reject, REJECT_BAD_CLOUDEVENT);
}

static const struct event *tombstone(struct fixture *f, const char *key)
{
    struct input_record record = {.key = key, .key_len = strlen(key), .append_ms = APPEND_MS};
    return decode_record(f, &record);
}

static void null_value_retracts_what_the_key_names(void **state)
{
    struct fixture *f = *state;
    const struct event *event = tombstone(f, "http://www.bbc.com/1?utm_source=x");
    assert_int_equal(event->reject, REJECT_NONE);
    assert_int_equal(event->article.kind, ARTICLE_RETRACT);
    assert_true(id128_equal(event->article.id, hash128("bbc.com/1", 9)));
    assert_true(event->article.version_ms == APPEND_MS);

    const char *id = "urn:newsml:wire.example:20251009:item77";
    event = tombstone(f, id);
    assert_int_equal(event->reject, REJECT_NONE);
    assert_true(id128_is_zero(event->article.id));
    assert_true(event->article.producer_id_hash == hash64(id, strlen(id)));

    event = tombstone(f, "000102030405060708090a0b0c0d0e0f");
    assert_true(event->article.id.hi == 0x0001020304050607 && event->article.id.lo == 0x08090a0b0c0d0e0f);

    assert_int_equal(tombstone(f, "4711")->reject, REJECT_MISSING_URL);
    assert_int_equal(tombstone(f, "")->reject, REJECT_EMPTY);
    assert_int_equal(tombstone(f, "\xFF")->reject, REJECT_BAD_UTF8);
    assert_int_equal(tombstone(f, "https://u:p@bbc.com/")->reject, REJECT_BAD_URL);
}

static void id_alone_retracts_the_article_sent_with_it(void **state)
{
    struct fixture *f = *state;
    uint64_t sent =
        accepted(f, "{\"id\":4711,\"url\":\"https://www.bbc.com/1\",\"title\":\"T\"}")->producer_id_hash;
    assert_true(sent != 0);
    const struct article *a = accepted(f, "{\"specversion\":\"1.0\",\"type\":\"x.deleted\",\"data\":"
                                          "{\"id\":\"4711\",\"source\":\"bbc.com\"}}");
    assert_true(a->producer_id_hash == sent && id128_is_zero(a->id));
    a = accepted(f, "{\"id\":\"4711\",\"url\":\"https://www.cnn.com/1\",\"title\":\"T\"}");
    assert_true(a->producer_id_hash != sent); /* somebody else's 4711 */
    assert_refused(f, "{\"specversion\":\"1.0\",\"type\":\"x.deleted\",\"data\":{\"id\":\"4711\"}}",
                   REJECT_MISSING_SOURCE, "source is missing: a short id names an article only with it");
    assert_refused(f, "{\"specversion\":\"1.0\",\"type\":\"x.deleted\",\"data\":{}}", REJECT_MISSING_URL,
                   "url and id are missing: a retraction names its article");
}

static const struct article *published(struct fixture *f, const char *time)
{
    return accepted(
        f,
        arena_printf(f->arena, "{\"url\":\"https://bbc.com/1\",\"title\":\"T\",\"published_at\":%s}", time));
}

static void times_from_the_future_are_set_back(void **state)
{
    struct fixture *f = *state;
    const struct article *a = published(f, "\"2025-10-09T13:00:00Z\""); /* one hour ahead: believed */
    assert_false(a->published_clamped);
    assert_true(a->published_ms == APPEND_MS + 60 * MINUTE_MS);
    a = published(f, "\"2025-10-09T13:00:00.001Z\"");
    assert_true(a->published_clamped);
    assert_true(a->published_ms == APPEND_MS);
    a = published(f, "\"2025-10-10\"");
    assert_true(a->published_clamped && a->published_is_day);
    assert_true(a->published_ms == APPEND_MS - 12 * 60 * MINUTE_MS);
    a = published(f, "1.0e12,\"updated_at\":\"2099-01-01\"");
    assert_true(a->updated_ms == APPEND_MS && a->version_ms == APPEND_MS);

    const char *json =
        "{\"url\":\"https://bbc.com/1\",\"title\":\"T\",\"published_at\":\"2099-01-01T00:00:00Z\"}";
    struct input_record record = {.value = json, .len = strlen(json), .append_ms = NW_NO_TIME};
    a = &decode_record(f, &record)->article; /* nothing to compare with */
    assert_false(a->published_clamped);
    assert_true(a->published_ms > APPEND_MS);
}

static void published_reads_numbers_as_epoch_or_date(void **state)
{
    struct fixture *f = *state;
    assert_true(published(f, "1760011200")->published_ms == APPEND_MS);
    assert_true(published(f, "1760011200000")->published_ms == APPEND_MS);
    assert_true(published(f, "1760011200.0")->published_ms == APPEND_MS);
    assert_true(published(f, "20251009120000")->published_ms == APPEND_MS);
    assert_true(published(f, "20251009")->published_is_day);
    assert_true(published(f, "\"\"")->published_ms == NW_NO_TIME);
    assert_true(published(f, "null")->published_ms == NW_NO_TIME);
}

static const struct article *with_canonical(struct fixture *f, const char *canonical)
{
    return accepted(
        f, arena_printf(f->arena,
                        "{\"url\":\"https://news.bbc.co.uk/1\",\"title\":\"T\",\"canonical_url\":\"%s\"}",
                        canonical));
}

static void declared_canonical_counts_on_the_same_site_only(void **state)
{
    struct fixture *f = *state;
    const struct article *a = with_canonical(f, "https://www.bbc.co.uk/2");
    assert_string_equal(a->canonical_url, "https://bbc.co.uk/2");
    assert_true(id128_equal(a->id, hash128("bbc.co.uk/2", 11)));
    a = with_canonical(f, "https://www.bbc.co.uk/");
    assert_string_equal(a->canonical_url, "https://news.bbc.co.uk/1");
    assert_string_equal(a->reprint_group, "");
    a = with_canonical(f, "https://www.reuters.com/world/2");
    assert_string_equal(a->canonical_url, "https://news.bbc.co.uk/1");
    assert_string_equal(a->reprint_group, "reuters.com/world/2");
    a = with_canonical(f, "not a url");
    assert_string_equal(a->canonical_url, "https://news.bbc.co.uk/1");
}

static const struct article *with_source(struct fixture *f, const char *source)
{
    return accepted(f, arena_printf(f->arena,
                                    "{\"url\":\"https://news.bbc.co.uk/1\",\"title\":\"T\",\"source\":%s}",
                                    source));
}

static void source_is_what_its_value_looks_like(void **state)
{
    struct fixture *f = *state;
    static const char *const rows[][3] = {
        {"\"www.reuters.com\"", "reuters.com", ""},
        {"\"https://www.reuters.com/about\"", "reuters.com", ""},
        {"\"Reuters\"", "bbc.co.uk", "Reuters"},
        {"\"Los Angeles Times\"", "bbc.co.uk", "Los Angeles Times"},
        {"{\"id\":\"reuters\",\"name\":\"Reuters\"}", "bbc.co.uk", "Reuters"},
        {"{\"uri\":\"reuters.com\",\"title\":\"Reuters\"}", "reuters.com", "Reuters"},
        {"{\"domain\":\"reuters.com\"}", "reuters.com", ""},
        {"null", "bbc.co.uk", ""},
        {"7", "bbc.co.uk", ""},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        const struct article *a = with_source(f, rows[i][0]);
        assert_string_equal(a->source, rows[i][1]);
        assert_string_equal(a->source_name, rows[i][2]);
    }
}

static void long_texts_are_cut_at_a_character(void **state)
{
    struct fixture *f = *state;
    enum { COUNT = 200 * 1024 };
    char *text = nw_calloc(1, 3 * COUNT);
    strcpy(text, "{\"url\":\"https://bbc.com/1\",\"title\":\"x");
    for (size_t i = 0; i < 1024; i++) strcat(text, "\xC3\xA9");
    strcat(text, "\",\"body\":\"x");
    char *at = text + strlen(text);
    for (size_t i = 0; i < COUNT; i++, at += 2) memcpy(at, "\xC3\xA9", 2);
    strcpy(at, "\"}");
    const struct article *a = accepted(f, text);
    free(text);
    assert_int_equal(strlen(a->title), 1023);
    assert_int_equal(strlen(a->body), 64 * 1024 - 1);
    assert_memory_equal(a->body + 64 * 1024 - 3, "\xC3\xA9", 2);
}

static void withheld_and_canceled_items_are_retractions(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *status;
        enum article_event_kind kind;
    } rows[] = {{"usable", ARTICLE_UPSERT},
                {"canceled", ARTICLE_RETRACT},
                {"Cancelled", ARTICLE_RETRACT},
                {"withheld", ARTICLE_RETRACT},
                {"stat:canceled", ARTICLE_RETRACT}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_int_equal(
            accepted(f, arena_printf(f->arena,
                                     "{\"url\":\"https://bbc.com/1\",\"title\":\"T\",\"pubstatus\":\"%s\"}",
                                     rows[i].status))
                ->kind,
            rows[i].kind);
}

static void configured_aliases_come_first_and_may_be_paths(void **state)
{
    (void)state;
    static const char *const extra[] = {"url=meta.web.address", "title=ueberschrift", "nonsense", "url=a..b",
                                        "nothing=a"};
    struct fixture f = {event_decoder_new(extra, 5), arena_new(), {0}};
    const struct article *a =
        accepted(&f, "{\"meta\":{\"web\":[{},{\"address\":\"https://bbc.com/2\"}]},\"ueberschrift\":\"U\","
                     "\"url\":\"https://bbc.com/1\",\"title\":\"T\"}");
    assert_string_equal(a->url, "https://bbc.com/2");
    assert_string_equal(a->title, "U");
    assert_true(event_aliases_valid(extra[0]) && event_aliases_valid(extra[1]));
    for (size_t i = 2; i < 5; i++) assert_false(event_aliases_valid(extra[i]));
    arena_free(f.arena);
    event_decoder_free(f.decoder);
}

/* docs/input.md lists every code with its advice: producers read it there. */
static void documentation_lists_every_reject_code(void **state)
{
    (void)state;
    FILE *file = fopen(TEST_SOURCE_DIR "/docs/input.md", "rb");
    assert_non_null(file);
    char *docs = nw_calloc(1, 64 * 1024), row[512];
    assert_in_range(fread(docs, 1, 64 * 1024, file), 1, 64 * 1024 - 1);
    fclose(file);
    size_t rows = 0; /* with the heading of the table */
    for (const char *at = strstr(docs, "## What is refused"); (at = strstr(at, "\n| `")) != NULL; at++)
        rows++;
    for (int code = REJECT_NONE + 1; code < REJECT_CODE_COUNT; code++) {
        snprintf(row, sizeof(row), "| `%s` | %s |", reject_code_text((enum reject_code)code),
                 reject_code_advice((enum reject_code)code));
        if (strstr(docs, row) == NULL) fail_msg("docs/input.md has no row: %s", row);
    }
    assert_int_equal(rows, REJECT_CODE_COUNT);
    free(docs);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(smallest_article_is_url_and_title),
        TEST(missing_fields_are_named),
        TEST(wrong_types_are_named),
        TEST(a_zero_time_is_no_time),
        TEST(one_text_is_taken_from_lists_and_objects),
        TEST(wrong_ornaments_are_left_out),
        TEST(bad_urls_are_refused_with_the_cause),
        TEST(what_is_not_json_is_refused),
        TEST(byte_order_mark_is_skipped),
        TEST(depth_is_limited_and_brackets_in_text_do_not_count),
        TEST(size_and_number_of_values_are_limited),
        TEST(articles_of_a_list_are_events_of_their_own),
        TEST(feed_with_a_link_of_its_own_is_a_feed_and_an_article_with_items_an_article),
        TEST(list_ends_at_its_limit_with_one_refusal),
        TEST(structured_cloudevent_says_kind_and_time),
        TEST(broken_cloudevents_are_refused),
        TEST(content_type_asks_for_an_envelope),
        TEST(binary_cloudevent_says_kind_and_time_in_headers),
        TEST(null_value_retracts_what_the_key_names),
        TEST(id_alone_retracts_the_article_sent_with_it),
        TEST(times_from_the_future_are_set_back),
        TEST(published_reads_numbers_as_epoch_or_date),
        TEST(declared_canonical_counts_on_the_same_site_only),
        TEST(source_is_what_its_value_looks_like),
        TEST(long_texts_are_cut_at_a_character),
        TEST(withheld_and_canceled_items_are_retractions),
        TEST(configured_aliases_come_first_and_may_be_paths),
        TEST(documentation_lists_every_reject_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
