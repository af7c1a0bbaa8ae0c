/*
 * article_positions - where an article worker begins to read a partition it was given.
 *
 * At the group's committed offset; at the log's beginning when nothing was ever committed. A
 * committed offset the log no longer (or not yet) holds is refused with the gap named: going on
 * would lose records, or read a recreated topic as if it were the old one.
 */
#ifndef NW_CONSUMERS_ARTICLE_POSITIONS_H
#define NW_CONSUMERS_ARTICLE_POSITIONS_H

#include <stdint.h>

#include <librdkafka/rdkafka.h>

#include "base/err.h"
#include "consumers/role.h"

enum article_start {
    START_AT_COMMITTED,
    START_AT_LOW,       /* no committed offset */
    START_RECORDS_GONE, /* committed below the log's beginning */
    START_LOG_RESTARTED /* committed past the log's end */
};

/* committed < 0: none. *offset is set for the first two. */
enum article_start article_start_decide(int64_t committed, int64_t low, int64_t high, int64_t *offset);

/* Sets the offset of each partition in the list; counts turns of context. NW_ERR_REFUSED: a gap,
 * said in the log. NW_ERR_UNAVAILABLE: no answer in timeout_ms, or stopped. */
enum nw_err article_positions_resolve(rd_kafka_t *rk, struct role_context *context, int timeout_ms,
                                      rd_kafka_topic_partition_list_t *partitions) NW_MUST_CHECK;

/* One line in the log about what is missing between position and the log. */
void article_positions_report_gap(const char *topic, int32_t partition, int64_t position, int64_t low,
                                  int64_t high);

#endif
