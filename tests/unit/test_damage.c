/*
 * What is stored and is not what was written: every byte of every blob that a restore reads is flipped once,
 * each blob is taken away once, each is given the version of a newer program. All of it has to be seen.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"
#include "consumers/outbox_mark.h"
#include "stories/partition.h"
#include "stories/story_state.h"
#include "support/fake_store.h"
#include "support/test_record.h"

enum { RECORDS = 40 };

static const int64_t T0 = INT64_C(1760000000000);
static const int64_t HOUR = INT64_C(3600) * 1000;

struct world {
    struct story_policy policy;
    struct fake_store *store;
    size_t blobs, states, members, withdrawals, closed;
};

static void apply(struct partition *partition, struct arena *arena, int64_t n)
{
    static const char *const sources[] = {"a.com", "b.org",
                                          "a-publisher-with-quite-a-long-name.on-a-platform.example.co.uk"};
    const struct test_article article = {
        .offset = n,
        .url = arena_printf(arena, "url %d", (int)n),
        .language = n % 5 == 0 ? "fr" : "en",
        .source = sources[n % 3],
        .published_ms = T0 + n * HOUR,
        .version_ms = T0 + n * HOUR,
        .event = arena_printf(arena, "event %d", (int)n / 4),
        .title = arena_printf(arena, "one%d two%d three%d four", (int)n / 4, (int)n / 4, (int)n / 4),
        .content = "c",
    };
    const struct test_article gone = {.offset = n, .url = "nowhere", .language = "en", .version_ms = T0};
    struct features_record record =
        n == RECORDS - 1 ? test_withdrawal(&gone, NULL) : test_article(arena, &article);
    partition_apply(partition, &record, (uint64_t)n, T0 + n * HOUR, NULL);
}

static bool count_closed(void *context, const struct story *story)
{
    *(size_t *)context += story->status == STORY_CLOSED;
    return true;
}

static void count_blob(void *context, const struct fake_blob *blob)
{
    struct world *world = context;
    world->blobs++;
    world->states += strcmp(blob->kind, "state") == 0;
    world->members += strcmp(blob->kind, "member") == 0;
    world->withdrawals += strcmp(blob->kind, "withdrawal") == 0;
}

static int set_up(void **state)
{
    struct world *world = calloc(1, sizeof(*world));
    struct arena *arena = arena_new();
    world->policy = story_policy_default();
    world->policy.idle_expiry_ms = 6 * HOUR;
    world->policy.least_open_records = 1;
    world->policy.undated_hold_records = 1;
    world->store = fake_store_new();
    struct partition *partition = partition_new(&world->policy);
    for (int64_t n = 0; n < RECORDS; n++) apply(partition, arena, n);
    partition_each_story(partition, count_closed, &world->closed);
    fake_store_commit(world->store, partition);
    partition_free(partition);
    arena_free(arena);
    fake_store_each_blob(world->store, count_blob, world);
    *state = world;
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;
    fake_store_free(world->store);
    free(world);
    return 0;
}

static enum nw_err restored(const struct world *world)
{
    enum nw_err err;
    struct partition *partition = fake_store_restore(world->store, &world->policy, 1, &err);
    partition_free(partition);
    return err;
}

static void the_state_has_all_that_can_be_damaged(void **state)
{
    const struct world *world = *state;
    assert_int_equal(restored(world), NW_OK);
    assert_true(world->states >= 8);
    assert_true(world->members >= 30);
    assert_true(world->withdrawals > 0);
    assert_true(world->closed > 0);
}

static void flip_each_byte(void *context, const struct fake_blob *blob)
{
    struct world *world = context;
    for (size_t i = 0; i < blob->len; i++) {
        const uint8_t was = blob->bytes[i];
        blob->bytes[i] ^= (uint8_t)(1u << (i % 8));
        assert_int_equal(restored(world), NW_ERR_CORRUPT);
        blob->bytes[i] = (uint8_t)~was;
        assert_int_equal(restored(world), NW_ERR_CORRUPT);
        blob->bytes[i] = was;
    }
}

static void every_flipped_byte_is_seen(void **state)
{
    struct world *world = *state;
    fake_store_each_blob(world->store, flip_each_byte, world);
    assert_int_equal(restored(world), NW_OK);
}

static void hide(void *context, const struct fake_blob *blob)
{
    struct world *world = context;
    if (blob->hidden == NULL) return;
    *blob->hidden = true;
    assert_int_not_equal(restored(world), NW_OK);
    *blob->hidden = false;
}

static void everything_that_is_gone_is_missed(void **state)
{
    struct world *world = *state;
    fake_store_each_blob(world->store, hide, world);
    assert_int_equal(restored(world), NW_OK);
}

static void seal(uint8_t *bytes, size_t len)
{
    const uint64_t checksum = hash64(bytes, len - 8);
    for (unsigned i = 0; i < 8; i++) bytes[len - 8 + i] = (uint8_t)(checksum >> (8 * i));
}

static void make_newer(void *context, const struct fake_blob *blob)
{
    struct world *world = context;
    blob->bytes[0] = STATE_VERSION + 1;
    seal(blob->bytes, blob->len);
    assert_int_equal(restored(world), NW_ERR_VERSION);
    blob->bytes[0] = STATE_VERSION;
    seal(blob->bytes, blob->len);
}

static void a_newer_version_is_told_from_damage(void **state)
{
    struct world *world = *state;
    fake_store_each_blob(world->store, make_newer, world);
    assert_int_equal(restored(world), NW_OK);
}

static void every_flipped_byte_of_a_mark_is_seen(void **state)
{
    (void)state;
    const struct outbox_mark mark = {.story = {1, 2}, .revision = 77, .changed_offset = 9, .language = "en"};
    char text[OUTBOX_MARK_TEXT_MAX];
    struct outbox_mark back;
    const size_t len = outbox_mark_format(&mark, text);
    for (size_t i = 0; i < 8 * len; i++) {
        text[i / 8] ^= (char)(1 << i % 8);
        assert_false(outbox_mark_parse(mark.story, text, len, &back));
        text[i / 8] ^= (char)(1 << i % 8);
    }
    assert_false(outbox_mark_parse((struct id128){1, 3}, text, len, &back)); /* another story's */
    assert_true(outbox_mark_parse(mark.story, text, len, &back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_state_has_all_that_can_be_damaged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_flipped_byte_is_seen, set_up, tear_down),
        cmocka_unit_test_setup_teardown(everything_that_is_gone_is_missed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_newer_version_is_told_from_damage, set_up, tear_down),
        cmocka_unit_test(every_flipped_byte_of_a_mark_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
