/*
 * hash - 64- and 128-bit hashes (XXH3) and the 128-bit ids made of them.
 *
 * Not cryptographic: ids of articles and stories, term hashes, table keys. The values are stored in
 * Kafka and Redis, so the function never changes within a state version.
 */
#ifndef NW_BASE_HASH_H
#define NW_BASE_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct id128 {
    uint64_t hi, lo;
};

enum { ID128_HEX_LEN = 32, ID128_BYTES = 16 };

uint64_t hash64(const void *data, size_t len);
struct id128 hash128(const void *data, size_t len);

static inline bool id128_equal(struct id128 a, struct id128 b)
{
    return a.hi == b.hi && a.lo == b.lo;
}
static inline bool id128_is_zero(struct id128 id)
{
    return id.hi == 0 && id.lo == 0;
}
/* <0, 0, >0 in the order of the hex text. */
int id128_compare(struct id128 a, struct id128 b);

/* 32 lower-case hex digits and a NUL. */
void id128_hex(struct id128 id, char out[ID128_HEX_LEN + 1]);
/* Only exactly 32 hex digits; false leaves *out alone. */
bool id128_parse(const char *hex, size_t len, struct id128 *out);

/* Big-endian bytes, the form in records and state. */
void id128_bytes(struct id128 id, uint8_t out[ID128_BYTES]);
struct id128 id128_from_bytes(const uint8_t bytes[ID128_BYTES]);

#endif
