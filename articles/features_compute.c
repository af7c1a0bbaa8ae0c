#include "articles/features_compute.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "articles/attribution.h"
#include "articles/common_words.h"
#include "articles/dateline.h"
#include "articles/stem.h"
#include "articles/term_sort.h"
#include "articles/title.h"
#include "base/alloc.h"
#include "base/hash.h"

enum {
    ENTITY_WORDS = 150, /* of the body: names that matter come early */
    ENTITY_RUN = 4,
    PATTERN_WORDS = 2,
    TEXT_HASH_WORDS = 150,
    TEXT_HASH_LEAST = 40,
    WORD_COUNT = 2, /* half units */
    BIGRAM_COUNT = 1,
    DATELINE_COUNT = 1,
    COMPOUND_PARTS = 3,
    MAX_CALENDARS = 32,
    CALENDAR_STEMS = 64,
};

/* The stems of a language's months and days of the week. */
struct calendar {
    const char *language;
    uint64_t stems[CALENDAR_STEMS];
    size_t count;
};

struct features_computer {
    struct fold_table *folds;
    struct stemmer *stemmer;
    struct text_words title, description, body;
    uint64_t spread[256]; /* bit i of the index as byte i */
    uint64_t minhash_seeds[FEATURES_MINHASH];
    struct calendar calendars[MAX_CALENDARS];
    size_t calendar_count;
};

/* A bijective mixer (splitmix64's): independent-looking hashes of one hash. */
static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

static uint64_t combine(uint64_t left, uint64_t right)
{
    return mix(left * UINT64_C(0x9E3779B97F4A7C15) + right);
}

static uint64_t with_kind(uint64_t hash, enum term_kind kind)
{
    return (hash & ~UINT64_C(3)) | (uint64_t)kind;
}

static void add_calendar(struct features_computer *computer, const char *language)
{
    assert(computer->calendar_count < MAX_CALENDARS);
    struct calendar *calendar = &computer->calendars[computer->calendar_count++];
    const char *text = common_words_calendar(language);
    const struct stem_language *stems = stemmer_language(computer->stemmer, language);
    struct word_list *words = &computer->title.words;
    words_split(computer->folds, text, strlen(text), CALENDAR_STEMS, words);
    calendar->language = language;
    for (size_t i = 0; i < words->count; i++)
        calendar->stems[calendar->count++] =
            stem_word(computer->stemmer, stems, words, &words->words[i]).hash;
}

static const struct calendar *find_calendar(const struct features_computer *computer, const char *language)
{
    for (size_t i = 0; i < computer->calendar_count; i++)
        if (strcmp(computer->calendars[i].language, language) == 0) return &computer->calendars[i];
    return NULL;
}

static bool is_date_word(const struct calendar *calendar, uint64_t stem)
{
    for (size_t i = 0; calendar != NULL && i < calendar->count; i++)
        if (calendar->stems[i] == stem) return true;
    return false;
}

struct features_computer *features_computer_new(void)
{
    struct features_computer *computer = nw_calloc(1, sizeof(*computer));
    computer->folds = fold_table_new();
    computer->stemmer = stemmer_new(computer->folds);
    for (unsigned i = 0; i < 256; i++)
        for (unsigned bit = 0; bit < 8; bit++) computer->spread[i] |= (uint64_t)(i >> bit & 1) << (8 * bit);
    for (unsigned i = 0; i < FEATURES_MINHASH; i++) computer->minhash_seeds[i] = mix(i + 1);
    for (size_t i = 0; common_words_language(i) != NULL; i++)
        add_calendar(computer, common_words_language(i));
    return computer;
}

static void text_words_fini(struct text_words *text)
{
    words_fini(&text->words);
    free(text->stems);
}

void features_computer_free(struct features_computer *computer)
{
    if (computer == NULL) return;
    text_words_fini(&computer->title);
    text_words_fini(&computer->description);
    text_words_fini(&computer->body);
    stemmer_free(computer->stemmer);
    fold_table_free(computer->folds);
    free(computer);
}

const struct fold_table *features_computer_folds(const struct features_computer *computer)
{
    return computer->folds;
}

/* ---- words and stems ---- */

