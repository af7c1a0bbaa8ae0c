#include "simulation/schedule.h"

#include <stdio.h>
#include <string.h>

#include "simulation/edges_redis.h"
#include "simulation/events.h"
#include "simulation/fake_kafka.h"
#include "simulation/fake_redis.h"

enum {
    ALIVE_MOST = 3,   /* of a role, zombies counted */
    STARTS_MOST = 14, /* of all */
    SETTLE_ROUNDS = 600,
};

/* ---- steps ---- */

static void step(struct process *process)
{
    sim_advance_ms((int64_t)sim_random(4));
    process_run(process);
}

void schedule_steps(struct process *process, int steps)
{
    for (int i = 0; i < steps && process_is_alive(process) && !process->frozen; i++) step(process);
}

bool schedule_until(struct process *process, enum sim_point point, const char *what)
{
    for (int i = 0; i < 5000 && process_is_alive(process); i++) {
        step(process);
        if (process->point == point && strstr(process->detail, what) != NULL) return true;
        if (process->idle) sim_advance_ms(20);
    }
    return false;
}

void schedule_until_idle(struct process *process)
{
    for (int i = 0, idle = 0; i < 3000 && idle < 8 && process_is_alive(process); i++) {
        step(process);
        idle += process->idle;
        if (process->idle) sim_advance_ms(30);
    }
}

/* ---- processes ---- */

static int alive(enum process_role role)
{
    int count = 0;
    for (int i = 0; i < sim_process_count; i++)
        count += sim_processes[i]->role == role && process_is_alive(sim_processes[i]);
    return count;
}

static void start_one(enum process_role role)
{
    char name[24];
    if (sim_process_count >= STARTS_MOST) return;
    snprintf(name, sizeof(name), "%s%d", role == PROCESS_STORIES ? "stories" : "articles", sim_process_count);
    process_start(role, name);
}

static struct process *pick_alive(void)
{
    struct process *alive_now[SIM_PROCESSES_MAX];
    uint32_t count = 0;
    for (int i = 0; i < sim_process_count; i++)
        if (process_is_alive(sim_processes[i])) alive_now[count++] = sim_processes[i];
    return count > 0 ? alive_now[sim_random(count)] : NULL;
}

static void expire_dead(bool frozen_too)
{
    for (int i = 0; i < sim_process_count; i++) {
        struct process *process = sim_processes[i];
        if (fake_kafka_is_member(process) && (!process_is_alive(process) || (frozen_too && process->frozen)))
            fake_kafka_expire(process);
    }
}

/* ---- what may happen ---- */

static void do_run(void)
{
    struct process *process = pick_alive();
    if (process != NULL) schedule_steps(process, 1 + (int)sim_random(sim_chance(50) ? 6 : 40));
}

static void do_jump(void)
{
    static const int64_t jumps[] = {10, 60, 120, 600, 1600, 5100, 11000, 31000};
    int64_t ms = jumps[sim_random(sizeof(jumps) / sizeof(jumps[0]))];
    sim_trace("%lld ms pass", (long long)ms);
    sim_advance_ms(ms);
}

static void do_freeze(void)
{
    struct process *process = pick_alive();
    if (process == NULL) return;
    process->frozen = !process->frozen;
    sim_trace("%s %s (at %d %s)", process->frozen ? "freeze" : "thaw", process->name, process->point,
              process->detail);
}

static void do_slow(void)
{
    struct process *process = pick_alive();
    if (process == NULL) return;
    process->fetch_polls = (int)sim_random(40);
    process->notice_polls = (int)sim_random(80);
}

static void do_expire(void)
{
    expire_dead(sim_chance(60));
}

static void do_kill(void)
{
    struct process *process = pick_alive();
    if (process == NULL) return;
    enum process_role role = process->role;
    process_kill(process);
    if (sim_chance(70)) start_one(role);
}

static void do_start(void)
{
    enum process_role role = sim_chance(65) ? PROCESS_STORIES : PROCESS_ARTICLES;
    if (alive(role) < ALIVE_MOST) start_one(role);
}

static void do_stop(void)
{
    struct process *process = pick_alive();
    if (process == NULL) return;
    sim_trace("stop %s", process->name);
    process->stop = true;
}

static void do_redis_fault(void)
{
    struct process *process = pick_alive();
    if (process == NULL) return;
    process->redis_fault = (enum redis_fault)(1 + sim_random(REDIS_FAULT_COUNT - 1));
    process->redis_fault_exec = sim_chance(70);
}

static void do_redis_restart(void)
{
    size_t all = fake_redis_transactions(), lost = sim_chance(40) ? 0 : sim_random(6);
    size_t kept = lost < all ? all - lost : 0;
    if (kept < fake_redis_first_positions()) kept = fake_redis_first_positions();
    sim_trace("redis restarts, the last %zu transactions are lost", all - kept);
    fake_redis_restart(kept);
}

static void do_redis_down(void)
{
    bool down = !fake_redis_is_down();
    sim_trace("redis is %s", down ? "down" : "up");
    fake_redis_set_down(down);
}

static void do_late_arrival(void)
{
    if (delayed_count() > 0) delayed_release(sim_chance(85));
}

