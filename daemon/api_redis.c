#include "daemon/api_redis.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "consumers/store_keys.h"
#include "daemon/api_search.h"

enum { FILTERED_CHUNK = 200, ALIAS_STEPS = 16 };
#define SEEN_MS (INT64_C(7) * 24 * 3600 * 1000)

/* ---- reading hashes ---- */

static const char *keep(struct api_session *session, const redisReply *reply)
{
    return arena_memdup(session->arena, reply->str, reply->len);
}

/* The value of a field in an HGETALL reply; NULL when it is not there. */
static const redisReply *field_of(const redisReply *hash, const char *name)
{
    if (hash->type != REDIS_REPLY_ARRAY) return NULL;
    for (size_t i = 0; i + 1 < hash->elements; i += 2)
        if (redis_reply_is(hash->element[i], name) && hash->element[i + 1]->type == REDIS_REPLY_STRING)
            return hash->element[i + 1];
    return NULL;
}

static const char *text_field(struct api_session *session, const redisReply *hash, const char *name)
{
    const redisReply *value = field_of(hash, name);
    return value ? keep(session, value) : "";
}

static int64_t number_field(const redisReply *hash, const char *name, int64_t missing)
{
    const redisReply *value = field_of(hash, name);
    return value && value->len > 0 ? strtoll(value->str, NULL, 10) : missing;
}

void api_redis_fill_story(struct api_session *session, struct id128 id, const redisReply *hash,
                          struct api_story *out)
{
    *out = (struct api_story){
        .id = id,
        .title = text_field(session, hash, "title"),
        .language = text_field(session, hash, "language"),
        .status = text_field(session, hash, "status"),
        .blindspot = text_field(session, hash, "blindspot"),
        .countries = text_field(session, hash, "countries"),
        .tags = text_field(session, hash, "tags"),
        .articles = number_field(hash, "articles", 0),
        .sources = number_field(hash, "sources", 0),
        .left = number_field(hash, "left", 0),
        .center = number_field(hash, "center", 0),
        .right = number_field(hash, "right", 0),
        .unrated = number_field(hash, "unrated", 0),
        .unique = number_field(hash, "unique", 0),
        .reprints = number_field(hash, "reprints", 0),
        .revision = number_field(hash, "revision", 0),
        .sources_1h = number_field(hash, "sources_1h", 0),
        .sources_6h = number_field(hash, "sources_6h", 0),
        .sources_24h = number_field(hash, "sources_24h", 0),
        .first_published_ms = number_field(hash, "first_published", NW_NO_TIME),
        .last_published_ms = number_field(hash, "last_published", NW_NO_TIME),
        .updated_ms = number_field(hash, "updated", NW_NO_TIME),
    };
}

/* ---- rankings ---- */

bool api_cursor_parse(const char *text, struct api_cursor *out)
{
    struct api_cursor cursor;
    int used = 0;
    size_t len = strlen(text);
    if (len > 70 || len < ID128_HEX_LEN || !isdigit((unsigned char)text[0])) return false;
    if (sscanf(text, "%15" SCNd64 "-%5u-%n", &cursor.score, &cursor.partition, &used) != 2 || used == 0)
        return false;
    if (!id128_parse(text + used, len - (size_t)used, &cursor.id)) return false;
    *out = cursor;
    return true;
}

void api_cursor_format(const struct api_cursor *cursor, char out[80])
{
    char hex[ID128_HEX_LEN + 1];
    id128_hex(cursor->id, hex);
    snprintf(out, 80, "%" PRId64 "-%u-%s", cursor->score, cursor->partition, hex);
}

