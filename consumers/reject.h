/*
 * reject - what could not be used, whole, into articles.rejected with the reasons in headers.
 *
 * One record for each source record that has at least one refused event: key, value and headers as
 * they came, then error.code, error.reason, error.index once for each refused event (at most
 * REJECT_LISTED of them; error.count says how many there are), source.topic, source.partition,
 * source.offset, rejected.at. One record and not one an event, because an 8 MiB array of bad events
 * would otherwise be multiplied by their number. When the broker refuses the size, the value is cut,
 * headers that came with it are left out, and a header `truncated` gives its true length.
 *
 * An idempotent producer of its own: a refused size must not disturb the order of the features.
 * It is made with the first reject. One thread.
 */
#ifndef NW_CONSUMERS_REJECT_H
#define NW_CONSUMERS_REJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "articles/article_pipeline.h"
#include "base/err.h"
#include "consumers/offset_tracker.h"
#include "consumers/options.h"

enum { REJECT_LISTED = 100 };

struct reject_writer;

struct reject_writer *reject_writer_new(const struct kafka_options *options, int worker);
/* Drops what is not delivered yet. NULL is fine. */
void reject_writer_free(struct reject_writer *writer);

/* Holds source until it is delivered. NW_ERR_UNAVAILABLE: the queue is full, poll and call again.
 * NW_ERR_FATAL: see reject_writer_failed(). */
enum nw_err reject_writer_send(struct reject_writer *writer, const struct input_record *record,
                               const struct pipeline_reject *rejects, size_t count, int64_t now_ms,
                               struct tracked_record *source) NW_MUST_CHECK;

void reject_writer_poll(struct reject_writer *writer, int timeout_ms);
bool reject_writer_failed(const struct reject_writer *writer);

/* How much of a value of len bytes is tried next after the broker has refused it: 0 in the end. */
size_t reject_next_cut(size_t len);

#endif