/* More than half of its cased words are in capitals: case tells nothing there. */
static bool is_shouting(const struct word_list *list)
{
    size_t cased = 0, caps = 0;
    for (size_t i = 0; i < list->count; i++) {
        cased += (list->words[i].flags & (WORD_CAPITAL | WORD_LOWER)) != 0;
        caps += (list->words[i].flags & WORD_ALL_CAPS) != 0;
    }
    return 2 * caps > cased;
}

static bool is_hyphenated(const struct word *left, const struct word *right, const char *text)
{
    return right->start == left->end + 1 && text[left->end] == '-';
}

/* Three parts and more, hyphens between them, are one word: La Roche-sur-Yon is a single piece of evidence,
 * not two words and their bigram. Numbers stay apart (2026-05-04, a 12-year-old). */
static void join_compounds(struct text_words *out, const char *text)
{
    const struct word *words = out->words.words;
    size_t end;
    for (size_t i = 0; i < out->words.count; i = end) {
        uint64_t whole = 0;
        unsigned flags = 0;
        for (end = i;
             end == i || (end < out->words.count && is_hyphenated(&words[end - 1], &words[end], text));
             end++) {
            flags |= words[end].flags;
            if (out->stems[end] != 0) whole = combine(whole, out->stems[end]);
        }
        if (end - i < COMPOUND_PARTS || (flags & WORD_DIGITS) != 0 || whole == 0) continue;
        memset(&out->stems[i], 0, (end - i) * sizeof(*out->stems));
        out->stems[i] = with_kind(whole, TERM_WORD);
    }
}

static void analyse_text(struct features_computer *computer, const struct stem_language *language,
                         const char *text, size_t len, struct text_words *out)
{
    words_split(computer->folds, text, len, FEATURES_TEXT_WORDS, &out->words);
    out->stems = nw_grow(out->stems, &out->stem_capacity, out->words.count + 1, sizeof(*out->stems));
    bool shouting = is_shouting(&out->words);
    for (size_t i = 0; i < out->words.count; i++) {
        struct word *word = &out->words.words[i];
        if (shouting) word->flags &= (uint16_t) ~(WORD_ALL_CAPS | WORD_CAPITAL);
        struct stem stem = stem_word(computer->stemmer, language, &out->words, word);
        bool letter = word->len == 1 && (word->flags & (WORD_NUMBER | WORD_GRAM)) == 0;
        bool acronym = (word->flags & WORD_ALL_CAPS) != 0; /* US, IT and WHO are no pronouns */
        out->stems[i] = letter || (stem.stop && !acronym) ? 0 : stem.hash;
    }
    join_compounds(out, text);
}

/* ---- term lists ---- */

static struct term_list finish_terms(struct arena *arena, struct term *terms, size_t count)
{
    struct term scratch[FEATURES_MAX_TERMS];
    term_sort(terms, scratch, count);
    count = term_merge(terms, count);
    struct term *kept = arena_alloc(arena, count * sizeof(*kept));
    if (count > 0) memcpy(kept, terms, count * sizeof(*kept));
    return (struct term_list){kept, (uint32_t)count};
}

/* Of the first words of a text, at most max terms; dateline: how many of them are (dateline.h). */
static struct term_list collect_terms(struct arena *arena, const struct text_words *text, size_t dateline,
                                      size_t words, bool bigrams, size_t max)
{
    struct term terms[FEATURES_MAX_TERMS];
    size_t count = 0;
    uint64_t before = 0;
    if (words > text->words.count) words = text->words.count;
    for (size_t i = 0; i < words && count < max; i++) {
        unsigned flags = text->words.words[i].flags;
        if ((flags & (WORD_STARTS | WORD_GRAM)) != 0) before = 0; /* grams overlap already */
        uint64_t stem = text->stems[i];
        if (stem == 0) continue;
        if (i < dateline) {
            terms[count++] = (struct term){stem, DATELINE_COUNT};
            continue;
        }
        terms[count++] = (struct term){stem, WORD_COUNT};
        if (bigrams && before != 0 && count < max)
            terms[count++] = (struct term){with_kind(combine(before, stem), TERM_BIGRAM), BIGRAM_COUNT};
        before = stem;
    }
    return finish_terms(arena, terms, count);
}

/* ---- entities ---- */

struct entities {
    struct term terms[FEATURES_ENTITIES];
    size_t count;
    bool nouns_capitalised;
};

static void add_entity(struct entities *entities, uint64_t hash)
{
    if (entities->count < FEATURES_ENTITIES)
        entities->terms[entities->count++] = (struct term){with_kind(hash, TERM_ENTITY), WORD_COUNT};
}

