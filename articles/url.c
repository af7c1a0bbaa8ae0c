#include "articles/url.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libpsl.h>
#include <unicode/uidna.h>

#include "articles/url_query.h"
#include "articles/utf8.h"
#include "base/alloc.h"

enum { HOST_MAX = 253, LABEL_MAX = 63, IDN_INPUT_MAX = 1024, AMP_UNWRAP_MAX = 3 };

struct url_reader {
    UIDNA *idna;
    const psl_ctx_t *suffixes; /* built into libpsl, never freed */
};

struct url_reader *url_reader_new(void)
{
    struct url_reader *reader = nw_calloc(1, sizeof(*reader));
    UErrorCode status = U_ZERO_ERROR;
    reader->idna = uidna_openUTS46(UIDNA_NONTRANSITIONAL_TO_ASCII | UIDNA_CHECK_BIDI | UIDNA_CHECK_CONTEXTJ |
                                       UIDNA_USE_STD3_RULES,
                                   &status);
    assert(U_SUCCESS(status)); /* its tables are compiled into ICU */
    reader->suffixes = psl_builtin();
    assert(reader->suffixes != NULL);
    return reader;
}

void url_reader_free(struct url_reader *reader)
{
    if (reader == NULL) return;
    uidna_close(reader->idna);
    free(reader);
}

bool url_looks_absolute(const char *text, size_t len)
{
    return (len > 7 && strncasecmp(text, "http://", 7) == 0) ||
           (len > 8 && strncasecmp(text, "https://", 8) == 0);
}

/* A piece of the input. */
struct span {
    const char *at;
    size_t len;
};

static struct span span_of(const char *from, const char *to)
{
    return (struct span){from, (size_t)(to - from)};
}

static const char *span_find(struct span s, const char *any_of)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.at[i] != '\0' && strchr(any_of, s.at[i]) != NULL) return s.at + i;
    return s.at + s.len;
}

struct parts {
    bool https;
    struct span host, port, path, query;
};

static const char *split(struct span text, struct parts *out)
{
    if (text.len > URL_MAX_BYTES) return "is longer than 4096 bytes";
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.at[i] < 0x20 || text.at[i] == 0x7F) return "contains control characters";
    if (!url_looks_absolute(text.at, text.len)) return "is not an absolute http or https URL";
    out->https = text.at[4] == 's' || text.at[4] == 'S';
    const char *end = text.at + text.len;
    struct span rest = span_of(text.at + (out->https ? 8 : 7), end);
    const char *authority_end = span_find(rest, "/?#");
    struct span authority = span_of(rest.at, authority_end);
    if (memchr(authority.at, '@', authority.len) != NULL) return "contains a user name or password";
    if (authority.len > 0 && authority.at[0] == '[') return "has an IP address as host";
    const char *colon = memchr(authority.at, ':', authority.len);
    out->host = span_of(authority.at, colon != NULL ? colon : authority_end);
    out->port = colon != NULL ? span_of(colon + 1, authority_end) : (struct span){authority_end, 0};

    rest = span_of(authority_end, span_find(span_of(authority_end, end), "#"));
    const char *question = span_find(rest, "?");
    out->path = span_of(rest.at, question);
    out->query = question < rest.at + rest.len ? span_of(question + 1, rest.at + rest.len)
                                               : (struct span){question, 0};
    return NULL;
}

/* Lower-cased ASCII form in out; NULL or what is wrong. */
static const char *read_host(const struct url_reader *reader, struct span host, char out[HOST_MAX + 1])
{
    bool ascii = true;
    for (size_t i = 0; i < host.len; i++) ascii = ascii && (unsigned char)host.at[i] < 0x80;
    size_t len;
    if (ascii) {
        if (host.len > HOST_MAX + 1) return "has a host name that is too long";
        len = host.len;
        if (len > 0 && host.at[len - 1] == '.') len--;
        if (len > HOST_MAX) return "has a host name that is too long";
        for (size_t i = 0; i < len; i++) {
            char c = host.at[i];
            out[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
        }
    } else {
        if (host.len > IDN_INPUT_MAX) return "has a host name that is too long";
        UIDNAInfo info = UIDNA_INFO_INITIALIZER;
        UErrorCode status = U_ZERO_ERROR;
        int32_t n =
            uidna_nameToASCII_UTF8(reader->idna, host.at, (int32_t)host.len, out, HOST_MAX, &info, &status);
        if (U_FAILURE(status) || info.errors != 0 || n <= 0 || n > HOST_MAX)
            return "has a host name that is not valid";
        len = (size_t)n;
        if (out[len - 1] == '.') len--;
    }
    out[len] = '\0';
    return NULL;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Letters, digits, hyphens and (seen in practice) underscores in two or more labels. */
static const char *check_host(const char *host)
{
    if (strchr(host, '.') == NULL) return "has a host without a domain";
    size_t label = 0;
    bool last_is_number = true;
    for (const char *p = host;; p++) {
        if (*p == '.' || *p == '\0') {
            if (label == 0 || label > LABEL_MAX) return "has a host name that is not valid";
            if (*p == '\0') break;
            label = 0;
            last_is_number = true;
            continue;
        }
        bool allowed = (*p >= 'a' && *p <= 'z') || is_digit(*p) || *p == '-' || *p == '_';
        if (!allowed) return "has a host name that is not valid";
        last_is_number = last_is_number && is_digit(*p);
        label++;
    }
    return last_is_number ? "has an IP address as host" : NULL;
}

/* 0: none or the default one. */
static const char *read_port(const struct parts *parts, unsigned *out)
{
    unsigned port = 0;
    if (parts->port.len > 5) return "has a port that is not valid";
    for (size_t i = 0; i < parts->port.len; i++) {
        if (!is_digit(parts->port.at[i])) return "has a port that is not valid";
        port = port * 10 + (unsigned)(parts->port.at[i] - '0');
    }
    if (port > 65535) return "has a port that is not valid";
    *out = port == (parts->https ? 443U : 80U) ? 0 : port;
    return NULL;
}

/* The host without "www.", "m." and the like, but never less than the registrable domain. */
static const char *main_host(const char *host, const char *registrable)
{
    static const char *const variants[] = {"www.", "m.", "amp.", "mobile."};
    size_t keep = strlen(registrable);
    if (keep == 0) return host;
    for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]);) {
        size_t n = strlen(variants[i]);
        if (strncmp(host, variants[i], n) == 0 && strlen(host) - n >= keep) {
            host += n;
            i = 0;
        } else {
            i++;
        }
    }
    return host;
}

