#include "stories/duplicates.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "base/instant.h"
#include "stories/tag_table.h"

enum {
    BANDS = 4,
    BAND_BITS = 16,
    BAND_FILTER_BITS = 3, /* the neighbouring band of a near text differs in no more */
    SAME_BODY_BITS = 3,
    NEAR_BODY_BITS = 8,
    MIN_BODY_WORDS = 60,
    MIN_TITLE_WORDS = 5,
    TITLE_LANES = DUPLICATES_TITLE_LANES,
    LANE_BITS = 4,
    OWN_TITLE_LANES = 6,      /* within one source */
    TITLE_ONLY_DISTANCE = 64, /* further than any body distance */
    TITLE_WINDOW_HOURS = 20,  /* less than a day: daily columns keep their title */
    BODY_WINDOW_HOURS = 72,
};

struct duplicates {
    struct tag_table bands[BANDS]; /* tag: the band's 16 bits, then the next band's as a filter */
    struct tag_table keys;         /* titles, and groups that producers named */
};

struct duplicates *duplicates_new(void)
{
    struct duplicates *duplicates = nw_calloc(1, sizeof(*duplicates));
    for (unsigned i = 0; i < BANDS; i++) tag_table_init(&duplicates->bands[i], UINT32_C(0xffff0000));
    tag_table_init(&duplicates->keys, UINT32_MAX);
    return duplicates;
}

void duplicates_free(struct duplicates *duplicates)
{
    if (duplicates == NULL) return;
    for (unsigned i = 0; i < BANDS; i++) tag_table_fini(&duplicates->bands[i]);
    tag_table_fini(&duplicates->keys);
    free(duplicates);
}

/* ---- prints ---- */

static bool is_word(const struct term *term)
{
    return term_kind(term->hash) == TERM_WORD || term_kind(term->hash) == TERM_NUMBER;
}

/* How many words the title has, and how many of them the body has too. */
static void title_words(const struct features *features, uint32_t *words, uint32_t *in_body)
{
    const struct term_list *body = &features->body;
    uint32_t at = 0;
    *words = *in_body = 0;
    for (uint32_t i = 0; i < features->title.count; i++) {
        const struct term *term = &features->title.terms[i];
        if (!is_word(term)) continue;
        while (at < body->count && body->terms[at].hash < term->hash) at++;
        *words += 1;
        if (at < body->count && body->terms[at].hash == term->hash) *in_body += 1;
    }
}

/* Menus, cookie notices and appeals for money stand where a body should be, the same under hundreds of
 * articles; what gives them away is that they do not speak of what the title does. */
static bool body_is_about_title(const struct features *features)
{
    uint32_t words, in_body;
    title_words(features, &words, &in_body);
    uint32_t needed = words < 3 ? 1 : (words + 2) / 3 < 2 ? 2 : (words + 2) / 3;
    return in_body >= needed;
}

uint64_t duplicates_title_sketch(const struct features *features)
{
    uint32_t words, in_body;
    title_words(features, &words, &in_body);
    if (words < MIN_TITLE_WORDS) return 0;
    uint64_t mixed = 0;
    for (uint32_t i = 0; i < features->title.count; i++) {
        mixed = (mixed ^ features->title.terms[i].hash) * UINT64_C(0x9fb21c651e98df25);
        mixed ^= mixed >> 29 ^ features->title.terms[i].count;
    }
    uint64_t sketch = mixed & ~(UINT64_MAX >> (64 - TITLE_LANES * LANE_BITS));
    for (unsigned i = 0; i < TITLE_LANES; i++)
        sketch |= (uint64_t)(features->minhash[i] & ((1 << LANE_BITS) - 1)) << (LANE_BITS * i);
    return sketch != 0 ? sketch : 1;
}

struct text_print duplicates_print(const struct features_record *record, uint32_t source)
{
    const struct features *features = &record->features;
    bool about_title = body_is_about_title(features);
    bool comparable = about_title && features->body_words >= MIN_BODY_WORDS;
    /* The group is the producer's, or the hash of a text that may be such a notice. */
    bool group_counts = about_title || features->body_words == 0;
    return (struct text_print){
        .simhash = comparable ? features->simhash : 0,
        .title_hash = duplicates_title_sketch(features),
        .group = group_counts ? record->reprint_group : 0,
        .published_ms = record->published_ms,
        .source = source,
    };
}

uint64_t duplicates_own_group(struct id128 article, uint64_t sequence)
{
    return article.lo ^ sequence * UINT64_C(0x9e3779b97f4a7c15);
}

/* ---- near or not ---- */

int duplicates_title_agreement(uint64_t a, uint64_t b)
{
    if (a == 0 || b == 0) return 0;
    int agreeing = 0;
    for (unsigned i = 0; i < TITLE_LANES; i++)
        if (((a ^ b) >> (LANE_BITS * i) & ((1 << LANE_BITS) - 1)) == 0) agreeing++;
    return agreeing;
}

static bool within_hours(int64_t a_ms, int64_t b_ms, int64_t hours)
{
    if (a_ms == NW_NO_TIME || b_ms == NW_NO_TIME) return true;
    int64_t gap_ms = a_ms > b_ms ? a_ms - b_ms : b_ms - a_ms;
    return gap_ms <= hours * 3600 * 1000;
}

