#include "daemon/api_changes.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "consumers/store_keys.h"

enum { PLACE_BYTES_MAX = 16384, ID_BYTES = 44 };

/* ---- a place as text ---- */

const char *api_place_format(struct arena *arena, const struct api_place *place)
{
    size_t size = 16 + place->count * ID_BYTES, used;
    char *text = arena_alloc(arena, size);
    used = (size_t)snprintf(text, size, "%08" PRIx32 ":", place->tags_hash);
    for (size_t i = 0; i < place->count; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%" PRIu64 "-%" PRIu64, i ? "," : "",
                                 place->ids[i].ms, place->ids[i].sequence);
    return used <= PLACE_BYTES_MAX ? text : NULL;
}

/* Digits only, as strtoull would take a sign and spaces. */
static bool parse_number(const char **text, char end, uint64_t *out)
{
    char *stop;
    if (**text < '0' || **text > '9' || strspn(*text, "0123456789") > 19) return false;
    *out = strtoull(*text, &stop, 10);
    *text = stop;
    if (end == '\0') return true;
    if (*stop != end) return false;
    (*text)++;
    return true;
}

bool api_place_parse(struct arena *arena, const char *text, struct api_place *out)
{
    size_t count = 1;
    if (strlen(text) > PLACE_BYTES_MAX || strspn(text, "0123456789abcdef") != 8 || text[8] != ':')
        return false;
    struct api_place place = {.tags_hash = (uint32_t)strtoul(text, NULL, 16)};
    text += 9;
    for (const char *at = text; *at; at++) count += *at == ',';
    if (*text == '\0') count = 0;
    place.ids = arena_calloc(arena, count + 1, sizeof(*place.ids));
    for (; place.count < count; place.count++) {
        struct api_change_id *id = &place.ids[place.count];
        if (!parse_number(&text, '-', &id->ms) || !parse_number(&text, '\0', &id->sequence)) return false;
        if (*text != (place.count + 1 < count ? ',' : '\0')) return false;
        if (*text) text++;
    }
    *out = place;
    return true;
}

static bool parse_id(const redisReply *reply, struct api_change_id *out)
{
    const char *text = reply->str;
    return reply->type == REDIS_REPLY_STRING && parse_number(&text, '-', &out->ms) &&
           parse_number(&text, '\0', &out->sequence) && *text == '\0';
}

static uint32_t hash_of_tags(const struct api_session *session)
{
    uint64_t hash = session->partition_count;
    for (size_t p = 0; p < session->partition_count; p++) {
        struct {
            uint64_t before, tag;
        } step = {hash, hash64(session->prefixes[p], strlen(session->prefixes[p]))};
        hash = hash64(&step, sizeof(step));
    }
    return (uint32_t)hash;
}

enum nw_err api_changes_end(struct api_session *session, struct api_place *out)
{
    enum nw_err err = api_session_partitions(session);
    if (err != NW_OK) return err;
    size_t count = session->partition_count;
    struct api_place place = {hash_of_tags(session), count,
                              arena_calloc(session->arena, count + 1, sizeof(*place.ids))};
    api_session_begin_pipe(session);
    for (size_t p = 0; p < count; p++) {
        redis_pipe_command(&session->pipe, "XREVRANGE", 5);
        api_session_key(session, p, STORE_CHANGES, "");
        redis_pipe_text(&session->pipe, "+");
        redis_pipe_text(&session->pipe, "-");
        redis_pipe_text(&session->pipe, "COUNT");
        redis_pipe_int(&session->pipe, 1);
    }
    if (count > 0 && (err = api_session_exchange(session)) != NW_OK) return err;
    for (size_t p = 0; p < count; p++) {
        const redisReply *entries = session->replies[p];
        if (entries->type != REDIS_REPLY_ARRAY || entries->elements == 0)
            continue; /* 0-0: before the first */
        const redisReply *entry = entries->element[0];
        if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2 ||
            !parse_id(entry->element[0], &place.ids[p]))
            return NW_ERR_CORRUPT;
    }
    *out = place;
    return NW_OK;
}

/* ---- reading on ---- */

static void ask_streams(struct api_session *session, const struct api_place *place)
{
    char id[ID_BYTES];
    api_session_begin_pipe(session);
    for (size_t p = 0; p < place->count; p++) {
        snprintf(id, sizeof(id), "%" PRIu64 "-%" PRIu64, place->ids[p].ms, place->ids[p].sequence);
        redis_pipe_command(&session->pipe, "XREAD", 5);
        redis_pipe_text(&session->pipe, "COUNT");
        redis_pipe_int(&session->pipe, API_CHANGES_MAX + 1);
        redis_pipe_text(&session->pipe, "STREAMS");
        api_session_key(session, p, STORE_CHANGES, "");
        redis_pipe_text(&session->pipe, id);
    }
}

/* The entries in a reply to XREAD of one stream; NULL when there are none. */
static const redisReply *entries_of(const redisReply *reply)
{
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 1) return NULL;
    const redisReply *stream = reply->element[0];
    if (stream->type != REDIS_REPLY_ARRAY || stream->elements != 2) return NULL;
    return stream->element[1]->type == REDIS_REPLY_ARRAY ? stream->element[1] : NULL;
}

