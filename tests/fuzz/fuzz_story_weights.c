/* Any bytes as a file of weights: refused with a sentence, or weights of which none is out of bounds. */
#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "stories/story_weights.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct story_weights weights;
    char error[128] = "";
    if (story_weights_parse((const char *)data, size, &weights, error, sizeof(error)) != NW_OK) {
        assert(strncmp(error, "line ", 5) == 0 || strncmp(error, "at the end: ", 12) == 0);
        return 0;
    }
    for (unsigned f = 0; f < PAIR_FEATURE_COUNT; f++)
        assert(fabs(weights.join[f]) <= STORY_WEIGHT_MAX && fabs(weights.merge[f]) <= STORY_WEIGHT_MAX &&
               fabs(weights.join_dense[f]) <= STORY_WEIGHT_MAX &&
               fabs(weights.merge_dense[f]) <= STORY_WEIGHT_MAX);
    return 0;
}
