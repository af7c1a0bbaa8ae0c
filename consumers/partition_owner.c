#include "consumers/partition_owner.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "articles/features_record.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/guard.h"
#include "base/instant.h"
#include "base/log.h"
#include "consumers/owner_load.h"
#include "consumers/partition_owner_private.h"
#include "consumers/store_restore.h"

enum {
    RETRY_FIRST_MS = 100,
    RETRY_MOST_MS = 5000,
    /* After a conflict: if the partition has gone to another, the group tells us within this time. */
    CONFLICT_WAIT_MS = 1500,
    REFUSED_WAIT_MS = 30 * 1000,
    VERIFY_EVERY_MS = 5000,
    NOTE_EVERY_MS = 5000,
    NOTE_RESTORE_EVERY_MS = 500,
    /* A closed story is dropped at least 10,000 records of its language later: its last summary has to be
     * on its way well before. */
    CLOSED_UNSENT_RECORDS = 5000,
    PENDING_MOST = 200000,
};

const char *owner_state_text(enum owner_state state)
{
    static const char *const texts[] = {
#define OWNER_STATE_TEXT(id, text) text,
        OWNER_STATES(OWNER_STATE_TEXT)
#undef OWNER_STATE_TEXT
    };
    return texts[state];
}

/* ---- life ---- */

struct partition_owner *partition_owner_new(const struct owner_settings *settings, int32_t partition)
{
    struct partition_owner *owner = nw_calloc(1, sizeof(*owner));
    owner->settings = settings;
    owner->number = partition;
    owner->store = story_store_new(settings->redis, settings->kafka->features_topic, partition);
    owner->arena = arena_new();
    owner->builder = (struct coverage_builder){
        .kafka = settings->kafka,
        .story = settings->story,
        .partition_number = partition,
        .policy_hash = story_policy_hash(&settings->story->policy),
        .arena = arena_new(),
    };
    return owner;
}

void owner_forget(struct partition_owner *owner)
{
    coverage_publisher_free(owner->publisher, 0);
    owner->publisher = NULL;
    owner_publish_free(owner);
    outbox_free(owner->outbox);
    owner->outbox = NULL;
    partition_free(owner->partition);
    owner->partition = NULL;
    ratings_unref(owner->rated_with);
    owner->rated_with = NULL;
    ratings_unref(owner->counted_with);
    owner->counted_with = NULL;
    owner->sweep.kind = SWEEP_NONE;
    ratings_unref(owner->sweep.ratings);
    owner->sweep.ratings = NULL;
    owner->in_doubt = false;
    owner->erasing = false;
    owner->records = 0;
    owner->bytes = 0;
    owner_metrics_forget_batch(owner);
}

void partition_owner_free(struct partition_owner *owner)
{
    if (owner == NULL) return;
    owner_forget(owner);
    story_store_free(owner->store);
    arena_free(owner->arena);
    arena_free(owner->builder.arena);
    free(owner->sweep.stories);
    free(owner->rows);
    free(owner->marks);
    free(owner->marked);
    free(owner->cleared);
    free(owner->documents);
    free(owner->tally.arrivals);
    free(owner);
}

int32_t partition_owner_partition(const struct partition_owner *owner)
{
    return owner->number;
}

enum owner_state partition_owner_state(const struct partition_owner *owner)
{
    return owner->state;
}

uint64_t partition_owner_position(const struct partition_owner *owner)
{
    return owner->position;
}

bool partition_owner_stored(const struct partition_owner *owner, uint64_t *next_offset)
{
    *next_offset = owner->stored.next_offset;
    return owner->stored.found;
}

size_t partition_owner_live_stories(const struct partition_owner *owner)
{
    return owner->partition != NULL ? partition_live_stories(owner->partition) : 0;
}

/* ---- what can go wrong ---- */

static void wait_before(struct partition_owner *owner, enum owner_state state, int64_t wait_ms)
{
    owner->state = state;
    owner->retry_at_ms = clock_mono_ms() + wait_ms;
}

