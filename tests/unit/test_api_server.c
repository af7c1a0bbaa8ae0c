/* The server around the pages: what it refuses, whom it ends, and what it tells of itself. */
#include "api_fixture.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"

/* ---- bad requests ---- */

static void what_is_wrong_with_a_request_is_said(void **state)
{
    struct world *world = *state;
    expect_problem(world, "/v1/stories?window=2h", 400, "window is 1h, 6h or 24h.");
    expect_problem(world, "/v1/stories?limit=0", 400, "limit is a number from 1 to 200.");
    expect_problem(world, "/v1/stories?limit=-1", 400, "limit is a number from 1 to 200.");
    expect_problem(world, "/v1/stories?limit=10x", 400, "limit is a number from 1 to 200.");
    expect_problem(world, "/v1/stories?limit=99999999999999999999999", 400,
                   "limit is a number from 1 to 200.");
    expect_problem(world, "/v1/stories?cursor=abc", 400,
                   "cursor is not one that this server gave as nextCursor.");
    expect_problem(world, "/v1/stories?cursor=1-2-zz", 400,
                   "cursor is not one that this server gave as nextCursor.");
    expect_problem(world, "/v1/stories?sort=x", 400, "Unknown query parameter \"sort\".");
    expect_problem(world, "/v1/blindspots", 400, "for is missing: left, center or right.");
    expect_problem(world, "/v1/blindspots?for=", 400, "for is left, center or right.");
    expect_problem(world, "/v1/stories?language=EN", 400, "language is a language code such as en.");
    expect_problem(world, "/v1/stories?country=gb", 400, "country is a country code such as GB.");
    expect_problem(world, "/v1/stories?q=", 400, "q is a text of 1 to 200 characters.");
    expect_problem(world, "/v1/stories?q=a%00b", 400, "No NUL characters in addresses.");
    expect_problem(world, "/v1/stories?q=%ff", 400, "q is a text of 1 to 200 characters.");
    expect_problem(world, "/v1/articles", 400, "url is missing: a text of 1 to 2000 characters.");
    expect_problem(world, "/v1/stories/xyz", 404, "The id of a story is 32 hexadecimal digits.");
    expect_problem(world, "/v1/stories/" ID("1") "/articles", 404,
                   "The id of a story is 32 hexadecimal digits.");
    expect_problem(world, "/v1/articles?url=javascript:alert(1)", 404,
                   "No article has such a url: it is not an absolute http or https URL.");
    expect_problem(world, "/nothing", 404, "There is no such page.");
    expect_problem(world, "/../../etc/passwd", 404, "There is no such page.");
    expect_problem(world, "/dashboard.css/../../x", 404, "There is no such page.");
    expect_problem(world, "/%2e%2e/%ff", 404, "There is no such page.");
    expect_problem(world, "/dashboard.css%00x", 400, "No NUL characters in addresses.");
    /* A far cursor into a partition that is not there is no error. */
    put_partitions(world);
    json_decref(get_json(world, "/v1/stories?cursor=5-99999-" ID("1"), 200));
}

static void only_reading_is_possible(void **state)
{
    struct world *world = *state;
    static const char *const methods[] = {"POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"};
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        struct got got = request(world, "/v1/stories", methods[i], NULL);
        assert_int_equal(got.status, 405);
        assert_non_null(strstr(got.headers, "Allow: GET, HEAD\r\n"));
        free(got.body);
    }
    struct got got = request(world, "/v1/stories", "HEAD", NULL);
    assert_int_equal(got.status, 200);
    assert_int_equal(got.len, 0);
    free(got.body);
}

static void a_huge_request_is_refused_and_the_server_goes_on(void **state)
{
    struct world *world = *state;
    char path[8200] = "/v1/stories?language=", header[70000] = "X: ";
    memset(path + strlen(path), 'x', sizeof(path) - strlen(path) - 1);
    path[sizeof(path) - 1] = '\0';
    struct got got = request(world, path, "GET", NULL);
    assert_int_equal(got.status, 400);
    free(got.body);
    memset(header + 3, 'x', sizeof(header) - 4);
    header[sizeof(header) - 1] = '\0';
    got = request(world, "/v1/stories", "GET", header);
    assert_true(got.status == 0 || got.status == 431 || got.status == 413);
    free(got.body);
    json_decref(get_json(world, "/v1/stories", 200));
}

