/* What an editor decides, carried out by the state machine (with the scripted clusterer). */
#include "partition_fixture.h"

#include "stories/story_edits.h"
#include "stories/withdrawals.h"

/* A merge pass after every record: what is to stay apart is tried at once. */
static int begin(void **state)
{
    fixture_begin(state);
    struct fixture *f = *state;
    struct story_policy policy = f->policy;
    policy.merge_interval = 1;
    use_policy(f, policy);
    return 0;
}

static enum apply_outcome correct(struct fixture *f, struct test_correction correction)
{
    correction.offset = ++f->next_source_offset;
    struct features_record record = test_correct(f->arena, &correction);
    return apply_record(f, &record, NW_NO_TIME);
}

/* Commits, and goes on with what a restart would read. */
static void restart(struct fixture *f)
{
    enum nw_err err;
    fake_store_commit(f->store, f->partition);
    partition_free(f->partition);
    f->partition = fake_store_restore(f->store, &f->policy, 7, &err);
    assert_int_equal(err, NW_OK);
}

static struct id128 id_of(const struct fixture *f, const char *url)
{
    return story_of(f, url)->id;
}

static const struct story *story_with(const struct fixture *f, struct id128 id)
{
    return partition_find_story(f->partition, id);
}

static struct source_delta source(const struct fixture *f, const char *name)
{
    return fake_store_source(f->store, name);
}

#define CORRECT(what, ...) ((struct test_correction){.kind = CORRECTION_##what, __VA_ARGS__})

/* a, b, c of the event "quake" (theme "earth"), m of "match". */
static void two_stories(struct fixture *f)
{
    const struct test_article articles[] = {
        ARTICLE(.url = "a", .event = "quake", .source = "one.com", .published_ms = T0),
        ARTICLE(.url = "b", .event = "quake", .source = "two.com", .published_ms = T0 + 1),
        ARTICLE(.url = "c", .event = "quake", .source = "one.com", .published_ms = T0 + 2),
        ARTICLE(.url = "m", .event = "match", .source = "one.com", .published_ms = T0 + 3),
    };
    for (size_t i = 0; i < 4; i++) apply(f, articles[i]);
}

/* ---- merge ---- */

static void merge_makes_one_story_under_the_older_id(void **state)
{
    struct fixture *f = *state;
    two_stories(f);
    struct id128 quake = id_of(f, "a"), match = id_of(f, "m");
    /* also when the editor names the younger one as the one to stay */
    assert_int_equal(correct(f, CORRECT(MERGE, .story = quake, .into = match)), APPLIED_CORRECTED);
    const struct story *story = story_with(f, quake);
    assert_int_equal(story->member_count, 4);
    assert_int_equal(story->cause, CAUSE_MERGE);
    assert_int_equal(story->status, STORY_ACTIVE);
    assert_int_equal(story->revision, (UINT64_C(1) << 40) + 5);
    assert_true(story->edits->merged_by_hand);
    assert_int_equal(story_with(f, match)->status, STORY_MERGED);
    assert_true(id128_equal(story_with(f, match)->merged_into, quake));
    restart(f);
    assert_int_equal(story_with(f, quake)->member_count, 4);
    assert_true(story_with(f, quake)->edits->merged_by_hand);
    assert_null(story_with(f, match));
    struct id128 alias;
    assert_true(fake_store_alias(f->store, match, &alias) && id128_equal(alias, quake));
    assert_int_equal(fake_store_totals(f->store).merges, 1);
    assert_int_equal(source(f, "one.com").stories, 1);
    assert_int_equal(source(f, "one.com").firsts, 1);
}

