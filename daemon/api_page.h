/*
 * api_page - what the files of the API share: the state, one request under way, and the pages themselves.
 * Included by daemon/api*.c only.
 */
#ifndef NW_DAEMON_API_PAGE_H
#define NW_DAEMON_API_PAGE_H

#include <stdbool.h>

#include "articles/url.h"
#include "base/arena.h"
#include "daemon/api.h"
#include "daemon/api_answer.h"
#include "daemon/api_lift.h"
#include "daemon/api_redis.h"
#include "daemon/api_search.h"
#include "daemon/story_feed.h"

struct api {
    struct metrics *metrics;
    struct api_redis *redis;
    struct url_reader *urls;
    struct api_search *search;
    struct api_lift *lift;
    struct story_feed *feed;
    const struct service *_Atomic service;
};

struct api_route;

/* What a page gets. Its query parameters are those of the route's table and each is of its form. */
struct page {
    struct api *api;
    const struct api_route *route;
    const struct http_request *request;
    struct http_answer *answer;
    const char *rest; /* of the path, in place of the braces */
    struct arena *arena;
};

/* A parameter of the query, NULL when it is not given. */
const char *page_query(const struct page *page, const char *name);
/* Answers for an error of api_redis; what: "story" ... */
void page_answer_failure(const struct page *page, enum nw_err err, const char *what);
/* The id in the path; answers 404 when it is none. what: "a story" ... */
bool page_parse_id(const struct page *page, const char *what, struct id128 *out);

void stories_page(const struct page *page);
void blindspots_page(const struct page *page);
void story_page(const struct page *page);
void related_page(const struct page *page);
void stream_page(const struct page *page);
void article_page(const struct page *page);
void article_by_url_page(const struct page *page);
void source_page(const struct page *page);
void health_page(const struct page *page);
void ready_page(const struct page *page);
void metrics_page(const struct page *page);
void openapi_page(const struct page *page);
void dashboard_page(const struct page *page);
void dashboard_css_page(const struct page *page);
void dashboard_js_page(const struct page *page);

#endif
