/*
 * kafka_statistics - the few of librdkafka's own figures that say something to an operator, as metrics.
 *
 * Of one client; called by the thread that polls it. What the fields of the JSON mean: STATISTICS.md of
 * librdkafka.
 */
#ifndef NW_CONSUMERS_KAFKA_STATISTICS_H
#define NW_CONSUMERS_KAFKA_STATISTICS_H

#include <stddef.h>

#include "base/metrics.h"

enum { KAFKA_STATISTICS_INTERVAL_MS = 10000 };

struct kafka_statistics;

/* metrics is borrowed; client is the label. */
struct kafka_statistics *kafka_statistics_new(struct metrics *metrics, const char *client);
void kafka_statistics_free(struct kafka_statistics *statistics);
/* What is no JSON object is left alone. */
void kafka_statistics_note(struct kafka_statistics *statistics, const char *json, size_t len);

#endif
