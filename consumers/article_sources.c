#include "consumers/article_sources.h"

#include <stdlib.h>

#include "base/alloc.h"

struct source_partition {
    int32_t partition;
    int64_t taken; /* the position given out for committing last */
    struct offset_tracker *tracker;
};

struct article_sources {
    struct source_partition *owned;
    int count;
    struct offset_tracker **retired;
    size_t retired_count, retired_capacity;
};

struct article_sources *article_sources_new(void)
{
    return nw_calloc(1, sizeof(struct article_sources));
}

void article_sources_free(struct article_sources *sources)
{
    if (sources == NULL) return;
    article_sources_retire(sources);
    for (size_t i = 0; i < sources->retired_count; i++) offset_tracker_free(sources->retired[i]);
    free(sources->retired);
    free(sources);
}

static void free_finished(struct article_sources *sources)
{
    size_t kept = 0;
    for (size_t i = 0; i < sources->retired_count; i++) {
        struct offset_tracker *tracker = sources->retired[i];
        if (offset_tracker_pending(tracker) == 0)
            offset_tracker_free(tracker);
        else
            sources->retired[kept++] = tracker;
    }
    sources->retired_count = kept;
}

void article_sources_retire(struct article_sources *sources)
{
    sources->retired = nw_grow(sources->retired, &sources->retired_capacity,
                               sources->retired_count + (size_t)sources->count, sizeof(*sources->retired));
    for (int i = 0; i < sources->count; i++)
        sources->retired[sources->retired_count++] = sources->owned[i].tracker;
    free(sources->owned);
    sources->owned = NULL;
    sources->count = 0;
    free_finished(sources);
}

void article_sources_assign(struct article_sources *sources,
                            const rd_kafka_topic_partition_list_t *partitions)
{
    article_sources_retire(sources);
    sources->owned = nw_calloc((size_t)partitions->cnt, sizeof(*sources->owned));
    sources->count = partitions->cnt;
    for (int i = 0; i < partitions->cnt; i++) {
        int64_t offset = partitions->elems[i].offset;
        sources->owned[i] = (struct source_partition){.partition = partitions->elems[i].partition,
                                                      .taken = offset,
                                                      .tracker = offset_tracker_new(offset)};
    }
}

struct offset_tracker *article_sources_tracker(struct article_sources *sources, int32_t partition)
{
    for (int i = 0; i < sources->count; i++)
        if (sources->owned[i].partition == partition) return sources->owned[i].tracker;
    return NULL;
}

int article_sources_count(const struct article_sources *sources)
{
    return sources->count;
}

size_t article_sources_pending(const struct article_sources *sources)
{
    size_t pending = 0;
    for (int i = 0; i < sources->count; i++) pending += offset_tracker_pending(sources->owned[i].tracker);
    return pending;
}

rd_kafka_topic_partition_list_t *article_sources_take_positions(struct article_sources *sources,
                                                                const char *topic)
{
    rd_kafka_topic_partition_list_t *list = NULL;
    for (int i = 0; i < sources->count; i++) {
        struct source_partition *p = &sources->owned[i];
        int64_t position = offset_tracker_position(p->tracker);
        if (position == p->taken) continue;
        if (list == NULL) list = rd_kafka_topic_partition_list_new(sources->count);
        rd_kafka_topic_partition_list_add(list, topic, p->partition)->offset = position;
        p->taken = position;
    }
    return list;
}

void article_sources_untake(struct article_sources *sources)
{
    for (int i = 0; i < sources->count; i++) sources->owned[i].taken = -1;
}

/* False when the brokers do not answer in time. */
static bool ask_ends(const struct article_sources *sources, rd_kafka_t *rk,
                     rd_kafka_topic_partition_list_t *ends, const char *topic, int timeout_ms)
{
    for (int i = 0; i < sources->count; i++)
        rd_kafka_topic_partition_list_add(ends, topic, sources->owned[i].partition)->offset =
            RD_KAFKA_OFFSET_END; /* as a timestamp: the log's end */
    return rd_kafka_offsets_for_times(rk, ends, timeout_ms) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

int64_t article_sources_lag(const struct article_sources *sources, rd_kafka_t *rk, const char *topic,
                            int ask_ms)
{
    int64_t lag = 0;
    rd_kafka_topic_partition_list_t *ends = rd_kafka_topic_partition_list_new(sources->count);
    bool asked = ask_ms > 0 && sources->count > 0 && ask_ends(sources, rk, ends, topic, ask_ms);
    for (int i = 0; i < sources->count; i++) {
        int64_t low, high = -1, next = offset_tracker_next(sources->owned[i].tracker);
        if (asked && ends->elems[i].err == RD_KAFKA_RESP_ERR_NO_ERROR)
            high = ends->elems[i].offset;
        else if (rd_kafka_get_watermark_offsets(rk, topic, sources->owned[i].partition, &low, &high) !=
                 RD_KAFKA_RESP_ERR_NO_ERROR)
            continue;
        if (high > next) lag += high - next;
    }
    rd_kafka_topic_partition_list_destroy(ends);
    return lag;
}
