#include "consumers/store_keys.h"

#include <assert.h>
#include <stdio.h>

void store_keys_init(struct store_keys *keys, const char *key_namespace, const char *topic, int32_t partition)
{
    int tag = snprintf(keys->tag, sizeof(keys->tag), "{%s:%d}", topic, partition);
    int prefix = snprintf(keys->prefix, sizeof(keys->prefix), "%s:%s:", key_namespace, keys->tag);
    int all = snprintf(keys->partitions, sizeof(keys->partitions), "%s:partitions", key_namespace);
    assert(tag > 0 && (size_t)tag < sizeof(keys->tag));
    assert(prefix > 0 && (size_t)prefix < sizeof(keys->prefix));
    assert(all > 0 && (size_t)all < sizeof(keys->partitions));
}

void store_key(struct redis_pipe *pipe, const struct store_keys *keys, const char *name)
{
    redis_pipe_joined(pipe, keys->prefix, name, "");
}

void store_key_named(struct redis_pipe *pipe, const struct store_keys *keys, const char *name,
                     const char *suffix)
{
    redis_pipe_joined(pipe, keys->prefix, name, suffix);
}

void store_key_of(struct redis_pipe *pipe, const struct store_keys *keys, const char *name, struct id128 id)
{
    char hex[ID128_HEX_LEN + 1];
    id128_hex(id, hex);
    redis_pipe_joined(pipe, keys->prefix, name, hex);
}

void store_hex(struct redis_pipe *pipe, struct id128 id)
{
    char hex[ID128_HEX_LEN + 1];
    id128_hex(id, hex);
    redis_pipe_bytes(pipe, hex, ID128_HEX_LEN);
}

void store_id_bytes(struct redis_pipe *pipe, struct id128 id)
{
    uint8_t bytes[ID128_BYTES];
    id128_bytes(id, bytes);
    redis_pipe_bytes(pipe, bytes, sizeof(bytes));
}
