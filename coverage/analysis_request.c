#include "coverage/analysis_request.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "coverage/analysis_answer.h"

/* What we set ourselves. */
static const char *const own[] = {"model", "messages", "stream", "response_format", "n", "tools"};

bool analysis_format_parse(const char *text, enum analysis_format *out)
{
    static const char *const names[] = {
#define ANALYSIS_FORMAT_TEXT(id, text) text,
        ANALYSIS_FORMATS(ANALYSIS_FORMAT_TEXT)
#undef ANALYSIS_FORMAT_TEXT
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], text) != 0) continue;
        *out = (enum analysis_format)i;
        return true;
    }
    return false;
}

bool analysis_extra_valid(const char *extra, const char **reason)
{
    if (extra[0] == '\0') return true;
    json_t *object = json_loads(extra, JSON_REJECT_DUPLICATES, NULL);
    *reason = "wants a JSON object, as {\"temperature\":0}";
    bool valid = json_is_object(object);
    for (size_t i = 0; valid && i < sizeof(own) / sizeof(own[0]); i++) {
        if (json_object_get(object, own[i]) == NULL) continue;
        *reason = "model, messages, stream, response_format, n and tools are set by newswired";
        valid = false;
    }
    json_decref(object);
    return valid;
}

/* ---- the schema of the answer ---- */

static json_t *text_type(void)
{
    return json_pack("{s:s}", "type", "string");
}

static json_t *object_type(json_t *properties)
{
    const char *name;
    json_t *value, *required = json_array();
    json_object_foreach (properties, name, value) json_array_append_new(required, json_string(name));
    return json_pack("{s:s, s:b, s:o, s:o}", "type", "object", "additionalProperties", 0, "properties",
                     properties, "required", required);
}

static json_t *response_format(const struct analysis_material *material, enum analysis_format format)
{
    if (format == FORMAT_JSON_OBJECT) return json_pack("{s:s}", "type", "json_object");
    json_t *sides = json_object();
    for (int side = 0; side < SIDE_COUNT; side++)
        if (analysis_material_side(material, (enum side)side).count > 0)
            json_object_set_new(sides, side_name((enum side)side), text_type());
    json_t *insights = json_pack("{s:s, s:o, s:i, s:i}", "type", "array", "items", text_type(), "minItems",
                                 ANALYSIS_INSIGHTS_MIN, "maxItems", ANALYSIS_INSIGHTS_MAX);
    json_t *answer = object_type(json_pack("{s:o, s:o, s:o, s:o}", "title", text_type(), "lead", text_type(),
                                           "insights", insights, "sides", object_type(sides)));
    return json_pack("{s:s, s:{s:s, s:b, s:o}}", "type", "json_schema", "json_schema", "name", "news_summary",
                     "strict", 1, "schema", answer);
}

/* ---- the articles ---- */

static char *user_message(const struct analysis_material *material)
{
    json_t *sides = json_array(), *articles = json_array();
    for (int side = 0; side < SIDE_COUNT; side++)
        if (analysis_material_side(material, (enum side)side).count > 0)
            json_array_append_new(sides, json_string(side_name((enum side)side)));
    for (size_t i = 0; i < material->count; i++) {
        const struct material_article *a = &material->articles[i];
        json_array_append_new(articles, json_pack("{s:s, s:s, s:s, s:s}", "source", a->source, "side",
                                                  side_name(a->side), "title", a->title, "text", a->text));
    }
    json_t *root =
        json_pack("{s:s, s:o, s:o}", "language", material->language, "sides", sides, "articles", articles);
    char *text = json_dumps(root, JSON_COMPACT);
    json_decref(root);
    assert(text != NULL); /* all of it was read as valid JSON or protobuf text */
    return text;
}

char *analysis_request_body(const struct analysis_material *material, const struct analysis_asking *asking,
                            size_t *len)
{
    json_t *root = asking->extra[0] != '\0' ? json_loads(asking->extra, 0, NULL) : json_object();
    char *user = user_message(material);
    assert(json_is_object(root)); /* analysis_extra_valid() */
    json_object_set_new(root, "model", json_string(asking->model));
    json_object_set_new(root, "messages",
                        json_pack("[{s:s, s:s}, {s:s, s:s}]", "role", "system", "content", asking->prompt,
                                  "role", "user", "content", user));
    json_object_set_new(root, "stream", json_false());
    if (asking->format != FORMAT_NONE)
        json_object_set_new(root, "response_format", response_format(material, asking->format));
    char *body = json_dumps(root, JSON_COMPACT);
    json_decref(root);
    free(user);
    assert(body != NULL);
    *len = strlen(body);
    return body;
}
