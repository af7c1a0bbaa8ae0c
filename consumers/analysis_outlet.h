/*
 * analysis_outlet - what waits to go to the insights topic from one partition of the coverage topic, and
 * the transactional producer that sends it (coverage_publisher.h).
 *
 * The producer is made with the first message, so that only partitions with something to tell have one. Its
 * transactional id is the partition's, so a former owner that wakes up later is fenced and cannot put an
 * older answer behind a newer one.
 *
 * Owns the messages. One thread.
 */
#ifndef NW_CONSUMERS_ANALYSIS_OUTLET_H
#define NW_CONSUMERS_ANALYSIS_OUTLET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "consumers/options.h"

struct analysis_outlet;

struct outlet_message {
    struct id128 story;
    uint64_t revision;
    char *json; /* NULL: a tombstone; else owned */
    size_t len;
    bool in_round;
    struct outlet_message *next;
};

struct outlet_callbacks {
    void *context;
    /* Kafka has the message (acknowledged), or will never take it. */
    void (*done)(void *context, const struct outlet_message *message, bool acknowledged);
};

struct analysis_outlet *analysis_outlet_new(const struct kafka_options *kafka, int32_t partition,
                                            const struct outlet_callbacks *callbacks);
/* Drops what is not sent. NULL is fine. */
void analysis_outlet_free(struct analysis_outlet *outlet);

/* Takes json (NULL: a tombstone). */
void analysis_outlet_add(struct analysis_outlet *outlet, struct id128 story, uint64_t revision, char *json,
                         size_t len);
bool analysis_outlet_is_busy(const struct analysis_outlet *outlet);
/* Moves on for up to about timeout_ms. False: another instance publishes this partition; it is not ours any
 * more. */
bool analysis_outlet_step(struct analysis_outlet *outlet, int timeout_ms);

#endif
