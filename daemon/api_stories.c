#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/api_json.h"
#include "daemon/api_page.h"

enum { LIMIT_DEFAULT = 50 };

/* ---- lists ---- */

static void answer_list(const struct page *page, const char *ranking)
{
    const char *limit = page_query(page, "limit"), *cursor_text = page_query(page, "cursor");
    struct api_cursor cursor;
    struct api_page stories;
    if (cursor_text && !api_cursor_parse(cursor_text, &cursor)) {
        api_answer_problem(page->request, 400, page->answer,
                           "cursor is not one that this server gave as nextCursor.");
        return;
    }
    const struct api_filter_text text = {.language = page_query(page, "language"),
                                         .country = page_query(page, "country"),
                                         .tag = page_query(page, "tag"),
                                         .side = page_query(page, "side"),
                                         .blindspot = page_query(page, "blindspot"),
                                         .words = page_query(page, "q")};
    struct api_filter *filter = api_filter_new(page->api->search, &text);
    struct api_session *session = api_redis_begin(page->api->redis, page->arena);
    enum nw_err err = api_redis_page(session, ranking, filter, cursor_text ? &cursor : NULL,
                                     limit ? strtoul(limit, NULL, 10) : LIMIT_DEFAULT, &stories);
    api_redis_end(session);
    api_filter_free(filter);
    if (err != NW_OK) {
        page_answer_failure(page, err, "page");
        return;
    }
    json_t *root = api_story_list_json(stories.stories, stories.count);
    if (stories.more) {
        char next[80];
        api_cursor_format(&stories.next, next);
        json_object_set_new(root, "nextCursor", json_string(next));
    }
    api_answer_json(page->request, root, page->answer);
}

void stories_page(const struct page *page)
{
    const char *window = page_query(page, "window");
    answer_list(page, window ? arena_printf(page->arena, "top:%s", window) : "recent");
}

void blindspots_page(const struct page *page)
{
    answer_list(page, arena_printf(page->arena, "blindspots:%s", page_query(page, "for")));
}

/* ---- one story ---- */

/* Puts name and a JSON value behind the last member of an object of our own writing, which is not parsed. */
static void add_member(struct arena *arena, const char **json, size_t *len, const char *name,
                       const char *value, size_t value_len)
{
    enum { LEAST = 3 }; /* {"a":... */
    if (*len < LEAST || (*json)[*len - 1] != '}') return;
    size_t name_len = strlen(name), whole_len = *len + name_len + value_len + 4;
    char *whole = arena_alloc(arena, whole_len), *at = whole;
    memcpy(at, *json, *len - 1);
    at += *len - 1;
    memcpy(at, ",\"", 2);
    memcpy(at + 2, name, name_len);
    memcpy(at + 2 + name_len, "\":", 2);
    memcpy(at + 4 + name_len, value, value_len);
    whole[whole_len - 1] = '}';
    *json = whole;
    *len = whole_len;
}

/* The summary as it is on the topic and behind it what is not in it: lift, and what the summary service
 * wrote. */
static void answer_summary(const struct page *page, const struct api_story_answer *story, json_t *lift)
{
    const char *json = story->json;
    size_t len = story->json_len;
    char *text = lift ? json_dumps(lift, JSON_COMPACT | JSON_REAL_PRECISION(6)) : NULL;
    if (text) add_member(page->arena, &json, &len, "lift", text, strlen(text));
    if (story->analysis)
        add_member(page->arena, &json, &len, "analysis", story->analysis, story->analysis_len);
    free(text);
    api_answer_json_text(page->request, json, len, page->answer);
}

static void redirect(const struct page *page, struct id128 target, const char *behind)
{
    char hex[ID128_HEX_LEN + 1];
    id128_hex(target, hex);
    api_answer_redirect(301, arena_printf(page->arena, "/v1/stories/%s%s", hex, behind), page->answer);
}

void story_page(const struct page *page)
{
    struct id128 id;
    struct api_story_answer story;
    json_t *lift = NULL;
    if (!page_parse_id(page, "a story", &id)) return;
    struct api_session *session = api_redis_begin(page->api->redis, page->arena);
    enum nw_err err = api_redis_story(session, id, &story);
    if (err == NW_OK && !story.is_alias && story.json)
        lift = api_lift_json(page->api->lift, session, &story.counts);
    api_redis_end(session);
    if (err != NW_OK)
        page_answer_failure(page, err, "story");
    else if (story.is_alias)
        redirect(page, story.target, "");
    else if (story.json)
        answer_summary(page, &story, lift);
    else
        api_answer_json(page->request, api_story_json(&story.counts), page->answer);
    json_decref(lift);
}

/* relatedStoryIds of a summary. */
static size_t related_ids(const struct api_story_answer *story, struct id128 *out, size_t max)
{
    size_t count = 0, i;
    json_t *summary = story->json ? json_loadb(story->json, story->json_len, 0, NULL) : NULL, *id;
    json_array_foreach (json_object_get(summary, "relatedStoryIds"), i, id) {
        const char *hex = json_string_value(id);
        if (hex && count < max && id128_parse(hex, strlen(hex), &out[count])) count++;
    }
    json_decref(summary);
    return count;
}

void related_page(const struct page *page)
{
    enum { RELATED_MAX = 16 };
    struct id128 id, ids[RELATED_MAX];
    struct api_story_answer story;
    struct api_story *related = NULL;
    size_t count = 0;
    if (!page_parse_id(page, "a story", &id)) return;
    struct api_session *session = api_redis_begin(page->api->redis, page->arena);
    enum nw_err err = api_redis_story(session, id, &story);
    if (err == NW_OK && !story.is_alias)
        err = api_redis_stories(session, ids, related_ids(&story, ids, RELATED_MAX), &related, &count);
    api_redis_end(session);
    if (err != NW_OK)
        page_answer_failure(page, err, "story");
    else if (story.is_alias)
        redirect(page, story.target, "/related");
    else
        api_answer_json(page->request, api_story_list_json(related, count), page->answer);
}
