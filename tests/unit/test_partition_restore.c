/* Properties of the state machine over random input: the seed is printed, and NEWSWIRED_SEED replays it.
 * Built twice: with the scripted clusterer, and as test_partition_restore_engine with the real one. */
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
#include "stories/partition.h"
#include "support/fake_store.h"
#include "support/test_record.h"

enum { RECORDS = 400, ROUNDS = 30 };

static const int64_t T0 = INT64_C(1760000000000);
static const int64_t HOUR = INT64_C(3600) * 1000;

static uint32_t random_state;

static uint32_t rnd(uint32_t below)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state % below;
}

struct input {
    struct arena *arena;
    struct features_record records[RECORDS];
    int64_t append_ms[RECORDS];
    size_t count;
    struct partition *shadow; /* the records up to here, applied: says which stories there are */
};

static struct story_policy small_policy(void)
{
    struct story_policy policy = story_policy_default();
    policy.idle_expiry_ms = 40 * HOUR;
    policy.closed_retention_ms = 15 * HOUR;
    policy.closed_retention_records = 20;
    policy.least_open_records = 5;
    policy.undated_hold_records = 10;
    policy.merge_interval = 7;
    policy.kept_articles = 5;
    return policy;
}

/* One side of the event, the other, or both: stories that begin apart grow together and are merged. */
static const char *random_title(struct arena *arena, unsigned event)
{
    const char *one = arena_printf(arena, "a%u b%u c%u", event, event, event);
    const char *other = arena_printf(arena, "d%u e%u f%u", event, event, event);
    uint32_t side = rnd(4);
    return side == 0 ? one : side == 1 ? other : arena_printf(arena, "%s %s g%u", one, other, rnd(100));
}

/* A story that holds some article now, or (one time in four) any id, also of one not founded yet. */
static const struct story *random_story(const struct input *input, size_t i, const char *language,
                                        struct id128 *id)
{
    const struct story *story = NULL;
    *id = story_id(1, language, rnd(2 + (uint32_t)i / 8));
    if (rnd(4) == 0) return NULL;
    for (int try = 0; try < 50 && story == NULL; try++) {
        const char *url = arena_printf(input->arena, "url %u", rnd(150));
        story = partition_find_article(input->shadow, test_article_id(url));
        if (story != NULL && strcmp(story->language, language) != 0) story = NULL;
    }
    if (story != NULL) *id = story->id;
    return story;
}

/* Some of the story's own articles, by id, and one that may be in no story. */
static void name_articles(struct input *input, const struct story *story, struct correction *out)
{
    enum { NAMES = 5 };
    struct article_name *names = arena_calloc(input->arena, NAMES, sizeof(*names));
    size_t count = 0;
    names[count++].id = test_article_id(arena_printf(input->arena, "url %u", rnd(150)));
    for (size_t m = 0; story != NULL && m < story->member_count && count < NAMES; m++)
        if (rnd(2) == 0) names[count++].id = story->members[m].article;
    out->articles = names;
    out->article_count = count;
}

static struct features_record random_correction(struct input *input, size_t i, const char *language)
{
    struct arena *arena = input->arena;
    struct test_correction c = {
        .offset = (int64_t)i,
        .source_partition = (int32_t)rnd(3),
        .kind = (enum correction_kind)rnd(CORRECTION_KIND_COUNT),
        .language = language,
        .event = arena_printf(arena, "event %u", rnd(30)),
        .theme = rnd(4) == 0 ? arena_printf(arena, "theme %u", rnd(6)) : NULL,
        .title = rnd(4) == 0 ? NULL : random_title(arena, rnd(30)),
    };
    bool of_articles = c.kind == CORRECTION_TAKEDOWN && rnd(3) > 0;
    const struct story *story = random_story(input, i, language, &c.story);
    if (of_articles) c.story = (struct id128){0, 0};
    if (c.kind == CORRECTION_MERGE) random_story(input, i, language, &c.into);
    struct features_record record = test_correct(arena, &c);
    if (rnd(3) == 0) record.features = (struct features){.simhash = 0}; /* a split without any words */
    if (of_articles || c.kind == CORRECTION_SPLIT) name_articles(input, story, &record.correction);
    return record;
}

