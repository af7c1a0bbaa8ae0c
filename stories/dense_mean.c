#include "stories/dense_mean.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "base/alloc.h"

enum { SCALE = 64 }; /* of a mean's numbers, which then fit in 16 bits: a vector's are 127 at most */

struct dense_model {
    uint64_t model;
    uint32_t count; /* of numbers */
    bool settled;   /* mean and square are those of sums */
    int64_t taught; /* vectors in sums */
    int64_t *sums;  /* owned */
    int16_t *mean;  /* owned; times SCALE */
    double square;  /* of the mean's length */
};

static void free_model(struct dense_model *model)
{
    free(model->sums);
    free(model->mean);
}

void dense_mean_fini(struct dense_mean *mean)
{
    for (size_t i = 0; i < mean->count; i++) free_model(&mean->models[i]);
    free(mean->models);
}

static struct dense_model *find(const struct dense_mean *mean, const struct dense_centroid *centroid)
{
    for (size_t i = 0; i < mean->count; i++)
        if (mean->models[i].model == centroid->model && mean->models[i].count == centroid->count)
            return &mean->models[i];
    return NULL;
}

static struct dense_model *add_model(struct dense_mean *mean, const struct dense_centroid *centroid)
{
    mean->models = nw_grow(mean->models, &mean->capacity, mean->count + 1, sizeof(*mean->models));
    struct dense_model *added = &mean->models[mean->count++];
    *added = (struct dense_model){
        .model = centroid->model,
        .count = centroid->count,
        .sums = nw_calloc(centroid->count, sizeof(*added->sums)),
        .mean = nw_calloc(centroid->count, sizeof(*added->mean)),
    };
    return added;
}

void dense_mean_add(struct dense_mean *mean, const struct dense_centroid *centroid)
{
    if (centroid == NULL) return;
    struct dense_model *model = find(mean, centroid);
    if (model == NULL) model = add_model(mean, centroid);
    model->taught += centroid->taught;
    for (uint32_t i = 0; i < model->count; i++) model->sums[i] += centroid->sums[i];
    model->settled = false;
}

void dense_mean_remove(struct dense_mean *mean, const struct dense_centroid *centroid)
{
    if (centroid == NULL) return;
    struct dense_model *model = find(mean, centroid);
    assert(model != NULL && model->taught >= centroid->taught);
    model->taught -= centroid->taught;
    for (uint32_t i = 0; i < model->count; i++) model->sums[i] -= centroid->sums[i];
    model->settled = false;
    if (model->taught > 0) return;
    free_model(model);
    *model = mean->models[--mean->count];
}

static void settle(struct dense_model *model)
{
    int64_t vectors = model->taught + DENSE_MEAN_PRIOR, squares = 0;
    for (uint32_t i = 0; i < model->count; i++) {
        model->mean[i] = (int16_t)(model->sums[i] * SCALE / vectors);
        squares += (int64_t)model->mean[i] * model->mean[i];
    }
    model->square = (double)squares / (SCALE * SCALE);
    model->settled = true;
}

void dense_mean_settle(struct dense_mean *mean)
{
    for (size_t i = 0; i < mean->count; i++)
        if (!mean->models[i].settled) settle(&mean->models[i]);
}

size_t dense_mean_memory_bytes(const struct dense_mean *mean)
{
    size_t bytes = mean->capacity * sizeof(*mean->models);
    for (size_t i = 0; i < mean->count; i++)
        bytes += mean->models[i].count * (sizeof(*mean->models->sums) + sizeof(*mean->models->mean));
    return bytes;
}

static double along(const struct dense_model *model, const struct dense_centroid *centroid)
{
    int64_t dot = 0;
    assert(model->settled);
    for (uint32_t i = 0; i < model->count; i++) dot += (int64_t)centroid->sums[i] * model->mean[i];
    return (double)dot / SCALE;
}

double dense_mean_along(const struct dense_mean *mean, const struct dense_centroid *centroid)
{
    const struct dense_model *model = centroid != NULL ? find(mean, centroid) : NULL;
    return model != NULL ? along(model, centroid) : 0;
}

double dense_mean_cosine(const struct dense_mean *mean, const struct dense_centroid *a, double a_along,
                         const struct dense_centroid *b)
{
    double plain = dense_centroid_cosine(a, b);
    if (plain == DENSE_NO_COSINE) return plain;
    const struct dense_model *model = find(mean, a);
    if (model == NULL) return plain;
    /* (a - na m)(b - nb m), multiplied out: the centroids stay as they are when the mean moves. */
    double na = a->taught, nb = b->taught, square = model->square;
    double b_along = along(model, b);
    double product = plain * a->norm * b->norm - na * b_along - nb * a_along + na * nb * square;
    double a_square = a->norm * a->norm - 2 * na * a_along + na * na * square;
    double b_square = b->norm * b->norm - 2 * nb * b_along + nb * nb * square;
    return a_square > 0 && b_square > 0 ? product / sqrt(a_square * b_square) : DENSE_NO_COSINE;
}
