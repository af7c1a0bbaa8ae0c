#include "daemon/api.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "articles/article_card.h"
#include "articles/url.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "daemon/api_answer.h"
#include "daemon/api_json.h"
#include "daemon/api_redis.h"
#include "daemon/dashboard.h"
#include "daemon/process_metrics.h"
#include "daemon/story_feed.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MAX = 200 };

struct api {
    struct metrics *metrics;
    struct api_redis *redis;
    struct url_reader *urls;
    struct story_feed *feed;
    const struct service *_Atomic service;
};

/* What a page gets. */
struct page {
    struct api *api;
    const struct http_request *request;
    struct http_answer *answer;
    const char *rest; /* of the path, behind the route's prefix */
    struct arena *arena;
};

struct api *api_new(const struct redis_options *redis, struct metrics *metrics)
{
    struct api *api = nw_calloc(1, sizeof(*api));
    api->metrics = metrics;
    api->redis = api_redis_new(redis, HTTP_THREADS + 1); /* the feed's thread has one */
    api->feed = story_feed_new(api->redis, metrics);
    api->urls = url_reader_new();
    return api;
}

void api_free(struct api *api)
{
    if (!api) return;
    story_feed_free(api->feed);
    api_redis_free(api->redis);
    url_reader_free(api->urls);
    free(api);
}

void api_stream_start(struct api *api, struct http_server *server, size_t clients_max)
{
    story_feed_start(api->feed, clients_max, http_wake_streams, server);
}

void api_stream_stop(struct api *api)
{
    story_feed_stop(api->feed);
}

void api_set_service(struct api *api, const struct service *service)
{
    api->service = service;
}

/* ---- errors ---- */

static void answer_failure(const struct page *page, enum nw_err err, const char *what)
{
    if (err == NW_ERR_NOT_FOUND)
        api_answer_problem(page->request, 404, page->answer, "There is no such %s.", what);
    else if (err == NW_ERR_UNAVAILABLE)
        api_answer_problem(page->request, 503, page->answer, "Redis does not answer.");
    else
        api_answer_problem(page->request, 500, page->answer, "What Redis holds is not understood.");
}

struct known_names {
    const char *const *names; /* ends with NULL */
    const char *unknown;
};

static bool check_name(void *context, const char *name)
{
    struct known_names *known = context;
    for (const char *const *at = known->names; *at; at++)
        if (strcmp(*at, name) == 0) return true;
    known->unknown = name;
    return false;
}

/* Answers 400 and returns false when a query parameter is none of names. */
static bool only_queries(const struct page *page, const char *const *names)
{
    struct known_names known = {names, NULL};
    http_each_query(page->request, check_name, &known);
    if (!known.unknown) return true;
    api_answer_problem(page->request, 400, page->answer, "Unknown query parameter \"%.100s\".",
                       known.unknown);
    return false;
}

/* ---- stories ---- */

struct list_request {
    const char *language;
    size_t limit;
    struct api_cursor cursor;
    bool has_cursor;
};

static bool parse_list_request(const struct page *page, struct list_request *out)
{
    const char *language = http_query(page->request, "language"), *limit = http_query(page->request, "limit"),
               *cursor = http_query(page->request, "cursor");
    *out = (struct list_request){.language = language ? language : "", .limit = LIMIT_DEFAULT};
    if (limit) {
        char *end;
        unsigned long value = strtoul(limit, &end, 10);
        if (!isdigit((unsigned char)*limit) || *end || value < 1 || value > LIMIT_MAX) {
            api_answer_problem(page->request, 400, page->answer, "limit is a number from 1 to %d.",
                               LIMIT_MAX);
            return false;
        }
        out->limit = value;
    }
    if (cursor && !(out->has_cursor = api_cursor_parse(cursor, &out->cursor))) {
        api_answer_problem(page->request, 400, page->answer,
                           "cursor is not one that this server gave as nextCursor.");
        return false;
    }
    return true;
}

static void answer_list(const struct page *page, const char *ranking)
{
    struct list_request list;
    struct api_page stories;
    if (!parse_list_request(page, &list)) return;
    struct api_session *session = api_redis_begin(page->api->redis, page->arena);
    enum nw_err err = api_redis_page(session, ranking, list.language, list.has_cursor ? &list.cursor : NULL,
                                     list.limit, &stories);
    api_redis_end(session);
    if (err != NW_OK) {
        answer_failure(page, err, "page");
        return;
    }
    json_t *root = json_object(), *array = json_array();
    for (size_t i = 0; i < stories.count; i++)
        json_array_append_new(array, api_story_json(&stories.stories[i]));
    json_object_set_new(root, "stories", array);
    if (stories.more) {
        char cursor[80];
        api_cursor_format(&stories.next, cursor);
        json_object_set_new(root, "nextCursor", json_string(cursor));
    }
    api_answer_json(page->request, root, page->answer);
}

