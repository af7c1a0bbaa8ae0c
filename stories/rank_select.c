#include "stories/rank_select.h"

#include <assert.h>

/* Those larger than the one in the middle come to the front; returns where that one is then. */
static uint32_t partition(uint64_t *ranks, uint32_t low, uint32_t high)
{
    uint32_t middle = low + (high - low) / 2, place = low;
    uint64_t pivot = ranks[middle];
    ranks[middle] = ranks[high];
    for (uint32_t i = low; i < high; i++) {
        uint64_t rank = ranks[i];
        ranks[i] = ranks[place];
        ranks[place] = rank;
        place += rank > pivot;
    }
    ranks[high] = ranks[place];
    ranks[place] = pivot;
    return place;
}

uint64_t rank_select(uint64_t *ranks, uint32_t count, uint32_t n)
{
    assert(n > 0 && n <= count);
    uint32_t low = 0, high = count - 1;
    while (low < high) {
        uint32_t place = partition(ranks, low, high);
        if (place == n - 1) break;
        if (place < n - 1)
            low = place + 1;
        else
            high = place - 1;
    }
    return ranks[n - 1];
}

void rank_select_sorted(uint64_t *ranks, uint32_t count, uint32_t n)
{
    (void)rank_select(ranks, count, n);
    for (uint32_t i = 1; i < n; i++) {
        uint64_t rank = ranks[i];
        uint32_t place = i;
        for (; place > 0 && ranks[place - 1] < rank; place--) ranks[place] = ranks[place - 1];
        ranks[place] = rank;
    }
}
