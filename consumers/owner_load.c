#include "consumers/owner_load.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/guard.h"
#include "base/instant.h"
#include "base/log.h"
#include "consumers/store_restore.h"

enum { REASON_MAX = 400, SLICE_MS = 50 };

/* ---- checks against the logs ---- */

/* A log that has lost its beginning gives other stories, and they must not get the ids of those that have
 * been published (PROTOCOL.md 2). What generation that was is not known here; with the first there is no
 * doubt. */
static enum nw_err begin_anew(struct partition_owner *owner, int64_t low, char *reason)
{
    if (low > 0 && owner->settings->story->policy.generation == 1) {
        snprintf(reason, REASON_MAX,
                 "the log begins at offset %" PRId64
                 ": stories made from it would get ids that have been used. Raise stories.generation beyond "
                 "every one used so far",
                 low);
        return NW_ERR_REFUSED;
    }
    enum nw_err err = story_store_erase(owner->store);
    if (err != NW_OK) snprintf(reason, REASON_MAX, "%s", story_store_error(owner->store));
    return err;
}

/* NW_OK, or why the partition cannot be taken up. */
static enum nw_err check_start(struct partition_owner *owner, int64_t low, char *reason)
{
    const struct owner_logs *logs = &owner->settings->logs;
    bool consumed;
    if (owner->settings->story->rebuild) return begin_anew(owner, low, reason);
    if (!logs->was_consumed(logs->context, owner->number, &consumed)) {
        snprintf(reason, REASON_MAX, "the group's offsets cannot be read");
        return NW_ERR_UNAVAILABLE;
    }
    if (low == 0 && !consumed) return NW_OK;
    snprintf(
        reason, REASON_MAX,
        "redis holds no position, but %s: is this the right redis, database and namespace? Starting over "
        "needs --rebuild",
        consumed ? "the group has consumed this partition before" : "the log does not begin at offset 0");
    return NW_ERR_REFUSED;
}

static enum nw_err check_position(const struct stored_position *position, int64_t low, int64_t high,
                                  char *reason)
{
    if (position->point.next_offset < (uint64_t)low) {
        snprintf(
            reason, REASON_MAX,
            "the log begins at offset %" PRId64 ", the stored position is %" PRIu64
            ": the records between are gone. Going on needs an empty redis, a higher stories.generation and "
            "--rebuild",
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
        snprintf(reason, REASON_MAX, "the header of the stored position: %s", nw_err_text(err));
        return err;
    }
    err = check_sources(owner, reason);
    if (err != NW_OK) return err;
    err = store_restore_begin(owner->store);
    if (err != NW_OK) snprintf(reason, REASON_MAX, "%s", story_store_error(owner->store));
    return err;
}

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
    reset_memory(owner);
    owner->stored = position->point;
    owner->position = position->point.found ? position->point.next_offset : (uint64_t)low;
    if (!position->point.found || strcmp(position->ratings, ratings_version(ratings)) == 0)
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
    enum nw_err err = story_store_claim(owner->store, &position);
    if (err != NW_OK)
        snprintf(reason, sizeof(reason), "%s", story_store_error(owner->store));
    else
        err = take_up(owner, &position, ratings, reason);
    if (err != NW_OK) owner_failed(owner, err, reason);
}

/* ---- restoring ---- */

static void keep_mark(void *context, const struct outbox_mark *mark)
{
    struct partition_owner *owner = context;
    if (GUARD(OUTBOX, false)) return;
    outbox_put(owner->outbox, mark, clock_mono_ms());
}

void owner_load_slice(struct partition_owner *owner)
{
    bool done = false;
    enum nw_err err = NW_OK;
    for (int64_t until = clock_mono_ms() + SLICE_MS; err == NW_OK && !done && clock_mono_ms() < until;)
        err = store_restore_step(owner->store, owner->partition, &done);
    owner_metrics_restoring(owner);
    if (err == NW_OK && !done) return;
    if (err == NW_OK) err = store_restore_outbox(owner->store, keep_mark, owner);
    if (err != NW_OK) {
        owner_failed(owner, err, story_store_error(owner->store));
        return;
    }
    err = partition_restore_finish(owner->partition);
    if (err == NW_OK)
        become_ready(owner);
    else
        owner_failed(owner, err, "what is stored of the partition does not fit together");
}