static void stories_page(const struct page *page)
{
    static const char *const names[] = {"window", "language", "limit", "cursor", NULL};
    if (!only_queries(page, names)) return;
    const char *window = http_query(page->request, "window");
    if (!window)
        answer_list(page, "recent");
    else if (strcmp(window, "1h") == 0 || strcmp(window, "6h") == 0 || strcmp(window, "24h") == 0)
        answer_list(page, arena_printf(page->arena, "top:%s", window));
    else
        api_answer_problem(page->request, 400, page->answer,
                           "window is 1h, 6h or 24h (most sources first), or left out (last change first).");
}

static void blindspots_page(const struct page *page)
{
    static const char *const names[] = {"for", "language", "limit", "cursor", NULL};
    if (!only_queries(page, names)) return;
    const char *side = http_query(page->request, "for");
    if (side && (strcmp(side, "left") == 0 || strcmp(side, "center") == 0 || strcmp(side, "right") == 0))
        answer_list(page, arena_printf(page->arena, "blindspots:%s", side));
    else
        api_answer_problem(page->request, 400, page->answer,
                           "for is left, center or right: the side that misses the story.");
}

/* The id behind the route's prefix; answers 404 when there is none. */
static bool parse_id(const struct page *page, const char *what, struct id128 *out)
{
    if (id128_parse(page->rest, strlen(page->rest), out)) return true;
    api_answer_problem(page->request, 404, page->answer, "The id of %s is 32 hexadecimal digits.", what);
    return false;
}

/* The summary as it is on the topic and, as its last member, what the summary service wrote of the story.
 * Both are objects of our own writing, so that nothing is parsed here. */
static void answer_summary(const struct page *page, const struct api_story_answer *story)
{
    static const char name[] = ",\"analysis\":";
    enum { NAME_LEN = sizeof(name) - 1, LEAST = 3 }; /* {"a":... */
    size_t len = story->json_len;
    if (!story->analysis || len < LEAST || story->json[len - 1] != '}') {
        api_answer_json_text(page->request, story->json, len, page->answer);
        return;
    }
    char *whole = arena_alloc(page->arena, len + NAME_LEN + story->analysis_len);
    memcpy(whole, story->json, len - 1);
    memcpy(whole + len - 1, name, NAME_LEN);
    memcpy(whole + len - 1 + NAME_LEN, story->analysis, story->analysis_len);
    len += NAME_LEN + story->analysis_len;
    whole[len - 1] = '}';
    api_answer_json_text(page->request, whole, len, page->answer);
}

static void story_page(const struct page *page)
{
    static const char *const names[] = {NULL};
    struct id128 id;
    struct api_story_answer story;
    if (!parse_id(page, "a story", &id) || !only_queries(page, names)) return;
    struct api_session *session = api_redis_begin(page->api->redis, page->arena);
    enum nw_err err = api_redis_story(session, id, &story);
    api_redis_end(session);
    if (err != NW_OK) {
        answer_failure(page, err, "story");
    } else if (story.is_alias) {
        char hex[ID128_HEX_LEN + 1];
        id128_hex(story.target, hex);
        api_answer_redirect(301, arena_printf(page->arena, "/v1/stories/%s", hex), page->answer);
    } else if (story.json) {
        answer_summary(page, &story);
    } else {
        api_answer_json(page->request, api_story_json(&story.counts), page->answer);
    }
}

/* ---- the stream ---- */

static ssize_t read_feed(void *context, char *out, size_t max)
{
    return story_feed_read(context, out, max);
}

static void close_feed(void *context)
{
    story_feed_close(context);
}

static bool parse_feed_filter(const struct page *page, struct feed_filter *out)
{
    const char *language = http_query(page->request, "language"), *story = http_query(page->request, "story");
    *out = (struct feed_filter){.has_story = story != NULL};
    if (language && strlen(language) >= sizeof(out->language)) {
        api_answer_problem(page->request, 400, page->answer, "language is a code such as en.");
        return false;
    }
    if (language) memcpy(out->language, language, strlen(language) + 1);
    if (story && !id128_parse(story, strlen(story), &out->story)) {
        api_answer_problem(page->request, 400, page->answer, "story is an id of 32 hexadecimal digits.");
        return false;
    }
    return true;
}

