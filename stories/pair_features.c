#include "stories/pair_features.h"

#include <math.h>

#include "base/instant.h"

static const double MS_PER_DAY = 86400000.0;

const char *pair_feature_name(enum pair_feature feature)
{
    static const char *const names[] = {
#define PAIR_FEATURE_NAME(id, name) name,
        PAIR_FEATURES(PAIR_FEATURE_NAME)
#undef PAIR_FEATURE_NAME
    };
    return names[feature];
}

void pair_side_find_rare(struct pair_side *x)
{
    x->rare_count = 0;
    for (uint32_t i = 0; i < x->text.count; i++) {
        struct weighted_term term = x->text.terms[i];
        if (term_key_kind(term.key) != TERM_WORD) continue;
        uint32_t place = x->rare_count;
        while (place > 0 && x->rare[place - 1].weight[TEXT_ALL] < term.weight[TEXT_ALL]) place--;
        if (place == RARE_TERMS) continue;
        if (x->rare_count < RARE_TERMS) x->rare_count++;
        for (uint32_t j = x->rare_count - 1; j > place; j--) x->rare[j] = x->rare[j - 1];
        x->rare[place] = term;
    }
}

static const struct weighted_term *find_term(const struct text_vector *text, uint32_t key)
{
    uint32_t low = 0, high = text->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (text->terms[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low < text->count && text->terms[low].key == key ? &text->terms[low] : NULL;
}

static double rare_share(const struct pair_side *x, const struct text_vector *y)
{
    uint64_t found = 0, sum = 0;
    for (uint32_t i = 0; i < x->rare_count; i++) {
        sum += x->rare[i].weight[TEXT_ALL];
        if (find_term(y, x->rare[i].key) != NULL) found += x->rare[i].weight[TEXT_ALL];
    }
    return sum > 0 ? (double)found / (double)sum : 0;
}

static void dot_products(const struct text_vector *x, const struct text_vector *y, double dot[TEXT_FIELDS])
{
    uint64_t sum[TEXT_FIELDS] = {0};
    uint32_t i = 0, j = 0;
    while (i < x->count && j < y->count) {
        const struct weighted_term *a = &x->terms[i], *b = &y->terms[j];
        if (a->key == b->key) {
            bool entity = term_key_kind(a->key) == TERM_ENTITY;
            sum[entity ? TEXT_ENTITIES : TEXT_ALL] += (uint64_t)a->weight[TEXT_ALL] * b->weight[TEXT_ALL];
            for (unsigned f = TEXT_ALL + 1; f < TEXT_STORED; f++)
                sum[f] += (uint64_t)a->weight[f] * b->weight[f];
        }
        i += a->key <= b->key;
        j += b->key <= a->key;
    }
    for (unsigned f = 0; f < TEXT_FIELDS; f++) dot[f] = (double)sum[f];
}

static double days_apart(const struct pair_side *x, const struct pair_side *y)
{
    double gap = 0;
    if (x->first_ms > y->last_ms)
        gap = (double)(x->first_ms - y->last_ms) / MS_PER_DAY;
    else if (x->last_ms < y->first_ms)
        gap = (double)(y->first_ms - x->last_ms) / MS_PER_DAY;
    if (x->day_only) gap = fmax(0, gap - 0.5);
    return gap;
}

void pair_features_compute(const struct pair_side *x, const struct pair_side *y,
                           double out[PAIR_FEATURE_COUNT])
{
    double dot[TEXT_FIELDS], root[TEXT_FIELDS];
    dot_products(&x->text, &y->text, dot);
    for (unsigned f = 0; f < TEXT_FIELDS; f++)
        root[f] = dot[f] > 0 ? sqrt(dot[f] / (x->text.norm[f] * y->text.norm[f])) : 0;
    bool timed = x->first_ms != NW_NO_TIME && y->first_ms != NW_NO_TIME;
    out[PAIR_ALL] = root[TEXT_ALL];
    out[PAIR_TITLE] = root[TEXT_TITLE];
    out[PAIR_BODY] = root[TEXT_BODY];
    out[PAIR_ENTITIES] = root[TEXT_ENTITIES];
    out[PAIR_RARE] = rare_share(x, &y->text);
    out[PAIR_GAP] = timed ? log1p(days_apart(x, y)) : 0;
    out[PAIR_NO_TIME] = timed ? 0 : 1;
    out[PAIR_SOURCE] = x->same_source ? 1 : 0;
    out[PAIR_SIZE] = log(x->size);
    double dense = dense_centroid_cosine(x->dense, y->dense);
    out[PAIR_HAS_DENSE] = dense == DENSE_NO_COSINE ? 0 : 1;
    out[PAIR_DENSE] = dense == DENSE_NO_COSINE ? 0 : dense;
    out[PAIR_CONST] = 1;
}
