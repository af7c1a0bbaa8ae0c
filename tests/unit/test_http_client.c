#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "consumers/http_client.h"
#include "support/http_service.h"

static const struct http_limits limits = {
    .connect_timeout_ms = 5000, .total_timeout_ms = 20000, .answer_max_bytes = 1000, .redirects_max = 2};

/* What the service saw last. */
static struct seen {
    char method[8], authorization[64], content_type[64], if_none_match[64], body[256];
    unsigned requests;
} seen;

static void keep(char *out, size_t size, const char *text)
{
    snprintf(out, size, "%s", text ? text : "");
}

static char target[256]; /* of "/away" */

static void serve(void *context, const struct service_request *request, struct service_answer *answer)
{
    (void)context;
    static char large[4000];
    keep(seen.method, sizeof(seen.method), request->method);
    keep(seen.authorization, sizeof(seen.authorization), service_request_header(request, "Authorization"));
    keep(seen.content_type, sizeof(seen.content_type), service_request_header(request, "Content-Type"));
    keep(seen.if_none_match, sizeof(seen.if_none_match), service_request_header(request, "If-None-Match"));
    keep(seen.body, sizeof(seen.body), request->body);
    seen.requests++;
    answer->body = "hello";
    if (strcmp(request->path, "/tagged") == 0) {
        answer->headers[0].name = "ETag";
        answer->headers[0].value = "\"v1\"";
        if (strcmp(seen.if_none_match, "\"v1\"") == 0) answer->status = 304;
    } else if (strcmp(request->path, "/busy") == 0) {
        answer->status = 429;
        answer->headers[0].name = "Retry-After";
        answer->headers[0].value = "7";
    } else if (strcmp(request->path, "/large") == 0) {
        memset(large, 'x', sizeof(large));
        answer->body = large;
        answer->len = sizeof(large);
    } else if (strcmp(request->path, "/held") == 0) {
        answer->hold = true;
    } else if (strcmp(request->path, "/away") == 0 || strcmp(request->path, "/round") == 0) {
        answer->status = 302;
        answer->headers[0].name = "Location";
        answer->headers[0].value = strcmp(request->path, "/away") == 0 ? target : "/round";
        answer->headers[1].name = "ETag";
        answer->headers[1].value = "\"of the redirect\"";
    }
}

static struct fixture {
    struct http_service *service;
    struct http_client *client;
} fixture;

static int set_up(void **state)
{
    (void)state;
    memset(&seen, 0, sizeof(seen));
    fixture.service = http_service_start(serve, NULL, NULL, NULL);
    fixture.client = http_client_new(&limits);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    http_client_free(fixture.client);
    http_service_stop(fixture.service);
    return 0;
}

static struct http_call *get(struct http_request request, const char *path)
{
    char url[128];
    snprintf(url, sizeof(url), "%s%s", http_service_url(fixture.service), path);
    request.url = url;
    struct http_call *call = http_client_perform(fixture.client, &request, NULL);
    assert_non_null(call);
    return call;
}

static void assert_error(struct http_call *call, enum nw_err err, const char *reason_part)
{
    const struct http_answer *answer = http_call_answer(call);
    assert_int_equal(answer->err, err);
    assert_int_equal(answer->status, 0);
    assert_string_equal(answer->body, "");
    if (strstr(answer->reason, reason_part) == NULL)
        fail_msg("\"%s\" lacks \"%s\"", answer->reason, reason_part);
    http_call_free(call);
}

static void a_body_is_posted_with_its_type_and_key(void **state)
{
    (void)state;
    struct http_call *call = get(
        (struct http_request){
            .body = "{\"a\":1}xx", .body_len = 7, .content_type = "application/json", .bearer = "secret"},
        "/");
    const struct http_answer *answer = http_call_answer(call);
    assert_int_equal(answer->err, NW_OK);
    assert_int_equal(answer->status, 200);
    assert_string_equal(answer->body, "hello");
    assert_int_equal(answer->len, 5);
    assert_int_equal(answer->retry_after_ms, 0);
    assert_null(answer->etag);
    http_call_free(call);
    assert_string_equal(seen.method, "POST");
    assert_string_equal(seen.body, "{\"a\":1}");
    assert_string_equal(seen.content_type, "application/json");
    assert_string_equal(seen.authorization, "Bearer secret");
}

