/*
 * demo_feed - the events of a file into the articles topic, at a visible pace.
 *
 * One thread: the one that polls it. Reads the whole file at the start (the demo's is small).
 */
#ifndef NW_DAEMON_DEMO_FEED_H
#define NW_DAEMON_DEMO_FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "consumers/options.h"

enum { DEMO_EVENTS_PER_SECOND = 5 }; /* at speed 1 */

struct demo_feed;

/* NW_ERR_IO: the file cannot be read (logged). */
enum nw_err demo_feed_new(const struct kafka_options *kafka, const char *path, double speed,
                          struct demo_feed **out) NW_MUST_CHECK;
void demo_feed_free(struct demo_feed *feed);

/* Sends what is due; the first call is time zero. NW_ERR_UNAVAILABLE: an event was not delivered. */
enum nw_err demo_feed_turn(struct demo_feed *feed, int64_t now_mono_ms) NW_MUST_CHECK;
size_t demo_feed_total(const struct demo_feed *feed);
/* Every event is delivered. */
bool demo_feed_done(const struct demo_feed *feed);

#endif
