/*
 * embedding_service - an embeddings service for tests, on a free loopback port: vectors of SERVICE_DIMENSIONS
 * numbers that follow from the text alone, or one of the ways in which such a service goes wrong.
 */
#ifndef NW_TESTS_EMBEDDING_SERVICE_H
#define NW_TESTS_EMBEDDING_SERVICE_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum { SERVICE_DIMENSIONS = 8 };

enum service_mood {
    SERVICE_GOOD,
    SERVICE_SHUFFLED,  /* the last text's vector first; "index" says so */
    SERVICE_HOLDS,     /* does not answer before embedding_service_stop() */
    SERVICE_WRONG_DIM, /* one number too many */
    SERVICE_GARBAGE,   /* 200, and no JSON */
    SERVICE_SHORT,     /* a vector too few */
    SERVICE_BUSY,      /* 429 with Retry-After */
    SERVICE_BROKEN,    /* 500 */
};

struct embedding_service;

struct embedding_service *embedding_service_start(void);
void embedding_service_stop(struct embedding_service *service);
/* "http://127.0.0.1:port/v1" */
const char *embedding_service_url(const struct embedding_service *service);
void embedding_service_set(struct embedding_service *service, enum service_mood mood);

/* What it has seen. */
unsigned embedding_service_requests(const struct embedding_service *service);
unsigned embedding_service_texts(const struct embedding_service *service);
unsigned embedding_service_largest(const struct embedding_service *service); /* texts of one request */
/* Of the last request; valid until the next. */
const char *embedding_service_body(const struct embedding_service *service);
const char *embedding_service_authorization(const struct embedding_service *service);

/* What a record must hold of a text. */
void embedding_service_expected(const char *text, int8_t out[SERVICE_DIMENSIONS]);

#endif