static void retry_later(struct partition_owner *owner, enum owner_state state)
{
    owner->retry_wait_ms = owner->retry_wait_ms < RETRY_FIRST_MS      ? RETRY_FIRST_MS
                           : owner->retry_wait_ms * 2 > RETRY_MOST_MS ? RETRY_MOST_MS
                                                                      : owner->retry_wait_ms * 2;
    wait_before(owner, state, owner->retry_wait_ms);
}

/* What an error of the store means for the state; the reason goes into the log once. */
void owner_failed(struct partition_owner *owner, enum nw_err err, const char *reason)
{
    bool intact = owner->state == OWNER_READY || owner->state == OWNER_RESUMING;
    switch (err) {
    case NW_ERR_UNAVAILABLE:
        log_warn("redis is not available to a partition", log_int("partition", owner->number),
                 log_str("reason", reason));
        if (!intact) owner_forget(owner);
        retry_later(owner, intact ? OWNER_RESUMING : OWNER_CLAIMING);
        break;
    case NW_ERR_CONFLICT:
        log_warn("partition given up and loaded again", log_int("partition", owner->number),
                 log_str("reason", reason));
        metrics_add(owner->settings->metrics, METRIC_STORE_CONFLICTS, 0, 1);
        owner_forget(owner);
        wait_before(owner, OWNER_CLAIMING, CONFLICT_WAIT_MS);
        break;
    case NW_ERR_CORRUPT:
        if (intact) { /* an element of a transaction failed: the next claim refuses, or rebuilds */
            log_error("partition loaded again", log_int("partition", owner->number),
                      log_str("reason", reason));
            owner_forget(owner);
            wait_before(owner, OWNER_CLAIMING, CONFLICT_WAIT_MS);
            break;
        }
        /* fall through */
    default:
        snprintf(owner->refused_reason, sizeof(owner->refused_reason), "%s", reason);
        log_error("partition refused", log_int("partition", owner->number),
                  log_str("error", nw_err_text(err)), log_str("reason", reason));
        owner_forget(owner);
        wait_before(owner, OWNER_REFUSED, REFUSED_WAIT_MS);
        break;
    }
}

/* ---- records ---- */

static bool is_gap(struct partition_owner *owner, uint64_t offset)
{
    if (offset == owner->position) return false;
    if (owner->gap_at != offset) { /* left over from an earlier assignment? read again from the position */
        owner->gap_at = offset;
        return true;
    }
    log_warn("features topic has a gap", log_int("partition", owner->number),
             log_int("from", (int64_t)owner->position), log_int("to", (int64_t)offset));
    return false;
}

bool partition_owner_accept(struct partition_owner *owner, uint64_t offset, int64_t append_ms,
                            const void *bytes, size_t len)
{
    if (owner->state != OWNER_READY) return false;
    if (offset < owner->position) return true;
    if (is_gap(owner, offset)) return false;
    owner->gap_at = UINT64_MAX;
    if (owner->records == 0) owner->batch_since_ms = clock_mono_ms();
    struct features_record record;
    arena_reset(owner->arena);
    enum nw_err err = features_record_unpack(owner->arena, bytes, len, &record);
    if (err == NW_OK) {
        int64_t started_us = clock_mono_us(),
                arrived_ms = record.origin.append_ms > 0 ? record.origin.append_ms : append_ms;
        enum apply_outcome outcome = partition_apply(owner->partition, &record, offset, append_ms, NULL);
        owner_metrics_record(owner, offset, arrived_ms, outcome, started_us);
        if (outcome == APPLIED_CORRECTION_REFUSED)
            log_warn("correction not carried out", log_str("reason", partition_refusal(owner->partition)),
                     log_str("topic", record.origin.topic), log_int("partition", record.origin.partition),
                     log_int("offset", record.origin.offset));
    } else {
        partition_skip(owner->partition, offset);
        metrics_add(owner->settings->metrics, METRIC_FEATURES_UNREADABLE, 0, 1);
        log_error("features record skipped", log_int("partition", owner->number),
                  log_int("offset", (int64_t)offset), log_str("reason", nw_err_text(err)));
    }
    owner->position = offset + 1;
    owner->records++;
    owner->bytes += len;
    return true;
}

