#include "simulation/sim.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "base/alloc.h"
#include "base/metrics.h"
#include "consumers/roles.h"
#include "simulation/fake_kafka.h"
#include "simulation/fake_redis.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#endif

/* ---- random numbers and the trace ---- */

static uint64_t random_state, token_state;
bool sim_tracing;

static uint64_t split_mix(uint64_t *state) /* Steele, Lea & Flood 2014 */
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

void sim_seed(uint64_t seed)
{
    random_state = seed;
    token_state = ~seed;
}

uint32_t sim_random(uint32_t below)
{
    return (uint32_t)((split_mix(&random_state) >> 32) * below >> 32);
}

bool sim_chance(uint32_t percent)
{
    return sim_random(100) < percent;
}

uint64_t sim_token_random(void)
{
    return split_mix(&token_state);
}

void sim_trace(const char *format, ...)
{
    if (!sim_tracing) return;
    va_list args;
    va_start(args, format);
    printf("%8lld ms  %-10s ", (long long)(sim_mono_ms() % 1000000000),
           sim_current != NULL ? sim_current->name : "-");
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}

/* ---- time ---- */

static const int64_t WALL_START_MS = INT64_C(1760000000000);
static int64_t mono_ms, wall_offset_ms;

int64_t sim_mono_ms(void)
{
    if (!sim_dying()) return mono_ms;
    sim_current->dying_ms += 100;
    return mono_ms + sim_current->dying_ms;
}

int64_t sim_wall_ms(void)
{
    return mono_ms + wall_offset_ms;
}

void sim_advance_ms(int64_t ms)
{
    mono_ms += ms;
}

void sim_set_wall_ms(int64_t by_ms)
{
    wall_offset_ms += by_ms;
}

/* ---- processes ---- */

enum { STACK_BYTES = 2 * 1024 * 1024 }; /* of which only what is touched costs memory */

struct sim_stack {
    struct sim_stack *next; /* in the list of free ones */
    char bytes[STACK_BYTES];
};

struct coroutine {
    ucontext_t context;
#if defined(__SANITIZE_ADDRESS__)
    void *fake_stack;
#endif
};

struct process *sim_processes[SIM_PROCESSES_MAX];
int sim_process_count;
struct process *sim_current;
static struct sim_stack *free_stacks;
static ucontext_t scheduler;

#if defined(__SANITIZE_ADDRESS__)
static const void *scheduler_stack;
static size_t scheduler_stack_size;
static void *scheduler_fake_stack;

static void entered(struct coroutine *self)
{
    __sanitizer_finish_switch_fiber(self->fake_stack, &scheduler_stack, &scheduler_stack_size);
}
static void leaving(struct coroutine *self, bool for_good)
{
    __sanitizer_start_switch_fiber(for_good ? NULL : &self->fake_stack, scheduler_stack,
                                   scheduler_stack_size);
}
static void scheduler_leaves(const struct process *to)
{
    __sanitizer_start_switch_fiber(&scheduler_fake_stack, to->stack->bytes, STACK_BYTES);
}
static void scheduler_is_back(void)
{
    __sanitizer_finish_switch_fiber(scheduler_fake_stack, NULL, NULL);
}
#else
static void entered(struct coroutine *self)
{
    (void)self;
}
static void leaving(struct coroutine *self, bool for_good)
{
    (void)self;
    (void)for_good;
}
static void scheduler_leaves(const struct process *to)
{
    (void)to;
}
static void scheduler_is_back(void)
{
}
#endif

bool sim_dying(void)
{
    return sim_current != NULL && sim_current->killed;
}

bool process_is_alive(const struct process *process)
{
    return !process->killed && !process->ended;
}

static struct ratings *ratings_of_role(void *context)
{
    (void)context;
    return ratings_ref(sim_ratings());
}

static void process_main(void)
{
    struct process *self = sim_current;
    entered(self->coroutine);
    if (self->role == PROCESS_STORIES)
        self->exit_code =
            story_consumer_run(&sim_settings.kafka, &sim_settings.redis, &sim_settings.story, &self->context);
    else
        self->exit_code = article_consumer_run(&sim_settings.kafka, &sim_settings.article, 0, &self->context);
    self->ended = true;
    if (!self->killed) sim_trace("ends with %d", self->exit_code);
    leaving(self->coroutine, true);
    setcontext(&scheduler);
}

struct process *process_start(enum process_role role, const char *name)
{
    assert(sim_process_count < SIM_PROCESSES_MAX);
    struct process *process = nw_calloc(1, sizeof(*process));
    sim_processes[sim_process_count++] = process;
    snprintf(process->name, sizeof(process->name), "%s", name);
    process->role = role;
    process->context = (struct role_context){.status = &process->status,
                                             .metrics = sim_settings.metrics,
                                             .stop = &process->stop,
                                             .ratings = ratings_of_role};
    if (free_stacks == NULL) free_stacks = nw_calloc(1, sizeof(*free_stacks));
    process->stack = free_stacks;
    free_stacks = free_stacks->next;
    struct coroutine *coroutine = nw_calloc(1, sizeof(*coroutine));
    process->coroutine = coroutine;
    getcontext(&coroutine->context);
    coroutine->context.uc_stack.ss_sp = process->stack->bytes;
    coroutine->context.uc_stack.ss_size = STACK_BYTES;
    makecontext(&coroutine->context, process_main, 0);
    sim_trace("%s starts", name);
    return process;
}