static void an_etag_asks_only_for_what_is_new(void **state)
{
    (void)state;
    struct http_call *call = get((struct http_request){0}, "/tagged");
    assert_int_equal(http_call_answer(call)->status, 200);
    assert_string_equal(http_call_answer(call)->etag, "\"v1\"");
    assert_string_equal(seen.authorization, "");
    http_call_free(call);
    call = get((struct http_request){.etag = "\"v1\""}, "/tagged");
    assert_int_equal(http_call_answer(call)->status, 304);
    assert_int_equal(http_call_answer(call)->len, 0);
    http_call_free(call);
}

static void the_wait_that_a_busy_service_asks_for_is_told(void **state)
{
    (void)state;
    struct http_call *call = get((struct http_request){0}, "/busy");
    assert_int_equal(http_call_answer(call)->status, 429);
    assert_int_equal(http_call_answer(call)->retry_after_ms, 7000);
    http_call_free(call);
}

static void too_large_an_answer_is_cut_off(void **state)
{
    (void)state;
    assert_error(get((struct http_request){0}, "/large"), NW_ERR_INPUT, "larger than 1000 bytes");
}

static void redirects_are_followed_a_few_times(void **state)
{
    (void)state;
    snprintf(target, sizeof(target), "%s/plain", http_service_url(fixture.service));
    struct http_call *call = get((struct http_request){0}, "/away");
    assert_int_equal(http_call_answer(call)->status, 200);
    assert_null(http_call_answer(call)->etag); /* the redirect had one, its target has none */
    http_call_free(call);
    seen.requests = 0;
    assert_error(get((struct http_request){0}, "/round"), NW_ERR_REFUSED, "redirects");
    assert_int_equal(seen.requests, 3);
}

static void redirects_go_to_http_only(void **state)
{
    (void)state;
    snprintf(target, sizeof(target), "file:///etc/hostname");
    assert_error(get((struct http_request){0}, "/away"), NW_ERR_REFUSED, "file");
    snprintf(target, sizeof(target), "gopher://127.0.0.1:1/");
    assert_error(get((struct http_request){0}, "/away"), NW_ERR_REFUSED, "gopher");
}

static void a_posted_body_follows_no_redirect(void **state)
{
    (void)state;
    snprintf(target, sizeof(target), "%s/plain", http_service_url(fixture.service));
    struct http_call *call =
        get((struct http_request){.body = "x", .body_len = 1, .content_type = "text/plain"}, "/away");
    assert_int_equal(http_call_answer(call)->status, 302);
    assert_int_equal(seen.requests, 1);
    http_call_free(call);
}

static void other_protocols_and_nonsense_are_refused(void **state)
{
    (void)state;
    static const char *const urls[] = {"file:///etc/hostname", "ftp://127.0.0.1/", "dict://127.0.0.1:1/"};
    for (size_t i = 0; i < sizeof(urls) / sizeof(*urls); i++)
        assert_error(http_client_perform(fixture.client, &(struct http_request){.url = urls[i]}, NULL),
                     NW_ERR_REFUSED, "rotocol");
    assert_error(http_client_perform(fixture.client, &(struct http_request){.url = "http://"}, NULL),
                 NW_ERR_INPUT, "");
}

static void a_service_that_is_not_there_is_unavailable(void **state)
{
    (void)state;
    char url[64];
    snprintf(url, sizeof(url), "%s/", http_service_url(fixture.service));
    http_service_stop(fixture.service);
    assert_error(http_client_perform(fixture.client, &(struct http_request){.url = url}, NULL),
                 NW_ERR_UNAVAILABLE, "onnect");
    fixture.service = http_service_start(serve, NULL, NULL, NULL);
}

static void a_slow_service_meets_the_timeout(void **state)
{
    (void)state;
    struct http_limits hasty = limits;
    hasty.total_timeout_ms = 100;
    http_client_free(fixture.client);
    fixture.client = http_client_new(&hasty);
    assert_error(get((struct http_request){0}, "/held"), NW_ERR_TIMEOUT, "timed out");
}

static void *stop_when_asked(void *context)
{
    while (__atomic_load_n(&seen.requests, __ATOMIC_SEQ_CST) == 0) usleep(1000);
    atomic_store((atomic_bool *)context, true);
    return NULL;
}

static void a_call_ends_when_the_daemon_stops(void **state)
{
    (void)state;
    atomic_bool stop = false;
    pthread_t thread;
    char url[64];
    snprintf(url, sizeof(url), "%s/held", http_service_url(fixture.service));
    pthread_create(&thread, NULL, stop_when_asked, &stop);
    int64_t from_ms = clock_mono_ms();
    assert_null(http_client_perform(fixture.client, &(struct http_request){.url = url}, &stop));
    assert_true(clock_mono_ms() - from_ms < limits.total_timeout_ms / 2);
    pthread_join(thread, NULL);
}

