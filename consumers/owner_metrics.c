#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/instant.h"
#include "consumers/partition_owner_private.h"
#include "consumers/store_restore.h"

enum { MEMORY_EVERY_MS = 10000 };

static const enum metric_id partition_gauges[] = {
    METRIC_STORIES_LIVE,    METRIC_COVERAGE_PENDING, METRIC_COVERAGE_DELAY,   METRIC_PARTITION_LAG,
    METRIC_PARTITION_READY, METRIC_RESTORE_RATIO,    METRIC_PARTITION_MEMORY,
};

void partition_owner_label_metrics(struct metrics *metrics)
{
    static const char *const decisions[APPLY_OUTCOME_COUNT] = {
        [APPLIED_FOUNDED] = "founded",
        [APPLIED_JOINED] = "joined",
        [APPLIED_UPDATED] = "updated",
        [APPLIED_UNCHANGED] = "unchanged",
        [APPLIED_RETRACTED] = "retracted",
        [APPLIED_DROPPED_SEEN] = "dropped_seen",
        [APPLIED_DROPPED_STALE] = "dropped_stale",
        [APPLIED_DROPPED_WITHDRAWN] = "dropped_withdrawn",
        [APPLIED_NOTHING] = "remembered",
        [APPLIED_CORRECTED] = "corrected",
        [APPLIED_CORRECTION_REFUSED] = "correction_refused",
    };
    static const char *const changes[STORY_CHANGE_COUNT] = {
#define STORY_CHANGE_TEXT(id, text) [(id)] = (text),
        STORY_CHANGES(STORY_CHANGE_TEXT)
#undef STORY_CHANGE_TEXT
    };
    for (unsigned i = 0; i < APPLY_OUTCOME_COUNT; i++)
        metrics_label(metrics, METRIC_DECISIONS, i, decisions[i]);
    for (unsigned i = 0; i < STORY_CHANGE_COUNT; i++)
        metrics_label(metrics, METRIC_STORY_CHANGES, i, changes[i]);
}

static void set(const struct partition_owner *owner, enum metric_id id, double value)
{
    metrics_set(owner->settings->metrics, id, (unsigned)owner->number % METRIC_LABEL_MAX, value);
}

static void observe(const struct partition_owner *owner, enum metric_id id, double value)
{
    metrics_observe(owner->settings->metrics, id, 0, value);
}

static void add(const struct partition_owner *owner, enum metric_id id, unsigned label, int64_t amount)
{
    if (amount > 0) metrics_add(owner->settings->metrics, id, label, (uint64_t)amount);
}

/* ---- a batch ---- */

void owner_metrics_record(struct partition_owner *owner, uint64_t offset, int64_t arrived_ms,
                          enum apply_outcome outcome, int64_t started_us)
{
    struct owner_tally *tally = &owner->tally;
    tally->outcomes[outcome]++;
    tally->apply_us += clock_mono_us() - started_us;
    if (arrived_ms == NW_NO_TIME) return;
    tally->arrivals = nw_grow(tally->arrivals, &tally->arrival_capacity, tally->arrival_count + 1,
                              sizeof(*tally->arrivals));
    tally->arrivals[tally->arrival_count++] = (struct arrival){offset, arrived_ms};
}

void owner_metrics_forget_batch(struct partition_owner *owner)
{
    struct arrival *arrivals = owner->tally.arrivals;
    owner->tally =
        (struct owner_tally){.arrivals = arrivals, .arrival_capacity = owner->tally.arrival_capacity};
}

static int by_offset(const void *a, const void *b)
{
    const struct arrival *x = a, *y = b;
    return (x->offset > y->offset) - (x->offset < y->offset);
}

/* Which event each mark tells of: the last one that changed its story. */
static void note_arrivals(struct partition_owner *owner)
{
    const struct owner_tally *tally = &owner->tally;
    for (size_t i = 0; i < owner->mark_count && tally->arrival_count > 0; i++) {
        const struct arrival wanted = {.offset = owner->marks[i].changed_offset};
        const struct arrival *found =
            bsearch(&wanted, tally->arrivals, tally->arrival_count, sizeof(*tally->arrivals), by_offset);
        if (found != NULL) outbox_note_arrival(owner->outbox, owner->marks[i].story, found->ms);
    }
}

