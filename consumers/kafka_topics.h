/*
 * kafka_topics - the topics are there, and the features topic is what the protocol needs.
 *
 * Creates what is missing (with kafka.create_topics), waits for what another creates. The features
 * topic must use LogAppendTime, because its records' time is the clock of the stories; its number of
 * partitions must be the configured one, because another number would move languages. librdkafka's
 * mock cluster supports neither the creation nor the check: there a warning stands in.
 */
#ifndef NW_CONSUMERS_KAFKA_TOPICS_H
#define NW_CONSUMERS_KAFKA_TOPICS_H

#include <stdint.h>

#include "base/err.h"
#include "consumers/options.h"
#include "consumers/role.h"

/* A features topic that takes less refuses feature records, whose limit is 900 KiB, and our batches. */
enum { KAFKA_TOPICS_FEATURES_MESSAGE_MIN_BYTES = 960 * 1000 };

struct kafka_topics {
    int32_t articles_partitions, features_partitions; /* as they are */
};

/*
 * Blocks up to the start timeout, or until *context->stop; counts turns of context (may be NULL).
 * NW_ERR_UNAVAILABLE: brokers or topics were not there in time, or stopped. NW_ERR_REFUSED: not
 * allowed, or a topic is not as it must be. Says why in the log.
 */
enum nw_err kafka_topics_ensure(const struct kafka_options *options, struct role_context *context,
                                struct kafka_topics *out) NW_MUST_CHECK;

#endif
