#include "articles/event.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "articles/event_alias.h"
#include "articles/event_article.h"
#include "articles/event_correction.h"
#include "articles/event_scan.h"
#include "articles/event_time.h"
#include "articles/url.h"
#include "articles/utf8.h"
#include "base/alloc.h"
#include "base/instant.h"

struct event_decoder {
    struct event_aliases *aliases;
    struct url_reader *urls;
    const struct source_rules *rules;
    bool no_corrections;
};

struct event_decoder *event_decoder_new(const char *const *extra_aliases, size_t count)
{
    struct event_decoder *decoder = nw_calloc(1, sizeof(*decoder));
    decoder->aliases = event_aliases_new(extra_aliases, count);
    decoder->urls = url_reader_new();
    return decoder;
}

void event_decoder_free(struct event_decoder *decoder)
{
    if (decoder == NULL) return;
    event_aliases_free(decoder->aliases);
    url_reader_free(decoder->urls);
    free(decoder);
}

void event_decoder_set_rules(struct event_decoder *decoder, const struct source_rules *rules)
{
    decoder->rules = rules;
}

void event_decoder_refuse_corrections(struct event_decoder *decoder)
{
    decoder->no_corrections = true;
}

/* One record being decoded. The list grows in the arena by doubling. */
struct decoding {
    struct arena *arena;
    bool structured; /* the content-type says CloudEvents: nothing but envelopes */
    bool correction; /* the header ce_type says so */
    bool feed;       /* it is an answer or a feed: what others wrote */
    bool no_corrections;
    struct event *events;
    size_t count, capacity;
};

static struct event *add_event(struct decoding *d)
{
    if (d->count == d->capacity) {
        size_t capacity = d->capacity == 0 ? 1 : d->capacity * 2;
        struct event *events = arena_alloc(d->arena, capacity * sizeof(*events));
        if (d->count > 0) memcpy(events, d->events, d->count * sizeof(*events));
        d->events = events;
        d->capacity = capacity;
    }
    struct event *event = &d->events[d->count];
    *event = (struct event){.index = (uint32_t)d->count, .reason = ""};
    d->count++;
    return event;
}

static void add_reject(struct decoding *d, enum reject_code code, const char *reason)
{
    struct event *event = add_event(d);
    event->reject = code;
    event->reason = reason;
}

static void add_retraction(struct decoding *d, const struct event_context *context, const char *name,
                           size_t len)
{
    struct event *event = add_event(d);
    event->reject = event_article_retract(context, name, len, &event->article, &event->reason);
}

static void add_article(struct decoding *d, const struct event_context *context, json_t *object)
{
    struct event *event = add_event(d);
    event->reject = event_article_read(context, object, &event->article, &event->reason);
    /* A retraction whose data does not name the article may do so in the CloudEvents subject. */
    if (event->reject == REJECT_MISSING_URL && context->kind == ARTICLE_RETRACT &&
        context->subject[0] != '\0')
        event->reject = event_article_retract(context, context->subject, strlen(context->subject),
                                              &event->article, &event->reason);
}

/* Only headers are believed: texts from the web may be in a record's value, headers are the producer's own.
 */
static const char *correction_refused(const struct decoding *d)
{
    if (d->no_corrections) return "corrections are switched off: input.corrections";
    if (!d->correction && (!d->structured || d->feed))
        return "a correction needs a header that says so: ce_type, or content-type "
               "application/cloudevents+json";
    return NULL;
}

static void add_correction(struct decoding *d, const struct event_context *context, json_t *data)
{
    const char *refused = correction_refused(d);
    if (refused != NULL) {
        add_reject(d, REJECT_BAD_CORRECTION, refused);
        return;
    }
    struct event *event = add_event(d);
    struct correction *correction = arena_alloc(d->arena, sizeof(*correction));
    event->reject = event_correction_read(context, data, correction, &event->reason);
    if (event->reject == REJECT_NONE) event->correction = correction;
}

/* -- CloudEvents ---------------------------------------------------------------------------------- */

