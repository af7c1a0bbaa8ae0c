#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "articles/article_card.h"
#include "articles/features.pb-c.h"
#include "articles/features_record.h"
#include "base/instant.h"

static const struct term title_terms[] = {{4, 2}, {9, 1}, {18446744073709551612u, 4}};
static const struct term body_terms[] = {{8, 2}};
static const int8_t dense[] = {-128, 0, 127};

static struct features_record sample(void)
{
    struct features_record record = {
        .kind = RECORD_ARTICLE,
        .origin = {.topic = "articles", .partition = 3, .offset = INT64_C(1) << 40, .index = 7},
        .id = {1, 2},
        .raw_url_hash = 3,
        .producer_id_hash = 4,
        .language = "en",
        .version_ms = -5,
        .source = "example.com",
        .explicit_update = true,
        .published_is_day = true,
        .published_ms = 0,
        .reprint_group = 6,
        .attributed = true,
        .content_hash = 7,
        .features = {.title = {title_terms, 3},
                     .body = {body_terms, 1},
                     .simhash = 9,
                     .body_words = 10,
                     .title_pattern = 11,
                     .dense = {.values = dense, .count = 3, .model = 12}},
        .card = (const uint8_t *)"card",
        .card_len = 4,
    };
    for (uint32_t i = 0; i < FEATURES_MINHASH; i++) record.features.minhash[i] = i * 1000003u;
    return record;
}

static void assert_terms_equal(struct term_list a, struct term_list b)
{
    assert_int_equal(a.count, b.count);
    for (uint32_t i = 0; i < a.count; i++) {
        assert_true(a.terms[i].hash == b.terms[i].hash);
        assert_int_equal(a.terms[i].count, b.terms[i].count);
    }
}

static void article_record_reads_back_whole(void **state)
{
    struct arena *arena = *state;
    struct features_record record = sample(), back;
    const uint8_t *bytes;
    size_t len;
    features_record_pack(arena, &record, &bytes, &len);
    assert_int_equal(features_record_unpack(arena, bytes, len, &back), NW_OK);
    assert_int_equal(back.kind, RECORD_ARTICLE);
    assert_string_equal(back.origin.topic, "articles");
    assert_int_equal(back.origin.partition, 3);
    assert_true(back.origin.offset == INT64_C(1) << 40);
    assert_int_equal(back.origin.index, 7);
    assert_true(id128_equal(back.id, record.id));
    assert_int_equal(back.raw_url_hash, 3);
    assert_int_equal(back.producer_id_hash, 4);
    assert_string_equal(back.language, "en");
    assert_string_equal(back.source, "example.com");
    assert_true(back.version_ms == -5);
    assert_true(back.published_ms == 0);
    assert_true(back.explicit_update && back.published_is_day && back.attributed);
    assert_int_equal(back.reprint_group, 6);
    assert_int_equal(back.content_hash, 7);
    assert_terms_equal(back.features.title, record.features.title);
    assert_terms_equal(back.features.lead, record.features.lead);
    assert_terms_equal(back.features.body, record.features.body);
    assert_memory_equal(back.features.minhash, record.features.minhash, sizeof(record.features.minhash));
    assert_int_equal(back.features.simhash, 9);
    assert_int_equal(back.features.body_words, 10);
    assert_int_equal(back.features.title_pattern, 11);
    assert_int_equal(back.features.dense.count, 3);
    assert_memory_equal(back.features.dense.values, dense, 3);
    assert_int_equal(back.features.dense.model, 12);
    assert_int_equal(back.card_len, 4);
    assert_memory_equal(back.card, "card", 4);
}

static void missing_times_stay_missing(void **state)
{
    struct arena *arena = *state;
    struct features_record record = sample(), back;
    record.published_ms = record.version_ms = NW_NO_TIME;
    const uint8_t *bytes;
    size_t len;
    features_record_pack(arena, &record, &bytes, &len);
    assert_int_equal(features_record_unpack(arena, bytes, len, &back), NW_OK);
    assert_true(back.published_ms == NW_NO_TIME);
    assert_true(back.version_ms == NW_NO_TIME);
}

