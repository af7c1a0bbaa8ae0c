#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/instant.h"
#include "base/log.h"
#include "consumers/partition_owner_private.h"

#define HOUR_MS INT64_C(3600000)

enum {
    SWEEP_SLICE = 500,
    RANKINGS_EVERY_MS = 5 * 60 * 1000, /* of event time */
    RANKINGS_AT_MOST_EVERY_MS = 10 * 1000,
};

/* ---- rows ---- */

static struct store_row *add_row(struct partition_owner *owner, const struct story *story)
{
    owner->rows = nw_grow(owner->rows, &owner->row_capacity, owner->row_count + 1, sizeof(*owner->rows));
    struct store_row *row = &owner->rows[owner->row_count++];
    *row = (struct store_row){.story = story};
    return row;
}

static void add_mark(struct partition_owner *owner, const struct outbox_mark *mark)
{
    owner->marks = nw_grow(owner->marks, &owner->mark_capacity, owner->mark_count + 1, sizeof(*owner->marks));
    owner->marks[owner->mark_count++] = *mark;
}

static void count_story(const struct partition_owner *owner, const struct story *story,
                        struct ratings *ratings, struct coverage_counts *out)
{
    coverage_counts(story, partition_sources(owner->partition), ratings, &owner->settings->story->coverage,
                    out);
}

/* A story is told of when a record of this batch changed it; state may change without (a merge pass). */
static void add_changed(struct partition_owner *owner, struct ratings *ratings)
{
    const struct partition_changes *changes = partition_changes(owner->partition);
    uint64_t first = owner->stored.next_offset;
    for (size_t i = 0; i < changes->dirty_count; i++) {
        const struct story *story = changes->dirty[i];
        if (story->changed_offset < first) continue;
        struct outbox_mark mark;
        outbox_mark_of(story, &mark);
        add_mark(owner, &mark);
        /* One without a date (undated, or empty after a merge) may have changed at the log's time. */
        if (story->last_published_ms != NW_NO_TIME && story->updated_ms > owner->event_now_ms)
            owner->event_now_ms = story->updated_ms;
        if (story->status == STORY_MERGED) continue;
        struct store_row *row = add_row(owner, story);
        count_story(owner, story, ratings, &row->counts);
        /* A side can only stop being a blindspot by other articles joining or by members going. */
        row->clean_blindspots = story->cause != CAUSE_ARTICLE ||
                                row->counts.sources >= owner->settings->story->coverage.blindspot_min_rated;
    }
}

/* A tombstone comes at least an hour after the closed message: readers shall have seen that. */
static void add_dropped(struct partition_owner *owner, int64_t now_wall_ms)
{
    const struct partition_changes *changes = partition_changes(owner->partition);
    for (size_t i = 0; i < changes->change_count; i++) {
        const struct change *change = &changes->changes[i];
        if (change->kind != CHANGE_STORY_DROPPED) continue;
        const struct outbox_mark *pending = outbox_find(owner->outbox, change->story);
        int64_t closed_ms = outbox_closed_sent_ms(owner->outbox, change->story);
        struct outbox_mark mark = {
            .story = change->story,
            .kind = MARK_DROPPED,
            .cause = CAUSE_EXPIRY,
            .revision = pending != NULL ? pending->revision : 0,
            .updated_ms = NW_NO_TIME,
            .due_ms = (closed_ms != NW_NO_TIME ? closed_ms : now_wall_ms) + HOUR_MS,
        };
        add_mark(owner, &mark);
    }
}

/* ---- sweeps ---- */

static void add_swept_ranking(struct partition_owner *owner, const struct story *story,
                              struct ratings *ratings)
{
    struct story later = *story; /* the same story, looked at now */
    later.updated_ms = owner->event_now_ms;
    struct store_row *row = add_row(owner, story);
    row->rankings_only = true;
    row->clean_blindspots = true;
    count_story(owner, &later, ratings, &row->counts);
}

static bool same_rating(const struct rating *a, const struct rating *b)
{
    if (a == NULL || b == NULL) return a == b;
    return a->bias == b->bias && a->factuality == b->factuality && a->ownership == b->ownership &&
           a->paywalled == b->paywalled && strcmp(a->name, b->name) == 0 && strcmp(a->owner, b->owner) == 0 &&
           strcmp(a->country, b->country) == 0 && strcmp(a->city, b->city) == 0;
}

static bool rating_changed(const struct partition_owner *owner, const struct story *story,
                           const struct ratings *ratings)
{
    if (owner->rated_with == NULL) return true;
    for (size_t i = 0; i < story->source_count; i++) {
        const char *source = source_table_name(partition_sources(owner->partition), story->sources[i].source);
        if (!same_rating(ratings_find(owner->rated_with, source), ratings_find(ratings, source))) return true;
    }
    return false;
}

static void add_rerated(struct partition_owner *owner, const struct story *story, struct ratings *ratings)
{
    if (!rating_changed(owner, story, ratings)) return;
    struct store_row *row = add_row(owner, story);
    row->clean_blindspots = true;
    count_story(owner, story, ratings, &row->counts);
    struct outbox_mark mark;
    outbox_mark_of(story, &mark);
    mark.cause = CAUSE_RATINGS;
    add_mark(owner, &mark);
}

