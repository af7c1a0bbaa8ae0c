/*
 * event - turns one input record (bytes, key, headers) into article events or rejects.
 *
 * Understands the canonical form, the producers' shapes of event_alias.h, CloudEvents 1.0 structured
 * and binary, arrays of articles, and null values (retractions by key). Pure: no clock; the append
 * time is an argument. Everything in the result lives in the arena.
 * Limits: record 8 MiB, depth 64, a million values, body 64 KiB used; at most EVENT_MAX_PER_RECORD events a
 * record.
 */
#ifndef NW_ARTICLES_EVENT_H
#define NW_ARTICLES_EVENT_H

#include "articles/article.h"
#include "articles/correction.h"
#include "articles/reject_code.h"
#include "base/arena.h"

enum {
    EVENT_MAX_RECORD_BYTES = 8 * 1024 * 1024,
    EVENT_MAX_DEPTH = 64,
    EVENT_MAX_PER_RECORD = 10000,
    EVENT_MAX_VALUES = 1000 * 1000, /* JSON values: bounds the memory a parsed record takes */
};

struct input_header {
    const char *name;
    const void *value; /* NULL when the header has none */
    size_t len;
};

struct input_record {
    const void *key;
    size_t key_len;
    const void *value; /* NULL: a tombstone */
    size_t len;
    const struct input_header *headers;
    size_t header_count;
    int64_t append_ms;    /* the record's own time, NW_NO_TIME when there is none */
    struct origin origin; /* index is 0 */
};

struct event {
    uint32_t index;          /* within the record, counted over good and bad ones */
    enum reject_code reject; /* REJECT_NONE: article or correction is set */
    const char *reason;      /* one sentence naming the field, when rejected */
    struct article article;
    const struct correction *correction; /* instead of article; NULL: it is an article */
};

struct event_list {
    struct event *events;
    size_t count;
};

struct event_decoder;
struct source_rules;

/* extra_aliases: "canonical field=path" pairs from the configuration (input.aliases), may be NULL; those
 * that are not valid (event_aliases_valid in event_alias.h: for whoever reads the configuration) are left
 * out. */
struct event_decoder *event_decoder_new(const char *const *extra_aliases, size_t count);
void event_decoder_free(struct event_decoder *decoder);
/* Corrections become rejects. */
void event_decoder_refuse_corrections(struct event_decoder *decoder);
/* For the records from now on; rules are borrowed, NULL takes every source. Retractions and corrections are
 * taken whatever the rules say. */
void event_decoder_set_rules(struct event_decoder *decoder, const struct source_rules *rules);

/* Never fails: a record that cannot be read at all is one event with a reject. Not thread-safe per decoder.
 */
void event_decode(struct event_decoder *decoder, struct arena *arena, const struct input_record *record,
                  struct event_list *out);

#endif
