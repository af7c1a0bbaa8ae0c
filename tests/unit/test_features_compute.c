#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "articles/article_card.h"
#include "articles/article_records.h"
#include "articles/features_compute.h"
#include "articles/term_sort.h"
#include "base/instant.h"

static struct arena *arena;
static struct features_computer *computer;
static struct article_recorder *recorder;

static struct article blank(void)
{
    struct article article = article_blank();
    article.id = (struct id128){1, 2};
    article.url = article.canonical_url = "https://example.com/a";
    article.source = "example.com";
    return article;
}

static struct text_analysis analyse(const char *title, const char *description, const char *body)
{
    struct article article = blank();
    article.title = title;
    article.description = description;
    article.body = body;
    struct text_analysis out;
    features_compute(computer, arena, &article, "en", &out);
    return out;
}

static struct text_analysis analyse_title(const char *title)
{
    return analyse(title, "", "");
}

static uint32_t count_of(struct term_list list, uint64_t hash)
{
    for (uint32_t i = 0; i < list.count; i++)
        if (list.terms[i].hash == hash) return list.terms[i].count;
    return 0;
}

static uint64_t term_of(const char *word)
{
    struct text_analysis text = analyse_title(word);
    assert_int_equal(text.features.title.count, 1);
    return text.features.title.terms[0].hash;
}

static uint64_t entity_of(const char *word)
{
    return (term_of(word) & ~UINT64_C(3)) | TERM_ENTITY;
}

static uint32_t count_kind(struct term_list list, enum term_kind kind)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < list.count; i++) count += term_kind(list.terms[i].hash) == kind;
    return count;
}

static void assert_valid_list(struct term_list list, uint32_t max)
{
    assert_true(list.count <= max);
    for (uint32_t i = 0; i < list.count; i++) {
        assert_true(list.terms[i].count > 0);
        if (i > 0) assert_true(list.terms[i - 1].hash < list.terms[i].hash);
    }
}

/* ---- terms ---- */

static void words_count_two_and_bigrams_of_a_title_one(void **state)
{
    (void)state;
    struct term_list title = analyse_title("The storm hits the northern coast, storm grows").features.title;
    assert_int_equal(count_of(title, term_of("storm")), 4);
    assert_int_equal(count_of(title, term_of("coast")), 2);
    /* storm hit northern coast grow; storm-hit hit-northern northern-coast coast-storm storm-grow */
    assert_int_equal(count_kind(title, TERM_WORD), 5);
    assert_int_equal(count_kind(title, TERM_BIGRAM), 5);
    for (uint32_t i = 0; i < title.count; i++)
        if (term_kind(title.terms[i].hash) == TERM_BIGRAM) assert_int_equal(title.terms[i].count, 1);
    struct features features = analyse("x", "storm hits coast", "storm hits coast").features;
    assert_int_equal(count_kind(features.lead, TERM_WORD), 3);
    assert_int_equal(count_kind(features.lead, TERM_BIGRAM), 0);
    assert_int_equal(count_kind(features.body, TERM_BIGRAM), 0);
}

static void bigrams_do_not_cross_sentences(void **state)
{
    (void)state;
    assert_int_equal(count_kind(analyse_title("Storm. Coast.").features.title, TERM_BIGRAM), 0);
    assert_int_equal(count_kind(analyse_title("Storm coast").features.title, TERM_BIGRAM), 1);
}

static void numbers_are_terms_of_their_kind(void **state)
{
    (void)state;
    struct term_list title = analyse_title("1,200 homes burn in 2025").features.title;
    assert_int_equal(count_kind(title, TERM_NUMBER), 2);
    assert_int_equal(count_of(title, term_of("1200")), 2);
}

static void lead_is_the_description_else_the_first_words_of_the_body(void **state)
{
    (void)state;
    struct text_analysis text = analyse("t", "Storm hits.", "Coast burns.");
    assert_int_equal(count_of(text.features.lead, term_of("storm")), 2);
    assert_int_equal(count_of(text.features.lead, term_of("coast")), 0);
    text = analyse("t", "", "Coast burns.");
    assert_int_equal(count_of(text.features.lead, term_of("coast")), 2);
    char body[4096] = "";
    for (int i = 0; i < FEATURES_LEAD_WORDS; i++) strcat(body, "the ");
    strcat(body, "storm");
    assert_int_equal(analyse("t", "", body).features.lead.count, 0);
    assert_int_equal(analyse("t", "", body).features.body.count, 1);
    assert_int_equal(analyse("t", "", body).features.body_words, FEATURES_LEAD_WORDS + 1);
}

