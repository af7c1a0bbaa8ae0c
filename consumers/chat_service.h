/*
 * chat_service - requests to an OpenAI-compatible chat service, a few at a time, behind a budget and a
 * breaker.
 *
 * Nothing here waits: chat_service_turn() moves the requests on. What failed in a way that passes (no
 * connection, a timeout, 408, 429, 5xx) is worth another try after retry_after_ms; a refusal of the key or
 * the address (401, 403, 404) rests the whole service; any other refusal is about that one request.
 *
 * Owns its HTTP client and copies of what it sends. Metrics are counted here. One thread. The key is never
 * logged; answers of errors are, cut to a line.
 */
#ifndef NW_CONSUMERS_CHAT_SERVICE_H
#define NW_CONSUMERS_CHAT_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/metrics.h"
#include "consumers/options.h"

struct chat_service;

enum chat_outcome {
    CHAT_ANSWERED, /* status 200; body is what came */
    CHAT_RETRY,    /* try this story again after retry_after_ms */
    CHAT_REFUSED,  /* this request will not do better the next time */
};

struct chat_result {
    void *ticket; /* as given to chat_service_ask() */
    enum chat_outcome outcome;
    const char *body; /* borrowed until the next call */
    size_t len;
    int64_t retry_after_ms;
};

/* options are borrowed. */
struct chat_service *chat_service_new(const struct summary_options *options, struct metrics *metrics,
                                      int64_t now_mono_ms);
/* Aborts what is in flight; their tickets are not given back. NULL is fine. */
void chat_service_free(struct chat_service *service);

/* Whether chat_service_ask() may be called: a free place, the budget, the breaker. */
bool chat_service_is_free(struct chat_service *service, int64_t now_mono_ms);
/* Only when free. Copies the body. tries: how often this story was tried before, for the wait. */
void chat_service_ask(struct chat_service *service, int64_t now_mono_ms, void *ticket, unsigned tries,
                      const char *body, size_t len);
/* The ticket's request is not wanted any more. */
void chat_service_drop(struct chat_service *service, const void *ticket);

size_t chat_service_in_flight(const struct chat_service *service);
/* Moves on; waits up to timeout_ms when something is in flight. */
void chat_service_turn(struct chat_service *service, int timeout_ms);
/* The next request that is done; false: none. */
bool chat_service_next(struct chat_service *service, int64_t now_mono_ms, struct chat_result *out);

#endif
