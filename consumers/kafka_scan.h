/*
 * kafka_scan - what a partition holds at the moment, from its first record to its end, once. For tools.
 */
#ifndef NW_CONSUMERS_KAFKA_SCAN_H
#define NW_CONSUMERS_KAFKA_SCAN_H

#include <stdint.h>

#include "base/err.h"
#include "consumers/kafka.h"

/* reader: of kafka_reader_new(). The message is borrowed for the call. NW_ERR_UNAVAILABLE: the partition
 * cannot be read; NW_ERR_TIMEOUT: nothing came for half a minute. */
enum nw_err kafka_scan_partition(struct kafka_client *reader, const char *topic, int32_t partition,
                                 void (*visit)(void *context, const rd_kafka_message_t *message),
                                 void *context) NW_MUST_CHECK;

#endif
