/*
 * memory_budget - how memory_limit_mb is divided among what can wait in a process. Pure arithmetic.
 *
 * Half of the limit is for queues, the other half for live stories, what is being decoded and the libraries.
 * Each queue gets what it wants; when these do not fit into the half they all shrink alike. Batches need no
 * share: within a turn of the loop at most some hundred records are applied, and every batch that is due is
 * committed in the same turn.
 */
#ifndef NW_CONSUMERS_MEMORY_BUDGET_H
#define NW_CONSUMERS_MEMORY_BUDGET_H

#include <stddef.h>

#include "base/err.h"

/* X(field, per, wanted MiB, what): one for each article worker, or one a process */
#define MEMORY_QUEUES(X)                                                                                     \
    X(articles_fetch, WORKER, 16, "articles fetched and not read yet")                                       \
    X(features_queue, WORKER, 32, "features that Kafka has not acknowledged")                                \
    X(rejects_queue, WORKER, 16, "rejects that Kafka has not acknowledged")                                  \
    X(stories_fetch, PROCESS, 16, "features fetched and not applied yet")                                    \
    X(summaries, PROCESS, 128, "summaries on their way, twice: ours and librdkafka's copy")

struct memory_budget { /* bytes; each article worker has its own */
#define MEMORY_BUDGET_FIELD(field, per, wanted, what) size_t field;
    MEMORY_QUEUES(MEMORY_BUDGET_FIELD)
#undef MEMORY_BUDGET_FIELD
};

/* A queue works with this part of what it wants: 1 MiB of fetched records, 8 MiB of summaries. */
enum { MEMORY_LEAST_PART = 16 };

/* NW_ERR_INPUT: too little for so many workers; *least_mb is what they need. */
enum nw_err memory_budget_divide(size_t limit_mb, size_t article_workers, struct memory_budget *out,
                                 size_t *least_mb) NW_MUST_CHECK;

#endif
