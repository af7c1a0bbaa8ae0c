/* A partition's life against a real Redis: what is stored restores to the same bytes, and nothing of
 * another owner or another time gets in. The random test prints its seed; NEWSWIRED_SEED replays it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "base/instant.h"
#include "consumers/store_commit.h"
#include "consumers/store_restore.h"
#include "consumers/story_store.h"
#include "support/redis_proxy.h"
#include "support/redis_server.h"
#include "support/test_record.h"

enum { RECORDS = 600 };

static const int64_t T0 = INT64_C(1760000000000);
static const int64_t HOUR = INT64_C(3600) * 1000;

struct world {
    struct redis_server *server;
    struct redis_proxy *proxy;
    struct redis_options options, direct;
    struct story_store *store;
    struct story_policy policy;
    struct partition *partition;
    struct arena *arena;
    struct store_point stored;
    uint32_t random;
};

static uint32_t rnd(struct world *world, uint32_t below)
{
    world->random ^= world->random << 13;
    world->random ^= world->random >> 17;
    world->random ^= world->random << 5;
    return world->random % below;
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    struct stored_position position;
    world->server = redis_server_start();
    world->proxy = redis_proxy_start(redis_server_folder(world->server), redis_server_socket(world->server));
    world->direct = world->options = redis_server_options(world->server);
    world->options.unix_path = redis_proxy_socket(world->proxy);
    world->store = story_store_new(&world->options, "features", 0);
    world->policy = story_policy_default();
    world->policy.idle_expiry_ms = 40 * HOUR;
    world->policy.closed_retention_ms = 15 * HOUR;
    world->policy.closed_retention_records = 20;
    world->policy.least_open_records = 4;
    world->policy.undated_hold_records = 10;
    world->policy.merge_interval = 7;
    world->policy.kept_articles = 5;
    world->partition = partition_new(&world->policy);
    world->arena = arena_new();
    assert_int_equal(story_store_claim(world->store, &position), NW_OK);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    partition_free(world->partition);
    arena_free(world->arena);
    story_store_free(world->store);
    redis_proxy_stop(world->proxy);
    redis_server_stop(world->server);
    free(world);
    return 0;
}

/* ---- records ---- */

static void apply(struct world *world, const struct test_article *article, int64_t append_ms)
{
    struct features_record record = test_article(world->arena, article);
    partition_apply(world->partition, &record, partition_next_offset(world->partition), append_ms, NULL);
}

static void apply_simple(struct world *world, const char *url, const char *event)
{
    int64_t n = (int64_t)partition_next_offset(world->partition);
    struct test_article article = {.offset = n, .url = url, .event = event, .published_ms = T0 + n * 1000};
    apply(world, &article, T0 + n * 1000);
}

static void apply_random(struct world *world, int64_t n)
{
    static const char *const languages[] = {"en", "fr"};
    static const char *const sources[] = {"a.com", "b.org", "c.net"};
    int64_t now = T0 + n * HOUR / 3;
    struct test_article article = {
        .offset = n,
        .url = arena_printf(world->arena, "url %u", rnd(world, 200)),
        .language = languages[rnd(world, 4) == 0],
        .source = sources[rnd(world, 3)],
        .published_ms = rnd(world, 8) == 0 ? 0 : now - (int64_t)rnd(world, 20) * HOUR,
        .version_ms = now - (int64_t)rnd(world, 30) * HOUR,
        .event = arena_printf(world->arena, "event %u", rnd(world, 25)),
        .theme = rnd(world, 3) == 0 ? arena_printf(world->arena, "theme %u", rnd(world, 5)) : NULL,
        .content = arena_printf(world->arena, "%u", rnd(world, 3)),
    };
    struct features_record record =
        rnd(world, 10) > 0 ? test_article(world->arena, &article) : test_withdrawal(&article, NULL);
    partition_apply(world->partition, &record, (uint64_t)n, now, NULL);
}

/* ---- committing, with marks and numbers as the owner writes them ---- */

