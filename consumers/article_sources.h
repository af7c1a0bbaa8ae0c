/*
 * article_sources - the source partitions an article worker owns, and how far each is done.
 *
 * The group uses the eager protocol: an assignment replaces the one before it as a whole. Partitions
 * given back stay known (retired) until the last delivery report of their records has come. One thread.
 */
#ifndef NW_CONSUMERS_ARTICLE_SOURCES_H
#define NW_CONSUMERS_ARTICLE_SOURCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "consumers/offset_tracker.h"

struct article_sources;

struct article_sources *article_sources_new(void);
/* No delivery report may come after. */
void article_sources_free(struct article_sources *sources);

/* The offsets in the list are where reading begins. */
void article_sources_assign(struct article_sources *sources,
                            const rd_kafka_topic_partition_list_t *partitions);
void article_sources_retire(struct article_sources *sources);

/* NULL when the partition is not owned. */
struct offset_tracker *article_sources_tracker(struct article_sources *sources, int32_t partition);
int article_sources_count(const struct article_sources *sources);
/* Records of owned partitions that are not delivered yet. */
size_t article_sources_pending(const struct article_sources *sources);

/* Positions that have moved since they were last taken, NULL when none has; the caller destroys it. */
rd_kafka_topic_partition_list_t *article_sources_take_positions(struct article_sources *sources,
                                                                const char *topic);
/* A commit failed: take them all again. */
void article_sources_untake(struct article_sources *sources);

/* Records between the next offset and the log's end. The client learns the end from what it fetches; of
 * paused partitions nothing is fetched, then the brokers have to be asked: ask_ms > 0 waits so long for them.
 */
int64_t article_sources_lag(const struct article_sources *sources, rd_kafka_t *rk, const char *topic,
                            int ask_ms);

#endif
