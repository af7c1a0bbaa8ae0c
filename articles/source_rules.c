#include "articles/source_rules.h"

#include <stdlib.h>
#include <string.h>

#include "articles/source.h"
#include "base/alloc.h"
#include "base/arena.h"

struct rule_list {
    char **entries; /* sorted */
    size_t count;
};

struct source_rules {
    struct rule_list allow, deny;
};

/* The entry as sources and hosts are written: "WWW.Bücher.example" -> "xn--bcher-kva.example". NULL: none. */
static const char *normal_form(const struct url_reader *reader, struct arena *arena, const char *entry)
{
    struct url url;
    const char *text =
        url_looks_absolute(entry, strlen(entry)) ? entry : arena_printf(arena, "https://%s", entry);
    if (url_parse(reader, arena, text, strlen(text), &url, NULL) != NW_OK || url.registrable[0] == '\0')
        return NULL;
    const char *key = source_of_url(arena, &url);
    if (strchr(key, '/') != NULL) return key;
    if (url.path[0] != '\0' && strcmp(url.path, "/") != 0) return NULL; /* a page is no source */
    return strncmp(url.full_host, "www.", 4) == 0 ? url.full_host + 4 : url.full_host;
}

size_t source_rules_invalid(const char *const *entries, size_t count, size_t from)
{
    struct url_reader *reader = url_reader_new();
    struct arena *arena = arena_new();
    while (from < count && normal_form(reader, arena, entries[from]) != NULL) from++;
    arena_free(arena);
    url_reader_free(reader);
    return from;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static struct rule_list read_list(const struct url_reader *reader, struct arena *arena,
                                  const char *const *entries, size_t count)
{
    struct rule_list list = {.entries = nw_calloc(count + 1, sizeof(*list.entries))};
    for (size_t i = 0; i < count; i++) {
        const char *entry = normal_form(reader, arena, entries[i]);
        if (entry != NULL) list.entries[list.count++] = nw_strdup(entry);
    }
    if (list.count > 0) qsort(list.entries, list.count, sizeof(*list.entries), by_text);
    return list;
}

struct source_rules *source_rules_new(const char *const *allow, size_t allow_count, const char *const *deny,
                                      size_t deny_count)
{
    if (allow_count == 0 && deny_count == 0) return NULL;
    struct source_rules *rules = nw_calloc(1, sizeof(*rules));
    struct url_reader *reader = url_reader_new();
    struct arena *arena = arena_new();
    rules->allow = read_list(reader, arena, allow, allow_count);
    rules->deny = read_list(reader, arena, deny, deny_count);
    arena_free(arena);
    url_reader_free(reader);
    return rules;
}

static void free_list(struct rule_list *list)
{
    for (size_t i = 0; i < list->count; i++) free(list->entries[i]);
    free(list->entries);
}

void source_rules_free(struct source_rules *rules)
{
    if (rules == NULL) return;
    free_list(&rules->allow);
    free_list(&rules->deny);
    free(rules);
}

static bool has(const struct rule_list *list, const char *text)
{
    return list->count > 0 &&
           bsearch(&text, list->entries, list->count, sizeof(*list->entries), by_text) != NULL;
}

/* The host itself or a domain it is below. */
static bool names_host(const struct rule_list *list, const char *host)
{
    for (; host != NULL; host = strchr(host, '.') != NULL ? strchr(host, '.') + 1 : NULL)
        if (has(list, host)) return true;
    return false;
}

enum { HOST_MAX = 256 }; /* more than a DNS name has */

static void host_of_source(const char *source, char host[HOST_MAX])
{
    size_t len = strcspn(source, "/");
    if (len >= HOST_MAX) len = 0;
    memcpy(host, source, len);
    host[len] = '\0';
}

static bool is_below(const char *host, const char *domain)
{
    size_t host_len = strlen(host), len = strlen(domain);
    if (host_len < len || strcmp(host + host_len - len, domain) != 0) return false;
    return host_len == len || host[host_len - len - 1] == '.';
}

enum reject_code source_rules_check(const struct source_rules *rules, const char *source,
                                    const struct url *url)
{
    if (rules == NULL) return REJECT_NONE;
    char host[HOST_MAX];
    host_of_source(source, host);
    if (has(&rules->deny, source) || names_host(&rules->deny, host) ||
        names_host(&rules->deny, url->full_host))
        return REJECT_SOURCE_DENIED;
    if (rules->allow.count == 0) return REJECT_NONE;
    /* Whoever declares a foreign source must be allowed as that source. */
    bool own_site = is_below(host, url->registrable);
    if (has(&rules->allow, source) || names_host(&rules->allow, host) ||
        (own_site && names_host(&rules->allow, url->full_host)))
        return REJECT_NONE;
    return REJECT_SOURCE_NOT_ALLOWED;
}
