#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "daemon/service.h"

struct fixture {
    struct role_status articles, stories;
    const struct role_status *roles[2];
    struct metrics *metrics;
    struct service *service;
    char said[4096]; /* everything, a line each */
};

static void record(void *context, const char *message)
{
    struct fixture *f = context;
    size_t used = strlen(f->said);
    snprintf(f->said + used, sizeof(f->said) - used, "%s\n", message);
}

static void begin(struct fixture *f, int64_t watchdog_ms)
{
    *f = (struct fixture){.articles = {.name = "articles.0"}, .stories = {.name = "stories"}};
    f->roles[0] = &f->articles;
    f->roles[1] = &f->stories;
    f->metrics = metrics_new();
    f->service = service_new(f->roles, 2, f->metrics, watchdog_ms, record, f);
}

static void end(struct fixture *f)
{
    service_free(f->service);
    metrics_free(f->metrics);
}

static int said(const struct fixture *f, const char *what)
{
    int count = 0;
    for (const char *at = f->said; (at = strstr(at, what)); at++) count++;
    return count;
}

static void ready_is_said_once_and_only_when_all_roles_are(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, 0);
    f.articles.state = ROLE_READY;
    f.stories.state = ROLE_RESTORING;
    for (int64_t now = 10000; now < 30000; now += 200) service_tick(f.service, now);
    assert_int_equal(said(&f, "READY=1"), 0);
    assert_false(service_ready(f.service));
    f.stories.state = ROLE_READY;
    f.stories.stories_live = 12;
    f.stories.partitions_owned = f.stories.partitions_ready = 6;
    f.stories.lag_records = 3;
    service_tick(f.service, 30000);
    assert_int_equal(
        said(&f,
             "READY=1\nSTATUS=articles.0 ready, lag 0; stories ready 6/6 partitions, 12 stories, lag 3\n"),
        1);
    f.stories.state = ROLE_DEGRADED;
    service_tick(f.service, 36000);
    f.stories.state = ROLE_READY;
    service_tick(f.service, 42000);
    assert_int_equal(said(&f, "READY=1"), 1);
    assert_true(metrics_value(f.metrics, METRIC_LAG_RECORDS, 1) == 3);
    end(&f);
}

static void the_watchdog_starves_when_one_loop_hangs(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, 4000);
    int64_t now = 100000;
    for (int i = 0; i < 50; i++, now += 200) {
        f.articles.turns++;
        f.stories.turns++;
        service_tick(f.service, now);
    }
    int fed = said(&f, "WATCHDOG=1");
    assert_in_range(fed, 8, 11); /* ten seconds, once a second */
    for (int i = 0; i < 50; i++, now += 200) {
        f.articles.turns++;
        service_tick(f.service, now);
    }
    assert_in_range(said(&f, "WATCHDOG=1"), fed, fed + 1); /* at most for a turn of before */
    f.stories.turns++;
    service_tick(f.service, now);
    assert_in_range(said(&f, "WATCHDOG=1"), fed + 1, fed + 2);
    end(&f);
}

static void a_stop_feeds_the_watchdog_without_turns(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, 4000);
    service_stopping(f.service);
    service_stopping(f.service);
    assert_int_equal(said(&f, "STOPPING=1"), 1);
    for (int64_t now = 100000; now < 105000; now += 200) service_tick(f.service, now);
    assert_in_range(said(&f, "WATCHDOG=1"), 4, 6);
    assert_int_equal(said(&f, "READY=1"), 0);
    end(&f);
}

static void a_start_that_makes_progress_asks_for_more_time(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, 0);
    int64_t now = 100000;
    for (int i = 0; i < 100; i++, now += 200) service_tick(f.service, now);
    assert_int_equal(said(&f, "EXTEND_TIMEOUT_USEC"), 0);
    for (int i = 0; i < 100; i++, now += 200) {
        f.stories.turns++;
        service_tick(f.service, now);
    }
    assert_in_range(said(&f, "EXTEND_TIMEOUT_USEC=30000000"), 3, 5);
    end(&f);
}

static void health_is_about_turning_not_about_being_ready(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, 0);
    f.articles.state = f.stories.state = ROLE_DEGRADED;
    service_tick(f.service, 100000);
    assert_true(service_healthy(f.service, 100000));
    assert_false(service_ready(f.service));
    f.articles.turns++;
    service_tick(f.service, 100000 + SERVICE_STALL_MS);
    assert_true(service_healthy(f.service, 100000 + SERVICE_STALL_MS));
    assert_int_equal(service_stalled_ms(f.service, 1, 100000 + SERVICE_STALL_MS), SERVICE_STALL_MS);
    assert_false(service_healthy(f.service, 100001 + SERVICE_STALL_MS));
    f.stories.turns++;
    service_tick(f.service, 200000);
    f.articles.turns++;
    service_tick(f.service, 200200);
    assert_true(service_healthy(f.service, 200200));
    f.articles.state = ROLE_STOPPED;
    assert_false(service_healthy(f.service, 200200));
    end(&f);
}

static void a_reload_is_framed_by_reloading_and_ready(void **state)
{
    (void)state;
    struct fixture f;
    begin(&f, 0);
    service_reloading(f.service, 1234567);
    service_reloaded(f.service); /* not ready yet: nothing to say again */
    assert_string_equal(f.said, "RELOADING=1\nMONOTONIC_USEC=1234567\n");
    f.articles.state = f.stories.state = ROLE_READY;
    service_tick(f.service, 10000);
    service_reloading(f.service, 1);
    service_reloaded(f.service);
    assert_int_equal(said(&f, "READY=1"), 2);
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ready_is_said_once_and_only_when_all_roles_are),
        cmocka_unit_test(the_watchdog_starves_when_one_loop_hangs),
        cmocka_unit_test(a_stop_feeds_the_watchdog_without_turns),
        cmocka_unit_test(a_start_that_makes_progress_asks_for_more_time),
        cmocka_unit_test(health_is_about_turning_not_about_being_ready),
        cmocka_unit_test(a_reload_is_framed_by_reloading_and_ready),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