static void count_stories(const struct partition_owner *owner)
{
    const struct partition_totals *totals = &partition_changes(owner->partition)->totals;
    add(owner, METRIC_STORY_CHANGES, STORY_CHANGE_NEW, (int64_t)owner->tally.outcomes[APPLIED_FOUNDED]);
    add(owner, METRIC_STORY_CHANGES, STORY_CHANGE_MERGED, totals->merges);
    add(owner, METRIC_STORY_CHANGES, STORY_CHANGE_SPLIT, totals->splits);
    add(owner, METRIC_STORY_CHANGES, STORY_CHANGE_CLOSED, totals->closed);
    add(owner, METRIC_DUPLICATES, 0, totals->duplicates);
}

void owner_metrics_batch(struct partition_owner *owner, int64_t now_ms)
{
    for (unsigned i = 0; i < APPLY_OUTCOME_COUNT; i++)
        add(owner, METRIC_DECISIONS, i, (int64_t)owner->tally.outcomes[i]);
    count_stories(owner);
    add(owner, METRIC_FEATURES_APPLIED, 0, owner->records);
    observe(owner, METRIC_BATCH_RECORDS, owner->records);
    observe(owner, METRIC_BATCH_APPLY_SECONDS, (double)owner->tally.apply_us / 1e6);
    observe(owner, METRIC_BATCH_SECONDS, (double)(now_ms - owner->batch_since_ms) / 1000);
    note_arrivals(owner);
    owner_metrics_forget_batch(owner);
}

void owner_metrics_commit(const struct partition_owner *owner, int64_t started_us)
{
    observe(owner, METRIC_BATCH_COMMIT_SECONDS, (double)(clock_mono_us() - started_us) / 1e6);
}

/* ---- a round of summaries ---- */

void owner_metrics_round(const struct partition_owner *owner)
{
    int64_t wall_ms = clock_wall_ms();
    if (owner->round.count > 0)
        observe(owner, METRIC_COVERAGE_SEND_SECONDS,
                (double)(clock_mono_ms() - owner->round_since_ms) / 1000);
    for (size_t i = 0; i < owner->round.count; i++) {
        int64_t arrived_ms = owner->round.items[i].arrived_ms;
        if (arrived_ms == NW_NO_TIME) continue;
        /* Two machines' clocks: a small difference the wrong way is no time at all. */
        observe(owner, METRIC_END_TO_END_SECONDS,
                wall_ms > arrived_ms ? (double)(wall_ms - arrived_ms) / 1000 : 0);
    }
}

/* ---- the partition ---- */

void owner_metrics_restoring(const struct partition_owner *owner)
{
    size_t restored, total;
    store_restore_progress(owner->store, &restored, &total);
    set(owner, METRIC_RESTORE_RATIO, total == 0 ? 1 : (double)restored / (double)total);
}

void owner_metrics_ready(const struct partition_owner *owner)
{
    set(owner, METRIC_RESTORE_RATIO, 1);
    observe(owner, METRIC_RESTORE_SECONDS, (double)(clock_mono_ms() - owner->claimed_ms) / 1000);
}

void owner_metrics_step(struct partition_owner *owner)
{
    int64_t now_ms = clock_mono_ms();
    set(owner, METRIC_PARTITION_READY, owner->state == OWNER_READY);
    if (owner->state != OWNER_READY) return;
    set(owner, METRIC_STORIES_LIVE, (double)partition_live_stories(owner->partition));
    set(owner, METRIC_COVERAGE_PENDING, (double)outbox_pending(owner->outbox));
    set(owner, METRIC_COVERAGE_DELAY, (double)outbox_oldest_ms(owner->outbox, now_ms) / 1000);
    if (owner->memory_noted_ms != 0 && now_ms - owner->memory_noted_ms < MEMORY_EVERY_MS) return;
    owner->memory_noted_ms = now_ms;
    set(owner, METRIC_PARTITION_MEMORY, (double)partition_memory_bytes(owner->partition));
}

void owner_metrics_hide(const struct partition_owner *owner)
{
    for (size_t i = 0; i < sizeof(partition_gauges) / sizeof(partition_gauges[0]); i++)
        metrics_hide(owner->settings->metrics, partition_gauges[i],
                     (unsigned)owner->number % METRIC_LABEL_MAX);
}