static void withdrawals_read_back(void **state)
{
    struct arena *arena = *state;
    struct features_record record = {.kind = RECORD_MOVED,
                                     .origin = {.topic = "articles", .offset = 1},
                                     .id = {5, 6},
                                     .language = "fr",
                                     .version_ms = 8};
    struct features_record back;
    const uint8_t *bytes;
    size_t len;
    features_record_pack(arena, &record, &bytes, &len);
    assert_int_equal(features_record_unpack(arena, bytes, len, &back), NW_OK);
    assert_int_equal(back.kind, RECORD_MOVED);
    assert_string_equal(back.language, "fr");
    assert_true(back.version_ms == 8);
    assert_string_equal(back.source, "");

    record = (struct features_record){.kind = RECORD_RETRACTED,
                                      .origin = {.topic = "articles", .offset = 1},
                                      .producer_id_hash = 77,
                                      .version_ms = NW_NO_TIME};
    features_record_pack(arena, &record, &bytes, &len);
    assert_int_equal(features_record_unpack(arena, bytes, len, &back), NW_OK);
    assert_int_equal(back.kind, RECORD_RETRACTED);
    assert_true(id128_is_zero(back.id));
    assert_int_equal(back.producer_id_hash, 77);
    assert_true(back.version_ms == NW_NO_TIME);
}

/* Packs what sample() with one thing spoilt gives, and expects the reader to refuse it. */
static void assert_refused(struct arena *arena, const struct features_record *record)
{
    struct features_record back;
    const uint8_t *bytes;
    size_t len;
    features_record_pack(arena, record, &bytes, &len);
    assert_int_equal(features_record_unpack(arena, bytes, len, &back), NW_ERR_CORRUPT);
}

static void records_the_story_stage_could_not_trust_are_refused(void **state)
{
    struct arena *arena = *state;
    static const struct term unsorted[] = {{9, 2}, {4, 2}}, twice[] = {{9, 2}, {9, 2}}, none[] = {{9, 0}},
                             huge[] = {{9, UINT32_MAX}};
    const struct term *bad[] = {unsorted, twice, none, huge};
    const uint32_t bad_count[] = {2, 2, 1, 1};
    for (size_t i = 0; i < 4; i++) {
        struct features_record record = sample();
        record.features.entities = (struct term_list){bad[i], bad_count[i]};
        assert_refused(arena, &record);
    }
    struct features_record record = sample();
    record.id = (struct id128){0, 0};
    assert_refused(arena, &record);
    record = sample(), record.language = "English";
    assert_refused(arena, &record);
    record = sample(), record.language = "";
    assert_refused(arena, &record);
    record = sample(), record.source = "";
    assert_refused(arena, &record);
    record = sample(), record.source = "bad\xff";
    assert_refused(arena, &record);
    record = sample(), record.published_ms = INT64_MAX;
    assert_refused(arena, &record);
    record = sample(), record.origin.partition = -1;
    assert_refused(arena, &record);
    record = sample(), record.origin.offset = -1;
    assert_refused(arena, &record);
    record = sample(), record.kind = RECORD_MOVED, record.language = "";
    assert_refused(arena, &record);
    record = sample(), record.kind = RECORD_RETRACTED, record.id = (struct id128){0, 0};
    record.raw_url_hash = record.producer_id_hash = 0;
    assert_refused(arena, &record);
}

static void other_version_is_told_apart_from_damage(void **state)
{
    struct arena *arena = *state;
    struct features_record back;
    static const uint8_t version_2[] = {0x08, 0x02};
    assert_int_equal(features_record_unpack(arena, version_2, sizeof(version_2), &back), NW_ERR_VERSION);
    static const uint8_t only_version[] = {0x08, 0x01};
    assert_int_equal(features_record_unpack(arena, only_version, sizeof(only_version), &back),
                     NW_ERR_CORRUPT);
}

static void a_record_without_a_vector_reads_back_without_one(void **state)
{
    struct arena *arena = *state;
    struct features_record record = sample(), back;
    const uint8_t *bytes;
    size_t len;
    record.features.dense = (struct dense_vector){0};
    features_record_pack(arena, &record, &bytes, &len);
    assert_int_equal(features_record_unpack(arena, bytes, len, &back), NW_OK);
    assert_null(back.features.dense.values);
    assert_int_equal(back.features.dense.count, 0);
    assert_int_equal(back.features.dense.model, 0);
}

static void vectors_that_are_none_are_refused(void **state)
{
    struct arena *arena = *state;
    static const int8_t zeros[DENSE_COUNT_MAX + 1];
    int8_t *many = arena_calloc(arena, DENSE_COUNT_MAX + 1, 1);
    many[0] = 1;
    const struct dense_vector bad[] = {
        {.values = zeros, .count = 3, .model = 12}, /* no direction */
        {.values = dense, .count = 3, .model = 0},  /* of nobody */
        {.values = NULL, .count = 0, .model = 12},  /* of a model, and not there */
        {.values = many, .count = DENSE_COUNT_MAX + 1, .model = 12},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct features_record record = sample();
        record.features.dense = bad[i];
        assert_refused(arena, &record);
    }
}

