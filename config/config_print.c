#include "config/config.h"

#include <stdlib.h>
#include <string.h>

#include "config/config_keys.h"

/* A text in libconfig's quotes. */
static void print_quoted(const char *text, FILE *out)
{
    fputc('"', out);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            fprintf(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            fprintf(out, "\\x%02x", c);
        else
            fputc(c, out);
    }
    fputc('"', out);
}

/* The words of a space-separated text as an array. */
static void print_words(const char *words, FILE *out)
{
    fputc('[', out);
    for (const char *at = words; *at; at += strcspn(at, " "), at += *at == ' ')
        fprintf(out, "%s\"%.*s\"", at == words ? "" : ", ", (int)strcspn(at, " "), at);
    fputc(']', out);
}

static void print_default(const struct config_key *key, FILE *out)
{
    if (key->kind == CONFIG_KIND_INT)
        fprintf(out, "%lld", (long long)key->default_number);
    else if (key->kind == CONFIG_KIND_BOOL)
        fputs(key->default_number ? "true" : "false", out);
    else if (key->kind == CONFIG_KIND_LIST)
        print_words(key->default_text, out);
    else
        print_quoted(key->default_text, out);
}

static void print_value(const struct config_key *key, const void *field, FILE *out)
{
    switch (key->kind) {
    case CONFIG_KIND_TEXT:
    case CONFIG_KIND_FILE:
    case CONFIG_KIND_CHOICE:
        print_quoted(*(char *const *)field, out);
        break;
    case CONFIG_KIND_SECRET:
        print_quoted(((const struct config_secret *)field)->file, out);
        break;
    case CONFIG_KIND_INT:
        fprintf(out, "%lld", (long long)*(const int64_t *)field);
        break;
    case CONFIG_KIND_BOOL:
        fputs(*(const bool *)field ? "true" : "false", out);
        break;
    case CONFIG_KIND_LIST: {
        const struct config_list *list = field;
        fputc('[', out);
        for (size_t i = 0; i < list->count; i++) {
            if (i) fputs(", ", out);
            print_quoted(list->items[i], out);
        }
        fputc(']', out);
    }
    }
}

static void print_key(const struct config *config, const struct config_key *key, const char *indent,
                      FILE *out)
{
    fprintf(out, "%s# %s\n%s# ", indent, key->help, indent);
    if (key->kind == CONFIG_KIND_INT)
        fprintf(out, "%lld to %lld%s%s; ", (long long)key->min, (long long)key->max, *key->unit ? " " : "",
                key->unit);
    else if (*key->choices)
        fprintf(out, "%s%s; ", key->kind == CONFIG_KIND_LIST ? "any of: " : "one of: ", key->choices);
    fputs("default ", out);
    print_default(key, out);
    fprintf(out, "; %s\n%s%s = ", key->reload ? "reloaded on SIGHUP" : "needs a restart", indent, key->name);
    print_value(key, config_field_const(config, key), out);
    fputs(";\n", out);
}

static void print_properties(const struct config *config, FILE *out)
{
    fputs("    # Any librdkafka property: (\"name\", \"value\") or \"name=value\"; with a name that ends in "
          "_file\n"
          "    # the value is the content of that file: (\"sasl.password_file\", "
          "\"/etc/newswired/kafka.password\").\n"
          "    # default (); needs a restart\n    properties = (",
          out);
    for (size_t i = 0; i < config->kafka_property_count; i++) {
        const struct config_property *property = &config->kafka_properties[i];
        char name[256];
        snprintf(name, sizeof(name), "%s%s", property->name, property->file ? "_file" : "");
        fputs(i ? ",\n        (" : "\n        (", out);
        print_quoted(name, out);
        fputs(", ", out);
        print_quoted(property->file ? property->file : property->value, out);
        fputc(')', out);
    }
    fputs(config->kafka_property_count ? "\n    );\n" : ");\n", out);
}

void config_print(const struct config *config, FILE *out)
{
    fputs("# newswired.conf - every key with its default, as printed by `newswired --print-config`.\n"
          "# `newswired --check -c FILE` says what is wrong with a file. A key that is left out has its "
          "default.\n\n",
          out);
    for (size_t s = 0; s < config_section_count; s++) {
        const struct config_section *section = &config_sections[s];
        bool top = strcmp(section->name, "root") == 0;
        if (!top) fprintf(out, "\n# %s\n%s: {\n", section->help, section->name);
        for (size_t i = 0; i < config_key_count; i++)
            if (strcmp(config_keys[i].section, section->name) == 0)
                print_key(config, &config_keys[i], top ? "" : "    ", out);
        if (strcmp(section->name, "kafka") == 0) print_properties(config, out);
        if (!top) fputs("};\n", out);
    }
}

/* ---- one value, for the log ---- */

static const struct config_key *key_of_path(const char *path)
{
    char one[80];
    for (size_t i = 0; i < config_key_count; i++)
        if (strcmp(config_key_path(&config_keys[i], one), path) == 0) return &config_keys[i];
    return NULL;
}

char *config_value_text(const struct config *config, const char *path)
{
    char *text = NULL;
    size_t len;
    const struct config_key *key = key_of_path(path);
    FILE *out = open_memstream(&text, &len);
    if (out == NULL) abort();                           /* out of memory */
    if (key != NULL && key->kind <= CONFIG_KIND_CHOICE) /* the texts: without quotes */
        fputs(key->kind == CONFIG_KIND_SECRET
                  ? ((const struct config_secret *)config_field_const(config, key))->file
                  : *(char *const *)config_field_const(config, key),
              out);
    else if (key != NULL)
        print_value(key, config_field_const(config, key), out);
    for (size_t i = 0; key == NULL && i < config->kafka_property_count; i++)
        fprintf(out, "%s%s", i ? "," : "", config->kafka_properties[i].name);
    fclose(out);
    char *query = strstr(text, "://") != NULL ? strpbrk(text, "?#") : NULL;
    if (query != NULL) *query = '\0';
    return text;
}
