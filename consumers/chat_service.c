#include "consumers/chat_service.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "base/log.h"
#include "consumers/backoff.h"
#include "consumers/breaker.h"
#include "consumers/http_client.h"
#include "consumers/request_budget.h"

enum {
    CONNECT_TIMEOUT_MS = 5000,
    ANSWER_MAX_BYTES = 256 * 1024,
    RETRY_BASE_MS = 2000,
    RETRY_MOST_MS = 5 * 60 * 1000,
    LOG_BODY_BYTES = 200,
};

static const struct breaker_policy breaker_policy = {
    .failures = 5, .open_ms = 10 * 1000, .open_max_ms = 10 * 60 * 1000};

/* Labels of summaries_requests_total. X(id, text) */
#define OUTCOMES(X)                                                                                          \
    X(OUTCOME_ANSWERED, "answered")                                                                          \
    X(OUTCOME_TIMEOUT, "timeout")                                                                            \
    X(OUTCOME_UNAVAILABLE, "unavailable")                                                                    \
    X(OUTCOME_BUSY, "busy")                                                                                  \
    X(OUTCOME_ERROR, "error")                                                                                \
    X(OUTCOME_DENIED, "denied")                                                                              \
    X(OUTCOME_REFUSED, "refused")

enum outcome {
#define OUTCOME_ENUM(id, text) id,
    OUTCOMES(OUTCOME_ENUM)
#undef OUTCOME_ENUM
        OUTCOME_COUNT
};

struct flight {
    struct http_call *call; /* NULL: a free place */
    void *ticket;
    unsigned tries;
    int64_t started_mono_ms;
};

struct chat_service {
    const struct summary_options *options;
    struct metrics *metrics;
    struct http_client *client;
    struct breaker breaker;
    struct request_budget budget;
    int hourly; /* of the budget */
    char *url;
    struct flight *flights; /* options->in_flight places */
    size_t in_flight;
    struct http_call *done; /* whose body the last result borrows */
};

struct chat_service *chat_service_new(const struct summary_options *options, struct metrics *metrics,
                                      int64_t now_mono_ms)
{
    static const char *const outcomes[] = {
#define OUTCOME_TEXT(id, text) text,
        OUTCOMES(OUTCOME_TEXT)
#undef OUTCOME_TEXT
    };
    const struct http_limits limits = {.connect_timeout_ms = CONNECT_TIMEOUT_MS,
                                       .total_timeout_ms = options->timeout_ms,
                                       .answer_max_bytes = ANSWER_MAX_BYTES};
    struct chat_service *service = nw_calloc(1, sizeof(*service));
    service->url = http_endpoint(options->url, "/chat/completions");
    service->options = options;
    service->metrics = metrics;
    service->client = http_client_new(&limits);
    service->flights = nw_calloc(options->in_flight, sizeof(*service->flights));
    breaker_init(&service->breaker, &breaker_policy);
    service->hourly = options->hourly_budget;
    request_budget_init(&service->budget, service->hourly, now_mono_ms);
    for (unsigned i = 0; i < OUTCOME_COUNT; i++)
        metrics_label(metrics, METRIC_SUMMARY_REQUESTS, i, outcomes[i]);
    return service;
}

void chat_service_free(struct chat_service *service)
{
    if (service == NULL) return;
    for (size_t i = 0; i < service->options->in_flight; i++) http_call_free(service->flights[i].call);
    http_call_free(service->done);
    http_client_free(service->client);
    free(service->flights);
    free(service->url);
    free(service);
}

static void show_breaker(const struct chat_service *service)
{
    metrics_set(service->metrics, METRIC_SUMMARY_BREAKER, 0, service->breaker.state != BREAKER_CLOSED);
}

bool chat_service_is_free(struct chat_service *service, int64_t now_mono_ms)
{
    int hourly = service->options->hourly_budget;
    if (hourly != service->hourly) request_budget_init(&service->budget, hourly, now_mono_ms);
    service->hourly = hourly;
    return service->in_flight < service->options->in_flight &&
           request_budget_has(&service->budget, now_mono_ms) &&
           breaker_next_ms(&service->breaker, now_mono_ms) <= now_mono_ms;
}

void chat_service_ask(struct chat_service *service, int64_t now_mono_ms, void *ticket, unsigned tries,
                      const char *body, size_t len)
{
    bool allowed = breaker_allows(&service->breaker, now_mono_ms);
    size_t place = 0;
    assert(allowed);
    while (service->flights[place].call != NULL) place++;
    const struct http_request request = {.url = service->url,
                                         .body = body,
                                         .body_len = len,
                                         .content_type = "application/json",
                                         .accept = "application/json",
                                         .bearer = service->options->key};
    request_budget_take(&service->budget);
    service->flights[place] = (struct flight){.call = http_client_start(service->client, &request),
                                              .ticket = ticket,
                                              .tries = tries,
                                              .started_mono_ms = now_mono_ms};
    service->in_flight++;
}