static enum nw_err try_commit(struct world *world)
{
    const struct partition_changes *changes = partition_changes(world->partition);
    struct store_row *rows = calloc(changes->dirty_count + 1, sizeof(*rows));
    struct outbox_mark *marks = calloc(changes->dirty_count + 1, sizeof(*marks));
    size_t row_count = 0;
    for (size_t i = 0; i < changes->dirty_count; i++) {
        outbox_mark_of(changes->dirty[i], &marks[i]);
        if (changes->dirty[i]->status == STORY_MERGED) continue;
        rows[row_count++] = (struct store_row){
            .story = changes->dirty[i],
            .counts = {.articles = (uint32_t)changes->dirty[i]->member_count, .blindspot = SIDE_LEFT},
        };
    }
    struct store_batch batch = {
        .partition = world->partition,
        .expected = world->stored,
        .ratings_version = "r1",
        .rows = rows,
        .row_count = row_count,
        .marks = marks,
        .mark_count = changes->dirty_count,
    };
    enum nw_err err = store_commit(world->store, &batch);
    free(rows);
    free(marks);
    return err;
}

static void committed(struct world *world)
{
    world->stored = store_commit_point(world->partition, world->stored);
    partition_changes_clear(world->partition);
}

static void commit(struct world *world)
{
    enum nw_err err = try_commit(world);
    if (err != NW_OK) print_error("%s\n", story_store_error(world->store));
    assert_int_equal(err, NW_OK);
    committed(world);
}

/* ---- restoring ---- */

static enum nw_err restore(struct world *world, struct partition **out)
{
    struct story_store *other = story_store_new(&world->direct, "features", 0);
    struct partition *partition = partition_new(&world->policy);
    struct stored_position position;
    uint64_t next;
    bool done = false;
    assert_int_equal(story_store_claim(other, &position), NW_OK);
    assert_true(position.point.found);
    assert_string_equal(position.ratings, "r1");
    assert_true(store_point_equal(position.point, world->stored));
    enum nw_err err = partition_restore_header(partition, position.header, position.header_len, &next);
    if (err == NW_OK) err = store_restore_begin(other);
    while (err == NW_OK && !done) err = store_restore_step(other, partition, &done);
    if (err == NW_OK) err = partition_restore_finish(partition);
    if (err != NW_OK) {
        partition_free(partition);
        partition = NULL;
    }
    story_store_free(other);
    *out = partition;
    return err;
}

struct comparison {
    struct world *world;
    const struct partition *restored;
    size_t stories;
};

static void assert_same_bytes(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len)
{
    assert_int_equal(a_len, b_len);
    assert_memory_equal(a, b, a_len);
}

static bool compare_story(void *context, const struct story *story)
{
    struct comparison *comparison = context;
    struct arena *arena = arena_new();
    const struct story *other = partition_find_story(comparison->restored, story->id);
    const uint8_t *a, *b;
    size_t a_len, b_len;
    assert_non_null(other);
    partition_pack_story(arena, story, &a, &a_len);
    partition_pack_story(arena, other, &b, &b_len);
    assert_same_bytes(a, a_len, b, b_len);
    assert_int_equal(story->member_count, other->member_count);
    for (size_t i = 0; i < story->member_count; i++) {
        partition_pack_member(arena, comparison->world->partition, &story->members[i], &a, &a_len);
        partition_pack_member(arena, comparison->restored, &other->members[i], &b, &b_len);
        assert_same_bytes(a, a_len, b, b_len);
    }
    arena_free(arena);
    comparison->stories++;
    return true;
}

static bool count_story(void *context, const struct story *story)
{
    (void)story;
    (*(size_t *)context)++;
    return true;
}

static void assert_restores_the_same(struct world *world)
{
    struct partition *restored;
    assert_int_equal(restore(world, &restored), NW_OK);
    struct comparison comparison = {.world = world, .restored = restored};
    partition_each_story(world->partition, compare_story, &comparison);
    size_t count = 0;
    partition_each_story(restored, count_story, &count);
    assert_int_equal(count, comparison.stories);
    struct arena *arena = arena_new();
    const uint8_t *a, *b;
    size_t a_len, b_len;
    partition_pack_header(arena, world->partition, &a, &a_len);
    partition_pack_header(arena, restored, &b, &b_len);
    assert_same_bytes(a, a_len, b, b_len);
    arena_free(arena);
    partition_free(restored);
}

/* ---- cards ---- */

struct card_count {
    const struct story *story;
    size_t found;
};

static void count_card(void *context, size_t story, struct id128 article, const uint8_t *bytes, size_t len)
{
    struct card_count *count = context;
    assert_int_equal(story, 0);
    assert_true(len > 5 && memcmp(bytes, "card ", 5) == 0);
    for (size_t i = 0; i < count->story->member_count; i++)
        if (id128_equal(count->story->members[i].article, article)) {
            assert_true(count->story->members[i].has_card);
            count->found++;
            return;
        }
    fail_msg("a card of no member");
}

