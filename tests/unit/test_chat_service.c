/* Requests to a chat service: a real HTTP server, and a clock that the test moves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "consumers/chat_service.h"
#include "support/http_service.h"

static struct world {
    struct http_service *server;
    struct chat_service *chat;
    struct metrics *metrics;
    struct summary_options options;
    char url[128];
    int64_t now_ms;
    _Atomic int status; /* of the next answers */
    const char *retry_after;
    bool hold;
    char seen_path[64], seen_key[64];
    atomic_uint requests;
} world;

static void serve(void *context, const struct service_request *request, struct service_answer *answer)
{
    const char *key = service_request_header(request, "Authorization");
    (void)context;
    snprintf(world.seen_path, sizeof(world.seen_path), "%s", request->path);
    snprintf(world.seen_key, sizeof(world.seen_key), "%s", key ? key : "");
    world.requests++;
    answer->status = world.status;
    answer->body = "{\"a\":1}";
    answer->hold = world.hold;
    if (world.retry_after)
        answer->headers[0].name = "Retry-After", answer->headers[0].value = world.retry_after;
}

static int set_up(void **state)
{
    (void)state;
    memset(&world, 0, sizeof(world));
    world.server = http_service_start(serve, NULL, NULL, NULL);
    world.metrics = metrics_new();
    world.status = 200;
    world.now_ms = 1000;
    snprintf(world.url, sizeof(world.url), "%s/v1/", http_service_url(world.server));
    world.options = (struct summary_options){.url = world.url,
                                             .model = "m",
                                             .key = "k-1",
                                             .timeout_ms = 20000,
                                             .hourly_budget = 1000,
                                             .in_flight = 2};
    world.chat = chat_service_new(&world.options, world.metrics, world.now_ms);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    chat_service_free(world.chat);
    http_service_stop(world.server);
    metrics_free(world.metrics);
    return 0;
}

static char ticket;

static void ask(unsigned tries)
{
    assert_true(chat_service_is_free(world.chat, world.now_ms));
    chat_service_ask(world.chat, world.now_ms, &ticket, tries, "{}", 2);
}

static struct chat_result answer(void)
{
    struct chat_result result;
    while (!chat_service_next(world.chat, world.now_ms, &result)) chat_service_turn(world.chat, 100);
    assert_ptr_equal(result.ticket, &ticket);
    return result;
}

static struct chat_result ask_and_wait(int status)
{
    world.status = status;
    ask(0);
    return answer();
}

static void an_answer_comes_with_its_ticket_and_the_key_goes_out(void **state)
{
    (void)state;
    struct chat_result result = ask_and_wait(200);
    assert_int_equal(result.outcome, CHAT_ANSWERED);
    assert_int_equal(result.len, 7);
    assert_memory_equal(result.body, "{\"a\":1}", 7);
    assert_string_equal(world.seen_path, "/v1/chat/completions"); /* one slash */
    assert_string_equal(world.seen_key, "Bearer k-1");
    assert_int_equal(chat_service_in_flight(world.chat), 0);
}

static void only_so_many_are_in_flight(void **state)
{
    (void)state;
    world.hold = true;
    ask(0);
    ask(0);
    assert_false(chat_service_is_free(world.chat, world.now_ms));
    chat_service_drop(world.chat, &ticket);
    assert_int_equal(chat_service_in_flight(world.chat), 0);
    assert_true(chat_service_is_free(world.chat, world.now_ms));
    http_service_release(world.server);
}

static void what_passes_is_tried_again_later_and_what_does_not_is_not(void **state)
{
    (void)state;
    static const int passing[] = {500, 503, 408};
    for (size_t i = 0; i < sizeof(passing) / sizeof(*passing); i++) {
        struct chat_result result = ask_and_wait(passing[i]);
        assert_int_equal(result.outcome, CHAT_RETRY);
        assert_in_range(result.retry_after_ms, 1000, 2000);
    }
    assert_int_equal(ask_and_wait(400).outcome, CHAT_REFUSED);
    assert_int_equal((int)metrics_value(world.metrics, METRIC_SUMMARY_REQUESTS, 4), 2); /* error */
    assert_int_equal((int)metrics_value(world.metrics, METRIC_SUMMARY_BREAKER, 0), 0);
}

