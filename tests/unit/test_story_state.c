#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "articles/pb.h"
#include "base/instant.h"
#include "stories/duplicates.h"
#include "stories/partition.h"
#include "stories/state.pb-c.h"
#include "stories/story_state.h"

#define LONG_NAME "a-publisher-with-quite-a-long-name.on-a-platform-that-adds-its-own.example.co.uk"

struct fixture {
    struct arena *arena;
    struct source_table *sources;
    struct story_blob blob;
};

static const char *long_names[] = {LONG_NAME, "bbc.co.uk"}; /* too long for a member that has everything */

static int begin(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    f->arena = arena_new();
    f->sources = source_table_new();
    f->blob = (struct story_blob){.language = "en", .long_sources = long_names, .long_source_count = 2};
    *state = f;
    return 0;
}

static int end(void **state)
{
    struct fixture *f = *state;
    arena_free(f->arena);
    source_table_free(f->sources);
    free(f);
    return 0;
}

static struct member full_member(struct fixture *f, const char *source)
{
    return (struct member){
        .article = {UINT64_MAX, UINT64_MAX - 1},
        .raw_url_hash = UINT64_MAX,
        .producer_id_hash = UINT64_MAX,
        .simhash = UINT64_MAX,
        .title_hash = UINT64_MAX,
        .group = UINT64_MAX,
        .content_hash = UINT64_MAX,
        .published_ms = INT64_C(253402300799999), /* the last millisecond of year 9999 */
        .version_ms = INT64_C(-62135596800000),   /* the first one there is */
        .sequence = (UINT64_C(1) << 40) - 1,
        .source = source_table_intern(f->sources, source),
        .attributed = true,
        .has_card = true,
    };
}

static void assert_member_reads_back(struct fixture *f, const struct member *member)
{
    const uint8_t *bytes;
    size_t len;
    struct member back;
    member_pack(f->arena, f->sources, member, &bytes, &len);
    assert_true(len <= STORY_STATE_MEMBER_MAX);
    assert_int_equal(member_unpack(f->arena, f->sources, &f->blob, member->article, bytes, len, &back),
                     NW_OK);
    assert_memory_equal(&back, member, sizeof(back));
}

static void member_reads_back_and_takes_at_most_96_bytes(void **state)
{
    struct fixture *f = *state;
    struct member member;
    memset(&member, 0, sizeof(member));
    member = full_member(f, "bbc.co.uk");
    assert_member_reads_back(f, &member);
    member.source = source_table_intern(f->sources, LONG_NAME);
    assert_true(member_source_is_long(f->sources, &member));
    assert_member_reads_back(f, &member);
    struct member plain = {
        .article = {1, 2}, .sequence = 5, .published_ms = NW_NO_TIME, .version_ms = NW_NO_TIME};
    plain.group = duplicates_own_group(plain.article, plain.sequence);
    plain.source = source_table_intern(f->sources, "bbc.co.uk");
    assert_member_reads_back(f, &plain);
}

static void place_of_a_name_does_not_depend_on_the_version(void **state)
{
    struct fixture *f = *state;
    char name[80];
    for (size_t len = 1; len < sizeof(name) - 1; len++) {
        memset(name, 'a', len);
        name[len] = '\0';
        struct member member = full_member(f, name);
        bool is_long = member_source_is_long(f->sources, &member);
        member.version_ms = member.published_ms;
        assert_int_equal(member_source_is_long(f->sources, &member), is_long);
    }
}

static void name_that_its_story_does_not_have_is_recognised(void **state)
{
    struct fixture *f = *state;
    struct member member = full_member(f, LONG_NAME), back;
    const uint8_t *bytes;
    size_t len;
    member_pack(f->arena, f->sources, &member, &bytes, &len);
    f->blob.long_source_count = 0;
    assert_int_equal(member_unpack(f->arena, f->sources, &f->blob, member.article, bytes, len, &back),
                     NW_ERR_CORRUPT);
}

typedef enum nw_err (*reader)(struct fixture *f, const uint8_t *bytes, size_t len);

/* Every bit of every byte, every length, nothing at all. */
static void assert_damage_is_recognised(struct fixture *f, const uint8_t *bytes, size_t len, reader read)
{
    assert_int_equal(read(f, bytes, len), NW_OK);
    uint8_t *damaged = malloc(len);
    for (size_t i = 0; i < len; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            memcpy(damaged, bytes, len);
            damaged[i] = (uint8_t)(damaged[i] ^ 1u << bit);
            assert_int_equal(read(f, damaged, len), NW_ERR_CORRUPT);
        }
    for (size_t short_len = 0; short_len < len; short_len++)
        assert_int_equal(read(f, bytes, short_len), NW_ERR_CORRUPT);
    free(damaged);
}

static enum nw_err read_member(struct fixture *f, const uint8_t *bytes, size_t len)
{
    struct member member;
    return member_unpack(f->arena, f->sources, &f->blob, (struct id128){1, 2}, bytes, len, &member);
}