/* Where the story of the cursor stands now in its own partition; -1: not with that score any more. */
static enum nw_err rank_of_cursor(struct api_session *session, const char *ranking,
                                  const struct api_cursor *cursor, int64_t *rank)
{
    char hex[ID128_HEX_LEN + 1];
    *rank = -1;
    if (cursor->partition >= session->partition_count) return NW_OK;
    id128_hex(cursor->id, hex);
    api_session_begin_pipe(session);
    redis_pipe_command(&session->pipe, "ZREVRANK", 2);
    api_session_key(session, cursor->partition, ranking, "");
    redis_pipe_text(&session->pipe, hex);
    redis_pipe_command(&session->pipe, "ZSCORE", 2);
    api_session_key(session, cursor->partition, ranking, "");
    redis_pipe_text(&session->pipe, hex);
    enum nw_err err = api_session_exchange(session);
    if (err != NW_OK) return err;
    const redisReply *at = session->replies[0], *score = session->replies[1];
    if (at->type == REDIS_REPLY_INTEGER && score->type == REDIS_REPLY_STRING &&
        (int64_t)strtod(score->str, NULL) == cursor->score)
        *rank = at->integer;
    return NW_OK;
}

/* The next count entries of partition p behind the cursor. Equal scores are ordered by partition, so
 * earlier partitions have only lower scores left and later ones still have the equal ones. */
static void add_range(struct api_session *session, size_t p, const char *ranking,
                      const struct api_cursor *cursor, int64_t rank, size_t count)
{
    struct redis_pipe *pipe = &session->pipe;
    if (!cursor || (p == cursor->partition && rank >= 0)) {
        int64_t first = cursor ? rank + 1 : 0;
        redis_pipe_command(pipe, "ZREVRANGE", 4);
        api_session_key(session, p, ranking, "");
        redis_pipe_int(pipe, first);
        redis_pipe_int(pipe, first + (int64_t)count - 1);
        redis_pipe_text(pipe, "WITHSCORES");
        return;
    }
    char score[32];
    snprintf(score, sizeof(score), "%s%" PRId64, p < cursor->partition ? "(" : "", cursor->score);
    redis_pipe_command(pipe, "ZREVRANGEBYSCORE", 7);
    api_session_key(session, p, ranking, "");
    redis_pipe_text(pipe, score);
    redis_pipe_text(pipe, "-inf");
    redis_pipe_text(pipe, "WITHSCORES");
    redis_pipe_text(pipe, "LIMIT");
    redis_pipe_int(pipe, 0);
    redis_pipe_int(pipe, (int64_t)count);
}

static int compare_cursors(const void *a, const void *b)
{
    const struct api_cursor *left = a, *right = b;
    if (left->score != right->score) return left->score > right->score ? -1 : 1;
    if (left->partition != right->partition) return left->partition < right->partition ? -1 : 1;
    return id128_compare(right->id, left->id);
}

static size_t collect_range(const redisReply *reply, unsigned partition, struct api_cursor *out)
{
    size_t count = 0;
    if (reply->type != REDIS_REPLY_ARRAY) return 0;
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        const redisReply *id = reply->element[i], *score = reply->element[i + 1];
        struct api_cursor *entry = &out[count];
        if (id->type != REDIS_REPLY_STRING || score->type != REDIS_REPLY_STRING ||
            !id128_parse(id->str, id->len, &entry->id))
            continue;
        entry->score = (int64_t)strtod(score->str, NULL);
        entry->partition = partition;
        count++;
    }
    return count;
}

/* The next count entries over all partitions, in order. */
static enum nw_err read_entries(struct api_session *session, const char *ranking,
                                const struct api_cursor *cursor, size_t count, struct api_cursor **out,
                                size_t *found)
{
    int64_t rank = -1;
    enum nw_err err = cursor ? rank_of_cursor(session, ranking, cursor, &rank) : NW_OK;
    if (err != NW_OK) return err;
    *found = 0;
    api_session_begin_pipe(session);
    for (size_t p = 0; p < session->partition_count; p++) add_range(session, p, ranking, cursor, rank, count);
    struct api_cursor *entries =
        arena_alloc(session->arena, session->partition_count * count * sizeof(*entries));
    *out = entries;
    if (session->partition_count == 0) return NW_OK;
    if ((err = api_session_exchange(session)) != NW_OK) return err;
    size_t total = 0;
    for (size_t p = 0; p < session->partition_count; p++)
        total += collect_range(session->replies[p], (unsigned)p, entries + total);
    qsort(entries, total, sizeof(*entries), compare_cursors);
    *found = total < count ? total : count;
    return NW_OK;
}

