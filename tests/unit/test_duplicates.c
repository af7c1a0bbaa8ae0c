#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/instant.h"
#include "stories/duplicates.h"
#include "stories/story_numbers.h"
#include "support/test_record.h"

static const int64_t T0 = INT64_C(1760000000000);
static const int64_t HOUR = INT64_C(3600) * 1000;
static const uint64_t BODY = UINT64_C(0x123456789abcdef0);
static const uint64_t TITLE = UINT64_C(0xabcd123456789abc);

/* A story and the index. No source: 1 in a member, 2 in a print; no published_ms: none. */
struct fixture {
    struct article_map *articles;
    struct duplicates *duplicates;
    struct story story;
};

static void put(struct fixture *f, struct member member)
{
    if (member.source == 0) member.source = 1;
    if (member.published_ms == 0) member.published_ms = NW_NO_TIME;
    member.article = hash128(&member.sequence, sizeof(member.sequence));
    if (member.group == 0) member.group = duplicates_own_group(member.article, member.sequence);
    const struct member *added = story_numbers_add(&f->story, &member);
    duplicates_add(f->duplicates, added, article_map_add(f->articles, &f->story, added));
}

static int begin(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    f->articles = article_map_new();
    f->duplicates = duplicates_new();
    *state = f;
    return 0;
}

static int end(void **state)
{
    struct fixture *f = *state;
    article_map_free(f->articles);
    duplicates_free(f->duplicates);
    story_numbers_fini(&f->story);
    free(f);
    return 0;
}

static bool find(const struct fixture *f, struct text_print print, struct article_ref *out)
{
    if (print.source == 0) print.source = 2;
    if (print.published_ms == 0) print.published_ms = NW_NO_TIME;
    return duplicates_find(f->duplicates, f->articles, &print, out);
}

static bool found(const struct fixture *f, struct text_print print)
{
    struct article_ref ref;
    return find(f, print, &ref);
}

#define MEMBER(...) ((struct member){.sequence = f->story.member_count + 1, __VA_ARGS__})
#define PRINT(...) ((struct text_print){__VA_ARGS__})

static void body_a_few_bits_away_is_a_twin_and_a_far_one_is_not(void **state)
{
    struct fixture *f = *state;
    put(f, MEMBER(.simhash = BODY));
    for (unsigned a = 0; a < 64; a += 7)
        for (unsigned b = 0; b < 64; b += 5)
            for (unsigned c = 0; c < 64; c += 3) {
                uint64_t flips = UINT64_C(1) << a | UINT64_C(1) << b | UINT64_C(1) << c;
                assert_true(found(f, PRINT(.simhash = BODY ^ flips)));
            }
    assert_false(found(f, PRINT(.simhash = BODY ^ UINT64_C(0xf))));
    assert_false(found(f, PRINT(.simhash = ~BODY)));
}

static void body_somewhat_away_needs_a_title_that_mostly_agrees(void **state)
{
    struct fixture *f = *state;
    put(f, MEMBER(.simhash = BODY, .title_hash = TITLE));
    uint64_t near = BODY ^ UINT64_C(0x7f0000000000);
    assert_false(found(f, PRINT(.simhash = near)));
    assert_false(found(f, PRINT(.simhash = near, .title_hash = ~TITLE)));
    assert_true(found(f, PRINT(.simhash = near, .title_hash = TITLE)));
    assert_true(found(f, PRINT(.simhash = near, .title_hash = TITLE ^ UINT64_C(0x9999000000000fff))));
    assert_false(found(f, PRINT(.simhash = near, .title_hash = TITLE ^ UINT64_C(0xffff))));
}

static void text_that_a_site_puts_under_every_article_is_no_reprint(void **state)
{
    struct fixture *f = *state;
    put(f, MEMBER(.simhash = BODY, .title_hash = TITLE));
    assert_false(found(f, PRINT(.simhash = BODY, .title_hash = ~TITLE, .source = 1)));
    assert_true(found(f, PRINT(.simhash = BODY, .title_hash = ~TITLE, .source = 2)));
    assert_true(found(f, PRINT(.simhash = BODY, .title_hash = TITLE, .source = 1)));
}

static void headlines_alone_must_be_the_same_and_of_the_same_day(void **state)
{
    struct fixture *f = *state;
    put(f, MEMBER(.title_hash = TITLE, .published_ms = T0));
    assert_true(found(f, PRINT(.title_hash = TITLE)));
    assert_true(found(f, PRINT(.title_hash = TITLE, .published_ms = T0 - 20 * HOUR)));
    assert_false(found(f, PRINT(.title_hash = TITLE, .published_ms = T0 + 24 * HOUR)));
    assert_false(found(f, PRINT(.title_hash = TITLE ^ 1)));
    assert_false(found(f, PRINT(.title_hash = TITLE ^ UINT64_C(0x8000000000000000))));
    assert_false(found(f, PRINT(.title_hash = 0)));
    assert_true(found(f, PRINT(.title_hash = TITLE, .simhash = BODY)));
}

