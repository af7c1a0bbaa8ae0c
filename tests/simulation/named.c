/*
 * Each schedule runs in a child process, with several seeds: what its edges leave to chance shall not
 * matter. With everything on it has to end as the oracle says; with what it is about switched off, some seed
 * has to fail, or the schedule does not bite.
 */
#include "simulation/named.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/guard.h"
#include "simulation/edges_redis.h"
#include "simulation/events.h"
#include "simulation/fake_kafka.h"
#include "simulation/fake_redis.h"
#include "simulation/named_schedules.h"
#include "simulation/schedule.h"

#if defined(__SANITIZE_ADDRESS__) /* a fork of such a process is slow */
enum { SEEDS = 3 };
#else
enum { SEEDS = 16 };
#endif

static void run_here(const struct named *named, uint64_t seed, unsigned off)
{
    static char why[WHY_MAX];
    struct oracle_figures figures = {0};
    delayed_reset();
    sim_world_reset(seed);
    events_reset();
    named_schedules_begin(seed);
    fake_kafka_set_fencing((off & NO_FENCING) == 0);
    fake_redis_ignore_watch((off & NO_WATCH) != 0);
    guards_off = off & ((1u << GUARD_COUNT) - 1);
    named->run();
    snprintf(why, sizeof(why), "the world does not come to rest");
    bool good = schedule_settle() && oracle_check(why, sizeof(why), &figures);
    if (!good) printf("  %s\n", why);
    fflush(stdout);
    _exit(good ? 0 : 1);
}

enum outcome { HOLDS, BREAKS, MISSED };

static enum outcome run_child(const struct named *named, uint64_t seed, unsigned off, bool quiet)
{
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) {
        if (quiet && freopen("/dev/null", "w", stdout) == NULL) _exit(1);
        if (quiet && freopen("/dev/null", "w", stderr) == NULL) _exit(1);
        run_here(named, seed, off);
    }
    int status;
    if (waitpid(child, &status, 0) != child) return MISSED;
    if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_REACHED) return MISSED;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? HOLDS : BREAKS;
}

static int count_of(const struct named *named, unsigned off, enum outcome wanted)
{
    int count = 0;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) count += run_child(named, seed, off, true) == wanted;
    return count;
}

static bool holds_always(const struct named *named, unsigned off)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        enum outcome outcome = run_child(named, seed, off, true);
        if (outcome == HOLDS) continue;
        printf("FAILED: %s, seed %d, off %x\n", named->name, (int)seed, off);
        sim_tracing = true;
        run_child(named, seed, off, false);
        sim_tracing = false;
        return false;
    }
    return true;
}

static int run_one(const struct named *named)
{
    if (!holds_always(named, 0)) return 1;
    for (int i = 0; i < BREAKS_MAX && named->holds[i] != 0; i++)
        if (!holds_always(named, named->holds[i])) return 1;
    char text[64] = "";
    for (int i = 0; i < BREAKS_MAX && named->breaks[i] != 0; i++) {
        int broken = count_of(named, named->breaks[i], BREAKS);
        if (broken == 0) {
            printf("FAILED: %s does not break with guards %x off\n", named->name, named->breaks[i]);
            return 1;
        }
        snprintf(text, sizeof(text), "; off, it breaks with %d of %d seeds", broken, SEEDS);
    }
    printf("ok: %s%s\n", named->name, text);
    return 0;
}

void named_list(void)
{
    for (size_t i = 0; i < named_schedule_count; i++)
        printf("%-48s %s\n", named_schedules[i].name, named_schedules[i].what);
}

int named_run_all(void)
{
    int failed = 0;
    for (size_t i = 0; i < named_schedule_count; i++) failed += run_one(&named_schedules[i]);
    printf("%d named schedules, %d failed\n", (int)named_schedule_count, failed);
    return failed > 0;
}

int named_run_some(char **names, int count)
{
    int failed = 0, found = 0;
    for (int n = 0; n < count; n++)
        for (size_t i = 0; i < named_schedule_count; i++) {
            if (strcmp(names[n], named_schedules[i].name) != 0) continue;
            found++;
            failed += sim_tracing ? run_child(&named_schedules[i], 1, guards_off, false) != HOLDS
                                  : run_one(&named_schedules[i]);
        }
    if (found < count) printf("no such schedule\n");
    return failed > 0 || found < count;
}
