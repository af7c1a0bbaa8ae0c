#include "articles/source.h"

#include <stdbool.h>
#include <string.h>

/* Hosts whose subdomains are publishers of their own (the suffix list has only some of them). */
static const char *const subdomain_platforms[] = {
    "substack.com",    "medium.com",  "wordpress.com",  "tumblr.com",  "ghost.io",      "beehiiv.com",
    "livejournal.com", "typepad.com", "weebly.com",     "wixsite.com", "over-blog.com", "hatenablog.com",
    "canalblog.com",   "go.com",      "buzzsprout.com", "podbean.com", "libsyn.com",    "blogs.com",
};

/* Hosts whose paths name the publisher: the prefix and one more segment. First match wins; keep false
 * says that this prefix names no publisher. Case counts only where the platform says so. */
static const struct path_platform {
    const char *domain, *prefix;
    bool keep, case_counts;
} path_platforms[] = {
    {"medium.com", "/@", true, false},
    {"medium.com", "/p/", false, false},
    {"medium.com", "/", true, false},
    {"substack.com", "/@", true, false},
    {"youtube.com", "/@", true, false},
    {"youtube.com", "/channel/", true, true},
    {"youtube.com", "/c/", true, false},
    {"youtube.com", "/user/", true, false},
    {"twitter.com", "/i/", false, false},
    {"twitter.com", "/", true, false},
    {"x.com", "/i/", false, false},
    {"x.com", "/", true, false},
    {"facebook.com", "/groups/", true, false},
    {"facebook.com", "/watch", false, false},
    {"facebook.com", "/story.php", false, false},
    {"facebook.com", "/permalink.php", false, false},
    {"facebook.com", "/", true, false},
    {"instagram.com", "/p/", false, false},
    {"instagram.com", "/reel/", false, false},
    {"instagram.com", "/", true, false},
    {"tiktok.com", "/@", true, false},
    {"threads.net", "/@", true, false},
    {"t.me", "/s/", true, false},
    {"t.me", "/", true, false},
    {"reddit.com", "/r/", true, false},
    {"reddit.com", "/user/", true, false},
    {"linkedin.com", "/company/", true, false},
    {"bsky.app", "/profile/", true, false},
    {"rumble.com", "/c/", true, false},
    {"odysee.com", "/@", true, false},
    {"vk.com", "/", true, false},
};

static void lower(char *text)
{
    for (; *text != '\0'; text++)
        if (*text >= 'A' && *text <= 'Z') *text = (char)(*text + 32);
}

/* "a.b.substack.com" -> "b.substack.com"; NULL when the host is no such platform. */
static const char *subdomain_publisher(const struct url *url)
{
    size_t host_len = strlen(url->full_host), domain_len = strlen(url->registrable);
    if (host_len <= domain_len) return NULL;
    bool platform = false;
    for (size_t i = 0; i < sizeof(subdomain_platforms) / sizeof(subdomain_platforms[0]); i++)
        platform = platform || strcmp(subdomain_platforms[i], url->registrable) == 0;
    if (!platform) return NULL;
    const char *label = url->full_host + host_len - domain_len - 1; /* the dot before the domain */
    while (label > url->full_host && label[-1] != '.') label--;
    bool is_variant = strncmp(label, "www.", 4) == 0 || strncmp(label, "m.", 2) == 0;
    return is_variant ? NULL : label;
}

static const char *path_publisher(struct arena *arena, const struct url *url)
{
    for (size_t i = 0; i < sizeof(path_platforms) / sizeof(path_platforms[0]); i++) {
        const struct path_platform *row = &path_platforms[i];
        size_t prefix = strlen(row->prefix);
        if (strcmp(row->domain, url->registrable) != 0 || strncmp(row->prefix, url->path, prefix) != 0)
            continue;
        size_t name = strcspn(url->path + prefix, "/?");
        if (!row->keep || name == 0) return NULL;
        char *key = arena_printf(arena, "%s%.*s", row->domain, (int)(prefix + name), url->path);
        if (!row->case_counts) lower(key);
        return key;
    }
    return NULL;
}

/* "open.substack.com/pub/x/..." shows x.substack.com. */
static const char *open_substack(struct arena *arena, const struct url *url)
{
    if (strcmp(url->full_host, "open.substack.com") != 0 || strncmp(url->path, "/pub/", 5) != 0) return NULL;
    size_t name = strcspn(url->path + 5, "/?");
    if (name == 0) return NULL;
    char *key = arena_printf(arena, "%.*s.substack.com", (int)name, url->path + 5);
    lower(key);
    return key;
}

const char *source_of_url(struct arena *arena, const struct url *url)
{
    const char *key = open_substack(arena, url);
    if (key == NULL) key = subdomain_publisher(url);
    if (key == NULL) key = path_publisher(arena, url);
    return key != NULL ? key : url->registrable;
}

/* A domain, perhaps with a path: "medium.com/@x", "www.bbc.co.uk". */
static bool parse_domain(const struct url_reader *reader, struct arena *arena, const char *text, size_t len,
                         struct url *out)
{
    size_t host = 0;
    while (host < len && text[host] != '/') host++;
    if (url_registrable_domain(reader, arena, text, host)[0] == '\0') return false;
    const char *absolute = arena_printf(arena, "https://%.*s", (int)len, text);
    return url_parse(reader, arena, absolute, strlen(absolute), out, NULL) == NW_OK;
}

const char *source_of_text(const struct url_reader *reader, struct arena *arena, const char *text, size_t len,
                           const struct url *article_url)
{
    struct url url;
    if (len > URL_MAX_BYTES) return "";
    if (url_looks_absolute(text, len) ? url_parse(reader, arena, text, len, &url, NULL) != NW_OK
                                      : !parse_domain(reader, arena, text, len, &url))
        return "";
    const char *key = source_of_url(arena, &url);
    /* The platform alone says less than the article's own URL on it. */
    if (article_url != NULL && strcmp(key, article_url->registrable) == 0)
        key = source_of_url(arena, article_url);
    return key;
}
