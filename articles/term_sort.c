#include "articles/term_sort.h"

#include <string.h>

enum { BUCKET_BITS = 9, BUCKETS = 1 << BUCKET_BITS };

static size_t bucket_of(uint64_t hash)
{
    return (size_t)(hash >> (64 - BUCKET_BITS));
}

static void insertion_sort(struct term *terms, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct term term = terms[i];
        size_t j = i;
        for (; j > 0 && terms[j - 1].hash > term.hash; j--) terms[j] = terms[j - 1];
        terms[j] = term;
    }
}

void term_sort(struct term *terms, struct term *scratch, size_t count)
{
    uint16_t ends[BUCKETS] = {0};
    if (count > 32) {
        for (size_t i = 0; i < count; i++) ends[bucket_of(terms[i].hash)]++;
        uint16_t sum = 0;
        for (size_t b = 0; b < BUCKETS; b++) ends[b] = sum = (uint16_t)(sum + ends[b]);
        for (size_t i = count; i-- > 0;) scratch[--ends[bucket_of(terms[i].hash)]] = terms[i];
        memcpy(terms, scratch, count * sizeof(*terms));
    }
    insertion_sort(terms, count);
}

size_t term_merge(struct term *terms, size_t count)
{
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        if (used > 0 && terms[used - 1].hash == terms[i].hash)
            terms[used - 1].count += terms[i].count;
        else
            terms[used++] = terms[i];
    }
    return used;
}