static void merge_that_makes_no_sense_is_refused_with_a_reason_and_changes_nothing(void **state)
{
    struct fixture *f = *state;
    two_stories(f);
    apply(f, ARTICLE(.url = "x", .language = "fr"));
    struct id128 quake = id_of(f, "a"), french = id_of(f, "x");
    commit(f);
    const struct test_correction wrong[] = {
        CORRECT(MERGE, .story = story_id(1, "en", 99), .into = quake),
        CORRECT(MERGE, .story = quake, .into = story_id(1, "en", 99)),
        CORRECT(MERGE, .story = french, .into = quake), /* another language */
        CORRECT(MERGE, .story = quake, .into = id_of(f, "m"), .language = "fr"),
        CORRECT(MERGE, .story = quake, .into = id_of(f, "m"), .language = "de"), /* not seen here */
        CORRECT(SPLIT, .story = quake, .articles = {"m", "nowhere"}),
        CORRECT(SPLIT, .story = quake, .articles = {"a", "b", "c"}),
        CORRECT(SPLIT, .story = story_id(1, "en", 99), .articles = {"a"}),
        CORRECT(RENAME, .story = story_id(1, "en", 99), .title = "x"),
        CORRECT(TAKEDOWN, .story = story_id(1, "en", 99)),
    };
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(correct(f, wrong[i]), APPLIED_CORRECTION_REFUSED);
        assert_true(strlen(partition_refusal(f->partition)) > 10);
        assert_int_equal(partition_changes(f->partition)->change_count, 0);
        assert_int_equal(partition_changes(f->partition)->dirty_count, 0);
    }
    assert_int_equal(story_of(f, "a")->member_count, 3);
}

static void id_that_was_merged_away_stands_for_the_story_it_is_part_of(void **state)
{
    struct fixture *f = *state;
    two_stories(f);
    apply(f, ARTICLE(.url = "z", .event = "other"));
    struct id128 quake = id_of(f, "a"), match = id_of(f, "m"), other = id_of(f, "z");
    correct(f, CORRECT(MERGE, .story = other, .into = match));
    correct(f, CORRECT(MERGE, .story = match, .into = quake));
    /* in the batch of the merge, and after a restart */
    assert_int_equal(correct(f, CORRECT(MERGE, .story = other, .into = quake)), APPLIED_CORRECTION_REFUSED);
    assert_int_equal(correct(f, CORRECT(RENAME, .story = other, .title = "One")), APPLIED_CORRECTED);
    restart(f);
    assert_string_equal(story_edits_title(story_with(f, quake)), "One");
    assert_int_equal(correct(f, CORRECT(MERGE, .story = other, .into = quake)), APPLIED_CORRECTION_REFUSED);
    assert_int_equal(correct(f, CORRECT(SPLIT, .story = match, .articles = {"z"})), APPLIED_CORRECTED);
    assert_int_equal(story_of(f, "z")->member_count, 1);
}

static void merge_keeps_the_title_of_the_story_it_goes_into_before_the_others(void **state)
{
    struct fixture *f = *state;
    two_stories(f);
    struct id128 quake = id_of(f, "a"), match = id_of(f, "m");
    correct(f, CORRECT(RENAME, .story = quake, .title = "Of the older"));
    correct(f, CORRECT(RENAME, .story = match, .title = "Of the younger"));
    correct(f, CORRECT(MERGE, .story = quake, .into = match));
    assert_string_equal(story_edits_title(story_with(f, quake)), "Of the younger");
}

/* ---- split ---- */

static void split_moves_articles_into_a_new_story_and_counts_both(void **state)
{
    struct fixture *f = *state;
    two_stories(f);
    restart(f);
    struct id128 quake = id_of(f, "a");
    const struct test_correction split =
        CORRECT(SPLIT, .story = quake, .articles = {"c", "a", "c", "m"}, .title = "The aftershock");
    assert_int_equal(correct(f, split), APPLIED_CORRECTED);
    const struct story *made = story_of(f, "a"), *left = story_of(f, "b");
    assert_true(id128_equal(left->id, quake));
    assert_ptr_equal(made, story_of(f, "c"));
    assert_true(id128_equal(made->id, story_id(1, "en", 2)));
    assert_true(id128_equal(made->edits->split_from, quake));
    assert_string_equal(story_edits_title(made), "The aftershock");
    assert_int_equal(made->member_count, 2);
    assert_int_equal(made->source_count, 1);
    assert_int_equal(made->first_published_ms, T0);
    assert_int_equal(left->member_count, 1);
    assert_int_equal(left->first_published_ms, T0 + 1);
    assert_int_equal(made->cause, CAUSE_SPLIT);
    assert_int_equal(left->cause, CAUSE_SPLIT);
    assert_int_equal(made->revision, left->revision);
    assert_true(id128_equal(made->related[0], quake) && id128_equal(left->related[0], made->id));
    assert_string_equal(story_of(f, "m")->language, "en");
    restart(f);
    assert_int_equal(fake_store_cards(f->store, quake), 1);
    assert_int_equal(fake_store_cards(f->store, id_of(f, "a")), 2);
    assert_int_equal(source(f, "one.com").articles, 3);
    assert_int_equal(source(f, "one.com").stories, 2);
    assert_int_equal(source(f, "one.com").firsts, 2);
    assert_int_equal(source(f, "two.com").stories, 1);
    assert_int_equal(source(f, "two.com").firsts, 1);
    assert_int_equal(fake_store_totals(f->store).stories, 3);
    assert_int_equal(fake_store_totals(f->store).splits, 1);
}

