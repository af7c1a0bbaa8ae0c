/*
 * lifecycle - one run of the daemon: threads start, turn, drain, end.
 *
 * The main thread owns the signals (blocked in every other): SIGTERM and SIGINT drain, SIGHUP reloads.
 * A role that ends by itself ends the process with its code. After LIFECYCLE_DRAIN_MS a role that has
 * not come back is left behind and the process ends with EXIT_INTERNAL: state and position are in Redis
 * together, so that is a kill like any other.
 */
#ifndef NW_DAEMON_LIFECYCLE_H
#define NW_DAEMON_LIFECYCLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/metrics.h"
#include "consumers/role.h"
#include "daemon/service.h"

enum { LIFECYCLE_DRAIN_MS = 8000, LIFECYCLE_TURN_MS = 200 };

/* A thread to run. Borrowed for the whole run. */
struct role_plan {
    const char *name; /* "articles.0" */
    int (*body)(const void *argument, struct role_context *context);
    const void *argument;
};

struct lifecycle {
    const struct role_plan *plans;
    size_t plan_count; /* <= SERVICE_ROLES_MAX */
    struct metrics *metrics;
    struct ratings *(*ratings)(void *ratings_context);
    void *ratings_context;
    void *hook_context;
    /* All may be NULL. */
    void (*started)(void *hook_context, struct service *service); /* the threads run */
    void (*ready)(void *hook_context);                            /* once, when every role is ready */
    void (*turn)(void *hook_context, int64_t now_mono_ms);        /* a few times a second */
    void (*reload)(void *hook_context);                           /* SIGHUP */
    bool (*finished)(void *hook_context); /* asked every turn; true: drain and end with 0 */
    void (*stopped)(void *hook_context);  /* before service is freed; roles have ended or are left behind */
};

/* Call it before any thread is started: blocks the signals that lifecycle_run() waits for. */
void lifecycle_block_signals(void);
/* The process's exit code. */
int lifecycle_run(const struct lifecycle *lifecycle);

#endif
