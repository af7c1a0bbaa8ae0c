/*
 * outbox_mark - what still has to be told to readers of the coverage topic about a story.
 *
 * Written with the change itself (one EXEC) and cleared when Kafka has it, so that nothing is forgotten
 * over a crash. The message is built from the committed state when it is sent; only for a story that has
 * no state any more (merged, dropped) the mark holds all there is to say.
 */
#ifndef NW_CONSUMERS_OUTBOX_MARK_H
#define NW_CONSUMERS_OUTBOX_MARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stories/story.h"

/* X(id, text) */
#define MARK_KINDS(X)                                                                                        \
    X(MARK_UPDATED, "updated")                                                                               \
    X(MARK_MERGED, "merged")                                                                                 \
    X(MARK_CLOSED, "closed")                                                                                 \
    X(MARK_DROPPED, "dropped") /* a tombstone, when its time has come */

enum mark_kind {
#define MARK_KIND_ENUM(id, text) id,
    MARK_KINDS(MARK_KIND_ENUM)
#undef MARK_KIND_ENUM
};

struct outbox_mark {
    struct id128 story;
    enum mark_kind kind;
    enum story_cause cause;
    uint64_t revision;
    uint64_t changed_offset;
    int64_t updated_ms;       /* NW_NO_TIME: none */
    struct id128 merged_into; /* merged only */
    int64_t due_ms;           /* dropped only: wall clock, not before */
    char language[STORY_LANGUAGE_MAX];
};

enum { OUTBOX_MARK_TEXT_MAX = 192 };

const char *mark_kind_text(enum mark_kind kind);

/* The mark of a story as it is now: updated, merged or closed by its status. */
void outbox_mark_of(const struct story *story, struct outbox_mark *out);
/* The text in ns:_outbox; returns its length. The story's id is the field, not part of it. */
size_t outbox_mark_format(const struct outbox_mark *mark, char out[OUTBOX_MARK_TEXT_MAX]);
/* false: not a mark. */
bool outbox_mark_parse(struct id128 story, const char *text, size_t len, struct outbox_mark *out);

/* A merged story as readers are told of it: no members, what the mark holds. Owns nothing. */
void outbox_mark_merged_story(const struct outbox_mark *mark, struct story *out);

#endif