static bool check_cards(void *context, const struct story *story)
{
    struct world *world = context;
    struct card_count count = {.story = story};
    size_t expected = 0;
    for (size_t i = 0; i < story->member_count; i++) expected += story->members[i].has_card;
    assert_int_equal(story_store_read_cards(world->store, world->stored, &story->id, 1, count_card, &count),
                     NW_OK);
    assert_int_equal(count.found, expected);
    return true;
}

/* ---- tests ---- */

static void random_lives_restore_to_the_same_bytes(void **state)
{
    struct world *world = *state;
    const char *given = getenv("NEWSWIRED_SEED");
    world->random = given != NULL ? (uint32_t)strtoul(given, NULL, 10) : (uint32_t)time(NULL) | 1;
    print_message("seed %u\n", world->random);
    struct partition_totals sum = {0};
    for (int64_t n = 0; n < RECORDS; n++) {
        apply_random(world, n);
        if (rnd(world, 20) > 0 && n + 1 < RECORDS) continue;
#define ADD(name) sum.name += partition_changes(world->partition)->totals.name;
        PARTITION_TOTALS(ADD)
#undef ADD
        commit(world);
        if (rnd(world, 6) == 0 || n + 1 == RECORDS) {
            struct stored_position position;
            assert_restores_the_same(world);
            assert_int_equal(story_store_claim(world->store, &position), NW_OK);
        }
    }
    assert_true(sum.merges > 0 && sum.closed > 0 && sum.retractions > 0 && sum.updates > 0);
    partition_each_story(world->partition, check_cards, world);
    char expected[32];
    snprintf(expected, sizeof(expected), "%lld", (long long)sum.articles);
    assert_ask(world->server, expected, "HGET", "test:{features:0}:totals", "articles");
    snprintf(expected, sizeof(expected), "%zu", partition_live_stories(world->partition));
    assert_ask(world->server, expected, "SCARD", "test:{features:0}:_live");
}

static void an_alias_leads_from_the_younger_to_the_older_story(void **state)
{
    struct world *world = *state;
    for (int i = 0; i < 14; i++) {
        struct test_article article = {.offset = i,
                                       .url = arena_printf(world->arena, "u%d", i),
                                       .event = i % 2 == 0 ? "one" : "other",
                                       .theme = "theme",
                                       .published_ms = T0 + i};
        apply(world, &article, T0 + i);
    }
    commit(world);
    char older[ID128_HEX_LEN + 1], younger[ID128_HEX_LEN + 1], key[128];
    id128_hex(story_id(1, "en", 0), older);
    id128_hex(story_id(1, "en", 1), younger);
    snprintf(key, sizeof(key), "test:{features:0}:alias:%s", younger);
    assert_ask(world->server, older, "GET", key);
    snprintf(key, sizeof(key), "test:{features:0}:_members:%s", younger);
    assert_ask(world->server, "0", "EXISTS", key);
    snprintf(key, sizeof(key), "test:{features:0}:_members:%s", older);
    assert_ask(world->server, "14", "HLEN", key);
    snprintf(key, sizeof(key), "test:{features:0}:_outbox");
    char *mark = redis_server_ask(world->server, "HGET", key, younger, NULL);
    assert_int_equal(strncmp(mark, "merged ", 7), 0);
    assert_non_null(strstr(mark, older));
    free(mark);
    assert_restores_the_same(world);
}

static void another_owner_is_a_conflict(void **state)
{
    struct world *world = *state;
    struct stored_position position;
    apply_simple(world, "u1", "e1");
    commit(world);
    struct story_store *other = story_store_new(&world->direct, "features", 0);
    assert_int_equal(story_store_claim(other, &position), NW_OK);
    apply_simple(world, "u2", "e1");
    assert_int_equal(try_commit(world), NW_ERR_CONFLICT);
    assert_ask(world->server, "1", "HGET", "test:{features:0}:_position", "next");
    story_store_free(other);
}

/* The token alone would let this through: it is ours again, but the state has gone on. */
static void a_token_that_came_back_does_not_hide_another_position(void **state)
{
    struct world *world = *state;
    apply_simple(world, "u1", "e1");
    commit(world);
    free(redis_server_ask(world->server, "HSET", "test:{features:0}:_position", "next", "7", NULL));
    apply_simple(world, "u2", "e1");
    assert_int_equal(try_commit(world), NW_ERR_CONFLICT);
}

