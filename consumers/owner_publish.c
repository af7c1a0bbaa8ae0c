#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "consumers/owner_load.h"
#include "consumers/partition_owner_private.h"

enum {
    ROUND_MS = 100, /* a round is cut off here: records wait meanwhile */
    ROUND_BYTES = 16 * 1024 * 1024,
    /* Publishing takes at most 30 % of the thread: after t ms of it, 7/3 t without. */
    REST_NUMERATOR = 7,
    REST_DENOMINATOR = 3,
    FAILED_REST_MS = 500,
};

static void push(struct sendings *list, const struct sending *item)
{
    list->items = nw_grow(list->items, &list->capacity, list->count + 1, sizeof(*list->items));
    list->items[list->count++] = *item;
}

void owner_publish_release(struct partition_owner *owner, struct built_summary *summary)
{
    assert(owner->settings->room->used >= summary->len);
    owner->settings->room->used -= summary->len;
    built_summary_free(summary);
}

void owner_publish_drop_round(struct partition_owner *owner)
{
    for (size_t i = 0; i < owner->round.count; i++) {
        outbox_return(owner->outbox, owner->round.items[i].mark.story);
        owner_publish_release(owner, &owner->round.items[i].summary);
    }
    owner->round.count = 0;
}

void owner_publish_free(struct partition_owner *owner)
{
    for (size_t i = 0; i < owner->round.count; i++)
        owner_publish_release(owner, &owner->round.items[i].summary);
    for (size_t i = 0; i < owner->acknowledged.count; i++)
        owner_publish_release(owner, &owner->acknowledged.items[i].summary);
    free(owner->round.items);
    free(owner->acknowledged.items);
    owner->round = owner->acknowledged = (struct sendings){0};
}

/* ---- the end of a round ---- */

static void acknowledge(struct partition_owner *owner, const struct sending *sent)
{
    outbox_sent(owner->outbox, sent->mark.story, sent->stamp, clock_mono_ms(), clock_wall_ms());
    push(&owner->acknowledged, sent);
}

/* A summary that can never be sent is given up: its mark goes, and the summary is not what was sent last. */
static void give_up(struct partition_owner *owner, struct sending *sent, const char *reason)
{
    char hex[ID128_HEX_LEN + 1];
    id128_hex(sent->mark.story, hex);
    log_error("summary refused by kafka, it is not sent again", log_str("story", hex),
              log_int("bytes", (int64_t)sent->summary.len), log_str("reason", reason));
    metrics_add(owner->settings->metrics, METRIC_COVERAGE_REFUSED, 0, 1);
    owner_publish_release(owner, &sent->summary);
    acknowledge(owner, sent);
}

static void round_sent(struct partition_owner *owner)
{
    owner_metrics_round(owner);
    for (size_t i = 0; i < owner->round.count; i++) acknowledge(owner, &owner->round.items[i]);
    metrics_add(owner->settings->metrics, METRIC_COVERAGE_PUBLISHED, 0, owner->round.count);
    owner->round.count = 0;
    coverage_publisher_done(owner->publisher);
}

static void round_failed(struct partition_owner *owner)
{
    struct id128 story;
    const char *reason;
    bool refused = coverage_publisher_refused(owner->publisher, &story, &reason);
    for (size_t i = 0; i < owner->round.count && refused; i++) {
        if (!id128_equal(owner->round.items[i].mark.story, story)) continue;
        give_up(owner, &owner->round.items[i], reason);
        owner->round.items[i] = owner->round.items[--owner->round.count];
    }
    owner_publish_drop_round(owner);
    coverage_publisher_done(owner->publisher);
    owner->publish_not_before_ms = clock_mono_ms() + FAILED_REST_MS;
}

/* ---- a round ---- */

