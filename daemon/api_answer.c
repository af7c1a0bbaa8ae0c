#include "daemon/api_answer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"

static const char json_content[] = "application/json; charset=utf-8";

static void take_body(struct http_answer *answer, char *body, size_t len)
{
    answer->owned_body = body;
    answer->body = body;
    answer->body_len = len;
}

/* "*", or a list that has this tag (as it is or as a weak one: bytes are the same either way). */
static bool client_has(const struct http_request *request, const char *etag)
{
    const char *held = http_header(request, "If-None-Match");
    return held && (strcmp(held, "*") == 0 || strstr(held, etag));
}

static void answer_tagged(const struct http_request *request, char *body, size_t len,
                          struct http_answer *answer)
{
    snprintf(answer->etag, sizeof(answer->etag), "\"%016" PRIx64 "\"", hash64(body, len));
    if (client_has(request, answer->etag)) {
        answer->status = 304;
        free(body);
        return;
    }
    answer->status = 200;
    answer->content_type = json_content;
    take_body(answer, body, len);
}

void api_answer_json_text(const struct http_request *request, const char *json, size_t len,
                          struct http_answer *answer)
{
    answer_tagged(request, nw_memdup(json, len), len, answer);
}

/* Text made by jansson; what is not UTF-8 in Redis was left out before. */
static char *dump(json_t *root)
{
    char *text = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(6));
    json_decref(root);
    return text ? text : nw_strdup("{}");
}

void api_answer_json(const struct http_request *request, json_t *root, struct http_answer *answer)
{
    char *text = dump(root);
    answer_tagged(request, text, strlen(text), answer);
}

void api_answer_json_status(unsigned status, json_t *root, struct http_answer *answer)
{
    char *text = dump(root);
    answer->status = status;
    answer->content_type = json_content;
    take_body(answer, text, strlen(text));
}

static const char *title_of(unsigned status)
{
    switch (status) {
    case 400:
        return "Bad Request";
    case 404:
        return "Not Found";
    case 503:
        return "Service Unavailable";
    default:
        return "Internal Server Error";
    }
}

void api_answer_problem(const struct http_request *request, unsigned status, struct http_answer *answer,
                        const char *detail_format, ...)
{
    char detail[600];
    va_list args;
    va_start(args, detail_format);
    vsnprintf(detail, sizeof(detail), detail_format, args);
    va_end(args);
    json_t *root =
        json_pack("{s:s, s:s, s:i}", "type", "about:blank", "title", title_of(status), "status", (int)status);
    /* Both may hold what the client sent: left out when that is no UTF-8. */
    json_object_set_new(root, "detail", json_string(detail));
    json_object_set_new(root, "instance", json_string(http_path(request)));
    api_answer_json_status(status, root, answer);
    answer->content_type = "application/problem+json";
}

void api_answer_redirect(unsigned status, const char *location, struct http_answer *answer)
{
    answer->status = status;
    snprintf(answer->location, sizeof(answer->location), "%s", location);
}
