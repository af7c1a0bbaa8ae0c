/*
 * replay_trace - what a replay tells beside the summaries: where each article ended, what was compared,
 * and why one article is where it is.
 */
#ifndef NW_DAEMON_REPLAY_TRACE_H
#define NW_DAEMON_REPLAY_TRACE_H

#include <stdbool.h>
#include <stdio.h>

#include "base/hash.h"
#include "stories/partition.h"

/* Files are borrowed; NULL where nothing is wanted. */
struct replay_trace_wanted {
    bool clusters;
    FILE *pairs;   /* a line for each pair that was compared (docs/training.md), with a line of names first */
    FILE *explain; /* says what happened to explained */
    struct id128 explained;
};

struct replay_trace;

struct replay_trace *replay_trace_new(const struct replay_trace_wanted *wanted);
void replay_trace_free(struct replay_trace *trace);

/* Before the first record of a partition. */
void replay_trace_observe(struct replay_trace *trace, struct partition *partition);
/* After each record, before its changes are cleared. */
void replay_trace_applied(struct replay_trace *trace, const struct partition *partition,
                          const struct features_record *record, enum apply_outcome outcome,
                          const struct decision *decision, const char *place);

/* "<article id>\t<url as given>\t<story id>" for each article that is in a story at the end, in the order
 * of their first arrival, merges followed. */
void replay_trace_write_clusters(const struct replay_trace *trace, FILE *out);
/* The last line of an explanation; false when the article was never seen. */
bool replay_trace_write_end(const struct replay_trace *trace);

#endif
