#include "daemon/lifecycle.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "daemon/options.h"

struct role_thread {
    const struct role_plan *plan;
    struct role_status status;
    struct role_context context;
    pthread_t thread;
    bool joined;
};

struct run {
    const struct lifecycle *lifecycle;
    struct role_thread *threads;
    size_t count; /* started */
    atomic_bool stop;
    struct service *service;
    int exit_code;
    int64_t stop_mono_ms;
    bool was_ready;
};

static void waited_signals(sigset_t *set)
{
    sigemptyset(set);
    sigaddset(set, SIGTERM);
    sigaddset(set, SIGINT);
    sigaddset(set, SIGHUP);
}

void lifecycle_block_signals(void)
{
    sigset_t set;
    waited_signals(&set);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void *role_main(void *argument)
{
    struct role_thread *role = argument;
    prctl(PR_SET_NAME, role->status.name); /* what top -H shows; cut to 15 characters */
    int code = role->plan->body(role->plan->argument, &role->context);
    role->status.exit_code = code;
    role->status.state = ROLE_STOPPED;
    return NULL;
}

static void begin_stop(struct run *run, int exit_code, int64_t now_mono_ms)
{
    if (run->exit_code == EXIT_DONE) run->exit_code = exit_code;
    if (atomic_exchange(&run->stop, true)) return;
    run->stop_mono_ms = now_mono_ms;
    service_stopping(run->service);
}

static void start_roles(struct run *run)
{
    const struct lifecycle *lifecycle = run->lifecycle;
    for (size_t i = 0; i < lifecycle->plan_count; i++) {
        struct role_thread *role = &run->threads[i];
        int err = pthread_create(&role->thread, NULL, role_main, role);
        if (err != 0) {
            log_error("a role's thread cannot be started", log_str("role", role->status.name),
                      log_str("reason", strerror(err)));
            begin_stop(run, EXIT_INTERNAL, clock_mono_ms());
            return;
        }
        run->count++;
    }
}

/* Collects what has ended by itself; its code becomes the process's. Returns how many still run. */
static size_t look_at_roles(struct run *run, int64_t now_mono_ms)
{
    size_t running = 0;
    for (size_t i = 0; i < run->count; i++) {
        struct role_thread *role = &run->threads[i];
        if (role->status.state != ROLE_STOPPED) {
            running++;
            continue;
        }
        if (role->joined) continue;
        pthread_join(role->thread, NULL);
        role->joined = true;
        int code = role->status.exit_code;
        if (!run->stop || code != EXIT_DONE)
            log_error("a role has ended", log_str("role", role->status.name), log_int("code", code));
        /* Nobody asked it to: even a code of 0 is not a good end then. */
        begin_stop(run, !run->stop && code == EXIT_DONE ? EXIT_INTERNAL : code, now_mono_ms);
    }
    return running;
}

/* One of the waited signals, or 0 after the turn's time. */
static int wait_signal(void)
{
    sigset_t set;
    const struct timespec turn = {.tv_nsec = LIFECYCLE_TURN_MS * 1000000L};
    waited_signals(&set);
    int number = sigtimedwait(&set, NULL, &turn);
    return number > 0 ? number : 0;
}

static void handle_signal(struct run *run, int number, int64_t now_mono_ms)
{
    const struct lifecycle *lifecycle = run->lifecycle;
    if (number == SIGTERM || number == SIGINT) {
        log_info("stopping", log_str("signal", number == SIGTERM ? "SIGTERM" : "SIGINT"));
        begin_stop(run, EXIT_DONE, now_mono_ms);
    } else if (number == SIGHUP && lifecycle->reload && !run->stop) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        service_reloading(run->service, (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
        lifecycle->reload(lifecycle->hook_context);
        service_reloaded(run->service);
    }
}

/* Until every role has ended, or the time to drain is over. Returns how many are left. */
static size_t turn_until_done(struct run *run)
{
    const struct lifecycle *lifecycle = run->lifecycle;
    for (;;) {
        int number = wait_signal();
        int64_t now = clock_mono_ms();
        handle_signal(run, number, now);
        size_t running = look_at_roles(run, now);
        service_tick(run->service, now);
        log_flush_repeats(now);
        if (lifecycle->turn) lifecycle->turn(lifecycle->hook_context, now);
        if (!run->was_ready && !run->stop && service_ready(run->service)) {
            run->was_ready = true;
            log_info("ready", log_int("roles", (int64_t)run->count));
            if (lifecycle->ready) lifecycle->ready(lifecycle->hook_context);
        }
        if (!run->stop && lifecycle->finished && lifecycle->finished(lifecycle->hook_context))
            begin_stop(run, EXIT_DONE, now);
        if (run->stop && (running == 0 || now - run->stop_mono_ms > LIFECYCLE_DRAIN_MS)) return running;
    }
}

static void notify_manager(void *context, const char *message)
{
    (void)context;
    (void)sd_notify(0, message);
}

static int64_t watchdog_of_manager(void)
{
    uint64_t us = 0;
    return sd_watchdog_enabled(0, &us) > 0 ? (int64_t)(us / 1000) : 0;
}

int lifecycle_run(const struct lifecycle *lifecycle)
{
    assert(lifecycle->plan_count <= SERVICE_ROLES_MAX);
    struct run run = {.lifecycle = lifecycle, .exit_code = EXIT_DONE};
    const struct role_status *statuses[SERVICE_ROLES_MAX];
    run.threads = nw_calloc(lifecycle->plan_count + 1, sizeof(*run.threads));
    for (size_t i = 0; i < lifecycle->plan_count; i++) {
        struct role_thread *role = &run.threads[i];
        role->plan = &lifecycle->plans[i];
        snprintf(role->status.name, sizeof(role->status.name), "%s", role->plan->name);
        role->context = (struct role_context){.status = &role->status,
                                              .metrics = lifecycle->metrics,
                                              .stop = &run.stop,
                                              .ratings = lifecycle->ratings,
                                              .ratings_context = lifecycle->ratings_context};
        statuses[i] = &role->status;
    }
    run.service = service_new(statuses, lifecycle->plan_count, lifecycle->metrics, watchdog_of_manager(),
                              notify_manager, NULL);
    start_roles(&run);
    if (lifecycle->started) lifecycle->started(lifecycle->hook_context, run.service);
    size_t left = turn_until_done(&run);
    if (lifecycle->stopped) lifecycle->stopped(lifecycle->hook_context);
    if (left > 0) {
        for (size_t i = 0; i < run.count; i++)
            if (!run.threads[i].joined)
                log_error("a role does not stop and is left behind",
                          log_str("role", run.threads[i].status.name));
        log_flush_repeats(INT64_MAX);
        /* Its thread still uses what is on this stack: no way back but out. */
        _exit(EXIT_INTERNAL);
    }
    service_free(run.service);
    free(run.threads);
    log_info("stopped", log_int("code", run.exit_code));
    log_flush_repeats(INT64_MAX);
    return run.exit_code;
}
