#include "consumers/owner_load.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/guard.h"
#include "base/instant.h"
#include "base/log.h"
#include "consumers/store_erase.h"
#include "consumers/store_restore.h"

enum { REASON_MAX = 600, SLICE_MS = 50, PROGRESS_EVERY_MS = 2000 };

/* ---- checks against the logs ---- */

/* Numbers of stories begin at 0 again when a partition is rebuilt: that gives the same stories the same ids
 * when the log begins at 0 as well, and other stories an id that was used before when it does not. */
static bool may_rebuild(const struct partition_owner *owner, int64_t low)
{
    return low == 0 || owner->settings->story->policy.generation > 1;
}

static void say_new_generation(int64_t low, char *reason)
{
    size_t len = strlen(reason);
    snprintf(
        reason + len, REASON_MAX - len,
        ", and the log begins at offset %" PRId64
        ": stories made from it would get ids that have been used. Restore redis from a backup, or raise "
        "stories.generation beyond every one used so far and start over with --rebuild",
        low);
}

/* NW_OK, or why the partition cannot be taken up. */
static enum nw_err check_start(const struct partition_owner *owner, int64_t low, char *reason)
{
    const struct owner_logs *logs = &owner->settings->logs;
    bool consumed;
    if (owner->settings->story->rebuild && may_rebuild(owner, low)) return NW_OK;
    if (!logs->was_consumed(logs->context, owner->number, &consumed)) {
        snprintf(reason, REASON_MAX, "the group's offsets cannot be read");
        return NW_ERR_UNAVAILABLE;
    }
    if (low == 0 && !consumed) return NW_OK;
    snprintf(reason, REASON_MAX, "redis holds no position%s: is this the right redis, database and namespace",
             consumed ? ", but the group has consumed this partition before" : "");
    if (!may_rebuild(owner, low))
        say_new_generation(low, reason);
    else
        snprintf(reason + strlen(reason), REASON_MAX - strlen(reason), "? Starting over needs --rebuild");
    return NW_ERR_REFUSED;
}

static enum nw_err check_position(const struct stored_position *position, int64_t low, int64_t high,
                                  char *reason)
{
    if (position->point.next_offset < (uint64_t)low) {
        snprintf(
            reason, REASON_MAX,
            "the log begins at offset %" PRId64 ", the stored position is %" PRIu64
            ": the records between are gone. Restore redis from a newer backup, or go on without them: an "
            "empty redis, a higher stories.generation and --rebuild",
            low, position->point.next_offset);
        return NW_ERR_REFUSED;
    }
    if (position->point.next_offset > (uint64_t)high) {
        snprintf(reason, REASON_MAX,
                 "the log ends at offset %" PRId64 ", the stored position is %" PRIu64
                 ": the features topic was made anew. That is a new generation",
                 high, position->point.next_offset);
        return NW_ERR_REFUSED;
    }
    return NW_OK;
}

/* A recreated articles topic begins at 0 again, and what it holds would be taken for seen. */
static enum nw_err check_sources(const struct partition_owner *owner, char *reason)
{
    const struct owner_logs *logs = &owner->settings->logs;
    const char *topic = owner->settings->kafka->articles_topic;
    int32_t count = 0;
    snprintf(reason, REASON_MAX, "the ends of the articles topic cannot be read");
    if (!logs->source_partitions(logs->context, &count)) return NW_ERR_UNAVAILABLE;
    for (int32_t p = 0; p < count; p++) {
        int64_t mark, end;
        if (!partition_source_mark(owner->partition, topic, p, &mark)) continue;
        if (!logs->source_end(logs->context, p, &end)) return NW_ERR_UNAVAILABLE;
        if (mark < end) continue;
        snprintf(reason, REASON_MAX,
                 "%s [%d] ends at offset %" PRId64 ", but %" PRId64
                 " was seen: the articles topic was made anew. That is a new generation",
                 topic, p, end, mark);
        return NW_ERR_REFUSED;
    }
    return NW_OK;
}

/* ---- claiming ---- */

static void reset_memory(struct partition_owner *owner)
{
    owner_forget(owner);
    owner->partition = partition_new(&owner->settings->story->policy);
    owner->outbox = outbox_new();
    owner->gap_at = UINT64_MAX;
    owner->event_now_ms = NW_NO_TIME;
    owner->rankings_bucket = 0;
    owner->publish_not_before_ms = 0;
    owner->progress_said_ms = clock_mono_ms();
}

