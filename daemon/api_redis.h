/*
 * api_redis - what the pages read from Redis (keys: FORMATS 4, consumers/store_keys.h). Read-only.
 *
 * Every read goes over all partitions in ns:partitions, so each instance shows the whole
 * picture. Errors: NW_ERR_UNAVAILABLE when Redis does not answer, NW_ERR_NOT_FOUND, and NW_ERR_CORRUPT
 * when an answer is not of the expected shape.
 */
#ifndef NW_DAEMON_API_REDIS_H
#define NW_DAEMON_API_REDIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "daemon/api_session.h"

enum { API_SCAN_MAX = 2000 }; /* stories looked at for one filtered page */

/* story:<id>, with "" and 0 for what is missing and NW_NO_TIME for missing times. */
struct api_story {
    struct id128 id;
    const char *title, *language, *status, *blindspot;
    const char *countries, *tags; /* JSON */
    int64_t articles, sources, left, center, right, unrated, unique, reprints, revision;
    int64_t sources_1h, sources_6h, sources_24h;
    int64_t first_published_ms, last_published_ms, updated_ms;
};

/* From a reply to HGETALL story:<id>; the text goes to the session's arena. */
void api_redis_fill_story(struct api_session *session, struct id128 id, const redisReply *hash,
                          struct api_story *out);

/* A place in a ranking: behind the story of that score in that partition (an index in the sorted tags).
 * As text "score-partition-id"; opaque to clients. */
struct api_cursor {
    int64_t score;
    unsigned partition;
    struct id128 id;
};
bool api_cursor_parse(const char *text, struct api_cursor *out);
void api_cursor_format(const struct api_cursor *cursor, char out[80]);

struct api_filter; /* api_search.h */

struct api_page {
    struct api_story *stories;
    size_t count;
    bool more; /* there is something behind the last one */
    struct api_cursor next;
};

/* Stories of a ranking ("recent", "top:24h", "blindspots:left"), highest score first; equal scores by
 * partition, then by id. cursor NULL: from the top; filter NULL: all. A story whose place changes between
 * two pages may be seen twice or not at all, as the ranking is live. */
enum nw_err api_redis_page(struct api_session *session, const char *ranking, struct api_filter *filter,
                           const struct api_cursor *cursor, size_t limit, struct api_page *out) NW_MUST_CHECK;

struct api_story_answer {
    const char *json; /* the last summary sent; NULL: none yet, then counts is filled */
    size_t json_len;
    const char *analysis; /* what the summary service wrote of it, JSON; NULL: nothing */
    size_t analysis_len;
    struct api_story counts;
    bool is_alias; /* the story was merged into target */
    struct id128 target;
};
enum nw_err api_redis_story(struct api_session *session, struct id128 id,
                            struct api_story_answer *out) NW_MUST_CHECK;

/* Those of the stories that are there, in their order. */
enum nw_err api_redis_stories(struct api_session *session, const struct id128 *ids, size_t count,
                              struct api_story **out, size_t *found) NW_MUST_CHECK;

struct api_article {
    struct id128 story;
    const uint8_t *card; /* packed (articles/article_card.h); NULL when it is kept no longer */
    size_t card_len;
};
enum nw_err api_redis_article(struct api_session *session, struct id128 article,
                              struct api_article *out) NW_MUST_CHECK;

struct api_source {
    int64_t articles, stories, firsts, last_seen_ms; /* NW_NO_TIME: never */
};
enum nw_err api_redis_source(struct api_session *session, const char *domain,
                             struct api_source *out) NW_MUST_CHECK;
/* Sources seen in the seven days before the newest one of any partition, sorted; one that is in several
 * partitions comes several times. */
enum nw_err api_redis_seen_sources(struct api_session *session, const char ***out,
                                   size_t *count) NW_MUST_CHECK;

#endif
