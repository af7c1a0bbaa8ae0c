#include "articles/event_value.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "articles/url.h"
#include "articles/utf8.h"

/* Members that hold the text of an object, best first; "eng" is Event Registry's label. */
static const char *const text_members[] = {"value",    "content", "text",  "#text", "_",    "$t",
                                           "rendered", "name",    "label", "title", "term", "eng"};

const char *event_value_text(json_t *value, size_t *len)
{
    if (json_is_string(value)) {
        *len = json_string_length(value);
        return *len > 0 ? json_string_value(value) : NULL;
    }
    if (json_is_object(value)) {
        for (size_t i = 0; i < sizeof(text_members) / sizeof(text_members[0]); i++) {
            const char *text = event_value_text(json_object_get(value, text_members[i]), len);
            if (text != NULL) return text;
        }
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        const char *text = event_value_text(json_array_get(value, i), len);
        if (text != NULL) return text;
    }
    return NULL;
}

struct gathered {
    struct arena *arena;
    char *text;
    size_t used, room, max;
};

/* By doubling: a record may hold thousands of small bodies, and the arena takes nothing back. */
static void make_room(struct gathered *g, size_t more)
{
    if (g->used + more <= g->room) return;
    size_t room = 2 * g->room > g->used + more ? 2 * g->room : g->used + more;
    char *text = arena_alloc(g->arena, room);
    if (g->used > 0) memcpy(text, g->text, g->used);
    g->text = text;
    g->room = room;
}

static void gather_string(struct gathered *g, const char *text, size_t len)
{
    if (len > g->max - g->used) len = utf8_cut(text, len, g->max - g->used);
    if (len == 0) return;
    make_room(g, len + 1);
    assert(g->text != NULL);
    memcpy(g->text + g->used, text, len);
    g->used += len;
    if (g->used < g->max) g->text[g->used++] = '\n';
}

static void gather(struct gathered *g, json_t *value)
{
    if (g->used == g->max) return;
    if (json_is_string(value)) {
        gather_string(g, json_string_value(value), json_string_length(value));
    } else if (json_is_object(value)) {
        size_t len;
        const char *text = event_value_text(json_object_get(value, "value"), &len);
        if (text == NULL) text = event_value_text(json_object_get(value, "content"), &len);
        if (text == NULL) text = event_value_text(json_object_get(value, "rendered"), &len);
        if (text == NULL) text = event_value_text(json_object_get(value, "#text"), &len);
        if (text != NULL) {
            gather_string(g, text, len);
            return;
        }
        const char *name;
        json_t *member;
        json_object_foreach (value, name, member) gather(g, member);
    } else {
        for (size_t i = 0; i < json_array_size(value); i++) {
            json_t *element = json_array_get(value, i);
            size_t before = g->used;
            gather(g, element);
            bool alternative =
                json_object_get(element, "value") != NULL || json_object_get(element, "content") != NULL;
            if (alternative && g->used > before) return;
        }
    }
}

const char *event_value_long_text(struct arena *arena, json_t *value, size_t max, size_t *len)
{
    if (json_is_string(value)) return event_value_text(value, len); /* nothing to put together */
    struct gathered g = {.arena = arena, .max = max};
    gather(&g, value);
    *len = g.used;
    return g.used > 0 ? g.text : NULL;
}

static const char *link_of(json_t *object)
{
    static const char *const members[] = {"href", "url", "@id", "value", "#text", "_", "link"};
    const char *rel = json_string_value(json_object_get(object, "rel"));
    if (rel != NULL && strcasecmp(rel, "alternate") != 0 && strcasecmp(rel, "canonical") != 0) return NULL;
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        json_t *value = json_object_get(object, members[i]);
        if (json_is_string(value) && url_looks_absolute(json_string_value(value), json_string_length(value)))
            return json_string_value(value);
    }
    return NULL;
}

const char *event_value_url(json_t *value, bool any_string)
{
    if (json_is_object(value)) return link_of(value);
    if (json_is_string(value)) {
        bool usable = json_string_length(value) > 0 &&
                      (any_string || url_looks_absolute(json_string_value(value), json_string_length(value)));
        return usable ? json_string_value(value) : NULL;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        json_t *element = json_array_get(value, i);
        if (json_is_string(element) && !any_string) continue;
        const char *url = event_value_url(element, any_string);
        if (url != NULL) return url;
    }
    return NULL;
}

int event_value_truth(json_t *value)
{
    if (json_is_boolean(value)) return json_is_true(value);
    if (json_is_integer(value) && (json_integer_value(value) | 1) == 1) return (int)json_integer_value(value);
    const char *text = json_string_value(value);
    if (text == NULL) return -1;
    if (strcasecmp(text, "true") == 0 || strcasecmp(text, "yes") == 0 || strcmp(text, "1") == 0) return 1;
    if (strcasecmp(text, "false") == 0 || strcasecmp(text, "no") == 0 || strcmp(text, "0") == 0) return 0;
    return -1;
}

static void each_part(const char *text, size_t len, bool (*take)(void *, const char *, size_t), void *cookie)
{
    for (size_t from = 0, i = 0; i <= len; i++) {
        if (i < len && text[i] != ',' && text[i] != ';') continue;
        if (i > from && !take(cookie, text + from, i - from)) return;
        from = i + 1;
    }
}

void event_value_each(json_t *value, bool (*take)(void *, const char *, size_t), void *cookie)
{
    size_t len;
    const char *text;
    if (json_is_string(value)) {
        each_part(json_string_value(value), json_string_length(value), take, cookie);
    } else if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++) {
            text = event_value_text(json_array_get(value, i), &len);
            if (text != NULL && !take(cookie, text, len)) return;
        }
    } else if ((text = event_value_text(value, &len)) != NULL) {
        take(cookie, text, len);
    }
}
