/*
 * named_schedules - the schedules that have a name, and what each must show.
 */
#include "simulation/named_schedules.h"

#include <stdio.h>
#include <unistd.h>

#include "base/metrics.h"
#include "simulation/edges_redis.h"
#include "simulation/events.h"
#include "simulation/fake_kafka.h"
#include "simulation/fake_redis.h"
#include "simulation/schedule.h"

/* ---- steps ---- */

static void must(bool reached, const char *what)
{
    if (reached) return;
    printf("  the schedule did not come to: %s\n", what);
    fflush(stdout);
    _exit(NOT_REACHED);
}

static void check(bool good, const char *what)
{
    if (good) return;
    printf("  not so: %s\n", what);
    fflush(stdout);
    _exit(1);
}

static struct process *articles;
static uint64_t seed_now;
static unsigned next_url;

static struct process *start(const char *name)
{
    return process_start(PROCESS_STORIES, name);
}

static void run_articles(void)
{
    if (articles == NULL) articles = process_start(PROCESS_ARTICLES, "articles");
    schedule_until_idle(articles);
}

/* So many articles, by turns of three events, into the features. */
static void give(int count)
{
    for (int i = 0; i < count; i++) {
        events_feed_one(0, events_article(next_url % 3, next_url));
        next_url++;
    }
    run_articles();
}

/* A ready owner of everything, with six articles applied and published. */
static struct process *ready_owner(void)
{
    struct process *a = start("A");
    schedule_until_idle(a);
    give(6);
    schedule_until_idle(a);
    schedule_until_idle(a);
    must(oracle_what_is_left() == NULL || fake_kafka_log(TOPIC_COVERAGE, 0)->count > 0, "a first summary");
    return a;
}

static void freeze(struct process *process)
{
    process->frozen = true;
    sim_trace("freeze %s (at %d %s)", process->name, process->point, process->detail);
}

static void thaw(struct process *process)
{
    process->frozen = false;
    sim_trace("thaw %s", process->name);
}

/* The group gives what it had to others. */
static void frozen_out(struct process *process)
{
    freeze(process);
    fake_kafka_expire(process);
}

/* It dies, and the group has noticed. */
static void lose(struct process *process)
{
    process_kill(process);
    fake_kafka_expire(process);
}

static size_t conflicts(void)
{
    return (size_t)metrics_value(sim_settings.metrics, METRIC_STORE_CONFLICTS, 0);
}

static size_t loads(void)
{
    return (size_t)metrics_value(sim_settings.metrics, METRIC_RESTORE_SECONDS, 0);
}

/* Runs to where a restore has read its stories, and not the outbox. */
static void half_restored(struct process *process)
{
    must(schedule_until(process, POINT_REDIS_DONE, "SMEMBERS"), "a restore that has begun");
    must(schedule_until(process, POINT_REDIS_DONE, "GET"), "stories that are read");
}

/* ---- the owner token ---- */

static void a_zombie_commits_while_another_restores(void)
{
    struct process *a = ready_owner();
    give(4);
    must(schedule_until(a, POINT_REDIS, "WATCH"), "a batch that is about to be committed");
    frozen_out(a);
    struct process *b = start("B");
    half_restored(b);
    thaw(a);
    schedule_steps(a, 6);
    process_kill(a);
    b->fetch_polls = 60; /* it publishes before it reads on */
}

static void two_owners_at_one_position(void)
{
    struct process *a = ready_owner();
    give(4);
    must(schedule_until(a, POINT_REDIS, "WATCH"), "a batch that is about to be committed");
    frozen_out(a);
    struct process *b = start("B");
    schedule_until_idle(b);
    schedule_until_idle(b);
    freeze(b);
    thaw(a);
    schedule_steps(a, 6);
    process_kill(a);
}

/* A's last transaction is lost with Redis, and C's that took over has the same number and moves no offset
 * either: a recount, with ratings that are gone again when A wakes. Only the token tells the one from the
 * other. */
