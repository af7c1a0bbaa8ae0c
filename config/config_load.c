/*
 * The loader: walks libconfig's tree beside the table. Every mistake is added to the report with the
 * line of the setting, and the walk goes on, so that one run shows them all.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <libconfig.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "config/config.h"
#include "config/config_check.h"
#include "config/config_keys.h"

enum { SECRET_MAX = 64 * 1024, FILE_MAX = 1024 * 1024 };

struct loader {
    struct config *config;
    struct config_report *report;
    const char *name;   /* of the file, in issues */
    const char *folder; /* that relative files belong to */
};

static void complain(struct loader *loader, const config_setting_t *setting, const char *path,
                     const char *wrong)
{
    const char *file = config_setting_source_file(setting);
    config_report_add(loader->report, file ? file : loader->name, (int)config_setting_source_line(setting),
                      "%s: %s", path, wrong);
}

static const char *type_text(const config_setting_t *setting)
{
    switch (config_setting_type(setting)) {
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64:
        return "a number";
    case CONFIG_TYPE_FLOAT:
        return "a number with a fraction";
    case CONFIG_TYPE_STRING:
        return "a text";
    case CONFIG_TYPE_BOOL:
        return "true or false";
    case CONFIG_TYPE_ARRAY:
        return "an array";
    case CONFIG_TYPE_LIST:
        return "a list";
    default:
        return "a group";
    }
}

static void complain_type(struct loader *loader, const config_setting_t *setting, const char *path,
                          const char *wanted)
{
    char wrong[160];
    snprintf(wrong, sizeof(wrong), "wants %s, not %s", wanted, type_text(setting));
    complain(loader, setting, path, wrong);
}

static void complain_unknown(struct loader *loader, const config_setting_t *setting, const char *section)
{
    char written[160], near[80], wrong[200] = "unknown key";
    const char *name = config_setting_name(setting);
    bool top = strcmp(section, "root") == 0;
    snprintf(written, sizeof(written), "%s%s%s", top ? "" : section, top ? "" : ".", name);
    if (config_key_nearest(section, name, near))
        snprintf(wrong, sizeof(wrong), "unknown key; did you mean %s?", near);
    complain(loader, setting, written, wrong);
}

/* The content of a secret file without its last newline; NULL with *wrong. */
static char *read_secret(const char *file, char *wrong, size_t size)
{
    char path[4096];
    const char *credentials = getenv("CREDENTIALS_DIRECTORY");
    if (file[0] == '/') {
        snprintf(path, sizeof(path), "%s", file);
    } else if (!credentials) {
        snprintf(wrong, size,
                 "\"%s\" is not absolute and $CREDENTIALS_DIRECTORY is not set (systemd sets it with "
                 "LoadCredential=)",
                 file);
        return NULL;
    } else {
        snprintf(path, sizeof(path), "%s/%s", credentials, file);
    }
    char buffer[SECRET_MAX];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    ssize_t n = fd < 0 ? -1 : read(fd, buffer, sizeof(buffer));
    if (n < 0) snprintf(wrong, size, "cannot read %s: %s", path, strerror(errno));
    if (fd >= 0) close(fd);
    if (n < 0) return NULL;
    size_t len = (size_t)n;
    if (len > 0 && buffer[len - 1] == '\n') len--;
    if (len > 0 && buffer[len - 1] == '\r') len--;
    char *secret = NULL;
    if (len == 0)
        snprintf(wrong, size, "%s is empty", path);
    else if (n == SECRET_MAX || memchr(buffer, '\0', len))
        snprintf(wrong, size, "%s is not a secret: longer than 64 KiB or not a text", path);
    else
        secret = nw_memdup(buffer, len);
    explicit_bzero(buffer, sizeof(buffer));
    return secret;
}

static void replace_text(char **field, char *text)
{
    free(*field);
    *field = text;
}

static void set_text(struct loader *loader, const struct config_key *key, const config_setting_t *setting,
                     const char *path, void *field)
{
    if (config_setting_type(setting) != CONFIG_TYPE_STRING) {
        complain_type(loader, setting, path, "a text in quotes");
        return;
    }
    const char *text = config_setting_get_string(setting), *wrong = key->check ? key->check(text) : NULL;
    char message[200];
    if (key->kind == CONFIG_KIND_CHOICE && !check_choice(key->choices, text)) {
        snprintf(message, sizeof(message), "\"%.40s\" is not one of: %s", text, key->choices);
        wrong = message;
    } else if (wrong) {
        /* What is before an '@' may be a password, and this goes into the log. */
        const char *shown = strchr(text, '@') ? "..." : text;
        snprintf(message, sizeof(message), "\"%.60s\": %s", shown, wrong);
        wrong = message;
    }
    if (wrong) {
        complain(loader, setting, path, wrong);
        return;
    }
    replace_text(field, nw_strdup(text));
}