static void a_name_of_three_hyphenated_parts_is_one_word(void **state)
{
    (void)state;
    /* fair opens, and the town */
    assert_int_equal(count_kind(analyse_title("Fair opens Roche-sur-Yon").features.title, TERM_WORD), 3);
    struct term_list alone = analyse_title("Roche-sur-Yon").features.title;
    assert_int_equal(alone.count, 1);
    assert_int_equal(alone.terms[0].count, 2);
    assert_int_equal(count_of(analyse_title("Fair opens Roche-sur-Yon").features.title, alone.terms[0].hash),
                     2);
    assert_int_equal(count_of(analyse_title("Fair opens Roche-sur-Don").features.title, alone.terms[0].hash),
                     0);
    /* Of two parts, of numbers, of words between spaces nothing is joined. */
    assert_int_equal(analyse_title("Baden-Baden").features.title.count, 2); /* the word and the pair of it */
    assert_int_equal(count_kind(analyse_title("Rain 2026-05-04").features.title, TERM_NUMBER), 3);
    assert_int_equal(count_kind(analyse_title("Roche - sur - Yon").features.title, TERM_WORD), 3);
    assert_int_equal(analyse_title("-").features.title.count, 0);
    assert_int_equal(analyse_title("to-the-of").features.title.count, 0);
}

static void an_acronym_is_no_stop_word(void **state)
{
    (void)state;
    assert_int_equal(analyse_title("they told us about it").features.title.count, 0);
    struct term_list title = analyse_title("they told the US about it").features.title;
    assert_int_equal(title.count, 1);
    assert_true(title.terms[0].hash == analyse_title("the U.S.").features.title.terms[0].hash);
    /* In a shouted title case tells nothing. */
    assert_int_equal(analyse_title("THEY TOLD US ABOUT IT").features.title.count, 0);
}

static void the_outlet_is_no_part_of_the_title(void **state)
{
    (void)state;
    struct text_analysis with = analyse_title("Storm hits northern coast | Example"),
                         without = analyse_title("Storm hits northern coast");
    assert_int_equal(with.title_len, strlen("Storm hits northern coast"));
    assert_int_equal(with.features.title.count, without.features.title.count);
    assert_memory_equal(with.features.minhash, without.features.minhash, sizeof(with.features.minhash));
}

/* ---- entities ---- */

static void capitalised_words_inside_sentences_are_entities(void **state)
{
    (void)state;
    struct term_list entities =
        analyse_title("Storm hits Angela Merkel and NATO near the coast of Norway").features.entities;
    assert_int_equal(count_of(entities, entity_of("Angela")), 2);
    assert_int_equal(count_of(entities, entity_of("Merkel")), 2);
    assert_int_equal(count_of(entities, entity_of("NATO")), 2);
    assert_int_equal(count_of(entities, entity_of("Norway")), 2);
    assert_int_equal(count_of(entities, entity_of("Storm")), 0);
    assert_int_equal(entities.count, 5); /* and the run Angela Merkel */
    assert_int_equal(count_kind(entities, TERM_ENTITY), 5);
}

static void a_fully_capitalised_title_yields_no_entities(void **state)
{
    (void)state;
    assert_int_equal(analyse_title("Storm Hits the Northern Coast of Norway").features.entities.count, 0);
    assert_int_equal(analyse_title("STORM HITS THE NORTHERN COAST").features.entities.count, 0);
}

static void a_first_word_is_an_entity_when_it_is_one_elsewhere(void **state)
{
    (void)state;
    struct term_list entities =
        analyse("Merkel speaks today", "We saw Merkel. Merkel left.", "").features.entities;
    assert_int_equal(count_of(entities, entity_of("Merkel")), 6);
    assert_int_equal(analyse("Merkel speaks today", "", "").features.entities.count, 0);
}