static bool same_table(const struct ratings *a, const struct ratings *b)
{
    return a == b || strcmp(ratings_version(a), ratings_version(b)) == 0;
}

static void add_sweep_slice(struct partition_owner *owner)
{
    struct sweep *sweep = &owner->sweep;
    uint64_t first = owner->stored.next_offset;
    if (sweep->kind == SWEEP_NONE) return;
    size_t left = sweep->count - sweep->at;
    sweep->slice = left < SWEEP_SLICE ? left : SWEEP_SLICE;
    for (size_t i = 0; i < sweep->slice; i++) {
        const struct story *story = partition_find_story(owner->partition, sweep->stories[sweep->at + i]);
        if (story == NULL || story->status == STORY_MERGED) continue;
        if (owner->records > 0 && story->changed_offset >= first) continue; /* has its row already */
        if (sweep->kind == SWEEP_RANKINGS)
            add_swept_ranking(owner, story, sweep->ratings);
        else
            add_rerated(owner, story, sweep->ratings);
    }
}

struct sweep_start {
    struct partition_owner *owner;
    int64_t since_ms; /* stories that have not changed since need no look */
};

static bool add_to_sweep(void *context, const struct story *story)
{
    struct sweep_start *start = context;
    struct sweep *sweep = &start->owner->sweep;
    if (sweep->kind == SWEEP_RANKINGS && (story->status != STORY_ACTIVE || story->updated_ms == NW_NO_TIME ||
                                          story->updated_ms < start->since_ms))
        return true;
    sweep->stories = nw_grow(sweep->stories, &sweep->capacity, sweep->count + 1, sizeof(*sweep->stories));
    sweep->stories[sweep->count++] = story->id;
    return true;
}

static void start_sweep(struct partition_owner *owner, enum sweep_kind kind, int64_t since_ms,
                        struct ratings *ratings)
{
    struct sweep_start start = {.owner = owner, .since_ms = since_ms};
    owner->sweep.kind = kind;
    owner->sweep.count = owner->sweep.at = owner->sweep.slice = 0;
    owner->sweep.mixed = false;
    ratings_unref(owner->sweep.ratings);
    owner->sweep.ratings = ratings_ref(ratings);
    partition_each_story(owner->partition, add_to_sweep, &start);
}

void owner_batch_plan_sweep(struct partition_owner *owner, struct ratings *ratings)
{
    if (owner->sweep.kind == SWEEP_RATINGS) return; /* to its end, whatever table comes meanwhile */
    if (owner->rated_with == NULL || !same_table(owner->rated_with, ratings)) {
        start_sweep(owner, SWEEP_RATINGS, NW_NO_TIME, ratings);
        return;
    }
    if (owner->sweep.kind != SWEEP_NONE || owner->event_now_ms == NW_NO_TIME) return;
    int64_t now_ms = clock_mono_ms(), bucket = owner->event_now_ms / RANKINGS_EVERY_MS;
    if (bucket == owner->rankings_bucket || now_ms - owner->rankings_swept_ms < RANKINGS_AT_MOST_EVERY_MS)
        return;
    /* Whatever could have been in a ranking at the last sweep, and a day more for a restart in between. */
    start_sweep(owner, SWEEP_RANKINGS, owner->rankings_bucket * RANKINGS_EVERY_MS - 48 * HOUR_MS, ratings);
    owner->rankings_bucket = bucket;
    owner->rankings_swept_ms = now_ms;
}

/* With the slice under way every story has been counted with the sweep's table, and with no other. */
static bool sweep_ends(const struct sweep *sweep)
{
    return sweep->kind != SWEEP_NONE && sweep->at + sweep->slice >= sweep->count;
}

static void set_rated_with(struct partition_owner *owner, struct ratings *ratings)
{
    ratings_unref(owner->rated_with);
    owner->rated_with = ratings != NULL ? ratings_ref(ratings) : NULL;
}

static void sweep_done(struct partition_owner *owner)
{
    struct sweep *sweep = &owner->sweep;
    if (sweep_ends(sweep)) {
        if (sweep->kind == SWEEP_RATINGS) set_rated_with(owner, sweep->mixed ? NULL : sweep->ratings);
        owner->recounted |= sweep->kind == SWEEP_RATINGS;
        if (sweep->kind == SWEEP_RATINGS && sweep->count > 0)
            log_info("stories counted again with other ratings", log_int("partition", owner->number),
                     log_int("stories", (int64_t)sweep->count));
        sweep->kind = SWEEP_NONE;
        ratings_unref(sweep->ratings);
        sweep->ratings = NULL;
    }
    sweep->at += sweep->slice;
    sweep->slice = 0;
}

/* Rows of changed stories are counted with the table in use. Is that another than the one that all are
 * counted with, or will be when the sweep has ended? Then there is no one table, and they are all swept
 * again. */
static bool counted_otherwise(const struct partition_owner *owner)
{
    const struct ratings *all = owner->sweep.kind == SWEEP_RATINGS ? owner->sweep.ratings : owner->rated_with;
    return owner->changed_rows > 0 && all != NULL && !same_table(owner->counted_with, all);
}

