/*
 * article_batch - the records an article worker has read and not sent all of, in the order they were read.
 *
 * One at a time, unless sentence vectors are asked for several together. Owns the messages and an arena for
 * each record. One thread.
 */
#ifndef NW_CONSUMERS_ARTICLE_BATCH_H
#define NW_CONSUMERS_ARTICLE_BATCH_H

#include <stdbool.h>
#include <stddef.h>

#include <librdkafka/rdkafka.h>

#include "articles/article_pipeline.h"
#include "base/arena.h"
#include "consumers/embedder.h"
#include "consumers/feature_writer.h"
#include "consumers/offset_tracker.h"

struct batched_record {
    rd_kafka_message_t *message;
    struct arena *arena;
    struct input_record record;
    struct pipeline_result result;
    struct feature_cursor cursor; /* what of it has been sent */
    bool rejects_sent;
    struct tracked_record *tracked;
};

struct article_batch;

struct article_batch *article_batch_new(size_t capacity);
/* NULL is fine. */
void article_batch_free(struct article_batch *batch);

/* Takes the message; the rest of the record is empty. There must be room. */
struct batched_record *article_batch_add(struct article_batch *batch, rd_kafka_message_t *message);
/* Room for another one, under the bounds of records and bytes. */
bool article_batch_has_room(const struct article_batch *batch, size_t records);
/* The oldest that has not been dropped, NULL when there is none. */
struct batched_record *article_batch_first(struct article_batch *batch);
void article_batch_drop_first(struct article_batch *batch);
/* Returns how many. */
size_t article_batch_drop_all(struct article_batch *batch);
/* All of them, for the embedder; valid until the next call. */
const struct embedding_job *article_batch_jobs(struct article_batch *batch, size_t *count);

#endif