/* ---- sketches ---- */

static unsigned same_minima(const struct features *a, const struct features *b)
{
    unsigned same = 0;
    for (unsigned i = 0; i < FEATURES_MINHASH; i++) same += a->minhash[i] == b->minhash[i];
    return same;
}

static void minhash_tells_same_words_from_other_words(void **state)
{
    (void)state;
    struct features a = analyse_title("Storm hits northern coast of Norway").features,
                    b = analyse_title("Northern coast of NORWAY: storm hits!").features,
                    c = analyse_title("Parliament votes on budget").features,
                    none = analyse_title("of the and").features;
    assert_int_equal(same_minima(&a, &b), FEATURES_MINHASH);
    assert_int_equal(same_minima(&a, &c), 0);
    for (unsigned i = 0; i < FEATURES_MINHASH; i++) assert_true(none.minhash[i] == UINT32_MAX);
}

static const char *body_of(const char *word, int count)
{
    char *body = arena_alloc(arena, 64 * 1024);
    body[0] = '\0';
    size_t used = 0;
    for (int i = 0; i < count; i++) {
        used += (size_t)sprintf(body + used, "%s%c%c%d ", word, 'a' + i % 26, 'a' + i * 7 % 26, i);
        if (i % 12 == 11) used += (size_t)sprintf(body + used - 1, ". ") - 1;
    }
    return body;
}

static void simhash_is_close_for_close_bodies_only(void **state)
{
    (void)state;
    const char *body = body_of("storm", 300), *other = body_of("vote", 300);
    char *edited = arena_printf(arena, "%s with four changed words", body);
    uint64_t a = analyse("t", "", body).features.simhash, b = analyse("t", "", edited).features.simhash,
             c = analyse("t", "", other).features.simhash;
    assert_true(__builtin_popcountll(a ^ b) <= 6);
    assert_true(__builtin_popcountll(a ^ c) >= 16);
    assert_int_equal(analyse("t", "", "").features.simhash, 0);
}

static void title_pattern_forgets_names_and_numbers(void **state)
{
    (void)state;
    uint64_t a = analyse_title("Five things to know on 3 May in Paris").features.title_pattern,
             b = analyse_title("Five things to know on 12 June in Rome").features.title_pattern,
             c = analyse_title("Storm hits the northern coast").features.title_pattern;
    assert_true(a == b && a != 0);
    assert_true(a != c);
    assert_true(analyse_title("Paris").features.title_pattern == 0);
    assert_true(analyse_title("Your Horoscope For 3").features.title_pattern ==
                analyse_title("Your Horoscope For 4").features.title_pattern);
}

static void text_hash_is_the_same_for_reprints_cut_at_different_places(void **state)
{
    (void)state;
    const char *body = body_of("storm", 300),
               *longer = arena_printf(arena, "PARIS (AFP) - %s and more", body);
    assert_true(analyse("a", "", body).text_hash == analyse("b", "", longer).text_hash);
    assert_true(analyse("a", "", body).text_hash != 0);
    assert_true(analyse("a", "", body_of("vote", 300)).text_hash != analyse("a", "", body).text_hash);
    assert_int_equal(analyse("a", "", "Short text.").text_hash, 0);
}

static void sorting_terms_agrees_with_qsort(void **state)
{
    (void)state;
    uint64_t seed = 99;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int round = 0; round < 2000; round++) {
        struct term terms[FEATURES_MAX_TERMS], scratch[FEATURES_MAX_TERMS];
        seed = seed * UINT64_C(6364136223846793005) + 1;
        size_t count = (seed >> 33) % FEATURES_MAX_TERMS;
        uint64_t sum = 0, hash_sum = 0;
        for (size_t i = 0; i < count; i++) {
            seed = seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
            terms[i] = (struct term){(seed >> 40) % 300, 1 + (uint32_t)(seed >> 62)};
            sum += terms[i].count, hash_sum += terms[i].hash;
        }
        term_sort(terms, scratch, count);
        for (size_t i = 1; i < count; i++) assert_true(terms[i - 1].hash <= terms[i].hash);
        for (size_t i = 0; i < count; i++) hash_sum -= terms[i].hash;
        assert_int_equal(hash_sum, 0);
        count = term_merge(terms, count);
        for (size_t i = 0; i < count; i++) {
            sum -= terms[i].count;
            if (i > 0) assert_true(terms[i - 1].hash < terms[i].hash);
        }
        assert_int_equal(sum, 0);
    }
}