static void calls_run_side_by_side(void **state)
{
    (void)state;
    char held_url[64], url[64];
    snprintf(held_url, sizeof(held_url), "%s/held", http_service_url(fixture.service));
    snprintf(url, sizeof(url), "%s/", http_service_url(fixture.service));
    struct http_call *held = http_client_start(fixture.client, &(struct http_request){.url = held_url});
    struct http_call *other = http_client_start(fixture.client, &(struct http_request){.url = url});
    while (!http_call_done(other)) http_client_turn(fixture.client, 100);
    assert_int_equal(http_call_answer(other)->status, 200);
    assert_false(http_call_done(held));
    http_service_release(fixture.service);
    while (!http_call_done(held)) http_client_turn(fixture.client, 100);
    assert_int_equal(http_call_answer(held)->status, 200);
    http_call_free(held);
    http_call_free(other);
}

/* ---- https, with a certificate made for this run ---- */

static char *read_text(const char *path)
{
    char *text = calloc(1, 8192);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(text, 1, 8191, file) > 0);
    fclose(file);
    return text;
}

static void https_wants_a_certificate_it_can_verify(void **state)
{
    (void)state;
    char folder[] = "/tmp/newswired-test-XXXXXX", command[512], cert_path[64], key_path[64];
    assert_non_null(mkdtemp(folder));
    snprintf(cert_path, sizeof(cert_path), "%s/cert.pem", folder);
    snprintf(key_path, sizeof(key_path), "%s/key.pem", folder);
    snprintf(command, sizeof(command),
             "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "
             "/CN=localhost "
             "-addext subjectAltName=DNS:localhost -keyout %s -out %s 2>/dev/null",
             key_path, cert_path);
    assert_int_equal(system(command), 0); /* NOLINT(cert-env33-c): a fixed command of a test */
    char *cert = read_text(cert_path), *key = read_text(key_path);
    struct http_service *service = http_service_start(serve, NULL, cert, key);
    struct http_request request = {.url = http_service_url(service)};
    assert_error(http_client_perform(fixture.client, &request, NULL), NW_ERR_REFUSED, "certificate");
    assert_int_equal(seen.requests, 0);

    struct http_limits trusting = limits;
    trusting.ca_file = cert_path;
    struct http_client *client = http_client_new(&trusting);
    struct http_call *call = http_client_perform(client, &request, NULL);
    assert_string_equal(http_call_answer(call)->reason, "");
    assert_int_equal(http_call_answer(call)->status, 200);
    http_call_free(call);

    char away[64]; /* https never goes on with http */
    snprintf(away, sizeof(away), "%s/away", http_service_url(service));
    snprintf(target, sizeof(target), "%s/plain", http_service_url(fixture.service));
    request.url = away;
    assert_error(http_client_perform(client, &request, NULL), NW_ERR_REFUSED, "http");
    http_client_free(client);
    http_service_stop(service);
    free(cert);
    free(key);
    unlink(cert_path);
    unlink(key_path);
    rmdir(folder);
}

static void an_endpoint_is_the_base_and_a_path(void **state)
{
    (void)state;
    static const char *const bases[] = {"http://a.example/v1", "http://a.example/v1/",
                                        "http://a.example/v1//"};
    for (size_t i = 0; i < 3; i++) {
        char *url = http_endpoint(bases[i], "/embeddings");
        assert_string_equal(url, "http://a.example/v1/embeddings");
        free(url);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_endpoint_is_the_base_and_a_path),
        cmocka_unit_test_setup_teardown(a_body_is_posted_with_its_type_and_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_etag_asks_only_for_what_is_new, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_wait_that_a_busy_service_asks_for_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_large_an_answer_is_cut_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(redirects_are_followed_a_few_times, set_up, tear_down),
        cmocka_unit_test_setup_teardown(redirects_go_to_http_only, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_posted_body_follows_no_redirect, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_protocols_and_nonsense_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_service_that_is_not_there_is_unavailable, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_slow_service_meets_the_timeout, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_call_ends_when_the_daemon_stops, set_up, tear_down),
        cmocka_unit_test_setup_teardown(calls_run_side_by_side, set_up, tear_down),
        cmocka_unit_test_setup_teardown(https_wants_a_certificate_it_can_verify, set_up, tear_down),
    };
    setenv("no_proxy", "*", 1); /* what the machine's environment says does not count */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
