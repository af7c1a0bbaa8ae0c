#include "articles/article_pipeline.h"

#include <stdlib.h>

#include "articles/article_records.h"
#include "base/alloc.h"
#include "base/instant.h"

enum { DEFAULT_MAX_BYTES = 900 * 1024 };

struct article_pipeline {
    struct event_decoder *decoder;
    struct article_recorder *recorder;
    size_t max_bytes;
};

struct article_pipeline *article_pipeline_new(const struct article_pipeline_config *config)
{
    struct article_recorder *recorder = article_recorder_new();
    if (recorder == NULL) return NULL;
    struct article_pipeline *pipeline = nw_calloc(1, sizeof(*pipeline));
    pipeline->recorder = recorder;
    pipeline->decoder = event_decoder_new(config->extra_aliases, config->extra_alias_count);
    event_decoder_set_rules(pipeline->decoder, config->rules);
    if (config->refuse_corrections) event_decoder_refuse_corrections(pipeline->decoder);
    pipeline->max_bytes = config->max_features_bytes > 0 ? config->max_features_bytes : DEFAULT_MAX_BYTES;
    if (pipeline->max_bytes > FEATURES_RECORD_MAX_BYTES) pipeline->max_bytes = FEATURES_RECORD_MAX_BYTES;
    return pipeline;
}

void article_pipeline_free(struct article_pipeline *pipeline)
{
    if (pipeline == NULL) return;
    event_decoder_free(pipeline->decoder);
    article_recorder_free(pipeline->recorder);
    free(pipeline);
}

void article_pipeline_set_rules(struct article_pipeline *pipeline, const struct source_rules *rules)
{
    event_decoder_set_rules(pipeline->decoder, rules);
}

/* Appends the event's records, or none of them when one is too large: a move without its article would be a
 * loss. */
static bool add_outputs(struct article_pipeline *pipeline, struct arena *arena, const struct origin *origin,
                        const struct event *event, struct pipeline_output *outputs, size_t *count)
{
    struct article_record *records = arena_alloc(arena, ARTICLE_RECORDS_MAX * sizeof(*records));
    size_t made = 1;
    if (event->correction != NULL)
        article_records_correct(pipeline->recorder, arena, event->correction, origin, &records[0]);
    else
        made = article_records_make(pipeline->recorder, arena, &event->article, origin, records);
    for (size_t i = 0; i < made; i++)
        if (records[i].len > pipeline->max_bytes) return false;
    for (size_t i = 0; i < made; i++)
        outputs[(*count)++] =
            (struct pipeline_output){.target = records[i].to_all ? TARGET_ALL : TARGET_LANGUAGE,
                                     .key = records[i].key,
                                     .record = &records[i].record,
                                     .bytes = records[i].bytes,
                                     .len = records[i].len};
    return true;
}

void article_pipeline_run(struct article_pipeline *pipeline, struct arena *arena,
                          const struct input_record *record, struct pipeline_result *out)
{
    struct event_list events;
    event_decode(pipeline->decoder, arena, record, &events);
    struct pipeline_output *outputs =
        arena_alloc(arena, ARTICLE_RECORDS_MAX * events.count * sizeof(*outputs));
    struct pipeline_reject *rejects = arena_alloc(arena, events.count * sizeof(*rejects));
    *out = (struct pipeline_result){.outputs = outputs, .rejects = rejects};
    for (size_t i = 0; i < events.count; i++) {
        const struct event *event = &events.events[i];
        struct pipeline_reject reject = {event->index, event->reject, event->reason};
        struct origin origin = record->origin;
        origin.index = event->index;
        origin.append_ms = record->append_ms == NW_NO_TIME ? 0 : record->append_ms;
        if (reject.code == REJECT_NONE) {
            if (add_outputs(pipeline, arena, &origin, event, outputs, &out->output_count)) continue;
            reject.code = REJECT_FEATURES_TOO_LARGE;
            reject.reason = "the record of its features would be larger than the features topic allows";
        }
        rejects[out->reject_count++] = reject;
    }
}
