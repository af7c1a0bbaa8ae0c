/* A partition's stored state under good checksums: it is refused, or restored to what packs the same again.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "stories/partition.h"
#include "stories/story_edits.h"
#include "stories/story_state.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct blob {
    const uint8_t *bytes;
    size_t len;
};

/* Two bytes length, then as many as there are: sealed as if this build had written it. */
static struct blob next_blob(struct arena *arena, const uint8_t **data, size_t *size)
{
    size_t len = 0;
    if (*size >= 2) {
        len = (size_t)(*data)[0] | (size_t)(*data)[1] << 8;
        *data += 2;
        *size -= 2;
    }
    if (len > *size) len = *size;
    uint8_t *sealed = arena_alloc(arena, len + 9);
    sealed[0] = STATE_VERSION;
    memcpy(sealed + 1, *data, len);
    uint64_t checksum = hash64(sealed, len + 1);
    for (unsigned i = 0; i < 8; i++) sealed[1 + len + i] = (uint8_t)(checksum >> (8 * i));
    *data += len;
    *size -= len;
    return (struct blob){sealed, len + 9};
}

/* The only id the story can have. */
static struct id128 id_of(struct arena *arena, struct blob blob)
{
    struct story story = {0};
    struct story_blob read;
    if (story_unpack(arena, blob.bytes, blob.len, &story, &read) != NW_OK) return (struct id128){0, 0};
    story_edits_free(&story);
    return story_id(1, story.language, story.number);
}

static void check_story(struct arena *arena, const struct partition *partition, struct id128 id,
                        struct id128 article)
{
    const struct story *story = partition_find_story(partition, id);
    struct blob blob;
    assert(story != NULL && story->member_count == 1);
    partition_pack_story(arena, story, &blob.bytes, &blob.len);
    partition_pack_member(arena, partition, &story->members[0], &blob.bytes, &blob.len);
    assert(blob.len <= STORY_STATE_MEMBER_MAX);
    assert(partition_find_member(partition, id, article) == &story->members[0]);
}

static void restore(struct arena *arena, struct partition *partition, const uint8_t *data, size_t size)
{
    const struct id128 article = {1, 2};
    struct blob header = next_blob(arena, &data, &size);
    uint64_t next;
    if (partition_restore_header(partition, header.bytes, header.len, &next) != NW_OK) return;
    struct blob story = next_blob(arena, &data, &size), member = next_blob(arena, &data, &size);
    const struct stored_member stored = {article, member.bytes, member.len};
    struct id128 id = id_of(arena, story);
    if (partition_restore_story(partition, id, story.bytes, story.len, &stored, 1) == NW_OK)
        check_story(arena, partition, id, article);
    struct blob withdrawal = next_blob(arena, &data, &size);
    if (partition_restore_withdrawal(partition, article, withdrawal.bytes, withdrawal.len) != NW_OK) return;
    if (partition_restore_finish(partition) != NW_OK) return;
    partition_pack_header(arena, partition, &header.bytes, &header.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct story_policy policy = story_policy_default();
    struct partition *partition = partition_new(&policy);
    partition_accept_policy(partition);
    restore(arena, partition, data, size);
    partition_free(partition);
    arena_free(arena);
    return 0;
}
