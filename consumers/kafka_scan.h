/*
 * kafka_scan - what partitions hold at the moment, each from its first record to its end, once. For tools.
 */
#ifndef NW_CONSUMERS_KAFKA_SCAN_H
#define NW_CONSUMERS_KAFKA_SCAN_H

#include <stdint.h>

#include "base/err.h"
#include "consumers/kafka.h"

/* The partitions first … first + count - 1; records of one come in order. reader: of kafka_reader_new(). The
 * message is borrowed for the call. NW_ERR_UNAVAILABLE: they cannot be read; NW_ERR_TIMEOUT: nothing came for
 * half a minute. */
enum nw_err kafka_scan(struct kafka_client *reader, const char *topic, int32_t first, int32_t count,
                       void (*visit)(void *context, const rd_kafka_message_t *message),
                       void *context) NW_MUST_CHECK;

#endif
