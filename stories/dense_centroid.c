#include "stories/dense_centroid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "stories/varint.h"

enum { MODEL_BYTES = 8, ADDED_MAX = 127 };

static struct dense_centroid *new_centroid(uint64_t model, uint32_t count)
{
    struct dense_centroid *centroid = nw_calloc(1, sizeof(*centroid) + count * sizeof(centroid->sums[0]));
    centroid->model = model;
    centroid->count = count;
    return centroid;
}

static double length(const int16_t *values, uint32_t count)
{
    int64_t squares = 0;
    for (uint32_t i = 0; i < count; i++) squares += (int64_t)values[i] * values[i];
    return sqrt((double)squares);
}

static double vector_length(const struct dense_vector *vector)
{
    int64_t squares = 0;
    for (uint32_t i = 0; i < vector->count; i++) squares += (int64_t)vector->values[i] * vector->values[i];
    return sqrt((double)squares);
}

static int16_t clamp(long value, long most)
{
    return (int16_t)(value > most ? most : value < -most ? -most : value);
}

void dense_centroid_add(struct dense_centroid **centroid, const struct dense_vector *vector)
{
    if (vector->count == 0) return;
    struct dense_centroid *sum = *centroid;
    if (sum != NULL && !dense_vector_alike(sum->count, sum->model, vector)) {
        free(sum);
        sum = NULL;
    }
    if (sum == NULL) sum = *centroid = new_centroid(vector->model, vector->count);
    if (sum->taught >= DENSE_TAUGHT_MAX) return;
    /* Each step is one correctly rounded operation, so every machine gets the same integers. */
    double scale = DENSE_RMS * sqrt(vector->count) / vector_length(vector);
    for (uint32_t i = 0; i < sum->count; i++)
        sum->sums[i] = (int16_t)(sum->sums[i] + clamp(lround(vector->values[i] * scale), ADDED_MAX));
    sum->taught++;
    sum->norm = length(sum->sums, sum->count);
}

void dense_centroid_merge(struct dense_centroid **centroid, const struct dense_centroid *other)
{
    if (other == NULL) return;
    if (*centroid == NULL) {
        *centroid = new_centroid(other->model, other->count);
        memcpy(*centroid, other, dense_centroid_bytes(other));
        return;
    }
    struct dense_centroid *sum = *centroid;
    if (sum->model != other->model || sum->count != other->count) return;
    for (uint32_t i = 0; i < sum->count; i++)
        sum->sums[i] = clamp((long)sum->sums[i] + other->sums[i], INT16_MAX);
    sum->taught += other->taught;
    if (sum->taught > DENSE_MERGED_MAX) sum->taught = DENSE_MERGED_MAX;
    sum->norm = length(sum->sums, sum->count);
}

double dense_centroid_cosine(const struct dense_centroid *a, const struct dense_centroid *b)
{
    if (a == NULL || b == NULL || a->model != b->model || a->count != b->count || a->norm == 0 ||
        b->norm == 0)
        return DENSE_NO_COSINE;
    int64_t dot = 0;
    for (uint32_t i = 0; i < a->count; i++) dot += (int64_t)a->sums[i] * b->sums[i];
    return (double)dot / (a->norm * b->norm);
}

/* ---- state: count, and when it is not 0: taught, the model, the sums zigzag ---- */

size_t dense_centroid_packed_max(const struct dense_centroid *centroid)
{
    return 2 * VARINT_MAX + MODEL_BYTES + (centroid == NULL ? 0 : centroid->count * (size_t)3);
}

uint8_t *dense_centroid_pack(const struct dense_centroid *centroid, uint8_t *at)
{
    at = varint_put(at, centroid == NULL ? 0 : centroid->count);
    if (centroid == NULL) return at;
    at = varint_put(at, centroid->taught);
    for (unsigned i = 0; i < MODEL_BYTES; i++) *at++ = (uint8_t)(centroid->model >> (8 * i));
    for (uint32_t i = 0; i < centroid->count; i++) {
        int32_t sum = centroid->sums[i];
        at = varint_put(at, sum < 0 ? (uint32_t)(-2 * sum - 1) : (uint32_t)(2 * sum));
    }
    return at;
}

static const uint8_t *unpack_model(const uint8_t *at, const uint8_t *end, uint64_t *model)
{
    if (at == NULL || end - at < MODEL_BYTES) return NULL;
    *model = 0;
    for (unsigned i = 0; i < MODEL_BYTES; i++) *model |= (uint64_t)*at++ << (8 * i);
    return at;
}

const uint8_t *dense_centroid_unpack(const uint8_t *at, const uint8_t *end, struct dense_centroid **out)
{
    uint32_t count = 0, taught = 0, zigzag = 0;
    uint64_t model = 0;
    *out = NULL;
    at = varint_get(at, end, &count);
    if (at == NULL || count == 0) return at;
    at = unpack_model(varint_get(at, end, &taught), end, &model);
    if (at == NULL || count > DENSE_COUNT_MAX || model == 0 || taught == 0 || taught > DENSE_MERGED_MAX)
        return NULL;
    struct dense_centroid *centroid = new_centroid(model, count);
    for (uint32_t i = 0; i < count; i++) {
        at = varint_get(at, end, &zigzag);
        if (at == NULL || zigzag > 2 * INT16_MAX) {
            free(centroid);
            return NULL;
        }
        int32_t half = (int32_t)(zigzag >> 1);
        centroid->sums[i] = (int16_t)((zigzag & 1) != 0 ? -half - 1 : half);
    }
    centroid->taught = taught;
    centroid->norm = length(centroid->sums, count);
    *out = centroid;
    return at;
}
