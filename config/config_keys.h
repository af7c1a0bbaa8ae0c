/*
 * config_keys - the table of config_table.h as rows, for the loader, the printer and the checks.
 */
#ifndef NW_CONFIG_KEYS_H
#define NW_CONFIG_KEYS_H

#include "config/config.h"

enum config_kind {
    CONFIG_KIND_TEXT,
    CONFIG_KIND_FILE,
    CONFIG_KIND_SECRET,
    CONFIG_KIND_CHOICE,
    CONFIG_KIND_INT,
    CONFIG_KIND_BOOL,
    CONFIG_KIND_LIST
};

/* NULL when the text will do, else what it should be ("a topic name: ..."). */
typedef const char *config_check(const char *text);

struct config_key {
    const char *section, *name; /* section "root": top level */
    enum config_kind kind;
    size_t offset;            /* of the field in struct config */
    const char *default_text; /* TEXT, FILE, CHOICE, LIST */
    int64_t default_number;   /* INT, BOOL */
    int64_t min, max;         /* INT */
    const char *unit;         /* INT, may be "" */
    const char *choices;      /* CHOICE, LIST; "" when any text will do */
    config_check *check;      /* TEXT; NULL when any text will do */
    bool reload;
    const char *help;
};

struct config_section {
    const char *name, *help;
};

extern const struct config_key config_keys[];
extern const size_t config_key_count;
extern const struct config_section config_sections[];
extern const size_t config_section_count;

/* section "root" for the top level; NULL when there is none. */
const struct config_key *config_key_find(const char *section, const char *name);
const struct config_section *config_section_find(const char *name);
/* "section.name", or "name" at the top level, in a buffer of the caller. */
const char *config_key_path(const struct config_key *key, char out[80]);
/* The path of the known key or section nearest to what was written; NULL when none is near. */
const char *config_key_nearest(const char *section, const char *name, char out[80]);

static inline void *config_field(struct config *config, const struct config_key *key)
{
    return (char *)config + key->offset;
}
static inline const void *config_field_const(const struct config *config, const struct config_key *key)
{
    return (const char *)config + key->offset;
}

#endif
