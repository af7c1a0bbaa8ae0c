#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/lifecycle.h"
#include "daemon/options.h"

/* A role of the tests: turns until it is told to stop, or fails, or hangs. */
struct behaviour {
    int fails_with; /* after a few turns; 0: never */
    bool hangs;     /* ignores the stop */
};

static int turning_role(const void *argument, struct role_context *context)
{
    const struct behaviour *behaviour = argument;
    context->status->state = ROLE_READY;
    for (int i = 0; behaviour->hangs || !*context->stop; i++) {
        context->status->turns++;
        if (behaviour->fails_with && i > 5) return behaviour->fails_with;
        usleep(5000);
    }
    return 0;
}

struct watched {
    int ready, reloads, stopped, number;
    bool finished;
};

static void on_ready(void *context)
{
    struct watched *watched = context;
    watched->ready++;
    if (watched->number) kill(getpid(), watched->number);
}

static void on_reload(void *context)
{
    struct watched *watched = context;
    watched->reloads++;
    watched->finished = true;
}

static bool is_finished(void *context)
{
    return ((struct watched *)context)->finished;
}

static void on_stopped(void *context)
{
    ((struct watched *)context)->stopped++;
}

static int run(const struct behaviour *behaviours, size_t count, struct watched *watched)
{
    struct role_plan plans[4];
    for (size_t i = 0; i < count; i++) plans[i] = (struct role_plan){"role", turning_role, &behaviours[i]};
    struct metrics *metrics = metrics_new();
    struct lifecycle lifecycle = {.plans = plans,
                                  .plan_count = count,
                                  .metrics = metrics,
                                  .hook_context = watched,
                                  .ready = on_ready,
                                  .reload = on_reload,
                                  .finished = is_finished,
                                  .stopped = on_stopped};
    int code = lifecycle_run(&lifecycle);
    metrics_free(metrics);
    return code;
}

static void a_sigterm_drains_and_ends_with_zero(void **state)
{
    (void)state;
    const struct behaviour roles[2] = {{0}, {0}};
    struct watched watched = {.number = SIGTERM};
    int64_t start = clock_mono_ms();
    assert_int_equal(run(roles, 2, &watched), EXIT_DONE);
    assert_true(clock_mono_ms() - start < 5000);
    assert_int_equal(watched.ready, 1);
    assert_int_equal(watched.stopped, 1);
}

static void a_role_that_fails_ends_the_process_with_its_code(void **state)
{
    (void)state;
    const struct behaviour roles[2] = {{0}, {.fails_with = EXIT_UNAVAILABLE}};
    struct watched watched = {0};
    assert_int_equal(run(roles, 2, &watched), EXIT_UNAVAILABLE);
}

static void a_sighup_reloads_and_finished_ends(void **state)
{
    (void)state;
    const struct behaviour roles[1] = {{0}};
    struct watched watched = {.number = SIGHUP};
    assert_int_equal(run(roles, 1, &watched), EXIT_DONE);
    assert_int_equal(watched.reloads, 1);
}

static void a_role_that_hangs_is_left_behind_within_ten_seconds(void **state)
{
    (void)state;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        const struct behaviour roles[2] = {{0}, {.hangs = true}};
        struct watched watched = {.number = SIGINT};
        _exit(run(roles, 2, &watched) == EXIT_DONE ? 99 : 98); /* lifecycle_run() does not come back */
    }
    int64_t start = clock_mono_ms();
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), EXIT_INTERNAL);
    assert_in_range(clock_mono_ms() - start, 7000, 10000);
}

int main(void)
{
    lifecycle_block_signals();
    log_init(LOG_ERROR, LOG_FORMAT_TEXT);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sigterm_drains_and_ends_with_zero),
        cmocka_unit_test(a_role_that_fails_ends_the_process_with_its_code),
        cmocka_unit_test(a_sighup_reloads_and_finished_ends),
        cmocka_unit_test(a_role_that_hangs_is_left_behind_within_ten_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