static void switch_to(struct process *process)
{
    struct process *before = sim_current;
    assert(before == NULL); /* processes do not run each other */
    sim_current = process;
    process->steps++;
    process->idle = false;
    scheduler_leaves(process);
    struct coroutine *coroutine = process->coroutine;
    swapcontext(&scheduler, &coroutine->context);
    scheduler_is_back();
    sim_current = NULL;
    if (!process->ended) return;
    process->stack->next = free_stacks;
    free_stacks = process->stack;
    process->stack = NULL;
    free(process->coroutine);
    process->coroutine = NULL;
}

bool process_run(struct process *process)
{
    if (process->frozen || !process_is_alive(process)) return false;
    switch_to(process);
    return true;
}

void process_yield(enum sim_point point, const char *detail)
{
    struct process *self = sim_current;
    if (self == NULL || self->killed) return;
    self->point = point;
    snprintf(self->detail, sizeof(self->detail), "%s", detail);
    struct coroutine *coroutine = self->coroutine;
    leaving(coroutine, false);
    swapcontext(&coroutine->context, &scheduler);
    entered(coroutine);
}

void process_kill(struct process *process)
{
    if (!process_is_alive(process)) return;
    sim_trace("kill -9 %s", process->name);
    fake_kafka_process_killed(process);
    process->killed = true;
    process->stop = true;
    switch_to(process); /* no yield any more: it comes back at its end */
    assert(process->ended);
}

static void processes_kill(void)
{
    for (int i = 0; i < sim_process_count; i++) process_kill(sim_processes[i]);
}

static void processes_free(void)
{
    for (int i = 0; i < sim_process_count; i++) free(sim_processes[i]);
    sim_process_count = 0;
}

/* ---- settings ---- */

struct sim_settings sim_settings;
enum { LOADINGS_MAX = 32 };
static struct ratings *loadings[LOADINGS_MAX];
static int loading_count;

static const char *const table_texts[2] = {
    "domain,name,bias,factuality,ownership,country\n"
    "a.com,A,left,high,independent,US\nb.com,B,center,mixed,government,GB\nc.com,C,right,low,,FR\n",
    "domain,name,bias,factuality,ownership,country\n"
    "a.com,A,right,high,independent,US\nb.com,B,left,mixed,government,GB\nd.com,D,center,,,\n",
};
static int content_now, content_changes;

/* A content that comes back has another version than before: the hole of docs/simulation.md is left out. */
void sim_ratings_load(int content)
{
    char *error = NULL, version[24];
    if (loading_count == LOADINGS_MAX) return;
    content_changes += content != content_now;
    content_now = content;
    snprintf(version, sizeof(version), "%d-%d", content, content_changes);
    enum nw_err err = ratings_load(table_texts[content], strlen(table_texts[content]), version,
                                   &loadings[loading_count], &error);
    assert(err == NW_OK);
    ratings_set_loaded_ms(loadings[loading_count], WALL_START_MS + loading_count * INT64_C(60000));
    loading_count++;
}

int sim_ratings_loadings(void)
{
    return loading_count;
}

struct ratings *sim_ratings_of(int loading)
{
    return loadings[loading];
}

struct ratings *sim_ratings(void)
{
    return loadings[loading_count - 1];
}

void sim_settings_init(void)
{
    const int64_t hour_ms = INT64_C(3600000);
    sim_settings.metrics = metrics_new();
    sim_settings.kafka = (struct kafka_options){
        .brokers = "",
        .group = "newswired",
        .instance_id = "",
        .articles_topic = "articles",
        .features_topic = "features",
        .coverage_topic = "coverage",
        .rejected_topic = "rejected",
        .insights_topic = "insights",
        .articles_partitions = SIM_ARTICLES_PARTITIONS,
        .features_partitions = SIM_FEATURES_PARTITIONS,
        .session_timeout_ms = 10000,
    };
    sim_settings.redis = (struct redis_options){
        .unix_path = "",
        .sentinel_name = "",
        .username = "",
        .password = "",
        .key_namespace = "ns",
        .command_timeout_ms = 1000,
    };
    sim_settings.article =
        (struct article_options){.workers = 1, .embedding = {.url = "", .model = "", .key = ""}};
    sim_settings.story = (struct story_options){
        .policy = story_policy_default(),
        .coverage = coverage_policy_default(),
        .batch_records = 4,
        .batch_bytes = 1024 * 1024,
        .batch_ms = 50,
        .publish_min_interval_ms = 100,
        .instance = "simulated",
    };
    struct story_policy *policy = &sim_settings.story.policy;
    policy->idle_expiry_ms = 20 * hour_ms;
    policy->closed_retention_ms = 10 * hour_ms;
    policy->closed_retention_records = 4;
    policy->least_open_records = 2;
    policy->undated_hold_records = 3;
    policy->kept_articles = 3;
    policy->merge_interval = 3;
    sim_settings.story.coverage.blindspot_min_rated = 2;
}

void sim_world_reset(uint64_t seed)
{
    processes_kill();
    fake_kafka_reset(); /* its calls of producers that were left behind name their processes */
    processes_free();
    fake_redis_reset();
    sim_seed(seed);
    mono_ms = 1000000;
    wall_offset_ms = WALL_START_MS - mono_ms;
    while (loading_count > 0) ratings_unref(loadings[--loading_count]);
    content_now = content_changes = 0;
    sim_ratings_load(0);
}
