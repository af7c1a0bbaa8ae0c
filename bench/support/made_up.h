/*
 * made_up - articles of no meaning and the size of news, as features records, for the benchmarks.
 *
 * A title of 8 words, a lead of 26, the first FEATURES_BODY_TERMS of a body, after stop words. Words are
 * drawn by Zipf's law (rank r as often as 1/r) from a vocabulary of 2^21; a third of them are the story's
 * own. Three articles a story on average, as in days of feeds of a few hundred outlets: each article begins a
 * story with a chance of 1/3, or follows a recent one (so stories that grow, grow more). Event time runs so
 * that the wanted number of stories is founded in the idle expiry. One language.
 */
#ifndef NW_BENCH_SUPPORT_MADE_UP_H
#define NW_BENCH_SUPPORT_MADE_UP_H

#include <stddef.h>
#include <stdint.h>

#include "articles/features_record.h"

enum { MADE_UP_ARTICLES_A_STORY = 3 };

struct made_up;

struct made_up_record {
    struct features_record record; /* borrows from the rest; its offset is its number */
    struct term terms[4 * FEATURES_MAX_TERMS];
    char source[24];
};

struct made_up *made_up_new(uint64_t seed, size_t live, int64_t idle_expiry_ms);
void made_up_free(struct made_up *made_up);
void made_up_next(struct made_up *made_up, struct made_up_record *out);

#endif