static bool ends_with(const char *text, size_t len, const char *suffix)
{
    size_t n = strlen(suffix);
    return len >= n && strncasecmp(text + len - n, suffix, n) == 0;
}

static enum article_event_kind kind_of_type(const char *type, size_t len)
{
    if (event_correction_type(type, len)) return ARTICLE_CORRECT;
    if (ends_with(type, len, ".retracted") || ends_with(type, len, ".deleted")) return ARTICLE_RETRACT;
    if (ends_with(type, len, ".updated")) return ARTICLE_UPDATE;
    return ARTICLE_UPSERT;
}

static void set_type(struct decoding *d, struct event_context *context, const char *type, size_t len)
{
    context->kind = kind_of_type(type, len);
    if (context->kind == ARTICLE_CORRECT) context->type = arena_memdup(d->arena, type, len);
}

static const struct input_header *find_header(const struct input_record *record, const char *name)
{
    for (size_t i = 0; i < record->header_count; i++)
        if (strcasecmp(record->headers[i].name, name) == 0 && record->headers[i].value != NULL)
            return &record->headers[i];
    return NULL;
}

/* Structured mode, also in batches. */
static bool says_cloudevents(const struct input_record *record)
{
    static const char type[] = "application/cloudevents";
    const struct input_header *header = find_header(record, "content-type");
    return header != NULL && header->len >= sizeof(type) - 1 &&
           strncasecmp(header->value, type, sizeof(type) - 1) == 0;
}

/* Binary mode: the attributes are headers. False after adding a reject. */
static bool read_binary_attributes(struct decoding *d, const struct input_record *record,
                                   struct event_context *context)
{
    const struct input_header *type = find_header(record, "ce_type");
    const struct input_header *time = find_header(record, "ce_time");
    const struct input_header *subject = find_header(record, "ce_subject");
    if (type != NULL) set_type(d, context, type->value, type->len);
    d->correction = context->kind == ARTICLE_CORRECT;
    if (time != NULL) {
        struct event_time parsed;
        if (event_time_parse(time->value, time->len, &parsed) != NW_OK) {
            add_reject(d, REJECT_BAD_CLOUDEVENT, "header ce_time is not a time");
            return false;
        }
        if (!event_time_is_zero(&parsed)) context->event_ms = parsed.ms;
    }
    if (subject != NULL && utf8_valid(subject->value, subject->len) &&
        memchr(subject->value, '\0', subject->len) == NULL)
        context->subject = arena_memdup(d->arena, subject->value, subject->len);
    return true;
}

/* Structured mode: is this object an envelope? The header may be missing (a file, a plain producer). */
static bool is_envelope(json_t *object)
{
    return json_is_string(json_object_get(object, "specversion")) && json_object_get(object, "type") != NULL;
}

/* Sets what the envelope says and *data; false after adding a reject. *data is NULL for a retraction
 * that names its article by the subject alone. */
static bool open_envelope(struct decoding *d, json_t *envelope, struct event_context *context, json_t **data)
{
    json_t *version = json_object_get(envelope, "specversion"), *type = json_object_get(envelope, "type");
    json_t *time = json_object_get(envelope, "time"), *subject = json_object_get(envelope, "subject");
    const char *wrong = NULL;
    struct event_time parsed;
    *data = json_object_get(envelope, "data");
    if (!json_is_string(version) || strncmp(json_string_value(version), "1.", 2) != 0)
        wrong = "specversion is not 1.0";
    else if (!json_is_string(type) || json_string_length(type) == 0)
        wrong = "type is not a text";
    else if (time != NULL &&
             (!json_is_string(time) ||
              event_time_parse(json_string_value(time), json_string_length(time), &parsed) != NW_OK))
        wrong = "time of the envelope is not a time";
    else if (json_object_get(envelope, "data_base64") != NULL)
        wrong = "data_base64 is not read, send the article as data";
    if (wrong == NULL) {
        set_type(d, context, json_string_value(type), json_string_length(type));
        if (time != NULL && !event_time_is_zero(&parsed)) context->event_ms = parsed.ms;
        if (json_is_string(subject)) context->subject = json_string_value(subject);
        bool by_subject = context->kind == ARTICLE_RETRACT && context->subject[0] != '\0';
        if (!json_is_object(*data) && !json_is_array(*data)) {
            if (!by_subject || (*data != NULL && !json_is_null(*data)))
                wrong = "data is not an article or an array of them";
            *data = NULL;
        }
    }
    if (wrong != NULL) add_reject(d, REJECT_BAD_CLOUDEVENT, wrong);
    return wrong == NULL;
}

