/*
 * service - what the process is doing, for the service manager, the health pages and the metrics.
 *
 * Reads the status that each role writes (consumers/role.h). READY=1 is sent once, when every role is
 * ready. The watchdog is fed only when every role has turned its loop since the last feeding: it feeds on
 * progress, not on being alive. service_tick() and service_stopping() are called by the main thread;
 * service_healthy() and service_ready() by any.
 */
#ifndef NW_DAEMON_SERVICE_H
#define NW_DAEMON_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/metrics.h"
#include "consumers/role.h"

/* A role whose loop has not turned for this long is taken for hung by /healthz. */
enum { SERVICE_STALL_MS = 30000, SERVICE_ROLES_MAX = 80 };

struct service;

/* roles are borrowed, count <= SERVICE_ROLES_MAX. watchdog_ms 0: none. notify sends one message to the
 * service manager (sd_notify in the daemon, a recorder in tests). */
struct service *service_new(const struct role_status *const *roles, size_t count, struct metrics *metrics,
                            int64_t watchdog_ms, void (*notify)(void *context, const char *message),
                            void *notify_context);
void service_free(struct service *service);

/* A few times a second: readiness, status line, watchdog, gauges. */
void service_tick(struct service *service, int64_t now_mono_ms);
/* STOPPING=1; ticks feed the watchdog unconditionally from now on: the stop has a deadline of its own. */
void service_stopping(struct service *service);
/* RELOADING=1 and READY=1 around a reload. */
void service_reloading(struct service *service, int64_t now_mono_us);
void service_reloaded(struct service *service);

/* Every loop turns. */
bool service_healthy(const struct service *service, int64_t now_mono_ms);
/* Every role is ready. */
bool service_ready(const struct service *service);
size_t service_role_count(const struct service *service);
const struct role_status *service_role(const struct service *service, size_t role);
/* How long ago the role's loop last turned, as seen by the ticks. */
int64_t service_stalled_ms(const struct service *service, size_t role, int64_t now_mono_ms);

#endif
