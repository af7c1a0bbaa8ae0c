#include "consumers/store_commit.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/guard.h"
#include "base/instant.h"
#include "consumers/store_changes.h"
#include "consumers/story_store_private.h"

enum { WINDOWS = 3, CHANGES_KEPT = 10000 };

static const char *const top_names[WINDOWS] = {STORE_TOP "1h", STORE_TOP "6h", STORE_TOP "24h"};
static const char *const blindspot_names[SIDE_COUNT] = {STORE_BLINDSPOTS "left", STORE_BLINDSPOTS "center",
                                                        STORE_BLINDSPOTS "right"};

/* Which of store->lists holds what. */
enum {
    LIST_LIVE,
    LIST_RECENT,
    LIST_TOP_PUT,
    LIST_TOP_DROP = LIST_TOP_PUT + WINDOWS,
    LIST_BLIND_PUT = LIST_TOP_DROP + WINDOWS,
    LIST_BLIND_DROP = LIST_BLIND_PUT + SIDE_COUNT,
    LIST_COUNT = LIST_BLIND_DROP + SIDE_COUNT
};
_Static_assert((int)LIST_COUNT <= (int)STORE_LISTS, "a list a variadic command");

/* ---- stories ---- */

static void add_states(struct story_store *store, const struct partition_changes *changes)
{
    size_t count = 0;
    for (size_t i = 0; i < changes->dirty_count; i++)
        if (changes->dirty[i]->status != STORY_MERGED) count++;
    if (count == 0) return;
    redis_pipe_command(&store->pipe, "MSET", 2 * count);
    for (size_t i = 0; i < changes->dirty_count; i++) {
        const struct story *story = changes->dirty[i];
        if (story->status == STORY_MERGED) continue;
        const uint8_t *bytes;
        size_t len;
        arena_reset(store->arena);
        partition_pack_story(store->arena, story, &bytes, &len);
        store_key_of(&store->pipe, &store->keys, STORE_STATE, story->id);
        redis_pipe_bytes(&store->pipe, bytes, len);
        if (story->status == STORY_ACTIVE) store_hex(&store->lists[LIST_LIVE], story->id);
    }
}

static void add_time_field(struct redis_pipe *pipe, const char *name, int64_t ms)
{
    redis_pipe_text(pipe, name);
    if (ms == NW_NO_TIME)
        redis_pipe_text(pipe, "");
    else
        redis_pipe_int(pipe, ms);
}

static void add_number_field(struct redis_pipe *pipe, const char *name, uint64_t value)
{
    redis_pipe_text(pipe, name);
    redis_pipe_int(pipe, (int64_t)value);
}

static void add_counts(struct story_store *store, const struct store_row *row)
{
    const struct story *story = row->story;
    const struct coverage_counts *counts = &row->counts;
    struct redis_pipe *pipe = &store->pipe;
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {
        {"articles", counts->articles},
        {"sources", counts->sources},
        {"left", counts->sides.side[SIDE_LEFT]},
        {"center", counts->sides.side[SIDE_CENTER]},
        {"right", counts->sides.side[SIDE_RIGHT]},
        {"unrated", counts->sides.unrated},
        {"unique", counts->unique},
        {"reprints", counts->reprints},
        {"sources_1h", counts->sources_1h},
        {"sources_6h", counts->sources_6h},
        {"sources_24h", counts->sources_24h},
        {"revision", story->revision},
    };
    enum { NUMBERS = sizeof(numbers) / sizeof(numbers[0]), TEXTS = 3, TIMES = 3 };
    redis_pipe_command(pipe, "HSET", 1 + 2 * (NUMBERS + TEXTS + TIMES));
    store_key_of(pipe, &store->keys, STORE_STORY, story->id);
    for (size_t i = 0; i < NUMBERS; i++) add_number_field(pipe, numbers[i].name, numbers[i].value);
    redis_pipe_text(pipe, "status");
    redis_pipe_text(pipe, story_status_text(story->status));
    redis_pipe_text(pipe, "language");
    redis_pipe_text(pipe, story->language);
    redis_pipe_text(pipe, "blindspot");
    redis_pipe_text(pipe, counts->blindspot == SIDE_COUNT ? "" : side_name(counts->blindspot));
    add_time_field(pipe, "first_published", story->first_published_ms);
    add_time_field(pipe, "last_published", story->last_published_ms);
    add_time_field(pipe, "updated", story->updated_ms);
}

static void list_scored(struct redis_pipe *list, int64_t score, struct id128 story)
{
    redis_pipe_int(list, score);
    store_hex(list, story);
}

