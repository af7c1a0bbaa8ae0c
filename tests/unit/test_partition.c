/* The state machine: articles found and join stories, updates, withdrawals, reprints, and what is told of a
 * change. When stories close: test_partition_time.c; merging: test_partition_merge.c. */
#include "partition_fixture.h"

/* ---- founding, joining ---- */

static void articles_of_one_event_share_a_story_and_others_do_not(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(apply(f, ARTICLE(.url = "a", .event = "quake", .published_ms = T0)), APPLIED_FOUNDED);
    assert_int_equal(apply(f, ARTICLE(.url = "b", .event = "quake", .published_ms = T0 + HOUR)),
                     APPLIED_JOINED);
    assert_int_equal(apply(f, ARTICLE(.url = "c", .event = "match")), APPLIED_FOUNDED);
    const struct story *story = story_of(f, "a");
    assert_ptr_equal(story, story_of(f, "b"));
    assert_ptr_not_equal(story, story_of(f, "c"));
    assert_int_equal(story->member_count, 2);
    assert_int_equal(story->first_published_ms, T0);
    assert_int_equal(story->last_published_ms, T0 + HOUR);
    assert_int_equal(story->source_count, 1);
    assert_int_equal(story->sources[0].articles, 2);
    assert_int_equal(partition_live_stories(f->partition), 2);
    assert_int_equal(partition_next_offset(f->partition), 3);
}

static void story_ids_and_revisions_come_from_generation_language_and_counts(void **state)
{
    struct fixture *f = *state;
    struct story_policy policy = story_policy_default();
    policy.generation = 3;
    use_policy(f, policy);
    apply(f, ARTICLE(.url = "x", .event = "other", .language = "fr"));
    apply(f, ARTICLE(.url = "a", .event = "first"));
    apply(f, ARTICLE(.url = "b", .event = "second"));
    apply(f, ARTICLE(.url = "c", .event = "second"));
    assert_true(id128_equal(story_of(f, "a")->id, story_id(3, "en", 0)));
    assert_true(id128_equal(story_of(f, "b")->id, story_id(3, "en", 1)));
    assert_true(id128_equal(story_of(f, "x")->id, story_id(3, "fr", 0)));
    assert_int_equal(story_of(f, "b")->revision, (UINT64_C(3) << 40) + 3);
    assert_int_equal(story_of(f, "x")->revision, (UINT64_C(3) << 40) + 1);
}

static void event_that_was_seen_changes_nothing(void **state)
{
    struct fixture *f = *state;
    apply(f, ARTICLE(.url = "a", .event = "quake", .offset = 10, .published_ms = T0));
    apply(f, ARTICLE(.url = "b", .event = "quake", .offset = 11, .index = 4));
    commit(f);
    char *before = fake_store_dump(f->store, true);
    const struct test_article again[] = {
        ARTICLE(.url = "a", .event = "quake", .offset = 10, .content = "new", .published_ms = T0 + 1),
        ARTICLE(.url = "c", .event = "quake", .offset = 11, .index = 3),
        ARTICLE(.url = "b", .event = "quake", .offset = 11, .index = 4, .content = "new"),
    };
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(apply(f, again[i]), APPLIED_DROPPED_SEEN);
        assert_int_equal(partition_changes(f->partition)->change_count, 0);
        assert_int_equal(partition_changes(f->partition)->dirty_count, 0);
    }
    commit(f);
    char *after = fake_store_dump(f->store, true);
    /* from the stories on: only the header has moved on */
    assert_string_equal(strstr(before, "\nmember"), strstr(after, "\nmember"));
    free(before);
    free(after);
}

static void withdrawal_and_article_of_one_event_are_both_applied(void **state)
{
    struct fixture *f = *state;
    apply(f, ARTICLE(.url = "a", .language = "fr", .version_ms = T0, .offset = 1));
    struct test_article moved = ARTICLE(.url = "a", .language = "en", .version_ms = T0 + 1, .offset = 2);
    assert_int_equal(withdraw(f, moved, "en"), APPLIED_RETRACTED);
    assert_int_equal(apply(f, moved), APPLIED_FOUNDED);
    assert_int_equal(withdraw(f, moved, "en"), APPLIED_DROPPED_SEEN);
    assert_int_equal(apply(f, moved), APPLIED_DROPPED_SEEN);
    assert_string_equal(story_of(f, "a")->language, "en");
}

