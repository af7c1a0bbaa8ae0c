#include "stories/story_terms.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "stories/clusterer.h"
#include "stories/rank_select.h"
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

/* ---- packed: keys; two arrays of the lowest bytes of TEXT_ALL and TEXT_BODY; the lists, each first its
 * places, then its bytes ---- */

static const struct byte_list {
    uint8_t field, shift;
} byte_lists[SPARSE_BYTES] = {
    {TEXT_TITLE, 0},  {TEXT_ALL, 8},   {TEXT_TITLE, 8}, {TEXT_BODY, 8},   {TEXT_ALL, 16},
    {TEXT_TITLE, 16}, {TEXT_BODY, 16}, {TEXT_ALL, 24},  {TEXT_TITLE, 24}, {TEXT_BODY, 24},
};

static size_t packed_bytes(const struct story_terms *terms)
{
    size_t bytes = terms->count * (sizeof(uint32_t) + 2);
    for (unsigned l = 0; l < SPARSE_BYTES; l++) bytes += 2 * (size_t)terms->sparse[l];
    return bytes;
}

size_t story_terms_bytes(const struct story_terms *terms)
{
    return sizeof(*terms) + packed_bytes(terms);
}

void story_terms_prefetch(const struct story_terms *terms)
{
    enum { CACHE_LINE = 64 };
    const char *bytes = (const char *)terms->keys;
    size_t len = packed_bytes(terms);
    for (size_t at = 0; at < len; at += CACHE_LINE) __builtin_prefetch(bytes + at);
}

static uint8_t byte_of(const struct weighted_term *term, const struct byte_list *list)
{
    return (uint8_t)(term->weight[list->field] >> list->shift);
}

static void count_bytes(struct story_terms *terms, const struct weighted_term *from)
{
    uint32_t any[TEXT_STORED] = {0};
    for (uint32_t i = 0; i < terms->count; i++)
        for (unsigned f = 0; f < TEXT_STORED; f++) any[f] |= from[i].weight[f];
    memset(terms->sparse, 0, sizeof(terms->sparse));
    for (unsigned l = 0; l < SPARSE_BYTES; l++) {
        if (any[byte_lists[l].field] >> byte_lists[l].shift == 0) continue;
        uint32_t count = 0;
        for (uint32_t i = 0; i < terms->count; i++) count += byte_of(&from[i], &byte_lists[l]) != 0;
        terms->sparse[l] = (uint8_t)count;
    }
}

static uint8_t *pack_list(const struct weighted_term *from, uint32_t count, unsigned l, uint8_t len,
                          uint8_t *at)
{
    uint8_t places[STORY_TERMS_MAX + 1], bytes[STORY_TERMS_MAX + 1];
    if (len == 0) return at;
    for (uint32_t i = 0, n = 0; i < count; i++) { /* without a branch */
        places[n] = (uint8_t)i;
        bytes[n] = byte_of(&from[i], &byte_lists[l]);
        n += bytes[n] != 0;
    }
    memcpy(at, places, len);
    memcpy(at + len, bytes, len);
    return at + 2 * (size_t)len;
}

static void pack(struct story_terms *terms, const struct weighted_term *from, uint32_t count)
{
    _Static_assert(STORY_TERMS_MAX < UINT8_MAX, "places and lengths take a byte");
    terms->count = count;
    count_bytes(terms, from);
    terms->keys = nw_realloc(terms->keys, packed_bytes(terms), 1);
    uint8_t *all = (uint8_t *)(terms->keys + count), *body = all + count, *at = body + count;
    for (uint32_t i = 0; i < count; i++) {
        terms->keys[i] = from[i].key;
        all[i] = (uint8_t)from[i].weight[TEXT_ALL];
        body[i] = (uint8_t)from[i].weight[TEXT_BODY];
    }
    for (unsigned l = 0; l < SPARSE_BYTES; l++) at = pack_list(from, count, l, terms->sparse[l], at);
    text_norms(from, count, terms->norm);
}