static void become_ready(struct partition_owner *owner)
{
    /* After the token: whoever had the partition before is fenced off the coverage topic from here on. */
    owner->publisher = coverage_publisher_new(owner->settings->kafka, PUBLISH_COVERAGE, owner->number);
    owner->retry_wait_ms = 0;
    owner->verified_ms = owner->committed_ms = clock_mono_ms();
    owner->state = OWNER_READY;
    owner_metrics_ready(owner);
    log_info("partition ready", log_int("partition", owner->number),
             log_int("position", (int64_t)owner->position),
             log_int("stories", (int64_t)partition_live_stories(owner->partition)));
}

static enum nw_err begin_restore(struct partition_owner *owner, const struct stored_position *position,
                                 char *reason)
{
    uint64_t header_next;
    if (owner->settings->story->accept_policy) partition_accept_policy(owner->partition);
    enum nw_err err =
        partition_restore_header(owner->partition, position->header, position->header_len, &header_next);
    if (err == NW_ERR_REFUSED) {
        snprintf(
            reason, REASON_MAX,
            "the stories were made under another policy or generation; --accept-policy goes on with the new "
            "policy");
        return err;
    }
    if (err == NW_OK && header_next != position->point.next_offset) err = NW_ERR_CORRUPT;
    if (err != NW_OK) {
        snprintf(reason, REASON_MAX, "%s: %s", story_store_position_key(owner->store), nw_err_text(err));
        return err;
    }
    err = check_sources(owner, reason);
    if (err != NW_OK) return err;
    err = store_restore_begin(owner->store);
    if (err != NW_OK) snprintf(reason, REASON_MAX, "%s", story_store_error(owner->store));
    return err;
}

/* ---- damage, and starting over ---- */

static bool is_damage(enum nw_err err)
{
    return err == NW_ERR_CORRUPT || err == NW_ERR_VERSION || err == NW_ERR_NOT_FOUND;
}

static void start_erasing(struct partition_owner *owner)
{
    owner_forget(owner);
    enum nw_err err = store_erase_begin(owner->store);
    if (err != NW_OK) {
        owner_failed(owner, err, story_store_error(owner->store));
        return;
    }
    owner->erasing = true;
    owner->state = OWNER_RESTORING;
}

/* What is stored cannot be used, and reason names the key. Nothing is dropped but by --rebuild: it may be a
 * state of a newer version, or something that an operator wants to look at. */
static void load_failed(struct partition_owner *owner, enum nw_err err, char *reason)
{
    const struct owner_logs *logs = &owner->settings->logs;
    int64_t low, high;
    if (!is_damage(err)) {
        owner_failed(owner, err, reason);
        return;
    }
    /* Another owner that writes meanwhile looks like damage, too. */
    enum nw_err verified =
        owner->state == OWNER_RESTORING ? story_store_verify(owner->store, owner->stored) : NW_OK;
    if (verified == NW_ERR_CONFLICT || verified == NW_ERR_UNAVAILABLE) {
        owner_failed(owner, verified, story_store_error(owner->store));
        return;
    }
    if (!logs->features_bounds(logs->context, owner->number, &low, &high)) {
        owner_failed(owner, NW_ERR_UNAVAILABLE, "the bounds of the features topic cannot be read");
        return;
    }
    size_t len = strlen(reason);
    if (low > 0) {
        say_new_generation(low, reason);
    } else if (!owner->settings->story->rebuild || owner->erased) {
        snprintf(
            reason + len, REASON_MAX - len,
            ". Restore redis from a backup, run the version that wrote it, or rebuild the partition from the "
            "features topic with --rebuild");
    } else {
        log_warn("partition is rebuilt from the features topic", log_int("partition", owner->number),
                 log_str("reason", reason));
        start_erasing(owner);
        return;
    }
    owner_failed(owner, err == NW_ERR_NOT_FOUND ? NW_ERR_CORRUPT : err, reason);
}