static void another_transaction_of_the_same_number(void)
{
    struct process *a = ready_owner();
    sim_advance_ms(1100);
    run_articles();
    schedule_until_idle(a);
    size_t all = fake_redis_transactions();
    must(oracle_what_is_left() == NULL, "marks that are cleared");
    frozen_out(a);
    fake_redis_restart(all - 1);
    sim_ratings_load(1);
    struct process *c = start("C");
    must(schedule_until(c, POINT_REDIS_DONE, "EXEC"), "a recount");
    lose(c);
    sim_ratings_load(0);
    thaw(a);
}

/* ---- the position ---- */

static void redis_goes_back_in_time(void)
{
    struct process *a = ready_owner();
    size_t before = fake_redis_transactions();
    give(6);
    schedule_until_idle(a);
    schedule_until_idle(a);
    fake_redis_restart(before);
}

static void a_recount_that_redis_lost(void)
{
    struct process *a = ready_owner();
    schedule_until_idle(a);
    size_t before = fake_redis_transactions();
    sim_ratings_load(1);
    must(schedule_until(a, POINT_REDIS_DONE, "EXEC"), "a recount");
    schedule_until_idle(a);
    fake_redis_restart(before);
}

static void a_failover_behind_a_proxy(void)
{
    struct process *a = ready_owner();
    size_t before = fake_redis_transactions();
    give(4);
    schedule_until_idle(a);
    give(4);
    must(schedule_until(a, POINT_REDIS, "WATCH"), "a batch that is about to be committed");
    fake_redis_go_back(before);
}

/* ---- source marks ---- */

static void the_article_stage_dies_before_its_commit(void)
{
    struct process *a = start("A");
    schedule_until_idle(a);
    struct sim_event article = events_article(0, 1), retraction = article;
    retraction.kind = EVENT_RETRACT;
    retraction.published_ms = 0; /* of no version: an article sent again is not older */
    const struct event_record both = {.events = {article, retraction}, .count = 2};
    run_articles(); /* its next commit is a second away */
    events_feed(0, &both);
    int32_t partition = events_partition(&article);
    for (int i = 0; i < 200 && fake_kafka_log(TOPIC_FEATURES, partition)->count < 2; i++)
        schedule_steps(articles, 1);
    must(fake_kafka_log(TOPIC_FEATURES, partition)->count == 2, "features of both");
    must(fake_kafka_offset(GROUP_ARTICLES, 0) < 1, "no position committed");
    process_kill(articles);
    articles = NULL;
    fake_kafka_expire(sim_processes[1]);
    run_articles();
    must(fake_kafka_log(TOPIC_FEATURES, partition)->count == 4, "both sent again");
}

/* ---- the outbox ---- */

static void a_death_between_commit_and_publication(void)
{
    struct process *a = ready_owner();
    give(3);
    must(schedule_until(a, POINT_REDIS_DONE, "EXEC"), "a committed batch");
    process_kill(a);
}

/* ---- publishing ---- */

static void a_zombie_publishes_late(void)
{
    struct process *a = ready_owner();
    give(3);
    must(schedule_until(a, POINT_REDIS, "HGETALL"), "a round that begins");
    schedule_steps(a, 2);
    frozen_out(a);
    struct process *b = start("B");
    schedule_until_idle(b);
    give(3);
    schedule_until_idle(b);
    schedule_until_idle(b);
    thaw(a);
    schedule_until_idle(a);
}

/* B claims, is frozen in its restore, and wakes when C has published: its producer would be initialised last.
 */
