#include "consumers/article_batch.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"

enum { BYTES_MAX = 4 << 20 }; /* of the messages; one may be larger */

struct article_batch {
    struct batched_record *records;
    struct embedding_job *jobs;
    size_t first, count, capacity; /* records[first .. count) are there */
    size_t bytes;
};

struct article_batch *article_batch_new(size_t capacity)
{
    struct article_batch *batch = nw_calloc(1, sizeof(*batch));
    batch->capacity = capacity;
    batch->records = nw_calloc(capacity, sizeof(*batch->records));
    batch->jobs = nw_calloc(capacity, sizeof(*batch->jobs));
    return batch;
}

void article_batch_free(struct article_batch *batch)
{
    if (batch == NULL) return;
    article_batch_drop_all(batch);
    for (size_t i = 0; i < batch->capacity; i++)
        if (batch->records[i].arena != NULL) arena_free(batch->records[i].arena);
    free(batch->records);
    free(batch->jobs);
    free(batch);
}

struct batched_record *article_batch_add(struct article_batch *batch, rd_kafka_message_t *message)
{
    assert(batch->count < batch->capacity);
    struct batched_record *record = &batch->records[batch->count++];
    struct arena *arena = record->arena != NULL ? record->arena : arena_new();
    *record = (struct batched_record){.message = message, .arena = arena};
    batch->bytes += message->len;
    return record;
}

bool article_batch_has_room(const struct article_batch *batch, size_t records)
{
    return batch->count < batch->capacity && batch->count < records && batch->bytes < BYTES_MAX;
}

struct batched_record *article_batch_first(struct article_batch *batch)
{
    return batch->first < batch->count ? &batch->records[batch->first] : NULL;
}

void article_batch_drop_first(struct article_batch *batch)
{
    assert(batch->first < batch->count);
    struct batched_record *record = &batch->records[batch->first++];
    rd_kafka_message_destroy(record->message);
    arena_reset(record->arena);
    if (batch->first == batch->count) batch->first = batch->count = batch->bytes = 0;
}

size_t article_batch_drop_all(struct article_batch *batch)
{
    size_t dropped = batch->count - batch->first;
    for (size_t i = 0; i < dropped; i++) article_batch_drop_first(batch);
    return dropped;
}

const struct embedding_job *article_batch_jobs(struct article_batch *batch, size_t *count)
{
    *count = 0;
    for (size_t i = batch->first; i < batch->count; i++)
        batch->jobs[(*count)++] = (struct embedding_job){batch->records[i].arena, &batch->records[i].result};
    return batch->jobs;
}
