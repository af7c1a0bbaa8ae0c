#include "stories/story_state.h"

#include <assert.h>
#include <string.h>

#include "articles/pb.h"
#include "base/alloc.h"
#include "base/hash.h"
#include "base/instant.h"
#include "stories/duplicates.h"
#include "stories/state.pb-c.h"
#include "stories/story_edits.h"

enum { CHECKSUM_BYTES = 8, ENVELOPE_BYTES = 1 + CHECKSUM_BYTES, MAX_SOURCE_NAME = 512 };

/* ---- envelope ---- */

void state_seal(struct arena *arena, const ProtobufCMessage *message, const uint8_t **bytes, size_t *len)
{
    size_t body_len = protobuf_c_message_get_packed_size(message);
    uint8_t *sealed = arena_alloc(arena, body_len + ENVELOPE_BYTES);
    sealed[0] = STATE_VERSION;
    protobuf_c_message_pack(message, sealed + 1);
    uint64_t checksum = hash64(sealed, body_len + 1);
    for (unsigned i = 0; i < CHECKSUM_BYTES; i++) sealed[1 + body_len + i] = (uint8_t)(checksum >> (8 * i));
    *bytes = sealed;
    *len = body_len + ENVELOPE_BYTES;
}

enum nw_err state_open(const uint8_t *bytes, size_t len, const uint8_t **body, size_t *body_len)
{
    if (len < ENVELOPE_BYTES) return NW_ERR_CORRUPT;
    uint64_t checksum = 0;
    for (unsigned i = 0; i < CHECKSUM_BYTES; i++)
        checksum |= (uint64_t)bytes[len - CHECKSUM_BYTES + i] << (8 * i);
    if (checksum != hash64(bytes, len - CHECKSUM_BYTES)) return NW_ERR_CORRUPT;
    if (bytes[0] != STATE_VERSION) return NW_ERR_VERSION;
    *body = bytes + 1;
    *body_len = len - ENVELOPE_BYTES;
    return NW_OK;
}

static bool stored_time_valid(int64_t ms)
{
    return ms == NW_NO_TIME || pb_time_valid(ms);
}

/* ---- members ---- */

/* X(bit, field): hashes that are stored when they are not zero, in this order */
#define MEMBER_HASHES(X)                                                                                     \
    X(0, raw_url_hash)                                                                                       \
    X(1, producer_id_hash)                                                                                   \
    X(2, simhash)                                                                                            \
    X(3, title_hash)                                                                                         \
    X(4, content_hash)

enum {
    MEMBER_HASH_COUNT = 6,
    PRESENT_GROUP = 1 << 5, /* else it is the member's own */
    PRESENT_PUBLISHED = 1 << 6,
    PRESENT_VERSION = 1 << 7,
    PRESENT_ATTRIBUTED = 1 << 8,
    PRESENT_CARD = 1 << 9,
    PRESENT_ALL = (1 << 10) - 1,
};

/* hashes: room for MEMBER_HASH_COUNT. Without the source. */
static Newswired__MemberState member_message(const struct member *member, uint64_t *hashes)
{
    Newswired__MemberState m = NEWSWIRED__MEMBER_STATE__INIT;
    m.hashes = hashes;
#define PUT_HASH(bit, field)                                                                                 \
    if (member->field != 0) {                                                                                \
        m.present |= 1u << (bit);                                                                            \
        hashes[m.n_hashes++] = member->field;                                                                \
    }
    MEMBER_HASHES(PUT_HASH)
#undef PUT_HASH
    if (member->group != duplicates_own_group(member->article, member->sequence)) {
        m.present |= PRESENT_GROUP;
        hashes[m.n_hashes++] = member->group;
    }
    if (member->published_ms != NW_NO_TIME) {
        m.present |= PRESENT_PUBLISHED;
        m.published_ms = member->published_ms;
    }
    if (member->version_ms != NW_NO_TIME) {
        m.present |= PRESENT_VERSION;
        m.version_ms = member->version_ms - m.published_ms;
    }
    if (member->attributed) m.present |= PRESENT_ATTRIBUTED;
    if (member->has_card) m.present |= PRESENT_CARD;
    m.sequence = member->sequence;
    return m;
}

