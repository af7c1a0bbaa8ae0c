#include "consumers/store_changes.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/instant.h"
#include "consumers/story_store_private.h"

#define SOURCES_KEPT_MS (INT64_C(7) * 24 * 3600 * 1000)

/* KEYS: from, to, from, to: all fields of the hashes move. 1000 values a call: Lua's stack is bounded. */
static const char script_merge[] = "for k = 1, 3, 2 do "
                                   "local all = redis.call('HGETALL', KEYS[k]) "
                                   "for i = 1, #all, 1000 do "
                                   "redis.call('HSET', KEYS[k + 1], unpack(all, i, math.min(i + 999, #all))) "
                                   "end "
                                   "redis.call('DEL', KEYS[k]) "
                                   "end return 1";

/* KEYS: from, to; ARGV: field. */
static const char script_move[] = "local value = redis.call('HGET', KEYS[1], ARGV[1]) "
                                  "if value then "
                                  "redis.call('HSET', KEYS[2], ARGV[1], value) "
                                  "redis.call('HDEL', KEYS[1], ARGV[1]) "
                                  "end return 1";

static const char *const rankings[] = {STORE_TOP "1h",
                                       STORE_TOP "6h",
                                       STORE_TOP "24h",
                                       STORE_BLINDSPOTS "left",
                                       STORE_BLINDSPOTS "center",
                                       STORE_BLINDSPOTS "right"};
enum { RANKINGS = sizeof(rankings) / sizeof(rankings[0]) };

static void key_of(struct story_store *store, const char *name, struct id128 id)
{
    store_key_of(&store->pipe, &store->keys, name, id);
}

static void add_member(struct story_store *store, const struct partition *partition,
                       const struct change *change)
{
    const struct member *member = partition_find_member(partition, change->story, change->article);
    if (member == NULL) return; /* it went later in the same batch */
    const uint8_t *bytes;
    size_t len;
    arena_reset(store->arena);
    partition_pack_member(store->arena, partition, member, &bytes, &len);
    redis_pipe_command(&store->pipe, "HSET", 3);
    key_of(store, STORE_MEMBERS, change->story);
    store_id_bytes(&store->pipe, change->article);
    redis_pipe_bytes(&store->pipe, bytes, len);
}

static void add_card(struct story_store *store, const struct change *change)
{
    redis_pipe_command(&store->pipe, "HSET", 3);
    key_of(store, STORE_ARTICLES, change->story);
    store_hex(&store->pipe, change->article);
    redis_pipe_bytes(&store->pipe, change->value, change->value_len);
}

static void remove_card(struct story_store *store, struct id128 story, struct id128 article)
{
    redis_pipe_command(&store->pipe, "HDEL", 2);
    key_of(store, STORE_ARTICLES, story);
    store_hex(&store->pipe, article);
}

static void remove_member(struct story_store *store, struct id128 story, struct id128 article)
{
    redis_pipe_command(&store->pipe, "HDEL", 2);
    key_of(store, STORE_MEMBERS, story);
    store_id_bytes(&store->pipe, article);
}

static void add_link(struct story_store *store, const char *name, struct id128 from, struct id128 to)
{
    redis_pipe_command(&store->pipe, "SET", 4);
    key_of(store, name, from);
    store_hex(&store->pipe, to);
    redis_pipe_text(&store->pipe, "EX");
    redis_pipe_int(&store->pipe, STORE_LINK_TTL_S);
}

static void remove_from_sorted_set(struct story_store *store, const char *name, struct id128 story)
{
    redis_pipe_command(&store->pipe, "ZREM", 2);
    store_key(&store->pipe, &store->keys, name);
    store_hex(&store->pipe, story);
}

static void remove_from_live(struct story_store *store, struct id128 story)
{
    redis_pipe_command(&store->pipe, "SREM", 2);
    store_key(&store->pipe, &store->keys, STORE_LIVE);
    store_hex(&store->pipe, story);
    for (size_t i = 0; i < RANKINGS; i++) remove_from_sorted_set(store, rankings[i], story);
}

