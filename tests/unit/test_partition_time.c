/* When stories close and are dropped: the clock of a partition is event time. */
#include "partition_fixture.h"

static void idle_story_closes_and_a_late_article_does_not_reopen_it(void **state)
{
    struct fixture *f = *state;
    let_time_pass(f, T0);
    assert_int_equal(partition_watermark(f->partition, "en"), T0);
    apply(f, ARTICLE(.url = "a", .event = "quake", .published_ms = T0));
    const struct story *story = story_of(f, "a");
    let_time_pass(f, T0 + f->policy.idle_expiry_ms);
    assert_int_equal(story->status, STORY_ACTIVE);
    let_time_pass(f, T0 + f->policy.idle_expiry_ms + 1);
    assert_int_equal(story->status, STORY_CLOSED);
    assert_int_equal(story->cause, CAUSE_EXPIRY);
    apply(f, ARTICLE(.url = "b", .event = "quake", .published_ms = T0));
    assert_ptr_not_equal(story_of(f, "b"), story);
    assert_int_equal(story->status, STORY_CLOSED);
    assert_int_equal(withdraw(f, ARTICLE(.url = "a", .version_ms = T0), NULL), APPLIED_RETRACTED);
    assert_int_equal(story->member_count, 0);
}

static void stories_that_close_with_one_record_close_oldest_first(void **state)
{
    struct fixture *f = *state;
    let_time_pass(f, T0);
    apply(f, ARTICLE(.url = "a", .event = "one"));
    apply(f, ARTICLE(.url = "b", .event = "two"));
    apply(f, ARTICLE(.url = "c", .event = "one")); /* the older one has joined last */
    struct id128 older = story_of(f, "a")->id, younger = story_of(f, "b")->id;
    commit(f);
    let_time_pass(f, T0 + f->policy.idle_expiry_ms + 1);
    const struct partition_changes *changes = partition_changes(f->partition);
    size_t older_at = 0, younger_at = 0;
    for (size_t i = 0; i < changes->change_count; i++) {
        if (changes->changes[i].kind != CHANGE_STORY_CLOSED) continue;
        if (id128_equal(changes->changes[i].story, older)) older_at = i;
        if (id128_equal(changes->changes[i].story, younger)) younger_at = i;
    }
    assert_true(older_at > 0 && older_at < younger_at);
}

static void closed_story_is_dropped_after_its_retention(void **state)
{
    struct fixture *f = *state;
    let_time_pass(f, T0);
    apply(f, ARTICLE(.url = "a", .event = "quake", .published_ms = T0));
    struct id128 id = story_of(f, "a")->id;
    int64_t closed_ms = T0 + f->policy.idle_expiry_ms + 1;
    let_time_pass(f, closed_ms);
    commit(f);
    let_time_pass(f, closed_ms + f->policy.closed_retention_ms);
    assert_non_null(partition_find_story(f->partition, id));
    let_time_pass(f, closed_ms + f->policy.closed_retention_ms + 1);
    assert_null(partition_find_story(f->partition, id));
    assert_null(story_of(f, "a"));
    commit(f);
    char hex[ID128_HEX_LEN + 1];
    id128_hex(id, hex);
    char *dump = fake_store_dump(f->store, false);
    assert_null(strstr(dump, hex));
    free(dump);
}

static void a_jump_in_time_does_not_drop_what_was_just_closed(void **state)
{
    struct fixture *f = *state;
    struct story_policy policy = f->policy;
    policy.closed_retention_records = 30;
    use_policy(f, policy);
    let_time_pass(f, T0);
    apply(f, ARTICLE(.url = "a", .event = "quake", .published_ms = T0));
    struct id128 id = story_of(f, "a")->id;
    int64_t later_ms = T0 + policy.idle_expiry_ms + 1;
    let_time_pass(f, later_ms);
    for (int i = 1; i <= 3; i++) {
        let_time_pass(f, later_ms + i * (policy.closed_retention_ms + 1));
        assert_non_null(partition_find_story(f->partition, id));
    }
    let_time_pass(f, later_ms + 4 * (policy.closed_retention_ms + 1));
    assert_null(partition_find_story(f->partition, id));
}

