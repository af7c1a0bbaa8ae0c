#include "stories/article_terms.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { IDF_PSEUDO_STORIES = 100 };

/* The lists of an article merged: counts by field in place of weights. */
static uint32_t gather(struct weighted_term *terms, const struct features *features)
{
    const struct term_list *const lists[] = {&features->title, &features->lead, &features->body,
                                             &features->entities};
    enum { LISTS = sizeof(lists) / sizeof(*lists) };
    uint32_t at[LISTS] = {0};
    uint32_t count = 0;
    uint64_t heads[LISTS]; /* the hash that is next in each; UINT64_MAX at its end, too */
    uint32_t left = 0;
    for (unsigned l = 0; l < LISTS; l++) {
        heads[l] = lists[l]->count > 0 ? lists[l]->terms[0].hash : UINT64_MAX;
        left += lists[l]->count;
    }
    while (left > 0) {
        uint64_t next = UINT64_MAX;
        for (unsigned l = 0; l < LISTS; l++) next = heads[l] < next ? heads[l] : next;
        struct weighted_term term = {.key = term_key(next)};
        for (unsigned l = 0; l < LISTS; l++) {
            if (heads[l] != next || at[l] == lists[l]->count) continue;
            uint32_t times = lists[l]->terms[at[l]++].count;
            heads[l] = at[l] < lists[l]->count ? lists[l]->terms[at[l]].hash : UINT64_MAX;
            left--;
            if (times > UINT16_MAX) times = UINT16_MAX;
            term.weight[TEXT_ALL] += l == 0 ? 2 * times : times;
            if (l == 0) term.weight[TEXT_TITLE] += times;
            if (l == 2) term.weight[TEXT_BODY] += times;
        }
        assert(count < ARTICLE_TERMS_MAX);
        /* Keys are shorter than hashes and have the kind in front of nothing: now and then two
         * neighbours have to change places, and two hashes become one key. */
        uint32_t place = count;
        while (place > 0 && terms[place - 1].key > term.key) place--;
        if (place > 0 && terms[place - 1].key == term.key) {
            for (unsigned f = 0; f < TEXT_STORED; f++) terms[place - 1].weight[f] += term.weight[f];
            continue;
        }
        memmove(&terms[place + 1], &terms[place], (count - place) * sizeof(*terms));
        terms[place] = term;
        count++;
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

/* The idf of words that few stories hold, as most are: a logarithm each but the first time. */
struct idf_cache {
    double idf[64]; /* 0: not known yet */
};

static double cached_idf(struct idf_cache *cache, const struct term_frequencies *frequencies, uint32_t df)
{
    if (df >= sizeof(cache->idf) / sizeof(cache->idf[0])) return idf_of(frequencies, df);
    if (cache->idf[df] == 0) cache->idf[df] = idf_of(frequencies, df);
    return cache->idf[df];
}

static double damped(uint32_t half_units)
{
    double tf = half_units / 2.0;
    return tf > 1 ? 1 + log(tf) : tf;
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
    out->count = gather(out->terms, features);
    for (uint32_t i = 0; i < out->count; i++) keys[i] = out->terms[i].key;
    story_index_frequencies(frequencies->index, keys, out->count, out->frequency);
    struct idf_cache cache = {0};

    double raw[ARTICLE_TERMS_MAX][TEXT_STORED], squares[TEXT_FIELDS] = {0};
    for (uint32_t i = 0; i < out->count; i++) {
        const struct weighted_term *term = &out->terms[i];
        bool entity = term_key_kind(term->key) == TERM_ENTITY;
        double idf = cached_idf(&cache, frequencies, out->frequency[i]);
        out->idf[i] = (float)idf;
        for (unsigned f = 0; f < TEXT_STORED; f++) {
            raw[i][f] = term->weight[f] > 0 ? damped(term->weight[f]) * idf : 0;
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
