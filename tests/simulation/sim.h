/*
 * sim - the world of one schedule: seeded random numbers, a clock that only moves when told, processes.
 *
 * A process is one production loop (story_consumer_run or article_consumer_run) on a stack of its own.
 * Each call to the outside ends in one of the edges_*.c files, which yield to the scheduler: there it
 * may be frozen or killed, between any two effects. There is one thread, and nothing else decides, so that a
 * seed is a schedule. One world at a time: the production API has no argument to hand it through.
 */
#ifndef NW_TESTS_SIMULATION_SIM_H
#define NW_TESTS_SIMULATION_SIM_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "consumers/options.h"
#include "consumers/role.h"

enum { SIM_FEATURES_PARTITIONS = 2, SIM_ARTICLES_PARTITIONS = 2, SIM_PARTITIONS_MAX = 2 };

/* ---- random numbers and the trace ---- */

void sim_seed(uint64_t seed);
uint32_t sim_random(uint32_t below);
bool sim_chance(uint32_t percent);
/* For what must not change the schedule: owner tokens. */
uint64_t sim_token_random(void);

extern bool sim_tracing;
void sim_trace(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ---- time ---- */

int64_t sim_mono_ms(void);
int64_t sim_wall_ms(void);
void sim_advance_ms(int64_t ms);
/* The wall clock is set, by this much. */
void sim_set_wall_ms(int64_t by_ms);

/* ---- processes ---- */

enum process_role { PROCESS_STORIES, PROCESS_ARTICLES };

/* Where a process stands: what it is about to do, or (REDIS_DONE) has done and not heard of. */
enum sim_point {
    POINT_START,
    POINT_POLL,
    POINT_REDIS,
    POINT_REDIS_DONE,
    POINT_CALL,
    POINT_CALL_DONE,
    POINT_DELIVERY,
    POINT_QUERY,
    POINT_SLEEP,
};

/* What happens to its next exchange with Redis (of those with an EXEC, when redis_fault_exec). */
enum redis_fault {
    REDIS_WELL,
    REDIS_CUT_BEFORE,  /* the connection breaks, nothing is applied */
    REDIS_CUT_AFTER,   /* applied, the reply is lost */
    REDIS_CUT_DELAYED, /* the client gives up; the bytes arrive later, or never */
    REDIS_OOM,         /* writes are refused */
    REDIS_FAULT_COUNT,
};

/* What happens to its next transactional call. */
enum call_fault {
    CALL_WELL,
    CALL_RETRY_BEFORE, /* a timeout that may be tried again; nothing has happened */
    CALL_RETRY_AFTER,  /* the same; it has happened */
    CALL_ABORTABLE,
    CALL_FATAL,
    CALL_FAULT_COUNT,
};

struct process {
    char name[24];
    enum process_role role;
    bool frozen, killed, ended;
    atomic_bool stop;
    int exit_code;
    enum sim_point point;
    char detail[48];
    bool idle; /* its last poll gave nothing */
    int idle_ms;
    uint64_t steps; /* times it was run */
    enum redis_fault redis_fault;
    bool redis_fault_exec;
    enum call_fault call_fault;
    bool delivery_fault; /* the next message it sends is never delivered */
    int fetch_polls;     /* so many polls give nothing: what is fetched takes its time */
    int notice_polls;    /* so many, until it learns that its session is over */
    struct role_status status;
    struct role_context context;
    struct sim_stack *stack;
    void *coroutine;
    int64_t dying_ms; /* time passes for a dead process, so that no loop of its waits for ever */
};

enum { SIM_PROCESSES_MAX = 24 };
extern struct process *sim_processes[SIM_PROCESSES_MAX];
extern int sim_process_count;

/* NULL: no process runs, the scheduler does. */
extern struct process *sim_current;

struct process *process_start(enum process_role role, const char *name);
/* Runs it until it yields. False: it cannot be run (frozen, ended). */
bool process_run(struct process *process);
/* From an edge: back to the scheduler. */
void process_yield(enum sim_point point, const char *detail);
/* Nothing of it has an effect any more; runs to its end so that its memory is freed. */
void process_kill(struct process *process);
bool process_is_alive(const struct process *process);
/* Is the running process dead? Edges then fail at once and without an effect. */
bool sim_dying(void);

/* Times a partition was refused, as the log says. */
extern unsigned sim_refusals;

/* ---- settings of all processes ---- */

struct sim_settings {
    struct kafka_options kafka;
    struct redis_options redis;
    struct article_options article;
    struct story_options story;
    struct metrics *metrics;
};
extern struct sim_settings sim_settings;
void sim_settings_init(void);

/* Ratings are loaded again and again, with one of two contents; each loading is later than the one before. */
void sim_ratings_load(int content);
int sim_ratings_loadings(void);
struct ratings *sim_ratings_of(int loading);
/* The last one. */
struct ratings *sim_ratings(void);

/* A whole new world. */
void sim_world_reset(uint64_t seed);

#endif
