#define _GNU_SOURCE /* memmem */
#include "daemon/event_line.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "articles/event_time.h"
#include "base/instant.h"

static const char *const own_keys[] = {"_raw", "_key", "_headers", "_appendTime"};

static int64_t append_time(const json_t *value)
{
    struct event_time time;
    enum nw_err err = NW_ERR_INPUT;
    if (json_is_number(value))
        err = event_time_from_number(json_number_value(value), &time);
    else if (json_is_string(value))
        err = event_time_parse(json_string_value(value), json_string_length(value), &time);
    return err == NW_OK ? time.ms : NW_NO_TIME;
}

static void take_headers(struct arena *arena, json_t *object, struct input_record *out)
{
    const char *name;
    json_t *value;
    struct input_header *headers = arena_calloc(arena, json_object_size(object) + 1, sizeof(*headers));
    size_t count = 0;
    json_object_foreach (object, name, value) {
        struct input_header *h = &headers[count++];
        h->name = arena_strdup(arena, name);
        if (!json_is_string(value)) continue;
        h->len = json_string_length(value);
        h->value = arena_memdup(arena, json_string_value(value), h->len);
    }
    out->headers = headers;
    out->header_count = count;
}

static void take_value(struct arena *arena, json_t *object, struct input_record *out)
{
    const json_t *raw = json_object_get(object, "_raw");
    if (json_is_null(raw)) {
        out->value = NULL;
        out->len = 0;
    } else if (json_is_string(raw)) {
        out->len = json_string_length(raw);
        out->value = arena_memdup(arena, json_string_value(raw), out->len);
    } else {
        for (size_t i = 0; i < sizeof(own_keys) / sizeof(own_keys[0]); i++)
            json_object_del(object, own_keys[i]);
        char *text = json_dumps(object, JSON_COMPACT | JSON_PRESERVE_ORDER);
        if (text == NULL) return; /* cannot be: it came from a parser. The line stays the value */
        out->len = strlen(text);
        out->value = arena_memdup(arena, text, out->len);
        free(text);
    }
}

void event_line_parse(struct arena *arena, const char *line, size_t len, struct input_record *out)
{
    *out = (struct input_record){.value = line, .len = len, .append_ms = NW_NO_TIME};
    if (memmem(line, len, "\"_", 2) == NULL) return; /* most lines: nothing to look for */
    json_t *object = json_loadb(line, len, JSON_ALLOW_NUL, NULL);
    bool ours = false;
    for (size_t i = 0; i < sizeof(own_keys) / sizeof(own_keys[0]) && json_is_object(object); i++)
        ours = ours || json_object_get(object, own_keys[i]) != NULL;
    if (ours) {
        const json_t *key = json_object_get(object, "_key");
        if (json_is_string(key)) {
            out->key_len = json_string_length(key);
            out->key = arena_memdup(arena, json_string_value(key), out->key_len);
        }
        out->append_ms = append_time(json_object_get(object, "_appendTime"));
        take_headers(arena, json_object_get(object, "_headers"), out);
        take_value(arena, object, out);
    }
    json_decref(object);
}