static bool batch_is_full(const struct partition_owner *owner)
{
    const struct story_options *story = owner->settings->story;
    return owner->records >= story->batch_records || owner->bytes >= story->batch_bytes;
}

bool partition_owner_wants_records(const struct partition_owner *owner)
{
    if (owner->state != OWNER_READY || batch_is_full(owner)) return false;
    uint64_t closed = outbox_oldest_closed(owner->outbox);
    if (closed != UINT64_MAX && owner->position > closed + CLOSED_UNSENT_RECORDS) return false;
    return outbox_pending(owner->outbox) < PENDING_MOST;
}

/* ---- committing ---- */

static void commit(struct partition_owner *owner, struct ratings *ratings)
{
    struct store_batch batch;
    owner_batch_build(owner, ratings, &batch);
    int64_t started_us = clock_mono_us();
    enum nw_err err = store_commit(owner->store, &batch);
    owner_metrics_commit(owner, started_us);
    owner->in_doubt = err == NW_ERR_UNAVAILABLE;
    if (err == NW_OK)
        owner_batch_done(owner);
    else
        owner_failed(owner, err, story_store_error(owner->store));
}

static bool commit_is_due(const struct partition_owner *owner, int64_t now_ms)
{
    const struct story_options *story = owner->settings->story;
    if (owner->records > 0) return batch_is_full(owner) || now_ms - owner->batch_since_ms >= story->batch_ms;
    /* Without a stored position the first transaction is that of the first record. */
    if (!owner->stored.found) return false;
    return owner->acknowledged.count > 0 || owner->sweep.kind != SWEEP_NONE;
}

static void verify(struct partition_owner *owner, int64_t now_ms)
{
    if (owner->records > 0 || now_ms - owner->verified_ms < VERIFY_EVERY_MS) return;
    owner->verified_ms = now_ms;
    enum nw_err err = story_store_verify(owner->store, owner->stored);
    if (err != NW_OK) owner_failed(owner, err, story_store_error(owner->store));
}

static void step_ready(struct partition_owner *owner, struct ratings *ratings)
{
    int64_t now_ms = clock_mono_ms();
    owner_batch_plan_sweep(owner, ratings);
    if (commit_is_due(owner, now_ms)) commit(owner, ratings);
    const char *lost = owner->state == OWNER_READY ? owner_publish_step(owner, ratings) : NULL;
    if (lost != NULL) owner_failed(owner, NW_ERR_CONFLICT, lost);
    if (owner->state == OWNER_READY) verify(owner, now_ms);
}

/* ---- resuming ---- */

static void step_resuming(struct partition_owner *owner)
{
    struct store_point now;
    enum nw_err err = story_store_resume(owner->store, &now);
    if (err == NW_OK && GUARD(POSITION, store_point_equal(now, owner->stored))) {
        /* The last transaction was not applied, or there was none. */
    } else if (err == NW_OK && owner->in_doubt &&
               store_point_equal(now, store_commit_point(owner->partition, owner->stored))) {
        owner_batch_done(owner);
    } else if (err == NW_OK) {
        owner_failed(owner, NW_ERR_CONFLICT, "redis holds another position: it went back in time");
        return;
    } else {
        owner_failed(owner, err, story_store_error(owner->store));
        return;
    }
    owner->in_doubt = false;
    if (owner->publisher == NULL)
        owner->publisher = coverage_publisher_new(owner->settings->kafka, PUBLISH_COVERAGE, owner->number);
    owner->retry_wait_ms = 0;
    owner->verified_ms = clock_mono_ms();
    owner->state = OWNER_READY;
    log_info("partition goes on", log_int("partition", owner->number),
             log_int("position", (int64_t)owner->position));
}

/* ---- notes for people ---- */

/* Also without news, so that a reader can tell an owner that is there from one that is gone. */
static bool note_is_due(const struct partition_owner *owner, int64_t now_ms)
{
    if (owner->state == OWNER_CLAIMING || owner->state == OWNER_RESUMING)
        return false; /* no word with redis */
    if (owner->noted_ms == 0 || owner->state != owner->noted_state) return true;
    int64_t every_ms = owner->state == OWNER_RESTORING ? NOTE_RESTORE_EVERY_MS : NOTE_EVERY_MS;
    return now_ms - owner->noted_ms >= every_ms;
}

