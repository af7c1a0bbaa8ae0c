/*
 * story_terms - the words of a story (or of one article) as a bounded table of integer weights.
 *
 * An article's text becomes a table of terms, each with a weight in every field; a field is a vector
 * of length TERMS_UNIT. A story's table is the sum of its members' tables, so the order in which they
 * came does not matter as long as nothing is cut; past STORY_TERMS_MAX the lightest terms go.
 * Keys are the upper 30 bits of a term's hash with its kind below: tables are compared by the
 * hundred for each article, and at 32 bits one false match in some thousand comparisons is cheaper
 * than twice the memory.
 * Weights are fixed when an article arrives (article_terms.h), so nothing here needs document
 * frequencies later on.
 */
#ifndef NW_STORIES_STORY_TERMS_H
#define NW_STORIES_STORY_TERMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "articles/features.h"
#include "base/arena.h"
#include "base/err.h"
#include "stories/dense_centroid.h"

enum { STORY_TERMS_MAX = 90, TERMS_UNIT = 1024 };

/* The all-text field holds words, bigrams and numbers of title (twice), lead and body. Entities are
 * terms of their own kind; their weight stands in TEXT_ALL and counts only for TEXT_ENTITIES. */
enum text_field { TEXT_ALL, TEXT_TITLE, TEXT_BODY, TEXT_STORED, TEXT_ENTITIES = TEXT_STORED, TEXT_FIELDS };

struct weighted_term {
    uint32_t key;
    uint32_t weight[TEXT_STORED];
};

/* A view: ascending keys. */
struct text_vector {
    const struct weighted_term *terms;
    uint32_t count;
    double norm[TEXT_FIELDS]; /* 0: the field is empty */
};

/* Packed: the tables are what a live story costs most, and most weights need one byte. Weights are kept by
 * their bytes: those that are seldom 0 as arrays, the others as lists of where they stand and what they are.
 */
enum { SPARSE_BYTES = 4 * TEXT_STORED - 2 };
struct story_terms {
    uint32_t *keys;  /* owned; ascending; behind them stands what story_terms.c knows the order of */
    uint32_t count;  /* at most STORY_TERMS_MAX */
    uint32_t taught; /* members whose words are in the sums */
    uint32_t slot;   /* in the clusterer's index; not part of the state */
    bool touched;    /* on the clusterer's list for the next merge pass; not part of the state */
    uint8_t sparse[SPARSE_BYTES]; /* how long each list is */
    double norm[TEXT_FIELDS];
    struct dense_centroid *dense; /* owned; NULL: no member had a sentence vector */
};

static inline uint32_t term_key(uint64_t hash)
{
    return (uint32_t)(hash >> 32 & ~UINT64_C(3)) | (uint32_t)(hash & 3);
}
static inline enum term_kind term_key_kind(uint32_t key)
{
    return (enum term_kind)(key & 3);
}

struct story_terms *story_terms_new(void);
void story_terms_free(struct story_terms *terms);
/* The terms at these places (ascending), unpacked. */
void story_terms_read(const struct story_terms *terms, const uint8_t *places, uint32_t count,
                      struct weighted_term *out);
/* All of them; room is for STORY_TERMS_MAX, and the view is of it. */
struct text_vector story_terms_vector(const struct story_terms *terms, struct weighted_term *room);
/* Asks the memory for all of them. */
void story_terms_prefetch(const struct story_terms *terms);
size_t story_terms_bytes(const struct story_terms *terms);

/* Lengths of the fields of count terms. */
void text_norms(const struct weighted_term *terms, uint32_t count, double norm[TEXT_FIELDS]);

/* terms += added. change (may be NULL when nobody indexes): the terms the story holds now and did not
 * before, and those it held and lost to the bound; what came and went at once is in neither. */
struct terms_change {
    uint32_t *fresh, *dropped; /* room for STORY_TERMS_MAX each */
    uint32_t fresh_count, dropped_count;
};
void story_terms_add(struct story_terms *terms, const struct text_vector *added, uint32_t taught,
                     struct terms_change *change);

#endif