static uint64_t next_random(uint64_t *seed)
{
    *seed ^= *seed << 13, *seed ^= *seed >> 7, *seed ^= *seed << 17;
    return *seed;
}

/* Every field is read, so that the sanitizers see what a reader would. */
static void read_all(const struct features_record *record)
{
    volatile uint64_t sink = 0;
    const struct term_list *lists[] = {&record->features.title, &record->features.lead,
                                       &record->features.body, &record->features.entities};
    for (size_t l = 0; l < 4; l++)
        for (uint32_t i = 0; i < lists[l]->count; i++) sink += lists[l]->terms[i].hash;
    for (size_t i = 0; i < record->card_len; i++) sink += record->card[i];
    for (uint32_t i = 0; i < record->features.dense.count; i++)
        sink += (uint64_t)record->features.dense.values[i];
    sink += strlen(record->origin.topic) + strlen(record->source);
}

static void damaged_bytes_never_crash_the_reader(void **state)
{
    struct arena *arena = *state;
    struct features_record record = sample(), back;
    const uint8_t *bytes;
    size_t len;
    features_record_pack(arena, &record, &bytes, &len);
    uint64_t seed = 20261123;
    print_message("seed %llu\n", (unsigned long long)seed);
    uint8_t copy[1024];
    assert_true(len < sizeof(copy));
    struct arena *scratch = arena_new();
    for (size_t cut = 0; cut < len; cut++) {
        memcpy(copy, bytes, cut);
        if (features_record_unpack(scratch, copy, cut, &back) == NW_OK) read_all(&back);
    }
    for (int round = 0; round < 20000; round++) {
        memcpy(copy, bytes, len);
        for (uint64_t n = next_random(&seed) % 4 + 1; n > 0; n--)
            copy[next_random(&seed) % len] = (uint8_t)next_random(&seed);
        if (features_record_unpack(scratch, copy, len, &back) == NW_OK) read_all(&back);
        arena_reset(scratch);
    }
    arena_free(scratch);
}

static void too_many_terms_are_refused(void **state)
{
    struct arena *arena = *state;
    uint64_t hashes[FEATURES_MAX_TERMS + 1];
    uint32_t counts[FEATURES_MAX_TERMS + 1];
    for (uint32_t i = 0; i <= FEATURES_MAX_TERMS; i++) hashes[i] = i, counts[i] = 2;
    Newswired__TermList title = NEWSWIRED__TERM_LIST__INIT;
    title.hashes = hashes, title.counts = counts;
    Newswired__Features features = NEWSWIRED__FEATURES__INIT;
    uint32_t minhash[FEATURES_MINHASH] = {0};
    features.minhash = minhash, features.n_minhash = FEATURES_MINHASH, features.title = &title;
    Newswired__ArticleRecord article = NEWSWIRED__ARTICLE_RECORD__INIT;
    uint8_t id[16] = {1};
    char language[] = "en", source[] = "example.com", topic[] = "t";
    article.id = (ProtobufCBinaryData){16, id};
    article.language = language, article.source = source, article.features = &features;
    Newswired__Origin origin = NEWSWIRED__ORIGIN__INIT;
    origin.topic = topic;
    Newswired__FeaturesRecord message = NEWSWIRED__FEATURES_RECORD__INIT;
    message.version = 1, message.origin = &origin, message.article = &article;
    message.what_case = NEWSWIRED__FEATURES_RECORD__WHAT_ARTICLE;
    uint8_t bytes[8192];
    struct features_record back;
    for (size_t extra = 0; extra < 2; extra++) {
        title.n_hashes = title.n_counts = FEATURES_MAX_TERMS + extra;
        size_t len = newswired__features_record__pack(&message, bytes);
        assert_int_equal(features_record_unpack(arena, bytes, len, &back),
                         extra == 0 ? NW_OK : NW_ERR_CORRUPT);
    }
    title.n_hashes = 3, title.n_counts = 2;
    size_t len = newswired__features_record__pack(&message, bytes);
    assert_int_equal(features_record_unpack(arena, bytes, len, &back), NW_ERR_CORRUPT);
    title.n_counts = 3, features.n_minhash = 15;
    len = newswired__features_record__pack(&message, bytes);
    assert_int_equal(features_record_unpack(arena, bytes, len, &back), NW_ERR_CORRUPT);
}

/* ---- cards ---- */

