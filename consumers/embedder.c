#include "consumers/embedder.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "articles/article_card.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/hash.h"
#include "base/log.h"
#include "consumers/breaker.h"
#include "consumers/embedding_answer.h"
#include "consumers/http_client.h"

enum {
    TURN_MS = 20,
    NUMBER_BYTES = 32, /* of JSON at most, for the size of an answer */
    ANSWER_REST_BYTES = 1 << 16,
    STATUS_OK = 200,
    STATUS_THROTTLED = 429,
};

/* An article that wants a vector. */
struct embedded_text {
    const char *text;
    struct arena *arena; /* of its record */
    struct pipeline_output *output;
};

struct embedding_call {
    struct http_call *http;
    int64_t started_us;
    const struct embedded_text *texts;
    size_t count;
};

struct embedder {
    struct embedder_setting setting;
    struct http_client *http;
    struct breaker breaker;
    struct arena *arena; /* of a run */
    char *url;
    uint64_t model;
    uint32_t dimensions; /* that are expected; 0: not known yet */
    unsigned metric_index;
    struct embedder_totals totals;
    struct embedding_call *calls; /* options->parallel */
    const char **bodies;          /* options->batch: the texts of one request */
};

static void show_state(const struct embedder *e)
{
    metrics_set(e->setting.metrics, METRIC_EMBEDDING_BREAKER, e->metric_index, e->breaker.state);
}

static void label_failures(struct metrics *metrics)
{
    static const char *const names[] = {
#define FAILURE_NAME(id, text) text,
        EMBEDDING_FAILURES(FAILURE_NAME)
#undef FAILURE_NAME
    };
    for (unsigned i = 0; i < EMBEDDING_FAILURE_COUNT; i++)
        metrics_label(metrics, METRIC_EMBEDDING_FAILURES, i, names[i]);
}

struct embedder *embedder_new(const struct embedder_setting *setting)
{
    const struct embedding_options *options = setting->options;
    if (options->url[0] == '\0') return NULL;
    assert(options->batch > 0 && options->parallel > 0 && options->model[0] != '\0');
    struct embedder *e = nw_calloc(1, sizeof(*e));
    const struct http_limits limits = {
        .connect_timeout_ms = options->timeout_ms,
        .total_timeout_ms = options->timeout_ms,
        .answer_max_bytes = options->batch * (size_t)DENSE_COUNT_MAX * NUMBER_BYTES + ANSWER_REST_BYTES,
    };
    e->setting = *setting;
    e->http = http_client_new(&limits);
    e->arena = arena_new();
    e->url = http_endpoint(options->url, "/embeddings");
    e->model = hash64(options->model, strlen(options->model));
    e->dimensions = options->dimensions;
    e->calls = nw_calloc(options->parallel, sizeof(*e->calls));
    e->bodies = nw_calloc(options->batch, sizeof(*e->bodies));
    e->metric_index = metrics_index_of(setting->metrics, METRIC_EMBEDDING_BREAKER, setting->name);
    breaker_init(&e->breaker, &options->breaker);
    label_failures(setting->metrics);
    show_state(e);
    return e;
}

void embedder_free(struct embedder *e)
{
    if (e == NULL) return;
    http_client_free(e->http);
    arena_free(e->arena);
    free(e->url);
    free(e->calls);
    free(e->bodies);
    free(e);
}

size_t embedder_wants(const struct embedder *e)
{
    int64_t now = clock_mono_ms();
    if (breaker_next_ms(&e->breaker, now) > now) return 1;
    return e->setting.options->batch * e->setting.options->parallel;
}

struct embedder_totals embedder_totals(const struct embedder *e)
{
    return e->totals;
}

/* ---- texts ---- */

static bool wants_vector(const struct embedder *e, const struct pipeline_output *output)
{
    const struct embedding_options *options = e->setting.options;
    if (output->record->kind != RECORD_ARTICLE) return false;
    for (size_t i = 0; i < options->language_count; i++)
        if (strcmp(options->languages[i], output->record->language) == 0) return true;
    return options->language_count == 0;
}