static void story_from_before_the_clock_is_idle_from_its_first_reading(void **state)
{
    struct fixture *f = *state;
    apply(f, ARTICLE(.url = "a", .event = "quake"));
    const struct story *story = story_of(f, "a");
    let_time_pass(f, T0);
    assert_int_equal(story->status, STORY_ACTIVE);
    let_time_pass(f, T0 + f->policy.idle_expiry_ms + 1);
    assert_int_equal(story->status, STORY_CLOSED);
}

static void stories_stay_open_for_a_while_when_undated_articles_come(void **state)
{
    struct fixture *f = *state;
    struct story_policy policy = f->policy;
    policy.undated_hold_records = 20;
    use_policy(f, policy);
    let_time_pass(f, T0);
    apply(f, ARTICLE(.url = "a", .event = "quake", .published_ms = T0));
    const struct story *story = story_of(f, "a");
    apply(f, ARTICLE(.url = "b", .event = "flood"));
    let_time_pass(f, T0 + policy.idle_expiry_ms + 1);
    assert_int_equal(story->status, STORY_ACTIVE);
    apply(f, ARTICLE(.url = "c", .event = "quake"));
    assert_ptr_equal(story_of(f, "c"), story);
    /* Not for ever: not past so many records since its last join, even if undated ones go on coming ... */
    let_time_pass(f, T0 + 2 * policy.idle_expiry_ms + 2);
    apply(f, ARTICLE(.url = "d", .event = "flood"));
    let_time_pass(f, T0 + 3 * policy.idle_expiry_ms + 13);
    assert_int_equal(story->status, STORY_ACTIVE);
    let_time_pass(f, T0 + 3 * policy.idle_expiry_ms + 14);
    assert_int_equal(story->status, STORY_CLOSED);
    /* ... and not for longer than event time says when all are dated. */
    let_time_pass(f, T0 + 3 * policy.idle_expiry_ms + 15);
    apply(f, ARTICLE(.url = "e", .event = "fire", .published_ms = T0));
    story = story_of(f, "e");
    let_time_pass(f, T0 + 4 * policy.idle_expiry_ms + 20);
    assert_int_equal(story->status, STORY_CLOSED);
}

static void stories_of_a_feed_of_few_articles_stay_open_for_some_records(void **state)
{
    struct fixture *f = *state;
    struct story_policy policy = f->policy;
    policy.least_open_records = 12;
    use_policy(f, policy);
    let_time_pass(f, T0);
    apply(f, ARTICLE(.url = "a", .event = "quake", .published_ms = T0));
    const struct story *story = story_of(f, "a");
    apply(f, ARTICLE(.url = "b", .event = "flood", .published_ms = T0 + 10 * policy.idle_expiry_ms));
    let_time_pass(f, T0 + 10 * policy.idle_expiry_ms);
    assert_int_equal(story->status, STORY_ACTIVE);
    let_time_pass(f, T0 + 10 * policy.idle_expiry_ms + 1); /* no further, or it would be dropped as well */
    assert_int_equal(story->status, STORY_CLOSED);
}

static void time_of_one_language_does_not_close_stories_of_another(void **state)
{
    struct fixture *f = *state;
    let_time_pass(f, T0);
    apply(f, ARTICLE(.url = "a", .language = "fr", .event = "quake", .published_ms = T0));
    let_time_pass(f, T0 + 10 * f->policy.idle_expiry_ms);
    assert_int_equal(story_of(f, "a")->status, STORY_ACTIVE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(idle_story_closes_and_a_late_article_does_not_reopen_it),
        TEST(stories_that_close_with_one_record_close_oldest_first),
        TEST(closed_story_is_dropped_after_its_retention),
        TEST(a_jump_in_time_does_not_drop_what_was_just_closed),
        TEST(story_from_before_the_clock_is_idle_from_its_first_reading),
        TEST(stories_stay_open_for_a_while_when_undated_articles_come),
        TEST(stories_of_a_feed_of_few_articles_stay_open_for_some_records),
        TEST(time_of_one_language_does_not_close_stories_of_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
