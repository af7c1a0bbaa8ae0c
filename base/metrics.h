/*
 * metrics - counters, gauges and histograms, declared once in metrics_table.h.
 *
 * One struct metrics per process, passed to whoever counts. Updates are lock-free and may come from
 * any thread; rendering (Prometheus text exposition) may run beside them. A metric of the table has
 * at most one label, whose values are indexes (a partition, an enum), or none (index 0). A series
 * with a label appears with its first update or label text; histogram buckets follow from the unit
 * at the end of the name (_seconds, _bytes, otherwise a count).
 */
#ifndef NW_BASE_METRICS_H
#define NW_BASE_METRICS_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/metrics_table.h"

enum metric_id {
#define METRIC_ENUM(id, type, name, label, help) METRIC_##id,
    METRICS(METRIC_ENUM)
#undef METRIC_ENUM
        METRIC_COUNT
};

struct metrics;

struct metrics *metrics_new(void);
void metrics_free(struct metrics *metrics);

/* The label text of an index, for example of an error code; without one the index is shown. The first
 * text given stays. Shows the series, so that codes that have not happened are there as 0. */
void metrics_label(struct metrics *metrics, enum metric_id id, unsigned label_index, const char *text);
/* The index of a label text, the next free one when it is new: for labels that are names, of which there
 * are few. Not for a metric whose other indexes are numbers. */
unsigned metrics_index_of(struct metrics *metrics, enum metric_id id, const char *text);
/* Counters: add; gauges: set. label_index < METRIC_LABEL_MAX; out of range is a programming error. */
void metrics_add(struct metrics *metrics, enum metric_id id, unsigned label_index, uint64_t amount);
void metrics_set(struct metrics *metrics, enum metric_id id, unsigned label_index, double value);
/* Histograms: a value in the unit of the name (seconds, bytes, records). */
void metrics_observe(struct metrics *metrics, enum metric_id id, unsigned label_index, double value);
/* Takes a series off the page until its next update: a partition that is owned no longer. */
void metrics_hide(struct metrics *metrics, enum metric_id id, unsigned label_index);
/* Counters and gauges: the value; histograms: how many were observed. */
double metrics_value(const struct metrics *metrics, enum metric_id id, unsigned label_index);

/* The whole page as a NUL-terminated text; free() it. *len may be NULL. */
char *metrics_render(const struct metrics *metrics, size_t *len);

#endif
