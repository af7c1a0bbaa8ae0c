/* What the summary consumer keeps in Redis, against a real server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "consumers/analysis_store.h"
#include "support/test_card.h"
#include "tests/support/redis_server.h"

#define P3 "newswired:{articles.features:3}:"
#define STORY "0000000000000000000000000000000a"

struct world {
    struct redis_server *server;
    struct redis_options options;
    struct analysis_store *store;
    struct arena *arena;
};

static const struct story_place place = {{0, 10}, 3};
static const struct analysis_told told = {.acknowledged = 0, .fingerprint = 0xfeed, .sources = 5, .sides = 3};

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    world->server = redis_server_start();
    world->options = redis_server_options(world->server);
    world->options.key_namespace = "newswired";
    world->store = analysis_store_new(&world->options, "articles.features");
    world->arena = arena_new();
    free(redis_server_ask(world->server, "HSET", P3 "story:" STORY, "sources", "5", NULL));
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    analysis_store_free(world->store);
    arena_free(world->arena);
    redis_server_stop(world->server);
    free(world);
    return 0;
}

static enum analysis_written write_text(struct world *world, uint64_t revision, const char *json)
{
    enum analysis_written written;
    assert_int_equal(analysis_store_write(world->store, place, revision, json, strlen(json), &told, &written),
                     NW_OK);
    return written;
}

static void assert_stored(struct world *world, const char *wanted)
{
    assert_ask(world->server, wanted, "GET", P3 "insights:" STORY);
}

static void a_lower_revision_never_replaces_a_higher_one(void **state)
{
    struct world *world = *state;
    assert_int_equal(write_text(world, 7, "{\"revision\":7,\"a\":1}"), ANALYSIS_WRITTEN);
    assert_int_equal(write_text(world, 7, "{\"revision\":7,\"a\":2}"), ANALYSIS_WRITTEN);
    assert_int_equal(write_text(world, 6, "{\"revision\":6}"), ANALYSIS_OLDER);
    assert_stored(world, "{\"revision\":7,\"a\":2}");
    assert_int_equal(analysis_store_remove(world->store, place, 6), NW_OK);
    assert_stored(world, "{\"revision\":7,\"a\":2}");
    assert_int_equal(analysis_store_remove(world->store, place, 8), NW_OK);
    assert_stored(world, "(nil)");
}

static void nothing_is_written_of_a_story_that_is_gone(void **state)
{
    struct world *world = *state;
    free(redis_server_ask(world->server, "DEL", P3 "story:" STORY, NULL));
    assert_int_equal(write_text(world, 7, "{\"revision\":7}"), ANALYSIS_GONE);
    assert_stored(world, "(nil)");
    assert_ask(world->server, "(nil)", "HGET", "newswired:_insights", STORY);
}

static void count_told(void *context, struct id128 story)
{
    assert_true(id128_equal(story, place.id));
    ++*(int *)context;
}

static int told_stories(struct world *world)
{
    int count = 0;
    assert_int_equal(analysis_store_list_told(world->store, count_told, &count), NW_OK);
    return count;
}

static void what_was_told_is_known_until_it_is_forgotten(void **state)
{
    struct world *world = *state;
    struct analysis_told got = told;
    const char *json;
    size_t len;
    assert_int_equal(told_stories(world), 0);
    assert_int_equal(write_text(world, 1099511627788, "{\"revision\":1099511627788}"), ANALYSIS_WRITTEN);
    assert_int_equal(told_stories(world), 1);
    got.acknowledged = 1099511627788;
    assert_int_equal(analysis_store_tell(world->store, place.id, &got), NW_OK);
    memset(&got, 0, sizeof(got));
    assert_int_equal(analysis_store_read(world->store, place, world->arena, &json, &len, &got), NW_OK);
    assert_string_equal(json, "{\"revision\":1099511627788}");
    assert_int_equal(got.acknowledged, 1099511627788);
    assert_int_equal(got.fingerprint, 0xfeed);
    assert_int_equal(got.sources, 5);
    assert_int_equal(got.sides, 3);
    assert_int_equal(analysis_store_forget(world->store, place.id), NW_OK);
    assert_int_equal(told_stories(world), 0);
}

static void cards_and_members_that_are_not_there_are_told(void **state)
{
    struct world *world = *state;
    const struct id128 articles[] = {{0, 1}, {0x0101010101010101, 0x0202020202020202}};
    const struct article_card card = test_card(articles[1], "u", "T", "s");
    const struct article_card *cards[2];
    const uint8_t *bytes;
    const char *json;
    bool there[2];
    size_t len;
    article_card_pack(world->arena, &card, &bytes, &len);
    for (size_t i = 0; i < len; i++)
        assert_int_not_equal(bytes[i], 0); /* fits an argument of redis_server_ask */
    char *packed = arena_memdup(world->arena, bytes, len);
    free(redis_server_ask(world->server, "HSET", P3 "articles:" STORY, "01010101010101010202020202020202",
                          packed, NULL));
    assert_int_equal(analysis_store_read_cards(world->store, place, articles, 2, world->arena, cards), NW_OK);
    assert_null(cards[0]);
    assert_non_null(cards[1]);
    assert_string_equal(cards[1]->title, "T");
    assert_int_equal(analysis_store_read_members(world->store, place, articles, 2, there), NW_OK);
    assert_false(there[0] || there[1]);
    assert_int_equal(analysis_store_read_summary(world->store, place, world->arena, &json, &len), NW_OK);
    assert_null(json);
}

static void all_instances_share_an_hours_budget(void **state)
{
    struct world *world = *state;
    struct analysis_store *other = analysis_store_new(&world->options, "articles.features");
    const int64_t hour = 3600 * 1000;
    bool allowed;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(
            analysis_store_count_request(i % 2 ? other : world->store, 5 * hour + i, 2, &allowed), NW_OK);
        assert_int_equal(allowed, i < 2);
    }
    assert_int_equal(analysis_store_count_request(other, 6 * hour, 2, &allowed), NW_OK);
    assert_true(allowed);
    char *ttl = redis_server_ask(world->server, "TTL", "newswired:_asked:5", NULL);
    assert_in_range(atoi(ttl), 3600, 7200);
    free(ttl);
    analysis_store_free(other);
}

static void a_connection_that_was_lost_is_made_again(void **state)
{
    struct world *world = *state;
    const char *json;
    size_t len;
    assert_int_equal(analysis_store_read_summary(world->store, place, world->arena, &json, &len), NW_OK);
    redis_server_restart(world->server);
    assert_int_equal(analysis_store_read_summary(world->store, place, world->arena, &json, &len),
                     NW_ERR_UNAVAILABLE);
    assert_int_equal(analysis_store_read_summary(world->store, place, world->arena, &json, &len), NW_OK);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(a_lower_revision_never_replaces_a_higher_one),
        TEST(nothing_is_written_of_a_story_that_is_gone),
        TEST(what_was_told_is_known_until_it_is_forgotten),
        TEST(cards_and_members_that_are_not_there_are_told),
        TEST(all_instances_share_an_hours_budget),
        TEST(a_connection_that_was_lost_is_made_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
