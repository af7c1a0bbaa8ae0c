#include "daemon/api.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "daemon/api_page.h"
#include "daemon/api_routes.h"

struct api *api_new(const struct redis_options *redis, struct metrics *metrics)
{
    struct api *api = nw_calloc(1, sizeof(*api));
    api->metrics = metrics;
    api->redis = api_redis_new(redis, HTTP_THREADS + 1); /* the feed's thread has one */
    api->feed = story_feed_new(api->redis, metrics);
    api->urls = url_reader_new();
    api->search = api_search_new();
    api->lift = api_lift_new();
    return api;
}

void api_free(struct api *api)
{
    if (!api) return;
    story_feed_free(api->feed);
    api_lift_free(api->lift);
    api_search_free(api->search);
    url_reader_free(api->urls);
    api_redis_free(api->redis);
    free(api);
}

void api_set_ratings(struct api *api, struct ratings *(*ratings)(void *context), void *context)
{
    api_lift_set_ratings(api->lift, ratings, context);
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

/* ---- what pages have in common ---- */

const char *page_query(const struct page *page, const char *name)
{
    return http_query(page->request, name);
}

void page_answer_failure(const struct page *page, enum nw_err err, const char *what)
{
    if (err == NW_ERR_NOT_FOUND)
        api_answer_problem(page->request, 404, page->answer, "There is no such %s.", what);
    else if (err == NW_ERR_UNAVAILABLE)
        api_answer_problem(page->request, 503, page->answer, "Redis does not answer.");
    else
        api_answer_problem(page->request, 500, page->answer, "What Redis holds is not understood.");
}

bool page_parse_id(const struct page *page, const char *what, struct id128 *out)
{
    if (id128_parse(page->rest, strlen(page->rest), out)) return true;
    api_answer_problem(page->request, 404, page->answer, "The id of %s is 32 hexadecimal digits.", what);
    return false;
}

void api_handle(void *context, const struct http_request *request, struct http_answer *answer)
{
    struct page page = {.api = context, .request = request, .answer = answer, .arena = arena_new()};
    page.route = api_route_find(page.arena, http_path(request), &page.rest);
    if (!page.route)
        api_answer_problem(request, 404, answer, "There is no such page.");
    else if (api_route_check(&page))
        page.route->answer(&page);
    arena_free(page.arena);
}
