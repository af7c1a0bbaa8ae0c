/*
 * http_service - a small HTTP server on a free loopback port, for tests of what calls one.
 *
 * A thread for each connection; the handler runs on it and says what is answered.
 */
#ifndef NW_TESTS_HTTP_SERVICE_H
#define NW_TESTS_HTTP_SERVICE_H

#include <stdbool.h>
#include <stddef.h>

enum { SERVICE_HEADERS_MAX = 4 };

struct service_request {
    const char *method, *path;
    const char *body; /* "" without one; NUL behind it */
    size_t len;
    const void *connection; /* for service_request_header() */
};

struct service_answer {
    int status;       /* 200 when 0 */
    const char *body; /* borrowed until the service stops; NULL: empty */
    size_t len;       /* 0: strlen(body) */
    struct {
        const char *name, *value;
    } headers[SERVICE_HEADERS_MAX];
    bool hold; /* not sent before http_service_release() */
};

struct http_service;
typedef void (*http_service_fn)(void *context, const struct service_request *request,
                                struct service_answer *answer);

/* cert_pem and key_pem: https when given, else http. */
struct http_service *http_service_start(http_service_fn handler, void *context, const char *cert_pem,
                                        const char *key_pem);
/* Lets held answers go. */
void http_service_release(struct http_service *service);
void http_service_stop(struct http_service *service);
/* "http://127.0.0.1:port", or https://localhost:port */
const char *http_service_url(const struct http_service *service);
/* A header of the request; NULL: not there. */
const char *service_request_header(const struct service_request *request, const char *name);

#endif