/* A connection to the server; the caller closes it. */
static int connect_raw(struct world *world)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    address.sin_port = htons((uint16_t)atoi(strchr(http_address(world->instance.http), ':') + 1));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static void a_slow_client_is_ended_although_it_keeps_sending(void **state)
{
    struct world *world = *state;
    int fd = connect_raw(world);
    const char *drip = "GET /healthz HTTP/1.1\r\nHost: a\r\nX: ";
    assert_true(send(fd, drip, strlen(drip), MSG_NOSIGNAL) > 0);
    int64_t start = clock_mono_ms();
    char byte;
    ssize_t n = -1;
    do {
        http_tick(world->instance.http, clock_mono_ms());
        usleep(100000);
        (void)!send(fd, "x", 1, MSG_NOSIGNAL);
        n = recv(fd, &byte, 1, MSG_DONTWAIT);
    } while (n < 0 && clock_mono_ms() - start < 8000);
    assert_in_range(clock_mono_ms() - start, 1900, 4000); /* two seconds are allowed */
    close(fd);
    json_decref(get_json(world, "/v1/stories", 200));
}

/* ---- health ---- */

static void no_notify(void *context, const char *message)
{
    (void)context;
    (void)message;
}

static void health_and_readiness_follow_the_roles_and_redis(void **state)
{
    struct world *world = *state;
    struct role_status role = {.name = "stories", .state = ROLE_RESTORING};
    const struct role_status *const roles[] = {&role};
    struct service *service = service_new(roles, 1, world->metrics, 0, no_notify, NULL);
    json_decref(get_json(world, "/healthz", 503)); /* nothing runs yet */
    api_set_service(world->instance.api, service);
    service_tick(service, clock_mono_ms());
    json_decref(get_json(world, "/healthz", 200));
    json_decref(get_json(world, "/readyz", 503));
    role.state = ROLE_READY;
    json_t *root = get_json(world, "/readyz", 200);
    assert_true(json_is_true(json_object_get(root, "redis")));
    json_decref(root);
    redis_server_freeze(world->server, 1);
    int64_t start = clock_mono_ms();
    root = get_json(world, "/readyz", 503);
    assert_true(clock_mono_ms() - start < 5000);
    assert_true(json_is_false(json_object_get(root, "redis")));
    json_decref(root);
    expect_problem(world, "/v1/stories", 503, "Redis does not answer.");
    json_decref(get_json(world, "/healthz", 200));
    redis_server_freeze(world->server, 0);
    json_decref(get_json(world, "/readyz", 200));
    redis_server_restart(world->server);
    json_decref(get_json(world, "/v1/stories", 200)); /* the pool's old connection is dead */
    api_set_service(world->instance.api, NULL);
    service_free(service);
}

static void metrics_and_the_dashboard_are_there(void **state)
{
    struct world *world = *state;
    struct got got = request(world, "/metrics", "GET", NULL);
    assert_int_equal(got.status, 200);
    assert_non_null(strstr(got.headers, "text/plain; version=0.0.4"));
    assert_non_null(strstr(got.body, "\nnewswired_articles_read_total 0\n"));
    assert_non_null(strstr(got.body, "\nprocess_resident_memory_bytes "));
    double started =
        atof(strstr(got.body, "\nprocess_start_time_seconds ") + strlen("\nprocess_start_time_seconds "));
    assert_true(started > (double)clock_wall_ms() / 1000 - 3600 &&
                started <= (double)clock_wall_ms() / 1000 + 1);
    free(got.body);
    got = request(world, "/metrics", "GET", NULL);
    assert_non_null(strstr(got.body, "newswired_http_requests_total{code=\"200\"} 1\n"));
    free(got.body);
    static const char *const files[] = {"/", "/dashboard.css", "/dashboard.js"};
    for (size_t i = 0; i < 3; i++) {
        got = request(world, files[i], "GET", NULL);
        assert_int_equal(got.status, 200);
        assert_non_null(strstr(got.headers, "default-src 'none'; script-src 'self'; style-src 'self'"));
        assert_null(strstr(got.body, "http://"));
        assert_null(strstr(got.body, "innerHTML"));
        free(got.body);
    }
}

int main(void)
{
    log_init(LOG_ERROR, LOG_FORMAT_TEXT);
    curl_global_init(CURL_GLOBAL_ALL);
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(what_is_wrong_with_a_request_is_said),
        TEST(only_reading_is_possible),
        TEST(a_huge_request_is_refused_and_the_server_goes_on),
        TEST(a_slow_client_is_ended_although_it_keeps_sending),
        TEST(health_and_readiness_follow_the_roles_and_redis),
        TEST(metrics_and_the_dashboard_are_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