static void stream_page(const struct page *page)
{
    static const char *const names[] = {"language", "story", NULL};
    struct feed_filter filter;
    struct feed_client *client;
    if (!only_queries(page, names) || !parse_feed_filter(page, &filter)) return;
    enum nw_err err =
        story_feed_open(page->api->feed, http_header(page->request, "Last-Event-ID"), &filter, &client);
    if (err == NW_ERR_INPUT) {
        api_answer_problem(page->request, 400, page->answer,
                           "Last-Event-ID is not one that this server gave.");
    } else if (err == NW_ERR_REFUSED) {
        api_answer_problem(page->request, 503, page->answer, "Too many clients follow the stream already.");
        page->answer->retry_after_s = 10;
    } else if (err != NW_OK) {
        answer_failure(page, err, "stream");
    } else {
        page->answer->status = 200;
        page->answer->content_type = "text/event-stream";
        page->answer->stream = (struct http_stream){read_feed, close_feed, client};
    }
}

/* ---- articles ---- */

static void put_card(json_t *object, const struct article_card *card)
{
    api_put_text(object, "url", card->url);
    api_put_text(object, "title", card->title);
    api_put_text(object, "lead", card->lead);
    api_put_text(object, "source", card->source);
    api_put_text(object, "sourceName", card->source_name);
    api_put_text(object, "country", card->country);
    api_put_text(object, "imageUrl", card->image_url);
    api_put_text(object, "section", card->section);
    api_put_text(object, "attribution", card->attribution);
    json_object_set_new(object, "paywalled", json_boolean(card->paywalled));
    api_put_time(object, "publishedAt", card->published_ms);
    api_put_time(object, "updatedAt", card->updated_ms);
}

static void answer_article(const struct page *page, struct id128 id)
{
    struct api_article article;
    struct api_session *session = api_redis_begin(page->api->redis, page->arena);
    enum nw_err err = api_redis_article(session, id, &article);
    api_redis_end(session);
    struct article_card card;
    bool has_card = err == NW_OK && article.card;
    if (has_card) err = article_card_unpack(page->arena, article.card, article.card_len, &card);
    if (err != NW_OK) {
        answer_failure(page, err, "article");
        return;
    }
    json_t *root = json_object();
    api_put_id(root, "id", id);
    api_put_id(root, "storyId", article.story);
    if (has_card) put_card(root, &card);
    api_answer_json(page->request, root, page->answer);
}

static void article_page(const struct page *page)
{
    static const char *const names[] = {NULL};
    struct id128 id;
    if (parse_id(page, "an article", &id) && only_queries(page, names)) answer_article(page, id);
}

static void article_by_url_page(const struct page *page)
{
    static const char *const names[] = {"url", NULL};
    const char *text = http_query(page->request, "url"), *why = "";
    struct url url;
    if (!only_queries(page, names)) return;
    if (!text)
        api_answer_problem(page->request, 400, page->answer,
                           "Give the article's url, or its id in the path.");
    else if (url_parse(page->api->urls, page->arena, text, strlen(text), &url, &why) != NW_OK)
        api_answer_problem(page->request, 400, page->answer, "The url %s.", why);
    else
        answer_article(page, url_id(&url));
}

/* ---- sources ---- */

static void source_page(const struct page *page)
{
    static const char *const names[] = {NULL};
    struct api_source source;
    if (!only_queries(page, names)) return;
    char *domain = arena_strdup(page->arena, page->rest);
    for (char *at = domain; *at; at++) *at = (char)tolower((unsigned char)*at);
    struct api_session *session = api_redis_begin(page->api->redis, page->arena);
    enum nw_err err = api_redis_source(session, domain, &source);
    api_redis_end(session);
    if (err != NW_OK) {
        answer_failure(page, err, "source");
        return;
    }
    json_t *root = json_object();
    api_put_text(root, "source", domain);
    api_put_number(root, "articleCount", source.articles);
    api_put_number(root, "storyCount", source.stories);
    api_put_number(root, "firstCount", source.firsts);
    api_put_time(root, "lastSeenAt", source.last_seen_ms);
    api_answer_json(page->request, root, page->answer);
}

/* ---- health, metrics, dashboard ---- */