static void lower_offset_of_another_source_partition_is_not_taken_for_seen(void **state)
{
    struct fixture *f = *state;
    int64_t offset;
    apply(f, ARTICLE(.url = "a", .offset = 100));
    assert_int_equal(apply(f, ARTICLE(.url = "b", .offset = 1, .source_partition = 7)), APPLIED_JOINED);
    assert_true(partition_source_mark(f->partition, "articles", 7, &offset));
    assert_int_equal(offset, 1);
    assert_false(partition_source_mark(f->partition, "articles", 8, &offset));
}

/* ---- updates ---- */

static void update_replaces_fields_and_counts_but_not_the_place(void **state)
{
    struct fixture *f = *state;
    apply(f, ARTICLE(.url = "a", .event = "quake", .source = "one.com", .published_ms = T0));
    apply(f, ARTICLE(.url = "b", .event = "quake", .source = "two.com", .published_ms = T0));
    const struct test_article update = ARTICLE(.url = "a", .event = "match", .source = "two.com",
                                               .published_ms = T0 + HOUR, .content = "new");
    assert_int_equal(apply(f, update), APPLIED_UPDATED);
    const struct story *story = story_of(f, "a");
    assert_ptr_equal(story, story_of(f, "b"));
    assert_int_equal(story->cause, CAUSE_UPDATE);
    assert_int_equal(story->member_count, 2);
    assert_int_equal(story->members[0].sequence, 1);
    assert_int_equal(story->source_count, 1);
    assert_int_equal(story->sources[0].articles, 2);
    assert_int_equal(story->last_published_ms, T0 + HOUR);
    commit(f);
    assert_int_equal(fake_store_source(f->store, "one.com").articles, 0);
    assert_int_equal(fake_store_source(f->store, "one.com").stories, 0);
    assert_int_equal(fake_store_source(f->store, "one.com").firsts, 0);
    assert_int_equal(fake_store_source(f->store, "two.com").articles, 2);
    assert_int_equal(fake_store_source(f->store, "two.com").stories, 1);
    assert_int_equal(fake_store_source(f->store, "two.com").firsts, 1);
    assert_int_equal(fake_store_totals(f->store).articles, 2);
    assert_int_equal(fake_store_totals(f->store).updates, 1);
}

static void older_version_loses_and_the_same_content_is_no_update(void **state)
{
    struct fixture *f = *state;
    apply(f, ARTICLE(.url = "a", .version_ms = T0 + 5, .content = "x"));
    uint64_t revision = story_of(f, "a")->revision;
    assert_int_equal(apply(f, ARTICLE(.url = "a", .version_ms = T0 + 4, .content = "y")),
                     APPLIED_DROPPED_STALE);
    assert_int_equal(apply(f, ARTICLE(.url = "a", .version_ms = T0 + 5, .content = "x")), APPLIED_UNCHANGED);
    assert_int_equal(apply(f, ARTICLE(.url = "a", .version_ms = T0 + 9, .content = "x")), APPLIED_UNCHANGED);
    /* between the two: what is held was confirmed later than this */
    assert_int_equal(apply(f, ARTICLE(.url = "a", .version_ms = T0 + 7, .content = "y")),
                     APPLIED_DROPPED_STALE);
    assert_int_equal(story_of(f, "a")->revision, revision);
}

static void update_under_another_url_is_found_by_the_producers_id(void **state)
{
    struct fixture *f = *state;
    apply(f, ARTICLE(.url = "old", .producer_id = "7", .version_ms = T0));
    commit(f);
    const struct test_article moved =
        ARTICLE(.url = "new", .producer_id = "7", .version_ms = T0 + 1, .content = "2");
    assert_int_equal(apply(f, moved), APPLIED_UPDATED);
    assert_null(story_of(f, "old"));
    const struct story *story = story_of(f, "new");
    assert_int_equal(story->member_count, 1);
    commit(f);
    assert_int_equal(fake_store_cards(f->store, story->id), 1);
    assert_int_equal(withdraw(f, ARTICLE(.producer_id = "7", .version_ms = T0 + 2), NULL), APPLIED_RETRACTED);
}