/* Counts the longest version there is: a member's version may change without its story's blob being
 * written again, and then the name must not have to move. */
static bool name_fits(const Newswired__MemberState *without_source, const char *name)
{
    Newswired__MemberState longest = *without_source;
    longest.version_ms = INT64_MIN / 2 / 1024; /* beyond any difference of two valid times */
    size_t name_bytes = strlen(name) + 2;      /* field tag and length */
    return protobuf_c_message_get_packed_size(&longest.base) + name_bytes + ENVELOPE_BYTES <=
           STORY_STATE_MEMBER_MAX;
}

void member_pack(struct arena *arena, const struct source_table *sources, const struct member *member,
                 const uint8_t **bytes, size_t *len)
{
    uint64_t hashes[MEMBER_HASH_COUNT];
    Newswired__MemberState m = member_message(member, hashes);
    const char *name = source_table_name(sources, member->source);
    if (name_fits(&m, name))
        m.source = pb_text(name);
    else
        m.source_hash = hash64(name, strlen(name));
    state_seal(arena, &m.base, bytes, len);
    assert(*len <= STORY_STATE_MEMBER_MAX);
}

bool member_source_is_long(const struct source_table *sources, const struct member *member)
{
    const char *name = source_table_name(sources, member->source);
    uint64_t hashes[MEMBER_HASH_COUNT];
    Newswired__MemberState m = member_message(member, hashes);
    return !name_fits(&m, name);
}

static bool find_source(struct source_table *sources, const struct story_blob *blob,
                        const Newswired__MemberState *m, uint32_t *out)
{
    const char *name = m->source;
    for (size_t i = 0; m->source_hash != 0 && i < blob->long_source_count; i++)
        if (hash64(blob->long_sources[i], strlen(blob->long_sources[i])) == m->source_hash)
            name = blob->long_sources[i];
    if (name[0] == '\0' || !pb_text_valid(name, MAX_SOURCE_NAME)) return false;
    *out = source_table_intern(sources, name);
    return true;
}

static bool member_read(const Newswired__MemberState *m, struct id128 article, struct member *out)
{
    if ((m->present & ~(uint32_t)PRESENT_ALL) != 0) return false;
    if (m->n_hashes != (size_t)__builtin_popcount(m->present & (2 * PRESENT_GROUP - 1))) return false;
    const uint64_t *hash = m->hashes;
    *out = (struct member){.article = article, .sequence = m->sequence};
#define GET_HASH(bit, field)                                                                                 \
    if ((m->present & 1u << (bit)) != 0) out->field = *hash++;
    MEMBER_HASHES(GET_HASH)
#undef GET_HASH
    out->group = (m->present & PRESENT_GROUP) != 0 ? *hash : duplicates_own_group(article, out->sequence);
    if (!pb_time_valid(m->published_ms)) return false;
    out->published_ms = (m->present & PRESENT_PUBLISHED) != 0 ? m->published_ms : NW_NO_TIME;
    int64_t version_ms;
    if (__builtin_add_overflow(m->version_ms, m->published_ms, &version_ms) || !pb_time_valid(version_ms))
        return false;
    out->version_ms = (m->present & PRESENT_VERSION) != 0 ? version_ms : NW_NO_TIME;
    out->attributed = (m->present & PRESENT_ATTRIBUTED) != 0;
    out->has_card = (m->present & PRESENT_CARD) != 0;
    return true;
}

enum nw_err member_unpack(struct arena *arena, struct source_table *sources, const struct story_blob *blob,
                          struct id128 article, const uint8_t *bytes, size_t len, struct member *out)
{
    const uint8_t *body;
    size_t body_len;
    enum nw_err err = state_open(bytes, len, &body, &body_len);
    if (err != NW_OK) return err;
    ProtobufCAllocator allocator = pb_arena_allocator(arena);
    const Newswired__MemberState *m = newswired__member_state__unpack(&allocator, body_len, body);
    struct member member;
    if (m == NULL || !member_read(m, article, &member) || !find_source(sources, blob, m, &member.source))
        return NW_ERR_CORRUPT;
    *out = member;
    return NW_OK;
}