/* Articles of one event point about the same way; now and then one is of another model. */
static struct dense_vector random_vector(struct arena *arena, unsigned event)
{
    enum { NUMBERS = 12 };
    int8_t *values = arena_alloc(arena, NUMBERS);
    for (unsigned i = 0; i < NUMBERS; i++)
        values[i] = (int8_t)((int)(hash64(&event, sizeof(event)) >> (5 * i) & 31) - 16 + (int)rnd(9) - 4);
    values[0] |= 1; /* not all 0 */
    return (struct dense_vector){.values = values, .count = NUMBERS, .model = rnd(20) == 0 ? 2 : 1};
}

/* Few articles, events and titles, so that everything that can happen does, often. */
static void random_record(struct input *input, size_t i)
{
    static const char *const languages[] = {"en", "fr", "de"};
    static const char *const titles[] = {NULL, NULL, NULL, "one two three four five six",
                                         "seven eight nine ten eleven twelve"};
    static const char *const sources[] = {
        "a.com", "b.org", "a-publisher-with-quite-a-long-name.on-a-platform.example.co.uk", "d.net"};
    struct arena *arena = input->arena;
    int64_t now = T0 + (int64_t)i * HOUR / 2;
    unsigned event = rnd(30);
    struct test_article a = {
        .offset = (int64_t)i,
        .source_partition = (int32_t)rnd(3),
        .url = arena_printf(arena, "url %u", rnd(150)),
        .producer_id = rnd(3) == 0 ? arena_printf(arena, "id %u", rnd(40)) : NULL,
        .language = languages[rnd(10) < 7 ? 0 : rnd(3)],
        .source = sources[rnd(4)],
        .published_ms = rnd(8) == 0 ? 0 : now - (int64_t)rnd(30) * HOUR,
        .version_ms = rnd(3) == 0 ? now - (int64_t)rnd(50) * HOUR : 0,
        .event = arena_printf(arena, "event %u", event),
        .theme = rnd(4) == 0 ? arena_printf(arena, "theme %u", rnd(6)) : NULL,
        .title = titles[rnd(5)],
        .content = arena_printf(arena, "%u", rnd(3)),
        .reprint_group = rnd(12) == 0 ? arena_printf(arena, "group %u", rnd(4)) : NULL,
    };
    if (a.title == NULL) a.title = random_title(arena, event);
    uint32_t kind = rnd(20);
    if (kind == 3)
        input->records[i] = random_correction(input, i, a.language);
    else if (kind > 3)
        input->records[i] = test_article(arena, &a);
    else
        input->records[i] = test_withdrawal(&a, kind == 0 ? "en" : NULL);
    struct features_record *record = &input->records[i];
    if (record->kind == RECORD_ARTICLE && rnd(3) > 0) record->features.dense = random_vector(arena, event);
    input->append_ms[i] = rnd(10) == 0 ? NW_NO_TIME : now;
}

static struct input *random_input(void)
{
    struct input *input = calloc(1, sizeof(*input));
    input->arena = arena_new();
    input->count = RECORDS;
    struct story_policy policy = small_policy();
    input->shadow = partition_new(&policy);
    for (size_t i = 0; i < input->count; i++) {
        random_record(input, i);
        partition_apply(input->shadow, &input->records[i], i, input->append_ms[i], NULL);
    }
    partition_free(input->shadow);
    return input;
}

static void input_free(struct input *input)
{
    arena_free(input->arena);
    free(input);
}

static struct partition *restart(struct partition *partition, const struct fake_store *store,
                                 const struct story_policy *policy)
{
    enum nw_err err;
    uint64_t next = partition_next_offset(partition);
    partition_free(partition);
    partition = fake_store_restore(store, policy, rnd(1000000), &err);
    assert_int_equal(err, NW_OK);
    assert_int_equal(partition_next_offset(partition), next);
    return partition;
}

