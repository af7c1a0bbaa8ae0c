#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "daemon/api_json.h"
#include "daemon/api_page.h"
#include "daemon/dashboard.h"
#include "daemon/process_metrics.h"

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

void health_page(const struct page *page)
{
    const struct service *service = page->api->service;
    bool good = service && service_healthy(service, clock_mono_ms());
    json_t *root = json_pack("{s:s}", "status", good ? "ok" : "hung");
    json_object_set_new(root, "roles", roles_json(service));
    api_answer_json_status(good ? 200 : 503, root, page->answer);
}

void ready_page(const struct page *page)
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

void metrics_page(const struct page *page)
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

void dashboard_page(const struct page *page)
{
    answer_file(page, "text/html; charset=utf-8", dashboard_html, dashboard_html_len);
}

void dashboard_css_page(const struct page *page)
{
    answer_file(page, "text/css; charset=utf-8", dashboard_css, dashboard_css_len);
}

void dashboard_js_page(const struct page *page)
{
    answer_file(page, "text/javascript; charset=utf-8", dashboard_js, dashboard_js_len);
}
