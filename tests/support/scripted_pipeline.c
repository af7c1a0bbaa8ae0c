/*
 * An article stage that does what a record says, in place of articles/article_pipeline.c:
 *   "L <language> <text>"   one features record under that language
 *   "A <text>"              a withdrawal, to every partition
 *   "R <text>"              a reject
 *   "B <n> <language>"      n features records of one input record
 */
#include <stdlib.h>
#include <string.h>

#include "articles/article_pipeline.h"
#include "base/alloc.h"

struct article_pipeline {
    int unused;
};

struct article_pipeline *article_pipeline_new(const struct article_pipeline_config *config)
{
    (void)config;
    return nw_calloc(1, sizeof(struct article_pipeline));
}

void article_pipeline_set_rules(struct article_pipeline *pipeline, const struct source_rules *rules)
{
    (void)pipeline;
    (void)rules;
}

void article_pipeline_free(struct article_pipeline *pipeline)
{
    free(pipeline);
}

static struct pipeline_output output(struct arena *arena, enum pipeline_target target, const char *key,
                                     const char *bytes, size_t len)
{
    struct features_record *record = arena_calloc(arena, 1, sizeof(*record));
    record->kind = target == TARGET_ALL ? RECORD_RETRACTED : RECORD_ARTICLE;
    return (struct pipeline_output){
        .target = target, .key = key, .record = record, .bytes = (const uint8_t *)bytes, .len = len};
}

void article_pipeline_run(struct article_pipeline *pipeline, struct arena *arena,
                          const struct input_record *record, struct pipeline_result *out)
{
    (void)pipeline;
    char *text = arena_memdup(arena, record->value, record->len);
    *out = (struct pipeline_result){0};
    if (text[0] == 'R') {
        struct pipeline_reject *reject = arena_calloc(arena, 1, sizeof(*reject));
        *reject = (struct pipeline_reject){.code = REJECT_MISSING_URL, .reason = "url is missing"};
        out->rejects = reject;
        out->reject_count = 1;
        return;
    }
    size_t count = text[0] == 'B' ? strtoul(text + 2, NULL, 10) : 1;
    struct pipeline_output *list = arena_calloc(arena, count, sizeof(*list));
    for (size_t i = 0; i < count; i++) {
        if (text[0] == 'L')
            list[i] = output(arena, TARGET_LANGUAGE, arena_memdup(arena, text + 2, 2), text, record->len);
        else if (text[0] == 'A')
            list[i] = output(arena, TARGET_ALL, "und", text, record->len);
        else {
            char *bytes = arena_printf(arena, "%06zu of %s", i, text);
            list[i] = output(arena, TARGET_LANGUAGE, arena_strdup(arena, strrchr(text, ' ') + 1), bytes,
                             strlen(bytes));
        }
    }
    out->outputs = list;
    out->output_count = count;
}
