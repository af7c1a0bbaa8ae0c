/*
 * dense_centroid - the direction of a story's sentence vectors: the sum of its members' vectors in integers.
 *
 * Each vector is first brought to one length, DENSE_RMS * sqrt(count), and rounded, so that every member
 * counts the
 * same (a number eight times their root mean square is cut to that). The sum does not depend on the order of
 * its members and is restored exactly. After DENSE_TAUGHT_MAX members the direction is known well enough and
 * stays, which is what keeps the sums within 16 bits (256 * 127); in merges the two sums are added, cut to
 * that. Two bytes a dimension, and only where vectors are in use. A vector of another model, or of another
 * length, begins the centroid anew: the newer model is the one that the articles to come will have.
 */
#ifndef NW_STORIES_DENSE_CENTROID_H
#define NW_STORIES_DENSE_CENTROID_H

#include <stddef.h>
#include <stdint.h>

#include "articles/dense_vector.h"

enum { DENSE_RMS = 16, DENSE_TAUGHT_MAX = 256, DENSE_MERGED_MAX = 1 << 20 };

struct dense_centroid {
    uint64_t model;
    double norm;     /* derived from sums; 0: they cancel out */
    uint32_t taught; /* vectors in the sums, 1 .. DENSE_MERGED_MAX */
    uint32_t count;  /* of sums */
    int16_t sums[];
};

static inline size_t dense_centroid_bytes(const struct dense_centroid *centroid)
{
    return centroid == NULL ? 0 : sizeof(*centroid) + centroid->count * sizeof(centroid->sums[0]);
}

/* *centroid += vector; free() it. NULL is an empty centroid, and a vector without values adds nothing. */
void dense_centroid_add(struct dense_centroid **centroid, const struct dense_vector *vector);
/* *centroid += other (a story that is merged into it). Of two models the one that is there stays. */
void dense_centroid_merge(struct dense_centroid **centroid, const struct dense_centroid *other);

enum { DENSE_NO_COSINE = -2 };
/* DENSE_NO_COSINE when they cannot be compared: either is NULL or has no direction, or the models differ. */
double dense_centroid_cosine(const struct dense_centroid *a, const struct dense_centroid *b);

/* State: at most dense_centroid_packed_max() bytes at `at`; returns their end. A NULL centroid takes one
 * byte. */
size_t dense_centroid_packed_max(const struct dense_centroid *centroid);
uint8_t *dense_centroid_pack(const struct dense_centroid *centroid, uint8_t *at);
/* Returns the end of what it read, NULL when it is damaged. *out: free() it; NULL: none is stored. */
const uint8_t *dense_centroid_unpack(const uint8_t *at, const uint8_t *end, struct dense_centroid **out);

#endif