static enum nw_err read_hashes(struct api_session *session, const struct api_cursor *entries, size_t count)
{
    char hex[ID128_HEX_LEN + 1];
    api_session_begin_pipe(session);
    for (size_t i = 0; i < count; i++) {
        id128_hex(entries[i].id, hex);
        redis_pipe_command(&session->pipe, "HGETALL", 1);
        api_session_key(session, entries[i].partition, STORE_STORY, hex);
    }
    return count > 0 ? api_session_exchange(session) : NW_OK;
}

enum nw_err api_redis_page(struct api_session *session, const char *ranking, struct api_filter *filter,
                           const struct api_cursor *cursor, size_t limit, struct api_page *out)
{
    struct api_page page = {.stories = arena_calloc(session->arena, limit, sizeof(*page.stories))};
    size_t chunk = (filter ? FILTERED_CHUNK : limit) + 1, seen = 0; /* one more, to know of a next page */
    if (cursor) page.next = *cursor;
    bool started = cursor != NULL;
    enum nw_err err = api_session_partitions(session);
    for (page.more = true; err == NW_OK && page.more && page.count < limit && seen < API_SCAN_MAX;) {
        struct api_cursor *entries = NULL; /* gcc -O2 does not see that an error leaves the loop */
        size_t found, i = 0;
        err = read_entries(session, ranking, started ? &page.next : NULL, chunk, &entries, &found);
        if (err != NW_OK) break;
        page.more = found == chunk;
        if (page.more) found--;
        if ((err = read_hashes(session, entries, found)) != NW_OK) break;
        for (; i < found && page.count < limit; i++) {
            struct api_story *story = &page.stories[page.count];
            page.next = entries[i];
            started = true;
            if (session->replies[i]->elements == 0) continue; /* dropped in between */
            api_redis_fill_story(session, entries[i].id, session->replies[i], story);
            if (!filter || api_filter_shows(filter, story)) page.count++;
        }
        page.more |= i < found;
        seen += i;
    }
    if (err == NW_OK) *out = page;
    return err;
}

/* ---- one story, one article, one source ---- */

enum nw_err api_redis_story(struct api_session *session, struct id128 id, struct api_story_answer *out)
{
    enum { READS = 4 };
    struct api_story_answer answer = {0};
    char hex[ID128_HEX_LEN + 1];
    id128_hex(id, hex);
    enum nw_err err = api_session_partitions(session);
    if (err != NW_OK) return err;
    api_session_begin_pipe(session);
    for (size_t p = 0; p < session->partition_count; p++) {
        redis_pipe_command(&session->pipe, "GET", 1);
        api_session_key(session, p, STORE_COVERAGE, hex);
        redis_pipe_command(&session->pipe, "HGETALL", 1);
        api_session_key(session, p, STORE_STORY, hex);
        redis_pipe_command(&session->pipe, "GET", 1);
        api_session_key(session, p, STORE_ALIAS, hex);
        redis_pipe_command(&session->pipe, "GET", 1);
        api_session_key(session, p, STORE_INSIGHTS, hex);
    }
    if (session->partition_count == 0) return NW_ERR_NOT_FOUND;
    if ((err = api_session_exchange(session)) != NW_OK) return err;
    for (size_t p = 0; p < session->partition_count; p++) {
        const redisReply *coverage = session->replies[p * READS], *counts = session->replies[p * READS + 1],
                         *alias = session->replies[p * READS + 2],
                         *analysis = session->replies[p * READS + 3];
        if (counts->type == REDIS_REPLY_ARRAY && counts->elements > 0) {
            api_redis_fill_story(session, id, counts, &answer.counts);
            if (coverage->type == REDIS_REPLY_STRING) {
                answer.json = keep(session, coverage);
                answer.json_len = coverage->len;
            }
            if (analysis->type == REDIS_REPLY_STRING) {
                answer.analysis = keep(session, analysis);
                answer.analysis_len = analysis->len;
            }
            *out = answer;
            return NW_OK;
        }
        if (alias->type == REDIS_REPLY_STRING && id128_parse(alias->str, alias->len, &answer.target)) {
            answer.is_alias = true;
            *out = answer;
            return NW_OK;
        }
    }
    return NW_ERR_NOT_FOUND;
}