static int hex_value(char c)
{
    if (is_digit(c)) return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_unreserved(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit((char)c) || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

/* Uniform percent-encoding (RFC 3986 6.2.2): unreserved characters decoded, upper-case hex digits, what
 * may not stand in a URL encoded. out has room for three times the bytes. */
static size_t uniform_encoding(struct span in, char *out)
{
    static const char hex[] = "0123456789ABCDEF";
    size_t used = 0;
    for (size_t i = 0; i < in.len; i++) {
        unsigned char c = (unsigned char)in.at[i];
        bool plain = is_unreserved(c) || strchr("!$&'()*+,;=:@/?", c) != NULL;
        if (c == '%' && i + 2 < in.len && hex_value(in.at[i + 1]) >= 0 && hex_value(in.at[i + 2]) >= 0) {
            c = (unsigned char)(hex_value(in.at[i + 1]) * 16 + hex_value(in.at[i + 2]));
            plain = is_unreserved(c);
            i += 2;
        }
        if (plain) {
            out[used++] = (char)c;
        } else {
            out[used++] = '%';
            out[used++] = hex[c >> 4];
            out[used++] = hex[c & 15];
        }
    }
    return used;
}

/* "/a/./b/../c" -> "/a/c" (RFC 3986 5.2.4), in place; the path begins with '/' or is empty. */
static size_t resolve_dots(char *path, size_t len)
{
    size_t used = 0;
    for (size_t i = 0; i < len;) {
        size_t n = 1; /* the segment with its '/' before it */
        while (i + n < len && path[i + n] != '/') n++;
        if (n == 2 && path[i + 1] == '.') {
            if (i + n == len) path[used++] = '/';
        } else if (n == 3 && path[i + 1] == '.' && path[i + 2] == '.') {
            while (used > 0 && path[--used] != '/') continue;
            if (i + n == len) path[used++] = '/';
        } else {
            memmove(path + used, path + i, n);
            used += n;
        }
        i += n;
    }
    return used;
}

static bool cut_suffix(const char *path, size_t *len, const char *suffix)
{
    size_t n = strlen(suffix);
    if (*len < n || strncasecmp(path + *len - n, suffix, n) != 0) return false;
    *len -= n;
    return true;
}

static size_t put(char *out, const char *text)
{
    size_t n = strlen(text);
    memcpy(out, text, n); /* a piece of a longer text: NOLINT(bugprone-not-null-terminated-result) */
    return n;
}

static size_t cut_session(const char *path, size_t len)
{
    static const char session[] = ";jsessionid=";
    size_t n = sizeof(session) - 1;
    for (size_t i = 0; i + n <= len; i++)
        if (strncasecmp(path + i, session, n) == 0) return i;
    return len;
}

/* One of: slash, default document, AMP variant at an end of the path. False when there is none. */
static bool trim_path_once(char *path, size_t *len)
{
    if (cut_suffix(path, len, "/index.html") || cut_suffix(path, len, "/index.htm") ||
        cut_suffix(path, len, "/amp") || cut_suffix(path, len, "/"))
        return true;
    bool named = *len > 5 && strchr("./", path[*len - 5]) == NULL; /* "/news.amp", not "/.amp" */
    if (named && cut_suffix(path, len, ".amp")) return true;
    if (cut_suffix(path, len, ".amp.html")) {
        *len += put(path + *len, ".html");
        return true;
    }
    if (*len >= 5 && strncmp(path, "/amp/", 5) == 0) {
        memmove(path, path + 4, *len - 4);
        *len -= 4;
        return true;
    }
    return false;
}

static void compose(struct arena *arena, const struct parts *parts, const char *host, unsigned port,
                    struct url *out)
{
    size_t room = strlen(host) + 3 * (parts->path.len + parts->query.len) + 32;
    char *text = arena_alloc(arena, room);
    size_t used = put(text, parts->https ? "https://" : "http://");
    out->host = text + used;
    used += put(text + used, host);
    if (port != 0) {
        const char *suffix = arena_printf(arena, ":%u", port);
        used += put(text + used, suffix);
    }
    /* struct url's host ends where the path begins, so it needs its own copy. */
    out->host = arena_memdup(arena, out->host, (size_t)(text + used - out->host));
    char *path = text + used;
    size_t path_len = uniform_encoding(parts->path, path);
    path_len = resolve_dots(path, cut_session(path, path_len));
    while (trim_path_once(path, &path_len)) continue;
    used += path_len;
    char *query = arena_alloc(arena, 3 * parts->query.len + 1);
    size_t query_len = uniform_encoding(parts->query, query);
    size_t kept = url_query_clean(arena, query, query_len, text + used + 1);
    if (kept > 0) {
        text[used] = '?';
        used += 1 + kept;
    }
    text[used] = '\0';
    out->canonical = text;
    out->path = path;
}

static const char *registrable_of(const struct url_reader *reader, const char *host)
{
    const char *domain = psl_registrable_domain(reader->suffixes, host);
    return domain != NULL ? domain : "";
}

static const char *parse_one(const struct url_reader *reader, struct arena *arena, struct span text,
                             struct url *out)
{
    struct parts parts;
    const char *wrong = split(text, &parts);
    if (wrong != NULL) return wrong;
    char host[HOST_MAX + 1];
    wrong = read_host(reader, parts.host, host);
    if (wrong == NULL) wrong = check_host(host);
    unsigned port = 0;
    if (wrong == NULL) wrong = read_port(&parts, &port);
    if (wrong != NULL) return wrong;
    out->full_host = arena_strdup(arena, host);
    out->registrable = registrable_of(reader, out->full_host);
    compose(arena, &parts, main_host(host, out->registrable), port, out);
    return NULL;
}

/* The URL an AMP cache shows, NULL when it is none: "google.com/amp/s/<url>",
 * "x.cdn.ampproject.org/c/s/<url>"; the 's' stands for https. */
static const char *amp_cached(struct arena *arena, const struct url *url)
{
    const char *path = url->path, *rest = NULL;
    if (strcmp(url->registrable, "ampproject.org") == 0 && path[0] == '/' && path[1] != '\0' &&
        strchr("cvi", path[1]) != NULL && path[2] == '/')
        rest = path + 3;
    else if (strncmp(url->registrable, "google.", 7) == 0 && strncmp(path, "/s/", 3) == 0)
        rest = path + 1; /* "/amp" is gone already */
    if (rest == NULL) return NULL;
    bool https = strncmp(rest, "s/", 2) == 0;
    return arena_printf(arena, "http%s://%s", https ? "s" : "", https ? rest + 2 : rest);
}

enum nw_err url_parse(const struct url_reader *reader, struct arena *arena, const char *text, size_t len,
                      struct url *out, const char **why)
{
    for (; len > 0 && is_blank(text[0]); len--) text++;
    while (len > 0 && is_blank(text[len - 1])) len--;
    struct url url;
    const char *wrong = parse_one(reader, arena, (struct span){text, len}, &url);
    if (wrong != NULL) {
        if (why != NULL) *why = wrong;
        return NW_ERR_INPUT;
    }
    const char *inner = amp_cached(arena, &url);
    for (int i = 0; inner != NULL && i < AMP_UNWRAP_MAX; i++) {
        struct url unwrapped;
        if (parse_one(reader, arena, (struct span){inner, strlen(inner)}, &unwrapped) != NULL) break;
        url = unwrapped;
        inner = amp_cached(arena, &url);
        if (inner != NULL && i == AMP_UNWRAP_MAX - 1) {
            if (why != NULL) *why = "nests AMP caches";
            return NW_ERR_INPUT;
        }
    }
    *out = url;
    return NW_OK;
}

struct id128 url_id(const struct url *url)
{
    const char *behind_scheme = strstr(url->canonical, "://") + 3;
    return hash128(behind_scheme, strlen(behind_scheme));
}

const char *url_registrable_domain(const struct url_reader *reader, struct arena *arena, const char *domain,
                                   size_t len)
{
    char host[HOST_MAX + 1];
    if (len == 0 || read_host(reader, (struct span){domain, len}, host) != NULL || check_host(host) != NULL)
        return "";
    const char *tld = strrchr(host, '.') + 1;
    bool reserved = strcmp(tld, "example") == 0 || strcmp(tld, "test") == 0; /* RFC 2606 */
    if (!reserved && !psl_is_public_suffix2(reader->suffixes, tld, PSL_TYPE_ANY | PSL_TYPE_NO_STAR_RULE))
        return "";
    return registrable_of(reader, arena_strdup(arena, host));
}