/* ---- stories ---- */

static void edits_put(struct arena *arena, const struct story_edits *edits, Newswired__StoryState *m)
{
    if (edits == NULL) return;
    if (edits->title != NULL) m->title = pb_text(edits->title);
    m->merged_by_hand = edits->merged_by_hand;
    m->split_from = pb_id(arena, edits->split_from);
    m->apart = edits->apart;
    m->n_apart = edits->apart_count;
    m->absorbed = edits->absorbed;
    m->n_absorbed = edits->absorbed_count;
}

/* Each once, none the story itself. */
static bool numbers_valid(const uint64_t *numbers, size_t count, size_t max, uint64_t own)
{
    if (count > max) return false;
    for (size_t i = 0; i < count; i++) {
        if (numbers[i] == own) return false;
        for (size_t k = 0; k < i; k++)
            if (numbers[k] == numbers[i]) return false;
    }
    return true;
}

static uint64_t *copy_numbers(const uint64_t *numbers, size_t count)
{
    return count > 0 ? (uint64_t *)(void *)nw_memdup(numbers, count * sizeof(*numbers)) : NULL;
}

/* Numbers are checked against the language's count by the partition. */
static bool edits_read(const Newswired__StoryState *m, struct story *story)
{
    struct id128 split_from;
    if (!pb_id_read(m->split_from, &split_from) || !pb_text_valid(m->title, STORY_TITLE_MAX)) return false;
    if (!numbers_valid(m->apart, m->n_apart, STORY_APART_MAX, m->number) ||
        !numbers_valid(m->absorbed, m->n_absorbed, STORY_ABSORBED_MAX, m->number))
        return false;
    bool any = m->title[0] != '\0' || m->merged_by_hand || !id128_is_zero(split_from) || m->n_apart > 0 ||
               m->n_absorbed > 0;
    if (!any) return true;
    struct story_edits *edits = story_edits_of(story);
    story_edits_set_title(story, m->title);
    edits->merged_by_hand = m->merged_by_hand;
    edits->split_from = split_from;
    edits->apart = copy_numbers(m->apart, m->n_apart);
    edits->apart_count = m->n_apart;
    edits->absorbed = copy_numbers(m->absorbed, m->n_absorbed);
    edits->absorbed_count = m->n_absorbed;
    return true;
}

void story_pack(struct arena *arena, const struct story *story, const struct story_blob *blob,
                const uint8_t **bytes, size_t *len)
{
    Newswired__StoryState m = NEWSWIRED__STORY_STATE__INIT;
    ProtobufCBinaryData related[STORY_RELATED_MAX];
    m.language = pb_text(blob->language);
    m.number = story->number;
    m.status = story->status;
    m.cause = story->cause;
    m.changed_sequence = blob->changed_sequence;
    m.members = (uint32_t)blob->member_count;
    m.changed_offset = story->changed_offset;
    m.updated_ms = story->updated_ms;
    m.joined_watermark_ms = story->joined_watermark_ms;
    m.closed_watermark_ms = story->closed_watermark_ms;
    m.joined_sequence = story->joined_sequence;
    m.closed_sequence = story->closed_sequence;
    m.continues = pb_id(arena, story->continues);
    m.related = related;
    while (m.n_related < STORY_RELATED_MAX && !id128_is_zero(story->related[m.n_related])) {
        related[m.n_related] = pb_id(arena, story->related[m.n_related]);
        m.n_related++;
    }
    m.n_long_sources = blob->long_source_count;
    m.long_sources = (char **)(uintptr_t)blob->long_sources;
    m.terms = pb_data(blob->terms, blob->terms_len);
    edits_put(arena, story->edits, &m);
    state_seal(arena, &m.base, bytes, len);
}