static void read_lowest_bytes(const struct story_terms *terms, uint32_t place, struct weighted_term *out)
{
    const uint8_t *all = (const uint8_t *)(terms->keys + terms->count), *body = all + terms->count;
    out->key = terms->keys[place];
    out->weight[TEXT_ALL] = all[place];
    out->weight[TEXT_TITLE] = 0;
    out->weight[TEXT_BODY] = body[place];
}

/* The bytes of the lists; where[place] is the term's index in out, not below count where it is not wanted. */
static void add_bytes(const struct story_terms *terms, const uint8_t *where, uint32_t count,
                      struct weighted_term *out)
{
    const uint8_t *at = (const uint8_t *)(terms->keys + terms->count) + 2 * (size_t)terms->count;
    for (unsigned l = 0; l < SPARSE_BYTES; l++) {
        const uint8_t *bytes = at + terms->sparse[l];
        for (uint32_t i = 0; i < terms->sparse[l]; i++) {
            uint8_t index = where[at[i]];
            if (index < count)
                out[index].weight[byte_lists[l].field] |= (uint32_t)bytes[i] << byte_lists[l].shift;
        }
        at = bytes + terms->sparse[l];
    }
}

void story_terms_read(const struct story_terms *terms, const uint8_t *places, uint32_t count,
                      struct weighted_term *out)
{
    uint8_t where[STORY_TERMS_MAX];
    memset(where, UINT8_MAX, sizeof(where));
    for (uint32_t i = 0; i < count; i++) {
        where[places[i]] = (uint8_t)i;
        read_lowest_bytes(terms, places[i], &out[i]);
    }
    add_bytes(terms, where, count, out);
}

struct text_vector story_terms_vector(const struct story_terms *terms, struct weighted_term *room)
{
    uint8_t where[STORY_TERMS_MAX];
    for (uint32_t i = 0; i < terms->count; i++) {
        where[i] = (uint8_t)i;
        read_lowest_bytes(terms, i, &room[i]);
    }
    add_bytes(terms, where, terms->count, room);
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

/* Equal weights by key, so that the cut does not depend on the order of arrival. */
static uint64_t cut_rank(const struct weighted_term *term)
{
    return rank_of(term->weight[TEXT_ALL], term->key);
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
    uint64_t least = rank_select(ranks, count, STORY_TERMS_MAX);
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

/* Two tables added up; without a branch, as nothing tells a processor which of them has the next key. */
static uint32_t add_up(const struct text_vector *held, const struct text_vector *added,
                       struct summed_term *sum)
{
    uint32_t count = 0, i = 0, j = 0;
    while (i < held->count && j < added->count) {
        const struct weighted_term *a = &held->terms[i], *b = &added->terms[j];
        bool mine = a->key <= b->key, theirs = b->key <= a->key;
        struct summed_term *next = &sum[count++];
        next->held = mine;
        next->term.key = mine ? a->key : b->key;
        for (unsigned f = 0; f < TEXT_STORED; f++)
            next->term.weight[f] = add_saturating(a->weight[f] * mine, b->weight[f] * theirs);
        i += mine;
        j += theirs;
    }
    for (; i < held->count; i++) sum[count++] = (struct summed_term){held->terms[i], true};
    for (; j < added->count; j++) sum[count++] = (struct summed_term){added->terms[j], false};
    return count;
}

void story_terms_add(struct story_terms *terms, const struct text_vector *added, uint32_t taught,
                     struct terms_change *change)
{
    struct weighted_term room[STORY_TERMS_MAX];
    const struct text_vector held = story_terms_vector(terms, room);
    struct summed_term *sum = nw_realloc(NULL, held.count + added->count, sizeof(*sum));
    uint32_t count = add_up(&held, added, sum);
    if (change != NULL) change->fresh_count = change->dropped_count = 0;
    settle(terms, sum, count, change);
    free(sum);
    terms->taught = add_saturating(terms->taught, taught);
}

/* ---- state: version, taught, count, then per term the key and the weights as varints; the centroid ---- */

enum { STATE_VERSION = 3 };

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
