/*
 * role - what a consumer thread shares with the daemon, and nothing else.
 *
 * A role (an article worker, the story consumer, the summary consumer) is one thread with its own
 * Kafka consumer, Redis connection and memory. It counts its loop turns so that the watchdog feeds on
 * progress, not liveness, and it says what state it is in for /readyz and the service manager.
 */
#ifndef NW_CONSUMERS_ROLE_H
#define NW_CONSUMERS_ROLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/metrics.h"
#include "coverage/ratings.h"

/* X(id, text) */
#define ROLE_STATES(X)                                                                                       \
    X(ROLE_STARTING, "starting")   /* connecting, waiting for an assignment */                               \
    X(ROLE_RESTORING, "restoring") /* at least one partition is being loaded */                              \
    X(ROLE_READY, "ready")                                                                                   \
    X(ROLE_DEGRADED, "degraded") /* a dependency is away; the loop turns and retries */                      \
    X(ROLE_STOPPED, "stopped")

enum role_state {
#define ROLE_STATE_ENUM(id, text) id,
    ROLE_STATES(ROLE_STATE_ENUM)
#undef ROLE_STATE_ENUM
};

const char *role_state_text(enum role_state state);

/* What a role's function returns; the same numbers are the process's exit codes. */
enum { ROLE_EXIT_DONE = 0, ROLE_EXIT_INTERNAL = 70, ROLE_EXIT_DEPENDENCY = 75 };

/* Written by the role's thread, read by the daemon's. */
struct role_status {
    char name[32];          /* "articles.0", "stories", "summaries" */
    _Atomic int state;      /* enum role_state */
    _Atomic uint64_t turns; /* loop turns: must grow at least every few seconds */
    _Atomic int64_t partitions_owned, partitions_ready, stories_live, lag_records;
    _Atomic int exit_code; /* valid when stopped: 0, or 70 or 75 */
};

/* Handed to a role; lives longer than its thread. */
struct role_context {
    struct role_status *status;
    struct metrics *metrics;
    const atomic_bool *stop; /* set once: finish the batch, flush, leave the group, return */
    /* A reference to the current ratings (ratings_unref it); stories role only. */
    struct ratings *(*ratings)(void *ratings_context);
    void *ratings_context;
};

#endif
