#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "consumers/redis.h"
#include "consumers/store_checks.h"
#include "consumers/store_erase.h"
#include "consumers/story_store.h"
#include "tests/support/redis_proxy.h"
#include "tests/support/redis_server.h"

#define POSITION "test:{features:2}:_position"
#define OWNER "test:{features:2}:_owner"

struct world {
    struct redis_server *server;
    struct redis_proxy *proxy;
    struct redis_options options;
    struct story_store *store;
};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    world->server = redis_server_start();
    world->proxy = redis_proxy_start(redis_server_folder(world->server), redis_server_socket(world->server));
    world->options = redis_server_options(world->server);
    world->options.unix_path = redis_proxy_socket(world->proxy);
    world->store = story_store_new(&world->options, "features", 2);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    story_store_free(world->store);
    redis_proxy_stop(world->proxy);
    redis_server_stop(world->server);
    free(world);
    return 0;
}

static void tell(struct world *world, const char *a, const char *b, const char *c, const char *d)
{
    free(redis_server_ask(world->server, a, b, c, d, NULL));
}

static void claim_finds_nothing_in_an_empty_redis(void **state)
{
    struct world *world = *state;
    struct stored_position position;
    assert_int_equal(story_store_claim(world->store, &position), NW_OK);
    assert_false(position.point.found);
    assert_ask(world->server, "{features:2}", "SMEMBERS", "test:partitions");
}

static void claim_reads_what_is_stored(void **state)
{
    struct world *world = *state;
    struct stored_position position;
    tell(world, "HSET", POSITION, "next", "17");
    tell(world, "HSET", POSITION, "header", "abc");
    tell(world, "HSET", POSITION, "marks", "3");
    assert_int_equal(story_store_claim(world->store, &position), NW_OK);
    assert_int_equal(position.marks, 3);
    assert_true(position.point.found);
    assert_int_equal(position.point.next_offset, 17);
    assert_int_equal(position.header_len, 3);
    assert_memory_equal(position.header, "abc", 3);
}

static void damaged_positions_are_named(void **state)
{
    struct world *world = *state;
    struct stored_position position;
    tell(world, "HSET", POSITION, "next", "-1");
    assert_int_equal(story_store_claim(world->store, &position), NW_ERR_CORRUPT);
    assert_non_null(strstr(story_store_error(world->store), POSITION));
    tell(world, "HSET", POSITION, "next", "1");
    assert_int_equal(story_store_claim(world->store, &position), NW_ERR_CORRUPT);
    tell(world, "SET", OWNER, "x", NULL);
    free(redis_server_ask(world->server, "DEL", POSITION, NULL));
    tell(world, "SET", POSITION, "x", NULL);
    assert_int_equal(story_store_claim(world->store, &position), NW_ERR_FATAL);
}

static void a_second_claim_shuts_the_first_one_out(void **state)
{
    struct world *world = *state;
    struct stored_position position;
    struct store_point point;
    struct redis_options direct = redis_server_options(world->server);
    struct story_store *other = story_store_new(&direct, "features", 2);
    assert_int_equal(story_store_claim(world->store, &position), NW_OK);
    assert_int_equal(story_store_verify(world->store, (struct store_point){0}), NW_OK);
    assert_int_equal(story_store_claim(other, &position), NW_OK);
    assert_int_equal(story_store_verify(world->store, (struct store_point){0}), NW_ERR_CONFLICT);
    assert_int_equal(story_store_resume(world->store, &point), NW_ERR_CONFLICT);
    assert_int_equal(story_store_resume(other, &point), NW_OK);
    story_store_free(other);
}

static void verify_sees_a_redis_that_went_back_in_time(void **state)
{
    struct world *world = *state;
    struct stored_position position;
    assert_int_equal(story_store_claim(world->store, &position), NW_OK);
    tell(world, "HSET", POSITION, "next", "5");
    assert_int_equal(story_store_verify(world->store, (struct store_point){.found = true, .next_offset = 5}),
                     NW_OK);
    assert_int_equal(story_store_verify(world->store, (struct store_point){.found = true, .next_offset = 9}),
                     NW_ERR_CONFLICT);
    assert_int_equal(story_store_verify(world->store, (struct store_point){0}), NW_ERR_CONFLICT);
}

static void resume_gets_through_every_lost_reply(void **state)
{
    struct world *world = *state;
    static const enum proxy_fault faults[] = {PROXY_LOSE_REPLY, PROXY_LOSE_COMMAND};
    struct stored_position position;
    struct store_point point;
    assert_int_equal(story_store_claim(world->store, &position), NW_OK);
    for (size_t i = 0; i < 2; i++) {
        redis_proxy_arm(world->proxy, faults[i], "EXEC");
        assert_int_equal(story_store_resume(world->store, &point), NW_ERR_UNAVAILABLE);
        assert_false(story_store_connected(world->store));
        assert_int_equal(story_store_resume(world->store, &point), NW_OK);
        assert_int_equal(story_store_verify(world->store, (struct store_point){0}), NW_OK);
    }
    redis_proxy_arm(world->proxy, PROXY_DELAY_COMMAND, "EXEC");
    assert_int_equal(story_store_resume(world->store, &point), NW_ERR_UNAVAILABLE);
    assert_int_equal(story_store_resume(world->store, &point), NW_OK);
    redis_proxy_release(world->proxy); /* too late: the token it watched is gone */
    assert_int_equal(story_store_verify(world->store, (struct store_point){0}), NW_OK);
}