static void a_token_that_changes_after_the_restore(void)
{
    struct process *a = ready_owner();
    give(3);
    must(schedule_until(a, POINT_REDIS_DONE, "EXEC"), "a committed batch that is not published");
    lose(a);
    struct process *b = start("B");
    must(schedule_until(b, POINT_REDIS_DONE, "HGETALL"), "marks that are read");
    b->notice_polls = b->fetch_polls = 500;
    frozen_out(b);
    struct process *c = start("C");
    schedule_until_idle(c);
    give(3);
    schedule_until_idle(c);
    schedule_until_idle(c);
    thaw(b);
    schedule_until(b, POINT_CALL_DONE, "commit");
    process_kill(b);
}

static void a_token_that_changes_during_the_restore(void)
{
    struct process *a = ready_owner();
    give(3);
    must(schedule_until(a, POINT_REDIS_DONE, "EXEC"), "a committed batch that is not published");
    lose(a);
    struct process *b = start("B");
    half_restored(b);
    b->notice_polls = b->fetch_polls = 500;
    frozen_out(b);
    struct process *c = start("C");
    schedule_until_idle(c);
    give(6);
    schedule_until_idle(c);
    thaw(b);
    schedule_until_idle(b);
}

/* The same with an owner whose producer has failed and is made anew. */
static void a_zombie_with_a_new_producer(void)
{
    struct process *a = ready_owner();
    give(3);
    must(schedule_until(a, POINT_CALL, "commit"), "a round");
    a->call_fault = CALL_FATAL;
    must(schedule_until(a, POINT_CALL_DONE, "commit"), "a fatal error");
    a->notice_polls = a->fetch_polls = 500;
    frozen_out(a);
    struct process *b = start("B");
    schedule_until_idle(b);
    give(3);
    schedule_until_idle(b);
    schedule_until_idle(b);
    thaw(a);
    sim_advance_ms(600);
    schedule_until(a, POINT_CALL_DONE, "commit");
    process_kill(a);
}

static void a_delivery_fails(void)
{
    struct process *a = ready_owner();
    give(3);
    must(schedule_until(a, POINT_REDIS, "HGETALL"), "a round that begins");
    a->delivery_fault = true;
    schedule_until_idle(a);
    check(conflicts() == 0, "no conflict");
}

static void call_fails(enum call_fault fault)
{
    struct process *a = ready_owner();
    give(3);
    must(schedule_until(a, POINT_CALL, "commit"), "a round");
    a->call_fault = fault;
    schedule_until_idle(a);
    check(conflicts() == 0, "no conflict");
}

static void a_commit_is_aborted(void)
{
    call_fails(CALL_ABORTABLE);
}

static void a_commit_times_out_and_was_made(void)
{
    call_fails(CALL_RETRY_AFTER);
}

static void a_fatal_producer_error(void)
{
    call_fails(CALL_FATAL);
}

static void a_revoke_purges_what_is_queued(void)
{
    struct process *a = ready_owner();
    give(3);
    must(schedule_until(a, POINT_REDIS, "HGETALL"), "a round that begins");
    schedule_steps(a, 2);
    struct process *b = start("B");
    schedule_until_idle(b);
    schedule_until_idle(a);
    schedule_until_idle(b);
}

/* ---- EXEC in doubt ---- */

static void exec_goes_wrong(enum redis_fault fault)
{
    struct process *a = ready_owner();
    size_t loaded = loads();
    give(3);
    a->redis_fault = fault;
    a->redis_fault_exec = true;
    sim_advance_ms(100);
    must(schedule_until(a, POINT_REDIS, "EXEC"), "a batch");
    schedule_until_idle(a);
    schedule_until_idle(a);
    check(conflicts() == 0, "no conflict");
    check(loads() == loaded, "the memory is kept");
}

static void a_lost_reply_to_an_applied_exec(void)
{
    exec_goes_wrong(REDIS_CUT_AFTER);
}

static void a_lost_reply_to_an_exec_not_applied(void)
{
    exec_goes_wrong(REDIS_CUT_BEFORE);
}

/* What the owner has given up arrives when it has gone on with another token, and before it sends the batch
 * again. */