static void describe_restore(const struct partition_owner *owner, char *out, size_t size)
{
    size_t restored, total;
    store_restore_progress(owner->store, &restored, &total);
    snprintf(out, size, "%zu %%", total == 0 ? 100 : restored * 100 / total);
}

static void note(struct partition_owner *owner, int64_t now_ms)
{
    char detail[sizeof(owner->refused_reason)] = "";
    if (!note_is_due(owner, now_ms)) return;
    owner->noted_state = owner->state;
    owner->noted_ms = now_ms;
    if (!story_store_connected(owner->store)) return;
    if (owner->state == OWNER_RESTORING)
        describe_restore(owner, detail, sizeof(detail));
    else if (owner->state == OWNER_REFUSED)
        snprintf(detail, sizeof(detail), "%s", owner->refused_reason);
    const struct store_note said = {.instance = owner->settings->story->instance,
                                    .state = owner_state_text(owner->state),
                                    .detail = detail};
    enum nw_err err = story_store_note(owner->store, &said);
    if (err != NW_OK && owner->state != OWNER_REFUSED)
        owner_failed(owner, err, story_store_error(owner->store));
}

/* ---- steps ---- */

bool partition_owner_step(struct partition_owner *owner, struct ratings *ratings)
{
    int64_t now_ms = clock_mono_ms();
    switch (owner->state) {
    case OWNER_REFUSED:
        if (now_ms >= owner->retry_at_ms) owner->state = OWNER_CLAIMING;
        break;
    case OWNER_CLAIMING:
        if (now_ms >= owner->retry_at_ms) owner_load_claim(owner, ratings);
        break;
    case OWNER_RESTORING:
        owner_load_slice(owner);
        break;
    case OWNER_RESUMING:
        if (now_ms >= owner->retry_at_ms) step_resuming(owner);
        break;
    case OWNER_READY:
        step_ready(owner, ratings);
        break;
    }
    note(owner, now_ms);
    owner_metrics_step(owner);
    return partition_owner_wait_ms(owner, 1) == 0;
}

int partition_owner_wait_ms(const struct partition_owner *owner, int most_ms)
{
    int64_t now_ms = clock_mono_ms(), wait_ms = most_ms;
    switch (owner->state) {
    case OWNER_RESTORING:
        return 0;
    case OWNER_REFUSED:
    case OWNER_CLAIMING:
    case OWNER_RESUMING:
        wait_ms = owner->retry_at_ms - now_ms;
        break;
    case OWNER_READY:
        if (owner->round.count > 0)
            wait_ms = 1;
        else if (owner->sweep.kind != SWEEP_NONE || owner->acknowledged.count > 0)
            wait_ms = 0;
        else if (outbox_pending(owner->outbox) > 0)
            wait_ms = 10;
        if (owner->records > 0) {
            int64_t batch_ms = owner->batch_since_ms + owner->settings->story->batch_ms - now_ms;
            if (batch_is_full(owner)) batch_ms = 0;
            if (batch_ms < wait_ms) wait_ms = batch_ms;
        }
        break;
    }
    return wait_ms < 0 ? 0 : wait_ms > most_ms ? most_ms : (int)wait_ms;
}

/* ---- parking ---- */

void partition_owner_park(struct partition_owner *owner, struct ratings *ratings, int wait_ms)
{
    if (owner->state == OWNER_READY && owner->records > 0) commit(owner, ratings);
    coverage_publisher_free(owner->publisher, wait_ms);
    owner->publisher = NULL;
    if (owner->state == OWNER_READY || owner->state == OWNER_RESUMING)
        owner_publish_drop_round(owner);
    else
        owner_forget(owner);
    owner_metrics_hide(owner);
}

void partition_owner_unpark(struct partition_owner *owner)
{
    owner->gap_at = UINT64_MAX;
    owner->retry_at_ms = 0;
    owner->state = owner->partition != NULL ? OWNER_RESUMING : OWNER_CLAIMING;
}