/* ---- records ---- */

static size_t make(const struct article *article, struct article_record out[ARTICLE_RECORDS_MAX])
{
    const struct origin origin = {.topic = "articles", .partition = 1, .offset = 9, .index = 3};
    return article_records_make(recorder, arena, article, &origin, out);
}

static struct article english(void)
{
    struct article article = blank();
    article.title = "Storm hits the northern coast of Norway";
    article.description =
        "A storm hit Norway on Monday. Nobody was hurt, the police in Oslo said. A third sentence.";
    article.body = "OSLO (AFP) - A storm hit the northern coast of Norway on Monday, the police said. "
                   "Sign up for our newsletter to get all the news of the day. "
                   "\"We had never seen such waves in all our lives,\" Mr. Hansen told the paper in Oslo. "
                   "Too short. "
                   "The harbour of Tromso stayed closed until the evening, and 1,200 homes had no power. "
                   "This sentence goes on but it is cut off by the feed that sent it to";
    article.declared_language = "en";
    article.published_ms = 1000;
    article.version_ms = 2000;
    return article;
}

static void an_article_gives_one_record_under_its_language(void **state)
{
    (void)state;
    struct article article = english();
    struct article_record records[ARTICLE_RECORDS_MAX];
    assert_int_equal(make(&article, records), 1);
    assert_false(records[0].to_all);
    assert_string_equal(records[0].key, "en");
    struct features_record back;
    assert_int_equal(features_record_unpack(arena, records[0].bytes, records[0].len, &back), NW_OK);
    assert_int_equal(back.kind, RECORD_ARTICLE);
    assert_string_equal(back.language, "en");
    assert_string_equal(back.source, "example.com");
    assert_int_equal(back.origin.index, 3);
    assert_int_equal(back.origin.offset, 9);
    assert_true(back.version_ms == 2000 && back.published_ms == 1000);
    assert_true(back.attributed);
    assert_false(back.explicit_update);
    assert_true(back.content_hash != 0);
    assert_int_equal(back.features.title.count, records[0].record.features.title.count);
}

static void the_card_has_a_lead_and_whole_sentences_without_boilerplate(void **state)
{
    (void)state;
    struct article article = english();
    struct article_record records[ARTICLE_RECORDS_MAX];
    make(&article, records);
    struct article_card card;
    assert_int_equal(article_card_unpack(arena, records[0].record.card, records[0].record.card_len, &card),
                     NW_OK);
    assert_string_equal(card.lead, "A storm hit Norway on Monday. Nobody was hurt, the police in Oslo said.");
    assert_string_equal(card.attribution, "AFP");
    assert_int_equal(card.sentence_count, 3);
    assert_string_equal(card.sentences[0].text,
                        "A storm hit the northern coast of Norway on Monday, the police said.");
    assert_string_equal(
        card.sentences[1].text,
        "\"We had never seen such waves in all our lives,\" Mr. Hansen told the paper in Oslo.");
    assert_int_equal(card.sentences[1].position, 2);
    assert_int_equal(card.sentences[2].position, 4);
    assert_true(card.sentences[0].term_count >= 5);
    article.description = "";
    make(&article, records);
    assert_int_equal(article_card_unpack(arena, records[0].record.card, records[0].record.card_len, &card),
                     NW_OK);
    assert_string_equal(card.lead, "A storm hit the northern coast of Norway on Monday, the police said.");
}

static void updates_and_unsure_languages_are_moved_everywhere_first(void **state)
{
    (void)state;
    struct article article = english();
    struct article_record records[ARTICLE_RECORDS_MAX];
    struct features_record back;
    article.kind = ARTICLE_UPDATE;
    assert_int_equal(make(&article, records), 2);
    assert_true(records[0].to_all);
    assert_int_equal(features_record_unpack(arena, records[0].bytes, records[0].len, &back), NW_OK);
    assert_int_equal(back.kind, RECORD_MOVED);
    assert_string_equal(back.language, "en");
    assert_true(back.version_ms == 2000);
    assert_true(records[1].record.explicit_update);

    article = blank();
    article.title = "zxqv 123";
    assert_int_equal(make(&article, records), 2);
    assert_int_equal(records[0].record.kind, RECORD_MOVED);
    assert_string_equal(records[1].key, "und");
}