static bool story_read(const Newswired__StoryState *m, struct story *story)
{
    if (m->status != STORY_ACTIVE && m->status != STORY_CLOSED) return false;
    if (m->cause >= CAUSE_COUNT || m->n_related > STORY_RELATED_MAX) return false;
    if (!stored_time_valid(m->updated_ms) || !stored_time_valid(m->joined_watermark_ms) ||
        !stored_time_valid(m->closed_watermark_ms))
        return false;
    size_t language_len = strlen(m->language);
    if (language_len == 0 || language_len >= STORY_LANGUAGE_MAX) return false;
    if (!pb_id_read(m->continues, &story->continues)) return false;
    for (size_t i = 0; i < m->n_related; i++)
        if (!pb_id_read(m->related[i], &story->related[i]) || id128_is_zero(story->related[i])) return false;
    memcpy(story->language, m->language, language_len);
    story->number = m->number;
    story->status = (enum story_status)m->status;
    story->cause = (enum story_cause)m->cause;
    story->changed_offset = m->changed_offset;
    story->updated_ms = m->updated_ms;
    story->joined_watermark_ms = m->joined_watermark_ms;
    story->closed_watermark_ms = m->closed_watermark_ms;
    story->joined_sequence = m->joined_sequence;
    story->closed_sequence = m->closed_sequence;
    return edits_read(m, story);
}

enum nw_err story_unpack(struct arena *arena, const uint8_t *bytes, size_t len, struct story *story,
                         struct story_blob *blob)
{
    const uint8_t *body;
    size_t body_len;
    enum nw_err err = state_open(bytes, len, &body, &body_len);
    if (err != NW_OK) return err;
    ProtobufCAllocator allocator = pb_arena_allocator(arena);
    const Newswired__StoryState *m = newswired__story_state__unpack(&allocator, body_len, body);
    if (m == NULL || !story_read(m, story)) return NW_ERR_CORRUPT;
    *blob = (struct story_blob){
        .language = m->language,
        .changed_sequence = m->changed_sequence,
        .member_count = m->members,
        .long_sources = (const char **)(uintptr_t)m->long_sources,
        .long_source_count = m->n_long_sources,
        .terms = m->terms.data,
        .terms_len = m->terms.len,
    };
    return NW_OK;
}

/* ---- withdrawals ---- */

void withdrawal_pack(struct arena *arena, const struct withdrawal *withdrawal, const uint8_t **bytes,
                     size_t *len)
{
    Newswired__WithdrawalState m = NEWSWIRED__WITHDRAWAL_STATE__INIT;
    m.retracted = withdrawal->retracted;
    m.retracted_version_ms = withdrawal->retracted_version_ms;
    m.moved = withdrawal->moved;
    m.moved_version_ms = withdrawal->moved_version_ms;
    m.kept_language = pb_text(withdrawal->kept_language);
    m.time_ms = withdrawal->time_ms;
    m.taken_down = withdrawal->taken_down;
    m.taken_offset = withdrawal->taken_offset;
    state_seal(arena, &m.base, bytes, len);
}

enum nw_err withdrawal_unpack(struct arena *arena, struct id128 key, const uint8_t *bytes, size_t len,
                              struct withdrawal *out)
{
    const uint8_t *body;
    size_t body_len;
    enum nw_err err = state_open(bytes, len, &body, &body_len);
    if (err != NW_OK) return err;
    ProtobufCAllocator allocator = pb_arena_allocator(arena);
    const Newswired__WithdrawalState *m = newswired__withdrawal_state__unpack(&allocator, body_len, body);
    if (m == NULL || (m->retracted || m->moved) == m->taken_down) return NW_ERR_CORRUPT;
    size_t language_len = strlen(m->kept_language);
    if (language_len >= STORY_LANGUAGE_MAX || (language_len > 0) != m->moved) return NW_ERR_CORRUPT;
    if (!stored_time_valid(m->retracted_version_ms) || !stored_time_valid(m->moved_version_ms) ||
        !stored_time_valid(m->time_ms))
        return NW_ERR_CORRUPT;
    *out = (struct withdrawal){.key = key,
                               .retracted = m->retracted,
                               .retracted_version_ms = m->retracted_version_ms,
                               .moved = m->moved,
                               .moved_version_ms = m->moved_version_ms,
                               .time_ms = m->time_ms,
                               .taken_down = m->taken_down,
                               .taken_offset = m->taken_offset};
    memcpy(out->kept_language, m->kept_language, language_len);
    return NW_OK;
}
