/*
 * feature_writer - what the article pipeline made, into the features topic, without a gap.
 *
 * One idempotent producer without a delivery timeout: records leave in the order they are sent, and
 * the first failed delivery report makes the writer fail for good (the process then ends with 75 and
 * begins again behind what was delivered). Every record sent holds its source record in the offset
 * tracker until its report. Memory is bounded by the producer's queue. One thread.
 */
#ifndef NW_CONSUMERS_FEATURE_WRITER_H
#define NW_CONSUMERS_FEATURE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "articles/article_pipeline.h"
#include "base/err.h"
#include "consumers/offset_tracker.h"
#include "consumers/options.h"

struct feature_writer;

/* What of a pipeline result has been sent: zero to begin with. */
struct feature_cursor {
    size_t output;
    int32_t partition; /* of a record that goes to every partition */
};

enum nw_err feature_writer_new(const struct kafka_options *options, int worker, int32_t partitions,
                               struct feature_writer **out) NW_MUST_CHECK;
/* Drops what is not delivered yet; reports for it come no more. NULL is fine. */
void feature_writer_free(struct feature_writer *writer);

/* Sends from the cursor on. NW_OK: all of it is queued. NW_ERR_UNAVAILABLE: the queue is full, poll and call
 * again. NW_ERR_FATAL: see feature_writer_failed(). */
enum nw_err feature_writer_send(struct feature_writer *writer, const struct pipeline_result *result,
                                struct feature_cursor *cursor, struct tracked_record *source) NW_MUST_CHECK;

/* Serves delivery reports. */
void feature_writer_poll(struct feature_writer *writer, int timeout_ms);
/* Records were delivered since the last call: the brokers answer. */
bool feature_writer_delivered(struct feature_writer *writer);
bool feature_writer_failed(const struct feature_writer *writer);

#endif