/* A relative file belongs to the configuration file's folder, whatever the working folder is. */
static void set_file(struct loader *loader, const config_setting_t *setting, const char *path, char **field)
{
    if (config_setting_type(setting) != CONFIG_TYPE_STRING) {
        complain_type(loader, setting, path, "a file name in quotes");
        return;
    }
    const char *text = config_setting_get_string(setting);
    char whole[4096], wrong[4300];
    if (!*text || text[0] == '/' || strcmp(loader->folder, ".") == 0)
        snprintf(whole, sizeof(whole), "%s", text);
    else
        snprintf(whole, sizeof(whole), "%s/%s", loader->folder, text);
    if (*text && access(whole, R_OK) != 0) {
        snprintf(wrong, sizeof(wrong), "cannot read %s: %s", whole, strerror(errno));
        complain(loader, setting, path, wrong);
        return;
    }
    replace_text(field, nw_strdup(whole));
}

static void set_secret(struct loader *loader, const config_setting_t *setting, const char *path,
                       struct config_secret *field)
{
    if (config_setting_type(setting) != CONFIG_TYPE_STRING) {
        complain_type(loader, setting, path, "a file name in quotes");
        return;
    }
    const char *file = config_setting_get_string(setting);
    char wrong[4300];
    char *value = *file ? read_secret(file, wrong, sizeof(wrong)) : nw_strdup("");
    if (value && strchr(value, '\n')) {
        snprintf(wrong, sizeof(wrong), "%.4000s has more than one line", file);
        explicit_bzero(value, strlen(value));
        free(value);
        value = NULL;
    }
    if (!value) {
        complain(loader, setting, path, wrong);
        return;
    }
    replace_text(&field->file, nw_strdup(file));
    explicit_bzero(field->value, strlen(field->value));
    replace_text(&field->value, value);
}

static void set_int(struct loader *loader, const struct config_key *key, const config_setting_t *setting,
                    const char *path, int64_t *field)
{
    int type = config_setting_type(setting);
    if (type != CONFIG_TYPE_INT && type != CONFIG_TYPE_INT64) {
        complain_type(loader, setting, path, "a whole number");
        return;
    }
    int64_t value =
        type == CONFIG_TYPE_INT ? config_setting_get_int(setting) : config_setting_get_int64(setting);
    if (value < key->min || value > key->max) {
        char wrong[160];
        snprintf(wrong, sizeof(wrong), "%lld is out of range: %lld to %lld%s%s", (long long)value,
                 (long long)key->min, (long long)key->max, *key->unit ? " " : "", key->unit);
        complain(loader, setting, path, wrong);
        return;
    }
    *field = value;
}

static void set_list(struct loader *loader, const struct config_key *key, const config_setting_t *setting,
                     const char *path, struct config_list *field)
{
    if (!config_setting_is_array(setting) && !config_setting_is_list(setting)) {
        complain_type(loader, setting, path, "an array of texts");
        return;
    }
    int count = config_setting_length(setting);
    struct config_list list = {.items = nw_calloc((size_t)count + 1, sizeof(char *))};
    for (int i = 0; i < count; i++) {
        const config_setting_t *item = config_setting_get_elem(setting, (unsigned)i);
        char wrong[160];
        if (config_setting_type(item) != CONFIG_TYPE_STRING) {
            complain_type(loader, item, path, "texts in quotes");
            continue;
        }
        const char *text = config_setting_get_string(item);
        if (*key->choices && !check_choice(key->choices, text)) {
            snprintf(wrong, sizeof(wrong), "\"%.40s\" is not one of: %s", text, key->choices);
            complain(loader, item, path, wrong);
            continue;
        }
        list.items[list.count++] = nw_strdup(text);
    }
    for (size_t i = 0; i < field->count; i++) free(field->items[i]);
    free(field->items);
    *field = list;
}

