#include "coverage/distribution.h"

void distribution_add(struct side_counts *counts, enum bias bias)
{
    if (bias == BIAS_UNRATED) {
        counts->unrated++;
        return;
    }
    counts->bias[bias]++;
    counts->side[bias_side(bias)]++;
}

uint32_t distribution_rated(const struct side_counts *counts)
{
    return counts->side[SIDE_LEFT] + counts->side[SIDE_CENTER] + counts->side[SIDE_RIGHT];
}

bool distribution_percents(const struct side_counts *counts, uint32_t percents[SIDE_COUNT])
{
    uint32_t rated = distribution_rated(counts), sum = 0;
    double remainders[SIDE_COUNT];
    for (size_t i = 0; i < SIDE_COUNT; i++) {
        double exact = rated == 0 ? 0.0 : (double)counts->side[i] / (double)rated * 100.0;
        percents[i] = (uint32_t)exact;
        remainders[i] = exact - (double)percents[i];
        sum += percents[i];
    }
    if (rated == 0) return false;
    for (; sum < 100; sum++) {
        size_t largest = 0;
        for (size_t i = 1; i < SIDE_COUNT; i++)
            if (remainders[i] > remainders[largest]) largest = i;
        percents[largest]++;
        remainders[largest] = -1.0;
    }
    return true;
}

size_t distribution_headline(const struct side_counts *counts, enum side sides[SIDE_COUNT])
{
    uint32_t largest = 0;
    size_t tied = 0;
    for (size_t i = 0; i < SIDE_COUNT; i++)
        if (counts->side[i] > largest) largest = counts->side[i];
    for (size_t i = 0; i < SIDE_COUNT && largest > 0; i++)
        if (counts->side[i] == largest) sides[tied++] = (enum side)i;
    return tied;
}