/* The table every stored count is made with once this batch is applied; "": no single one. */
static const char *table_after(const struct partition_owner *owner)
{
    const struct sweep *sweep = &owner->sweep;
    if (counted_otherwise(owner)) return "";
    if (sweep->kind == SWEEP_RATINGS && sweep_ends(sweep))
        return sweep->mixed ? "" : ratings_version(sweep->ratings);
    return owner->rated_with != NULL ? ratings_version(owner->rated_with) : "";
}

/* ---- what Kafka has ---- */

static int by_id(const void *a, const void *b)
{
    return id128_compare(*(const struct id128 *)a, *(const struct id128 *)b);
}

/* The stories this batch marks, sorted for look-ups (the marks themselves keep their order for readers). */
static void sort_marked(struct partition_owner *owner)
{
    owner->marked =
        nw_grow(owner->marked, &owner->marked_capacity, owner->mark_count + 1, sizeof(*owner->marked));
    for (size_t i = 0; i < owner->mark_count; i++) owner->marked[i] = owner->marks[i].story;
    qsort(owner->marked, owner->mark_count, sizeof(*owner->marked), by_id);
}

static bool is_marked(const struct partition_owner *owner, struct id128 story)
{
    return bsearch(&story, owner->marked, owner->mark_count, sizeof(*owner->marked), by_id) != NULL;
}

static void add_acknowledged(struct partition_owner *owner)
{
    sort_marked(owner);
    for (size_t i = 0; i < owner->acknowledged.count; i++) {
        const struct sending *sent = &owner->acknowledged.items[i];
        if (outbox_is_sent(owner->outbox, sent->mark.story, sent->stamp) &&
            !is_marked(owner, sent->mark.story)) {
            owner->cleared = nw_grow(owner->cleared, &owner->cleared_capacity, owner->cleared_count + 1,
                                     sizeof(*owner->cleared));
            owner->cleared[owner->cleared_count++] = sent->mark.story;
        }
        const struct story *story = partition_find_story(owner->partition, sent->mark.story);
        if (sent->summary.json == NULL || story == NULL || story->status == STORY_MERGED) continue;
        owner->documents = nw_grow(owner->documents, &owner->document_capacity, owner->document_count + 1,
                                   sizeof(*owner->documents));
        owner->documents[owner->document_count++] = (struct store_document){
            .story = sent->mark.story,
            .json = sent->summary.json,
            .len = sent->summary.len,
            .parts = &sent->summary.parts,
        };
    }
}

/* ---- the batch ---- */

/* A mark takes the place of its story's older one. */
static uint64_t marks_after(const struct partition_owner *owner)
{
    uint64_t count = outbox_marks(owner->outbox) - owner->cleared_count;
    for (size_t i = 0; i < owner->mark_count; i++)
        if (outbox_find(owner->outbox, owner->marks[i].story) == NULL) count++;
    return count;
}

void owner_batch_build(struct partition_owner *owner, struct ratings *ratings, struct store_batch *out)
{
    owner->row_count = owner->mark_count = owner->cleared_count = owner->document_count = 0;
    ratings_unref(owner->counted_with);
    owner->counted_with = ratings_ref(ratings);
    if (owner->records > 0) {
        add_changed(owner, ratings);
        add_dropped(owner, clock_wall_ms());
    }
    owner->changed_rows = owner->row_count;
    add_sweep_slice(owner);
    add_acknowledged(owner);
    *out = (struct store_batch){
        .partition = owner->partition,
        .expected = owner->stored,
        .ratings_version = table_after(owner),
        .rows = owner->rows,
        .row_count = owner->row_count,
        .marks_after = marks_after(owner),
        .marks = owner->marks,
        .mark_count = owner->mark_count,
        .cleared = owner->cleared,
        .cleared_count = owner->cleared_count,
        .documents = owner->documents,
        .document_count = owner->document_count,
    };
}

void owner_batch_done(struct partition_owner *owner)
{
    int64_t now_ms = clock_mono_ms();
    owner->in_doubt = false;
    for (size_t i = 0; i < owner->mark_count; i++) outbox_put(owner->outbox, &owner->marks[i], now_ms);
    for (size_t i = 0; i < owner->acknowledged.count; i++) {
        struct sending *sent = &owner->acknowledged.items[i];
        outbox_clear(owner->outbox, sent->mark.story, sent->stamp);
        owner_publish_release(owner, &sent->summary);
    }
    owner->acknowledged.count = 0;
    if (counted_otherwise(owner)) {
        owner->sweep.mixed = true;
        if (owner->sweep.kind != SWEEP_RATINGS) set_rated_with(owner, NULL);
    }
    sweep_done(owner);
    if (owner->records > 0) owner_metrics_batch(owner, now_ms);
    partition_changes_clear(owner->partition);
    owner->stored = store_commit_point(owner->partition, owner->stored);
    owner->records = 0;
    owner->bytes = 0;
    owner->committed_ms = owner->verified_ms = now_ms;
}