/* Redis went back by a transaction that moved no position (a recount, cleared marks): its number tells. */
static void the_same_position_does_not_hide_a_lost_transaction(void **state)
{
    struct world *world = *state;
    apply_simple(world, "u1", "e1");
    commit(world);
    commit(world);
    assert_ask(world->server, "2", "HGET", "test:{features:0}:_position", "transactions");
    free(redis_server_ask(world->server, "HSET", "test:{features:0}:_position", "transactions", "1", NULL));
    apply_simple(world, "u2", "e1");
    assert_int_equal(try_commit(world), NW_ERR_CONFLICT);
    struct store_point point;
    assert_int_equal(story_store_resume(world->store, &point), NW_OK);
    assert_false(store_point_equal(point, world->stored));
}

/* The position alone would let this through: two owners that have read the same position. */
static void the_same_position_does_not_hide_another_token(void **state)
{
    struct world *world = *state;
    apply_simple(world, "u1", "e1");
    commit(world);
    free(redis_server_ask(world->server, "SET", "test:{features:0}:_owner",
                          "00000000000000000000000000000000", NULL));
    apply_simple(world, "u2", "e1");
    assert_int_equal(try_commit(world), NW_ERR_CONFLICT);
}

static void a_failed_element_is_seen(void **state)
{
    struct world *world = *state;
    free(redis_server_ask(world->server, "SET", "test:{features:0}:recent", "not a sorted set", NULL));
    apply_simple(world, "u1", "e1");
    assert_int_equal(try_commit(world), NW_ERR_CORRUPT);
    assert_non_null(strstr(story_store_error(world->store), "WRONGTYPE"));
    /* What was applied of it is not taken back: nobody goes on with that. */
    struct stored_position position;
    assert_int_equal(story_store_claim(world->store, &position), NW_ERR_CORRUPT);
    assert_non_null(strstr(story_store_error(world->store), "WRONGTYPE"));
}

static void out_of_memory_writes_nothing_and_passes(void **state)
{
    struct world *world = *state;
    apply_simple(world, "u1", "e1");
    commit(world);
    apply_simple(world, "u2", "e2");
    free(redis_server_ask(world->server, "CONFIG", "SET", "maxmemory", "1", NULL));
    assert_int_equal(try_commit(world), NW_ERR_UNAVAILABLE);
    assert_ask(world->server, "1", "HGET", "test:{features:0}:_position", "next");
    free(redis_server_ask(world->server, "CONFIG", "SET", "maxmemory", "0", NULL));
    struct store_point point;
    assert_int_equal(story_store_resume(world->store, &point), NW_OK);
    commit(world);
    assert_restores_the_same(world);
}

static void a_lost_reply_is_resolved_by_reading_the_position(void **state)
{
    struct world *world = *state;
    struct store_point point;
    apply_simple(world, "u1", "e1");
    commit(world);
    apply_simple(world, "u2", "e1");
    redis_proxy_arm(world->proxy, PROXY_LOSE_REPLY, "MULTI");
    assert_int_equal(try_commit(world), NW_ERR_UNAVAILABLE);
    assert_int_equal(story_store_resume(world->store, &point), NW_OK);
    assert_int_equal(point.next_offset, 2); /* applied */
    committed(world);
    apply_simple(world, "u3", "e1");
    redis_proxy_arm(world->proxy, PROXY_LOSE_COMMAND, "MULTI");
    assert_int_equal(try_commit(world), NW_ERR_UNAVAILABLE);
    assert_int_equal(story_store_resume(world->store, &point), NW_OK);
    assert_int_equal(point.next_offset, 2); /* not applied */
    commit(world);
    assert_restores_the_same(world);
    assert_ask(world->server, "3", "HGET", "test:{features:0}:totals", "articles");
}

static void a_late_transaction_cannot_apply_after_a_resume(void **state)
{
    struct world *world = *state;
    struct store_point point;
    apply_simple(world, "u1", "e1");
    commit(world);
    apply_simple(world, "u2", "e1");
    redis_proxy_arm(world->proxy, PROXY_DELAY_COMMAND, "MULTI");
    assert_int_equal(try_commit(world), NW_ERR_UNAVAILABLE);
    assert_int_equal(story_store_resume(world->store, &point), NW_OK);
    assert_int_equal(point.next_offset, 1);
    redis_proxy_release(world->proxy);
    assert_ask(world->server, "1", "HGET", "test:{features:0}:_position", "next");
    commit(world);
    assert_ask(world->server, "2", "HGET", "test:{features:0}:totals", "articles");
    assert_restores_the_same(world);
}