static struct article_card sample_card(void)
{
    static const uint64_t terms[] = {3, 5, 8};
    static struct card_sentence sentences[] = {{"First.", 0, terms, 3}, {"Second.", 4, NULL, 0}};
    static const char *authors[] = {"A. Writer", "Б. Автор"}, *tags[] = {"world"};
    return (struct article_card){
        .id = {1, 2},
        .url = "https://example.com/a",
        .title = "Title",
        .lead = "Lead.",
        .source = "s",
        .source_name = "S",
        .country = "GB",
        .image_url = "i",
        .section = "w",
        .attribution = "AFP",
        .kind = "opinion",
        .reprint_group = "g",
        .authors = authors,
        .author_count = 2,
        .tags = tags,
        .tag_count = 1,
        .paywalled = true,
        .published_ms = NW_NO_TIME,
        .updated_ms = 12,
        .published_is_day = true,
        .published_clamped = true,
        .sentences = sentences,
        .sentence_count = 2,
    };
}

static void card_reads_back_whole(void **state)
{
    struct arena *arena = *state;
    struct article_card card = sample_card(), back;
    const uint8_t *bytes;
    size_t len;
    article_card_pack(arena, &card, &bytes, &len);
    assert_int_equal(article_card_unpack(arena, bytes, len, &back), NW_OK);
    assert_true(id128_equal(back.id, card.id));
    assert_string_equal(back.url, card.url);
    assert_string_equal(back.title, card.title);
    assert_string_equal(back.lead, card.lead);
    assert_string_equal(back.source, card.source);
    assert_string_equal(back.source_name, card.source_name);
    assert_string_equal(back.country, card.country);
    assert_string_equal(back.image_url, card.image_url);
    assert_string_equal(back.section, card.section);
    assert_string_equal(back.attribution, card.attribution);
    assert_string_equal(back.kind, card.kind);
    assert_string_equal(back.reprint_group, card.reprint_group);
    assert_int_equal(back.author_count, 2);
    assert_string_equal(back.authors[1], "Б. Автор");
    assert_int_equal(back.tag_count, 1);
    assert_string_equal(back.tags[0], "world");
    assert_true(back.paywalled && back.published_clamped && back.published_is_day);
    assert_true(back.published_ms == NW_NO_TIME);
    assert_true(back.updated_ms == 12);
    assert_int_equal(back.sentence_count, 2);
    assert_string_equal(back.sentences[0].text, "First.");
    assert_int_equal(back.sentences[0].term_count, 3);
    assert_int_equal(back.sentences[0].terms[2], 8);
    assert_int_equal(back.sentences[1].position, 4);
}

static void damaged_cards_never_crash_the_reader(void **state)
{
    struct arena *arena = *state;
    struct article_card card = sample_card(), back;
    const uint8_t *bytes;
    size_t len;
    article_card_pack(arena, &card, &bytes, &len);
    uint64_t seed = 42;
    print_message("seed %llu\n", (unsigned long long)seed);
    uint8_t copy[1024];
    assert_true(len < sizeof(copy));
    struct arena *scratch = arena_new();
    volatile size_t sink = 0;
    for (int round = 0; round < 20000; round++) {
        memcpy(copy, bytes, len);
        for (uint64_t n = next_random(&seed) % 3; n > 0; n--)
            copy[next_random(&seed) % len] = (uint8_t)next_random(&seed);
        size_t cut = next_random(&seed) % 2 ? len : next_random(&seed) % len;
        if (article_card_unpack(scratch, copy, cut, &back) == NW_OK)
            for (size_t i = 0; i < back.sentence_count; i++) sink += strlen(back.sentences[i].text);
        arena_reset(scratch);
    }
    arena_free(scratch);
}

static void card_text_that_is_not_utf8_is_refused(void **state)
{
    struct arena *arena = *state;
    struct article_card card = sample_card(), back;
    card.title = "\xc3(";
    const uint8_t *bytes;
    size_t len;
    article_card_pack(arena, &card, &bytes, &len);
    assert_int_equal(article_card_unpack(arena, bytes, len, &back), NW_ERR_CORRUPT);
}

static int set_up(void **state)
{
    *state = arena_new();
    return 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
}

#define WITH_ARENA(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(article_record_reads_back_whole),
        WITH_ARENA(missing_times_stay_missing),
        WITH_ARENA(withdrawals_read_back),
        WITH_ARENA(records_the_story_stage_could_not_trust_are_refused),
        WITH_ARENA(a_record_without_a_vector_reads_back_without_one),
        WITH_ARENA(vectors_that_are_none_are_refused),
        WITH_ARENA(other_version_is_told_apart_from_damage),
        WITH_ARENA(damaged_bytes_never_crash_the_reader),
        WITH_ARENA(too_many_terms_are_refused),
        WITH_ARENA(card_reads_back_whole),
        WITH_ARENA(damaged_cards_never_crash_the_reader),
        WITH_ARENA(card_text_that_is_not_utf8_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
