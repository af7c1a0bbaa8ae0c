/*
 * api_fixture - one daemon's pages over a real Redis, and a small HTTP client.
 *
 * Its Redis is empty; what a batch would have written is put there by hand.
 */
#ifndef NW_TESTS_API_FIXTURE_H
#define NW_TESTS_API_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <curl/curl.h>
#include <jansson.h>

#include "base/alloc.h"
#include "daemon/api.h"
#include "support/redis_server.h"

#define P0 "newswired:{articles.features:0}:"
#define P2 "newswired:{articles.features:2}:"
#define P10 "newswired:{articles.features:10}:"
#define ID(digit) "0000000000000000000000000000000" digit

enum { CLIENTS_MAX = 4, TIMEOUT_S = 2 };

/* One daemon's pages. */
struct instance {
    struct api *api;
    struct http_server *http;
};

struct world {
    struct redis_server *server;
    struct redis_options options;
    struct metrics *metrics;
    struct instance instance;
};

static inline struct instance start_instance(const struct world *world)
{
    struct instance instance = {.api = api_new(&world->options, world->metrics)};
    const struct http_options http = {.listen = {.host = "127.0.0.1"},
                                      .max_connections = 32,
                                      .timeout_s = TIMEOUT_S,
                                      .cors_origin = "",
                                      .metrics = world->metrics};
    assert_int_equal(http_start(&http, api_handle, instance.api, &instance.http), NW_OK);
    api_stream_start(instance.api, instance.http, CLIENTS_MAX);
    return instance;
}

static inline void stop_instance(struct instance *instance)
{
    api_stream_stop(instance->api);
    http_stop(instance->http);
    api_free(instance->api);
}

static inline int fixture_begin(void **state)
{
    struct world *world = nw_calloc(1, sizeof(*world));
    world->server = redis_server_start();
    world->options = redis_server_options(world->server);
    world->options.key_namespace = "newswired";
    world->metrics = metrics_new();
    world->instance = start_instance(world);
    *state = world;
    return 0;
}

static inline int fixture_end(void **state)
{
    struct world *world = *state;
    stop_instance(&world->instance);
    metrics_free(world->metrics);
    redis_server_stop(world->server);
    free(world);
    return 0;
}

/* Runs one Redis command. */
#define REDIS(world, ...) free(redis_server_ask((world)->server, __VA_ARGS__, NULL))

static inline void put_partitions(struct world *world)
{
    REDIS(world, "SADD", "newswired:partitions", "{articles.features:0}", "{articles.features:10}",
          "{articles.features:2}");
}

/* ---- a small HTTP client ---- */

struct got {
    long status;
    char *body;
    size_t len;
    char headers[4096];
};

static inline size_t take_body(char *bytes, size_t size, size_t count, void *context)
{
    struct got *got = context;
    got->body = realloc(got->body, got->len + size * count + 1);
    memcpy(got->body + got->len, bytes, size * count);
    got->len += size * count;
    got->body[got->len] = '\0';
    return size * count;
}

static inline size_t take_header(char *bytes, size_t size, size_t count, void *context)
{
    struct got *got = context;
    size_t used = strlen(got->headers);
    snprintf(got->headers + used, sizeof(got->headers) - used, "%.*s", (int)(size * count), bytes);
    return size * count;
}

static inline struct got request(struct world *world, const char *path, const char *method,
                                 const char *header)
{
    struct got got = {.body = calloc(1, 1)};
    char url[9000];
    struct curl_slist *headers = header ? curl_slist_append(NULL, header) : NULL;
    CURL *curl = curl_easy_init();
    snprintf(url, sizeof(url), "http://%s%s", http_address(world->instance.http), path);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 20L);
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &got);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, &got);
    if (strcmp(method, "HEAD") == 0) curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    if (strcmp(method, "GET") != 0) curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    if (curl_easy_perform(curl) == CURLE_OK) curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &got.status);
    curl_easy_cleanup(curl);
    curl_slist_free_all(headers);
    return got;
}

/* Expects the status and returns the JSON body. */
static inline json_t *get_json(struct world *world, const char *path, long status)
{
    struct got got = request(world, path, "GET", NULL);
    if (got.status != status) fail_msg("%s: %ld instead of %ld\n%s", path, got.status, status, got.body);
    json_t *root = json_loads(got.body, 0, NULL);
    assert_non_null(root);
    if (status >= 400 && status != 503) assert_non_null(strstr(got.headers, "application/problem+json"));
    free(got.body);
    return root;
}

static inline void expect_problem(struct world *world, const char *path, long status, const char *detail)
{
    json_t *root = get_json(world, path, status);
    assert_int_equal(json_integer_value(json_object_get(root, "status")), status);
    assert_string_equal(json_string_value(json_object_get(root, "detail")), detail);
    json_decref(root);
}

#endif
