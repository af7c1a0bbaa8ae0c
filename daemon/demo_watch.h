/*
 * demo_watch - has everything that was fed arrived? Reads Kafka and Redis as an operator would.
 *
 * Records go articles -> features -> Redis (position, outbox) -> coverage. All of them are through
 * when each stage stands at the end of the one before and the outboxes are empty. One thread.
 */
#ifndef NW_DAEMON_DEMO_WATCH_H
#define NW_DAEMON_DEMO_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "consumers/options.h"

struct demo_watch;

enum nw_err demo_watch_new(const struct kafka_options *kafka, const struct redis_options *redis,
                           struct demo_watch **out) NW_MUST_CHECK;
void demo_watch_free(struct demo_watch *watch);

/* The next coverage record, NULL when there is none now. Borrowed until the next call. */
struct demo_record {
    const char *key, *value; /* value NULL: a tombstone */
    size_t key_len, len;
};
bool demo_watch_next(struct demo_watch *watch, struct demo_record *out);

/* Asks Kafka and Redis; true also means that demo_watch_next() has given out the last record. */
bool demo_watch_all_through(struct demo_watch *watch);
int64_t demo_watch_rejected(struct demo_watch *watch);

#endif
