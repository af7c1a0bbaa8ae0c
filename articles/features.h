/*
 * features - what the story stage needs to know of an article's text.
 *
 * Terms are 64-bit hashes; a list is sorted by hash and has each hash once. Counts are in half
 * units: a word counts 2, a bigram of neighbours 1 (half weight), so everything stays an integer.
 * Computed by the article consumer (features_compute in features_compute.h), carried in the record,
 * and never recomputed, so that replay is exact.
 */
#ifndef NW_ARTICLES_FEATURES_H
#define NW_ARTICLES_FEATURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "articles/dense_vector.h"

enum { FEATURES_MINHASH = 16, FEATURES_MAX_TERMS = 512 };

/* Kinds are told by the two lowest bits of the hash, so that a merged table still knows them. */
enum term_kind { TERM_WORD = 0, TERM_BIGRAM = 1, TERM_NUMBER = 2, TERM_ENTITY = 3 };

struct term {
    uint64_t hash;
    uint32_t count; /* half units */
};

struct term_list {
    const struct term *terms; /* ascending hash */
    uint32_t count;
};

static inline enum term_kind term_kind(uint64_t hash)
{
    return (enum term_kind)(hash & 3);
}

struct features {
    struct term_list title;
    struct term_list lead; /* description, else the first 60 words of the body */
    struct term_list body; /* the first words of the body */
    struct term_list entities;
    uint32_t
        minhash[FEATURES_MINHASH]; /* of the title's words but numbers and dates; all ones when it has none */
    uint64_t simhash;              /* of the body's words; 0 when there is no body */
    uint32_t body_words;
    uint64_t title_pattern; /* hash of the title with names and numbers taken out: tells recurring formats */
    struct dense_vector dense; /* by an embeddings service; mostly there is none */
};

#endif
