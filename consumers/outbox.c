#include "consumers/outbox.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define uthash_fatal(msg) abort()
#include <uthash.h>

#include "base/alloc.h"
#include "base/instant.h"

/* A story that was told is remembered for this long for its interval's sake; longer intervals are cut. */
enum { FORGET_AFTER_MS = 60 * 60 * 1000, FORGET_A_TURN = 64 };

enum entry_state {
    ENTRY_NONE,    /* no mark; kept for its times */
    ENTRY_WAITING, /* marked */
    ENTRY_TAKEN,   /* the message is under way */
    ENTRY_SENT,    /* Kafka has it, Redis not yet */
};

struct entry {
    struct id128 story;
    enum entry_state state;
    bool queued;   /* in outbox->queue */
    bool returned; /* the last try failed: due at once */
    struct outbox_mark mark;
    uint64_t stamp;
    int64_t since_mono_ms; /* marked without being sent */
    int64_t arrived_ms;    /* of the mark, and of the message under way; NW_NO_TIME: unknown */
    int64_t taken_arrived_ms;
    int64_t sent_mono_ms;   /* NW_NO_TIME: never */
    int64_t closed_sent_ms; /* wall */
    UT_hash_handle hh;
};

struct outbox {
    struct entry *entries; /* by story; in order of creation */
    struct entry **queue; /* marked entries in the order they were marked; may hold some that no longer are */
    size_t queued, capacity;
    size_t marks; /* entries that have one */
    uint64_t stamps;
};

struct outbox *outbox_new(void)
{
    return nw_calloc(1, sizeof(struct outbox));
}

void outbox_free(struct outbox *outbox)
{
    if (outbox == NULL) return;
    struct entry *entry = outbox->entries;
    HASH_CLEAR(hh, outbox->entries); /* the table; the entries are still linked */
    while (entry != NULL) {
        struct entry *next = entry->hh.next;
        free(entry);
        entry = next;
    }
    free(outbox->queue);
    free(outbox);
}

static struct entry *find(const struct outbox *outbox, struct id128 story)
{
    struct entry *entry;
    HASH_FIND(hh, outbox->entries, &story, sizeof(story), entry);
    return entry;
}

void outbox_put(struct outbox *outbox, const struct outbox_mark *mark, int64_t now_mono_ms)
{
    struct entry *entry = find(outbox, mark->story);
    if (entry == NULL) {
        entry = nw_calloc(1, sizeof(*entry));
        entry->story = mark->story;
        entry->sent_mono_ms = NW_NO_TIME;
        entry->arrived_ms = entry->taken_arrived_ms = NW_NO_TIME;
        entry->closed_sent_ms = NW_NO_TIME;
        HASH_ADD(hh, outbox->entries, story, sizeof(entry->story), entry);
    }
    if (entry->state == ENTRY_NONE) outbox->marks++;
    if (entry->state == ENTRY_NONE || entry->state == ENTRY_SENT) entry->since_mono_ms = now_mono_ms;
    if (entry->state != ENTRY_TAKEN) entry->state = ENTRY_WAITING;
    entry->mark = *mark;
    entry->stamp = ++outbox->stamps;
    if (entry->queued) return;
    outbox->queue = nw_grow(outbox->queue, &outbox->capacity, outbox->queued + 1, sizeof(*outbox->queue));
    outbox->queue[outbox->queued++] = entry;
    entry->queued = true;
}

static int64_t earlier(int64_t a, int64_t b)
{
    if (a == NW_NO_TIME || b == NW_NO_TIME) return a == NW_NO_TIME ? b : a;
    return a < b ? a : b;
}

void outbox_note_arrival(struct outbox *outbox, struct id128 story, int64_t arrived_ms)
{
    struct entry *entry = find(outbox, story);
    if (entry != NULL) entry->arrived_ms = earlier(entry->arrived_ms, arrived_ms);
}

const struct outbox_mark *outbox_find(const struct outbox *outbox, struct id128 story)
{
    const struct entry *entry = find(outbox, story);
    return entry != NULL && entry->state != ENTRY_NONE ? &entry->mark : NULL;
}

/* ---- what is due ---- */

static bool is_urgent(const struct entry *entry)
{
    return entry->mark.kind == MARK_CLOSED || entry->mark.kind == MARK_MERGED;
}

static bool is_due(const struct entry *entry, int64_t now_mono_ms, int64_t now_wall_ms, int64_t interval_ms)
{
    if (entry->state != ENTRY_WAITING) return false;
    switch (entry->mark.kind) {
    case MARK_CLOSED:
    case MARK_MERGED:
        return true;
    case MARK_DROPPED:
        return now_wall_ms >= entry->mark.due_ms;
    case MARK_UPDATED:
        break;
    }
    return entry->returned || entry->sent_mono_ms == NW_NO_TIME ||
           now_mono_ms - entry->sent_mono_ms >= interval_ms;
}

/* Entries without a mark go when their times serve nothing any more: a few a turn are looked at, what stays
 * goes to the end of the line. */
static void forget_some(struct outbox *outbox, int64_t now_mono_ms)
{
    for (int i = 0; i < FORGET_A_TURN && outbox->entries != NULL; i++) {
        struct entry *entry = outbox->entries;
        bool useless = entry->state == ENTRY_NONE && !entry->queued && entry->closed_sent_ms == NW_NO_TIME &&
                       now_mono_ms - entry->sent_mono_ms > FORGET_AFTER_MS;
        HASH_DEL(outbox->entries, entry);
        if (useless)
            free(entry);
        else
            HASH_ADD(hh, outbox->entries, story, sizeof(entry->story), entry);
    }
}