static void split_stories_are_not_merged_again_by_themselves_but_by_an_editor(void **state)
{
    struct fixture *f = *state;
    apply(f, ARTICLE(.url = "a", .event = "quake", .theme = "earth"));
    apply(f, ARTICLE(.url = "b", .event = "quake", .theme = "earth"));
    struct id128 quake = id_of(f, "a");
    correct(f, CORRECT(SPLIT, .story = quake, .articles = {"b"}, .event = "flood", .theme = "earth"));
    struct id128 flood = id_of(f, "b");
    apply(f, ARTICLE(.url = "c", .event = "quake"));
    apply(f, ARTICLE(.url = "d", .event = "flood"));
    restart(f);
    apply(f, ARTICLE(.url = "e", .event = "quake"));
    apply(f, ARTICLE(.url = "g", .event = "flood"));
    assert_int_equal(story_of(f, "a")->member_count, 3);
    assert_int_equal(story_of(f, "b")->member_count, 3);
    assert_true(story_edits_apart(story_of(f, "a"), story_of(f, "b")));
    assert_int_equal(correct(f, CORRECT(MERGE, .story = flood, .into = quake)), APPLIED_CORRECTED);
    assert_int_equal(story_of(f, "a")->member_count, 6);
    assert_int_equal(story_of(f, "a")->edits->apart_count, 0);
}

/* The mark stays on what either of the two becomes part of. */
static void split_stories_stay_apart_through_merges_with_others(void **state)
{
    struct fixture *f = *state;
    apply(f, ARTICLE(.url = "first", .event = "first"));
    apply(f, ARTICLE(.url = "a", .event = "quake"));
    apply(f, ARTICLE(.url = "b", .event = "quake"));
    apply(f, ARTICLE(.url = "last", .event = "last"));
    struct id128 quake = id_of(f, "a");
    correct(f, CORRECT(SPLIT, .story = quake, .articles = {"b"}));
    correct(f, CORRECT(MERGE, .story = quake, .into = id_of(f, "first")));
    restart(f);
    assert_true(story_edits_apart(story_of(f, "a"), story_of(f, "b")));
    correct(f, CORRECT(MERGE, .story = id_of(f, "b"), .into = id_of(f, "last")));
    restart(f);
    assert_true(story_edits_apart(story_of(f, "first"), story_of(f, "last")));
    assert_int_equal(story_of(f, "first")->edits->apart_count, 1);
    assert_int_equal(story_of(f, "last")->edits->apart_count, 1);
}

static void near_identical_text_follows_its_twin_to_either_side(void **state)
{
    struct fixture *f = *state;
    apply(f, ARTICLE(.url = "a", .event = "quake", .title = "one two three four five six"));
    apply(f, ARTICLE(.url = "b", .event = "quake", .title = "seven eight nine ten eleven twelve"));
    correct(f, CORRECT(SPLIT, .story = id_of(f, "a"), .articles = {"b"}));
    restart(f);
    apply(f, ARTICLE(.url = "c", .event = "x", .source = "c.com",
                     .title = "seven eight nine ten eleven twelve"));
    apply(f, ARTICLE(.url = "d", .event = "y", .source = "d.com", .title = "one two three four five six"));
    assert_ptr_equal(story_of(f, "c"), story_of(f, "b"));
    assert_ptr_equal(story_of(f, "d"), story_of(f, "a"));
}

/* ---- rename ---- */

