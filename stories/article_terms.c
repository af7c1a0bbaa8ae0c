#include "stories/article_terms.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { IDF_PSEUDO_STORIES = 100 };

/* A list's next term. */
struct head {
    const struct term_list *list;
    uint32_t at;
    uint64_t hash; /* UINT64_MAX at the end, too */
};

static uint64_t hash_at(const struct head *head)
{
    static const struct term none = {UINT64_MAX, 0};
    return (head->at < head->list->count ? &head->list->terms[head->at] : &none)->hash;
}

/* How often the list has this hash, and whether (0, 1). Which lists do is nothing a processor could guess:
 * without a branch. */
static uint32_t take(struct head *head, uint64_t hash, uint32_t *times)
{
    static const struct term none = {0, 0};
    bool hit = (head->hash == hash) & (head->at < head->list->count);
    uint32_t count = (hit ? &head->list->terms[head->at] : &none)->count;
    *times = count < UINT16_MAX ? count : UINT16_MAX;
    head->at += hit;
    head->hash = hash_at(head);
    return hit;
}

/* The last of count terms to its place: keys are shorter than hashes and have the kind in front of nothing,
 * so that now and then two neighbours have to change places, and two hashes become one key. Returns how many
 * there are then. */
static uint32_t settle_last(struct weighted_term *terms, uint32_t count)
{
    const struct weighted_term *last = &terms[count - 1];
    if (count == 1 || terms[count - 2].key < last->key) return count;
    const struct weighted_term term = *last;
    uint32_t place = count - 1;
    while (place > 0 && terms[place - 1].key > term.key) place--;
    if (place > 0 && terms[place - 1].key == term.key) {
        for (unsigned f = 0; f < TEXT_STORED; f++) terms[place - 1].weight[f] += term.weight[f];
        return count - 1;
    }
    memmove(&terms[place + 1], &terms[place], (count - 1 - place) * sizeof(*terms));
    terms[place] = term;
    return count;
}

/* The lists of an article merged: counts by field in place of weights. Each term's place in the index is
 * asked for on the way, since that takes the memory longer than all of this. */
static uint32_t gather(struct weighted_term *terms, const struct features *features,
                       const struct story_index *index)
{
    enum { TITLE, LEAD, BODY, ENTITIES, LISTS };
    const struct term_list *const lists[LISTS] = {&features->title, &features->lead, &features->body,
                                                  &features->entities};
    struct head heads[LISTS];
    uint32_t count = 0, left = 0;
    for (unsigned l = 0; l < LISTS; l++) {
        heads[l] = (struct head){.list = lists[l]};
        heads[l].hash = hash_at(&heads[l]);
        left += lists[l]->count;
    }
    while (left > 0) {
        uint64_t next = UINT64_MAX;
        for (unsigned l = 0; l < LISTS; l++) next = heads[l].hash < next ? heads[l].hash : next;
        uint32_t times[LISTS];
        for (unsigned l = 0; l < LISTS; l++) left -= take(&heads[l], next, &times[l]);
        assert(count < ARTICLE_TERMS_MAX);
        struct weighted_term *term = &terms[count++];
        term->key = term_key(next);
        term->weight[TEXT_ALL] = 2 * times[TITLE] + times[LEAD] + times[BODY] + times[ENTITIES];
        term->weight[TEXT_TITLE] = times[TITLE];
        term->weight[TEXT_BODY] = times[BODY];
        story_index_prefetch(index, term->key);
        count = settle_last(terms, count);
    }
    return count;
}

static double idf_of(const struct term_frequencies *frequencies, uint32_t df)
{
    return log(1 + ((double)frequencies->live_stories + IDF_PSEUDO_STORIES) / (df + 0.5));
}

double term_idf(const struct term_frequencies *frequencies, uint32_t key)
{
    return idf_of(frequencies, story_index_frequency(frequencies->index, key));
}

static double damped(uint32_t half_units)
{
    double tf = half_units / 2.0;
    return tf > 1 ? 1 + log(tf) : tf;
}

/* Of words that few stories hold and of small counts, as most are: a logarithm each but the first time. */
enum { IDF_CACHED = 128, DAMPED_CACHED = 16 };
struct weigh_cache {
    double idf[IDF_CACHED]; /* 0: not known yet */
    double damped[DAMPED_CACHED];
};

static void cache_begin(struct weigh_cache *cache)
{
    memset(cache->idf, 0, sizeof(cache->idf));
    for (uint32_t i = 0; i < DAMPED_CACHED; i++) cache->damped[i] = damped(i);
}

static double cached_idf(struct weigh_cache *cache, const struct term_frequencies *frequencies, uint32_t df)
{
    if (df >= IDF_CACHED) return idf_of(frequencies, df);
    if (cache->idf[df] == 0) cache->idf[df] = idf_of(frequencies, df);
    return cache->idf[df];
}

static double cached_damped(const struct weigh_cache *cache, uint32_t half_units)
{
    return half_units < DAMPED_CACHED ? cache->damped[half_units] : damped(half_units);
}

/* As lround() does it; value is 0 .. TERMS_UNIT. */
static uint32_t rounded(double value)
{
    uint32_t whole = (uint32_t)value;
    return whole + (value - whole >= 0.5);
}

void article_terms_weigh(struct article_terms *out, const struct features *features,
                         const struct term_frequencies *frequencies)
{
    uint32_t keys[ARTICLE_TERMS_MAX];
    out->count = gather(out->terms, features, frequencies->index);
    for (uint32_t i = 0; i < out->count; i++) keys[i] = out->terms[i].key;
    story_index_frequencies(frequencies->index, keys, out->count, out->frequency);
    struct weigh_cache cache;
    cache_begin(&cache);

    double raw[ARTICLE_TERMS_MAX][TEXT_STORED], squares[TEXT_FIELDS] = {0};
    for (uint32_t i = 0; i < out->count; i++) {
        const struct weighted_term *term = &out->terms[i];
        bool entity = term_key_kind(term->key) == TERM_ENTITY;
        double idf = cached_idf(&cache, frequencies, out->frequency[i]);
        out->idf[i] = (float)idf;
        for (unsigned f = 0; f < TEXT_STORED; f++) {
            raw[i][f] = cached_damped(&cache, term->weight[f]) * idf;
            squares[entity && f == TEXT_ALL ? TEXT_ENTITIES : f] += raw[i][f] * raw[i][f];
        }
    }
    double scale[TEXT_FIELDS];
    for (unsigned f = 0; f < TEXT_FIELDS; f++) scale[f] = squares[f] > 0 ? TERMS_UNIT / sqrt(squares[f]) : 0;
    for (uint32_t i = 0; i < out->count; i++) {
        struct weighted_term *term = &out->terms[i];
        bool entity = term_key_kind(term->key) == TERM_ENTITY;
        for (unsigned f = 0; f < TEXT_STORED; f++)
            term->weight[f] = rounded(raw[i][f] * scale[entity && f == TEXT_ALL ? TEXT_ENTITIES : f]);
    }
    text_norms(out->terms, out->count, out->norm);
}

struct text_vector article_terms_vector(const struct article_terms *article)
{
    struct text_vector vector = {.terms = article->terms, .count = article->count};
    memcpy(vector.norm, article->norm, sizeof(vector.norm));
    return vector;
}
