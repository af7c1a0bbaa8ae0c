/*
 * address - the addresses of the configuration, parsed: redis.url and http.listen.
 */
#ifndef NW_CONFIG_ADDRESS_H
#define NW_CONFIG_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

struct redis_address {
    char host[256]; /* "" when unix_path is given */
    char unix_path[108];
    int port, database;
    bool tls; /* rediss:// */
};

struct listen_address {
    char host[64]; /* a numeric address or "localhost"; "*" for every interface */
    int port;      /* 0: any free one */
};

/* NULL and *out filled, or what is wrong with it (a static text). */
const char *redis_address_parse(const char *url, struct redis_address *out);
const char *listen_address_parse(const char *text, struct listen_address *out);

#endif