static void five_failures_open_the_breaker_and_one_success_closes_it(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) assert_int_equal(ask_and_wait(500).outcome, CHAT_RETRY);
    assert_int_equal((int)metrics_value(world.metrics, METRIC_SUMMARY_BREAKER, 0), 1);
    assert_false(chat_service_is_free(world.chat, world.now_ms + 9999));
    world.now_ms += 10000;
    world.hold = true;
    world.status = 200;
    ask(0); /* the one that is let through */
    assert_false(chat_service_is_free(world.chat, world.now_ms));
    http_service_release(world.server);
    assert_int_equal(answer().outcome, CHAT_ANSWERED);
    assert_true(chat_service_is_free(world.chat, world.now_ms));
    assert_int_equal((int)metrics_value(world.metrics, METRIC_SUMMARY_BREAKER, 0), 0);
}

static void a_wait_that_is_asked_for_is_kept(void **state)
{
    (void)state;
    world.retry_after = "120";
    struct chat_result result = ask_and_wait(429);
    assert_int_equal(result.outcome, CHAT_RETRY);
    assert_int_equal(result.retry_after_ms, 120000);
    assert_false(chat_service_is_free(world.chat, world.now_ms + 119999));
    assert_true(chat_service_is_free(world.chat, world.now_ms + 120000));
}

static void a_refused_key_rests_the_service_at_once(void **state)
{
    (void)state;
    assert_int_equal(ask_and_wait(401).outcome, CHAT_RETRY);
    assert_false(chat_service_is_free(world.chat, world.now_ms + 9 * 60 * 1000));
    assert_true(chat_service_is_free(world.chat, world.now_ms + 10 * 60 * 1000));
    assert_int_equal(world.requests, 1);
}

static void the_budget_is_held(void **state)
{
    (void)state;
    chat_service_free(world.chat);
    world.options.hourly_budget = 20;
    world.chat = chat_service_new(&world.options, world.metrics, world.now_ms);
    ask_and_wait(200);
    ask_and_wait(200);
    assert_false(chat_service_is_free(world.chat, world.now_ms));
    assert_true(chat_service_is_free(world.chat, world.now_ms + 3600 * 1000 / 19 + 1));
}

static void a_reload_may_raise_the_budget(void **state)
{
    (void)state;
    chat_service_free(world.chat);
    world.options.hourly_budget = 10;
    world.chat = chat_service_new(&world.options, world.metrics, world.now_ms);
    ask_and_wait(200);
    assert_false(chat_service_is_free(world.chat, world.now_ms));
    world.options.hourly_budget = 200;
    assert_true(chat_service_is_free(world.chat, world.now_ms));
}

static void a_service_that_is_not_there_is_a_failure_that_passes(void **state)
{
    (void)state;
    chat_service_free(world.chat);
    world.options.url = "http://127.0.0.1:1/v1";
    world.chat = chat_service_new(&world.options, world.metrics, world.now_ms);
    ask(3);
    struct chat_result result = answer();
    assert_int_equal(result.outcome, CHAT_RETRY);
    assert_in_range(result.retry_after_ms, 8000, 16000); /* the fourth wait */
}

int main(void)
{
    log_init(LOG_ERROR, LOG_FORMAT_TEXT);
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(an_answer_comes_with_its_ticket_and_the_key_goes_out),
        TEST(only_so_many_are_in_flight),
        TEST(what_passes_is_tried_again_later_and_what_does_not_is_not),
        TEST(five_failures_open_the_breaker_and_one_success_closes_it),
        TEST(a_wait_that_is_asked_for_is_kept),
        TEST(a_refused_key_rests_the_service_at_once),
        TEST(the_budget_is_held),
        TEST(a_reload_may_raise_the_budget),
        TEST(a_service_that_is_not_there_is_a_failure_that_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