/* -- values --------------------------------------------------------------------------------------- */

/* A feed's own link and title are no article's. An article with items of its own has a text as well, or its
 * items are no articles. */
static bool is_feed(json_t *object, json_t *items)
{
    static const char *const texts[] = {"body",         "content",      "text",
                                        "content_html", "content_text", "articleBody"};
    if (json_object_get(object, "url") == NULL && json_object_get(object, "link") == NULL) return true;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (json_object_get(object, texts[i]) != NULL) return false;
    json_t *first = json_array_get(items, 0);
    return json_object_get(first, "title") != NULL &&
           (json_object_get(first, "link") != NULL || json_object_get(first, "url") != NULL);
}

/* Answers of news APIs hold their articles in a list: NewsAPI, NewsCatcher, GDELT, Perigon
 * ("articles"), Event Registry ("articles.results"), JSON Feed, Feedly and parsers of RSS ("items"). */
static json_t *list_in(json_t *object)
{
    json_t *list = json_object_get(object, "articles");
    if (json_is_object(list)) list = json_object_get(list, "results");
    if (json_is_array(list)) return list;
    list = json_object_get(object, "items");
    return json_is_array(list) && is_feed(object, list) ? list : NULL;
}

/* How a value may be nested: a record is an article, an envelope, or a list of those; the data of an
 * envelope is an article or a list of articles. */
enum place { IN_RECORD, IN_LIST, IN_ENVELOPE, IN_ENVELOPE_LIST };

static void decode_value(struct decoding *d, struct event_context context, json_t *value, enum place place);

static void decode_list(struct decoding *d, const struct event_context *context, json_t *list,
                        enum place place)
{
    if (json_array_size(list) == 0) add_reject(d, REJECT_EMPTY, "the list of articles is empty");
    for (size_t i = 0; i < json_array_size(list); i++) {
        if (d->count == EVENT_MAX_PER_RECORD) {
            add_reject(d, REJECT_TOO_LARGE,
                       "the record holds more than 10000 articles; those behind are not read");
            return;
        }
        decode_value(d, *context, json_array_get(list, i), place);
    }
}

static void decode_value(struct decoding *d, struct event_context context, json_t *value, enum place place)
{
    if (context.kind == ARTICLE_CORRECT) {
        add_correction(d, &context, value);
        return;
    }
    bool in_list = place == IN_LIST || place == IN_ENVELOPE_LIST;
    bool in_envelope = place == IN_ENVELOPE || place == IN_ENVELOPE_LIST;
    json_t *list = json_is_array(value) ? value : json_is_object(value) ? list_in(value) : NULL;
    if (!json_is_object(value) && (list == NULL || in_list)) {
        add_reject(d, REJECT_BAD_TYPE, "an element of the list of articles is not an object");
    } else if (json_is_object(value) && !in_envelope && is_envelope(value)) {
        json_t *data;
        if (!open_envelope(d, value, &context, &data)) return;
        if (data != NULL)
            decode_value(d, context, data, IN_ENVELOPE);
        else
            add_retraction(d, &context, context.subject, strlen(context.subject));
    } else if (json_is_object(value) && list == NULL && d->structured && !in_envelope) {
        add_reject(d, REJECT_BAD_CLOUDEVENT,
                   "the content-type says CloudEvents, but the record is no envelope");
    } else if (list != NULL && !in_list) {
        d->feed = json_is_object(value);
        decode_list(d, &context, list, in_envelope ? IN_ENVELOPE_LIST : IN_LIST);
    } else {
        add_article(d, &context, value);
    }
}

/* -- records -------------------------------------------------------------------------------------- */