static json_t *roles_json(const struct service *service)
{
    json_t *roles = json_array();
    int64_t now = clock_mono_ms();
    for (size_t i = 0; service && i < service_role_count(service); i++) {
        const struct role_status *role = service_role(service, i);
        json_t *object = json_object();
        api_put_text(object, "role", role->name);
        api_put_text(object, "state", role_state_text((enum role_state)role->state));
        api_put_number(object, "partitionsOwned", role->partitions_owned);
        api_put_number(object, "partitionsReady", role->partitions_ready);
        api_put_number(object, "storiesLive", role->stories_live);
        api_put_number(object, "lagRecords", role->lag_records);
        json_object_set_new(object, "secondsSinceTurn",
                            json_real((double)service_stalled_ms(service, i, now) / 1000.0));
        json_array_append_new(roles, object);
    }
    return roles;
}

static void health_page(const struct page *page)
{
    const struct service *service = page->api->service;
    bool good = service && service_healthy(service, clock_mono_ms());
    json_t *root = json_pack("{s:s}", "status", good ? "ok" : "hung");
    json_object_set_new(root, "roles", roles_json(service));
    api_answer_json_status(good ? 200 : 503, root, page->answer);
}

static void ready_page(const struct page *page)
{
    const struct service *service = page->api->service;
    struct api_session *session = api_redis_begin(page->api->redis, page->arena);
    bool redis = api_redis_ping(session) == NW_OK;
    api_redis_end(session);
    bool good = redis && service && service_ready(service);
    json_t *root = json_pack("{s:s, s:b}", "status", good ? "ready" : "not ready", "redis", redis);
    json_object_set_new(root, "roles", roles_json(service));
    api_answer_json_status(good ? 200 : 503, root, page->answer);
}

static void metrics_page(const struct page *page)
{
    size_t len, more_len;
    char *text = metrics_render(page->api->metrics, &len), *more = process_metrics_render(&more_len);
    text = nw_realloc(text, len + more_len + 1, 1);
    memcpy(text + len, more, more_len + 1);
    free(more);
    page->answer->status = 200;
    page->answer->content_type = "text/plain; version=0.0.4; charset=utf-8";
    page->answer->body = page->answer->owned_body = text;
    page->answer->body_len = len + more_len;
}

static void answer_file(const struct page *page, const char *type, const char *bytes, size_t len)
{
    page->answer->status = 200;
    page->answer->content_type = type;
    page->answer->body = bytes;
    page->answer->body_len = len;
    page->answer->policy = DASHBOARD_POLICY;
}

static void dashboard_page(const struct page *page)
{
    answer_file(page, "text/html; charset=utf-8", dashboard_html, dashboard_html_len);
}

static void dashboard_css_page(const struct page *page)
{
    answer_file(page, "text/css; charset=utf-8", dashboard_css, dashboard_css_len);
}

static void dashboard_js_page(const struct page *page)
{
    answer_file(page, "text/javascript; charset=utf-8", dashboard_js, dashboard_js_len);
}

/* A prefix that ends in '/' takes what follows as page->rest; others match whole. */
static const struct {
    const char *path;
    void (*answer)(const struct page *page);
} routes[] = {
    {"/dashboard.css", dashboard_css_page},
    {"/dashboard.js", dashboard_js_page},
    {"/healthz", health_page},
    {"/readyz", ready_page},
    {"/metrics", metrics_page},
    {"/v1/stories", stories_page},
    {"/v1/stories/", story_page},
    {"/v1/articles", article_by_url_page},
    {"/v1/articles/", article_page},
    {"/v1/blindspots", blindspots_page},
    {"/v1/sources/", source_page},
    {"/v1/stream", stream_page},
};

void api_handle(void *context, const struct http_request *request, struct http_answer *answer)
{
    const char *path = http_path(request);
    struct page page = {
        .api = context, .request = request, .answer = answer, .rest = "", .arena = arena_new()};
    void (*body)(const struct page *) = strcmp(path, "/") == 0 ? dashboard_page : NULL;
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]) && !body; i++) {
        size_t len = strlen(routes[i].path);
        bool prefix = routes[i].path[len - 1] == '/';
        if (strncmp(path, routes[i].path, len) != 0 || (path[len] == '\0') == prefix) continue;
        page.rest = path + len;
        body = routes[i].answer;
    }
    if (body)
        body(&page);
    else
        api_answer_problem(request, 404, answer, "There is no such page.");
    arena_free(page.arena);
}
