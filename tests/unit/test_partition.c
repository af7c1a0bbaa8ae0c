#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/instant.h"
#include "stories/partition.h"
#include "support/fake_store.h"
#include "support/test_record.h"

static const int64_t HOUR = INT64_C(3600) * 1000;
static const int64_t T0 = INT64_C(1760000000000);

struct fixture {
    struct arena *arena;
    struct story_policy policy;
    struct partition *partition;
    struct fake_store *store;
    uint64_t offset;
    int64_t next_source_offset;
};

static int begin(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    f->arena = arena_new();
    f->policy = story_policy_default();
    f->policy.closed_retention_records = 2;
    f->policy.least_open_records = 0;   /* but where a test is about it */
    f->policy.undated_hold_records = 0; /* but where a test is about it */
    f->partition = partition_new(&f->policy);
    f->store = fake_store_new();
    *state = f;
    return 0;
}

static int end(void **state)
{
    struct fixture *f = *state;
    partition_free(f->partition);
    fake_store_free(f->store);
    arena_free(f->arena);
    free(f);
    return 0;
}

static void use_policy(struct fixture *f, struct story_policy policy)
{
    f->policy = policy;
    partition_free(f->partition);
    f->partition = partition_new(&policy);
}

static enum apply_outcome apply_record(struct fixture *f, const struct features_record *record,
                                       int64_t append_ms)
{
    return partition_apply(f->partition, record, f->offset++, append_ms, NULL);
}

/* A new event of the source partition, unless the offset is given. */
static enum apply_outcome apply(struct fixture *f, struct test_article article)
{
    if (article.offset == 0) article.offset = ++f->next_source_offset;
    struct features_record record = test_article(f->arena, &article);
    return apply_record(f, &record, NW_NO_TIME);
}

static enum apply_outcome withdraw(struct fixture *f, struct test_article article, const char *kept_language)
{
    if (article.offset == 0) article.offset = ++f->next_source_offset;
    struct features_record record = test_withdrawal(&article, kept_language);
    return apply_record(f, &record, NW_NO_TIME);
}

static void commit(struct fixture *f)
{
    fake_store_commit(f->store, f->partition);
    partition_changes_clear(f->partition);
}

static const struct story *story_of(const struct fixture *f, const char *url)
{
    return partition_find_article(f->partition, test_article_id(url));
}

#define ARTICLE(...) ((struct test_article){__VA_ARGS__})

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

/* ---- time ---- */

/* Moves the watermark of "en" to time by eight articles of their own stories. */
static void let_time_pass(struct fixture *f, int64_t time_ms)
{
    for (int i = 0; i < 8; i++) {
        char *url = arena_printf(f->arena, "tick %lld %d", (long long)time_ms, i);
        apply(f, ARTICLE(.url = url, .event = url, .published_ms = time_ms));
    }
}

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

/* ---- merging ---- */

static void merge_moves_members_in_order_of_arrival_into_the_older_story(void **state)
{
    struct fixture *f = *state;
    struct story_policy policy = story_policy_default();
    policy.merge_interval = 4;
    use_policy(f, policy);
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
    struct story_policy policy = story_policy_default();
    policy.merge_interval = 2;
    use_policy(f, policy);
    apply(f, ARTICLE(.url = "a", .event = "one", .theme = "t"));
    apply(f, ARTICLE(.url = "b", .event = "two", .theme = "t"));
    assert_ptr_equal(story_of(f, "a"), story_of(f, "b"));
}

static void reprints_in_both_stories_of_a_merge_are_one_group_with_one_first_member(void **state)
{
    struct fixture *f = *state;
    struct story_policy policy = story_policy_default();
    policy.merge_interval = 3;
    use_policy(f, policy);
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
    struct story_policy policy = story_policy_default();
    policy.merge_interval = 4;
    use_policy(f, policy);
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
    struct story_policy policy = f->policy;
    policy.merge_interval = 20;
    use_policy(f, policy);
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
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
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
        TEST(idle_story_closes_and_a_late_article_does_not_reopen_it),
        TEST(stories_that_close_with_one_record_close_oldest_first),
        TEST(closed_story_is_dropped_after_its_retention),
        TEST(a_jump_in_time_does_not_drop_what_was_just_closed),
        TEST(story_from_before_the_clock_is_idle_from_its_first_reading),
        TEST(stories_stay_open_for_a_while_when_undated_articles_come),
        TEST(stories_of_a_feed_of_few_articles_stay_open_for_some_records),
        TEST(time_of_one_language_does_not_close_stories_of_another),
        TEST(twin_joins_directly_whatever_the_clusterer_would_say),
        TEST(twin_of_a_closed_story_founds_one_that_continues_it),
        TEST(group_stays_known_when_its_first_member_is_retracted),
        TEST(merge_moves_members_in_order_of_arrival_into_the_older_story),
        TEST(story_that_joined_with_the_very_record_of_a_pass_is_in_it),
        TEST(reprints_in_both_stories_of_a_merge_are_one_group_with_one_first_member),
        TEST(runner_up_is_related_until_it_is_merged_in),
        TEST(merged_story_goes_on_from_what_the_younger_one_continued),
        TEST(merge_keeps_the_cards_of_the_latest_members_of_both),
        TEST(cards_of_the_earliest_members_go_when_there_are_too_many),
        TEST(dirty_lists_each_changed_story_once_until_the_clear),
        TEST(change_is_dated_by_the_news_and_not_by_when_it_was_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
