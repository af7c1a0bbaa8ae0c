/*
 * config - the configuration: libconfig file -> plain struct, checked against config_table.h.
 *
 * Owns all its strings. Loading reports every mistake it finds, not only the first, each with file
 * and line; a file with any mistake yields no configuration. Field names are <section>_<name>.
 * Only daemon/ uses this; other modules get their own structs (consumers/options.h).
 *
 * kafka.properties takes any librdkafka property. Their names have dots, which libconfig cannot have
 * as a key, so it is a list: ( ("security.protocol", "SASL_SSL"), "linger.ms=5" ). A name that ends
 * in _file gives the property's value as the content of that file: ("sasl.password_file", "kafka").
 */
#ifndef NW_CONFIG_CONFIG_H
#define NW_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "config/config_table.h"

struct config_list {
    char **items;
    size_t count;
};

/* file: as written, "" when unset; value: its content without the last newline, wiped when freed. */
struct config_secret {
    char *file, *value;
};

struct config_property {
    char *name;  /* librdkafka's name */
    char *value; /* wiped when freed */
    char *file;  /* where the value came from; NULL when written in the configuration */
    int line;    /* in the configuration */
};

struct config {
#define CONFIG_TEXT_FIELD(section, name, ...) char *section##_##name;
#define CONFIG_SECRET_FIELD(section, name, ...) struct config_secret section##_##name;
#define CONFIG_INT_FIELD(section, name, ...) int64_t section##_##name;
#define CONFIG_BOOL_FIELD(section, name, ...) bool section##_##name;
#define CONFIG_LIST_FIELD(section, name, ...) struct config_list section##_##name;
    CONFIG_KEYS(CONFIG_TEXT_FIELD, CONFIG_TEXT_FIELD, CONFIG_SECRET_FIELD, CONFIG_TEXT_FIELD,
                CONFIG_INT_FIELD, CONFIG_BOOL_FIELD, CONFIG_LIST_FIELD)
#undef CONFIG_TEXT_FIELD
#undef CONFIG_SECRET_FIELD
#undef CONFIG_INT_FIELD
#undef CONFIG_BOOL_FIELD
#undef CONFIG_LIST_FIELD
    struct config_property *kafka_properties;
    size_t kafka_property_count;
};

/* What is wrong, one sentence an item; line 0 when it is about no line. */
struct config_issue {
    char *file; /* NULL: no file */
    int line;
    char *text;
};

struct config_report {
    struct config_issue *issues;
    size_t count, capacity;
};

/* Every key at its default; never fails. */
struct config *config_default(void);
/* NW_ERR_INPUT with the reasons in report when anything is wrong. report is initialised by {0} and
 * keeps what is in it; config_report_fini() it. */
enum nw_err config_load(const char *path, struct config **out, struct config_report *report) NW_MUST_CHECK;
/* The same from a text; name stands for the file in issues, relative paths belong to the working folder. */
enum nw_err config_load_text(const char *text, const char *name, struct config **out,
                             struct config_report *report) NW_MUST_CHECK;
void config_free(struct config *config);

/* --role: replaces roles by a comma-separated list. */
enum nw_err config_set_roles(struct config *config, const char *roles,
                             struct config_report *report) NW_MUST_CHECK;
bool config_has_role(const struct config *config, const char *role);

/* The whole configuration in libconfig's syntax with the meaning of every key; what it prints loads
 * to the same values. Secrets are shown by file name only. */
void config_print(const struct config *config, FILE *out);

/* The value of "section.name", for the log; the caller frees it. Nothing secret is in
 * it: secrets are file names, of kafka.properties only the names are told, and what follows '?' or '#' in an
 * address (where keys of services go) is left out. */
char *config_value_text(const struct config *config, const char *path);

/* Calls changed(key, reloadable) for every key whose value differs, in table order. */
void config_diff(const struct config *before, const struct config *after,
                 void (*changed)(void *context, const char *key, bool reloadable), void *context);

/* "file:line: text\n" for each issue. */
void config_report_print(const struct config_report *report, FILE *out);
void config_report_add(struct config_report *report, const char *file, int line, const char *format, ...)
    NW_PRINTF(4, 5);
void config_report_fini(struct config_report *report);

#endif