/* The queue without what is no longer marked. */
static void compact(struct outbox *outbox)
{
    size_t kept = 0;
    for (size_t i = 0; i < outbox->queued; i++) {
        struct entry *entry = outbox->queue[i];
        entry->queued = entry->state == ENTRY_WAITING || entry->state == ENTRY_TAKEN;
        if (entry->queued) outbox->queue[kept++] = entry;
    }
    outbox->queued = kept;
}

static size_t take(struct outbox *outbox, bool urgent, int64_t now_mono_ms, int64_t now_wall_ms,
                   int64_t interval_ms, struct outbox_due *out, size_t max)
{
    size_t count = 0;
    for (size_t i = 0; i < outbox->queued && count < max; i++) {
        struct entry *entry = outbox->queue[i];
        if (is_urgent(entry) != urgent || !is_due(entry, now_mono_ms, now_wall_ms, interval_ms)) continue;
        entry->state = ENTRY_TAKEN;
        entry->returned = false;
        out[count++] =
            (struct outbox_due){.mark = entry->mark, .stamp = entry->stamp, .arrived_ms = entry->arrived_ms};
        entry->taken_arrived_ms = entry->arrived_ms;
        entry->arrived_ms = NW_NO_TIME;
    }
    return count;
}

size_t outbox_take(struct outbox *outbox, int64_t now_mono_ms, int64_t now_wall_ms, int64_t interval_ms,
                   struct outbox_due *out, size_t max)
{
    if (interval_ms > FORGET_AFTER_MS) interval_ms = FORGET_AFTER_MS;
    forget_some(outbox, now_mono_ms);
    compact(outbox);
    size_t count = take(outbox, true, now_mono_ms, now_wall_ms, interval_ms, out, max);
    return count + take(outbox, false, now_mono_ms, now_wall_ms, interval_ms, out + count, max - count);
}

bool outbox_any_due(const struct outbox *outbox, int64_t now_mono_ms, int64_t now_wall_ms,
                    int64_t interval_ms)
{
    if (interval_ms > FORGET_AFTER_MS) interval_ms = FORGET_AFTER_MS;
    for (size_t i = 0; i < outbox->queued; i++)
        if (is_due(outbox->queue[i], now_mono_ms, now_wall_ms, interval_ms)) return true;
    return false;
}

void outbox_return(struct outbox *outbox, struct id128 story)
{
    struct entry *entry = find(outbox, story);
    assert(entry != NULL && entry->state == ENTRY_TAKEN);
    entry->state = ENTRY_WAITING;
    entry->arrived_ms = earlier(entry->arrived_ms, entry->taken_arrived_ms);
    entry->returned = true;
}

void outbox_sent(struct outbox *outbox, struct id128 story, uint64_t stamp, int64_t now_mono_ms,
                 int64_t now_wall_ms)
{
    struct entry *entry = find(outbox, story);
    assert(entry != NULL && entry->state == ENTRY_TAKEN);
    entry->sent_mono_ms = now_mono_ms;
    if (entry->stamp == stamp) {
        entry->state = ENTRY_SENT;
        if (entry->mark.kind == MARK_CLOSED) entry->closed_sent_ms = now_wall_ms;
    } else {
        entry->state = ENTRY_WAITING;
        entry->since_mono_ms = now_mono_ms;
    }
}

bool outbox_is_sent(const struct outbox *outbox, struct id128 story, uint64_t stamp)
{
    const struct entry *entry = find(outbox, story);
    return entry != NULL && entry->state == ENTRY_SENT && entry->stamp == stamp;
}

void outbox_clear(struct outbox *outbox, struct id128 story, uint64_t stamp)
{
    struct entry *entry = find(outbox, story);
    if (entry == NULL || entry->state != ENTRY_SENT || entry->stamp != stamp) return;
    entry->state = ENTRY_NONE;
    outbox->marks--;
    if (entry->mark.kind == MARK_DROPPED || entry->mark.kind == MARK_MERGED)
        entry->closed_sent_ms = NW_NO_TIME;
}

int64_t outbox_closed_sent_ms(const struct outbox *outbox, struct id128 story)
{
    const struct entry *entry = find(outbox, story);
    return entry != NULL ? entry->closed_sent_ms : NW_NO_TIME;
}

/* ---- figures ---- */

static bool is_pending(const struct entry *entry)
{
    return (entry->state == ENTRY_WAITING || entry->state == ENTRY_TAKEN) && entry->mark.kind != MARK_DROPPED;
}

size_t outbox_marks(const struct outbox *outbox)
{
    return outbox->marks;
}

size_t outbox_pending(const struct outbox *outbox)
{
    size_t count = 0;
    for (size_t i = 0; i < outbox->queued; i++) count += is_pending(outbox->queue[i]);
    return count;
}

int64_t outbox_oldest_ms(const struct outbox *outbox, int64_t now_mono_ms)
{
    int64_t oldest = 0;
    for (size_t i = 0; i < outbox->queued; i++) {
        const struct entry *entry = outbox->queue[i];
        if (is_pending(entry) && now_mono_ms - entry->since_mono_ms > oldest)
            oldest = now_mono_ms - entry->since_mono_ms;
    }
    return oldest;
}

uint64_t outbox_oldest_closed(const struct outbox *outbox)
{
    uint64_t oldest = UINT64_MAX;
    for (size_t i = 0; i < outbox->queued; i++) {
        const struct entry *entry = outbox->queue[i];
        if (is_pending(entry) && entry->mark.kind == MARK_CLOSED && entry->mark.changed_offset < oldest)
            oldest = entry->mark.changed_offset;
    }
    return oldest;
}
