/*
 * kafka_audit - are the topics, and this user's rights, what newswired needs?
 *
 * Changes nothing but one thing: the transactional id <group>.check is registered with the broker, since
 * only that shows whether transactions are allowed. The right to write a topic shows at the first write
 * alone, as librdkafka 2.0 has no request that asks for it.
 */
#ifndef NW_CONSUMERS_KAFKA_AUDIT_H
#define NW_CONSUMERS_KAFKA_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "consumers/audit.h"
#include "consumers/options.h"

struct kafka_needs {
    bool articles, stories, summaries; /* the roles */
    int64_t idle_expiry_ms;            /* live stories can be so old */
    size_t summary_max_bytes;
};

void kafka_audit_run(const struct kafka_options *options, const struct kafka_needs *needs,
                     const struct audit *audit);

#endif
