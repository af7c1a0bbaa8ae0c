/*
 * varint - unsigned numbers of up to 32 bits, seven bits a byte, low ones first, as protobuf has them.
 */
#ifndef NW_STORIES_VARINT_H
#define NW_STORIES_VARINT_H

#include <stddef.h>
#include <stdint.h>

enum { VARINT_MAX = 5 }; /* bytes of one */

static inline uint8_t *varint_put(uint8_t *at, uint32_t value)
{
    while (value >= 0x80) {
        *at++ = (uint8_t)(value | 0x80);
        value >>= 7;
    }
    *at++ = (uint8_t)value;
    return at;
}

/* Returns the byte behind it. NULL at damage, and stays NULL: at may be NULL. */
static inline const uint8_t *varint_get(const uint8_t *at, const uint8_t *end, uint32_t *value)
{
    uint64_t sum = 0;
    for (unsigned shift = 0; at != NULL && shift < 7 * VARINT_MAX; shift += 7) {
        if (at == end) return NULL;
        uint8_t byte = *at++;
        sum |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80) {
            if (sum > UINT32_MAX) return NULL;
            *value = (uint32_t)sum;
            return at;
        }
    }
    return NULL;
}

#endif
