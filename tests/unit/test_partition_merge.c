/* Two stories that turn out to be one. */
#include "partition_fixture.h"

#define LONG_TITLE "storm floods coastal town overnight thousands flee"

static void merge_after(struct fixture *f, uint32_t records)
{
    struct story_policy policy = f->policy;
    policy.merge_interval = records;
    use_policy(f, policy);
}

static void merge_moves_members_in_order_of_arrival_into_the_older_story(void **state)
{
    struct fixture *f = *state;
    merge_after(f, 4);
    apply(f,
          ARTICLE(.url = "a", .event = "one", .theme = "t", .source = "one.com", .title = LONG_TITLE " a"));
    apply(f, ARTICLE(.url = "b", .event = "two", .theme = "t", .source = "two.com"));
    apply(f, ARTICLE(.url = "c", .event = "one", .theme = "t", .source = "one.com"));
    struct id128 older = story_of(f, "a")->id, younger = story_of(f, "b")->id;
    commit(f);
    apply(f, ARTICLE(.url = "d", .event = "two", .theme = "t", .source = "one.com"));
    const struct story *story = partition_find_story(f->partition, older);
    assert_int_equal(story->member_count, 4);
    for (size_t i = 0; i < 4; i++) assert_int_equal(story->members[i].sequence, i + 1);
    assert_int_equal(story->cause, CAUSE_MERGE);
    assert_ptr_equal(story_of(f, "b"), story);
    const struct story *gone = partition_find_story(f->partition, younger);
    assert_int_equal(gone->status, STORY_MERGED);
    assert_true(id128_equal(gone->merged_into, older));
    assert_int_equal(gone->revision, story->revision);
    assert_non_null(partition_find_member(f->partition, younger, test_article_id("b")));
    commit(f);
    assert_null(partition_find_story(f->partition, younger));
    struct id128 to;
    assert_true(fake_store_alias(f->store, younger, &to));
    assert_true(id128_equal(to, older));
    assert_int_equal(fake_store_stories(f->store), 1);
    assert_int_equal(fake_store_cards(f->store, older), 4);
    assert_int_equal(fake_store_source(f->store, "one.com").stories, 1);
    assert_int_equal(fake_store_source(f->store, "two.com").firsts, 0);
    assert_int_equal(fake_store_totals(f->store).merges, 1);
}

static void story_that_joined_with_the_very_record_of_a_pass_is_in_it(void **state)
{
    struct fixture *f = *state;
    merge_after(f, 2);
    apply(f, ARTICLE(.url = "a", .event = "one", .theme = "t"));
    apply(f, ARTICLE(.url = "b", .event = "two", .theme = "t"));
    assert_ptr_equal(story_of(f, "a"), story_of(f, "b"));
}

static void reprints_in_both_stories_of_a_merge_are_one_group_with_one_first_member(void **state)
{
    struct fixture *f = *state;
    merge_after(f, 3);
    /* too far apart to be taken for twins, but the producer says they are */
    apply(f, ARTICLE(.url = "a", .event = "one", .theme = "t", .reprint_group = "g", .published_ms = T0));
    apply(f, ARTICLE(.url = "b", .event = "two", .theme = "t", .reprint_group = "g",
                     .published_ms = T0 + 90 * HOUR));
    assert_ptr_not_equal(story_of(f, "a"), story_of(f, "b"));
    assert_true(story_of(f, "b")->members[0].group_first);
    apply(f, ARTICLE(.url = "c", .event = "one", .published_ms = T0));
    const struct story *story = story_of(f, "b");
    assert_ptr_equal(story, story_of(f, "a"));
    assert_true(story->members[0].group_first);
    assert_false(story->members[1].group_first);
}

static void runner_up_is_related_until_it_is_merged_in(void **state)
{
    struct fixture *f = *state;
    merge_after(f, 4);
    apply(f, ARTICLE(.url = "a", .event = "one", .theme = "t"));
    apply(f, ARTICLE(.url = "b", .event = "two", .theme = "t"));
    apply(f, ARTICLE(.url = "c", .event = "one", .theme = "t"));
    const struct story *story = story_of(f, "a");
    assert_true(id128_equal(story->related[0], story_of(f, "b")->id));
    assert_true(id128_equal(story_of(f, "b")->related[0], story->id));
    assert_true(id128_is_zero(story->related[1]));
    apply(f, ARTICLE(.url = "d", .event = "three"));
    assert_ptr_equal(story_of(f, "b"), story);
    assert_true(id128_is_zero(story->related[0]));
}

static void merged_story_goes_on_from_what_the_younger_one_continued(void **state)
{
    struct fixture *f = *state;
    merge_after(f, 20);
    let_time_pass(f, T0);
    apply(f, ARTICLE(.url = "a", .event = "storm", .title = LONG_TITLE));
    struct id128 closed = story_of(f, "a")->id;
    let_time_pass(f, T0 + f->policy.idle_expiry_ms + 1);
    apply(f, ARTICLE(.url = "b", .event = "x", .theme = "t"));
    apply(f, ARTICLE(.url = "c", .event = "y", .theme = "t", .title = LONG_TITLE));
    assert_true(id128_equal(story_of(f, "c")->continues, closed));
    apply(f, ARTICLE(.url = "d", .event = "z"));
    assert_ptr_equal(story_of(f, "c"), story_of(f, "b"));
    assert_true(id128_equal(story_of(f, "b")->continues, closed));
}

static void merge_keeps_the_cards_of_the_latest_members_of_both(void **state)
{
    struct fixture *f = *state;
    struct story_policy policy = story_policy_default();
    policy.kept_articles = 2;
    policy.merge_interval = 6;
    use_policy(f, policy);
    static const char *const events[] = {"one", "two", "one", "one", "one", "else"};
    for (size_t i = 0; i < 6; i++)
        apply(f, ARTICLE(.url = arena_printf(f->arena, "%zu", i), .event = events[i],
                         .theme = i < 5 ? "t" : NULL));
    const struct story *story = story_of(f, "0");
    assert_int_equal(story->member_count, 5);
    for (size_t i = 0; i < 5; i++) assert_int_equal(story->members[i].has_card, i >= 3);
    commit(f);
    assert_int_equal(fake_store_cards(f->store, story->id), 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(merge_moves_members_in_order_of_arrival_into_the_older_story),
        TEST(story_that_joined_with_the_very_record_of_a_pass_is_in_it),
        TEST(reprints_in_both_stories_of_a_merge_are_one_group_with_one_first_member),
        TEST(runner_up_is_related_until_it_is_merged_in),
        TEST(merged_story_goes_on_from_what_the_younger_one_continued),
        TEST(merge_keeps_the_cards_of_the_latest_members_of_both),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