static void erase_slice(struct partition_owner *owner)
{
    bool done = false;
    enum nw_err err = NW_OK;
    for (int64_t until = clock_mono_ms() + SLICE_MS; err == NW_OK && !done && clock_mono_ms() < until;)
        err = store_erase_step(owner->store, &done);
    if (err == NW_OK && !done) return;
    owner->erasing = false;
    if (err != NW_OK) {
        owner_failed(owner, err, story_store_error(owner->store));
        return;
    }
    owner->erased = true;
    owner->retry_at_ms = 0;
    owner->state = OWNER_CLAIMING;
}

/* ---- claiming ---- */

static enum nw_err take_up(struct partition_owner *owner, const struct stored_position *position,
                           struct ratings *ratings, char *reason)
{
    const struct owner_logs *logs = &owner->settings->logs;
    int64_t low, high;
    if (!logs->features_bounds(logs->context, owner->number, &low, &high)) {
        snprintf(reason, REASON_MAX, "the bounds of the features topic cannot be read");
        return NW_ERR_UNAVAILABLE;
    }
    enum nw_err err =
        position->point.found ? check_position(position, low, high, reason) : check_start(owner, low, reason);
    if (err != NW_OK) return err;
    if (!position->point.found && owner->settings->story->rebuild && !owner->erased) {
        start_erasing(owner); /* leftovers would be counted on */
        return NW_OK;
    }
    reset_memory(owner);
    owner->stored_marks = position->marks;
    owner->position = position->point.found ? position->point.next_offset : (uint64_t)low;
    /* When Redis went back in time, readers may have summaries made with a table between then and now. */
    bool went_back =
        owner->recounted && position->point.found && position->point.transactions < owner->seen_transactions;
    if (!went_back && (!position->point.found || strcmp(position->ratings, ratings_version(ratings)) == 0))
        owner->rated_with = ratings_ref(ratings);
    if (!position->point.found) {
        become_ready(owner);
        return NW_OK;
    }
    owner->state = OWNER_RESTORING;
    return begin_restore(owner, position, reason);
}

void owner_load_claim(struct partition_owner *owner, struct ratings *ratings)
{
    struct stored_position position;
    char reason[REASON_MAX] = "";
    owner->claimed_ms = clock_mono_ms();
    if (owner->stored.found && owner->stored.transactions > owner->seen_transactions)
        owner->seen_transactions = owner->stored.transactions;
    enum nw_err err = story_store_claim(owner->store, &position);
    owner->stored = err == NW_OK ? position.point : (struct store_point){.found = false};
    if (err != NW_OK)
        snprintf(reason, sizeof(reason), "%s", story_store_error(owner->store));
    else
        err = take_up(owner, &position, ratings, reason);
    if (err != NW_OK) load_failed(owner, err, reason);
}

/* ---- restoring ---- */

static void keep_mark(void *context, const struct outbox_mark *mark)
{
    struct partition_owner *owner = context;
    if (GUARD(OUTBOX, false)) return;
    outbox_put(owner->outbox, mark, clock_mono_ms());
}

static void say_progress(struct partition_owner *owner)
{
    int64_t now_ms = clock_mono_ms();
    size_t restored, total;
    owner_metrics_restoring(owner);
    if (now_ms - owner->progress_said_ms < PROGRESS_EVERY_MS) return;
    owner->progress_said_ms = now_ms;
    store_restore_progress(owner->store, &restored, &total);
    log_info("partition restoring", log_int("partition", owner->number),
             log_int("stories", (int64_t)restored), log_int("of", (int64_t)total));
}

static void restore_slice(struct partition_owner *owner)
{
    char reason[REASON_MAX];
    bool done = false;
    enum nw_err err = NW_OK;
    for (int64_t until = clock_mono_ms() + SLICE_MS; err == NW_OK && !done && clock_mono_ms() < until;)
        err = store_restore_step(owner->store, owner->partition, &done);
    say_progress(owner);
    if (err == NW_OK && !done) return;
    if (err == NW_OK) err = store_restore_finish(owner->store, owner->partition);
    if (err == NW_OK) err = store_restore_outbox(owner->store, owner->stored_marks, keep_mark, owner);
    if (err == NW_OK) {
        become_ready(owner);
        return;
    }
    snprintf(reason, sizeof(reason), "%s", story_store_error(owner->store));
    load_failed(owner, err, reason);
}

void owner_load_slice(struct partition_owner *owner)
{
    if (owner->erasing)
        erase_slice(owner);
    else
        restore_slice(owner);
}