static enum reject_code parse_error_code(const json_error_t *error)
{
    switch (json_error_code(error)) {
    case json_error_invalid_utf8:
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return REJECT_BAD_UTF8;
    case json_error_duplicate_key:
        return REJECT_DUPLICATE_KEY;
    case json_error_stack_overflow:
        return REJECT_TOO_DEEP;
    default:
        return REJECT_NOT_JSON;
    }
}

/* Jansson's own text quotes the input, which is no good for a header. */
static const char *parse_error_reason(struct arena *arena, enum reject_code code, const json_error_t *error)
{
    const char *what = code == REJECT_BAD_UTF8        ? "text is not valid UTF-8 or holds NUL"
                       : code == REJECT_DUPLICATE_KEY ? "an object has the same key twice"
                       : code == REJECT_TOO_DEEP      ? "objects and arrays are nested too deep"
                                                      : "the record is not JSON";
    return arena_printf(arena, "%s: line %d, column %d", what, error->line, error->column);
}

static void decode_json(struct decoding *d, const struct event_context *context, const char *text, size_t len)
{
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) text += 3, len -= 3; /* byte order mark */
    if (memchr(text, '\0', len) != NULL) {
        add_reject(d, REJECT_BAD_UTF8, "the record holds a NUL byte");
        return;
    }
    struct event_scan scan = event_scan(text, len);
    if (scan.depth > EVENT_MAX_DEPTH) {
        add_reject(d, REJECT_TOO_DEEP, "objects and arrays are nested deeper than 64");
        return;
    }
    if (scan.values > EVENT_MAX_VALUES) {
        add_reject(d, REJECT_TOO_LARGE, "the record holds more than a million values");
        return;
    }
    json_error_t error;
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    if (root == NULL) {
        enum reject_code code = parse_error_code(&error);
        add_reject(d, code, parse_error_reason(d->arena, code, &error));
        return;
    }
    decode_value(d, *context, root, IN_RECORD);
    json_decref(root);
}

/* A null value retracts what the key names: an article's URL or id. */
static void decode_tombstone(struct decoding *d, const struct event_context *context,
                             const struct input_record *record)
{
    if (context->kind == ARTICLE_CORRECT) {
        add_correction(d, context, NULL);
        return;
    }
    const char *key = record->key;
    size_t len = record->key != NULL ? record->key_len : 0;
    if (len == 0 && context->kind == ARTICLE_RETRACT) { /* binary mode: the subject may say it */
        key = context->subject;
        len = strlen(key);
    }
    if (len == 0)
        add_reject(d, REJECT_EMPTY, "the record has neither value nor key");
    else if (len > URL_MAX_BYTES || !utf8_valid(key, len) || memchr(key, '\0', len) != NULL)
        add_reject(d, REJECT_BAD_UTF8, "the key of the retraction is not text of at most 4096 bytes");
    else
        add_retraction(d, context, key, len);
}

void event_decode(struct event_decoder *decoder, struct arena *arena, const struct input_record *record,
                  struct event_list *out)
{
    struct decoding d = {
        .arena = arena, .structured = says_cloudevents(record), .no_corrections = decoder->no_corrections};
    struct event_context context = {
        .arena = arena,
        .aliases = decoder->aliases,
        .urls = decoder->urls,
        .rules = decoder->rules,
        .kind = ARTICLE_UPSERT,
        .append_ms = record->append_ms,
        .event_ms = NW_NO_TIME,
        .type = "",
        .subject = "",
    };
    if (!read_binary_attributes(&d, record, &context)) {
        /* refused already */
    } else if (record->value == NULL) {
        decode_tombstone(&d, &context, record);
    } else if (record->len > EVENT_MAX_RECORD_BYTES) {
        add_reject(&d, REJECT_TOO_LARGE, "the record is larger than 8 MiB");
    } else if (record->len == 0) {
        add_reject(&d, REJECT_EMPTY, "the record is empty");
    } else {
        decode_json(&d, &context, record->value, record->len);
    }
    *out = (struct event_list){d.events, d.count};
}
