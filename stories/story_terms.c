#include "stories/story_terms.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "stories/clusterer.h"
#include "stories/varint.h"

struct story_terms *story_terms_new(void)
{
    return nw_calloc(1, sizeof(struct story_terms));
}

void story_terms_free(struct story_terms *terms)
{
    if (terms == NULL) return;
    free(terms->keys);
    free(terms->dense);
    free(terms);
}

/* ---- packed: keys; weights of TEXT_ALL, of TEXT_BODY; those of TEXT_TITLE that are not 0; their places ----
 */

static size_t packed_bytes(uint32_t count, uint32_t titled, bool wide)
{
    size_t weight = wide ? sizeof(uint32_t) : sizeof(uint16_t);
    return count * (sizeof(uint32_t) + 2 * weight) + titled * (weight + sizeof(uint8_t));
}

size_t story_terms_bytes(const struct story_terms *terms)
{
    return sizeof(*terms) + packed_bytes(terms->count, terms->titled, terms->wide);
}

void story_terms_prefetch(const struct story_terms *terms)
{
    enum { CACHE_LINE = 64 };
    const char *bytes = (const char *)terms->keys;
    size_t len = packed_bytes(terms->count, terms->titled, terms->wide);
    for (size_t at = 0; at < len; at += CACHE_LINE) __builtin_prefetch(bytes + at);
}

static uint32_t get_weight(const struct story_terms *terms, uint32_t at)
{
    const uint32_t *weights = terms->keys + terms->count;
    return terms->wide ? weights[at] : ((const uint16_t *)weights)[at];
}

static void put_weight(struct story_terms *terms, uint32_t at, uint32_t weight)
{
    uint32_t *weights = terms->keys + terms->count;
    if (terms->wide)
        weights[at] = weight;
    else
        ((uint16_t *)weights)[at] = (uint16_t)weight;
}

static uint8_t *title_places(const struct story_terms *terms)
{
    return (uint8_t *)terms->keys + packed_bytes(terms->count, terms->titled, terms->wide) - terms->titled;
}

static void pack(struct story_terms *terms, const struct weighted_term *from, uint32_t count)
{
    _Static_assert(STORY_TERMS_MAX <= UINT8_MAX, "a place takes a byte");
    uint32_t most = 0;
    terms->count = count;
    terms->titled = 0;
    for (uint32_t i = 0; i < count; i++) {
        terms->titled += from[i].weight[TEXT_TITLE] > 0;
        for (unsigned f = 0; f < TEXT_STORED; f++)
            if (from[i].weight[f] > most) most = from[i].weight[f];
    }
    terms->wide = most > UINT16_MAX;
    terms->keys = nw_realloc(terms->keys, packed_bytes(count, terms->titled, terms->wide), 1);
    uint8_t *places = title_places(terms);
    uint32_t titled = 0;
    for (uint32_t i = 0; i < count; i++) {
        terms->keys[i] = from[i].key;
        put_weight(terms, i, from[i].weight[TEXT_ALL]);
        put_weight(terms, count + i, from[i].weight[TEXT_BODY]);
        if (from[i].weight[TEXT_TITLE] == 0) continue;
        put_weight(terms, 2 * count + titled, from[i].weight[TEXT_TITLE]);
        places[titled++] = (uint8_t)i;
    }
    text_norms(from, count, terms->norm);
}

void story_terms_read(const struct story_terms *terms, const uint8_t *places, uint32_t count,
                      struct weighted_term *out)
{
    const uint8_t *title = title_places(terms);
    uint32_t titled = 0;
    for (uint32_t i = 0; i < count; i++) {
        uint32_t at = places[i];
        while (titled < terms->titled && title[titled] < at) titled++;
        bool in_title = titled < terms->titled && title[titled] == at;
        out[i].key = terms->keys[at];
        out[i].weight[TEXT_ALL] = get_weight(terms, at);
        out[i].weight[TEXT_TITLE] = in_title ? get_weight(terms, 2 * terms->count + titled) : 0;
        out[i].weight[TEXT_BODY] = get_weight(terms, terms->count + at);
    }
}

