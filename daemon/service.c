#include "daemon/service.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum {
    STATUS_INTERVAL_MS = 5000, /* the status line follows this often ... */
    EXTEND_INTERVAL_MS = 5000, /* a start that makes progress asks this often ... */
    EXTEND_BY_SECONDS = 30,    /* ... for this much more time */
    FEEDS_PER_WATCHDOG = 4
};

struct progress {
    uint64_t turns;                    /* at the last tick */
    uint64_t turns_at_feed;            /* at the last feeding */
    uint64_t turns_counted;            /* what the counter has */
    _Atomic int64_t last_turn_mono_ms; /* 0: before the first tick */
};

struct service {
    const struct role_status *const *roles;
    size_t count;
    struct progress progress[SERVICE_ROLES_MAX];
    struct metrics *metrics;
    int64_t watchdog_ms, last_feed_mono_ms, last_status_mono_ms, last_extend_mono_ms;
    bool announced, stopping;
    char status[512];
    void (*notify)(void *context, const char *message);
    void *notify_context;
};

struct service *service_new(const struct role_status *const *roles, size_t count, struct metrics *metrics,
                            int64_t watchdog_ms, void (*notify)(void *context, const char *message),
                            void *notify_context)
{
    assert(count <= SERVICE_ROLES_MAX);
    struct service *service = nw_calloc(1, sizeof(*service));
    service->roles = roles;
    service->count = count;
    service->metrics = metrics;
    service->watchdog_ms = watchdog_ms;
    service->notify = notify;
    service->notify_context = notify_context;
    for (size_t i = 0; i < count; i++) {
        metrics_label(metrics, METRIC_ROLE_READY, (unsigned)i, roles[i]->name);
        metrics_label(metrics, METRIC_ROLE_TURNS, (unsigned)i, roles[i]->name);
        metrics_label(metrics, METRIC_LAG_RECORDS, (unsigned)i, roles[i]->name);
    }
    return service;
}

void service_free(struct service *service)
{
    free(service);
}

static bool role_is_ready(const struct role_status *role)
{
    return role->state == ROLE_READY;
}

bool service_ready(const struct service *service)
{
    for (size_t i = 0; i < service->count; i++)
        if (!role_is_ready(service->roles[i])) return false;
    return true;
}

size_t service_role_count(const struct service *service)
{
    return service->count;
}

const struct role_status *service_role(const struct service *service, size_t role)
{
    return service->roles[role];
}

int64_t service_stalled_ms(const struct service *service, size_t role, int64_t now_mono_ms)
{
    int64_t last = service->progress[role].last_turn_mono_ms;
    return last == 0 || last > now_mono_ms ? 0 : now_mono_ms - last;
}

bool service_healthy(const struct service *service, int64_t now_mono_ms)
{
    for (size_t i = 0; i < service->count; i++)
        if (service->roles[i]->state == ROLE_STOPPED ||
            service_stalled_ms(service, i, now_mono_ms) > SERVICE_STALL_MS)
            return false;
    return true;
}

/* "articles.0 ready; stories restoring 2/6, 1234 stories, lag 17" */
static void write_status(const struct service *service, char *out, size_t size)
{
    size_t used = 0;
    out[0] = '\0';
    for (size_t i = 0; i < service->count && used < size; i++) {
        const struct role_status *role = service->roles[i];
        used += (size_t)snprintf(out + used, size - used, "%s%s %s", i ? "; " : "", role->name,
                                 role_state_text((enum role_state)role->state));
        if (role->partitions_owned > 0 && used < size)
            used += (size_t)snprintf(out + used, size - used, " %" PRId64 "/%" PRId64 " partitions",
                                     role->partitions_ready, role->partitions_owned);
        if (role->stories_live > 0 && used < size)
            used += (size_t)snprintf(out + used, size - used, ", %" PRId64 " stories", role->stories_live);
        if (used < size)
            used += (size_t)snprintf(out + used, size - used, ", lag %" PRId64, role->lag_records);
    }
}