static void a_restarted_server_is_found_again(void **state)
{
    struct world *world = *state;
    struct stored_position position;
    struct store_point point;
    assert_int_equal(story_store_claim(world->store, &position), NW_OK);
    redis_server_restart(world->server);
    assert_int_equal(story_store_verify(world->store, (struct store_point){0}), NW_ERR_UNAVAILABLE);
    assert_int_equal(story_store_resume(world->store, &point), NW_OK);
}

static void a_frozen_server_times_out(void **state)
{
    struct world *world = *state;
    struct stored_position position;
    world->options.command_timeout_ms = 100;
    assert_int_equal(story_store_claim(world->store, &position), NW_OK);
    redis_server_freeze(world->server, 1);
    assert_int_equal(story_store_verify(world->store, (struct store_point){0}), NW_ERR_UNAVAILABLE);
    redis_server_freeze(world->server, 0);
}

static void erase_leaves_nothing_but_the_token(void **state)
{
    struct world *world = *state;
    struct stored_position position;
    assert_int_equal(story_store_claim(world->store, &position), NW_OK);
    tell(world, "SADD", "test:{features:2}:_live", "00000000000000000000000000000001", NULL);
    tell(world, "SET", "test:{features:2}:_state:00000000000000000000000000000001", "x", NULL);
    tell(world, "HSET", "test:{features:2}:totals", "articles", "1");
    tell(world, "HSET", "test:{features:2}:source:a.com", "articles", "1");
    tell(world, "SET", "test:{features:2}:orphan", "that nothing lists", NULL);
    tell(world, "SET", "test:{features:20}:_owner", "another's", NULL);
    tell(world, "HSET", POSITION, "next", "7");
    assert_int_equal(store_erase_begin(world->store), NW_OK);
    assert_ask(world->server, "0", "EXISTS", POSITION);
    for (bool done = false; !done;) assert_int_equal(store_erase_step(world->store, &done), NW_OK);
    assert_ask(world->server, OWNER, "KEYS", "test:{features:2}*");
    assert_ask(world->server, "another's", "GET", "test:{features:20}:_owner");
}

static void a_partition_that_went_to_another_is_not_erased(void **state)
{
    struct world *world = *state;
    struct stored_position position;
    bool done;
    assert_int_equal(story_store_claim(world->store, &position), NW_OK);
    assert_int_equal(store_erase_begin(world->store), NW_OK);
    tell(world, "SET", OWNER, "another's", NULL);
    tell(world, "SET", "test:{features:2}:_state:1", "x", NULL);
    assert_int_equal(store_erase_step(world->store, &done), NW_ERR_CONFLICT);
    assert_ask(world->server, "x", "GET", "test:{features:2}:_state:1");
}

static void a_replica_and_an_evicting_server_are_refused(void **state)
{
    struct world *world = *state;
    char reason[256] = "";
    struct redis *redis = redis_new(&world->options, NULL);
    assert_int_equal(redis_connect(redis), NW_OK);
    assert_int_equal(store_checks_run(redis, reason, sizeof(reason)), NW_OK);
    tell(world, "CONFIG", "SET", "maxmemory-policy", "allkeys-lru");
    assert_int_equal(store_checks_run(redis, reason, sizeof(reason)), NW_ERR_REFUSED);
    assert_non_null(strstr(reason, "noeviction"));
    tell(world, "REPLICAOF", "127.0.0.1", "1", NULL);
    assert_int_equal(redis_connect(redis), NW_ERR_UNAVAILABLE);
    assert_non_null(strstr(redis_error(redis), "replica"));
    redis_free(redis);
}

static void passwords_and_tls_are_checked_at_connect(void **state)
{
    struct world *world = *state;
    struct redis *redis = redis_new(&world->options, NULL);
    tell(world, "CONFIG", "SET", "requirepass", "secret");
    assert_int_equal(redis_connect(redis), NW_ERR_REFUSED);
    world->options.password = "wrong";
    assert_int_equal(redis_connect(redis), NW_ERR_REFUSED);
    world->options.password = "secret";
    world->options.database = 3;
    assert_int_equal(redis_connect(redis), NW_OK);
    world->options.tls = true;
    assert_int_equal(redis_connect(redis), NW_ERR_REFUSED);
    redis_free(redis);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(claim_finds_nothing_in_an_empty_redis, set_up, tear_down),
        cmocka_unit_test_setup_teardown(claim_reads_what_is_stored, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damaged_positions_are_named, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_second_claim_shuts_the_first_one_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(verify_sees_a_redis_that_went_back_in_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(resume_gets_through_every_lost_reply, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_restarted_server_is_found_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_frozen_server_times_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(erase_leaves_nothing_but_the_token, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_partition_that_went_to_another_is_not_erased, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_replica_and_an_evicting_server_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(passwords_and_tls_are_checked_at_connect, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
