/*
 * embedder - gives articles their sentence vectors, from an embeddings service over HTTP.
 *
 * The texts of several records (title and lead of the card) go out in one request, several requests at a
 * time. What the service does not give in time, or gives wrongly, an article goes on without: it is never
 * waited for longer than the timeout. A circuit breaker keeps a service that is away from costing anything:
 * while it is open nothing is asked and nothing waits; then one request tries.
 *
 * An article in a language that the model does not know gets no vector: to such a model all texts in it are
 * alike, and stories would chain.
 *
 * The vector becomes part of the features record, so whatever reads the record later sees the same.
 * One thread. The key is sent to the service's own host only and never logged; texts are not logged either.
 */
#ifndef NW_CONSUMERS_EMBEDDER_H
#define NW_CONSUMERS_EMBEDDER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "articles/article_pipeline.h"
#include "base/metrics.h"
#include "consumers/options.h"

struct embedder;

struct embedder_setting {
    const struct embedding_options *options; /* borrowed */
    const char *name;                        /* of the worker, in metrics: "articles.0" */
    struct metrics *metrics;
    const atomic_bool *stop;     /* ends a wait; NULL: none */
    void (*turn)(void *context); /* called while waiting, many times a second; NULL: none */
    void *context;
};

/* NULL when options->url is "": embeddings are off. */
struct embedder *embedder_new(const struct embedder_setting *setting);
/* NULL is fine. */
void embedder_free(struct embedder *embedder);

/* How many records are worth collecting before embedder_run(): 1 while the service is not asked. */
size_t embedder_wants(const struct embedder *embedder);

/* The results of records; arena holds a result's memory. */
struct embedding_job {
    struct arena *arena;
    struct pipeline_result *result;
};
/* Adds vectors to the articles among the results' outputs, in place: their records are packed again. */
void embedder_run(struct embedder *embedder, const struct embedding_job *jobs, size_t count);

struct embedder_totals {
    uint64_t with, without; /* articles that got a vector, and that did not */
};
struct embedder_totals embedder_totals(const struct embedder *embedder);

#endif