static void a_retraction_goes_everywhere(void **state)
{
    (void)state;
    struct article article = blank();
    article.kind = ARTICLE_RETRACT;
    article.id = (struct id128){0, 0};
    article.producer_id_hash = 5;
    struct article_record records[ARTICLE_RECORDS_MAX];
    struct features_record back;
    assert_int_equal(make(&article, records), 1);
    assert_true(records[0].to_all);
    assert_int_equal(features_record_unpack(arena, records[0].bytes, records[0].len, &back), NW_OK);
    assert_int_equal(back.kind, RECORD_RETRACTED);
    assert_int_equal(back.producer_id_hash, 5);
}

static void content_hash_sees_what_a_reader_sees(void **state)
{
    (void)state;
    struct article article = english();
    struct article_record records[ARTICLE_RECORDS_MAX];
    make(&article, records);
    uint64_t hash = records[0].record.content_hash;
    article.updated_ms = article.version_ms = 3000;
    article.raw_url_hash = 9;
    make(&article, records);
    assert_true(records[0].record.content_hash == hash);
    article.image_url = "https://example.com/other.jpg";
    make(&article, records);
    assert_true(records[0].record.content_hash != hash);
}

static const char *const vocabulary[] = {
    "storm", "Norway", "the", "U.S.", "1,200", "Élysée", "中国经济", "Москва", "القاهرة", "東京タワー",
    ".",     "\"",     "–",   "Mr.",  "sign",  "up",     "é\u0301",  "l'eau",  "NATO",    "ไทย",
    "दिल्ली", "(AFP)",  "|",   "한국", "-",     "🙂",   "?",        "\n"};

static const char *random_text(uint64_t *seed, unsigned words)
{
    char *text = arena_alloc(arena, words * 32 + 1);
    size_t used = 0;
    for (unsigned i = 0; i < words; i++) {
        *seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407u;
        const char *word = vocabulary[(*seed >> 33) % (sizeof(vocabulary) / sizeof(vocabulary[0]))];
        used += (size_t)sprintf(text + used, "%s%s", word, (*seed >> 60) % 4 == 0 ? "" : " ");
    }
    text[used] = '\0';
    return text;
}

static struct article random_article(uint64_t *seed)
{
    static const char *const languages[] = {"", "en", "zh", "de", "ru", "xx"};
    struct article article = blank();
    article.title = random_text(seed, 1 + (unsigned)(*seed >> 59));
    article.description = random_text(seed, (unsigned)(*seed >> 57));
    article.body = random_text(seed, (unsigned)(*seed >> 53));
    article.declared_language = languages[(*seed >> 40) % 6];
    return article;
}

static void random_articles_give_records_within_the_limits(void **state)
{
    (void)state;
    uint64_t seed = 20261123;
    print_message("seed %llu\n", (unsigned long long)seed);
    for (int round = 0; round < 1500; round++) {
        struct article article = random_article(&seed);
        struct article_record records[ARTICLE_RECORDS_MAX];
        size_t count = make(&article, records);
        const struct article_record *own = &records[count - 1];
        struct features_record back;
        struct article_card card;
        assert_int_equal(features_record_unpack(arena, own->bytes, own->len, &back), NW_OK);
        assert_int_equal(article_card_unpack(arena, back.card, back.card_len, &card), NW_OK);
        assert_valid_list(back.features.title, FEATURES_TITLE_TERMS);
        assert_valid_list(back.features.lead, FEATURES_LEAD_TERMS);
        assert_valid_list(back.features.body, FEATURES_BODY_TERMS);
        assert_valid_list(back.features.entities, FEATURES_ENTITIES);
        assert_true(strlen(card.lead) <= 400);
        arena_reset(arena);
    }
}

