/* summary_metrics - the labels of the summaries role's counters. */
#ifndef NW_CONSUMERS_SUMMARY_METRICS_H
#define NW_CONSUMERS_SUMMARY_METRICS_H

#include "base/metrics.h"
#include "coverage/analysis_answer.h"

/* Of summaries_answers_total: the faults of analysis_answer.h and these. */
enum {
    RESULT_PUBLISHED = ANALYSIS_GOOD,
    RESULT_OLDER = ANALYSIS_FAULT_COUNT, /* Redis holds one of a higher revision */
    RESULT_GONE,                         /* the story is not there any more */
};

/* Of summaries_skipped_total. X(id, text) */
#define SKIPS(X)                                                                                             \
    X(SKIP_BUDGET, "budget")   /* waited for an hour */                                                      \
    X(SKIP_UNFIT, "unfit")     /* too few texts, or a script in which names cannot be told */                \
    X(SKIP_FAILED, "failed")   /* the service failed on it again and again */                                \
    X(SKIP_REFUSED, "refused") /* the service does not take such a request */

enum skip {
#define SKIP_ENUM(id, text) id,
    SKIPS(SKIP_ENUM)
#undef SKIP_ENUM
        SKIP_COUNT
};

/* Of summaries_tokens_total. */
enum token_kind { TOKENS_PROMPT, TOKENS_COMPLETION };

void summary_metrics_label(struct metrics *metrics);

#endif
