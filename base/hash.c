#include "base/hash.h"

#include <xxhash.h>

uint64_t hash64(const void *data, size_t len)
{
    return XXH3_64bits(data, len);
}

struct id128 hash128(const void *data, size_t len)
{
    XXH128_hash_t h = XXH3_128bits(data, len);
    return (struct id128){.hi = h.high64, .lo = h.low64};
}

int id128_compare(struct id128 a, struct id128 b)
{
    if (a.hi != b.hi) return a.hi < b.hi ? -1 : 1;
    if (a.lo != b.lo) return a.lo < b.lo ? -1 : 1;
    return 0;
}

void id128_hex(struct id128 id, char out[ID128_HEX_LEN + 1])
{
    static const char digits[] = "0123456789abcdef";
    for (unsigned i = 0; i < 16; i++) {
        unsigned shift = (15 - i) * 4;
        out[i] = digits[(id.hi >> shift) & 15];
        out[16 + i] = digits[(id.lo >> shift) & 15];
    }
    out[ID128_HEX_LEN] = '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool id128_parse(const char *hex, size_t len, struct id128 *out)
{
    if (len != ID128_HEX_LEN) return false;
    struct id128 id = {0, 0};
    for (unsigned i = 0; i < ID128_HEX_LEN; i++) {
        int digit = hex_digit(hex[i]);
        if (digit < 0) return false;
        uint64_t *half = i < 16 ? &id.hi : &id.lo;
        *half = *half << 4 | (uint64_t)digit;
    }
    *out = id;
    return true;
}

void id128_bytes(struct id128 id, uint8_t out[ID128_BYTES])
{
    for (unsigned i = 0; i < 8; i++) {
        out[i] = (uint8_t)(id.hi >> (56 - 8 * i));
        out[8 + i] = (uint8_t)(id.lo >> (56 - 8 * i));
    }
}

struct id128 id128_from_bytes(const uint8_t bytes[ID128_BYTES])
{
    struct id128 id = {0, 0};
    for (unsigned i = 0; i < 8; i++) {
        id.hi = id.hi << 8 | bytes[i];
        id.lo = id.lo << 8 | bytes[8 + i];
    }
    return id;
}