static void same_article_gives_same_bytes_whatever_came_before(void **state)
{
    (void)state;
    uint64_t seed = 4711;
    print_message("seed %llu\n", (unsigned long long)seed);
    struct arena *own_arena = arena_new();
    const struct origin origin = {.topic = "articles"};
    for (int round = 0; round < 60; round++) {
        struct article article = random_article(&seed);
        struct article_record warm[ARTICLE_RECORDS_MAX], cold[ARTICLE_RECORDS_MAX];
        size_t count = article_records_make(recorder, arena, &article, &origin, warm);
        struct article_recorder *fresh = article_recorder_new();
        assert_int_equal(article_records_make(fresh, own_arena, &article, &origin, cold), count);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(warm[i].len, cold[i].len);
            assert_memory_equal(warm[i].bytes, cold[i].bytes, warm[i].len);
        }
        article_recorder_free(fresh);
        arena_reset(own_arena);
        arena_reset(arena);
    }
    arena_free(own_arena);
}

/* A value written down once: another machine, compiler or library version must give it too. */
static void hashes_are_the_same_in_every_process(void **state)
{
    (void)state;
    struct features features = analyse_title("Storm hits the northern coast of Norway in 2025").features;
    uint64_t all = 0;
    for (uint32_t i = 0; i < features.title.count; i++)
        all = all * 31 + features.title.terms[i].hash + features.title.terms[i].count;
    assert_int_equal(all, UINT64_C(0xf1708a0738e65f64));
}

static void a_usual_record_is_small(void **state)
{
    (void)state;
    struct article article = english();
    char *body = arena_alloc(arena, 4096);
    body[0] = '\0';
    while (strlen(body) < 3000)
        strcat(body,
               arena_printf(arena,
                            "The harbour %s stayed closed until %zu in the evening and %s homes had no %s. ",
                            vocabulary[strlen(body) % 5], strlen(body), vocabulary[strlen(body) % 7],
                            vocabulary[strlen(body) % 3]));
    article.body = body;
    struct article_record records[ARTICLE_RECORDS_MAX];
    make(&article, records);
    assert_true(records[0].len < 8192);
}

static int set_up_all(void **state)
{
    (void)state;
    arena = arena_new();
    computer = features_computer_new();
    recorder = article_recorder_new();
    return recorder == NULL;
}

static int tear_down_all(void **state)
{
    (void)state;
    article_recorder_free(recorder);
    features_computer_free(computer);
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_count_two_and_bigrams_of_a_title_one),
        cmocka_unit_test(bigrams_do_not_cross_sentences),
        cmocka_unit_test(numbers_are_terms_of_their_kind),
        cmocka_unit_test(lead_is_the_description_else_the_first_words_of_the_body),
        cmocka_unit_test(a_name_of_three_hyphenated_parts_is_one_word),
        cmocka_unit_test(an_acronym_is_no_stop_word),
        cmocka_unit_test(the_outlet_is_no_part_of_the_title),
        cmocka_unit_test(capitalised_words_inside_sentences_are_entities),
        cmocka_unit_test(a_fully_capitalised_title_yields_no_entities),
        cmocka_unit_test(a_first_word_is_an_entity_when_it_is_one_elsewhere),
        cmocka_unit_test(minhash_tells_same_words_from_other_words),
        cmocka_unit_test(simhash_is_close_for_close_bodies_only),
        cmocka_unit_test(title_pattern_forgets_names_and_numbers),
        cmocka_unit_test(text_hash_is_the_same_for_reprints_cut_at_different_places),
        cmocka_unit_test(sorting_terms_agrees_with_qsort),
        cmocka_unit_test(an_article_gives_one_record_under_its_language),
        cmocka_unit_test(the_card_has_a_lead_and_whole_sentences_without_boilerplate),
        cmocka_unit_test(updates_and_unsure_languages_are_moved_everywhere_first),
        cmocka_unit_test(a_retraction_goes_everywhere),
        cmocka_unit_test(content_hash_sees_what_a_reader_sees),
        cmocka_unit_test(random_articles_give_records_within_the_limits),
        cmocka_unit_test(same_article_gives_same_bytes_whatever_came_before),
        cmocka_unit_test(hashes_are_the_same_in_every_process),
        cmocka_unit_test(a_usual_record_is_small),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
