/* Corrections by editors: from the event to the record of the features topic. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "articles/article_pipeline.h"
#include "base/alloc.h"
#include "base/instant.h"

#define A "000102030405060708090a0b0c0d0e0f"
#define B "f00102030405060708090a0b0c0d0e0f"
#define APPEND_MS INT64_C(1760011200000)

struct fixture {
    struct article_pipeline *pipeline;
    struct arena *arena;
};

static int setup(void **state)
{
    struct fixture *f = nw_calloc(1, sizeof(*f));
    f->pipeline = article_pipeline_new(&(struct article_pipeline_config){.extra_aliases = NULL});
    f->arena = arena_new();
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    article_pipeline_free(f->pipeline);
    arena_free(f->arena);
    free(f);
    return 0;
}

static struct pipeline_result run(struct fixture *f, const char *type, const char *value)
{
    const struct input_header header = {"ce_type", type, strlen(type)};
    const struct input_record record = {.key = "https://example.com/1",
                                        .key_len = 21,
                                        .value = value,
                                        .len = value == NULL ? 0 : strlen(value),
                                        .headers = &header,
                                        .header_count = 1,
                                        .append_ms = APPEND_MS,
                                        .origin = {.topic = "articles", .offset = 5}};
    struct pipeline_result result;
    article_pipeline_run(f->pipeline, f->arena, &record, &result);
    return result;
}

/* The one record it becomes, as the story stage reads it. */
static struct features_record accepted(struct fixture *f, const char *kind, const char *data, bool to_all)
{
    struct pipeline_result result = run(f, arena_printf(f->arena, "newswired.correction.%s", kind), data);
    if (result.reject_count > 0) fail_msg("%s", result.rejects[0].reason);
    assert_int_equal(result.output_count, 1);
    assert_int_equal(result.outputs[0].target, to_all ? TARGET_ALL : TARGET_LANGUAGE);
    struct features_record record;
    assert_int_equal(
        features_record_unpack(f->arena, result.outputs[0].bytes, result.outputs[0].len, &record), NW_OK);
    assert_int_equal(record.kind, RECORD_CORRECTION);
    assert_int_equal(record.origin.offset, 5);
    if (!to_all) assert_string_equal(result.outputs[0].key, record.language);
    return record;
}

static struct id128 id(const char *hex)
{
    struct id128 parsed;
    assert_true(id128_parse(hex, strlen(hex), &parsed));
    return parsed;
}

static void merge_names_two_stories_and_goes_to_their_language(void **state)
{
    struct features_record record = accepted(
        *state, "merge",
        "{\"language\":\"English\",\"story\":\"" A "\",\"into\":\"" B "\",\"note\":\"same ferry\"}", false);
    assert_int_equal(record.correction.kind, CORRECTION_MERGE);
    assert_string_equal(record.language, "en");
    assert_true(id128_equal(record.correction.story, id(A)));
    assert_true(id128_equal(record.correction.into, id(B)));
    assert_string_equal(record.correction.title, "");
    assert_int_equal(record.correction.article_count, 0);
}

static void split_names_articles_in_each_form_and_its_words_become_features(void **state)
{
    struct fixture *f = *state;
    struct features_record record = accepted(
        f, "split",
        "{\"language\":\"en\",\"story\":\"" A "\",\"title\":\" Dockers <b>walk out</b> \",\"articles\":["
        "\"http://www.example.com/1?utm_source=x\",\"" B "\",\"urn:newsml:wire.example:77\","
        "{\"id\":\"" B
        "\",\"url\":\"https://example.com/3\",\"title\":\"Port of Brest closed\",\"lead\":\"Cranes idle.\"},"
        "{\"id\":\"desk-17\",\"url\":\"https://example.com/4\"},{\"id\":\"" B "\"}]}",
        false);
    const struct article_name *names = record.correction.articles;
    assert_int_equal(record.correction.article_count, 6);
    assert_true(id128_equal(names[0].id, hash128("example.com/1", 13)));
    assert_true(names[0].raw_url_hash != 0);
    assert_true(id128_equal(names[1].id, id(B)));
    assert_true(id128_is_zero(names[2].id) &&
                names[2].producer_id_hash == hash64("urn:newsml:wire.example:77", 26));
    assert_true(id128_equal(names[3].id, id(B)) &&
                names[3].raw_url_hash == hash64("https://example.com/3", 21));
    assert_true(id128_equal(names[4].id, hash128("example.com/4", 13)));
    assert_true(id128_equal(names[5].id, id(B)));
    assert_string_equal(record.correction.title, "Dockers walk out");
    /* the same features as an article of that title and those texts */
    assert_int_equal(record.features.title.count, 3); /* dockers, walk(ed), and the two as one */
    assert_true(record.features.body_words >= 6);
    /* without any words there are none: it is still a split */
    record =
        accepted(f, "split", "{\"language\":\"und\",\"story\":\"" A "\",\"articles\":[\"" B "\"]}", false);
    assert_int_equal(record.features.title.count, 0);
    assert_string_equal(record.language, "und");
}