static void an_exec_that_comes_when_its_owner_has_resumed(void)
{
    struct process *a = ready_owner();
    size_t loaded = loads();
    give(3);
    a->redis_fault = REDIS_CUT_DELAYED;
    a->redis_fault_exec = true;
    must(schedule_until(a, POINT_REDIS, "EXEC"), "a batch");
    must(schedule_until(a, POINT_REDIS_DONE, "WATCH"), "a resume");
    must(schedule_until(a, POINT_REDIS, "WATCH"), "the batch again");
    delayed_release(true);
    schedule_until_idle(a);
    check(conflicts() == 0, "no conflict");
    check(loads() == loaded, "the memory is kept");
}

static void an_exec_that_comes_after_a_takeover(void)
{
    struct process *a = ready_owner();
    give(4);
    a->redis_fault = REDIS_CUT_DELAYED;
    a->redis_fault_exec = true;
    must(schedule_until(a, POINT_REDIS, "EXEC"), "a batch");
    schedule_steps(a, 1);
    must(delayed_count() == 1, "an EXEC on its way");
    lose(a);
    struct process *b = start("B");
    schedule_until_idle(b);
    give(3);
    schedule_until_idle(b);
    delayed_release(true);
}

static void writes_are_refused_for_a_while(void)
{
    exec_goes_wrong(REDIS_OOM);
}

/* Redis applies the other elements and takes none back: refused, by whoever comes, until it is rebuilt. */
static void an_element_of_a_transaction_fails(void)
{
    struct process *a = ready_owner();
    give(4);
    must(schedule_until(a, POINT_REDIS, "EXEC"), "a batch");
    fake_redis_fail_element(1 + 3 * (size_t)(seed_now - 1));
    schedule_steps(a, 1);
    schedule_until_idle(a);
    lose(a);
    struct process *b = start("B");
    schedule_until_idle(b);
    check(sim_refusals >= 1, "the partition is refused");
    lose(b);
    sim_settings.story.rebuild = true;
}

static void a_record_that_cannot_be_read(void)
{
    struct process *a = ready_owner();
    for (int32_t p = 0; p < SIM_FEATURES_PARTITIONS; p++)
        fake_kafka_append(TOPIC_FEATURES, p, "en", 2, "rubbish", 7);
    schedule_until_idle(a);
    lose(a);
}

/* ---- parking ---- */

static void a_partition_comes_back_to_its_memory(void)
{
    struct process *a = ready_owner();
    size_t loaded = loads();
    struct process *b = start("B");
    must(schedule_until(b, POINT_POLL, ""), "a second member");
    schedule_steps(b, 2);
    schedule_until_idle(a);
    lose(b);
    give(3);
    schedule_until_idle(a);
    schedule_until_idle(a);
    check(loads() == loaded, "the memory is kept");
    check(conflicts() == 0, "no conflict");
}

static void a_partition_comes_back_after_another_had_it(void)
{
    struct process *a = ready_owner();
    struct process *b = start("B");
    schedule_until_idle(b);
    schedule_until_idle(a);
    give(3);
    schedule_until_idle(b);
    schedule_until_idle(a);
    lose(b);
    give(3);
    schedule_until_idle(a);
}

/* ---- the table ---- */