/* ---- withdrawals ---- */

static void retraction_restores_every_count(void **state)
{
    struct fixture *f = *state;
    apply(f, ARTICLE(.url = "a", .event = "quake", .source = "one.com", .published_ms = T0));
    apply(f, ARTICLE(.url = "b", .event = "quake", .source = "two.com", .published_ms = T0 + HOUR));
    apply(f, ARTICLE(.url = "c", .event = "quake", .source = "one.com", .published_ms = T0 + 3 * HOUR));
    commit(f);
    assert_int_equal(withdraw(f, ARTICLE(.url = "a", .version_ms = T0), NULL), APPLIED_RETRACTED);
    const struct story *story = story_of(f, "b");
    assert_int_equal(story->cause, CAUSE_RETRACTION);
    assert_int_equal(story->member_count, 2);
    assert_int_equal(story->first_published_ms, T0 + HOUR);
    assert_int_equal(story->source_count, 2);
    const char *first = source_table_name(partition_sources(f->partition), story->sources[0].source);
    assert_string_equal(first, "two.com"); /* the order of first members, as a restore would find it */
    commit(f);
    assert_int_equal(fake_store_source(f->store, "one.com").articles, 1);
    assert_int_equal(fake_store_source(f->store, "one.com").stories, 1);
    assert_int_equal(fake_store_source(f->store, "one.com").firsts, 0);
    assert_int_equal(fake_store_source(f->store, "two.com").firsts, 1);
    assert_int_equal(fake_store_totals(f->store).articles, 2);
    assert_int_equal(fake_store_cards(f->store, story->id), 2);
}

static void story_emptied_by_retraction_closes_with_that_cause(void **state)
{
    struct fixture *f = *state;
    apply(f, ARTICLE(.url = "a", .event = "quake"));
    struct id128 id = story_of(f, "a")->id;
    assert_int_equal(withdraw(f, ARTICLE(.url = "a"), NULL), APPLIED_RETRACTED);
    const struct story *story = partition_find_story(f->partition, id);
    assert_int_equal(story->status, STORY_CLOSED);
    assert_int_equal(story->cause, CAUSE_RETRACTION);
    assert_int_equal(story->member_count, 0);
    assert_int_equal(partition_live_stories(f->partition), 0);
    /* its number is never used again */
    apply(f, ARTICLE(.url = "b", .event = "quake"));
    assert_false(id128_equal(story_of(f, "b")->id, id));
}

static void article_not_newer_than_a_withdrawal_stays_out(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(withdraw(f, ARTICLE(.url = "a", .version_ms = T0), NULL), APPLIED_NOTHING);
    assert_int_equal(apply(f, ARTICLE(.url = "a", .version_ms = T0 - 1)), APPLIED_DROPPED_WITHDRAWN);
    assert_int_equal(apply(f, ARTICLE(.url = "a", .version_ms = T0)), APPLIED_DROPPED_WITHDRAWN);
    assert_int_equal(apply(f, ARTICLE(.url = "a", .version_ms = T0 + 1)), APPLIED_FOUNDED);
    assert_int_equal(withdraw(f, ARTICLE(.url = "a", .version_ms = T0), NULL), APPLIED_DROPPED_STALE);
    assert_non_null(story_of(f, "a"));
    /* named by the producer's id only */
    withdraw(f, ARTICLE(.producer_id = "9", .version_ms = T0), NULL);
    assert_int_equal(apply(f, ARTICLE(.url = "z", .producer_id = "9", .version_ms = T0)),
                     APPLIED_DROPPED_WITHDRAWN);
}

static void move_takes_an_article_out_of_every_language_but_one(void **state)
{
    struct fixture *f = *state;
    apply(f, ARTICLE(.url = "a", .language = "en", .version_ms = T0));
    apply(f, ARTICLE(.url = "a", .language = "de", .version_ms = T0));
    assert_int_equal(withdraw(f, ARTICLE(.url = "a", .version_ms = T0 + 1), "de"), APPLIED_RETRACTED);
    assert_string_equal(story_of(f, "a")->language, "de");
    assert_int_equal(apply(f, ARTICLE(.url = "a", .language = "en", .version_ms = T0 + 1)),
                     APPLIED_DROPPED_WITHDRAWN);
    assert_int_equal(apply(f, ARTICLE(.url = "a", .language = "de", .version_ms = T0 + 1, .content = "2")),
                     APPLIED_UPDATED);
    assert_int_equal(apply(f, ARTICLE(.url = "a", .language = "fr", .version_ms = T0)),
                     APPLIED_DROPPED_WITHDRAWN);
}

