/*
 * pb - the few helpers every protobuf-c packer and unpacker here needs.
 *
 * protobuf-c wants an allocator and non-const members; records are unpacked into an arena, so that
 * nothing is freed one by one, and strings of a topic are not to be trusted to be UTF-8.
 */
#ifndef NW_ARTICLES_PB_H
#define NW_ARTICLES_PB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#include "base/arena.h"
#include "base/hash.h"

/* Allocates from the arena; free does nothing, the arena's owner resets it. */
ProtobufCAllocator pb_arena_allocator(struct arena *arena);

/* The message's bytes in the arena. */
void pb_pack(struct arena *arena, const ProtobufCMessage *message, const uint8_t **bytes, size_t *len);

/* protobuf-c reads but never writes these members when packing; its structs only lack the const. */
static inline char *pb_text(const char *text)
{
    return (char *)(uintptr_t)text;
}
static inline ProtobufCBinaryData pb_data(const void *data, size_t len)
{
    return (ProtobufCBinaryData){.len = len, .data = (uint8_t *)(uintptr_t)data};
}
/* 16 bytes in the arena, or empty for the zero id. */
ProtobufCBinaryData pb_id(struct arena *arena, struct id128 id);
/* Exactly 16 bytes, or none at all (zero id); false otherwise. */
bool pb_id_read(ProtobufCBinaryData data, struct id128 *out);

/* Valid UTF-8 without NUL inside (protobuf-c ends strings at one) and at most max bytes long. */
bool pb_text_valid(const char *text, size_t max);

/* Times between year 1 and 9999: outside, arithmetic on them could overflow. */
bool pb_time_valid(int64_t ms);

#endif
