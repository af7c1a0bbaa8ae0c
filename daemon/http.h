/*
 * http - the HTTP server: read-only pages, on libmicrohttpd.
 *
 * Knows limits and headers, not pages: those are the handler's (api.h). Only GET and HEAD. An address with a
 * NUL character is refused, as C would see only half of it; a request that announces a body is ended, as two
 * requests may hide in what somebody in between takes for one; so is one that takes longer than its deadline,
 * and a stream whose client takes nothing for a minute (or, while there is something to send, for the idle
 * timeout). A stream costs no thread. HTTP_THREADS threads call the handler, so it must be thread-safe and
 * must not wait for long.
 */
#ifndef NW_DAEMON_HTTP_H
#define NW_DAEMON_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/metrics.h"
#include "config/address.h"

enum { HTTP_THREADS = 4, HTTP_REQUEST_BYTES = 32 * 1024 };

struct http_request;

/* Percent-decoded, without the query. */
const char *http_path(const struct http_request *request);
/* NULL when it is not given. Decoded. */
const char *http_query(const struct http_request *request, const char *name);
const char *http_header(const struct http_request *request, const char *name);
/* Calls visit for each query parameter until it returns false. */
void http_each_query(const struct http_request *request, bool (*visit)(void *context, const char *name),
                     void *context);

/* A body that comes as it happens (200 only). read: up to max bytes; 0: nothing now, ask again after
 * http_wake_streams(); -1: the end. close: once, whatever the end was. Both are called by the server's
 * threads, one at a time. */
struct http_stream {
    ssize_t (*read)(void *context, char *out, size_t max);
    void (*close)(void *context);
    void *context;
};

/* Zeroed is "500 without a body". */
struct http_answer {
    unsigned status;
    const char *content_type; /* static */
    const char *body;
    char *owned_body; /* freed after sending; body points to it, or it is NULL and body is static */
    size_t body_len;
    char etag[40];      /* with its quotes; "": none */
    char location[256]; /* of a redirect; "": none */
    unsigned retry_after_s;
    struct http_stream stream; /* used instead of the body when it has a read */
    const char *policy;        /* Content-Security-Policy, static; NULL: nothing may be loaded */
};

typedef void http_handler(void *context, const struct http_request *request, struct http_answer *answer);

struct http_options {
    struct listen_address listen;
    unsigned max_connections;
    unsigned timeout_s; /* for a whole request, and idle between two; four times this for taking the answer */
    const char *cors_origin; /* "": none */
    struct metrics *metrics; /* borrowed, as is the text above */
};

struct http_server;

/* NW_ERR_UNAVAILABLE when the address cannot be listened on (logged). */
enum nw_err http_start(const struct http_options *options, http_handler *handler, void *context,
                       struct http_server **out) NW_MUST_CHECK;
/* "127.0.0.1:8080", with the port that was got. */
const char *http_address(const struct http_server *server);
/* Any thread: asks every stream that had nothing to send. context is the server. */
void http_wake_streams(void *context);
/* About once a second: ends the connections that are past their deadline. */
void http_tick(struct http_server *server, int64_t now_mono_ms);
/* Answers what is under way, ends the rest. */
void http_stop(struct http_server *server);

#endif
