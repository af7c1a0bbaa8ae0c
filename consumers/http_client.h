/*
 * http_client - requests to services that are not ours (ratings, summaries, embeddings), over libcurl.
 *
 * Nothing such a service does can hold or harm the caller: connecting and the whole call have a timeout, the
 * answer a size (after decompression), redirects a number; only http and https are spoken, a call that began
 * with https never goes on with http, certificates are always verified. A call with a body follows no
 * redirect, so that articles and keys go only where the configuration says. The proxy variables of the
 * environment (http_proxy, https_proxy, no_proxy) count.
 *
 * Several calls may be in flight: http_client_start(), then http_client_turn() until http_call_done().
 * http_client_perform() is the same for one call, and returns early when *stop is set.
 *
 * Owns: copies of all it is given. One thread for each client.
 */
#ifndef NW_CONSUMERS_HTTP_CLIENT_H
#define NW_CONSUMERS_HTTP_CLIENT_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct http_limits {
    int connect_timeout_ms, total_timeout_ms; /* > 0 */
    size_t answer_max_bytes;
    int redirects_max;   /* of calls without a body; 0: none */
    const char *ca_file; /* PEM certificates that are trusted instead of the system's; NULL: the system's */
};

struct http_request {
    const char *url;
    const char *body; /* NULL: GET; else POST with content_type */
    size_t body_len;
    const char *content_type; /* NULL without a body */
    const char *accept;       /* NULL: anything */
    const char
        *bearer; /* the key, without "Bearer "; NULL or "": none. Never logged, never sent to another host */
    const char *etag;          /* If-None-Match; NULL: none */
    const char *last_modified; /* If-Modified-Since; NULL: none */
};

/* What came back; borrowed from its call. */
struct http_answer {
    enum nw_err err;    /* NW_OK: a whole answer, whatever its status. NW_ERR_TIMEOUT, NW_ERR_UNAVAILABLE (no
                           connection, or it broke), NW_ERR_REFUSED (certificate, protocol, redirects),
                           NW_ERR_INPUT (not HTTP, too large, a URL that is none) */
    const char *reason; /* err as one sentence without the URL; "" */
    int status;         /* 200 ...; 0 with an error */
    const char *body;   /* NUL behind it; "" when there is none */
    size_t len;
    const char *etag, *last_modified; /* NULL: not given */
    int64_t retry_after_ms;           /* 0: not given; a date is turned into a wait; a day at most */
};

/* Where a path of a service is: base without the slashes at its end, then path; free() it. */
char *http_endpoint(const char *base, const char *path);

struct http_client;
struct http_call;

struct http_client *http_client_new(const struct http_limits *limits);
/* Aborts what is in flight; its calls must have been freed before. NULL is fine. */
void http_client_free(struct http_client *client);

/* Never NULL: what cannot be started is done at once, with its error. */
struct http_call *http_client_start(struct http_client *client, const struct http_request *request);
/* Moves all calls on; waits up to timeout_ms for something to happen, 0: does not wait. */
void http_client_turn(struct http_client *client, int timeout_ms);

bool http_call_done(const struct http_call *call);
/* Of a call that is done. */
const struct http_answer *http_call_answer(const struct http_call *call);
/* Aborts it when it is not done. NULL is fine. */
void http_call_free(struct http_call *call);

/* Starts, waits, returns the call, done; NULL when *stop was set before that. stop: NULL for none. */
struct http_call *http_client_perform(struct http_client *client, const struct http_request *request,
                                      const atomic_bool *stop);

#endif