static void same_title_over_another_body_is_no_twin(void **state)
{
    struct fixture *f = *state;
    put(f, MEMBER(.title_hash = TITLE, .simhash = BODY));
    assert_false(found(f, PRINT(.title_hash = TITLE, .simhash = ~BODY)));
}

static void group_named_by_the_producer_is_enough_within_three_days(void **state)
{
    struct fixture *f = *state;
    put(f, MEMBER(.group = 77, .simhash = BODY, .published_ms = T0));
    assert_true(found(f, PRINT(.group = 77, .simhash = ~BODY)));
    assert_false(found(f, PRINT(.group = 78, .simhash = ~BODY)));
    assert_false(found(f, PRINT(.group = 77, .published_ms = T0 + 73 * HOUR)));
}

static void closest_twin_wins_then_the_earliest(void **state)
{
    struct fixture *f = *state;
    struct article_ref ref;
    put(f, MEMBER(.simhash = BODY ^ 1));
    put(f, MEMBER(.simhash = BODY ^ 2));
    put(f, MEMBER(.simhash = BODY));
    struct text_print print = PRINT(.simhash = BODY);
    assert_true(find(f, print, &ref));
    assert_int_equal(ref.member->sequence, 3);
    print.simhash = BODY ^ 3;
    assert_true(find(f, print, &ref));
    assert_int_equal(ref.member->sequence, 1);
}

static void what_was_removed_is_not_found(void **state)
{
    struct fixture *f = *state;
    put(f, MEMBER(.simhash = BODY, .title_hash = TITLE, .group = 77));
    struct article_ref ref;
    struct text_print print = PRINT(.simhash = BODY, .title_hash = TITLE, .group = 77);
    assert_true(find(f, print, &ref));
    duplicates_remove(f->duplicates, ref.member, ref.slot);
    assert_false(found(f, print));
}

static uint64_t sketch_of(struct arena *arena, const struct test_article *article)
{
    struct features_record record = test_article(arena, article);
    return duplicates_title_sketch(&record.features);
}

static void title_sketch_needs_words_and_tells_edits_from_other_titles(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct test_article a = {.url = "a", .title = "one two three four"};
    assert_int_equal(sketch_of(arena, &a), 0);
    a.title = "one two three four five";
    uint64_t sketch = sketch_of(arena, &a);
    assert_int_not_equal(sketch, 0);
    struct test_article b = {.url = "b", .title = "five four three two one"};
    assert_int_equal(sketch_of(arena, &b), sketch);
    b.title = "one two three four six";
    uint64_t edited = sketch_of(arena, &b);
    assert_int_not_equal(edited >> 48, sketch >> 48);
    arena_free(arena);
}

static void notice_instead_of_a_body_is_not_compared(void **state)
{
    (void)state;
    struct arena *arena = arena_new();
    struct test_article a = {.url = "a", .title = "storm floods coastal town", .body = "storm floods a town"};
    struct features_record record = test_article(arena, &a);
    assert_int_not_equal(record.features.simhash, 0);
    assert_int_equal(duplicates_print(&record, 1).simhash, 0); /* too short */
    record.features.body_words = 200;
    assert_int_equal(duplicates_print(&record, 1).simhash, record.features.simhash);
    a.body = "please accept cookies to read about the storm here";
    record = test_article(arena, &a);
    record.features.body_words = 200;
    assert_int_equal(duplicates_print(&record, 1).simhash, 0); /* one word of four */
    arena_free(arena);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(body_a_few_bits_away_is_a_twin_and_a_far_one_is_not),
        TEST(body_somewhat_away_needs_a_title_that_mostly_agrees),
        TEST(text_that_a_site_puts_under_every_article_is_no_reprint),
        TEST(headlines_alone_must_be_the_same_and_of_the_same_day),
        TEST(same_title_over_another_body_is_no_twin),
        TEST(group_named_by_the_producer_is_enough_within_three_days),
        TEST(closest_twin_wins_then_the_earliest),
        TEST(what_was_removed_is_not_found),
        TEST(title_sketch_needs_words_and_tells_edits_from_other_titles),
        TEST(notice_instead_of_a_body_is_not_compared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
