#include "articles/pb.h"

#include <string.h>

#include <utf8proc.h>

static void *alloc_in_arena(void *arena, size_t size)
{
    return arena_alloc(arena, size);
}

static void free_nothing(void *arena, void *memory)
{
    (void)arena;
    (void)memory;
}

ProtobufCAllocator pb_arena_allocator(struct arena *arena)
{
    return (ProtobufCAllocator){.alloc = alloc_in_arena, .free = free_nothing, .allocator_data = arena};
}

void pb_pack(struct arena *arena, const ProtobufCMessage *message, const uint8_t **bytes, size_t *len)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *packed = arena_alloc(arena, size);
    protobuf_c_message_pack(message, packed);
    *bytes = packed;
    *len = size;
}

ProtobufCBinaryData pb_id(struct arena *arena, struct id128 id)
{
    if (id128_is_zero(id)) return pb_data(NULL, 0);
    uint8_t *bytes = arena_alloc(arena, ID128_BYTES);
    id128_bytes(id, bytes);
    return pb_data(bytes, ID128_BYTES);
}

bool pb_id_read(ProtobufCBinaryData data, struct id128 *out)
{
    if (data.len != 0 && data.len != ID128_BYTES) return false;
    *out = data.len == 0 ? (struct id128){0, 0} : id128_from_bytes(data.data);
    return true;
}

bool pb_text_valid(const char *text, size_t max)
{
    size_t len = strlen(text);
    if (len > max) return false;
    for (size_t i = 0; i < len;) {
        if ((unsigned char)text[i] < 0x80) {
            i++;
            continue;
        }
        utf8proc_int32_t cp;
        utf8proc_ssize_t used =
            utf8proc_iterate((const utf8proc_uint8_t *)text + i, (utf8proc_ssize_t)(len - i), &cp);
        if (used <= 0) return false;
        i += (size_t)used;
    }
    return true;
}

bool pb_time_valid(int64_t ms)
{
    const int64_t year_1_ms = INT64_C(-62135596800000), year_10000_ms = INT64_C(253402300800000);
    return ms >= year_1_ms && ms < year_10000_ms;
}