enum nw_err api_redis_stories(struct api_session *session, const struct id128 *ids, size_t count,
                              struct api_story **out, size_t *found)
{
    char hex[ID128_HEX_LEN + 1];
    *out = arena_calloc(session->arena, count + 1, sizeof(**out));
    *found = 0;
    enum nw_err err = api_session_partitions(session);
    if (err != NW_OK || count == 0 || session->partition_count == 0) return err;
    api_session_begin_pipe(session);
    for (size_t i = 0; i < count; i++) {
        id128_hex(ids[i], hex);
        for (size_t p = 0; p < session->partition_count; p++) {
            redis_pipe_command(&session->pipe, "HGETALL", 1);
            api_session_key(session, p, STORE_STORY, hex);
        }
    }
    if ((err = api_session_exchange(session)) != NW_OK) return err;
    for (size_t i = 0; i < count; i++) {
        for (size_t p = 0; p < session->partition_count; p++) {
            const redisReply *hash = session->replies[i * session->partition_count + p];
            if (hash->elements == 0) continue;
            api_redis_fill_story(session, ids[i], hash, &(*out)[(*found)++]);
            break;
        }
    }
    return NW_OK;
}

/* The story an article is in, in one of the partitions; *partition says which. */
static enum nw_err find_article(struct api_session *session, const char *hex, size_t *partition,
                                struct id128 *story)
{
    api_session_begin_pipe(session);
    for (size_t p = 0; p < session->partition_count; p++) {
        redis_pipe_command(&session->pipe, "GET", 1);
        api_session_key(session, p, STORE_ARTICLE, hex);
    }
    if (session->partition_count == 0) return NW_ERR_NOT_FOUND;
    enum nw_err err = api_session_exchange(session);
    for (size_t p = 0; err == NW_OK && p < session->partition_count; p++) {
        const redisReply *reply = session->replies[p];
        if (reply->type != REDIS_REPLY_STRING || !id128_parse(reply->str, reply->len, story)) continue;
        *partition = p;
        return NW_OK;
    }
    return err == NW_OK ? NW_ERR_NOT_FOUND : err;
}

enum nw_err api_redis_article(struct api_session *session, struct id128 article, struct api_article *out)
{
    char hex[ID128_HEX_LEN + 1], story_hex[ID128_HEX_LEN + 1];
    struct api_article answer = {0};
    size_t p = 0;
    id128_hex(article, hex);
    enum nw_err err = api_session_partitions(session);
    if (err == NW_OK) err = find_article(session, hex, &p, &answer.story);
    /* The link is written once an article; a merge moves the article and leaves the link: follow the alias.
     */
    for (int step = 0; err == NW_OK && step < ALIAS_STEPS; step++) {
        id128_hex(answer.story, story_hex);
        api_session_begin_pipe(session);
        redis_pipe_command(&session->pipe, "HGET", 2);
        api_session_key(session, p, STORE_ARTICLES, story_hex);
        redis_pipe_text(&session->pipe, hex);
        redis_pipe_command(&session->pipe, "GET", 1);
        api_session_key(session, p, STORE_ALIAS, story_hex);
        if ((err = api_session_exchange(session)) != NW_OK) break;
        const redisReply *card = session->replies[0], *alias = session->replies[1];
        if (alias->type == REDIS_REPLY_STRING && id128_parse(alias->str, alias->len, &answer.story)) continue;
        if (card->type == REDIS_REPLY_STRING) {
            answer.card = (const uint8_t *)keep(session, card);
            answer.card_len = card->len;
        }
        *out = answer;
        return NW_OK;
    }
    return err == NW_OK ? NW_ERR_CORRUPT : err; /* aliases in a circle */
}

