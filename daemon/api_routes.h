/*
 * api_routes - the table of pages and their parameters: what is served, what is refused and what
 * /openapi.json says all follow from it.
 */
#ifndef NW_DAEMON_API_ROUTES_H
#define NW_DAEMON_API_ROUTES_H

#include <stddef.h>

#include "daemon/api_page.h"

enum api_form {
    FORM_CHOICE,  /* one of the words in values */
    FORM_NUMBER,  /* 1 to max */
    FORM_PATTERN, /* values is an extended regular expression, for POSIX and ECMA alike; wants says it in
                     words */
    FORM_TEXT,    /* UTF-8, at most max characters, not empty */
};

struct api_parameter {
    const char *name;
    enum api_form form;
    const char *values, *wants;
    int max;
    bool required, in_header;
    const char *help;
};

enum {
    ROUTE_TAGGED = 1 << 0,    /* ETag: 304 */
    ROUTE_REDIS = 1 << 1,     /* 503 when Redis does not answer */
    ROUTE_NOT_FOUND = 1 << 2, /* 404 beside what the path says */
    ROUTE_MOVED = 1 << 3,     /* 301 */
    ROUTE_HEALTH = 1 << 4,    /* 503 is of the same schema */
};

struct api_route {
    const char *path; /* with one "{name}" for what stands there, whole segments */
    void (*answer)(const struct page *page);
    const char *id, *help;    /* operationId and summary; help NULL: not in /openapi.json */
    const char *schema;       /* in docs/schemas/api.schema.json; NULL: content_type is no JSON */
    const char *content_type; /* of 200 */
    unsigned flags;
    const struct api_parameter *parameters;
    size_t parameter_count;
    const char *path_pattern, *path_help; /* of what is in the braces */
};

/* In the order they are looked at. */
const struct api_route *api_routes(size_t *count);
/* The route of a path; *rest gets what is in the braces. NULL: there is none. */
const struct api_route *api_route_find(struct arena *arena, const char *path, const char **rest);
/* False: it is not as the table has it, and 400 is the answer. */
bool api_route_check(const struct page *page);

#endif
