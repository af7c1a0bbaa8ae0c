#include "daemon/api_routes.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "articles/utf8.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define ID_PATTERN "^[0-9a-f]{32}$"
#define JSON_TYPE "application/json"

/* ---- parameters ---- */

#define LANGUAGE                                                                                             \
    {                                                                                                        \
        .name = "language", .form = FORM_PATTERN, .values = "^[a-z]{2,3}$",                                  \
        .wants = "a language code such as en", .help = "Only stories in this language (ISO 639)."            \
    }
#define FILTERS                                                                                              \
    LANGUAGE,                                                                                                \
        {.name = "country",                                                                                  \
         .form = FORM_PATTERN,                                                                               \
         .values = "^[A-Z]{2}$",                                                                             \
         .wants = "a country code such as GB",                                                               \
         .help = "Only stories that a source of this country (ISO 3166-1) tells."},                          \
        {.name = "tag",                                                                                      \
         .form = FORM_TEXT,                                                                                  \
         .max = 200,                                                                                         \
         .help = "Only stories with this tag, letter case aside."},                                          \
        {.name = "side",                                                                                     \
         .form = FORM_CHOICE,                                                                                \
         .values = "left center right",                                                                      \
         .help = "Only stories of which no side has more sources than this one."},                           \
    {                                                                                                        \
        .name = "q", .form = FORM_TEXT, .max = 200,                                                          \
        .help = "Only stories whose title has a word that begins with each word of this."                    \
    }
#define PAGING                                                                                               \
    {.name = "limit", .form = FORM_NUMBER, .max = 200, .help = "Stories on a page; 50 when left out."},      \
    {                                                                                                        \
        .name = "cursor", .form = FORM_PATTERN, .values = "^[0-9]{1,15}-[0-9]{1,5}-[0-9a-f]{32}$",           \
        .wants = "not one that this server gave as nextCursor",                                              \
        .help = "Where the page begins: nextCursor of the one before."                                       \
    }

static const struct api_parameter stories_parameters[] = {
    {.name = "window",
     .form = FORM_CHOICE,
     .values = "1h 6h 24h",
     .help = "Live stories with most sources in this time first; when left out, all held ones, last change "
             "first."},
    FILTERS,
    {.name = "blindspot",
     .form = FORM_CHOICE,
     .values = "left center right",
     .help = "Only stories that this side hardly covers."},
    PAGING,
};

static const struct api_parameter blindspots_parameters[] = {
    {.name = "for",
     .form = FORM_CHOICE,
     .values = "left center right",
     .required = true,
     .help = "The side that misses the stories."},
    FILTERS,
    PAGING,
};

static const struct api_parameter stream_parameters[] = {
    LANGUAGE,
    {.name = "story",
     .form = FORM_PATTERN,
     .values = ID_PATTERN,
     .wants = "an id of 32 hexadecimal digits",
     .help = "Only this story."},
    {.name = "Last-Event-ID",
     .form = FORM_PATTERN,
     .values = "^[0-9a-f]{8}:([0-9]{1,19}-[0-9]{1,19}(,[0-9]{1,19}-[0-9]{1,19})*)?$",
     .wants = "not one that this server gave",
     .in_header = true,
     .help = "Where to go on: the last id that was got."},
};

static const struct api_parameter article_parameters[] = {
    {.name = "url",
     .form = FORM_TEXT,
     .max = 2000, /* so that the percent-encoded request stays below 32 KiB */
     .required = true,
     .help = "Address of the article, in any form that has the same canonical one."},
};

/* ---- pages ---- */

#define STORY_ID .path_pattern = ID_PATTERN, .path_help = "Id of a story."
#define PARAMETERS(array) .parameters = (array), .parameter_count = COUNT(array)