const struct named named_schedules[] = {
    {.name = "another transaction of the same number",
     .what = "counts would stay another owner's",
     .run = another_transaction_of_the_same_number,
     .breaks = {NO_TOKEN}},
    /* The last look of a restore and the counts in its header would see it as well. */
    {.name = "a zombie commits while another restores",
     .what = "its state would be of two moments",
     .run = a_zombie_commits_while_another_restores,
     .holds = {NO_TOKEN, NO_POSITION, NO_TOKEN | NO_POSITION}},
    {.name = "two owners at one position",
     .what = "a batch would be counted twice",
     .run = two_owners_at_one_position,
     .breaks = {NO_TOKEN | NO_POSITION},
     .holds = {NO_TOKEN, NO_POSITION}},
    {.name = "redis goes back in time",
     .what = "what was lost would never be written again",
     .run = redis_goes_back_in_time,
     .breaks = {NO_POSITION}},
    {.name = "a recount that redis lost",
     .what = "it moved no offset: counts would stay those of other ratings",
     .run = a_recount_that_redis_lost,
     .breaks = {NO_POSITION}},
    {.name = "a failover behind a proxy",
     .what = "the connection lives, only the condition of the batch sees it",
     .run = a_failover_behind_a_proxy,
     .breaks = {NO_POSITION}},
    {.name = "the article stage dies before its commit",
     .what = "a retracted article would come back",
     .run = the_article_stage_dies_before_its_commit,
     .breaks = {NO_MARKS}},
    {.name = "a death between commit and publication",
     .what = "readers would never be told",
     .run = a_death_between_commit_and_publication,
     .breaks = {NO_OUTBOX}},
    {.name = "a zombie publishes late",
     .what = "compaction would keep the older summary",
     .run = a_zombie_publishes_late,
     .breaks = {NO_FENCING}},
    {.name = "a token that changes after the restore",
     .what = "a late producer would fence the owner and publish what is old",
     .run = a_token_that_changes_after_the_restore,
     .breaks = {NO_PUBLISHER}},
    {.name = "a token that changes during the restore",
     .what = "what was read would be of two moments",
     .run = a_token_that_changes_during_the_restore},
    {.name = "a zombie with a new producer",
     .what = "the same, after a fatal error",
     .run = a_zombie_with_a_new_producer,
     .breaks = {NO_PUBLISHER}},
    {.name = "an exec that comes after a takeover",
     .what = "newer state would be overwritten",
     .run = an_exec_that_comes_after_a_takeover,
     .breaks = {NO_WATCH}},
    {.name = "an exec that comes when its owner has resumed",
     .what = "it watches the token that was replaced",
     .run = an_exec_that_comes_when_its_owner_has_resumed,
     .breaks = {NO_RESUME}},
    {.name = "a lost reply to an applied exec",
     .what = "the number of the transaction tells that it was applied",
     .run = a_lost_reply_to_an_applied_exec},
    {.name = "a lost reply to an exec not applied",
     .what = "... that it was not",
     .run = a_lost_reply_to_an_exec_not_applied},
    {.name = "an element of a transaction fails",
     .what = "refused until it is rebuilt",
     .run = an_element_of_a_transaction_fails},
    {.name = "a record that cannot be read",
     .what = "the position passes it",
     .run = a_record_that_cannot_be_read},
    {.name = "writes are refused for a while",
     .what = "the memory is kept, the batch goes in later",
     .run = writes_are_refused_for_a_while},
    {.name = "a delivery fails", .what = "the round is aborted and sent again", .run = a_delivery_fails},
    {.name = "a commit is aborted", .what = "the same", .run = a_commit_is_aborted},
    {.name = "a commit times out and was made",
     .what = "it is asked again and not sent again",
     .run = a_commit_times_out_and_was_made},
    {.name = "a fatal producer error",
     .what = "a new producer sends the round again",
     .run = a_fatal_producer_error},
    {.name = "a revoke purges what is queued",
     .what = "the next owner sends it",
     .run = a_revoke_purges_what_is_queued},
    {.name = "a partition comes back to its memory",
     .what = "nothing is loaded",
     .run = a_partition_comes_back_to_its_memory},
    {.name = "a partition comes back after another had it",
     .what = "the memory is forgotten",
     .run = a_partition_comes_back_after_another_had_it},
};
const size_t named_schedule_count = sizeof(named_schedules) / sizeof(named_schedules[0]);

void named_schedules_begin(uint64_t seed)
{
    articles = NULL;
    seed_now = seed;
    next_url = 0;
}