struct text_vector story_terms_vector(const struct story_terms *terms, struct weighted_term *room)
{
    const uint8_t *places = title_places(terms);
    for (uint32_t i = 0; i < terms->count; i++) {
        room[i].key = terms->keys[i];
        room[i].weight[TEXT_ALL] = get_weight(terms, i);
        room[i].weight[TEXT_TITLE] = 0;
        room[i].weight[TEXT_BODY] = get_weight(terms, terms->count + i);
    }
    for (uint32_t i = 0; i < terms->titled; i++)
        room[places[i]].weight[TEXT_TITLE] = get_weight(terms, 2 * terms->count + i);
    struct text_vector vector = {.terms = room, .count = terms->count};
    memcpy(vector.norm, terms->norm, sizeof(vector.norm));
    return vector;
}

void text_norms(const struct weighted_term *terms, uint32_t count, double norm[TEXT_FIELDS])
{
    double squares[TEXT_FIELDS] = {0};
    for (uint32_t i = 0; i < count; i++) {
        bool entity = term_key_kind(terms[i].key) == TERM_ENTITY;
        double all = terms[i].weight[TEXT_ALL];
        squares[entity ? TEXT_ENTITIES : TEXT_ALL] += all * all;
        for (unsigned f = TEXT_ALL + 1; f < TEXT_STORED; f++)
            squares[f] += (double)terms[i].weight[f] * terms[i].weight[f];
    }
    for (unsigned f = 0; f < TEXT_FIELDS; f++) norm[f] = sqrt(squares[f]);
}

static uint32_t add_saturating(uint32_t a, uint32_t b)
{
    return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

/* Heavier first; equal weights by key, so that the cut does not depend on the order of arrival. */
static uint64_t cut_rank(const struct weighted_term *term)
{
    return (uint64_t)term->weight[TEXT_ALL] << 32 | (UINT32_MAX - term->key);
}

/* The n-th largest (from 0) of distinct ranks, which it reorders: Hoare's quickselect. */
static uint64_t select_rank(uint64_t *ranks, uint32_t count, uint32_t n)
{
    uint32_t low = 0, high = count - 1;
    while (low < high) {
        uint64_t pivot = ranks[low + (high - low) / 2];
        uint32_t i = low, j = high;
        for (;; i++, j--) {
            while (ranks[i] > pivot) i++;
            while (ranks[j] < pivot) j--;
            if (i >= j) break;
            uint64_t held = ranks[i];
            ranks[i] = ranks[j];
            ranks[j] = held;
        }
        if (n <= j)
            high = j;
        else
            low = j + 1;
    }
    return ranks[low];
}

/* A term of the sum, and whether the story held it before. */
struct summed_term {
    struct weighted_term term;
    bool held;
};

/* The least rank that stays within the bound. */
static uint64_t least_kept(const struct summed_term *sum, uint32_t count)
{
    if (count <= STORY_TERMS_MAX) return 0;
    uint64_t *ranks = nw_realloc(NULL, count, sizeof(*ranks));
    for (uint32_t i = 0; i < count; i++) ranks[i] = cut_rank(&sum[i].term);
    uint64_t least = select_rank(ranks, count, STORY_TERMS_MAX - 1);
    free(ranks);
    return least;
}

/* Keeps the STORY_TERMS_MAX heaviest. */
static void settle(struct story_terms *terms, const struct summed_term *sum, uint32_t count,
                   struct terms_change *change)
{
    struct weighted_term kept[STORY_TERMS_MAX];
    uint64_t least = least_kept(sum, count);
    uint32_t kept_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        bool stays = cut_rank(&sum[i].term) >= least;
        if (stays) kept[kept_count++] = sum[i].term;
        if (change == NULL || stays == sum[i].held) continue;
        if (stays)
            change->fresh[change->fresh_count++] = sum[i].term.key;
        else
            change->dropped[change->dropped_count++] = sum[i].term.key;
    }
    pack(terms, kept, kept_count);
}