enum nw_err api_redis_source(struct api_session *session, const char *domain, struct api_source *out)
{
    struct api_source answer = {.last_seen_ms = NW_NO_TIME};
    bool found = false;
    enum nw_err err = api_session_partitions(session);
    if (err != NW_OK) return err;
    api_session_begin_pipe(session);
    for (size_t p = 0; p < session->partition_count; p++) {
        redis_pipe_command(&session->pipe, "HGETALL", 1);
        api_session_key(session, p, STORE_SOURCE, domain);
    }
    if (session->partition_count == 0) return NW_ERR_NOT_FOUND;
    if ((err = api_session_exchange(session)) != NW_OK) return err;
    for (size_t p = 0; p < session->partition_count; p++) {
        const redisReply *hash = session->replies[p];
        int64_t seen = number_field(hash, "last_seen", NW_NO_TIME);
        found |= hash->elements > 0;
        answer.articles += number_field(hash, "articles", 0);
        answer.stories += number_field(hash, "stories", 0);
        answer.firsts += number_field(hash, "firsts", 0);
        if (seen > answer.last_seen_ms) answer.last_seen_ms = seen;
    }
    if (!found) return NW_ERR_NOT_FOUND;
    *out = answer;
    return NW_OK;
}

static enum nw_err newest_seen(struct api_session *session, int64_t *out)
{
    api_session_begin_pipe(session);
    for (size_t p = 0; p < session->partition_count; p++) {
        redis_pipe_command(&session->pipe, "ZREVRANGE", 4);
        api_session_key(session, p, STORE_SOURCES, "");
        redis_pipe_int(&session->pipe, 0);
        redis_pipe_int(&session->pipe, 0);
        redis_pipe_text(&session->pipe, "WITHSCORES");
    }
    enum nw_err err = api_session_exchange(session);
    *out = 0;
    for (size_t p = 0; err == NW_OK && p < session->partition_count; p++) {
        const redisReply *reply = session->replies[p];
        if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2) continue;
        int64_t seen = (int64_t)strtod(reply->element[1]->str, NULL);
        if (seen > *out) *out = seen;
    }
    return err;
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

enum nw_err api_redis_seen_sources(struct api_session *session, const char ***out, size_t *count)
{
    int64_t newest;
    size_t total = 0;
    enum nw_err err = api_session_partitions(session);
    *count = 0;
    if (err != NW_OK || session->partition_count == 0) return err;
    if ((err = newest_seen(session, &newest)) != NW_OK) return err;
    api_session_begin_pipe(session);
    for (size_t p = 0; p < session->partition_count; p++) {
        redis_pipe_command(&session->pipe, "ZRANGEBYSCORE", 3);
        api_session_key(session, p, STORE_SOURCES, "");
        redis_pipe_int(&session->pipe, newest - SEEN_MS);
        redis_pipe_text(&session->pipe, "+inf");
    }
    if ((err = api_session_exchange(session)) != NW_OK) return err;
    for (size_t p = 0; p < session->partition_count; p++) total += session->replies[p]->elements;
    *out = arena_alloc(session->arena, (total + 1) * sizeof(**out));
    for (size_t p = 0; p < session->partition_count; p++) {
        const redisReply *reply = session->replies[p];
        for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++)
            if (reply->element[i]->type == REDIS_REPLY_STRING)
                (*out)[(*count)++] = keep(session, reply->element[i]);
    }
    qsort(*out, *count, sizeof(**out), compare_texts);
    return NW_OK;
}