static enum nw_err read_story(struct fixture *f, const uint8_t *bytes, size_t len)
{
    struct story story = {0};
    struct story_blob blob;
    return story_unpack(f->arena, bytes, len, &story, &blob);
}

static enum nw_err read_withdrawal(struct fixture *f, const uint8_t *bytes, size_t len)
{
    struct withdrawal withdrawal;
    return withdrawal_unpack(f->arena, (struct id128){1, 2}, bytes, len, &withdrawal);
}

static enum nw_err read_header(struct fixture *f, const uint8_t *bytes, size_t len)
{
    (void)f;
    struct story_policy policy = story_policy_default();
    struct partition *partition = partition_new(&policy);
    uint64_t next;
    enum nw_err err = partition_restore_header(partition, bytes, len, &next);
    partition_free(partition);
    return err;
}

static void flipped_bit_is_recognised_anywhere_in_any_blob(void **state)
{
    struct fixture *f = *state;
    const uint8_t *bytes;
    size_t len;
    struct member member = full_member(f, "bbc.co.uk");
    member_pack(f->arena, f->sources, &member, &bytes, &len);
    assert_damage_is_recognised(f, bytes, len, read_member);

    struct story story = {.number = 7,
                          .status = STORY_ACTIVE,
                          .cause = CAUSE_MERGE,
                          .updated_ms = NW_NO_TIME,
                          .closed_watermark_ms = NW_NO_TIME,
                          .continues = {3, 4},
                          .related = {{5, 6}, {7, 8}}};
    const uint8_t terms[] = "what the clusterer has learned";
    struct story_blob blob = f->blob;
    blob.terms = terms;
    blob.terms_len = sizeof(terms);
    story_pack(f->arena, &story, &blob, &bytes, &len);
    assert_damage_is_recognised(f, bytes, len, read_story);

    const struct withdrawal withdrawal = {.retracted = true,
                                          .retracted_version_ms = 5,
                                          .moved = true,
                                          .kept_language = "fr",
                                          .time_ms = NW_NO_TIME};
    withdrawal_pack(f->arena, &withdrawal, &bytes, &len);
    assert_damage_is_recognised(f, bytes, len, read_withdrawal);

    struct story_policy policy = story_policy_default();
    struct partition *partition = partition_new(&policy);
    partition_pack_header(f->arena, partition, &bytes, &len);
    assert_damage_is_recognised(f, bytes, len, read_header);
    partition_free(partition);
}

static void unknown_version_is_told_from_damage(void **state)
{
    struct fixture *f = *state;
    const struct withdrawal withdrawal = {.retracted = true, .time_ms = 5};
    const uint8_t *bytes;
    size_t len;
    withdrawal_pack(f->arena, &withdrawal, &bytes, &len);
    uint8_t *other = (uint8_t *)arena_memdup(f->arena, bytes, len);
    other[0] = STATE_VERSION + 1;
    uint64_t checksum = hash64(other, len - 8);
    for (unsigned i = 0; i < 8; i++) other[len - 8 + i] = (uint8_t)(checksum >> (8 * i));
    assert_int_equal(read_withdrawal(f, other, len), NW_ERR_VERSION);
}

/* Sealed properly, but not what this build writes. */
static void nonsense_under_a_good_checksum_is_recognised(void **state)
{
    struct fixture *f = *state;
    const uint8_t *bytes;
    size_t len;
    Newswired__MemberState m = NEWSWIRED__MEMBER_STATE__INIT;
    m.source = pb_text("bbc.co.uk");
    m.present = 7; /* three hashes promised, none there */
    state_seal(f->arena, &m.base, &bytes, &len);
    assert_int_equal(read_member(f, bytes, len), NW_ERR_CORRUPT);
    m.present = 0;
    m.published_ms = INT64_MAX;
    m.version_ms = INT64_MAX;
    state_seal(f->arena, &m.base, &bytes, &len);
    assert_int_equal(read_member(f, bytes, len), NW_ERR_CORRUPT);

    Newswired__StoryState s = NEWSWIRED__STORY_STATE__INIT;
    s.language = pb_text("abcdefgh"); /* one too many */
    state_seal(f->arena, &s.base, &bytes, &len);
    assert_int_equal(read_story(f, bytes, len), NW_ERR_CORRUPT);
    s.language = pb_text("en");
    s.status = STORY_MERGED;
    state_seal(f->arena, &s.base, &bytes, &len);
    assert_int_equal(read_story(f, bytes, len), NW_ERR_CORRUPT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(member_reads_back_and_takes_at_most_96_bytes),
        TEST(place_of_a_name_does_not_depend_on_the_version),
        TEST(name_that_its_story_does_not_have_is_recognised),
        TEST(flipped_bit_is_recognised_anywhere_in_any_blob),
        TEST(unknown_version_is_told_from_damage),
        TEST(nonsense_under_a_good_checksum_is_recognised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
