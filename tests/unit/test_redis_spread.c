#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <hiredis/hiredis.h>

#include "consumers/redis_reply.h"
#include "consumers/redis_spread.h"
#include "tests/support/redis_server.h"

static unsigned slot(const char *key)
{
    return redis_spread_slot(key, strlen(key));
}

/* The first is the check value of the cluster specification; the others are CLUSTER KEYSLOT's answers. */
static void slots_are_those_of_the_cluster_specification(void **state)
{
    (void)state;
    assert_int_equal(slot("123456789"), 0x31C3);
    assert_int_equal(slot("foo"), 12182);
    assert_int_equal(slot(""), 0);
    assert_int_equal(slot("newswired:{articles.features:3}:recent"), slot("articles.features:3"));
    assert_int_equal(slot("a{}b"), redis_spread_slot("a{}b", 4));
    assert_int_not_equal(slot("a{}b"), slot("a{}c")); /* empty braces are no tag */
    assert_int_equal(slot("{a}{b}"), slot("a"));
    assert_int_equal(slot("{{a}}"), slot("{a"));
}

/* One server: the replies come in order, and a server that has gone is found again. */
static void one_server_is_one_connection(void **state)
{
    (void)state;
    struct redis_server *server = redis_server_start();
    struct redis_options options = redis_server_options(server);
    struct redis_spread *spread = redis_spread_new(&options);
    struct redis_pipe pipe = {0};
    redisReply *replies[3];
    for (int i = 0; i < 3; i++) {
        redis_pipe_command(&pipe, i == 0 ? "SET" : "GET", i == 0 ? 2 : 1);
        redis_pipe_text(&pipe, i == 2 ? "other" : "key");
        if (i == 0) redis_pipe_text(&pipe, "value");
    }
    for (int round = 0; round < 2; round++) {
        assert_int_equal(redis_spread_exchange(spread, &pipe, replies), NW_OK);
        assert_true(redis_spread_connected(spread));
        assert_true(redis_reply_is(replies[0], "OK"));
        assert_true(redis_reply_is(replies[1], "value"));
        assert_int_equal(replies[2]->type, REDIS_REPLY_NIL);
        redis_replies_free(replies, 3);
        redis_server_restart(server);
        assert_int_equal(redis_spread_exchange(spread, &pipe, replies), NW_ERR_UNAVAILABLE);
        assert_string_not_equal(redis_spread_error(spread), "");
    }
    redis_pipe_free(&pipe);
    redis_spread_free(spread);
    redis_server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(slots_are_those_of_the_cluster_specification),
        cmocka_unit_test(one_server_is_one_connection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
