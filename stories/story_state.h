/*
 * story_state - stories, members and withdrawals as bytes, and back.
 *
 * Every blob is: one byte format version, a protobuf message (state.proto), eight bytes XXH3-64 of all
 * before them, little-endian. The same value gives the same bytes. Whatever is not exactly what was
 * written is NW_ERR_CORRUPT; a version this build does not know is NW_ERR_VERSION.
 * A member takes at most STORY_STATE_MEMBER_MAX bytes: a source name that does not fit goes into its
 * story's blob, and the member keeps the name's hash.
 */
#ifndef NW_STORIES_STORY_STATE_H
#define NW_STORIES_STORY_STATE_H

#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#include "base/arena.h"
#include "base/err.h"
#include "stories/source_table.h"
#include "stories/story.h"
#include "stories/withdrawals.h"

enum { STATE_VERSION = 3, STORY_STATE_MEMBER_MAX = 96 };

/* The envelope. *body borrows from bytes. */
void state_seal(struct arena *arena, const ProtobufCMessage *message, const uint8_t **bytes, size_t *len);
enum nw_err state_open(const uint8_t *bytes, size_t len, const uint8_t **body,
                       size_t *body_len) NW_MUST_CHECK;

void member_pack(struct arena *arena, const struct source_table *sources, const struct member *member,
                 const uint8_t **bytes, size_t *len);
/* Does the name of its source have to be in the story's blob? */
bool member_source_is_long(const struct source_table *sources, const struct member *member);

/* A story's own state: terms as bytes (NULL for a closed story), and the long names of its sources, sorted.
 */
struct story_blob {
    const char *language;
    uint64_t changed_sequence; /* the revision without the generation */
    size_t member_count;
    const char **long_sources;
    size_t long_source_count;
    const uint8_t *terms;
    size_t terms_len;
};
/* number, status, cause, offsets and times are taken from story. */
void story_pack(struct arena *arena, const struct story *story, const struct story_blob *blob,
                const uint8_t **bytes, size_t *len);
/* Sets those fields of *story and *blob (which borrows from the arena). */
enum nw_err story_unpack(struct arena *arena, const uint8_t *bytes, size_t len, struct story *story,
                         struct story_blob *blob) NW_MUST_CHECK;

/* article is the key it was stored under; blob is its story's. Interns the source. */
enum nw_err member_unpack(struct arena *arena, struct source_table *sources, const struct story_blob *blob,
                          struct id128 article, const uint8_t *bytes, size_t len,
                          struct member *out) NW_MUST_CHECK;

void withdrawal_pack(struct arena *arena, const struct withdrawal *withdrawal, const uint8_t **bytes,
                     size_t *len);
enum nw_err withdrawal_unpack(struct arena *arena, struct id128 key, const uint8_t *bytes, size_t len,
                              struct withdrawal *out) NW_MUST_CHECK;

#endif
