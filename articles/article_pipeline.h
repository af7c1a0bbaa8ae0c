/*
 * article_pipeline - input record in, features records and rejects out: the whole article stage.
 *
 * The article consumer and `newswired replay` both call this and nothing below it, so they cannot
 * differ. Pure but for its caches (stems), which do not change results. One per thread.
 */
#ifndef NW_ARTICLES_ARTICLE_PIPELINE_H
#define NW_ARTICLES_ARTICLE_PIPELINE_H

#include "articles/event.h"
#include "articles/features_record.h"
#include "base/arena.h"

enum pipeline_target {
    TARGET_LANGUAGE, /* to the partition of the key */
    TARGET_ALL,      /* a withdrawal: to every features partition */
};

struct pipeline_output {
    enum pipeline_target target;
    const char *key; /* language; for TARGET_ALL also the key to write it under */
    const struct features_record *record;
    const uint8_t *bytes; /* record, packed */
    size_t len;
};

struct pipeline_reject {
    uint32_t index;
    enum reject_code code;
    const char *reason;
};

struct pipeline_result {
    struct pipeline_output *outputs;
    size_t output_count;
    const struct pipeline_reject *rejects;
    size_t reject_count;
};

struct article_pipeline;

struct article_pipeline_config {
    const char *const *extra_aliases; /* as event_decoder_new */
    size_t extra_alias_count;
    const struct source_rules *rules; /* as article_pipeline_set_rules() */
    bool refuse_corrections;
    size_t max_features_bytes; /* larger records become rejects; 0: 900 KiB */
};

/* NULL when the Unicode data of the ICU libraries is missing. */
struct article_pipeline *article_pipeline_new(const struct article_pipeline_config *config);
void article_pipeline_free(struct article_pipeline *pipeline);

/* For the records from now on, as event_decoder_set_rules(). */
void article_pipeline_set_rules(struct article_pipeline *pipeline, const struct source_rules *rules);

/* Everything in the result lives in the arena, which the caller resets after use. */
void article_pipeline_run(struct article_pipeline *pipeline, struct arena *arena,
                          const struct input_record *record, struct pipeline_result *out);

#endif