static void add_moved(struct story_store *store, const struct partition *partition,
                      const struct change *change)
{
    redis_pipe_command(&store->pipe, "EVAL", 5);
    redis_pipe_text(&store->pipe, script_move);
    redis_pipe_text(&store->pipe, "2");
    key_of(store, STORE_ARTICLES, change->other);
    key_of(store, STORE_ARTICLES, change->story);
    store_hex(&store->pipe, change->article);
    remove_member(store, change->other, change->article);
    add_member(store, partition, change);
    add_link(store, STORE_ARTICLE, change->article, change->story);
}

static void add_merged(struct story_store *store, const struct change *change)
{
    redis_pipe_command(&store->pipe, "EVAL", 6);
    redis_pipe_text(&store->pipe, script_merge);
    redis_pipe_text(&store->pipe, "4");
    key_of(store, STORE_MEMBERS, change->other);
    key_of(store, STORE_MEMBERS, change->story);
    key_of(store, STORE_ARTICLES, change->other);
    key_of(store, STORE_ARTICLES, change->story);
    redis_pipe_command(&store->pipe, "DEL", 4);
    key_of(store, STORE_STATE, change->other);
    key_of(store, STORE_STORY, change->other);
    key_of(store, STORE_COVERAGE, change->other);
    key_of(store, STORE_INSIGHTS, change->other);
    remove_from_live(store, change->other);
    remove_from_sorted_set(store, STORE_RECENT, change->other);
    add_link(store, STORE_ALIAS, change->other, change->story);
}

static void add_closed(struct story_store *store, const struct partition *partition,
                       const struct change *change)
{
    const struct story *story = partition_find_story(partition, change->story);
    int64_t closed =
        story != NULL && story->closed_watermark_ms != NW_NO_TIME ? story->closed_watermark_ms : 0;
    remove_from_live(store, change->story);
    redis_pipe_command(&store->pipe, "ZADD", 3);
    store_key(&store->pipe, &store->keys, STORE_CLOSED);
    redis_pipe_int(&store->pipe, closed);
    store_hex(&store->pipe, change->story);
}

/* What was made of its texts; the members and cards have gone one by one. */
static void add_taken_down(struct story_store *store, const struct change *change)
{
    redis_pipe_command(&store->pipe, "UNLINK", 2);
    key_of(store, STORE_COVERAGE, change->story);
    key_of(store, STORE_INSIGHTS, change->story);
    redis_pipe_command(&store->pipe, "HDEL", 4);
    key_of(store, STORE_STORY, change->story);
    redis_pipe_text(&store->pipe, "title");
    redis_pipe_text(&store->pipe, "countries");
    redis_pipe_text(&store->pipe, "tags");
}

static void add_dropped(struct story_store *store, const struct change *change)
{
    redis_pipe_command(&store->pipe, "UNLINK", 6);
    key_of(store, STORE_STATE, change->story);
    key_of(store, STORE_MEMBERS, change->story);
    key_of(store, STORE_ARTICLES, change->story);
    key_of(store, STORE_STORY, change->story);
    key_of(store, STORE_COVERAGE, change->story);
    key_of(store, STORE_INSIGHTS, change->story);
    remove_from_sorted_set(store, STORE_CLOSED, change->story);
    remove_from_sorted_set(store, STORE_RECENT, change->story);
}

