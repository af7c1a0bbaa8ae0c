/*
 * simulation                       every named schedule, the first fixed seeds, then new ones, all printed
 *   --schedules N, --seconds N     so many new ones, or as many as go into the time
 * simulation --seed N [--trace]    one random schedule again, as a text to read
 * simulation --from N              instead of the fixed and new ones: those from N on
 *   --keep-going N                 ends after so many failures more
 * simulation --list | --named      what the named ones are | only they
 * simulation NAME... [--trace]     some of them
 *   --guards-off a,b               with guards of base/guard.h off (--seed, --from, or NAME with --trace)
 */
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/guard.h"
#include "simulation/named.h"
#include "simulation/schedule.h"

#if defined(__SANITIZE_ADDRESS__)
enum { FIXED_SEEDS = 100 };
#else
enum { FIXED_SEEDS = 500 };
#endif

/* It ends with the call of a producer that was left behind, which the next schedule has to clear. */
static const uint64_t seed_with_orphan = 179579505100267;

unsigned guards_off;

static volatile uint64_t seed_now;

/* An assertion of the production code: say which schedule it was. */
static void on_abort(int signal)
{
    char text[64];
    int len = snprintf(text, sizeof(text), "\nsignal %d in --seed %" PRIu64 "\n", signal, seed_now);
    (void)!write(STDERR_FILENO, text, (size_t)len);
    _exit(1);
}

struct options {
    bool one, from, named_only;
    uint64_t seed;
    long schedules, seconds;
    int keep_going;
};

static bool switch_guards_off(const char *names)
{
    static const char *const guards[GUARD_COUNT] = {
#define GUARD_NAME(name, text) #name,
        GUARDS(GUARD_NAME)
#undef GUARD_NAME
    };
    char copy[128], *rest = copy, *name;
    snprintf(copy, sizeof(copy), "%s", names);
    while ((name = strtok_r(rest, ",", &rest)) != NULL) {
        size_t i = 0;
        while (i < GUARD_COUNT && strcasecmp(guards[i], name) != 0) i++;
        if (i == GUARD_COUNT) return false;
        guards_off |= 1u << i;
    }
    return true;
}

static double seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int run_random(const struct options *options)
{
    static char why[WHY_MAX];
    struct oracle_figures sum = {0};
    double started = seconds_now();
    long done = 0;
    int failed = 0;
    if (!options->one) printf("random schedules from seed %" PRIu64 "\n", options->seed);
    for (uint64_t seed = options->seed; done < options->schedules; seed++, done++) {
        if (options->seconds > 0 && seconds_now() - started > (double)options->seconds) break;
        seed_now = seed;
        if (schedule_random(seed, why, &sum)) continue;
        printf("FAILED: --seed %" PRIu64 "\n%s\n", seed, why);
        if (++failed > options->keep_going) break;
    }
    double took = seconds_now() - started;
    printf(
        "%ld schedules in %.1f s (%.0f a minute), %d failed: %zu features records, %zu of them sent twice, "
        "%zu corrections, %zu stories, %zu merged, %zu split, %zu closed, %zu dropped, %zu summaries\n",
        done, took, (double)done / took * 60, failed, sum.records, sum.seen_twice, sum.corrected, sum.stories,
        sum.merges, sum.splits, sum.closed, sum.dropped, sum.summaries);
    return failed > 0;
}

int main(int argc, char **argv)
{
    struct options options = {.schedules = 10000, .seed = (uint64_t)time(NULL) * 100000};
    static const struct option known[] = {
        {"seed", required_argument, NULL, 's'},
        {"schedules", required_argument, NULL, 'n'},
        {"seconds", required_argument, NULL, 't'},
        {"trace", no_argument, NULL, 'v'},
        {"guards-off", required_argument, NULL, 'g'},
        {"list", no_argument, NULL, 'l'},
        {"named", no_argument, NULL, 'm'},
        {"from", required_argument, NULL, 'f'},
        {"keep-going", required_argument, NULL, 'k'},
        {0},
    };
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (int o; (o = getopt_long(argc, argv, "", known, NULL)) != -1;) {
        switch (o) {
        case 's':
            options.one = true;
            options.schedules = 1;
            options.seed = strtoull(optarg, NULL, 10);
            break;
        case 'f':
            options.from = true;
            options.seed = strtoull(optarg, NULL, 10);
            break;
        case 'n':
            options.schedules = atol(optarg);
            break;
        case 't':
            options.seconds = atol(optarg);
            break;
        case 'k':
            options.keep_going = atoi(optarg);
            break;
        case 'v':
            sim_tracing = true;
            break;
        case 'm':
            options.named_only = true;
            break;
        case 'l':
            named_list();
            return 0;
        case 'g':
            if (switch_guards_off(optarg)) break;
            /* fall through */
        default:
            fprintf(stderr, "see the head of tests/simulation/main.c\n");
            return 2;
        }
    }
    sim_settings_init();
    signal(SIGABRT, on_abort);
#if !defined(__SANITIZE_ADDRESS__) /* it says more itself */
    signal(SIGSEGV, on_abort);
#endif
    if (optind < argc) return named_run_some(argv + optind, argc - optind);
    if (options.named_only) return named_run_all();
    if (options.one || options.from) return run_random(&options);
    int result = named_run_all();
    const struct options orphan = {.seed = seed_with_orphan, .schedules = 2};
    result |= run_random(&orphan);
    const struct options fixed = {.seed = 1, .schedules = FIXED_SEEDS};
    result |= run_random(&fixed);
    return result | run_random(&options);
}