static bool read_entry(struct arena *arena, const redisReply *entry, struct api_change *out)
{
    *out = (struct api_change){.cause = ""};
    if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2 || !parse_id(entry->element[0], &out->at))
        return false;
    const redisReply *fields = entry->element[1];
    if (fields->type != REDIS_REPLY_ARRAY) return false;
    bool has_story = false;
    for (size_t i = 0; i + 1 < fields->elements; i += 2) {
        const redisReply *name = fields->element[i], *value = fields->element[i + 1];
        if (value->type != REDIS_REPLY_STRING) return false;
        if (redis_reply_is(name, "story")) has_story = id128_parse(value->str, value->len, &out->story.id);
        if (redis_reply_is(name, "revision")) out->story.revision = strtoll(value->str, NULL, 10);
        if (redis_reply_is(name, "cause")) out->cause = arena_memdup(arena, value->str, value->len);
    }
    return has_story;
}

/* By story, and the newest entry of each first. */
static int by_story(const void *a, const void *b)
{
    const struct api_change *left = a, *right = b;
    int order = id128_compare(left->story.id, right->story.id);
    if (order != 0) return order;
    if (left->at.ms != right->at.ms) return left->at.ms > right->at.ms ? -1 : 1;
    return left->at.sequence > right->at.sequence ? -1 : left->at.sequence < right->at.sequence;
}

static int by_time(const void *a, const void *b)
{
    const struct api_change *left = a, *right = b;
    if (left->at.ms != right->at.ms) return left->at.ms < right->at.ms ? -1 : 1;
    return left->at.sequence < right->at.sequence ? -1 : left->at.sequence > right->at.sequence;
}

/* Keeps the newest entry of each story, oldest first. */
static size_t once_each(struct api_change *changes, size_t count)
{
    size_t kept = 0;
    qsort(changes, count, sizeof(*changes), by_story);
    for (size_t i = 0; i < count; i++)
        if (kept == 0 || id128_compare(changes[kept - 1].story.id, changes[i].story.id) != 0)
            changes[kept++] = changes[i];
    qsort(changes, kept, sizeof(*changes), by_time);
    return kept;
}

/* The changes of partition p, once for each story; moves *last. */
static enum nw_err collect(struct api_session *session, size_t p, struct api_change_id *last,
                           struct api_change **out, size_t *count)
{
    const redisReply *entries = entries_of(session->replies[p]);
    *count = 0;
    if (entries == NULL) return NW_OK;
    if (entries->elements > API_CHANGES_MAX) return NW_ERR_NOT_FOUND;
    *out = arena_alloc(session->arena, (entries->elements + 1) * sizeof(**out));
    for (size_t i = 0; i < entries->elements; i++) {
        struct api_change *change = &(*out)[*count];
        if (!read_entry(session->arena, entries->element[i], change)) return NW_ERR_CORRUPT;
        *last = change->at;
        (*count)++;
    }
    *count = once_each(*out, *count);
    return NW_OK;
}

/* How the changed stories stand: two replies for each. */
static void fill_changes(struct api_session *session, struct api_change *changes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const redisReply *hash = session->replies[2 * i], *alias = session->replies[2 * i + 1];
        struct api_change *change = &changes[i];
        if (hash->type == REDIS_REPLY_ARRAY && hash->elements > 0) {
            api_redis_fill_story(session, change->story.id, hash, &change->story);
            continue;
        }
        change->is_gone = true;
        change->is_merged =
            alias->type == REDIS_REPLY_STRING && id128_parse(alias->str, alias->len, &change->into);
    }
}

/* Lays the lists of all partitions behind each other and reads how their stories stand. */
static enum nw_err read_stories(struct api_session *session, struct api_change *const *lists,
                                const size_t *counts, struct api_change *out)
{
    char hex[ID128_HEX_LEN + 1];
    size_t total = 0;
    api_session_begin_pipe(session);
    for (size_t p = 0; p < session->partition_count; p++) {
        for (size_t i = 0; i < counts[p]; i++) {
            out[total++] = lists[p][i];
            id128_hex(lists[p][i].story.id, hex);
            redis_pipe_command(&session->pipe, "HGETALL", 1);
            api_session_key(session, p, STORE_STORY, hex);
            redis_pipe_command(&session->pipe, "GET", 1);
            api_session_key(session, p, STORE_ALIAS, hex);
        }
    }
    if (total == 0) return NW_OK;
    enum nw_err err = api_session_exchange(session);
    if (err == NW_OK) fill_changes(session, out, total);
    return err;
}

enum nw_err api_changes_read(struct api_session *session, struct api_place *place, struct api_change **out,
                             size_t *count)
{
    enum nw_err err = api_session_partitions(session);
    if (err != NW_OK) return err;
    size_t partitions = session->partition_count, total = 0;
    if (place->tags_hash != hash_of_tags(session) || place->count != partitions) return NW_ERR_NOT_FOUND;
    *count = 0;
    if (partitions == 0) return NW_OK;
    ask_streams(session, place);
    if ((err = api_session_exchange(session)) != NW_OK) return err;
    struct api_change **lists = arena_calloc(session->arena, partitions, sizeof(*lists));
    size_t *counts = arena_calloc(session->arena, partitions, sizeof(*counts));
    struct api_change_id *read_to = arena_alloc(session->arena, partitions * sizeof(*read_to));
    memcpy(read_to, place->ids, partitions * sizeof(*read_to));
    for (size_t p = 0; p < partitions; p++) {
        if ((err = collect(session, p, &read_to[p], &lists[p], &counts[p])) != NW_OK) return err;
        total += counts[p];
    }
    *out = arena_alloc(session->arena, (total + 1) * sizeof(**out));
    if ((err = read_stories(session, lists, counts, *out)) != NW_OK) return err;
    place->ids = read_to;
    *count = total;
    return NW_OK;
}
