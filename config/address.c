#include "config/address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Decimal digits only, to the end of the text. */
static bool parse_number(const char *text, long max, int *out)
{
    if (!isdigit((unsigned char)*text) || strlen(text) > 6) return false;
    char *end;
    long value = strtol(text, &end, 10);
    if (*end || value > max) return false;
    *out = (int)value;
    return true;
}

static bool copy_part(char *out, size_t size, const char *from, size_t len)
{
    if (len >= size) return false;
    memcpy(out, from, len);
    out[len] = '\0';
    return true;
}

static const char *parse_unix(const char *rest, struct redis_address *out)
{
    size_t len = strcspn(rest, "?");
    if (rest[0] != '/') return "unix:// wants an absolute path: unix:///run/redis/redis.sock";
    if (!copy_part(out->unix_path, sizeof(out->unix_path), rest, len))
        return "the path of a unix socket has at most 107 characters";
    if (rest[len] == '\0') return NULL;
    if (strncmp(rest + len, "?db=", 4) != 0 || !parse_number(rest + len + 4, 99999, &out->database))
        return "after the path of a unix socket only ?db=NUMBER may follow";
    return NULL;
}

/* host, [v6], with or without :port; *out has the default port. */
static const char *parse_host_port(const char *text, size_t len, struct address_host *out)
{
    const char *host = text, *colon;
    size_t host_len;
    if (text[0] == '[') {
        const char *close = memchr(text, ']', len);
        if (!close) return "the bracket of the IPv6 address is not closed";
        host = text + 1;
        host_len = (size_t)(close - host);
        colon = close + 1 < text + len ? close + 1 : NULL;
        if (colon && *colon != ':') return "a port goes behind the bracket as ]:6379";
    } else {
        colon = memchr(text, ':', len);
        host_len = colon ? (size_t)(colon - text) : len;
    }
    if (host_len == 0) return "the host is missing: redis://host:6379/0";
    if (!copy_part(out->name, sizeof(out->name), host, host_len)) return "the host name is too long";
    char port[16];
    if (!colon) return NULL;
    if (!copy_part(port, sizeof(port), colon + 1, (size_t)(text + len - colon - 1)) ||
        !parse_number(port, 65535, &out->port) || out->port == 0)
        return "the port is a number from 1 to 65535";
    return NULL;
}

/* One or more, separated by commas. */
static const char *parse_hosts(const char *text, size_t len, int default_port, struct redis_address *out)
{
    if (memchr(text, '@', len))
        return "no user or password in the address: use redis.username and redis.password_file";
    for (const char *end = text + len;; text++) {
        const char *comma = memchr(text, ',', (size_t)(end - text));
        size_t part = (size_t)((comma ? comma : end) - text);
        if (out->host_count == REDIS_ADDRESS_HOSTS_MAX) return "at most 16 hosts";
        struct address_host *host = &out->hosts[out->host_count++];
        host->port = default_port;
        const char *wrong = parse_host_port(text, part, host);
        if (wrong || !comma) return wrong;
        text = comma;
    }
}

/* /NAME or /NAME?db=NUMBER */
static const char *parse_sentinel_path(const char *path, struct redis_address *out)
{
    static const char wanted[] =
        "write sentinel://host:26379,host:26379/NAME, NAME being the primary's in Sentinel";
    if (*path != '/') return wanted;
    size_t len = strcspn(path + 1, "?");
    if (len == 0 || memchr(path + 1, '/', len) ||
        !copy_part(out->sentinel_name, sizeof(out->sentinel_name), path + 1, len))
        return wanted;
    const char *rest = path + 1 + len;
    if (*rest && (strncmp(rest, "?db=", 4) != 0 || !parse_number(rest + 4, 99999, &out->database)))
        return "after the primary's name only ?db=NUMBER may follow";
    return NULL;
}

static const struct scheme {
    const char *prefix;
    bool tls, sentinel;
} schemes[] = {
    {"redis://", false, false},
    {"rediss://", true, false},
    {"sentinel://", false, true},
    {"sentinels://", true, true},
};

const char *redis_address_parse(const char *url, struct redis_address *out)
{
    struct redis_address address = {0};
    const struct scheme *scheme = NULL;
    const char *wrong;
    if (strncmp(url, "unix://", 7) == 0) {
        if ((wrong = parse_unix(url + 7, &address))) return wrong;
        *out = address;
        return NULL;
    }
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (strncmp(url, schemes[i].prefix, strlen(schemes[i].prefix)) == 0) scheme = &schemes[i];
    if (!scheme) return "an address starts with redis://, rediss://, sentinel://, sentinels:// or unix://";
    const char *rest = url + strlen(scheme->prefix);
    size_t len = strcspn(rest, "/?");
    address.tls = scheme->tls;
    if ((wrong = parse_hosts(rest, len, scheme->sentinel ? 26379 : 6379, &address))) return wrong;
    const char *path = rest + len;
    if (scheme->sentinel) {
        if ((wrong = parse_sentinel_path(path, &address))) return wrong;
    } else if (*path && strcmp(path, "/") != 0 &&
               (*path != '/' || !parse_number(path + 1, 99999, &address.database))) {
        return "after the host only /DATABASE may follow, a number";
    }
    *out = address;
    return NULL;
}

const char *listen_address_parse(const char *text, struct listen_address *out)
{
    struct listen_address address = {0};
    const char *colon = strrchr(text, ':');
    if (!colon) return "write address:port, for example 127.0.0.1:8080";
    const char *host = text;
    size_t len = (size_t)(colon - text);
    if (text[0] == '[') {
        if (len < 2 || colon[-1] != ']') return "write an IPv6 address as [address]:port";
        host++;
        len -= 2;
    }
    if (!parse_number(colon + 1, 65535, &address.port)) return "the port is a number from 0 to 65535";
    if (!copy_part(address.host, sizeof(address.host), host, len)) return "the address is too long";
    struct in6_addr ignored;
    bool v6 = inet_pton(AF_INET6, address.host, &ignored) == 1;
    bool v4 = inet_pton(AF_INET, address.host, &ignored) == 1;
    if (v6 && text[0] != '[') return "write an IPv6 address as [address]:port";
    if (!v4 && !v6 && strcmp(address.host, "localhost") != 0 && strcmp(address.host, "*") != 0)
        return "the address is a number, localhost, or * for every interface";
    *out = address;
    return NULL;
}
