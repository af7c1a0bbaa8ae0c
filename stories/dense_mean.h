/*
 * dense_mean - what the sentence vectors of a language's live stories have in common: their mean.
 *
 * A model's vectors lie in a narrow cone, and a day's news is about few fields, so that any two texts look
 * alike. Cosines are therefore taken of what is left without the mean (centring: Suzuki et al. 2013,
 * "Centering similarity measures to reduce hubs"; Mu & Viswanath 2018, "All-but-the-top").
 *
 * Derived from the live stories, each vector counting the same, in integers: neither the order of additions
 * nor a restore changes it. While few vectors are known it is shrunk: DENSE_MEAN_PRIOR zero vectors are
 * added. One mean a model and length; none is kept for one that no live story has.
 */
#ifndef NW_STORIES_DENSE_MEAN_H
#define NW_STORIES_DENSE_MEAN_H

#include <stddef.h>
#include <stdint.h>

#include "stories/dense_centroid.h"

enum { DENSE_MEAN_PRIOR = 100 };

/* Zeroed: no vectors. */
struct dense_mean {
    struct dense_model *models; /* in any order */
    size_t count, capacity;
};

void dense_mean_fini(struct dense_mean *mean);
/* centroid may be NULL. What is removed must have been added as it is now. */
void dense_mean_add(struct dense_mean *mean, const struct dense_centroid *centroid);
void dense_mean_remove(struct dense_mean *mean, const struct dense_centroid *centroid);
/* After changes, before cosines. */
void dense_mean_settle(struct dense_mean *mean);
size_t dense_mean_memory_bytes(const struct dense_mean *mean);

/* The product of the centroid's sum and the mean; 0 where there is none. */
double dense_mean_along(const struct dense_mean *mean, const struct dense_centroid *centroid);
/* The cosine of a and b after the mean is taken from each of their vectors; a_along is a's product with the
 * mean, which is wanted for many b. DENSE_NO_COSINE as dense_centroid_cosine(), and when one of them is
 * nothing but the mean. */
double dense_mean_cosine(const struct dense_mean *mean, const struct dense_centroid *a, double a_along,
                         const struct dense_centroid *b);

#endif
