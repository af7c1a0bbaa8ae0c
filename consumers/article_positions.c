#include "consumers/article_positions.h"

#include "base/clock.h"
#include "base/log.h"

enum { ASK_TIMEOUT_MS = 2000 };

enum article_start article_start_decide(int64_t committed, int64_t low, int64_t high, int64_t *offset)
{
    if (committed < 0) {
        *offset = low;
        return START_AT_LOW;
    }
    if (committed < low) return START_RECORDS_GONE;
    if (committed > high) return START_LOG_RESTARTED;
    *offset = committed;
    return START_AT_COMMITTED;
}

void article_positions_report_gap(const char *topic, int32_t partition, int64_t position, int64_t low,
                                  int64_t high)
{
    if (position < low)
        log_error(
            "records between the position and the log's beginning are gone. To go on without them, set the "
            "group's offset with kafka-consumer-groups --reset-offsets",
            log_str("topic", topic), log_int("partition", partition), log_int("position", position),
            log_int("first_missing", position), log_int("last_missing", low - 1), log_int("log_end", high));
    else
        log_error(
            "the position lies past the log's end: the topic was made anew or has lost records. To read it "
            "from a place you choose, set the group's offset with kafka-consumer-groups --reset-offsets",
            log_str("topic", topic), log_int("partition", partition), log_int("position", position),
            log_int("log_begin", low), log_int("log_end", high));
}

/* Until it is answered, the deadline is over or the daemon stops. */
static enum nw_err ask_committed(rd_kafka_t *rk, struct role_context *context, int64_t deadline,
                                 rd_kafka_topic_partition_list_t *partitions)
{
    while (!*context->stop && clock_mono_ms() < deadline) {
        context->status->turns++;
        rd_kafka_resp_err_t err = rd_kafka_committed(rk, partitions, ASK_TIMEOUT_MS);
        for (int i = 0; i < partitions->cnt && err == RD_KAFKA_RESP_ERR_NO_ERROR; i++)
            err = partitions->elems[i].err;
        if (err == RD_KAFKA_RESP_ERR_NO_ERROR) return NW_OK;
        log_warn("committed offsets not read, trying again", log_str("reason", rd_kafka_err2str(err)));
    }
    return NW_ERR_UNAVAILABLE;
}

static enum nw_err ask_watermarks(rd_kafka_t *rk, struct role_context *context, int64_t deadline,
                                  const rd_kafka_topic_partition_t *partition, int64_t *low, int64_t *high)
{
    while (!*context->stop && clock_mono_ms() < deadline) {
        context->status->turns++;
        rd_kafka_resp_err_t err = rd_kafka_query_watermark_offsets(rk, partition->topic, partition->partition,
                                                                   low, high, ASK_TIMEOUT_MS);
        if (err == RD_KAFKA_RESP_ERR_NO_ERROR) return NW_OK;
        log_warn("watermarks not read, trying again", log_str("topic", partition->topic),
                 log_int("partition", partition->partition), log_str("reason", rd_kafka_err2str(err)));
    }
    return NW_ERR_UNAVAILABLE;
}

enum nw_err article_positions_resolve(rd_kafka_t *rk, struct role_context *context, int timeout_ms,
                                      rd_kafka_topic_partition_list_t *partitions)
{
    int64_t deadline = clock_mono_ms() + timeout_ms;
    enum nw_err err = ask_committed(rk, context, deadline, partitions);
    for (int i = 0; i < partitions->cnt && err == NW_OK; i++) {
        rd_kafka_topic_partition_t *p = &partitions->elems[i];
        int64_t low, high, committed = p->offset;
        err = ask_watermarks(rk, context, deadline, p, &low, &high);
        if (err != NW_OK) break;
        switch (article_start_decide(committed, low, high, &p->offset)) {
        case START_AT_COMMITTED:
            break;
        case START_AT_LOW:
            log_notice("no committed offset: beginning at the log's start", log_str("topic", p->topic),
                       log_int("partition", p->partition), log_int("offset", low));
            break;
        case START_RECORDS_GONE:
        case START_LOG_RESTARTED:
            article_positions_report_gap(p->topic, p->partition, committed, low, high);
            err = NW_ERR_REFUSED;
        }
    }
    return err;
}
