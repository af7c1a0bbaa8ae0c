/*
 * growth - what the story stage costs an article, and a live story in memory, as live stories grow.
 *
 *   bench_growth [live stories ...]       default: 1000 10000 100000 1000000
 *   bench_growth 1000 10000 | python3 bench/growth_picture.py > docs/growth.svg
 *
 * One language, one partition, the pure machine on one core: no Kafka, no Redis, no article stage; articles
 * as support/made_up.h makes them. What is measured is a steady state, in which a story closes, and one that
 * closed long ago is dropped, for each that is founded. Times are CPU time of the thread. Memory is what the
 * heap holds for the partition, all of it: live stories and their members, the stories that closed in the
 * last 48 hours, indexes, sources. GLIBC_TUNABLES=glibc.malloc.hugetlb=0 measures without huge pages.
 */
#include <malloc.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "bench/support/made_up.h"
#include "stories/partition.h"

enum {
    MEASURED = 20000, /* articles */
    BATCH = 500,
};

struct bench {
    size_t live;
    struct partition *partition;
    struct made_up *made_up;
    uint64_t made;
    struct made_up_record *batch;
    size_t founded, joined;
};

/* ---- measuring ---- */

static double cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double heap_bytes(void)
{
    struct mallinfo2 info = mallinfo2();
    return (double)info.uordblks + (double)info.hblkhd;
}

/* Applies one batch; took[] (may be NULL) has what each article of it cost. */
static void apply_batch(struct bench *bench, double *took)
{
    for (size_t i = 0; i < BATCH; i++) made_up_next(bench->made_up, &bench->batch[i]);
    bench->made += BATCH;
    double before = cpu_us();
    for (size_t i = 0; i < BATCH; i++) {
        const struct features_record *record = &bench->batch[i].record;
        uint64_t offset = partition_next_offset(bench->partition);
        enum apply_outcome outcome =
            partition_apply(bench->partition, record, offset, record->published_ms, NULL);
        partition_changes_clear(bench->partition);
        bench->founded += outcome == APPLIED_FOUNDED;
        bench->joined += outcome == APPLIED_JOINED;
        if (took == NULL) continue;
        double now = cpu_us();
        took[i] = now - before;
        before = now;
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(size_t live)
{
    struct bench bench = {.live = live};
    const struct story_policy policy = story_policy_default();
    double empty = heap_bytes();
    bench.partition = partition_new(&policy);
    bench.made_up = made_up_new(20261124, live, policy.idle_expiry_ms);
    bench.batch = nw_calloc(BATCH, sizeof(*bench.batch));
    double *took = nw_calloc(MEASURED, sizeof(*took));
    double own = heap_bytes() - empty;

    /* A story lives on while it grows: more than the expiry is needed for the first to close. */
    while (bench.made < live * MADE_UP_ARTICLES_A_STORY * 3 / 2) apply_batch(&bench, NULL);
    bench.founded = bench.joined = 0;
    for (size_t i = 0; i < MEASURED; i += BATCH) apply_batch(&bench, took + i);
    double sum = 0;
    for (size_t i = 0; i < MEASURED; i++) sum += took[i];
    qsort(took, MEASURED, sizeof(*took), by_value);
    size_t held = partition_live_stories(bench.partition);
    printf("%zu\t%.1f\t%.1f\t%.1f\t%.0f\t%.0f\t%.2f\n", held, sum / MEASURED, took[MEASURED / 2],
           took[MEASURED / 100 * 99], (heap_bytes() - empty - own) / (double)held,
           (double)partition_memory_bytes(bench.partition) / (double)held,
           (double)MEASURED / (double)bench.founded);
    fflush(stdout);
    partition_free(bench.partition);
    made_up_free(bench.made_up);
    free(bench.batch);
    free(took);
    malloc_trim(0);
}

/* The heap in huge pages, as the unit has it: glibc reads that at the start of a program only. */
static void start_with_huge_pages(char **argv)
{
    if (getenv("GLIBC_TUNABLES") != NULL) return;
    setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1", 1);
    execv("/proc/self/exe", argv);
    perror("bench_growth: without huge pages");
}

int main(int argc, char **argv)
{
    start_with_huge_pages(argv);
    static const size_t usual[] = {1000, 10000, 100000, 1000000};
    puts("live\tmean_us\tmedian_us\tp99_us\theap_bytes_a_story\tcounted_bytes_a_story\tarticles_a_story");
    if (argc > 1)
        for (int i = 1; i < argc; i++) measure(strtoul(argv[i], NULL, 10));
    else
        for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) measure(usual[i]);
    return 0;
}
