/*
 * restore - how long a partition takes from the claim to being ready, as its live stories grow.
 *
 *   bench_restore [live stories ...]       default: 10000 100000
 *
 * The state is made by the machine itself from made-up articles (support/made_up.h), written through the
 * store in transactions of 1000 records to a private redis-server on a unix socket, forgotten, and loaded
 * again as an owner does it: token, position, header, slices of 256 stories, the check that nothing is
 * missing. Without Kafka, which an owner polls after every 50 ms of it. The redis-server shares the machine's
 * cores.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <hiredis/hiredis.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "bench/support/made_up.h"
#include "consumers/redis.h"
#include "consumers/store_commit.h"
#include "consumers/store_restore.h"
#include "daemon/embedded_redis.h"

enum { BATCH = 1000, RESTORES = 3 };

static void must(enum nw_err err, const struct story_store *store)
{
    if (err == NW_OK) return;
    fprintf(stderr, "bench_restore: %s\n", store != NULL ? story_store_error(store) : nw_err_text(err));
    exit(1);
}

/* ---- the state ---- */

static void commit(struct story_store *store, struct partition *partition, struct store_point *stored)
{
    const struct store_batch batch = {.partition = partition, .expected = *stored, .ratings_version = "none"};
    must(store_commit(store, &batch), store);
    *stored = store_commit_point(partition, *stored);
    partition_changes_clear(partition);
}

static void write_state(struct story_store *store, struct partition *partition, size_t live)
{
    const struct story_policy policy = story_policy_default();
    struct made_up *made_up = made_up_new(20261127, live, policy.idle_expiry_ms);
    struct made_up_record *made = nw_calloc(1, sizeof(*made));
    struct stored_position position;
    must(story_store_claim(store, &position), store);
    struct store_point stored = position.point;
    for (uint64_t n = 0; partition_live_stories(partition) < live; n++) {
        made_up_next(made_up, made);
        partition_apply(partition, &made->record, n, made->record.published_ms, NULL);
        if ((n + 1) % BATCH == 0) commit(store, partition, &stored);
    }
    commit(store, partition, &stored);
    free(made);
    made_up_free(made_up);
}

/* ---- loading it ---- */

static void load(struct story_store *store, struct partition *partition)
{
    struct stored_position position;
    uint64_t next;
    bool done = false;
    must(story_store_claim(store, &position), store);
    must(partition_restore_header(partition, position.header, position.header_len, &next), NULL);
    must(store_restore_begin(store), store);
    while (!done) must(store_restore_step(store, partition, &done), store);
    must(store_restore_finish(store, partition), store);
    must(story_store_verify(store, position.point), store);
}

static double cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* What redis-server has used so far, user and system. */
static double server_cpu_s(const struct redis_options *options)
{
    static const char *const fields[] = {"used_cpu_sys:", "used_cpu_user:"};
    struct redis *redis = redis_new(options, NULL);
    struct redis_pipe pipe = {0};
    redisReply *reply = NULL;
    double sum = 0;
    must(redis_connect(redis), NULL);
    redis_pipe_command(&pipe, "INFO", 1);
    redis_pipe_text(&pipe, "cpu");
    must(redis_exchange(redis, &pipe, &reply), NULL);
    for (int i = 0; i < 2; i++) {
        const char *at = strstr(reply->str, fields[i]);
        if (at != NULL) sum += strtod(at + strlen(fields[i]), NULL);
    }
    redis_reply_free(reply);
    redis_pipe_free(&pipe);
    redis_free(redis);
    return sum;
}

static bool add_members(void *context, const struct story *story)
{
    *(size_t *)context += story->member_count;
    return true;
}

static void measure(const struct redis_options *redis, int32_t number, size_t live)
{
    const struct story_policy policy = story_policy_default();
    struct story_store *store = story_store_new(redis, "bench", number);
    struct partition *partition = partition_new(&policy);
    write_state(store, partition, live);
    partition_free(partition);
    for (int i = 0; i < RESTORES; i++) {
        partition = partition_new(&policy);
        int64_t started_us = clock_mono_us();
        double cpu = cpu_s(), server_cpu = server_cpu_s(redis);
        load(store, partition);
        double took = (double)(clock_mono_us() - started_us) / 1e6;
        size_t members = 0;
        cpu = cpu_s() - cpu;
        partition_each_story(partition, add_members, &members);
        printf("%zu\t%zu\t%.2f\t%.2f\t%.2f\t%.0f\n", partition_live_stories(partition), members, took, cpu,
               server_cpu_s(redis) - server_cpu, (double)partition_live_stories(partition) / took);
        fflush(stdout);
        partition_free(partition);
    }
    story_store_free(store);
}

int main(int argc, char **argv)
{
    static const size_t usual[] = {10000, 100000};
    struct embedded_redis *server = NULL;
    must(embedded_redis_start(&server), NULL);
    const struct redis_options redis = {.sentinel_name = "",
                                        .unix_path = embedded_redis_socket(server),
                                        .username = "",
                                        .password = "",
                                        .key_namespace = "bench",
                                        .connect_timeout_ms = 2000,
                                        .command_timeout_ms = 30000};
    puts("live\tmembers\tseconds\tcpu_seconds\tserver_cpu_seconds\tstories_a_second");
    if (argc > 1)
        for (int i = 1; i < argc; i++) measure(&redis, i, strtoul(argv[i], NULL, 10));
    else
        for (int i = 0; i < 2; i++) measure(&redis, i, usual[i]);
    embedded_redis_stop(server);
    return 0;
}