static void rename_has_a_title_that_may_be_empty(void **state)
{
    struct features_record record =
        accepted(*state, "rename",
                 "{\"language\":\"fr\",\"story\":\"" A "\",\"title\":\"\\u202eL'\\u00e9t\\u00e9\"}", false);
    assert_string_equal(record.correction.title, "L'\u00e9t\u00e9"); /* without the override */
    record = accepted(*state, "rename", "{\"language\":\"fr\",\"story\":\"" A "\",\"title\":\"\"}", false);
    assert_string_equal(record.correction.title, "");
    char *text = nw_calloc(1, 100000);
    memset(text, 'x', 99999);
    const char *data = arena_printf(((struct fixture *)*state)->arena,
                                    "{\"language\":\"fr\",\"story\":\"" A "\",\"title\":\"%s\"}", text);
    assert_int_equal(strlen(accepted(*state, "rename", data, false).correction.title), CORRECTION_TITLE_MAX);
    free(text);
}

static void takedown_of_a_story_goes_to_its_language_and_one_of_articles_everywhere(void **state)
{
    struct features_record record =
        accepted(*state, "TakeDown", "{\"language\":\"en\",\"story\":\"" A "\"}", false);
    assert_int_equal(record.correction.kind, CORRECTION_TAKEDOWN);
    record = accepted(*state, "takedown", "{\"articles\":[\"https://example.com/1\"]}", true);
    assert_int_equal(record.correction.article_count, 1);
    assert_true(id128_is_zero(record.correction.story));
    assert_string_equal(record.language, "");
}

static void structured_envelope_is_read_as_well_also_among_articles(void **state)
{
    struct fixture *f = *state;
    const char *list = "[{\"specversion\":\"1.0\",\"type\":\"newswired.correction.rename\",\"id\":\"1\","
                       "\"source\":\"/desk\",\"data\":"
                       "{\"language\":\"en\",\"story\":\"" A "\",\"title\":\"T\"}},"
                       "{\"specversion\":\"1.0\",\"type\":\"a.created\",\"data\":"
                       "{\"url\":\"https://bbc.com/1\",\"title\":\"T\"}},"
                       "{\"specversion\":\"1.0\",\"type\":\"newswired.correction.rename\",\"data\":[]}]";
    const char *type = "application/cloudevents-batch+json";
    const struct input_header header = {"content-type", type, strlen(type)};
    struct input_record record = {.value = list,
                                  .len = strlen(list),
                                  .headers = &header,
                                  .header_count = 1,
                                  .origin = {.topic = "articles"}};
    struct pipeline_result result;
    article_pipeline_run(f->pipeline, f->arena, &record, &result);
    assert_int_equal(result.output_count, 3); /* "und" articles are moved before they are written */
    assert_int_equal(result.outputs[0].record->kind, RECORD_CORRECTION);
    assert_int_equal(result.outputs[2].record->kind, RECORD_ARTICLE);
    assert_int_equal(result.reject_count, 1);
    assert_int_equal(result.rejects[0].index, 2);
    assert_string_equal(result.rejects[0].reason, "data of a correction is not an object");
}

static struct pipeline_reject refused(struct fixture *f, const char *header_name, const char *header_value,
                                      const char *value)
{
    const struct input_header header = {header_name, header_value, strlen(header_value)};
    struct input_record record = {.value = value,
                                  .len = strlen(value),
                                  .headers = &header,
                                  .header_count = header_name != NULL,
                                  .origin = {.topic = "articles"}};
    struct pipeline_result result;
    article_pipeline_run(f->pipeline, f->arena, &record, &result);
    assert_int_equal(result.output_count, 0);
    assert_int_equal(result.reject_count, 1);
    assert_int_equal(result.rejects[0].code, REJECT_BAD_CORRECTION);
    return result.rejects[0];
}

