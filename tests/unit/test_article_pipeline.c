#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "articles/article_pipeline.h"
#include "base/instant.h"

static struct arena *arena;
static struct article_pipeline *pipeline;

static struct input_record input(const char *json)
{
    return (struct input_record){.value = json,
                                 .len = strlen(json),
                                 .append_ms = INT64_C(1760000000000),
                                 .origin = {.topic = "articles", .partition = 2, .offset = 41}};
}

static struct pipeline_result run(const struct input_record *record)
{
    struct pipeline_result result;
    article_pipeline_run(pipeline, arena, record, &result);
    return result;
}

#define STORM "\"title\":\"Storm hits the northern coast of Norway\",\"language\":\"en\""

static void an_article_becomes_a_record_of_its_language(void **state)
{
    (void)state;
    struct input_record record = input("{\"url\":\"https://example.com/storm\"," STORM "}");
    struct pipeline_result result = run(&record);
    assert_int_equal(result.reject_count, 0);
    assert_int_equal(result.output_count, 1);
    assert_int_equal(result.outputs[0].target, TARGET_LANGUAGE);
    assert_string_equal(result.outputs[0].key, "en");
    struct features_record back;
    assert_int_equal(features_record_unpack(arena, result.outputs[0].bytes, result.outputs[0].len, &back),
                     NW_OK);
    assert_string_equal(back.source, "example.com");
    assert_string_equal(back.origin.topic, "articles");
    assert_int_equal(back.origin.partition, 2);
    assert_int_equal(back.origin.offset, 41);
    assert_int_equal(back.origin.index, 0);
    assert_true(id128_equal(back.id, result.outputs[0].record->id));
}

static void good_and_bad_events_of_one_record_are_told_apart(void **state)
{
    (void)state;
    struct input_record record = input("[{\"url\":\"https://example.com/1\"," STORM "},"
                                       "{\"url\":\"https://example.com/2\"},"
                                       "{\"url\":\"https://example.com/3\"," STORM "}]");
    struct pipeline_result result = run(&record);
    assert_int_equal(result.output_count, 2);
    assert_int_equal(result.outputs[0].record->origin.index, 0);
    assert_int_equal(result.outputs[1].record->origin.index, 2);
    assert_int_equal(result.reject_count, 1);
    assert_int_equal(result.rejects[0].index, 1);
    assert_int_equal(result.rejects[0].code, REJECT_MISSING_TITLE);
    assert_non_null(result.rejects[0].reason);
}

static void a_tombstone_withdraws_everywhere(void **state)
{
    (void)state;
    const char *key = "https://example.com/storm";
    struct input_record record = input("");
    record.value = NULL, record.len = 0, record.key = key, record.key_len = strlen(key);
    struct pipeline_result result = run(&record);
    assert_int_equal(result.output_count, 1);
    assert_int_equal(result.outputs[0].target, TARGET_ALL);
    assert_int_equal(result.outputs[0].record->kind, RECORD_RETRACTED);
}

static void an_explicit_update_is_moved_before_it_is_written(void **state)
{
    (void)state;
    const char *type = "com.example.article.updated", *version = "1.0", *id = "1", *source = "/x";
    const struct input_header headers[] = {{"ce_type", type, strlen(type)},
                                           {"ce_specversion", version, 3},
                                           {"ce_id", id, 1},
                                           {"ce_source", source, 2}};
    struct input_record record = input("{\"url\":\"https://example.com/storm\"," STORM "}");
    record.headers = headers, record.header_count = 4;
    struct pipeline_result result = run(&record);
    assert_int_equal(result.output_count, 2);
    assert_int_equal(result.outputs[0].target, TARGET_ALL);
    assert_int_equal(result.outputs[0].record->kind, RECORD_MOVED);
    assert_string_equal(result.outputs[0].record->language, "en");
    assert_int_equal(result.outputs[1].target, TARGET_LANGUAGE);
    assert_int_equal(result.outputs[1].record->kind, RECORD_ARTICLE);
}

static void a_record_larger_than_the_topic_allows_is_rejected_whole(void **state)
{
    (void)state;
    const struct article_pipeline_config config = {.max_features_bytes = 200};
    struct article_pipeline *tight = article_pipeline_new(&config);
    struct input_record record = input("{\"url\":\"https://example.com/storm\",\"title\":\"zxqv 12\"}");
    struct pipeline_result result;
    article_pipeline_run(tight, arena, &record, &result);
    assert_int_equal(result.output_count, 0);
    assert_int_equal(result.reject_count, 1);
    assert_int_equal(result.rejects[0].code, REJECT_FEATURES_TOO_LARGE);
    article_pipeline_free(tight);
}

static void what_is_no_json_is_one_reject(void **state)
{
    (void)state;
    struct input_record record = input("storm");
    struct pipeline_result result = run(&record);
    assert_int_equal(result.output_count, 0);
    assert_int_equal(result.reject_count, 1);
    assert_int_equal(result.rejects[0].code, REJECT_NOT_JSON);
}

static void two_pipelines_write_the_same_bytes(void **state)
{
    (void)state;
    const struct article_pipeline_config config = {0};
    struct article_pipeline *other = article_pipeline_new(&config);
    struct input_record warm_up =
        input("{\"url\":\"https://example.com/fr\",\"title\":\"L'orage frappe la côte\"}");
    struct pipeline_result a, b;
    article_pipeline_run(other, arena, &warm_up, &a);
    struct input_record record = input("{\"url\":\"https://example.com/storm\"," STORM "}");
    article_pipeline_run(pipeline, arena, &record, &a);
    article_pipeline_run(other, arena, &record, &b);
    assert_int_equal(a.outputs[0].len, b.outputs[0].len);
    assert_memory_equal(a.outputs[0].bytes, b.outputs[0].bytes, a.outputs[0].len);
    article_pipeline_free(other);
}

static int set_up(void **state)
{
    (void)state;
    const struct article_pipeline_config config = {0};
    arena = arena_new();
    pipeline = article_pipeline_new(&config);
    return pipeline == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    article_pipeline_free(pipeline);
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_article_becomes_a_record_of_its_language),
        cmocka_unit_test(good_and_bad_events_of_one_record_are_told_apart),
        cmocka_unit_test(a_tombstone_withdraws_everywhere),
        cmocka_unit_test(an_explicit_update_is_moved_before_it_is_written),
        cmocka_unit_test(a_record_larger_than_the_topic_allows_is_rejected_whole),
        cmocka_unit_test(what_is_no_json_is_one_reject),
        cmocka_unit_test(two_pipelines_write_the_same_bytes),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