void chat_service_drop(struct chat_service *service, const void *ticket)
{
    for (size_t i = 0; i < service->options->in_flight; i++) {
        struct flight *flight = &service->flights[i];
        if (flight->call == NULL || flight->ticket != ticket) continue;
        http_call_free(flight->call);
        *flight = (struct flight){0};
        service->in_flight--;
        breaker_abandoned(&service->breaker);
    }
}

size_t chat_service_in_flight(const struct chat_service *service)
{
    return service->in_flight;
}

void chat_service_turn(struct chat_service *service, int timeout_ms)
{
    if (service->in_flight > 0) http_client_turn(service->client, timeout_ms);
}

/* ---- what an answer means ---- */

static enum outcome outcome_of(const struct http_answer *answer)
{
    if (answer->err == NW_ERR_TIMEOUT) return OUTCOME_TIMEOUT;
    if (answer->err != NW_OK) return OUTCOME_UNAVAILABLE;
    switch (answer->status) {
    case 200:
        return OUTCOME_ANSWERED;
    case 408:
        return OUTCOME_TIMEOUT;
    case 429:
        return OUTCOME_BUSY;
    case 401:
    case 402: /* no money left on the account */
    case 403:
    case 404:
        return OUTCOME_DENIED;
    default:
        return answer->status >= 500 ? OUTCOME_ERROR : OUTCOME_REFUSED;
    }
}

static void log_failure(const struct chat_service *service, const struct http_answer *answer)
{
    char text[LOG_BODY_BYTES + 1];
    size_t len = answer->len < LOG_BODY_BYTES ? answer->len : LOG_BODY_BYTES;
    while (len > 0 && len < answer->len && ((unsigned char)answer->body[len] & 0xC0) == 0x80) len--;
    memcpy(text, answer->body, len);
    text[len] = '\0';
    log_warn("the summary service gave no answer", log_str("url", service->options->url),
             log_int("status", answer->status),
             log_str("reason", answer->err == NW_OK ? text : answer->reason));
}

static void note_breaker(struct chat_service *service, const struct http_answer *answer, enum outcome outcome,
                         int64_t now_mono_ms)
{
    int64_t hold_ms = outcome == OUTCOME_DENIED ? breaker_policy.open_max_ms : answer->retry_after_ms;
    bool was_open = service->breaker.state == BREAKER_OPEN;
    if (outcome == OUTCOME_ANSWERED)
        breaker_success(&service->breaker);
    else
        breaker_failure(&service->breaker, now_mono_ms, hold_ms);
    if (!was_open && service->breaker.state == BREAKER_OPEN)
        log_notice("the summary service is left alone for a while",
                   log_int("ms", service->breaker.open_until_ms - now_mono_ms));
    show_breaker(service);
}

static int64_t wait_before_retry(unsigned tries, int64_t asked_ms)
{
    uint64_t random = 0;
    if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != (ssize_t)sizeof(random)) random = tries;
    return backoff_ms(tries, RETRY_BASE_MS, RETRY_MOST_MS, asked_ms, random);
}

static void take_result(struct chat_service *service, struct flight *flight, int64_t now_mono_ms,
                        struct chat_result *out)
{
    const struct http_answer *answer = http_call_answer(flight->call);
    enum outcome outcome = outcome_of(answer);
    metrics_add(service->metrics, METRIC_SUMMARY_REQUESTS, (unsigned)outcome, 1);
    metrics_observe(service->metrics, METRIC_SUMMARY_SECONDS, 0,
                    (double)(now_mono_ms - flight->started_mono_ms) / 1e3);
    if (outcome != OUTCOME_ANSWERED) log_failure(service, answer);
    note_breaker(service, answer, outcome, now_mono_ms);
    *out = (struct chat_result){.ticket = flight->ticket, .body = answer->body, .len = answer->len};
    out->outcome = outcome == OUTCOME_ANSWERED  ? CHAT_ANSWERED
                   : outcome == OUTCOME_REFUSED ? CHAT_REFUSED
                                                : CHAT_RETRY;
    if (out->outcome == CHAT_RETRY)
        out->retry_after_ms = wait_before_retry(flight->tries, answer->retry_after_ms);
}

bool chat_service_next(struct chat_service *service, int64_t now_mono_ms, struct chat_result *out)
{
    http_call_free(service->done);
    service->done = NULL;
    for (size_t i = 0; i < service->options->in_flight; i++) {
        struct flight *flight = &service->flights[i];
        if (flight->call == NULL || !http_call_done(flight->call)) continue;
        take_result(service, flight, now_mono_ms, out);
        service->done = flight->call;
        *flight = (struct flight){0};
        service->in_flight--;
        return true;
    }
    return false;
}