static void withdrawals_are_forgotten_after_the_idle_expiry_of_the_log(void **state)
{
    struct fixture *f = *state;
    struct test_article gone = ARTICLE(.url = "a", .version_ms = T0, .offset = 1);
    struct features_record record = test_withdrawal(&gone, NULL);
    apply_record(f, &record, T0);
    commit(f);
    gone.offset = 2;
    record = test_article(f->arena, &gone);
    assert_int_equal(apply_record(f, &record, T0 + f->policy.idle_expiry_ms), APPLIED_DROPPED_WITHDRAWN);
    gone.offset = 3;
    record = test_article(f->arena, &gone);
    assert_int_equal(apply_record(f, &record, T0 + f->policy.idle_expiry_ms + 1), APPLIED_FOUNDED);
    commit(f);
    char *dump = fake_store_dump(f->store, false);
    assert_null(strstr(dump, "withdrawal"));
    free(dump);
}

/* ---- near-identical texts ---- */

#define LONG_TITLE "storm floods coastal town overnight thousands flee"

static void twin_joins_directly_whatever_the_clusterer_would_say(void **state)
{
    struct fixture *f = *state;
    apply(f, ARTICLE(.url = "a", .event = "storm", .title = LONG_TITLE, .source = "one.com"));
    assert_int_equal(apply(f, ARTICLE(.url = "b", .event = "else", .title = LONG_TITLE, .source = "two.com")),
                     APPLIED_JOINED);
    const struct story *story = story_of(f, "a");
    assert_ptr_equal(story, story_of(f, "b"));
    assert_int_equal(story->members[0].group, story->members[1].group);
    assert_true(story->members[0].group_first);
    assert_false(story->members[1].group_first);
    assert_int_equal(partition_changes(f->partition)->totals.duplicates, 1);
}

static void twin_of_a_closed_story_founds_one_that_continues_it(void **state)
{
    struct fixture *f = *state;
    let_time_pass(f, T0);
    apply(f, ARTICLE(.url = "a", .event = "storm", .title = LONG_TITLE));
    struct id128 closed = story_of(f, "a")->id;
    let_time_pass(f, T0 + f->policy.idle_expiry_ms + 1);
    assert_int_equal(apply(f, ARTICLE(.url = "b", .event = "storm", .title = LONG_TITLE)), APPLIED_FOUNDED);
    const struct story *story = story_of(f, "b");
    assert_true(id128_equal(story->continues, closed));
    /* the next one finds the story that is open */
    assert_int_equal(apply(f, ARTICLE(.url = "c", .event = "else", .title = LONG_TITLE)), APPLIED_JOINED);
    assert_ptr_equal(story_of(f, "c"), story);
    assert_int_equal(story->members[1].group, story->members[0].group);
}

static void group_stays_known_when_its_first_member_is_retracted(void **state)
{
    struct fixture *f = *state;
    apply(f, ARTICLE(.url = "a", .event = "storm", .title = LONG_TITLE));
    apply(f, ARTICLE(.url = "b", .event = "storm", .title = LONG_TITLE));
    withdraw(f, ARTICLE(.url = "a"), NULL);
    const struct story *story = story_of(f, "b");
    assert_true(story->members[0].group_first);
    apply(f, ARTICLE(.url = "c", .event = "else", .title = LONG_TITLE));
    assert_ptr_equal(story_of(f, "c"), story);
    assert_int_equal(story->members[0].group, story->members[1].group);
}

/* ---- kept cards ---- */