void story_terms_add(struct story_terms *terms, const struct text_vector *added, uint32_t taught,
                     struct terms_change *change)
{
    struct weighted_term room[STORY_TERMS_MAX];
    const struct text_vector held = story_terms_vector(terms, room);
    uint32_t most = held.count + added->count, count = 0, i = 0, j = 0;
    struct summed_term *sum = nw_realloc(NULL, most, sizeof(*sum));
    while (i < held.count || j < added->count) {
        bool mine = j == added->count || (i < held.count && held.terms[i].key <= added->terms[j].key);
        bool theirs = i == held.count || (j < added->count && added->terms[j].key <= held.terms[i].key);
        struct weighted_term *term = &sum[count].term;
        sum[count++].held = mine;
        *term = mine ? held.terms[i] : added->terms[j];
        if (mine && theirs)
            for (unsigned f = 0; f < TEXT_STORED; f++)
                term->weight[f] = add_saturating(term->weight[f], added->terms[j].weight[f]);
        i += mine;
        j += theirs;
    }
    if (change != NULL) change->fresh_count = change->dropped_count = 0;
    settle(terms, sum, count, change);
    free(sum);
    terms->taught = add_saturating(terms->taught, taught);
}

/* ---- state: version, taught, count, then per term the key and the weights as varints; the centroid ---- */

enum { STATE_VERSION = 2 };

void story_terms_pack(struct arena *arena, const struct story *story, const uint8_t **bytes, size_t *len)
{
    const struct story_terms *terms = story->terms;
    struct weighted_term room[STORY_TERMS_MAX];
    assert(terms != NULL);
    const struct text_vector text = story_terms_vector(terms, room);
    uint8_t *start = arena_alloc(arena, 1 + VARINT_MAX * (2 + (size_t)terms->count * (1 + TEXT_STORED)) +
                                            dense_centroid_packed_max(terms->dense));
    uint8_t *at = start;
    *at++ = STATE_VERSION;
    at = varint_put(at, terms->taught);
    at = varint_put(at, terms->count);
    uint32_t last = 0;
    for (uint32_t i = 0; i < terms->count; i++) {
        at = varint_put(at, text.terms[i].key - last);
        last = text.terms[i].key;
        for (unsigned f = 0; f < TEXT_STORED; f++) at = varint_put(at, text.terms[i].weight[f]);
    }
    at = dense_centroid_pack(terms->dense, at);
    *bytes = start;
    *len = (size_t)(at - start);
}

enum nw_err story_terms_unpack(struct story *story, const uint8_t *bytes, size_t len)
{
    assert(story->terms == NULL);
    if (len < 1) return NW_ERR_CORRUPT;
    if (bytes[0] != STATE_VERSION) return NW_ERR_VERSION;
    const uint8_t *at = bytes + 1, *end = bytes + len;
    uint32_t taught = 0, count = 0;
    at = varint_get(at, end, &taught);
    at = varint_get(at, end, &count);
    if (at == NULL || count > STORY_TERMS_MAX) return NW_ERR_CORRUPT;

    struct story_terms *terms = story_terms_new();
    struct weighted_term read[STORY_TERMS_MAX];
    uint32_t last = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct weighted_term *term = &read[i];
        uint32_t step = 0;
        at = varint_get(at, end, &step);
        for (unsigned f = 0; f < TEXT_STORED; f++) at = varint_get(at, end, &term->weight[f]);
        if (at == NULL || (i > 0 && step == 0) || step > UINT32_MAX - last) goto corrupt;
        term->key = last += step;
    }
    at = dense_centroid_unpack(at, end, &terms->dense);
    if (at != end) goto corrupt;
    pack(terms, read, count);
    terms->taught = taught;
    story->terms = terms;
    return NW_OK;

corrupt:
    story_terms_free(terms);
    return NW_ERR_CORRUPT;
}
