/*
 * embedded_kafka - librdkafka's mock cluster in the process, with the daemon's topics.
 *
 * Serves on a loopback port, to other processes as well. It keeps about 5 MiB a partition.
 */
#ifndef NW_DAEMON_EMBEDDED_KAFKA_H
#define NW_DAEMON_EMBEDDED_KAFKA_H

#include "base/err.h"
#include "consumers/options.h"

struct embedded_kafka;

/* Topics and partition counts as in options (which need no brokers yet). NW_ERR_UNAVAILABLE, logged. */
enum nw_err embedded_kafka_start(const struct kafka_options *options,
                                 struct embedded_kafka **out) NW_MUST_CHECK;
const char *embedded_kafka_brokers(const struct embedded_kafka *kafka);
void embedded_kafka_stop(struct embedded_kafka *kafka);

#endif
