/*
 * dense_vector - a sentence vector as a features record carries it: int8, and which model it is of.
 *
 * Only directions are ever compared, so no scale is kept: a vector's largest number becomes 127 or -127.
 * Vectors of two models, or of two lengths, have nothing to do with each other.
 */
#ifndef NW_ARTICLES_DENSE_VECTOR_H
#define NW_ARTICLES_DENSE_VECTOR_H

#include <stdbool.h>
#include <stdint.h>

enum { DENSE_COUNT_MAX = 4096 };

struct dense_vector {
    const int8_t *values; /* not all 0; NULL: there is no vector */
    uint32_t count;       /* 0 .. DENSE_COUNT_MAX */
    uint64_t model;       /* hash of the model's name; 0 without a vector */
};

/* false when they have no direction: none, all zero, or one is not finite. */
bool dense_vector_quantise(const double *values, uint32_t count, int8_t *out);
/* Whether it may be used: a count in range, a model, one value that is not zero. */
bool dense_vector_valid(const struct dense_vector *vector);
/* Whether the two can be compared. */
bool dense_vector_alike(uint32_t count, uint64_t model, const struct dense_vector *vector);

#endif
