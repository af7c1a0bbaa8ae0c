/*
 * address - the addresses of the configuration, parsed: redis.url and http.listen.
 */
#ifndef NW_CONFIG_ADDRESS_H
#define NW_CONFIG_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REDIS_ADDRESS_HOSTS_MAX = 16 };

struct address_host {
    char name[256];
    int port;
};

struct redis_address {
    struct address_host hosts[REDIS_ADDRESS_HOSTS_MAX];
    size_t host_count;       /* 0 when unix_path is given */
    char sentinel_name[128]; /* sentinel://: the hosts are Sentinels, and this is the primary's name there */
    char unix_path[108];
    int database;
    bool tls; /* rediss://, sentinels:// */
};

struct listen_address {
    char host[64]; /* a numeric address or "localhost"; "*" for every interface */
    int port;      /* 0: any free one */
};

/* NULL and *out filled, or what is wrong with it (a static text). */
const char *redis_address_parse(const char *url, struct redis_address *out);
const char *listen_address_parse(const char *text, struct listen_address *out);

#endif
