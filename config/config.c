#include "config/config.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "config/config_check.h"
#include "config/config_keys.h"

static void free_list(struct config_list *list)
{
    for (size_t i = 0; i < list->count; i++) free(list->items[i]);
    free(list->items);
    *list = (struct config_list){0};
}

static void free_secret_text(char *text)
{
    if (text) explicit_bzero(text, strlen(text));
    free(text);
}

static struct config_list split_words(const char *words, char separator)
{
    struct config_list list = {0};
    const char separators[2] = {separator, '\0'};
    while (*words) {
        size_t len = strcspn(words, separators);
        list.items = nw_realloc(list.items, list.count + 1, sizeof(*list.items));
        list.items[list.count++] = nw_memdup(words, len);
        words += len;
        if (*words) words++;
    }
    return list;
}

struct config *config_default(void)
{
    struct config *config = nw_calloc(1, sizeof(*config));
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *key = &config_keys[i];
        void *field = config_field(config, key);
        switch (key->kind) {
        case CONFIG_KIND_TEXT:
        case CONFIG_KIND_FILE:
        case CONFIG_KIND_CHOICE:
            *(char **)field = nw_strdup(key->default_text);
            break;
        case CONFIG_KIND_SECRET:
            *(struct config_secret *)field = (struct config_secret){nw_strdup(""), nw_strdup("")};
            break;
        case CONFIG_KIND_INT:
            *(int64_t *)field = key->default_number;
            break;
        case CONFIG_KIND_BOOL:
            *(bool *)field = key->default_number != 0;
            break;
        case CONFIG_KIND_LIST:
            *(struct config_list *)field = split_words(key->default_text, ' ');
            break;
        }
    }
    return config;
}

void config_free(struct config *config)
{
    if (!config) return;
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *key = &config_keys[i];
        void *field = config_field(config, key);
        switch (key->kind) {
        case CONFIG_KIND_TEXT:
        case CONFIG_KIND_FILE:
        case CONFIG_KIND_CHOICE:
            free(*(char **)field);
            break;
        case CONFIG_KIND_SECRET:
            free(((struct config_secret *)field)->file);
            free_secret_text(((struct config_secret *)field)->value);
            break;
        case CONFIG_KIND_LIST:
            free_list(field);
            break;
        case CONFIG_KIND_INT:
        case CONFIG_KIND_BOOL:
            break;
        }
    }
    for (size_t i = 0; i < config->kafka_property_count; i++) {
        free(config->kafka_properties[i].name);
        free(config->kafka_properties[i].file);
        free_secret_text(config->kafka_properties[i].value);
    }
    free(config->kafka_properties);
    free(config);
}

bool config_has_role(const struct config *config, const char *role)
{
    for (size_t i = 0; i < config->root_roles.count; i++)
        if (strcmp(config->root_roles.items[i], role) == 0) return true;
    return false;
}

enum nw_err config_set_roles(struct config *config, const char *roles, struct config_report *report)
{
    size_t before = report->count;
    struct config_list list = split_words(roles, ',');
    const char *choices = config_key_find("root", "roles")->choices;
    for (size_t i = 0; i < list.count; i++)
        if (!check_choice(choices, list.items[i]))
            config_report_add(report, NULL, 0, "--role: \"%s\" is not one of: %s", list.items[i], choices);
    free_list(&config->root_roles);
    config->root_roles = list;
    config_check_whole(config, NULL, report);
    return report->count > before ? NW_ERR_INPUT : NW_OK;
}

static bool same_list(const struct config_list *a, const struct config_list *b)
{
    if (a->count != b->count) return false;
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->items[i], b->items[i]) != 0) return false;
    return true;
}

static bool same_value(const struct config_key *key, const void *a, const void *b)
{
    switch (key->kind) {
    case CONFIG_KIND_TEXT:
    case CONFIG_KIND_FILE:
    case CONFIG_KIND_CHOICE:
        return strcmp(*(char *const *)a, *(char *const *)b) == 0;
    case CONFIG_KIND_SECRET: {
        const struct config_secret *left = a, *right = b;
        return strcmp(left->file, right->file) == 0 && strcmp(left->value, right->value) == 0;
    }
    case CONFIG_KIND_INT:
        return *(const int64_t *)a == *(const int64_t *)b;
    case CONFIG_KIND_BOOL:
        return *(const bool *)a == *(const bool *)b;
    case CONFIG_KIND_LIST:
        return same_list(a, b);
    }
    return false;
}

static bool same_properties(const struct config *a, const struct config *b)
{
    if (a->kafka_property_count != b->kafka_property_count) return false;
    for (size_t i = 0; i < a->kafka_property_count; i++)
        if (strcmp(a->kafka_properties[i].name, b->kafka_properties[i].name) != 0 ||
            strcmp(a->kafka_properties[i].value, b->kafka_properties[i].value) != 0)
            return false;
    return true;
}

void config_diff(const struct config *before, const struct config *after,
                 void (*changed)(void *context, const char *key, bool reloadable), void *context)
{
    char path[80];
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *key = &config_keys[i];
        if (!same_value(key, config_field_const(before, key), config_field_const(after, key)))
            changed(context, config_key_path(key, path), key->reload);
    }
    if (!same_properties(before, after)) changed(context, "kafka.properties", false);
}

void config_report_add(struct config_report *report, const char *file, int line, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    report->issues = nw_grow(report->issues, &report->capacity, report->count + 1, sizeof(*report->issues));
    report->issues[report->count++] =
        (struct config_issue){.file = file ? nw_strdup(file) : NULL, .line = line, .text = nw_strdup(text)};
}

void config_report_print(const struct config_report *report, FILE *out)
{
    for (size_t i = 0; i < report->count; i++) {
        const struct config_issue *issue = &report->issues[i];
        if (issue->file) fprintf(out, "%s:", issue->file);
        if (issue->line > 0) fprintf(out, "%d:", issue->line);
        fprintf(out, "%s%s\n", issue->file ? " " : "", issue->text);
    }
}

void config_report_fini(struct config_report *report)
{
    for (size_t i = 0; i < report->count; i++) {
        free(report->issues[i].file);
        free(report->issues[i].text);
    }
    free(report->issues);
    *report = (struct config_report){0};
}