/* Applies the records in batches of about batch, restarting before one batch of so many (0: never);
 * the offset of a record is twice its place, as gaps are normal. */
static struct partition *run(const struct input *input, struct fake_store *store, uint32_t batch,
                             uint32_t restart_every)
{
    struct story_policy policy = small_policy();
    struct partition *partition = partition_new(&policy);
    for (size_t i = 0; i < input->count; i++) {
        partition_apply(partition, &input->records[i], 2 * i, input->append_ms[i], NULL);
        if (i + 1 < input->count && rnd(batch) != 0) continue;
        fake_store_commit(store, partition);
        partition_changes_clear(partition);
        if (restart_every != 0 && rnd(restart_every) == 0) partition = restart(partition, store, &policy);
    }
    return partition;
}

static void assert_same(const char *expected, const char *actual)
{
    if (strcmp(expected, actual) == 0) return;
    size_t at = 0;
    while (expected[at] == actual[at]) at++;
    while (at > 0 && expected[at - 1] != '\n') at--;
    fail_msg("states differ:\n  %.*s\n  %.*s", (int)strcspn(expected + at, "\n"), expected + at,
             (int)strcspn(actual + at, "\n"), actual + at);
}

static void batches_and_restarts_do_not_change_the_state(void **state)
{
    (void)state;
    struct partition_totals happened = {0};
    for (int round = 0; round < ROUNDS; round++) {
        struct input *input = random_input();
        struct fake_store *whole = fake_store_new(), *pieces = fake_store_new();
        partition_free(run(input, whole, 1000000, 0));
        partition_free(run(input, pieces, 1 + rnd(60), 1 + rnd(4)));
        char *a = fake_store_dump(whole, true), *b = fake_store_dump(pieces, true);
        assert_same(a, b);
        free(a);
        free(b);
#define ADD_UP(name) happened.name += fake_store_totals(whole).name;
        PARTITION_TOTALS(ADD_UP)
#undef ADD_UP
        fake_store_free(whole);
        fake_store_free(pieces);
        input_free(input);
    }
    /* else the input has shown nothing */
    assert_true(happened.merges > 0 && happened.closed > 10 && happened.duplicates > 10);
    assert_true(happened.updates > 10 && happened.retractions > 10 && happened.stories > 10);
    assert_true(happened.splits > 20);
}

/* What is in memory, packed, equals what piece by piece has come to be stored. */
static void stored_state_equals_a_fresh_packing_of_everything(void **state)
{
    (void)state;
    struct story_policy policy = small_policy();
    struct input *input = random_input();
    struct fake_store *store = fake_store_new();
    struct partition *partition = run(input, store, 20, 0);
    enum nw_err err;
    struct partition *restored = fake_store_restore(store, &policy, 5, &err);
    assert_int_equal(err, NW_OK);
    struct arena *arena = arena_new();
    const uint8_t *a, *b;
    size_t a_len, b_len;
    partition_pack_header(arena, partition, &a, &a_len);
    partition_pack_header(arena, restored, &b, &b_len);
    assert_int_equal(a_len, b_len);
    assert_memory_equal(a, b, a_len);
    assert_int_equal(partition_live_stories(partition), partition_live_stories(restored));
    assert_true(partition_live_stories(partition) > 3);
    arena_free(arena);
    partition_free(partition);
    partition_free(restored);
    fake_store_free(store);
    input_free(input);
}

