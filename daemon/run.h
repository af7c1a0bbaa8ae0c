/*
 * run - the daemon put together: settings, ratings, roles, HTTP, reload.
 */
#ifndef NW_DAEMON_RUN_H
#define NW_DAEMON_RUN_H

#include <stdbool.h>

#include "config/config.h"
#include "daemon/options.h"

/* For whoever runs the daemon inside something larger (the demo). All may be NULL; called by the thread
 * that is in run_daemon(). */
struct run_hooks {
    void *context;
    void (*ready)(void *context, const char *http_address); /* once; "" when there is no server */
    bool (*finished)(void *context); /* asked a few times a second; true: drain, end with 0 */
};

/* Blocks until a signal, an end by the hooks, or a role that cannot go on; the process's exit code. SIGTERM,
 * SIGINT and SIGHUP are blocked in the calling thread from then on: threads that must not take them start
 * behind it, or block them as well (lifecycle_block_signals()). hooks may be NULL. */
int run_daemon(const struct options *options, const struct config *config, const struct run_hooks *hooks);

#endif