static void cards_of_the_earliest_members_go_when_there_are_too_many(void **state)
{
    struct fixture *f = *state;
    struct story_policy policy = story_policy_default();
    policy.kept_articles = 2;
    use_policy(f, policy);
    apply(f, ARTICLE(.url = "a", .event = "quake"));
    apply(f, ARTICLE(.url = "b", .event = "quake"));
    apply(f, ARTICLE(.url = "c", .event = "quake"));
    const struct story *story = story_of(f, "a");
    commit(f);
    assert_int_equal(story->member_count, 3);
    assert_false(story->members[0].has_card);
    assert_true(story->members[1].has_card && story->members[2].has_card);
    assert_int_equal(fake_store_cards(f->store, story->id), 2);
    /* an update does not bring a card back */
    apply(f, ARTICLE(.url = "a", .event = "quake", .content = "new"));
    withdraw(f, ARTICLE(.url = "b"), NULL);
    apply(f, ARTICLE(.url = "d", .event = "quake"));
    apply(f, ARTICLE(.url = "e", .event = "quake"));
    commit(f);
    assert_int_equal(fake_store_cards(f->store, story->id), 2);
    assert_true(story->members[2].has_card && story->members[3].has_card);
}

/* ---- changes ---- */

static void dirty_lists_each_changed_story_once_until_the_clear(void **state)
{
    struct fixture *f = *state;
    apply(f, ARTICLE(.url = "a", .event = "one"));
    apply(f, ARTICLE(.url = "b", .event = "two"));
    apply(f, ARTICLE(.url = "c", .event = "one"));
    const struct partition_changes *changes = partition_changes(f->partition);
    assert_int_equal(changes->dirty_count, 2);
    assert_int_equal(changes->change_count, 3);
    partition_changes_clear(f->partition);
    assert_int_equal(partition_changes(f->partition)->dirty_count, 0);
    assert_int_equal(partition_changes(f->partition)->change_count, 0);
    apply(f, ARTICLE(.url = "d", .event = "two"));
    assert_int_equal(partition_changes(f->partition)->dirty_count, 1);
}

static void change_is_dated_by_the_news_and_not_by_when_it_was_read(void **state)
{
    struct fixture *f = *state;
    apply(f, ARTICLE(.url = "early", .event = "early", .published_ms = T0 - HOUR));
    assert_int_equal(story_of(f, "early")->updated_ms, T0 - HOUR);
    let_time_pass(f, T0);
    apply(f, ARTICLE(.url = "late", .event = "late", .published_ms = T0 - 5 * HOUR));
    assert_int_equal(story_of(f, "late")->updated_ms, T0);
    apply(f, ARTICLE(.url = "new", .event = "new", .published_ms = T0 + 2 * HOUR));
    assert_int_equal(story_of(f, "new")->updated_ms, T0 + 2 * HOUR);
    apply(f, ARTICLE(.url = "wrong", .event = "wrong", .published_ms = T0 + 1000 * HOUR));
    assert_int_equal(story_of(f, "wrong")->updated_ms, T0 + 24 * HOUR);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_begin, fixture_end)
    const struct CMUnitTest tests[] = {
        TEST(articles_of_one_event_share_a_story_and_others_do_not),
        TEST(story_ids_and_revisions_come_from_generation_language_and_counts),
        TEST(event_that_was_seen_changes_nothing),
        TEST(withdrawal_and_article_of_one_event_are_both_applied),
        TEST(lower_offset_of_another_source_partition_is_not_taken_for_seen),
        TEST(update_replaces_fields_and_counts_but_not_the_place),
        TEST(older_version_loses_and_the_same_content_is_no_update),
        TEST(update_under_another_url_is_found_by_the_producers_id),
        TEST(retraction_restores_every_count),
        TEST(story_emptied_by_retraction_closes_with_that_cause),
        TEST(article_not_newer_than_a_withdrawal_stays_out),
        TEST(move_takes_an_article_out_of_every_language_but_one),
        TEST(withdrawals_are_forgotten_after_the_idle_expiry_of_the_log),
        TEST(twin_joins_directly_whatever_the_clusterer_would_say),
        TEST(twin_of_a_closed_story_founds_one_that_continues_it),
        TEST(group_stays_known_when_its_first_member_is_retracted),
        TEST(cards_of_the_earliest_members_go_when_there_are_too_many),
        TEST(dirty_lists_each_changed_story_once_until_the_clear),
        TEST(change_is_dated_by_the_news_and_not_by_when_it_was_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
