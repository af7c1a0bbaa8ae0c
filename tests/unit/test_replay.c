#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <jansson.h>

#include "base/instant.h"
#include "daemon/features_dump.h"
#include "daemon/options.h"
#include "daemon/replay_input.h"

/* What a replay wrote. */
struct output {
    char *summaries, *clusters;
    size_t summaries_len, clusters_len;
    int code;
};

static void output_fini(struct output *output)
{
    free(output->summaries);
    free(output->clusters);
}

struct variant {
    bool revisions, dump;
    struct story_policy policy;
};

static struct output replay(const char *bytes, size_t len, struct variant variant)
{
    struct output output = {0};
    FILE *in = fmemopen((char *)(uintptr_t)bytes, len, "rb");
    FILE *summaries = open_memstream(&output.summaries, &output.summaries_len);
    FILE *clusters = open_memstream(&output.clusters, &output.clusters_len);
    const struct replay_trace_wanted wanted = {.clusters = true};
    const struct replay_setting setting = {
        .policy = variant.policy,
        .coverage = coverage_policy_default(),
        .ratings = ratings_empty(),
        .features_topic = "articles.features",
        .revisions = variant.revisions,
        .summaries = summaries,
        .trace = replay_trace_new(&wanted),
    };
    const struct replay_articles_setting articles = {.topic = "articles"};
    output.code = variant.dump ? replay_features(in, "dump", &setting)
                               : replay_events(in, "events", &articles, &setting);
    replay_trace_write_clusters(setting.trace, clusters);
    replay_trace_free(setting.trace);
    ratings_unref((struct ratings *)(uintptr_t)setting.ratings);
    fclose(in);
    fclose(summaries);
    fclose(clusters);
    return output;
}

static struct output replay_lines(const char *lines, struct variant variant)
{
    return replay(lines, strlen(lines), variant);
}

static struct variant plain(void)
{
    return (struct variant){.policy = story_policy_default()};
}

static size_t line_count(const char *text)
{
    size_t count = 0;
    for (; *text != '\0'; text++) count += *text == '\n';
    return count;
}

/* The n-th line as an object; json_decref() it. */
static json_t *line_at(const char *text, size_t n)
{
    while (n-- > 0) text = strchr(text, '\n') + 1;
    json_t *line = json_loadb(text, strcspn(text, "\n"), 0, NULL);
    assert_non_null(line);
    return line;
}

static json_int_t number_at(const char *text, size_t n, const char *name)
{
    json_t *line = line_at(text, n);
    json_int_t number = json_integer_value(json_object_get(line, name));
    json_decref(line);
    return number;
}

static const char quake[] =
    "{\"url\":\"https://one.example.com/quake\",\"title\":\"Strong earthquake shakes northern Chile\","
    "\"language\":\"en\",\"published_at\":\"2025-10-09T12:00:00Z\"}\n"
    "{\"url\":\"https://www.two.example.org/chile-quake\",\"title\":\"Earthquake shakes northern Chile "
    "coast\","
    "\"language\":\"en\",\"published_at\":\"2025-10-09T12:30:00Z\"}\n"
    "{\"url\":\"https://three.example.net/cup\",\"title\":\"Visitors win cup final after penalties\","
    "\"language\":\"en\",\"published_at\":\"2025-10-09T13:00:00Z\"}\n";

static void last_summary_of_each_story_comes_once(void **state)
{
    (void)state;
    struct output output = replay_lines(quake, plain());
    assert_int_equal(output.code, EXIT_DONE);
    assert_int_equal(line_count(output.summaries), 2);
    assert_int_equal(number_at(output.summaries, 0, "articleCount"), 2);
    assert_int_equal(number_at(output.summaries, 1, "articleCount"), 1);
    output_fini(&output);
}

static void clusters_name_id_url_as_given_and_story(void **state)
{
    (void)state;
    struct output output = replay_lines(quake, plain());
    char id[3][33], url[3][80], story[3][33];
    assert_int_equal(line_count(output.clusters), 3);
    assert_int_equal(sscanf(output.clusters, "%32s\t%79s\t%32s\n%32s\t%79s\t%32s\n%32s\t%79s\t%32s\n", id[0],
                            url[0], story[0], id[1], url[1], story[1], id[2], url[2], story[2]),
                     9);
    assert_string_equal(url[1], "https://www.two.example.org/chile-quake");
    assert_string_equal(story[0], story[1]);
    assert_string_not_equal(story[0], story[2]);
    output_fini(&output);
}

static void retracted_article_is_in_no_cluster(void **state)
{
    (void)state;
    char lines[2000];
    snprintf(lines, sizeof(lines),
             "%s{\"_key\":\"https://three.example.net/cup\",\"_raw\":null,"
             "\"_appendTime\":\"2025-10-09T14:00:00Z\"}\n",
             quake);
    struct output output = replay_lines(lines, plain());
    assert_int_equal(line_count(output.clusters), 2);
    assert_int_equal(line_count(output.summaries), 2); /* the emptied story says so */
    assert_non_null(strstr(output.summaries, "\"status\":\"closed\""));
    output_fini(&output);
}

