#include "support/embedding_service.h"

#include <assert.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "articles/dense_vector.h"
#include "base/alloc.h"
#include "base/hash.h"
#include "support/http_service.h"

struct embedding_service {
    struct http_service *http;
    char url[128];
    atomic_int mood;
    pthread_mutex_t lock;
    char **bodies; /* of answers, borrowed by the HTTP service until it stops */
    size_t body_count, body_capacity;
    char *request, *authorization;
    atomic_uint requests, texts, largest;
};

static void numbers_of(const char *text, double out[SERVICE_DIMENSIONS])
{
    for (unsigned i = 0; i < SERVICE_DIMENSIONS; i++) {
        const uint64_t pair[] = {hash64(text, strlen(text)), i};
        out[i] = (double)(hash64(pair, sizeof(pair)) % 2001) / 1000 - 1;
    }
}

void embedding_service_expected(const char *text, int8_t out[SERVICE_DIMENSIONS])
{
    double numbers[SERVICE_DIMENSIONS];
    numbers_of(text, numbers);
    bool good = dense_vector_quantise(numbers, SERVICE_DIMENSIONS, out);
    assert(good);
}

static json_t *item(const char *text, size_t index, bool longer)
{
    double numbers[SERVICE_DIMENSIONS];
    json_t *vector = json_array();
    numbers_of(text, numbers);
    for (unsigned i = 0; i < SERVICE_DIMENSIONS; i++) json_array_append_new(vector, json_real(numbers[i]));
    if (longer) json_array_append_new(vector, json_real(0.5));
    return json_pack("{s:s, s:I, s:o}", "object", "embedding", "index", (json_int_t)index, "embedding",
                     vector);
}

static char *vectors(const json_t *input, enum service_mood mood)
{
    json_t *data = json_array();
    size_t count = json_array_size(input), given = mood == SERVICE_SHORT ? count - 1 : count;
    for (size_t i = 0; i < given; i++) {
        size_t at = mood == SERVICE_SHUFFLED ? count - 1 - i : i;
        json_array_append_new(
            data, item(json_string_value(json_array_get(input, at)), at, mood == SERVICE_WRONG_DIM));
    }
    json_t *answer = json_pack("{s:s, s:o}", "object", "list", "data", data);
    char *text = json_dumps(answer, JSON_COMPACT);
    json_decref(answer);
    return text;
}

static void note(struct embedding_service *service, const struct service_request *request, unsigned texts)
{
    const char *authorization = service_request_header(request, "Authorization");
    pthread_mutex_lock(&service->lock);
    free(service->request);
    free(service->authorization);
    service->request = nw_strdup(request->body);
    service->authorization = nw_strdup(authorization != NULL ? authorization : "");
    pthread_mutex_unlock(&service->lock);
    service->requests++;
    service->texts += texts;
    if (texts > service->largest) service->largest = texts;
}

static void keep_body(struct embedding_service *service, char *body)
{
    pthread_mutex_lock(&service->lock);
    service->bodies =
        nw_grow(service->bodies, &service->body_capacity, service->body_count + 1, sizeof(*service->bodies));
    service->bodies[service->body_count++] = body;
    pthread_mutex_unlock(&service->lock);
}

static void serve(void *context, const struct service_request *request, struct service_answer *answer)
{
    struct embedding_service *service = context;
    enum service_mood mood = (enum service_mood)atomic_load(&service->mood);
    json_t *asked = json_loads(request->body, 0, NULL);
    const json_t *input = json_object_get(asked, "input");
    if (strcmp(request->path, "/v1/embeddings") != 0 || strcmp(request->method, "POST") != 0 ||
        json_array_size(input) == 0) {
        answer->status = 404;
    } else if (mood == SERVICE_GARBAGE) {
        answer->body = "<html>it works!</html>";
    } else if (mood == SERVICE_BROKEN) {
        answer->status = 500;
    } else if (mood == SERVICE_BUSY) {
        answer->status = 429;
        answer->headers[0].name = "Retry-After";
        answer->headers[0].value = "1";
    } else {
        char *body = vectors(input, mood);
        keep_body(service, body);
        answer->body = body;
        answer->hold = mood == SERVICE_HOLDS;
    }
    note(service, request, (unsigned)json_array_size(input));
    json_decref(asked);
}

struct embedding_service *embedding_service_start(void)
{
    struct embedding_service *service = nw_calloc(1, sizeof(*service));
    pthread_mutex_init(&service->lock, NULL);
    service->http = http_service_start(serve, service, NULL, NULL);
    snprintf(service->url, sizeof(service->url), "%s/v1", http_service_url(service->http));
    return service;
}

void embedding_service_stop(struct embedding_service *service)
{
    http_service_release(service->http);
    http_service_stop(service->http);
    for (size_t i = 0; i < service->body_count; i++) free(service->bodies[i]);
    free(service->bodies);
    free(service->request);
    free(service->authorization);
    pthread_mutex_destroy(&service->lock);
    free(service);
}

const char *embedding_service_url(const struct embedding_service *service)
{
    return service->url;
}

void embedding_service_set(struct embedding_service *service, enum service_mood mood)
{
    service->mood = (int)mood;
}

unsigned embedding_service_requests(const struct embedding_service *service)
{
    return service->requests;
}

unsigned embedding_service_texts(const struct embedding_service *service)
{
    return service->texts;
}

unsigned embedding_service_largest(const struct embedding_service *service)
{
    return service->largest;
}

const char *embedding_service_body(const struct embedding_service *service)
{
    return service->request;
}

const char *embedding_service_authorization(const struct embedding_service *service)
{
    return service->authorization;
}
