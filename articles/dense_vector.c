#include "articles/dense_vector.h"

#include <math.h>

enum { QUANTISED_MAX = 127 };

bool dense_vector_quantise(const double *values, uint32_t count, int8_t *out)
{
    double largest = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) return false;
        largest = fmax(largest, fabs(values[i]));
    }
    if (largest == 0) return false;
    for (uint32_t i = 0; i < count; i++) out[i] = (int8_t)lround(values[i] / largest * QUANTISED_MAX);
    return true;
}

bool dense_vector_valid(const struct dense_vector *vector)
{
    if (vector->count == 0 || vector->count > DENSE_COUNT_MAX || vector->model == 0) return false;
    for (uint32_t i = 0; i < vector->count; i++)
        if (vector->values[i] != 0) return true;
    return false;
}

bool dense_vector_alike(uint32_t count, uint64_t model, const struct dense_vector *vector)
{
    return count > 0 && count == vector->count && model == vector->model;
}