static void revisions_has_a_line_for_every_change(void **state)
{
    (void)state;
    struct variant variant = plain();
    variant.revisions = true;
    struct output output = replay_lines(quake, variant);
    assert_int_equal(line_count(output.summaries), 3);
    assert_int_equal(number_at(output.summaries, 0, "articleCount"), 1);
    assert_int_equal(number_at(output.summaries, 1, "articleCount"), 2);
    assert_true(number_at(output.summaries, 1, "revision") > number_at(output.summaries, 0, "revision"));
    output_fini(&output);
}

static void bad_lines_cost_only_themselves(void **state)
{
    (void)state;
    char lines[2000];
    snprintf(lines, sizeof(lines), "\n{\"title\":\"no url\"}\nnot json\n  \t\r\n%s", quake);
    struct output output = replay_lines(lines, plain());
    assert_int_equal(output.code, EXIT_DONE);
    assert_int_equal(line_count(output.clusters), 3);
    output_fini(&output);
}

/* Events days apart, so that the first stories close and are dropped on the way. */
static char *months_of_events(void)
{
    char *lines;
    size_t len;
    FILE *out = open_memstream(&lines, &len);
    for (int i = 0; i < 120; i++)
        fprintf(out,
                "{\"url\":\"https://a.example.com/%d\",\"title\":\"alpha%d beta%d gamma%d happens\","
                "\"language\":\"en\",\"published_at\":%lld}\n",
                i, i, i, i, 1760000000LL + i * 43200LL);
    fclose(out);
    return lines;
}

static void story_that_was_dropped_has_its_last_summary_too(void **state)
{
    (void)state;
    char *lines = months_of_events();
    struct variant variant = plain();
    variant.policy.least_open_records = 0;
    struct output output = replay_lines(lines, variant);
    assert_int_equal(line_count(output.clusters), 120);
    assert_int_equal(line_count(output.summaries), 120);
    json_t *first = line_at(output.summaries, 0);
    assert_string_equal(json_string_value(json_object_get(first, "status")), "closed");
    json_decref(first);
    output_fini(&output);
    free(lines);
}

/* The features of the lines as a dump of partition 3. */
static char *dump_of(const char *lines, size_t *len)
{
    char *bytes;
    FILE *out = open_memstream(&bytes, len);
    const struct article_pipeline_config config = {0};
    struct article_pipeline *pipeline = article_pipeline_new(&config);
    struct arena *arena = arena_new();
    uint64_t offset = 0;
    assert_int_equal(features_dump_begin(out), NW_OK);
    for (int64_t line = 1; *lines != '\0'; line++) {
        size_t line_len = strcspn(lines, "\n");
        struct input_record record = {.value = lines, .len = line_len, .append_ms = NW_NO_TIME};
        record.origin = (struct origin){.topic = "articles", .offset = line};
        struct pipeline_result result;
        article_pipeline_run(pipeline, arena, &record, &result);
        for (size_t i = 0; i < result.output_count; i++) {
            const struct features_dump_record dumped = {3, offset++, NW_NO_TIME, result.outputs[i].bytes,
                                                        result.outputs[i].len};
            assert_int_equal(features_dump_write(out, &dumped), NW_OK);
        }
        lines += line_len + 1;
    }
    assert_int_equal(features_dump_end(out, offset), NW_OK);
    fclose(out);
    arena_free(arena);
    article_pipeline_free(pipeline);
    return bytes;
}

static void dump_replays_to_the_same_stories_as_its_events(void **state)
{
    (void)state;
    size_t len;
    char *dump = dump_of(quake, &len);
    struct variant variant = plain();
    struct output events = replay_lines(quake, variant);
    variant.dump = true;
    struct output features = replay(dump, len, variant);
    assert_int_equal(features.code, EXIT_DONE);
    assert_string_equal(features.clusters, events.clusters);
    assert_int_equal(line_count(features.summaries), line_count(events.summaries));
    assert_non_null(strstr(features.summaries, "\"partition\":3"));
    struct output cut = replay(dump, len - 30, variant);
    assert_int_equal(cut.code, EXIT_CONFIG);
    output_fini(&cut);
    output_fini(&events);
    output_fini(&features);
    free(dump);
}

static void dump_whose_offsets_go_back_is_refused(void **state)
{
    (void)state;
    size_t len;
    char *dump = dump_of(quake, &len);
    memset(dump + 8 + 4, 0x11, 8); /* the first offset: far ahead of the second */
    struct variant variant = plain();
    variant.dump = true;
    struct output output = replay(dump, len, variant);
    assert_int_equal(output.code, EXIT_CONFIG);
    output_fini(&output);
    free(dump);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(last_summary_of_each_story_comes_once),
        cmocka_unit_test(clusters_name_id_url_as_given_and_story),
        cmocka_unit_test(retracted_article_is_in_no_cluster),
        cmocka_unit_test(revisions_has_a_line_for_every_change),
        cmocka_unit_test(bad_lines_cost_only_themselves),
        cmocka_unit_test(story_that_was_dropped_has_its_last_summary_too),
        cmocka_unit_test(dump_replays_to_the_same_stories_as_its_events),
        cmocka_unit_test(dump_whose_offsets_go_back_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