static bool is_name(const struct text_words *text, size_t i)
{
    return text->stems[i] != 0 && (text->words.words[i].flags & WORD_CAPITAL) != 0;
}

/* Each name of the first words that does not begin a sentence, and each run of them. */
static void collect_names(struct entities *entities, const struct text_words *text, size_t words)
{
    if (words > text->words.count) words = text->words.count;
    for (size_t i = 0; i < words;) {
        unsigned flags = text->words.words[i].flags;
        bool acronym = (flags & WORD_ALL_CAPS) != 0;
        if (!is_name(text, i) || ((flags & WORD_STARTS) != 0 && !acronym)) {
            i++;
            continue;
        }
        uint64_t run = 0;
        size_t len = 0;
        do {
            if (!entities->nouns_capitalised || (text->words.words[i].flags & WORD_ALL_CAPS) != 0)
                add_entity(entities, text->stems[i]);
            run = combine(run, text->stems[i]);
            len++;
            i++;
        } while (len < ENTITY_RUN && i < words && is_name(text, i) &&
                 (text->words.words[i].flags & (WORD_ADJACENT | WORD_STARTS)) == WORD_ADJACENT);
        if (len > 1) add_entity(entities, run);
    }
}

/* Names that begin a sentence count when they are names elsewhere. */
static void count_first_words(struct entities *entities, const struct text_words *text, size_t words)
{
    if (words > text->words.count) words = text->words.count;
    for (size_t i = 0; i < words; i++) {
        unsigned flags = text->words.words[i].flags;
        if ((flags & WORD_STARTS) == 0 || (flags & WORD_ALL_CAPS) != 0 || !is_name(text, i)) continue;
        uint64_t hash = with_kind(text->stems[i], TERM_ENTITY);
        size_t low = 0, high = entities->count;
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (entities->terms[middle].hash < hash)
                low = middle + 1;
            else
                high = middle;
        }
        if (low < entities->count && entities->terms[low].hash == hash)
            entities->terms[low].count += WORD_COUNT;
    }
}

/* No word but the stop words is in lower case. */
static bool is_title_case(const struct text_words *title)
{
    for (size_t i = 0; i < title->words.count; i++)
        if (title->stems[i] != 0 && (title->words.words[i].flags & WORD_LOWER) != 0) return false;
    return true;
}

static bool nouns_are_capitalised(const char *language)
{
    return strcmp(language, "de") == 0 || strcmp(language, "lb") == 0;
}

static struct term_list compute_entities(const struct features_computer *computer, struct arena *arena,
                                         const char *language, bool title_case)
{
    const struct text_words *texts[] = {&computer->title, &computer->description, &computer->body};
    const size_t words[] = {title_case ? 0 : FEATURES_TEXT_WORDS, FEATURES_LEAD_TERMS, ENTITY_WORDS};
    struct entities entities = {.nouns_capitalised = nouns_are_capitalised(language)};
    for (size_t i = 0; i < 3; i++) collect_names(&entities, texts[i], words[i]);
    struct term_list list = finish_terms(arena, entities.terms, entities.count);
    entities.count = list.count;
    if (list.count > 0) memcpy(entities.terms, list.terms, list.count * sizeof(*list.terms));
    for (size_t i = 0; i < 3; i++) count_first_words(&entities, texts[i], words[i]);
    return finish_terms(arena, entities.terms, entities.count);
}

/* ---- sketches ---- */

/* Numbers and dates are left out: the issues of a series are alike then, and no others. */
static void compute_minhash(const struct features_computer *computer, const struct text_words *title,
                            const char *language, uint32_t out[FEATURES_MINHASH])
{
    const struct calendar *calendar = find_calendar(computer, language);
    memset(out, 0xFF, FEATURES_MINHASH * sizeof(*out));
    for (size_t i = 0; i < title->words.count; i++) {
        if (title->stems[i] == 0 || (title->words.words[i].flags & WORD_DIGITS) != 0) continue;
        if (is_date_word(calendar, title->stems[i])) continue;
        for (size_t h = 0; h < FEATURES_MINHASH; h++) {
            uint32_t value = (uint32_t)(mix(title->stems[i] ^ computer->minhash_seeds[h]) >> 32);
            if (value < out[h]) out[h] = value;
        }
    }
}