static void rename_survives_later_articles_merges_and_restarts_until_it_is_undone(void **state)
{
    struct fixture *f = *state;
    two_stories(f);
    struct id128 quake = id_of(f, "a");
    assert_int_equal(correct(f, CORRECT(RENAME, .story = quake, .title = "Night of the quake")),
                     APPLIED_CORRECTED);
    assert_int_equal(story_with(f, quake)->cause, CAUSE_RENAME);
    uint64_t revision = story_with(f, quake)->revision;
    assert_int_equal(correct(f, CORRECT(RENAME, .story = quake, .title = "Night of the quake")),
                     APPLIED_UNCHANGED);
    assert_int_equal(story_with(f, quake)->revision, revision);
    apply(f, ARTICLE(.url = "d", .event = "quake"));
    correct(f, CORRECT(MERGE, .story = id_of(f, "m"), .into = quake));
    restart(f);
    assert_string_equal(story_edits_title(story_with(f, quake)), "Night of the quake");
    assert_int_equal(correct(f, CORRECT(RENAME, .story = quake)), APPLIED_CORRECTED);
    restart(f);
    assert_string_equal(story_edits_title(story_with(f, quake)), "");
}

/* ---- takedown ---- */

static void article_taken_down_is_out_of_every_language_and_stays_out_whatever_its_version(void **state)
{
    struct fixture *f = *state;
    two_stories(f);
    apply(f, ARTICLE(.url = "a", .language = "fr"));
    assert_int_equal(correct(f, CORRECT(TAKEDOWN, .articles = {"a", "never seen"})), APPLIED_RETRACTED);
    assert_null(story_of(f, "a"));
    assert_int_equal(story_of(f, "b")->cause, CAUSE_TAKEDOWN);
    assert_int_equal(story_of(f, "b")->member_count, 2);
    restart(f);
    const struct test_article again = ARTICLE(.url = "a", .version_ms = T0 * 3, .content = "new");
    assert_int_equal(apply(f, again), APPLIED_DROPPED_WITHDRAWN);
    assert_int_equal(apply(f, ARTICLE(.url = "never seen", .language = "de")), APPLIED_DROPPED_WITHDRAWN);
    assert_int_equal(source(f, "one.com").firsts, 1);
    assert_int_equal(source(f, "two.com").firsts, 1);
    assert_int_equal(correct(f, CORRECT(TAKEDOWN, .articles = {"a"})), APPLIED_NOTHING);
}

static void story_taken_down_closes_without_members_and_none_of_them_comes_back(void **state)
{
    struct fixture *f = *state;
    two_stories(f);
    struct id128 quake = id_of(f, "a");
    correct(f, CORRECT(RENAME, .story = quake, .title = "Not for long"));
    restart(f);
    assert_int_equal(correct(f, CORRECT(TAKEDOWN, .story = quake)), APPLIED_CORRECTED);
    const struct story *story = story_with(f, quake);
    assert_int_equal(story->status, STORY_CLOSED);
    assert_int_equal(story->cause, CAUSE_TAKEDOWN);
    assert_int_equal(story->member_count, 0);
    assert_int_equal(story->source_count, 0);
    assert_string_equal(story_edits_title(story), "");
    const struct partition_changes *changes = partition_changes(f->partition);
    assert_int_equal(changes->changes[changes->change_count - 1].kind, CHANGE_STORY_TAKEN_DOWN);
    restart(f);
    assert_int_equal(fake_store_cards(f->store, quake), 0);
    assert_int_equal(source(f, "one.com").articles, 1);
    assert_int_equal(source(f, "one.com").stories, 1);
    assert_int_equal(source(f, "one.com").firsts, 1);
    assert_int_equal(source(f, "two.com").articles, 0);
    assert_int_equal(source(f, "two.com").stories, 0);
    assert_int_equal(fake_store_totals(f->store).articles, 1);
    assert_int_equal(fake_store_totals(f->store).stories, 1);
    assert_int_equal(apply(f, ARTICLE(.url = "b", .version_ms = T0 * 3)), APPLIED_DROPPED_WITHDRAWN);
    assert_int_equal(correct(f, CORRECT(TAKEDOWN, .story = quake)), APPLIED_UNCHANGED);
    assert_int_equal(correct(f, CORRECT(RENAME, .story = quake, .title = "Back")),
                     APPLIED_CORRECTION_REFUSED);
    assert_int_equal(correct(f, CORRECT(MERGE, .story = quake, .into = id_of(f, "m"))),
                     APPLIED_CORRECTION_REFUSED);
    /* another article of the event is another matter */
    assert_int_equal(apply(f, ARTICLE(.url = "d", .event = "quake")), APPLIED_FOUNDED);
}