static void sending_everything_again_changes_only_the_position(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct input *input = random_input();
        struct fake_store *store = fake_store_new();
        struct partition *partition = run(input, store, 30, 0);
        char *before = fake_store_dump(store, true);
        for (size_t i = 0; i < input->count; i++) {
            enum apply_outcome outcome = partition_apply(partition, &input->records[i],
                                                         2 * (input->count + i), input->append_ms[i], NULL);
            assert_int_equal(outcome, APPLIED_DROPPED_SEEN);
        }
        fake_store_commit(store, partition);
        char *after = fake_store_dump(store, true);
        /* the header comes after "card" and "alias" lines; leave it out */
        char *a = strstr(before, "\nheader"), *b = strstr(after, "\nheader");
        assert_non_null(a);
        assert_non_null(b);
        assert_int_equal(a - before, b - after);
        assert_memory_equal(before, after, (size_t)(a - before));
        assert_same(strchr(a + 1, '\n'), strchr(b + 1, '\n'));
        free(before);
        free(after);
        partition_free(partition);
        fake_store_free(store);
        input_free(input);
    }
}

/* Withdrawals reach every language, so each language's own input is its articles and all withdrawals. */
static void languages_of_one_partition_do_not_change_each_other(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct input *input = random_input();
        /* The log's clock, which withdrawals expire by, belongs to all: give each record a time. */
        for (size_t i = 0; i < input->count; i++) input->append_ms[i] = T0 + (int64_t)i * HOUR / 2;
        struct story_policy policy = small_policy();
        struct partition *shared = partition_new(&policy), *alone = partition_new(&policy);
        for (size_t i = 0; i < input->count; i++) {
            const struct features_record *record = &input->records[i];
            partition_apply(shared, record, i, input->append_ms[i], NULL);
            if (record->kind != RECORD_ARTICLE || strcmp(record->language, "en") == 0)
                partition_apply(alone, record, i, input->append_ms[i], NULL);
        }
        struct fake_store *a = fake_store_new(), *b = fake_store_new();
        fake_store_commit(a, shared);
        fake_store_commit(b, alone);
        char *x = fake_store_dump_stories(a, shared, "en"), *y = fake_store_dump_stories(b, alone, "en");
        assert_same(x, y);
        assert_true(strlen(x) > 1000);
        free(x);
        free(y);
        fake_store_free(a);
        fake_store_free(b);
        partition_free(shared);
        partition_free(alone);
        input_free(input);
    }
}

struct numbers {
    size_t stories, members, sources;
    int64_t first, last;
};

static bool add_numbers(void *context, const struct story *story)
{
    struct numbers *sum = context;
    if (story->member_count == 0) return true;
    sum->stories++;
    sum->members += story->member_count;
    sum->sources += story->source_count;
    sum->first += story->first_published_ms / 1000;
    sum->last += story->last_published_ms / 1000;
    return true;
}

static void adding_and_retracting_an_article_restores_the_counts(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct input *input = random_input();
        struct story_policy policy = small_policy();
        policy.merge_interval = 1000000;     /* unless x caused a merge */
        policy.closed_retention_records = 0; /* x itself would be the record that lets one go */
        struct partition *partition = partition_new(&policy);
        size_t at = 0;
        for (; at < input->count / 2; at++)
            partition_apply(partition, &input->records[at], at, input->append_ms[at], NULL);
        struct numbers before = {0}, after = {0};
        partition_each_story(partition, add_numbers, &before);
        struct fake_store *sums = fake_store_new();
        partition_changes_clear(partition);
        struct test_article x = {.url = "x",
                                 .source_partition = 9,
                                 .offset = 1,
                                 .source = "x.com",
                                 .event = arena_printf(input->arena, "event %u", rnd(40)),
                                 .version_ms = T0};
        struct features_record record = test_article(input->arena, &x);
        partition_apply(partition, &record, at++, NW_NO_TIME, NULL);
        x.offset = 2;
        record = test_withdrawal(&x, NULL);
        assert_int_equal(partition_apply(partition, &record, at, NW_NO_TIME, NULL), APPLIED_RETRACTED);
        partition_each_story(partition, add_numbers, &after);
        assert_memory_equal(&before, &after, sizeof(before));
        fake_store_commit(sums, partition);
        assert_int_equal(fake_store_totals(sums).articles, 0);
        assert_int_equal(fake_store_totals(sums).stories, 0);
        assert_int_equal(fake_store_source(sums, "x.com").articles, 0);
        assert_int_equal(fake_store_source(sums, "x.com").stories, 0);
        assert_int_equal(fake_store_source(sums, "x.com").firsts, 0);
        fake_store_free(sums);
        partition_free(partition);
        input_free(input);
    }
}