static void set_key(struct loader *loader, const struct config_key *key, const config_setting_t *setting)
{
    char path[80];
    void *field = config_field(loader->config, key);
    config_key_path(key, path);
    switch (key->kind) {
    case CONFIG_KIND_TEXT:
    case CONFIG_KIND_CHOICE:
        set_text(loader, key, setting, path, field);
        break;
    case CONFIG_KIND_FILE:
        set_file(loader, setting, path, field);
        break;
    case CONFIG_KIND_SECRET:
        set_secret(loader, setting, path, field);
        break;
    case CONFIG_KIND_INT:
        set_int(loader, key, setting, path, field);
        break;
    case CONFIG_KIND_BOOL:
        if (config_setting_type(setting) == CONFIG_TYPE_BOOL)
            *(bool *)field = config_setting_get_bool(setting) != 0;
        else
            complain_type(loader, setting, path, "true or false");
        break;
    case CONFIG_KIND_LIST:
        set_list(loader, key, setting, path, field);
        break;
    }
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static bool is_secret_name(const char *name)
{
    return ends_with(name, "password") || ends_with(name, "secret") || ends_with(name, "key.pem");
}

static void add_property(struct loader *loader, const config_setting_t *setting, const char *name,
                         const char *value)
{
    char path[300], wrong[4300];
    struct config *c = loader->config;
    bool from_file = ends_with(name, "_file");
    struct config_property property = {.name =
                                           nw_memdup(name, strlen(name) - (from_file ? strlen("_file") : 0)),
                                       .line = (int)config_setting_source_line(setting)};
    snprintf(path, sizeof(path), "kafka.properties \"%.200s\"", name);
    if (!*property.name) {
        complain(loader, setting, "kafka.properties", "a property has a name");
    } else if (is_secret_name(name)) {
        snprintf(wrong, sizeof(wrong), "secrets are not written here: give a file as \"%.200s_file\"", name);
        complain(loader, setting, path, wrong);
    } else if (from_file && !(property.value = read_secret(value, wrong, sizeof(wrong)))) {
        complain(loader, setting, path, wrong);
    } else {
        for (size_t i = 0; i < c->kafka_property_count; i++)
            if (strcmp(c->kafka_properties[i].name, property.name) == 0)
                complain(loader, setting, path, "is given twice");
        if (from_file)
            property.file = nw_strdup(value);
        else
            property.value = nw_strdup(value);
        c->kafka_properties = nw_realloc(c->kafka_properties, c->kafka_property_count + 1, sizeof(property));
        c->kafka_properties[c->kafka_property_count++] = property;
        return;
    }
    free(property.name);
}

/* ("name", "value"), or "name=value". */
static void set_property(struct loader *loader, const config_setting_t *item)
{
    static const char wanted[] = "(\"name\", \"value\") or \"name=value\"";
    if (config_setting_type(item) == CONFIG_TYPE_STRING) {
        const char *text = config_setting_get_string(item), *equals = strchr(text, '=');
        if (!equals) {
            complain(loader, item, "kafka.properties", "a property is written as \"name=value\"");
            return;
        }
        char *name = nw_memdup(text, (size_t)(equals - text));
        add_property(loader, item, name, equals + 1);
        free(name);
        return;
    }
    bool pair =
        (config_setting_is_list(item) || config_setting_is_array(item)) && config_setting_length(item) == 2;
    const char *name = pair ? config_setting_get_string_elem(item, 0) : NULL;
    const char *value = pair ? config_setting_get_string_elem(item, 1) : NULL;
    if (name && value)
        add_property(loader, item, name, value);
    else
        complain_type(loader, item, "kafka.properties", wanted);
}

static void set_properties(struct loader *loader, const config_setting_t *setting)
{
    if (!config_setting_is_list(setting) && !config_setting_is_array(setting)) {
        complain_type(loader, setting, "kafka.properties",
                      "a list: ( (\"name\", \"value\"), \"name=value\" )");
        return;
    }
    for (int i = 0; i < config_setting_length(setting); i++)
        set_property(loader, config_setting_get_elem(setting, (unsigned)i));
}

static void set_section(struct loader *loader, const config_setting_t *group, const char *section)
{
    if (!config_setting_is_group(group)) {
        complain_type(loader, group, section, "a group { ... }");
        return;
    }
    for (int i = 0; i < config_setting_length(group); i++) {
        const config_setting_t *setting = config_setting_get_elem(group, (unsigned)i);
        const char *name = config_setting_name(setting);
        const struct config_key *key = config_key_find(section, name);
        if (key)
            set_key(loader, key, setting);
        else if (strcmp(section, "kafka") == 0 && strcmp(name, "properties") == 0)
            set_properties(loader, setting);
        else
            complain_unknown(loader, setting, section);
    }
}

static void set_root(struct loader *loader, const config_setting_t *root)
{
    for (int i = 0; i < config_setting_length(root); i++) {
        const config_setting_t *setting = config_setting_get_elem(root, (unsigned)i);
        const char *name = config_setting_name(setting);
        const struct config_key *key = config_key_find("root", name);
        if (key)
            set_key(loader, key, setting);
        else if (config_section_find(name))
            set_section(loader, setting, name);
        else
            complain_unknown(loader, setting, "root");
    }
}

/* libconfig 1.5 cuts a number that does not fit into 32 bits and has no L behind it, without a word, so
 * such numbers are looked for first. Returns the line, or 0. */
static int line_of_cut_number(const char *text)
{
    int line = 1;
    for (const char *at = text; *at;) {
        size_t len = 1;
        if (*at == '"') {
            while (at[len] && at[len] != '"') len += at[len] == '\\' && at[len + 1] ? 2 : 1;
            len += at[len] == '"';
        } else if (*at == '#' || (at[0] == '/' && at[1] == '/')) {
            len = strcspn(at, "\n");
        } else if (at[0] == '/' && at[1] == '*') {
            const char *end = strstr(at + 2, "*/");
            len = end ? (size_t)(end + 2 - at) : strlen(at);
        } else if (isalnum((unsigned char)*at) || *at == '_') {
            len = strspn(at, "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.*-");
            size_t digits = strspn(at, "0123456789");
            if (digits == len && (len > 10 || (len == 10 && strncmp(at, "2147483647", 10) > 0))) return line;
        }
        for (size_t i = 0; i < len; i++) line += at[i] == '\n';
        at += len;
    }
    return 0;
}

/* What libconfig did not understand. At the end of the text it names the line behind the last. */
static void complain_syntax(struct loader *loader, const config_t *tree, const char *text)
{
    const char *file = config_error_file(tree), *wrong = config_error_text(tree);
    int line = config_error_line(tree), lines = 1;
    for (const char *at = text; *at; at++) lines += *at == '\n' && at[1];
    bool syntax = wrong && strcmp(wrong, "syntax error") == 0;
    config_report_add(loader->report, file ? file : loader->name, file || line < lines ? line : lines, "%s%s",
                      wrong ? wrong : "cannot be read",
                      syntax
                          ? " here or just before: a text stands in quotes, a setting is name = value; and a "
                            "group is name: { ... };"
                          : "");
}

static enum nw_err load_text(const char *text, const char *name, const char *folder, struct config **out,
                             struct config_report *report)
{
    size_t before = report->count;
    int line = line_of_cut_number(text);
    if (line) {
        config_report_add(report, name, line, "a number does not fit into 32 bits");
        return NW_ERR_INPUT;
    }
    config_t tree;
    config_init(&tree);
    config_set_include_dir(&tree, folder);
    struct loader loader = {.report = report, .name = name, .folder = folder, .config = config_default()};
    /* To libconfig a comment without an end of line behind it is a mistake. */
    size_t len = strlen(text);
    char *whole = nw_calloc(1, len + 2);
    memcpy(whole, text, len);
    whole[len] = '\n';
    if (config_read_string(&tree, whole) == CONFIG_TRUE) {
        set_root(&loader, config_root_setting(&tree));
        if (report->count == before) config_check_whole(loader.config, name, report);
    } else {
        complain_syntax(&loader, &tree, text);
    }
    config_destroy(&tree);
    free(whole);
    if (report->count > before) {
        config_free(loader.config);
        return NW_ERR_INPUT;
    }
    *out = loader.config;
    return NW_OK;
}

enum nw_err config_load_text(const char *text, const char *name, struct config **out,
                             struct config_report *report)
{
    return load_text(text, name, ".", out, report);
}

/* The whole file as a text; NULL with *wrong (static, or of strerror). */
static char *read_file(const char *path, const char **wrong)
{
    struct stat info;
    FILE *file = fopen(path, "re");
    *wrong = strerror(errno);
    if (!file) return NULL;
    char *text = NULL;
    if (fstat(fileno(file), &info) == 0 && S_ISDIR(info.st_mode)) {
        *wrong = "it is a folder";
    } else {
        text = nw_calloc(1, FILE_MAX + 2);
        size_t len = fread(text, 1, FILE_MAX + 1, file);
        *wrong = ferror(file)         ? strerror(errno)
                 : len > FILE_MAX     ? "it is larger than 1 MiB"
                 : strlen(text) < len ? "it has a NUL character, so it is not a text"
                                      : NULL;
    }
    fclose(file);
    if (!*wrong) return text;
    free(text);
    return NULL;
}

enum nw_err config_load(const char *path, struct config **out, struct config_report *report)
{
    const char *wrong;
    char *text = read_file(path, &wrong);
    if (!text) {
        config_report_add(report, path, 0, "cannot be read: %s", wrong);
        return NW_ERR_INPUT;
    }
    char *copy = nw_strdup(path);
    enum nw_err err = load_text(text, path, dirname(copy), out, report);
    free(copy);
    free(text);
    return err;
}