static void do_call_fault(void)
{
    struct process *process = pick_alive();
    if (process == NULL) return;
    if (sim_chance(20))
        process->delivery_fault = true;
    else
        process->call_fault = (enum call_fault)(1 + sim_random(CALL_FAULT_COUNT - 1));
}

static void do_orphan(void)
{
    if (fake_kafka_orphans() > 0) fake_kafka_finish_orphan();
}

static void do_ratings(void)
{
    int content = (int)sim_random(2);
    sim_trace("ratings are loaded, content %d", content);
    sim_ratings_load(content);
}

static void do_wall_jump(void)
{
    int64_t by_ms = ((int64_t)sim_random(240) - 120) * 60000;
    sim_trace("the wall clock is set by %lld ms", (long long)by_ms);
    sim_set_wall_ms(by_ms);
}

static const struct {
    unsigned weight;
    void (*act)(void);
} actions[] = {
    {700, do_run},        {35, do_jump},         {30, do_freeze},    {25, do_expire},
    {16, do_slow},        {14, do_kill},         {16, do_start},     {5, do_stop},
    {24, do_redis_fault}, {8, do_redis_restart}, {8, do_redis_down}, {20, do_late_arrival},
    {12, do_call_fault},  {6, do_orphan},        {4, do_ratings},    {3, do_wall_jump},
};
enum { ACTIONS = sizeof(actions) / sizeof(actions[0]) };

static void act(void)
{
    unsigned sum = 0;
    for (size_t i = 0; i < ACTIONS; i++) sum += actions[i].weight;
    unsigned at = sim_random(sum);
    for (size_t i = 0; i < ACTIONS; i++) {
        if (at < actions[i].weight) {
            actions[i].act();
            return;
        }
        at -= actions[i].weight;
    }
}

/* ---- the end ---- */

static void mend(void)
{
    fake_redis_set_down(false);
    for (int i = 0; i < sim_process_count; i++) {
        struct process *process = sim_processes[i];
        process->frozen = false;
        process->redis_fault = REDIS_WELL;
        process->call_fault = CALL_WELL;
        process->delivery_fault = false;
        process->fetch_polls = 0;
    }
}

static void keep_going(void)
{
    expire_dead(false);
    while (fake_kafka_orphans() > 0) fake_kafka_finish_orphan();
    if (delayed_count() > 0) delayed_release(true);
    for (int role = PROCESS_STORIES; role <= PROCESS_ARTICLES; role++)
        if (alive((enum process_role)role) == 0)
            process_start((enum process_role)role, role == PROCESS_STORIES ? "storiesZ" : "articlesZ");
}

bool schedule_settle(void)
{
    sim_trace("---- everything is mended ----");
    mend();
    for (int round = 1; round <= SETTLE_ROUNDS; round++) {
        if (sim_process_count == SIM_PROCESSES_MAX) return false;
        keep_going();
        for (int i = 0; i < sim_process_count; i++)
            for (int s = 0; s < 60 && process_is_alive(sim_processes[i]); s++) {
                step(sim_processes[i]);
                if (sim_processes[i]->idle) break;
            }
        if (delayed_count() == 0 && oracle_what_is_left() == NULL) return true;
        /* Waits of the owners, then of refused ones, then of tombstones. */
        sim_advance_ms(round % 40 == 0 ? 61 * 60000 : round % 15 == 0 ? 35000 : 200);
    }
    for (int i = 0; i < sim_process_count; i++)
        if (process_is_alive(sim_processes[i]))
            sim_trace("%s stands at %d %s%s", sim_processes[i]->name, sim_processes[i]->point,
                      sim_processes[i]->detail, fake_kafka_is_member(sim_processes[i]) ? ", a member" : "");
    return false;
}

/* ---- a random one ---- */

static void feed(int records)
{
    for (int i = 0; i < records; i++) {
        struct event_record record = events_random();
        events_feed((int32_t)sim_random(SIM_ARTICLES_PARTITIONS), &record);
    }
}

static void random_events(void)
{
    int left = 8 + (int)sim_random(30);
    start_one(PROCESS_ARTICLES);
    start_one(PROCESS_STORIES);
    if (sim_chance(70)) start_one(PROCESS_STORIES);
    if (sim_chance(30)) start_one(PROCESS_ARTICLES);
    fake_kafka_set_plain(sim_chance(10));
    for (int actions_left = 40 + (int)sim_random(60); actions_left > 0; actions_left--) {
        if (left > 0 && sim_chance(35)) {
            int now = 1 + (int)sim_random(3);
            feed(now < left ? now : left);
            left -= now;
        }
        act();
    }
    if (left > 0) feed(left);
}

bool schedule_random(uint64_t seed, char why[WHY_MAX], struct oracle_figures *figures)
{
    delayed_reset();
    sim_world_reset(seed);
    events_reset();
    random_events();
    why[0] = '\0';
    if (schedule_settle()) return oracle_check(why, WHY_MAX, figures);
    const char *left = oracle_what_is_left();
    snprintf(why, WHY_MAX, "the world does not come to rest: %s", left != NULL ? left : "late commands");
    return false;
}