static void list_rankings(struct story_store *store, const struct store_row *row)
{
    const struct story *story = row->story;
    int64_t updated = story->updated_ms == NW_NO_TIME ? 0 : story->updated_ms;
    const uint32_t top[WINDOWS] = {row->counts.sources_1h, row->counts.sources_6h, row->counts.sources_24h};
    if (!row->rankings_only) list_scored(&store->lists[LIST_RECENT], updated, story->id);
    if (story->status != STORY_ACTIVE) return; /* it left the others when it closed */
    for (int w = 0; w < WINDOWS; w++) {
        if (top[w] > 0)
            list_scored(&store->lists[LIST_TOP_PUT + w], top[w], story->id);
        else
            store_hex(&store->lists[LIST_TOP_DROP + w], story->id);
    }
    int blindspot = (int)row->counts.blindspot; /* SIDE_COUNT: none */
    for (int side = 0; side < SIDE_COUNT && row->clean_blindspots; side++)
        if (side != blindspot) store_hex(&store->lists[LIST_BLIND_DROP + side], story->id);
    if (blindspot != SIDE_COUNT) list_scored(&store->lists[LIST_BLIND_PUT + blindspot], updated, story->id);
}

static void add_rows(struct story_store *store, const struct store_batch *batch)
{
    for (size_t i = 0; i < batch->row_count; i++) {
        const struct store_row *row = &batch->rows[i];
        if (!row->rankings_only) add_counts(store, row);
        list_rankings(store, row);
    }
}

static void add_list(struct story_store *store, const char *command, const char *key, int list)
{
    if (store->lists[list].args == 0) return;
    redis_pipe_command(&store->pipe, command, 1 + store->lists[list].args);
    store_key(&store->pipe, &store->keys, key);
    redis_pipe_append(&store->pipe, &store->lists[list]);
}

static void add_lists(struct story_store *store)
{
    add_list(store, "SADD", STORE_LIVE, LIST_LIVE);
    add_list(store, "ZADD", STORE_RECENT, LIST_RECENT);
    for (int w = 0; w < WINDOWS; w++) {
        add_list(store, "ZADD", top_names[w], LIST_TOP_PUT + w);
        add_list(store, "ZREM", top_names[w], LIST_TOP_DROP + w);
    }
    for (int s = 0; s < SIDE_COUNT; s++) {
        add_list(store, "ZREM", blindspot_names[s], LIST_BLIND_DROP + s);
        add_list(store, "ZADD", blindspot_names[s], LIST_BLIND_PUT + s);
    }
}

/* ---- outbox ---- */

static void add_marks(struct story_store *store, const struct store_batch *batch)
{
    struct redis_pipe *pipe = &store->pipe;
    if (batch->mark_count > 0) {
        redis_pipe_command(pipe, "HSET", 1 + 2 * batch->mark_count);
        store_key(pipe, &store->keys, STORE_OUTBOX);
    }
    for (size_t i = 0; i < batch->mark_count; i++) {
        char text[OUTBOX_MARK_TEXT_MAX];
        size_t len = outbox_mark_format(&batch->marks[i], text);
        store_hex(pipe, batch->marks[i].story);
        redis_pipe_bytes(pipe, text, len);
    }
    for (size_t i = 0; i < batch->mark_count; i++) {
        const struct outbox_mark *mark = &batch->marks[i];
        if (mark->kind == MARK_DROPPED) continue;
        redis_pipe_command(pipe, "XADD", 11);
        store_key(pipe, &store->keys, STORE_CHANGES);
        redis_pipe_text(pipe, "MAXLEN");
        redis_pipe_text(pipe, "~");
        redis_pipe_int(pipe, CHANGES_KEPT);
        redis_pipe_text(pipe, "*");
        redis_pipe_text(pipe, "story");
        store_hex(pipe, mark->story);
        add_number_field(pipe, "revision", mark->revision);
        redis_pipe_text(pipe, "cause");
        redis_pipe_text(pipe, story_cause_text(mark->cause));
    }
}

/* A field of story:<id>, or its removal. */
static void add_part(struct story_store *store, struct id128 story, const char *name, const char *value)
{
    redis_pipe_command(&store->pipe, value ? "HSET" : "HDEL", value ? 3 : 2);
    store_key_of(&store->pipe, &store->keys, STORE_STORY, story);
    redis_pipe_text(&store->pipe, name);
    if (value) redis_pipe_text(&store->pipe, value);
}

static void add_sent(struct story_store *store, const struct store_batch *batch)
{
    struct redis_pipe *pipe = &store->pipe;
    if (batch->cleared_count > 0) {
        redis_pipe_command(pipe, "HDEL", 1 + batch->cleared_count);
        store_key(pipe, &store->keys, STORE_OUTBOX);
        for (size_t i = 0; i < batch->cleared_count; i++) store_hex(pipe, batch->cleared[i]);
    }
    for (size_t i = 0; i < batch->document_count; i++) {
        const struct store_document *document = &batch->documents[i];
        redis_pipe_command(pipe, "SET", 2);
        store_key_of(pipe, &store->keys, STORE_COVERAGE, document->story);
        redis_pipe_bytes(pipe, document->json, document->len);
        /* A story emptied by retraction has none of them any more: what was retracted does not stay readable.
         */
        add_part(store, document->story, "title", document->parts->title);
        add_part(store, document->story, "countries", document->parts->countries);
        add_part(store, document->story, "tags", document->parts->tags);
    }
}