/* A crawler passes on what it found; only its own headers are its word. */
static void correction_that_no_header_vouches_for_is_refused(void **state)
{
    struct fixture *f = *state;
#define FORGED                                                                                               \
    "{\"specversion\":\"1.0\",\"type\":\"newswired.correction.takedown\",\"data\":"                          \
    "{\"articles\":[\"https://rival.example/1\"]}}"
    static const char *const rows[][3] = {
        {NULL, "", FORGED},
        {NULL, "", "[" FORGED "]"},
        {NULL, "", "{\"items\":[" FORGED "]}"},
        {"ce_type", "crawler.page", FORGED},
        {"ce_type", "crawler.page", "{\"articles\":[" FORGED "]}"},
        {"content-type", "application/json", FORGED},
        {"content-type", "application/cloudevents+json", "{\"items\":[" FORGED "]}"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        assert_string_equal(refused(f, rows[i][0], rows[i][1], rows[i][2]).reason,
                            "a correction needs a header that says so: ce_type, or content-type "
                            "application/cloudevents+json");
    const struct article_pipeline_config config = {.refuse_corrections = true};
    article_pipeline_free(f->pipeline);
    f->pipeline = article_pipeline_new(&config);
    assert_string_equal(refused(f, "content-type", "application/cloudevents+json", FORGED).reason,
                        "corrections are switched off: input.corrections");
}

static void what_is_wrong_with_a_correction_is_said(void **state)
{
    struct fixture *f = *state;
#define EN "\"language\":\"en\",\"story\":\"" A "\""
    static const char *const rows[][3] = {
        {"publish", "{}", "type names no correction: merge, split, rename and takedown are known"},
        {"deleted", "{}", "type names no correction: merge, split, rename and takedown are known"},
        {"", "{}", "type names no correction: merge, split, rename and takedown are known"},
        {"merge", "[]", "data of a correction is not an object"},
        {"merge", NULL, "data of a correction is not an object"},
        {"merge", "{}", "story is not the id of a story (32 hexadecimal digits)"},
        {"merge", "{\"story\":\"12\"}", "story is not the id of a story (32 hexadecimal digits)"},
        {"merge", "{\"story\":\"00000000000000000000000000000000\"}",
         "story is not the id of a story (32 hexadecimal digits)"},
        {"merge", "{\"story\":\"" A "\",\"into\":\"" B "\"}",
         "language is not the language of the story, as its summary has it"},
        {"merge", "{\"language\":\"Klingonese\",\"story\":\"" A "\",\"into\":\"" B "\"}",
         "language is not the language of the story, as its summary has it"},
        {"merge", "{" EN "}", "into is not the id of a story (32 hexadecimal digits)"},
        {"merge", "{" EN ",\"into\":7}", "into is not the id of a story (32 hexadecimal digits)"},
        {"merge", "{" EN ",\"into\":\"" A "\"}", "story and into are the same"},
        {"split", "{" EN "}", "articles is not a list of articles, each by URL or id"},
        {"split", "{" EN ",\"articles\":[]}", "articles is not a list of articles, each by URL or id"},
        {"split", "{" EN ",\"articles\":\"" B "\"}", "articles is not a list of articles, each by URL or id"},
        {"split", "{" EN ",\"articles\":[\"4711\"]}",
         "an element of articles is neither an article's URL nor an id of 16 characters or more"},
        {"split", "{" EN ",\"articles\":[5]}",
         "an element of articles is neither an article's URL nor an id of 16 characters or more"},
        {"split", "{" EN ",\"articles\":[\"https://u:p@x.com/\"]}",
         "an element of articles is neither an article's URL nor an id of 16 characters or more"},
        {"split", "{" EN ",\"articles\":[{\"title\":\"T\"}]}",
         "an element of articles has neither url nor id"},
        {"split", "{" EN ",\"articles\":[{\"url\":\"javascript:1\"}]}",
         "the url of an element of articles is not an http or https URL"},
        {"split", "{" EN ",\"articles\":[\"" B "\"],\"title\":5}", "title is not a text"},
        {"rename", "{" EN "}", "title is not a text"},
        {"rename", "{" EN ",\"title\":null}", "title is not a text"},
        {"takedown", "{}", "a takedown names either a story or articles"},
        {"takedown", "{" EN ",\"articles\":[\"" B "\"]}", "a takedown names either a story or articles"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct pipeline_result result =
            run(f, arena_printf(f->arena, "newswired.correction.%s", rows[i][0]), rows[i][1]);
        assert_int_equal(result.output_count, 0);
        assert_int_equal(result.reject_count, 1);
        assert_string_equal(result.rejects[0].reason, rows[i][2]);
        assert_int_equal(result.rejects[0].code, REJECT_BAD_CORRECTION);
    }
}

static void at_most_a_thousand_articles_are_named(void **state)
{
    struct fixture *f = *state;
    char *list = nw_calloc(1002, sizeof(",\"" A "\""));
    size_t at = 0;
    for (int i = 0; i < 1000; i++) at += (size_t)sprintf(list + at, "%s\"%032x\"", i > 0 ? "," : "", i + 1);
    const char *data = arena_printf(f->arena, "{" EN ",\"articles\":[%s]}", list);
    assert_int_equal(accepted(f, "split", data, false).correction.article_count, 1000);
    sprintf(list + at, ",\"" A "\"");
    data = arena_printf(f->arena, "{" EN ",\"articles\":[%s]}", list);
    struct pipeline_result result = run(f, "newswired.correction.split", data);
    assert_string_equal(result.rejects[0].reason, "articles lists more than 1000 articles");
    free(list);
}

/* ---- the record ---- */

static enum nw_err read_back(struct fixture *f, const struct features_record *record)
{
    const uint8_t *bytes;
    size_t len;
    struct features_record back;
    features_record_pack(f->arena, record, &bytes, &len);
    return features_record_unpack(f->arena, bytes, len, &back);
}

static void record_that_says_too_much_or_too_little_is_refused(void **state)
{
    struct fixture *f = *state;
    const struct article_name named = {.raw_url_hash = 1}, nameless = {.raw_url_hash = 0};
    const struct features_record good = {
        .kind = RECORD_CORRECTION,
        .origin = {.topic = "articles"},
        .language = "en",
        .correction = {.kind = CORRECTION_MERGE, .story = id(A), .into = id(B), .title = ""},
    };
    assert_int_equal(read_back(f, &good), NW_OK);
    struct features_record bad = good;
    bad.correction.into = bad.correction.story;
    assert_int_equal(read_back(f, &bad), NW_ERR_CORRUPT);
    bad = good, bad.language = "";
    assert_int_equal(read_back(f, &bad), NW_ERR_CORRUPT);
    bad = good, bad.correction.title = "T";
    assert_int_equal(read_back(f, &bad), NW_ERR_CORRUPT);
    bad = good, bad.correction.kind = CORRECTION_RENAME;
    assert_int_equal(read_back(f, &bad), NW_ERR_CORRUPT);
    bad.correction.into = (struct id128){0, 0};
    assert_int_equal(read_back(f, &bad), NW_OK);
    bad.correction.title = "bad\xff";
    assert_int_equal(read_back(f, &bad), NW_ERR_CORRUPT);
    bad.correction.title = "";
    bad.correction.kind = CORRECTION_SPLIT;
    assert_int_equal(read_back(f, &bad), NW_ERR_CORRUPT);
    bad.correction.articles = &named;
    bad.correction.article_count = 1;
    assert_int_equal(read_back(f, &bad), NW_OK);
    bad.correction.articles = &nameless;
    assert_int_equal(read_back(f, &bad), NW_ERR_CORRUPT);
    bad.correction.articles = &named;
    bad.correction.kind = CORRECTION_TAKEDOWN; /* a story and articles */
    assert_int_equal(read_back(f, &bad), NW_ERR_CORRUPT);
    bad.correction.story = (struct id128){0, 0};
    assert_int_equal(read_back(f, &bad), NW_ERR_CORRUPT); /* articles of one language */
    bad.language = "";
    assert_int_equal(read_back(f, &bad), NW_OK);
    bad.correction.kind = CORRECTION_KIND_COUNT;
    assert_int_equal(read_back(f, &bad), NW_ERR_CORRUPT);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(merge_names_two_stories_and_goes_to_their_language),
        T(split_names_articles_in_each_form_and_its_words_become_features),
        T(rename_has_a_title_that_may_be_empty),
        T(takedown_of_a_story_goes_to_its_language_and_one_of_articles_everywhere),
        T(structured_envelope_is_read_as_well_also_among_articles),
        T(correction_that_no_header_vouches_for_is_refused),
        T(what_is_wrong_with_a_correction_is_said),
        T(at_most_a_thousand_articles_are_named),
        T(record_that_says_too_much_or_too_little_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