/* How far apart two near-identical texts are; -1: they are not near-identical. */
static int distance(const struct text_print *a, const struct member *b)
{
    if (!within_hours(a->published_ms, b->published_ms, BODY_WINDOW_HOURS)) return -1;
    if (a->group != 0 && a->group == b->group) return 0;
    if (a->simhash == 0 || b->simhash == 0) {
        bool same_title = a->title_hash != 0 && a->title_hash == b->title_hash;
        bool near_in_time = within_hours(a->published_ms, b->published_ms, TITLE_WINDOW_HOURS);
        return same_title && near_in_time ? TITLE_ONLY_DISTANCE : -1;
    }
    int bits = __builtin_popcountll(a->simhash ^ b->simhash);
    int lanes = duplicates_title_agreement(a->title_hash, b->title_hash);
    if (a->source == b->source && lanes < OWN_TITLE_LANES) return -1;
    bool near = bits <= SAME_BODY_BITS || (bits <= NEAR_BODY_BITS && lanes >= DUPLICATES_NEAR_TITLE_LANES);
    return near ? bits : -1;
}

/* ---- index ---- */

static uint32_t band_tag(uint64_t simhash, unsigned band)
{
    unsigned shift = band * BAND_BITS;
    uint64_t turned = shift == 0 ? simhash : simhash >> shift | simhash << (64 - shift);
    return (uint32_t)(turned << BAND_BITS) | (uint32_t)(turned >> BAND_BITS & 0xffff);
}

static uint32_t title_tag(uint64_t title_hash)
{
    return (uint32_t)(title_hash * UINT64_C(0xd6e8feb86659fd93) >> 32);
}

static uint32_t group_tag(uint64_t group)
{
    return (uint32_t)(group * UINT64_C(0xc2b2ae3d27d4eb4f) >> 32);
}

/* Groups the engine made up are found by the text they were made for. */
static bool group_was_given(const struct member *member)
{
    return member->group != duplicates_own_group(member->article, member->sequence);
}

void duplicates_add(struct duplicates *duplicates, const struct member *member, uint32_t slot)
{
    for (unsigned i = 0; member->simhash != 0 && i < BANDS; i++)
        tag_table_add(&duplicates->bands[i], band_tag(member->simhash, i), slot);
    if (member->title_hash != 0) tag_table_add(&duplicates->keys, title_tag(member->title_hash), slot);
    if (group_was_given(member)) tag_table_add(&duplicates->keys, group_tag(member->group), slot);
}

void duplicates_remove(struct duplicates *duplicates, const struct member *member, uint32_t slot)
{
    for (unsigned i = 0; member->simhash != 0 && i < BANDS; i++)
        tag_table_remove(&duplicates->bands[i], band_tag(member->simhash, i), slot);
    if (member->title_hash != 0) tag_table_remove(&duplicates->keys, title_tag(member->title_hash), slot);
    if (group_was_given(member)) tag_table_remove(&duplicates->keys, group_tag(member->group), slot);
}

struct search {
    const struct article_map *articles;
    const struct text_print *print;
    struct article_ref best;
    int distance; /* of best; -1: none yet */
};

static bool better(const struct search *search, const struct article_ref *ref, int bits)
{
    if (search->distance < 0) return true;
    bool active = ref->story->status == STORY_ACTIVE,
         best_active = search->best.story->status == STORY_ACTIVE;
    if (active != best_active) return active;
    if (bits != search->distance) return bits < search->distance;
    return ref->member->sequence < search->best.member->sequence;
}

static void consider(struct search *search, uint32_t slot)
{
    struct article_ref ref = article_map_at(search->articles, slot);
    int bits = distance(search->print, ref.member);
    if (bits < 0 || !better(search, &ref, bits)) return;
    search->best = ref;
    search->distance = bits;
}

static void consider_key(struct search *search, const struct tag_table *keys, uint32_t tag)
{
    for (struct tag_cursor c = tag_table_first(keys, tag); c.entry != NULL; c = tag_table_next(keys, c))
        consider(search, c.entry->slot);
}

static void consider_band(struct search *search, const struct tag_table *band, uint32_t tag)
{
    for (struct tag_cursor c = tag_table_first(band, tag); c.entry != NULL; c = tag_table_next(band, c))
        if (__builtin_popcount((c.entry->tag ^ tag) & 0xffff) <= BAND_FILTER_BITS)
            consider(search, c.entry->slot);
}

bool duplicates_find(const struct duplicates *duplicates, const struct article_map *articles,
                     const struct text_print *print, struct article_ref *out)
{
    struct search search = {.articles = articles, .print = print, .distance = -1};
    for (unsigned i = 0; print->simhash != 0 && i < BANDS; i++)
        tag_table_prefetch(&duplicates->bands[i], band_tag(print->simhash, i));
    if (print->group != 0) consider_key(&search, &duplicates->keys, group_tag(print->group));
    if (print->title_hash != 0) consider_key(&search, &duplicates->keys, title_tag(print->title_hash));
    for (unsigned i = 0; print->simhash != 0 && i < BANDS; i++)
        consider_band(&search, &duplicates->bands[i], band_tag(print->simhash, i));
    if (search.distance < 0) return false;
    *out = search.best;
    return true;
}

size_t duplicates_memory_bytes(const struct duplicates *duplicates)
{
    size_t bytes = tag_table_memory_bytes(&duplicates->keys);
    for (unsigned i = 0; i < BANDS; i++) bytes += tag_table_memory_bytes(&duplicates->bands[i]);
    return bytes;
}