static const struct api_route routes[] = {
    {.path = "/", .answer = dashboard_page, .content_type = "text/html"},
    {.path = "/dashboard.css", .answer = dashboard_css_page, .content_type = "text/css"},
    {.path = "/dashboard.js", .answer = dashboard_js_page, .content_type = "text/javascript"},
    {.path = "/openapi.json", .answer = openapi_page, .content_type = JSON_TYPE},
    {.path = "/healthz",
     .answer = health_page,
     .id = "health",
     .help = "Whether every loop turns.",
     .schema = "Health",
     .content_type = JSON_TYPE,
     .flags = ROUTE_HEALTH},
    {.path = "/readyz",
     .answer = ready_page,
     .id = "ready",
     .help = "Whether every role is ready and Redis answers.",
     .schema = "Health",
     .content_type = JSON_TYPE,
     .flags = ROUTE_HEALTH},
    {.path = "/metrics",
     .answer = metrics_page,
     .id = "metrics",
     .help = "Metrics for Prometheus.",
     .content_type = "text/plain"},
    {.path = "/v1/stories",
     .answer = stories_page,
     .id = "listStories",
     .help = "Stories, in pages.",
     .schema = "StoryList",
     .content_type = JSON_TYPE,
     .flags = ROUTE_TAGGED | ROUTE_REDIS,
     PARAMETERS(stories_parameters)},
    {.path = "/v1/stories/{id}/related",
     .answer = related_page,
     .id = "listRelatedStories",
     .help = "The stories that are closest to a story.",
     .schema = "StoryList",
     .content_type = JSON_TYPE,
     .flags = ROUTE_TAGGED | ROUTE_REDIS | ROUTE_NOT_FOUND | ROUTE_MOVED,
     STORY_ID},
    {.path = "/v1/stories/{id}",
     .answer = story_page,
     .id = "getStory",
     .help = "The last summary of a story; a merged one is redirected to what it is now.",
     .schema = "Story",
     .content_type = JSON_TYPE,
     .flags = ROUTE_TAGGED | ROUTE_REDIS | ROUTE_NOT_FOUND | ROUTE_MOVED,
     STORY_ID},
    {.path = "/v1/articles",
     .answer = article_by_url_page,
     .id = "findArticle",
     .help = "The article of an address, and the story it is in.",
     .schema = "Article",
     .content_type = JSON_TYPE,
     .flags = ROUTE_TAGGED | ROUTE_REDIS | ROUTE_NOT_FOUND,
     PARAMETERS(article_parameters)},
    {.path = "/v1/articles/{id}",
     .answer = article_page,
     .id = "getArticle",
     .help = "An article, and the story it is in.",
     .schema = "Article",
     .content_type = JSON_TYPE,
     .flags = ROUTE_TAGGED | ROUTE_REDIS | ROUTE_NOT_FOUND,
     .path_pattern = ID_PATTERN,
     .path_help = "Id of an article."},
    {.path = "/v1/blindspots",
     .answer = blindspots_page,
     .id = "listBlindspots",
     .help = "Live stories that a side hardly covers, last change first, in pages.",
     .schema = "StoryList",
     .content_type = JSON_TYPE,
     .flags = ROUTE_TAGGED | ROUTE_REDIS,
     PARAMETERS(blindspots_parameters)},
    {.path = "/v1/sources/{domain}",
     .answer = source_page,
     .id = "getSource",
     .help = "What a source has published.",
     .schema = "Source",
     .content_type = JSON_TYPE,
     .flags = ROUTE_TAGGED | ROUTE_REDIS | ROUTE_NOT_FOUND,
     .path_pattern = "^[a-z0-9._~@/-]{1,253}$",
     .path_help = "Registrable domain, or a publisher on a platform; \"/\" may be written as it is."},
    {.path = "/v1/stream",
     .answer = stream_page,
     .id = "followStories",
     .help = "Changes of stories as server-sent events; the data of an event \"story\" is a StoryChange.",
     .content_type = "text/event-stream",
     .flags = ROUTE_REDIS,
     PARAMETERS(stream_parameters)},
};

const struct api_route *api_routes(size_t *count)
{
    *count = COUNT(routes);
    return routes;
}

/* What stands in the braces; NULL: the path is another one. */
static const char *match(struct arena *arena, const char *template, const char *path)
{
    const char *open = strchr(template, '{');
    if (!open) return strcmp(template, path) == 0 ? "" : NULL;
    size_t before = (size_t)(open - template), len = strlen(path);
    const char *behind = strchr(open, '}') + 1;
    size_t after = strlen(behind);
    if (len <= before + after || strncmp(path, template, before) != 0) return NULL;
    if (strcmp(path + len - after, behind) != 0) return NULL;
    return arena_memdup(arena, path + before, len - before - after);
}

