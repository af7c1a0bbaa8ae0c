/*
 * story - one event as told by several outlets: its members and numbers.
 *
 * A story is owned by its partition and changed only by partition.c (members, numbers) and
 * clusterer.c (terms). Everybody else, coverage and the store, reads it as const.
 * Members are in the order of their arrival; what is "derived" is rebuilt from them on restore.
 */
#ifndef NW_STORIES_STORY_H
#define NW_STORIES_STORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

/* X(id, text) */
#define STORY_STATUSES(X)                                                                                    \
    X(STORY_ACTIVE, "active")                                                                                \
    X(STORY_CLOSED, "closed")                                                                                \
    X(STORY_MERGED, "merged")

enum story_status {
#define STORY_STATUS_ENUM(id, text) id,
    STORY_STATUSES(STORY_STATUS_ENUM)
#undef STORY_STATUS_ENUM
};

/* Why a story changed last: `provenance.cause` of a summary. */
#define STORY_CAUSES(X)                                                                                      \
    X(CAUSE_ARTICLE, "article")                                                                              \
    X(CAUSE_UPDATE, "update")                                                                                \
    X(CAUSE_RETRACTION, "retraction")                                                                        \
    X(CAUSE_MERGE, "merge")                                                                                  \
    X(CAUSE_SPLIT, "split")                                                                                  \
    X(CAUSE_RATINGS, "ratings")                                                                              \
    X(CAUSE_EXPIRY, "expiry")                                                                                \
    X(CAUSE_RENAME, "rename")                                                                                \
    X(CAUSE_TAKEDOWN, "takedown")

enum story_cause {
#define STORY_CAUSE_ENUM(id, text) id,
    STORY_CAUSES(STORY_CAUSE_ENUM)
#undef STORY_CAUSE_ENUM
        CAUSE_COUNT
};

const char *story_status_text(enum story_status status);
const char *story_cause_text(enum story_cause cause);

enum { STORY_RELATED_MAX = 5, STORY_LANGUAGE_MAX = 8 };

struct member {
    struct id128 article;
    uint64_t raw_url_hash, producer_id_hash; /* 0: none */
    uint64_t simhash;                        /* of the body, 0: none or too short to tell */
    uint64_t title_hash;                     /* sketch of the title (duplicates.h), 0: too short to tell */
    uint64_t group;                   /* reprint group: equal for near-identical texts; see duplicates.h */
    uint64_t content_hash;            /* the same again is no update */
    int64_t published_ms, version_ms; /* NW_NO_TIME: none */
    uint64_t sequence;                /* language record count at arrival: the order of members */
    uint32_t source;                  /* in the partition's source_table */
    bool attributed;                  /* credits an agency */
    bool has_card;                    /* its card is kept (story_policy.kept_articles) */
    bool group_first;                 /* derived: the first of its group in its story */
};

/* Derived: articles of one source within the story. */
struct story_source {
    uint32_t source;
    uint32_t articles;
};

struct story_edits; /* what editors have decided, and what was merged into it: story_edits.h */
struct story_terms; /* what the clusterer has learned of the text: story_terms.h */

struct story {
    struct id128 id; /* hash(generation, language, number) */
    uint64_t number; /* how many stories its language had founded with it: smaller is older */

    /* What comparisons read of a story, next to each other. */
    struct story_terms *terms; /* owned */
    struct member *members;
    size_t member_count, member_capacity;
    /* derived from members */
    struct story_source *sources;
    size_t source_count, source_capacity;
    int64_t first_published_ms, last_published_ms; /* NW_NO_TIME when no member has a time */

    char language[STORY_LANGUAGE_MAX];
    enum story_status status;
    enum story_cause cause;
    uint64_t revision;       /* generation * 2^40 + language record count at the last change */
    uint64_t changed_offset; /* features offset of the record that changed it last */
    int64_t updated_ms;      /* event time of that change: its newest article or, if later, the watermark */
    int64_t
        joined_watermark_ms; /* watermark at the last join: idle is counted from here; NW_NO_TIME: none yet */
    int64_t closed_watermark_ms; /* when closed */
    uint64_t closed_sequence;    /* language record count when closed; 0: it is not */
    uint64_t joined_sequence;    /* language record count at the last join or merge */
    uint64_t merge_checked;      /* at its last merge pass; a story is due while joined_sequence is larger.
                                    Not stored: a pass checks every story that is due, so a restored
                                    story has the count of its language's last pass here */
    struct id128 merged_into;    /* when merged */
    struct id128 continues;      /* the closed story it goes on from; zero: none */
    struct id128 related[STORY_RELATED_MAX]; /* frozen at the last change; zero-terminated */

    struct story_edits *edits; /* owned; NULL: none */
    void *owner_data;          /* partition-private links */
};

/* A revision is generation * 2^STORY_REVISION_BITS + the language's record count. */
enum { STORY_REVISION_BITS = 40 };
struct id128 story_id(uint32_t generation, const char *language, uint64_t number);

#endif
