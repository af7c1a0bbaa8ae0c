/* /openapi.json: an OpenAPI 3.1 document of the table of routes and the schemas of docs/schemas. */
#include <assert.h>
#include <ctype.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "daemon/api_page.h"
#include "daemon/api_routes.h"
#include "daemon/schemas.h"

#define COMPONENTS "#/components/schemas/"

/* ---- schemas ---- */

/* References into a file's own $defs, and to other files by their URN, become references to components. */
static void rewrite_references(json_t *node, const char *prefix)
{
    static const char own[] = "#/$defs/", other[] = "urn:newswired:schema:";
    const char *key;
    json_t *child;
    size_t i;
    json_array_foreach (node, i, child) rewrite_references(child, prefix);
    json_object_foreach (node, key, child) {
        const char *to = strcmp(key, "$ref") == 0 ? json_string_value(child) : NULL;
        if (!to) {
            rewrite_references(child, prefix);
        } else if (strncmp(to, own, sizeof(own) - 1) == 0) {
            json_object_set_new(node, key, json_sprintf(COMPONENTS "%s%s", prefix, to + sizeof(own) - 1));
            return; /* the object has changed under the loop; nothing stands beside a reference */
        } else if (strncmp(to, other, sizeof(other) - 1) == 0) {
            const char *name = to + sizeof(other) - 1;
            json_object_set_new(node, key,
                                json_sprintf(COMPONENTS "%c%.*s", toupper((unsigned char)*name),
                                             (int)strcspn(name, ":") - 1, name + 1));
            return;
        }
    }
}

/* A schema file as components: its $defs with the prefix before their names, and the whole as root (NULL: it
 * is only definitions). */
static void add_schemas(json_t *components, const char *text, size_t len, const char *prefix,
                        const char *root)
{
    json_t *schema = json_loadb(text, len, 0, NULL), *defs = json_object_get(schema, "$defs"), *definition;
    assert(schema); /* it is in the binary, and a test reads it */
    const char *name;
    char full[100];
    json_object_foreach (defs, name, definition) {
        rewrite_references(definition, prefix);
        snprintf(full, sizeof(full), "%s%s", prefix, name);
        json_object_set(components, full, definition);
    }
    json_object_del(schema, "$defs");
    json_object_del(schema, "$id");
    json_object_del(schema, "$schema");
    if (root) {
        rewrite_references(schema, prefix);
        json_object_set(components, root, schema);
    }
    json_decref(schema);
}

static json_t *components(void)
{
    json_t *schemas = json_object();
    add_schemas(schemas, schema_api, schema_api_len, "", NULL);
    add_schemas(schemas, schema_coverage, schema_coverage_len, "Coverage.", "Coverage");
    add_schemas(schemas, schema_insights, schema_insights_len, "Insights.", "Insights");
    return json_pack("{s:o}", "schemas", schemas);
}

/* ---- operations ---- */

static json_t *reference(const char *schema)
{
    return json_pack("{s:o}", "$ref", json_sprintf(COMPONENTS "%s", schema));
}

static json_t *parameter_schema(const struct api_parameter *parameter)
{
    json_t *schema, *words;
    switch (parameter->form) {
    case FORM_CHOICE:
        words = json_array();
        for (const char *at = parameter->values; *at; at += strcspn(at, " "), at += *at == ' ')
            json_array_append_new(words, json_stringn(at, strcspn(at, " ")));
        return json_pack("{s:s, s:o}", "type", "string", "enum", words);
    case FORM_NUMBER:
        return json_pack("{s:s, s:i, s:i}", "type", "integer", "minimum", 1, "maximum", parameter->max);
    case FORM_PATTERN:
        return json_pack("{s:s, s:s}", "type", "string", "pattern", parameter->values);
    case FORM_TEXT:
        break;
    }
    schema = json_pack("{s:s, s:i, s:i, s:s}", "type", "string", "minLength", 1, "maxLength", parameter->max,
                       "pattern", "^[^\\u0000]*$");
    return schema;
}

static json_t *parameters_json(const struct api_route *route)
{
    json_t *list = json_array();
    const char *open = strchr(route->path, '{');
    if (open)
        json_array_append_new(list, json_pack("{s:o, s:s, s:b, s:s, s:{s:s, s:s}}", "name",
                                              json_stringn(open + 1, strcspn(open + 1, "}")), "in", "path",
                                              "required", 1, "description", route->path_help, "schema",
                                              "type", "string", "pattern", route->path_pattern));
    for (size_t i = 0; i < route->parameter_count; i++) {
        const struct api_parameter *parameter = &route->parameters[i];
        json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:s, s:o}", "name", parameter->name, "in",
                                              parameter->in_header ? "header" : "query", "required",
                                              parameter->required, "description", parameter->help, "schema",
                                              parameter_schema(parameter)));
    }
    return list;
}

static json_t *response(const char *description, const char *content_type, json_t *schema)
{
    return json_pack("{s:s, s:{s:{s:o}}}", "description", description, "content", content_type, "schema",
                     schema);
}

static json_t *problem(const char *description)
{
    return response(description, "application/problem+json", reference("Problem"));
}

static json_t *responses_json(const struct api_route *route)
{
    json_t *all = json_object();
    json_t *good = route->schema ? reference(route->schema) : json_pack("{s:s}", "type", "string");
    json_object_set_new(all, "200", response("As asked.", route->content_type, good));
    if (route->flags & ROUTE_MOVED)
        json_object_set_new(all, "301",
                            json_pack("{s:s, s:{s:{s:s, s:{s:s}}}}", "description",
                                      "The story was merged into another one.", "headers", "Location",
                                      "description", "The page of that one.", "schema", "type", "string"));
    if (route->flags & ROUTE_TAGGED)
        json_object_set_new(all, "304",
                            json_pack("{s:s}", "description", "If-None-Match has the present ETag."));
    json_object_set_new(all, "400", problem("A parameter is unknown or not of its form."));
    if (strchr(route->path, '{') || route->flags & ROUTE_NOT_FOUND)
        json_object_set_new(all, "404", problem("There is none."));
    if (route->flags & ROUTE_REDIS)
        json_object_set_new(all, "503", problem("Redis does not answer, or too many clients."));
    if (route->flags & ROUTE_HEALTH)
        json_object_set_new(all, "503", response("No.", route->content_type, reference(route->schema)));
    json_object_set_new(all, "405", problem("Only GET and HEAD."));
    json_object_set_new(all, "414", json_pack("{s:s}", "description", "The request is larger than 32 KiB."));
    json_object_set_new(all, "431", json_pack("{s:s}", "description", "The request is larger than 32 KiB."));
    return all;
}

static json_t *operation(const struct api_route *route)
{
    return json_pack("{s:s, s:s, s:o, s:o}", "operationId", route->id, "summary", route->help, "parameters",
                     parameters_json(route), "responses", responses_json(route));
}

void openapi_page(const struct page *page)
{
    size_t count;
    const struct api_route *routes = api_routes(&count);
    json_t *paths = json_object();
    for (size_t i = 0; i < count; i++)
        if (routes[i].help)
            json_object_set_new(paths, routes[i].path, json_pack("{s:o}", "get", operation(&routes[i])));
    json_t *root = json_pack("{s:s, s:{s:s, s:s, s:s}, s:[{s:s}], s:o, s:o}", "openapi", "3.1.0", "info",
                             "title", "newswired", "version", NEWSWIRED_VERSION, "description",
                             "Stories and who covers them. Read-only; every page also answers HEAD.",
                             "servers", "url", "/", "paths", paths, "components", components());
    assert(root);
    api_answer_json(page->request, root, page->answer);
}
