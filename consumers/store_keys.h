/*
 * store_keys - the names of a partition's Redis keys (docs/redis.md has the table).
 *
 * "<namespace>:{<features topic>:<partition>}:<name><suffix>": the part in braces is a literal hash tag,
 * so that all keys of a partition are in one cluster slot and one transaction. Names with a leading
 * "_" are internal, the others are a contract.
 */
#ifndef NW_CONSUMERS_STORE_KEYS_H
#define NW_CONSUMERS_STORE_KEYS_H

#include <stdint.h>

#include "base/hash.h"
#include "consumers/redis_pipe.h"

#define STORE_OWNER "_owner"           /* string: token of the owner */
#define STORE_STATUS "_status"         /* hash: who has the partition and how it fares, for people */
#define STORE_POSITION "_position"     /* hash: next, header, ratings, marks */
#define STORE_LIVE "_live"             /* set: ids of live stories */
#define STORE_CLOSED "_closed"         /* sorted set: closed stories by watermark */
#define STORE_STATE "_state:"          /* string: packed story */
#define STORE_MEMBERS "_members:"      /* hash: article id (16 bytes) -> packed member */
#define STORE_WITHDRAWN "_withdrawals" /* hash: article id (16 bytes) -> packed withdrawal */
#define STORE_OUTBOX "_outbox"         /* hash: story -> outbox mark (outbox_mark.h) */
#define STORE_STORY "story:"           /* hash: live counts */
#define STORE_COVERAGE "coverage:"     /* string: the last summary sent */
#define STORE_INSIGHTS "insights:"     /* string: the summary service's last answer */
#define STORE_ARTICLES "articles:"     /* hash: article id (hex) -> card */
#define STORE_ALIAS "alias:"           /* string: the id it was merged into */
#define STORE_ARTICLE "article:"       /* string: the story an article is in */
#define STORE_TOP "top:"               /* sorted set a window */
#define STORE_RECENT "recent"          /* sorted set: story by last change */
#define STORE_BLINDSPOTS "blindspots:" /* sorted set a side */
#define STORE_TOTALS "totals"          /* hash */
#define STORE_SOURCE "source:"         /* hash a source */
#define STORE_SOURCES "sources"        /* sorted set: source by when it was last seen */
#define STORE_CHANGES "changes"        /* stream */

enum { STORE_NAMESPACE_MAX = 200, STORE_TOPIC_MAX = 249 };

struct store_keys {
    char tag[STORE_TOPIC_MAX + 16];                               /* "{topic:partition}" */
    char prefix[STORE_NAMESPACE_MAX + STORE_TOPIC_MAX + 20];      /* "ns:{topic:partition}:" */
    char partitions[STORE_NAMESPACE_MAX + sizeof(":partitions")]; /* the set of tags, outside any slot */
};

/* Longer names than the limits above are a programming error: check what comes from outside. */
void store_keys_init(struct store_keys *keys, const char *key_namespace, const char *topic,
                     int32_t partition);

/* One argument: the key. */
void store_key(struct redis_pipe *pipe, const struct store_keys *keys, const char *name);
void store_key_of(struct redis_pipe *pipe, const struct store_keys *keys, const char *name, struct id128 id);
void store_key_named(struct redis_pipe *pipe, const struct store_keys *keys, const char *name,
                     const char *suffix);
/* One argument: an id in hex; in its 16 bytes. */
void store_hex(struct redis_pipe *pipe, struct id128 id);
void store_id_bytes(struct redis_pipe *pipe, struct id128 id);

#endif