/* ---- the transaction ---- */

static void add_position(struct story_store *store, const struct store_batch *batch)
{
    const uint8_t *header;
    size_t len;
    arena_reset(store->arena);
    partition_pack_header(store->arena, batch->partition, &header, &len);
    struct store_point point = store_commit_point(batch->partition, batch->expected);
    redis_pipe_command(&store->pipe, "HSET", 11);
    store_key(&store->pipe, &store->keys, STORE_POSITION);
    add_number_field(&store->pipe, "next", point.next_offset);
    add_number_field(&store->pipe, "transactions", point.transactions);
    add_number_field(&store->pipe, "marks", batch->marks_after);
    redis_pipe_text(&store->pipe, "header");
    redis_pipe_bytes(&store->pipe, header, len);
    redis_pipe_text(&store->pipe, "ratings");
    redis_pipe_text(&store->pipe, batch->ratings_version);
}

static void build_transaction(struct story_store *store, const struct store_batch *batch)
{
    const struct partition_changes *changes = partition_changes(batch->partition);
    redis_pipe_clear(&store->pipe);
    for (int i = 0; i < STORE_LISTS; i++) redis_pipe_clear(&store->lists[i]);
    redis_pipe_command(&store->pipe, "MULTI", 0);
    store_changes_add(store, batch->partition, changes);
    add_states(store, changes);
    add_rows(store, batch);
    add_lists(store);
    add_marks(store, batch);
    add_sent(store, batch);
    store_changes_add_counters(store, batch->partition, changes);
    add_position(store, batch);
    redis_pipe_command(&store->pipe, "EXEC", 0);
}

/* replies: MULTI, one QUEUED a command, EXEC */
static enum nw_err check_transaction(struct story_store *store, redisReply *const *replies)
{
    size_t last = store->pipe.commands - 1;
    const redisReply *exec = replies[last];
    for (size_t i = 0; i < last; i++)
        if (redis_reply_is_error(replies[i]))
            return store_reply_failed(store, replies[i], "queueing a batch");
    if (exec->type == REDIS_REPLY_NIL)
        return store_fail(store, NW_ERR_CONFLICT, "token or position changed during the transaction");
    if (exec->type != REDIS_REPLY_ARRAY || exec->elements != last - 1)
        return store_reply_failed(store, exec, "EXEC");
    for (size_t i = 0; i < exec->elements; i++)
        if (redis_reply_is_error(exec->element[i]))
            return store_fail(store, NW_ERR_CORRUPT, "element %zu of %zu of a transaction failed: %s", i + 1,
                              exec->elements, exec->element[i]->str);
    return NW_OK;
}

static enum nw_err check_condition(struct story_store *store, const struct store_batch *batch)
{
    struct store_condition now;
    enum nw_err err = store_watch(store, &now);
    if (err != NW_OK) return err;
    bool ours = GUARD(TOKEN, strcmp(now.token, store->token) == 0);
    if (ours && GUARD(POSITION, store_point_equal(now.point, batch->expected))) return NW_OK;
    err = store_unwatch(store);
    if (err != NW_OK) return err;
    if (!ours) return store_fail(store, NW_ERR_CONFLICT, "another owner has taken the partition");
    return store_moved(store, now.point, batch->expected);
}

struct store_point store_commit_point(const struct partition *partition, struct store_point expected)
{
    return (struct store_point){.found = true,
                                .next_offset = partition_next_offset(partition),
                                .transactions = expected.transactions + 1};
}

/* Redis has applied the others and takes none back: counts are wrong, and nothing else would tell. So whoever
 * loads the partition is told, until it is rebuilt. The reason stays in store->error. */
static void note_damage(struct story_store *store)
{
    char reason[sizeof(store->error)];
    redisReply **replies;
    snprintf(reason, sizeof(reason), "%s", store->error);
    redis_pipe_clear(&store->pipe);
    redis_pipe_command(&store->pipe, "HSET", 3);
    store_key(&store->pipe, &store->keys, STORE_POSITION);
    redis_pipe_text(&store->pipe, STORE_DAMAGED);
    redis_pipe_text(&store->pipe, reason);
    if (store_exchange(store, &replies) == NW_OK) store_replies_done(store, replies);
    snprintf(store->error, sizeof(store->error), "%s", reason);
}

enum nw_err store_commit(struct story_store *store, const struct store_batch *batch)
{
    assert(batch->expected.next_offset <= partition_next_offset(batch->partition));
    enum nw_err err = check_condition(store, batch);
    if (err != NW_OK) return err;
    build_transaction(store, batch);
    redisReply **replies;
    err = store_exchange(store, &replies);
    if (err != NW_OK) return err;
    err = check_transaction(store, replies);
    store_replies_done(store, replies);
    if (err == NW_ERR_CORRUPT) note_damage(store);
    return err == NW_OK ? store_wait_replicas(store) : err;
}