const struct api_route *api_route_find(struct arena *arena, const char *path, const char **rest)
{
    for (size_t i = 0; i < COUNT(routes); i++)
        if ((*rest = match(arena, routes[i].path, path)) != NULL) return &routes[i];
    return NULL;
}

/* ---- checking ---- */

static bool matches_pattern(const char *pattern, const char *value)
{
    regex_t regex;
    if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0)
        return false; /* none of the table: a test tries them */
    bool matches = regexec(&regex, value, 0, NULL, 0) == 0;
    regfree(&regex);
    return matches;
}

static bool is_choice(const char *choices, const char *value)
{
    size_t len = strlen(value);
    for (const char *at = choices; *at; at += strcspn(at, " "), at += *at == ' ')
        if (len > 0 && strcspn(at, " ") == len && strncmp(at, value, len) == 0) return true;
    return false;
}

static bool is_number(const char *value, int max)
{
    size_t digits = strspn(value, "0123456789");
    if (digits == 0 || digits > 9 || value[digits]) return false;
    long number = strtol(value, NULL, 10);
    return number >= 1 && number <= max;
}

/* "left, center or right" */
static const char *choices_text(struct arena *arena, const char *choices)
{
    const char *text = "";
    for (const char *at = choices; *at;) {
        size_t len = strcspn(at, " ");
        const char *next = at + len + (at[len] == ' ');
        text = arena_printf(arena, "%s%s%.*s", text,
                            *text == '\0' ? ""
                            : *next       ? ", "
                                          : " or ",
                            (int)len, at);
        at = next;
    }
    return text;
}

static const char *wanted(struct arena *arena, const struct api_parameter *parameter)
{
    switch (parameter->form) {
    case FORM_CHOICE:
        return choices_text(arena, parameter->values);
    case FORM_NUMBER:
        return arena_printf(arena, "a number from 1 to %d", parameter->max);
    case FORM_PATTERN:
        return parameter->wants;
    case FORM_TEXT:
        break;
    }
    return arena_printf(arena, "a text of 1 to %d characters", parameter->max);
}

static bool is_of_form(const struct api_parameter *parameter, const char *value)
{
    switch (parameter->form) {
    case FORM_CHOICE:
        return is_choice(parameter->values, value);
    case FORM_NUMBER:
        return is_number(value, parameter->max);
    case FORM_PATTERN:
        return matches_pattern(parameter->values, value);
    case FORM_TEXT:
        break;
    }
    size_t len = strlen(value), characters = 0;
    for (const char *at = value; *at; at++) characters += ((unsigned char)*at & 0xC0) != 0x80;
    return len > 0 && characters <= (size_t)parameter->max && utf8_valid(value, len);
}

struct known {
    const struct api_route *route;
    const char *unknown;
};

static bool check_name(void *context, const char *name)
{
    struct known *known = context;
    for (size_t i = 0; i < known->route->parameter_count; i++) {
        const struct api_parameter *parameter = &known->route->parameters[i];
        if (!parameter->in_header && strcmp(parameter->name, name) == 0) return true;
    }
    known->unknown = name;
    return false;
}

bool api_route_check(const struct page *page)
{
    const struct api_route *route = page->route;
    struct known known = {.route = route};
    http_each_query(page->request, check_name, &known);
    if (known.unknown) {
        api_answer_problem(page->request, 400, page->answer, "Unknown query parameter \"%.100s\".",
                           known.unknown);
        return false;
    }
    for (size_t i = 0; i < route->parameter_count; i++) {
        const struct api_parameter *parameter = &route->parameters[i];
        const char *value = parameter->in_header ? http_header(page->request, parameter->name)
                                                 : http_query(page->request, parameter->name);
        if (!value && !parameter->required) continue;
        if (value && is_of_form(parameter, value)) continue;
        api_answer_problem(page->request, 400, page->answer, "%s is %s%s.", parameter->name,
                           value ? "" : "missing: ", wanted(page->arena, parameter));
        return false;
    }
    return true;
}