static void another_policy_or_generation_is_refused_unless_accepted(void **state)
{
    (void)state;
    struct story_policy policy = small_policy(), other = policy;
    struct partition *partition = partition_new(&policy);
    struct arena *arena = arena_new();
    const uint8_t *bytes;
    size_t len;
    uint64_t next;
    partition_pack_header(arena, partition, &bytes, &len);
    partition_free(partition);

    other.idle_expiry_ms++;
    partition = partition_new(&other);
    assert_int_equal(partition_restore_header(partition, bytes, len, &next), NW_ERR_REFUSED);
    partition_accept_policy(partition);
    assert_int_equal(partition_restore_header(partition, bytes, len, &next), NW_OK);
    partition_free(partition);

    other.generation++;
    partition = partition_new(&other);
    partition_accept_policy(partition);
    assert_int_equal(partition_restore_header(partition, bytes, len, &next), NW_ERR_REFUSED);
    partition_free(partition);
    arena_free(arena);
}

/* A store whose parts do not belong together is recognised, whatever its checksums say. */
static void state_that_does_not_fit_its_header_is_refused(void **state)
{
    (void)state;
    struct story_policy policy = small_policy();
    struct arena *arena = arena_new();
    struct partition *partition = partition_new(&policy);
    struct test_article a = {.url = "a", .event = "e", .offset = 1};
    struct features_record record = test_article(arena, &a);
    partition_apply(partition, &record, 0, T0, NULL);
    const struct story *story = partition_find_article(partition, record.id);
    const uint8_t *header, *bytes, *member;
    size_t header_len, len, member_len;
    uint64_t next;
    partition_pack_header(arena, partition, &header, &header_len);
    partition_pack_story(arena, story, &bytes, &len);
    partition_pack_member(arena, partition, &story->members[0], &member, &member_len);
    struct id128 id = story->id, wrong = story_id(1, "en", 5);
    const struct stored_member stored[] = {{record.id, member, member_len}, {record.id, member, member_len}};

    struct partition *empty = partition_new(&policy);
    assert_int_equal(partition_restore_story(empty, id, bytes, len, stored, 1), NW_ERR_CORRUPT);
    partition_free(empty);
    struct partition *restored = partition_new(&policy);
    assert_int_equal(partition_restore_header(restored, header, header_len, &next), NW_OK);
    assert_int_equal(partition_restore_story(restored, wrong, bytes, len, stored, 1), NW_ERR_CORRUPT);
    assert_int_equal(partition_restore_story(restored, id, bytes, len, stored, 0), NW_ERR_CORRUPT);
    assert_int_equal(partition_restore_story(restored, id, bytes, len, stored, 2), NW_ERR_CORRUPT);
    assert_int_equal(partition_restore_story(restored, id, bytes, len, stored, 1), NW_OK);
    assert_int_equal(partition_restore_story(restored, id, bytes, len, stored, 1), NW_ERR_CORRUPT);
    partition_free(restored);
    partition_free(partition);
    arena_free(arena);
}

int main(void)
{
    const char *given = getenv("NEWSWIRED_SEED");
    random_state = given != NULL ? (uint32_t)strtoul(given, NULL, 10) : (uint32_t)time(NULL) | 1;
    printf("NEWSWIRED_SEED=%u\n", random_state);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(batches_and_restarts_do_not_change_the_state),
        cmocka_unit_test(stored_state_equals_a_fresh_packing_of_everything),
        cmocka_unit_test(sending_everything_again_changes_only_the_position),
        cmocka_unit_test(languages_of_one_partition_do_not_change_each_other),
        cmocka_unit_test(adding_and_retracting_an_article_restores_the_counts),
        cmocka_unit_test(another_policy_or_generation_is_refused_unless_accepted),
        cmocka_unit_test(state_that_does_not_fit_its_header_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