/* Adds the byte-wide counters of eight bits each to the totals and clears them. */
static void flush_counters(uint64_t counters[8], uint32_t totals[64])
{
    for (unsigned byte = 0; byte < 8; byte++) {
        for (unsigned bit = 0; bit < 8; bit++)
            totals[byte * 8 + bit] += (uint32_t)(counters[byte] >> (8 * bit) & 0xFF);
        counters[byte] = 0;
    }
}

/* Counts set bits of many hashes eight at a time, in bytes that are emptied before they overflow. */
static uint64_t compute_simhash(const struct features_computer *computer, const struct text_words *body)
{
    uint64_t counters[8] = {0};
    uint32_t totals[64] = {0}, words = 0;
    for (size_t i = 0; i < body->words.count; i++) {
        if (body->stems[i] == 0) continue;
        uint64_t hash = mix(body->stems[i]); /* the two lowest bits of a term are its kind */
        for (unsigned byte = 0; byte < 8; byte++)
            counters[byte] += computer->spread[hash >> (8 * byte) & 0xFF];
        if (++words % 255 == 0) flush_counters(counters, totals);
    }
    flush_counters(counters, totals);
    uint64_t simhash = 0;
    for (unsigned bit = 0; bit < 64; bit++) simhash |= (uint64_t)(2 * totals[bit] > words) << bit;
    return words == 0 ? 0 : simhash == 0 ? 1 : simhash;
}

static uint64_t compute_pattern(const struct text_words *title, bool title_case)
{
    uint64_t pattern = 0;
    unsigned kept = 0;
    for (size_t i = 0; i < title->words.count; i++) {
        const struct word *word = &title->words.words[i];
        bool name = !title_case && i > 0 && (word->flags & WORD_CAPITAL) != 0;
        if (name || (word->flags & WORD_DIGITS) != 0) continue;
        pattern = combine(pattern, word->hash.lo);
        kept++;
    }
    return kept < PATTERN_WORDS ? 0 : pattern;
}

/* Equal for texts that begin alike behind their agency lines: reprints, also when cut at different places. */
static uint64_t compute_text_hash(const struct article *article, const struct text_words *body)
{
    size_t dateline = attribution_dateline(article->body), i = 0;
    while (i < body->words.count && body->words.words[i].start < dateline) i++;
    if (body->words.count - i < TEXT_HASH_LEAST) return 0;
    uint64_t hash = 0;
    for (size_t n = 0; n < TEXT_HASH_WORDS && i < body->words.count; n++, i++)
        hash = combine(hash, body->words.words[i].hash.lo);
    return hash;
}

void features_compute(struct features_computer *computer, struct arena *arena, const struct article *article,
                      const char *language, struct text_analysis *out)
{
    const struct stem_language *stems = stemmer_language(computer->stemmer, language);
    struct text_words *title = &computer->title, *description = &computer->description,
                      *body = &computer->body;
    size_t title_len = title_without_outlet(article->title, article->source, article->source_name);
    analyse_text(computer, stems, article->title, title_len, title);
    analyse_text(computer, stems, article->description, strlen(article->description), description);
    analyse_text(computer, stems, article->body, strlen(article->body), body);

    bool title_case = is_title_case(title);
    size_t dateline =
        title_case || nouns_are_capitalised(language) ? 0 : dateline_words(title, article->title, title_len);
    bool has_lead = description->words.count > 0;
    *out = (struct text_analysis){
        .title_len = title_len, .title = title, .description = description, .body = body};
    struct features *features = &out->features;
    features->title = collect_terms(arena, title, dateline, SIZE_MAX, true, FEATURES_TITLE_TERMS);
    features->lead = collect_terms(arena, has_lead ? description : body, 0,
                                   has_lead ? SIZE_MAX : FEATURES_LEAD_WORDS, false, FEATURES_LEAD_TERMS);
    features->body = collect_terms(arena, body, 0, SIZE_MAX, false, FEATURES_BODY_TERMS);
    features->entities = compute_entities(computer, arena, language, title_case);
    compute_minhash(computer, title, language, features->minhash);
    features->simhash = compute_simhash(computer, body);
    features->body_words = (uint32_t)body->words.count;
    features->title_pattern = compute_pattern(title, title_case);
    out->text_hash = compute_text_hash(article, body);
}
