/*
 * kafka_properties - which librdkafka properties an operator may pass through, and which not.
 *
 * Everything is allowed but what would break the protocol (positions, ordering, delivery) or what has
 * a key of its own in the configuration. The table is the documentation: X(name, reason).
 */
#ifndef NW_CONSUMERS_KAFKA_PROPERTIES_H
#define NW_CONSUMERS_KAFKA_PROPERTIES_H

#include <stddef.h>

#include "base/err.h"
#include "consumers/options.h"

#define KAFKA_REFUSED_PROPERTIES(X)                                                                          \
    X("bootstrap.servers", "set kafka.brokers instead")                                                      \
    X("metadata.broker.list", "set kafka.brokers instead")                                                   \
    X("group.id", "set kafka.group instead")                                                                 \
    X("group.instance.id", "set kafka.instance_id instead")                                                  \
    X("session.timeout.ms", "set kafka.session_timeout_ms instead")                                          \
    X("group.protocol.type", "the groups are consumer groups")                                               \
    X("partition.assignment.strategy", "the cooperative protocol is not safe in this librdkafka")            \
    X("enable.auto.commit", "a position is committed only behind what was delivered")                        \
    X("auto.commit.enable", "a position is committed only behind what was delivered")                        \
    X("auto.commit.interval.ms", "a position is committed only behind what was delivered")                   \
    X("enable.auto.offset.store", "a position is committed only behind what was delivered")                  \
    X("offset.store.method", "a position is committed only behind what was delivered")                       \
    X("offset.store.path", "a position is committed only behind what was delivered")                         \
    X("auto.offset.reset", "a lost position is an error to report, not a reason to jump")                    \
    X("isolation.level", "readers see only what was committed")                                              \
    X("enable.partition.eof", "the loops do not expect it")                                                  \
    X("enable.idempotence", "without it a retry can reorder or double records")                              \
    X("enable.gapless.guarantee", "the features producer has it, the others must go on")                     \
    X("acks", "idempotence needs all")                                                                       \
    X("request.required.acks", "idempotence needs all")                                                      \
    X("max.in.flight", "idempotence bounds it")                                                              \
    X("max.in.flight.requests.per.connection", "idempotence bounds it")                                      \
    X("retries", "idempotence retries without end")                                                          \
    X("message.send.max.retries", "idempotence retries without end")                                         \
    X("message.timeout.ms", "a timed-out record would be skipped while later ones go out")                   \
    X("delivery.timeout.ms", "a timed-out record would be skipped while later ones go out")                  \
    X("queuing.strategy", "records of a partition leave in order")                                           \
    X("transactional.id", "one per features partition, made from kafka.group")                               \
    X("partitioner", "languages are spread by murmur2_random")                                               \
    X("msg_order_cmp", "records of a partition leave in order")                                              \
    X("allow.auto.create.topics", "set kafka.create_topics instead")                                         \
    X("message.max.bytes", "the created topics and the limits of a record fix it")                           \
    X("api.version.request", "headers, idempotence and transactions need it")                                \
    X("broker.version.fallback", "headers, idempotence and transactions need the broker's own answer")       \
    X("log.queue", "log lines go through newswired's log")                                                   \
    X("log_level", "set log.level instead")                                                                  \
    X("enabled_events", "callbacks are used, not events")                                                    \
    X("test.mock.num.brokers", "it would silently replace the brokers; use --demo")                          \
    X("opaque", "it is newswired's own")                                                                     \
    X("default_topic_conf", "give the property itself")

/* NULL when name may be passed through, else the reason why not. */
const char *kafka_property_refused(const char *name);

/*
 * Every property is allowed, known to librdkafka and has a value it takes. NW_ERR_REFUSED or
 * NW_ERR_INPUT with one sentence in error. Values are not in the sentence: they may be secrets.
 */
enum nw_err kafka_properties_check(const struct kafka_property *properties, size_t count, char *error,
                                   size_t error_size) NW_MUST_CHECK;

#endif