static void add_change(struct story_store *store, const struct partition *partition,
                       const struct change *change)
{
    switch (change->kind) {
    case CHANGE_MEMBER_PUT:
        add_member(store, partition, change);
        if (change->value != NULL) add_card(store, change);
        add_link(store, STORE_ARTICLE, change->article, change->story);
        break;
    case CHANGE_CARD_DROPPED:
        remove_card(store, change->story, change->article);
        add_member(store, partition, change);
        break;
    case CHANGE_MEMBER_REMOVED:
        remove_member(store, change->story, change->article);
        remove_card(store, change->story, change->article);
        redis_pipe_command(&store->pipe, "DEL", 1);
        key_of(store, STORE_ARTICLE, change->article);
        break;
    case CHANGE_MEMBER_MOVED:
        add_moved(store, partition, change);
        break;
    case CHANGE_STORY_MERGED:
        add_merged(store, change);
        break;
    case CHANGE_STORY_CLOSED:
        add_closed(store, partition, change);
        break;
    case CHANGE_STORY_TAKEN_DOWN:
        add_taken_down(store, change);
        break;
    case CHANGE_STORY_DROPPED:
        add_dropped(store, change);
        break;
    case CHANGE_WITHDRAWAL_PUT:
        redis_pipe_command(&store->pipe, "HSET", 3);
        store_key(&store->pipe, &store->keys, STORE_WITHDRAWN);
        store_id_bytes(&store->pipe, change->article);
        redis_pipe_bytes(&store->pipe, change->value, change->value_len);
        break;
    case CHANGE_WITHDRAWAL_DROPPED:
        redis_pipe_command(&store->pipe, "HDEL", 2);
        store_key(&store->pipe, &store->keys, STORE_WITHDRAWN);
        store_id_bytes(&store->pipe, change->article);
        break;
    }
}

void store_changes_add(struct story_store *store, const struct partition *partition,
                       const struct partition_changes *changes)
{
    for (size_t i = 0; i < changes->change_count; i++) add_change(store, partition, &changes->changes[i]);
}

/* ---- counters ---- */

static void add_increment(struct story_store *store, const char *name, const char *suffix, const char *field,
                          int64_t by)
{
    if (by == 0) return;
    redis_pipe_command(&store->pipe, "HINCRBY", 3);
    store_key_named(&store->pipe, &store->keys, name, suffix);
    redis_pipe_text(&store->pipe, field);
    redis_pipe_int(&store->pipe, by);
}

static void add_source(struct story_store *store, const char *domain, const struct source_delta *delta)
{
    add_increment(store, STORE_SOURCE, domain, "articles", delta->articles);
    add_increment(store, STORE_SOURCE, domain, "stories", delta->stories);
    add_increment(store, STORE_SOURCE, domain, "firsts", delta->firsts);
    if (delta->last_seen_ms == NW_NO_TIME) return;
    redis_pipe_command(&store->pipe, "HSET", 3);
    store_key_named(&store->pipe, &store->keys, STORE_SOURCE, domain);
    redis_pipe_text(&store->pipe, "last_seen");
    redis_pipe_int(&store->pipe, delta->last_seen_ms);
    redis_pipe_command(&store->pipe, "ZADD", 3);
    store_key(&store->pipe, &store->keys, STORE_SOURCES);
    redis_pipe_int(&store->pipe, delta->last_seen_ms);
    redis_pipe_text(&store->pipe, domain);
}

/* Of the last seven days only: what a story's sides are compared with. */
static void trim_sources(struct story_store *store, int64_t newest_ms)
{
    char until[32];
    if (newest_ms == NW_NO_TIME) return;
    snprintf(until, sizeof(until), "(%" PRId64, newest_ms - SOURCES_KEPT_MS);
    redis_pipe_command(&store->pipe, "ZREMRANGEBYSCORE", 3);
    store_key(&store->pipe, &store->keys, STORE_SOURCES);
    redis_pipe_text(&store->pipe, "-inf");
    redis_pipe_text(&store->pipe, until);
}

void store_changes_add_counters(struct story_store *store, const struct partition *partition,
                                const struct partition_changes *changes)
{
    const struct source_table *sources = partition_sources(partition);
#define ADD_TOTAL(name) add_increment(store, STORE_TOTALS, "", #name, changes->totals.name);
    PARTITION_TOTALS(ADD_TOTAL)
#undef ADD_TOTAL
    int64_t newest_ms = NW_NO_TIME;
    for (size_t i = 0; i < changes->source_delta_count; i++) {
        const struct source_delta *delta = &changes->sources[i];
        add_source(store, source_table_name(sources, delta->source), delta);
        if (delta->last_seen_ms > newest_ms) newest_ms = delta->last_seen_ms;
    }
    trim_sources(store, newest_ms);
}