/* false: the round is full or has failed. The marks [from, count) go back when it is. */
static bool send_slice(struct partition_owner *owner, const struct outbox_due *due,
                       struct built_summary *built, size_t count, size_t *bytes)
{
    bool open = true;
    for (size_t i = 0; i < count; i++) {
        struct sending sending = {
            .mark = due[i].mark, .stamp = due[i].stamp, .arrived_ms = due[i].arrived_ms, .summary = built[i]};
        struct coverage_message message = {.mark = &due[i].mark, .json = built[i].json, .len = built[i].len};
        if (built[i].gone) { /* merged or dropped since: that mark tells it */
            acknowledge(owner, &sending);
            continue;
        }
        enum nw_err err = open ? coverage_publisher_add(owner->publisher, &message) : NW_ERR_UNAVAILABLE;
        if (err == NW_OK) {
            push(&owner->round, &sending);
            *bytes += built[i].len;
        } else if (err == NW_ERR_INPUT) {
            give_up(owner, &sending, "larger than the broker takes");
        } else {
            open = false;
            outbox_return(owner->outbox, due[i].mark.story);
            owner_publish_release(owner, &built[i]);
        }
    }
    return open;
}

/* *more: there is room for another one. NW_ERR_CONFLICT: the partition is not ours, nothing is to be sent. */
static enum nw_err add_slice(struct partition_owner *owner, struct ratings *ratings, size_t *bytes,
                             bool *more)
{
    struct outbox_due due[COVERAGE_BUILDER_SLICE];
    const struct outbox_mark *marks[COVERAGE_BUILDER_SLICE];
    struct built_summary built[COVERAGE_BUILDER_SLICE];
    size_t count = outbox_take(owner->outbox, clock_mono_ms(), clock_wall_ms(),
                               owner->settings->story->publish_min_interval_ms, due, COVERAGE_BUILDER_SLICE);
    *more = false;
    if (count == 0) return NW_OK;
    for (size_t i = 0; i < count; i++) marks[i] = &due[i].mark;
    enum nw_err err = coverage_builder_run(&owner->builder, owner->store, owner->stored, owner->partition,
                                           ratings, marks, count, built);
    if (err != NW_OK) {
        for (size_t i = 0; i < count; i++) outbox_return(owner->outbox, due[i].mark.story);
        return err == NW_ERR_CONFLICT ? err : NW_OK; /* what cannot be read now is tried again */
    }
    for (size_t i = 0; i < count; i++) owner->settings->room->used += built[i].len;
    *more = send_slice(owner, due, built, count, bytes) && count == COVERAGE_BUILDER_SLICE;
    return NW_OK;
}

/* What is on its way already may be all that memory_limit_mb gives to summaries. */
static bool has_room(const struct partition_owner *owner)
{
    return owner->settings->room->used < owner->settings->room->most;
}

static enum nw_err run_round(struct partition_owner *owner, struct ratings *ratings)
{
    int64_t started_ms = clock_mono_ms();
    size_t bytes = 0;
    bool more = true;
    if (coverage_publisher_begin(owner->publisher) != NW_OK) return NW_OK;
    while (more) {
        enum nw_err err = add_slice(owner, ratings, &bytes, &more);
        if (err != NW_OK) return err;
        if (clock_mono_ms() - started_ms >= ROUND_MS || bytes >= ROUND_BYTES || !has_room(owner)) break;
    }
    coverage_publisher_commit(owner->publisher);
    int64_t now_ms = clock_mono_ms();
    owner->round_since_ms = started_ms;
    metrics_observe(owner->settings->metrics, METRIC_COVERAGE_BUILD_SECONDS, 0,
                    (double)(now_ms - started_ms) / 1000);
    owner->publish_not_before_ms = now_ms + (now_ms - started_ms) * REST_NUMERATOR / REST_DENOMINATOR;
    return NW_OK;
}

const char *owner_publish_step(struct partition_owner *owner, struct ratings *ratings)
{
    switch (coverage_publisher_step(owner->publisher, owner->records == 0 ? 2 : 0)) {
    case PUBLISHER_SENT:
        round_sent(owner);
        break;
    case PUBLISHER_FAILED:
        round_failed(owner);
        break;
    case PUBLISHER_FENCED:
        return "another owner publishes this partition";
    case PUBLISHER_IDLE:
        /* Only the committed state is published. */
        if (owner->records == 0 && has_room(owner) && clock_mono_ms() >= owner->publish_not_before_ms &&
            outbox_any_due(owner->outbox, clock_mono_ms(), clock_wall_ms(),
                           owner->settings->story->publish_min_interval_ms) &&
            run_round(owner, ratings) == NW_ERR_CONFLICT)
            return story_store_error(owner->store);
        break;
    default:
        break;
    }
    return NULL;
}
