/*
 * replay_explain - `replay --explain`: why one article is where it is, for a person.
 *
 * Each time the article is placed: the candidates as they were before the decision, best first; for each the
 * similarities by name with what each adds to the score, and the outcome. Then every merge that moves it, and
 * where it is at the end.
 */
#ifndef NW_DAEMON_REPLAY_EXPLAIN_H
#define NW_DAEMON_REPLAY_EXPLAIN_H

#include <stdbool.h>
#include <stdio.h>

#include "daemon/replay_articles.h"
#include "stories/partition.h"

struct replay_explain {
    FILE *out;            /* borrowed; NULL: nothing is explained */
    struct id128 article; /* which one */
    bool seen;            /* there was a record of it */
};

/* From the partition's observer: nothing has changed yet. */
void replay_explain_decision(const struct replay_explain *explain, const struct replay_articles *articles,
                             const struct features_record *record, const struct decision *decision);
/* After the record, before its changes reach articles and are cleared. place says where it came from. */
void replay_explain_outcome(struct replay_explain *explain, const struct replay_articles *articles,
                            const struct partition *partition, const struct features_record *record,
                            enum apply_outcome outcome, const struct decision *decision, const char *place);
/* After a change has reached articles: is it a merge that moves the article? */
void replay_explain_merge(const struct replay_explain *explain, const struct replay_articles *articles,
                          const struct partition *partition, const struct change *change, const char *place);
/* The last lines. */
void replay_explain_end(const struct replay_explain *explain, const struct replay_articles *articles);

#endif