static void tell(struct service *service, const char *state, const char *status)
{
    char message[700];
    snprintf(message, sizeof(message), "%s%s%s%s", state, *state && status ? "\n" : "",
             status ? "STATUS=" : "", status ? status : "");
    service->notify(service->notify_context, message);
}

static void tick_status(struct service *service, int64_t now_mono_ms)
{
    char status[sizeof(service->status)];
    bool announce = !service->announced && !service->stopping && service_ready(service);
    if (!announce && now_mono_ms - service->last_status_mono_ms < STATUS_INTERVAL_MS) return;
    write_status(service, status, sizeof(status));
    service->last_status_mono_ms = now_mono_ms;
    if (!announce && strcmp(status, service->status) == 0) return;
    memcpy(service->status, status, sizeof(status));
    tell(service, announce ? "READY=1" : "", status);
    service->announced |= announce;
}

/* Progress is seen before READY: then the manager's start timeout is pushed back. */
static void tick_extend(struct service *service, int64_t now_mono_ms, bool progressed)
{
    if (service->announced || service->stopping || !progressed ||
        now_mono_ms - service->last_extend_mono_ms < EXTEND_INTERVAL_MS)
        return;
    char message[64];
    snprintf(message, sizeof(message), "EXTEND_TIMEOUT_USEC=%d", EXTEND_BY_SECONDS * 1000000);
    service->notify(service->notify_context, message);
    service->last_extend_mono_ms = now_mono_ms;
}

static void tick_watchdog(struct service *service, int64_t now_mono_ms)
{
    if (service->watchdog_ms <= 0 ||
        now_mono_ms - service->last_feed_mono_ms < service->watchdog_ms / FEEDS_PER_WATCHDOG)
        return;
    for (size_t i = 0; i < service->count && !service->stopping; i++)
        if (service->progress[i].turns == service->progress[i].turns_at_feed)
            return; /* hungry until it turns */
    for (size_t i = 0; i < service->count; i++)
        service->progress[i].turns_at_feed = service->progress[i].turns;
    service->notify(service->notify_context, "WATCHDOG=1");
    service->last_feed_mono_ms = now_mono_ms;
}

void service_tick(struct service *service, int64_t now_mono_ms)
{
    bool progressed = false;
    for (size_t i = 0; i < service->count; i++) {
        const struct role_status *role = service->roles[i];
        struct progress *progress = &service->progress[i];
        uint64_t turns = role->turns;
        if (turns != progress->turns || progress->last_turn_mono_ms == 0) {
            progressed |= turns != progress->turns;
            progress->turns = turns;
            progress->last_turn_mono_ms = now_mono_ms;
        }
        metrics_add(service->metrics, METRIC_ROLE_TURNS, (unsigned)i, turns - progress->turns_counted);
        progress->turns_counted = turns;
        metrics_set(service->metrics, METRIC_ROLE_READY, (unsigned)i, role_is_ready(role));
        metrics_set(service->metrics, METRIC_LAG_RECORDS, (unsigned)i, (double)role->lag_records);
    }
    tick_status(service, now_mono_ms);
    tick_extend(service, now_mono_ms, progressed);
    tick_watchdog(service, now_mono_ms);
}

void service_stopping(struct service *service)
{
    if (service->stopping) return;
    service->stopping = true;
    tell(service, "STOPPING=1", "finishing the batches under way");
}

void service_reloading(struct service *service, int64_t now_mono_us)
{
    char message[80];
    snprintf(message, sizeof(message), "RELOADING=1\nMONOTONIC_USEC=%" PRId64, now_mono_us);
    service->notify(service->notify_context, message);
}

/* READY=1 ends a reload; before the first READY there is nothing to end, and it would be a lie. */
void service_reloaded(struct service *service)
{
    if (service->announced) service->notify(service->notify_context, "READY=1");
}