static void a_restart_of_redis_keeps_what_was_committed(void **state)
{
    struct world *world = *state;
    struct store_point point;
    apply_simple(world, "u1", "e1");
    commit(world);
    redis_server_restart(world->server);
    apply_simple(world, "u2", "e1");
    assert_int_equal(try_commit(world), NW_ERR_UNAVAILABLE);
    assert_int_equal(story_store_resume(world->store, &point), NW_OK);
    commit(world);
    assert_restores_the_same(world);
}

static void keep_mark(void *context, const struct outbox_mark *mark)
{
    struct outbox_mark *out = context;
    *out = *mark;
}

static void marks_are_read_back_and_cleared(void **state)
{
    struct world *world = *state;
    struct outbox_mark mark = {.revision = 0};
    apply_simple(world, "u1", "e1");
    commit(world);
    assert_int_equal(store_restore_outbox(world->store, 1, keep_mark, &mark), NW_OK);
    assert_int_equal(store_restore_outbox(world->store, 2, keep_mark, &mark), NW_ERR_CORRUPT);
    assert_true(id128_equal(mark.story, story_id(1, "en", 0)));
    assert_int_equal(mark.kind, MARK_UPDATED);
    char title[] = "A title", countries[] = "{\"GB\":2}", tags[] = "[\"trade\"]";
    struct coverage_parts parts = {title, countries, tags};
    struct store_document document = {.story = mark.story, .json = "{}", .len = 2, .parts = &parts};
    struct store_batch batch = {
        .partition = world->partition,
        .expected = {.found = true, .next_offset = 1, .transactions = 1},
        .ratings_version = "r1",
        .cleared = &mark.story,
        .cleared_count = 1,
        .documents = &document,
        .document_count = 1,
    };
    assert_int_equal(store_commit(world->store, &batch), NW_OK);
    char hex[ID128_HEX_LEN + 1], key[128];
    id128_hex(mark.story, hex);
    assert_ask(world->server, "0", "HLEN", "test:{features:0}:_outbox");
    snprintf(key, sizeof(key), "test:{features:0}:coverage:%s", hex);
    assert_ask(world->server, "{}", "GET", key);
    snprintf(key, sizeof(key), "test:{features:0}:story:%s", hex);
    assert_ask(world->server, "A title 1", "HMGET", key, "title", "articles");
    assert_ask(world->server, "{\"GB\":2} [\"trade\"]", "HMGET", key, "countries", "tags");
    /* A story emptied by retraction has no title any more: the retracted one must not stay readable. */
    parts = (struct coverage_parts){0};
    batch.cleared_count = 0;
    batch.expected = store_commit_point(world->partition, batch.expected);
    assert_int_equal(store_commit(world->store, &batch), NW_OK);
    assert_ask(world->server, "(nil) (nil) (nil)", "HMGET", key, "title", "countries", "tags");
}

static void damaged_state_is_named_and_refused(void **state)
{
    struct world *world = *state;
    struct partition *restored;
    char hex[ID128_HEX_LEN + 1], key[128];
    apply_simple(world, "u1", "e1");
    commit(world);
    id128_hex(story_id(1, "en", 0), hex);
    snprintf(key, sizeof(key), "test:{features:0}:_state:%s", hex);
    free(redis_server_ask(world->server, "SETRANGE", key, "3", "\x7f", NULL));
    assert_int_not_equal(restore(world, &restored), NW_OK);
    free(redis_server_ask(world->server, "DEL", key, NULL));
    assert_int_not_equal(restore(world, &restored), NW_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(random_lives_restore_to_the_same_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_alias_leads_from_the_younger_to_the_older_story, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(another_owner_is_a_conflict, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_token_that_came_back_does_not_hide_another_position, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_same_position_does_not_hide_a_lost_transaction, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_same_position_does_not_hide_another_token, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failed_element_is_seen, set_up, tear_down),
        cmocka_unit_test_setup_teardown(out_of_memory_writes_nothing_and_passes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_lost_reply_is_resolved_by_reading_the_position, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_late_transaction_cannot_apply_after_a_resume, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_restart_of_redis_keeps_what_was_committed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(marks_are_read_back_and_cleared, set_up, tear_down),
        cmocka_unit_test_setup_teardown(damaged_state_is_named_and_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
