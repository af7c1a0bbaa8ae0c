#include "consumers/summary_metrics.h"

void summary_metrics_label(struct metrics *metrics)
{
    static const char *const skips[] = {
#define SKIP_TEXT(id, text) text,
        SKIPS(SKIP_TEXT)
#undef SKIP_TEXT
    };
    metrics_label(metrics, METRIC_SUMMARY_ANSWERS, RESULT_PUBLISHED, "published");
    for (unsigned i = RESULT_PUBLISHED + 1; i < ANALYSIS_FAULT_COUNT; i++)
        metrics_label(metrics, METRIC_SUMMARY_ANSWERS, i, analysis_fault_text((enum analysis_fault)i));
    metrics_label(metrics, METRIC_SUMMARY_ANSWERS, RESULT_OLDER, "older");
    metrics_label(metrics, METRIC_SUMMARY_ANSWERS, RESULT_GONE, "gone");
    for (unsigned i = 0; i < SKIP_COUNT; i++) metrics_label(metrics, METRIC_SUMMARY_SKIPPED, i, skips[i]);
    metrics_label(metrics, METRIC_SUMMARY_TOKENS, TOKENS_PROMPT, "prompt");
    metrics_label(metrics, METRIC_SUMMARY_TOKENS, TOKENS_COMPLETION, "completion");
}
