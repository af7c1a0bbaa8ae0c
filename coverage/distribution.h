/*
 * distribution - counts of sources per label and side, and the whole percentages shown for them.
 *
 * Percentages are of the rated sources and sum to 100: the largest remainder method over
 * count / N * 100 in IEEE double, as published pages round; ties go left, then center, then right.
 */
#ifndef NW_COVERAGE_DISTRIBUTION_H
#define NW_COVERAGE_DISTRIBUTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "coverage/coverage.h"

/* Counts one source. */
void distribution_add(struct side_counts *counts, enum bias bias);
/* Sources that have a label. */
uint32_t distribution_rated(const struct side_counts *counts);
/* False (and zeroes) when no source is rated: there is then no distribution. */
bool distribution_percents(const struct side_counts *counts, uint32_t percents[SIDE_COUNT]);
/* The sides tied for the largest count, in the order left, center, right; none when no source is rated. */
size_t distribution_headline(const struct side_counts *counts, enum side sides[SIDE_COUNT]);

#endif
