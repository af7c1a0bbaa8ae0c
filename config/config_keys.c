#include "config/config_keys.h"

#include <string.h>

#include "config/config_check.h"

enum { RESTART = 0, RELOAD = 1 };

#define HEAD(section, name, kind_) #section, #name, kind_, offsetof(struct config, section##_##name)
#define ROW_TEXT(section, name, text, check_, reload_, help_)                                                \
    {HEAD(section, name, CONFIG_KIND_TEXT), text, 0, 0, 0, "", "", check_, reload_, help_},
#define ROW_FILE(section, name, text, reload_, help_)                                                        \
    {HEAD(section, name, CONFIG_KIND_FILE), text, 0, 0, 0, "", "", NULL, reload_, help_},
#define ROW_SECRET(section, name, reload_, help_)                                                            \
    {HEAD(section, name, CONFIG_KIND_SECRET), "", 0, 0, 0, "", "", NULL, reload_, help_},
#define ROW_CHOICE(section, name, text, choices_, reload_, help_)                                            \
    {HEAD(section, name, CONFIG_KIND_CHOICE), text, 0, 0, 0, "", choices_, NULL, reload_, help_},
#define ROW_INT(section, name, number, min_, max_, unit_, reload_, help_)                                    \
    {HEAD(section, name, CONFIG_KIND_INT), "", number, min_, max_, unit_, "", NULL, reload_, help_},
#define ROW_BOOL(section, name, number, reload_, help_)                                                      \
    {HEAD(section, name, CONFIG_KIND_BOOL), "", number, 0, 1, "", "", NULL, reload_, help_},
#define ROW_LIST(section, name, text, choices_, reload_, help_)                                              \
    {HEAD(section, name, CONFIG_KIND_LIST), text, 0, 0, 0, "", choices_, NULL, reload_, help_},

const struct config_key config_keys[] = {
    CONFIG_KEYS(ROW_TEXT, ROW_FILE, ROW_SECRET, ROW_CHOICE, ROW_INT, ROW_BOOL, ROW_LIST)};
const size_t config_key_count = sizeof(config_keys) / sizeof(config_keys[0]);

const struct config_section config_sections[] = {
#define SECTION_ROW(name, help) {#name, help},
    CONFIG_SECTIONS(SECTION_ROW)
#undef SECTION_ROW
};
const size_t config_section_count = sizeof(config_sections) / sizeof(config_sections[0]);

const struct config_key *config_key_find(const char *section, const char *name)
{
    for (size_t i = 0; i < config_key_count; i++)
        if (strcmp(config_keys[i].name, name) == 0 && strcmp(config_keys[i].section, section) == 0)
            return &config_keys[i];
    return NULL;
}

const struct config_section *config_section_find(const char *name)
{
    for (size_t i = 0; i < config_section_count; i++)
        if (strcmp(config_sections[i].name, name) == 0 && strcmp(name, "root") != 0)
            return &config_sections[i];
    return NULL;
}

const char *config_key_path(const struct config_key *key, char out[80])
{
    bool top = strcmp(key->section, "root") == 0;
    snprintf(out, 80, "%s%s%s", top ? "" : key->section, top ? "" : ".", key->name);
    return out;
}

/* Levenshtein distance with transpositions of neighbours as one step; long texts are far from all. */
static unsigned distance(const char *a, const char *b)
{
    enum { LONGEST = 40 };
    size_t n = strlen(a), m = strlen(b);
    if (n > LONGEST || m > LONGEST) return LONGEST;
    unsigned d[LONGEST + 1][LONGEST + 1];
    for (unsigned i = 0; i <= n; i++) d[i][0] = i;
    for (unsigned k = 0; k <= m; k++) d[0][k] = k;
    for (size_t i = 1; i <= n; i++)
        for (size_t k = 1; k <= m; k++) {
            unsigned best = d[i - 1][k - 1] + (a[i - 1] != b[k - 1]);
            if (d[i - 1][k] + 1 < best) best = d[i - 1][k] + 1;
            if (d[i][k - 1] + 1 < best) best = d[i][k - 1] + 1;
            if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1] && d[i - 2][k - 2] + 1 < best)
                best = d[i - 2][k - 2] + 1;
            d[i][k] = best;
        }
    return d[n][m];
}

const char *config_key_nearest(const char *section, const char *name, char out[80])
{
    unsigned nearest = (unsigned)strlen(name) / 3 + 1; /* as far or farther is no help */
    bool found = false;
    for (size_t i = 0; i < config_key_count; i++) {
        const struct config_key *key = &config_keys[i];
        /* A key of another section counts only when the name fits nearly. */
        unsigned far = strcmp(key->section, section) == 0 ? 0 : 1;
        unsigned d = distance(name, key->name);
        if (far && d > 1) continue;
        if (d + far >= nearest) continue;
        nearest = d + far;
        config_key_path(key, out);
        found = true;
    }
    if (strcmp(section, "kafka") == 0 && distance(name, "properties") < nearest) {
        snprintf(out, 80, "kafka.properties");
        return out;
    }
    for (size_t i = 0; strcmp(section, "root") == 0 && i < config_section_count; i++)
        if (distance(name, config_sections[i].name) < nearest) {
            nearest = distance(name, config_sections[i].name);
            snprintf(out, 80, "%s", config_sections[i].name);
            found = true;
        }
    return found ? out : NULL;
}