/* NULL: an article whose card cannot be read, which the article stage does not make. */
static const char *text_of(struct arena *arena, const struct features_record *record)
{
    struct article_card card;
    if (article_card_unpack(arena, record->card, record->card_len, &card) != NW_OK) return NULL;
    return card.lead[0] == '\0' ? card.title : arena_printf(arena, "%s\n%s", card.title, card.lead);
}

static size_t collect_texts(struct embedder *e, const struct embedding_job *jobs, size_t count,
                            struct embedded_text **out)
{
    size_t most = 0, texts = 0;
    for (size_t i = 0; i < count; i++) most += jobs[i].result->output_count;
    *out = arena_alloc(e->arena, most * sizeof(**out));
    for (size_t i = 0; i < count; i++)
        for (size_t o = 0; o < jobs[i].result->output_count; o++) {
            struct pipeline_output *output = &jobs[i].result->outputs[o];
            const char *text = wants_vector(e, output) ? text_of(e->arena, output->record) : NULL;
            if (text != NULL) (*out)[texts++] = (struct embedded_text){text, jobs[i].arena, output};
        }
    return texts;
}

static void add_vector(const struct embedded_text *text, struct dense_vector vector)
{
    struct features_record *record = arena_alloc(text->arena, sizeof(*record));
    const uint8_t *bytes;
    size_t len;
    *record = *text->output->record;
    vector.values = (const int8_t *)arena_memdup(text->arena, vector.values, vector.count);
    record->features.dense = vector;
    features_record_pack(text->arena, record, &bytes, &len);
    assert(len <= FEATURES_RECORD_MAX_BYTES); /* the pipeline keeps far enough below it */
    text->output->record = record;
    text->output->bytes = bytes;
    text->output->len = len;
}

/* ---- calls ---- */

static void fail(struct embedder *e, enum embedding_failure failure, const char *reason, int64_t hold_ms)
{
    enum breaker_state before = e->breaker.state;
    int64_t now = clock_mono_ms();
    metrics_add(e->setting.metrics, METRIC_EMBEDDING_FAILURES, failure, 1);
    breaker_failure(&e->breaker, now, hold_ms);
    if (e->breaker.state == BREAKER_OPEN && before != BREAKER_OPEN)
        log_warn("the embeddings service fails: articles go on without vectors", log_str("reason", reason),
                 log_int("trying_again_in_ms", e->breaker.open_until_ms - now));
}

static void succeed(struct embedder *e)
{
    if (e->breaker.state == BREAKER_HALF_OPEN) log_info("the embeddings service answers again");
    breaker_success(&e->breaker);
}

static void take_vectors(struct embedder *e, const struct embedding_call *call,
                         const struct http_answer *http)
{
    struct embedding_answer answer;
    if (!embedding_answer_read(e->arena, http->body, http->len, call->count, &answer)) {
        fail(e, EMBEDDING_UNREADABLE, "the answer does not hold a vector for each text", 0);
        return;
    }
    if (e->dimensions > 0 && answer.dimensions != e->dimensions) {
        fail(e, EMBEDDING_DIMENSIONS, "the vectors have another length than expected", 0);
        return;
    }
    e->dimensions = answer.dimensions;
    succeed(e);
    for (size_t i = 0; i < call->count; i++)
        add_vector(&call->texts[i], (struct dense_vector){.values = answer.values + i * answer.dimensions,
                                                          .count = answer.dimensions,
                                                          .model = e->model});
    e->totals.with += call->count;
    metrics_add(e->setting.metrics, METRIC_ARTICLES_EMBEDDED, 0, call->count);
}