static void closed_story_can_still_be_renamed_and_taken_down(void **state)
{
    struct fixture *f = *state;
    two_stories(f);
    struct id128 quake = id_of(f, "a");
    let_time_pass(f, T0 + f->policy.idle_expiry_ms + 10);
    assert_int_equal(story_with(f, quake)->status, STORY_CLOSED);
    assert_int_equal(correct(f, CORRECT(RENAME, .story = quake, .title = "Once")), APPLIED_CORRECTED);
    assert_int_equal(correct(f, CORRECT(SPLIT, .story = quake, .articles = {"a"})),
                     APPLIED_CORRECTION_REFUSED);
    assert_int_equal(correct(f, CORRECT(TAKEDOWN, .story = quake)), APPLIED_CORRECTED);
    assert_int_equal(story_with(f, quake)->member_count, 0);
    assert_int_equal(story_with(f, quake)->status, STORY_CLOSED);
}

/* ---- bounds ---- */

static void lists_of_numbers_keep_the_newest(void **state)
{
    (void)state;
    struct story a = {.number = 1000}, b = {0};
    for (uint64_t i = 0; i < 2 * STORY_APART_MAX; i++) {
        b.number = i;
        story_edits_part(&a, &b);
        story_edits_free(&b);
    }
    assert_int_equal(a.edits->apart_count, STORY_APART_MAX);
    assert_int_equal(a.edits->apart[0], STORY_APART_MAX);
    for (uint64_t i = 0; i < 2 * STORY_ABSORBED_MAX; i++) {
        b.number = 2000 + i;
        story_edits_absorb(&a, &b);
    }
    assert_int_equal(a.edits->absorbed_count, STORY_ABSORBED_MAX);
    assert_true(story_edits_has_absorbed(&a, 2000 + 2 * STORY_ABSORBED_MAX - 1));
    assert_false(story_edits_has_absorbed(&a, 2000));
    story_edits_free(&a);
}

static void of_too_many_takedowns_the_oldest_is_forgotten_whole(void **state)
{
    (void)state;
    struct withdrawals *withdrawals = withdrawals_new();
    const struct withdrawal *surplus;
    size_t dropped = 0;
    for (uint64_t i = 0; i <= WITHDRAWALS_TAKEN_MAX; i++) /* three keys a takedown */
        withdrawals_take_down(withdrawals, withdrawal_key_taken_down("en", (struct id128){1, i}), i / 3);
    while ((surplus = withdrawals_taken_surplus(withdrawals)) != NULL) {
        assert_int_equal(surplus->taken_offset, 0);
        withdrawals_drop_taken(withdrawals);
        dropped++;
    }
    assert_int_equal(dropped, 3);
    assert_false(withdrawals_taken_down(withdrawals, "en", (struct id128){1, 2}));
    assert_true(withdrawals_taken_down(withdrawals, "en", (struct id128){1, 3}));
    assert_false(withdrawals_taken_down(withdrawals, "fr", (struct id128){1, 3}));
    withdrawals_free(withdrawals);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, begin, fixture_end)
    const struct CMUnitTest tests[] = {
        T(merge_makes_one_story_under_the_older_id),
        T(merge_that_makes_no_sense_is_refused_with_a_reason_and_changes_nothing),
        T(id_that_was_merged_away_stands_for_the_story_it_is_part_of),
        T(merge_keeps_the_title_of_the_story_it_goes_into_before_the_others),
        T(split_moves_articles_into_a_new_story_and_counts_both),
        T(split_stories_are_not_merged_again_by_themselves_but_by_an_editor),
        T(split_stories_stay_apart_through_merges_with_others),
        T(near_identical_text_follows_its_twin_to_either_side),
        T(rename_survives_later_articles_merges_and_restarts_until_it_is_undone),
        T(article_taken_down_is_out_of_every_language_and_stays_out_whatever_its_version),
        T(story_taken_down_closes_without_members_and_none_of_them_comes_back),
        T(closed_story_can_still_be_renamed_and_taken_down),
        cmocka_unit_test(lists_of_numbers_keep_the_newest),
        cmocka_unit_test(of_too_many_takedowns_the_oldest_is_forgotten_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
