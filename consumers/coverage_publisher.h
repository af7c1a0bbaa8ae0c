/*
 * coverage_publisher - summaries of one features partition to the coverage topic, in transactions; and what
 * a language model wrote, to the insights topic, in the same way.
 *
 * One transactional producer a partition (transactional.id = <group>.<partition>), initialised after the
 * owner token is written: a former owner's late transaction is fenced by the broker and never becomes
 * what compaction keeps. A round is begin, add..., commit; nothing blocks: coverage_publisher_step()
 * moves start, commit and abort on, some milliseconds a call. On brokers without transactions an idempotent
 * producer stands in (said in the log; docs/reliability.md names the hole).
 * One thread.
 */
#ifndef NW_CONSUMERS_COVERAGE_PUBLISHER_H
#define NW_CONSUMERS_COVERAGE_PUBLISHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "consumers/options.h"
#include "consumers/outbox_mark.h"

struct coverage_publisher;

enum publisher_state {
    PUBLISHER_STARTING, /* connecting, initialising */
    PUBLISHER_IDLE,     /* a round may begin */
    PUBLISHER_FILLING,  /* between begin and commit */
    PUBLISHER_SENDING,
    PUBLISHER_SENT,   /* the round is committed; acknowledge with coverage_publisher_done() */
    PUBLISHER_FAILED, /* the round was aborted, or is to be taken as such; acknowledge likewise */
    PUBLISHER_FENCED, /* another owner publishes: the partition is not ours */
};

struct coverage_message {
    const struct outbox_mark *mark; /* kind, story, revision, time */
    const char *json;               /* NULL: a tombstone */
    size_t len;
};

enum publisher_topic {
    PUBLISH_COVERAGE, /* of a features partition */
    PUBLISH_INSIGHTS, /* of a partition of the coverage topic; transactional.id =
                         <group>.summaries.<partition> */
};

struct coverage_publisher *coverage_publisher_new(const struct kafka_options *options,
                                                  enum publisher_topic topic, int32_t partition);
/* Drops a round that is not committed (its marks stay). Waits up to wait_ms for one that is being sent. */
void coverage_publisher_free(struct coverage_publisher *publisher, int wait_ms);

/* Moves on for up to about timeout_ms; also serves log lines and reports. */
enum publisher_state coverage_publisher_step(struct coverage_publisher *publisher, int timeout_ms);

/* Only when idle. NW_ERR_UNAVAILABLE: not now. */
enum nw_err coverage_publisher_begin(struct coverage_publisher *publisher) NW_MUST_CHECK;
/* Copies. NW_ERR_INPUT: this message can never be sent (too large), the round goes on without it.
 * NW_ERR_UNAVAILABLE: the queue is full, or the round has failed: commit and see. */
enum nw_err coverage_publisher_add(struct coverage_publisher *publisher,
                                   const struct coverage_message *message) NW_MUST_CHECK;
void coverage_publisher_commit(struct coverage_publisher *publisher);
/* After SENT or FAILED. */
void coverage_publisher_done(struct coverage_publisher *publisher);
/* After FAILED: the broker will never take this story's message (*reason is a literal); false: no such
 * story, try all again. */
bool coverage_publisher_refused(const struct coverage_publisher *publisher, struct id128 *story,
                                const char **reason);

#endif