static void take_answer(struct embedder *e, const struct embedding_call *call)
{
    const struct http_answer *answer = http_call_answer(call->http);
    metrics_observe(e->setting.metrics, METRIC_EMBEDDING_SECONDS, 0,
                    (double)(clock_mono_us() - call->started_us) / 1e6);
    char reason[32];
    if (answer->err == NW_ERR_TIMEOUT) {
        fail(e, EMBEDDING_TIMEOUT, answer->reason, 0);
    } else if (answer->err != NW_OK) {
        fail(e, EMBEDDING_UNREACHABLE, answer->reason, 0);
    } else if (answer->status != STATUS_OK) {
        snprintf(reason, sizeof(reason), "status %d", answer->status);
        bool throttled = answer->status == STATUS_THROTTLED;
        fail(e, throttled ? EMBEDDING_THROTTLED : EMBEDDING_STATUS, reason, answer->retry_after_ms);
    } else {
        take_vectors(e, call, answer);
    }
}

static void start_call(struct embedder *e, struct embedding_call *call, const struct embedded_text *texts,
                       size_t count)
{
    const struct embedding_options *options = e->setting.options;
    for (size_t i = 0; i < count; i++) e->bodies[i] = texts[i].text;
    char *body = embedding_request(options->model, options->dimensions, e->bodies, count);
    const struct http_request request = {.url = e->url,
                                         .body = body,
                                         .body_len = strlen(body),
                                         .content_type = "application/json",
                                         .accept = "application/json",
                                         .bearer = options->key};
    *call = (struct embedding_call){.started_us = clock_mono_us(), .texts = texts, .count = count};
    call->http = http_client_start(e->http, &request);
    free(body);
    metrics_add(e->setting.metrics, METRIC_EMBEDDING_REQUESTS, 0, 1);
}

static bool stopped(const struct embedder *e)
{
    return e->setting.stop != NULL && atomic_load(e->setting.stop);
}

/* Until all calls are done, which the timeout sees to, or the process stops. */
static void finish_calls(struct embedder *e, size_t count)
{
    for (size_t left = count; left > 0 && !stopped(e);) {
        http_client_turn(e->http, TURN_MS);
        if (e->setting.turn != NULL) e->setting.turn(e->setting.context);
        for (size_t i = 0; i < count; i++) {
            struct embedding_call *call = &e->calls[i];
            if (call->http == NULL || !http_call_done(call->http)) continue;
            take_answer(e, call);
            http_call_free(call->http);
            call->http = NULL;
            left--;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (e->calls[i].http == NULL) continue;
        breaker_abandoned(&e->breaker);
        http_call_free(e->calls[i].http);
    }
    show_state(e);
}

/* As many requests as may be under way at a time. Returns how many of the texts they took. */
static size_t run_round(struct embedder *e, const struct embedded_text *texts, size_t count)
{
    const struct embedding_options *options = e->setting.options;
    size_t calls = 0, taken = 0;
    while (calls < options->parallel && taken < count && breaker_allows(&e->breaker, clock_mono_ms())) {
        size_t part = count - taken < options->batch ? count - taken : options->batch;
        start_call(e, &e->calls[calls++], texts + taken, part);
        taken += part;
    }
    finish_calls(e, calls);
    return taken;
}

void embedder_run(struct embedder *e, const struct embedding_job *jobs, size_t count)
{
    struct embedded_text *texts;
    int64_t now = clock_mono_ms();
    bool asks = breaker_next_ms(&e->breaker, now) <= now;
    size_t texts_count = asks ? collect_texts(e, jobs, count, &texts) : 0, taken = 0, round;
    uint64_t with = e->totals.with, articles = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t o = 0; o < jobs[i].result->output_count; o++)
            articles += wants_vector(e, &jobs[i].result->outputs[o]);
    while (taken < texts_count && !stopped(e) &&
           (round = run_round(e, texts + taken, texts_count - taken)) > 0)
        taken += round;
    uint64_t without = articles - (e->totals.with - with);
    e->totals.without += without;
    metrics_add(e->setting.metrics, METRIC_ARTICLES_NOT_EMBEDDED, 0, without);
    arena_reset(e->arena);
}
