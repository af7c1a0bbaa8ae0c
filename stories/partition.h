/*
 * partition - the pure state machine of one features partition.
 *
 * Records in offset order in; stories and a list of changes out. The stories are a function of the
 * records and the policy, and of nothing else: no clock, no randomness, no batch boundary.
 * Per source partition it keeps the highest (offset, index) seen and drops what it has seen; per
 * language the watermark, counters and clusterer. All of it is restorable: header, live (and
 * recently closed) stories, members and withdrawals are packed here and read back here.
 * One thread.
 */
#ifndef NW_STORIES_PARTITION_H
#define NW_STORIES_PARTITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "articles/features_record.h"
#include "base/arena.h"
#include "base/err.h"
#include "stories/clusterer.h"
#include "stories/source_table.h"
#include "stories/story.h"
#include "stories/story_policy.h"

struct partition;

struct partition *partition_new(const struct story_policy *policy);
void partition_free(struct partition *partition);

/* What happened to one record; for counters and --explain. */
enum apply_outcome {
    APPLIED_FOUNDED, /* a new story */
    APPLIED_JOINED,
    APPLIED_UPDATED,   /* the article was there and has changed */
    APPLIED_UNCHANGED, /* the article was there, nothing new */
    APPLIED_RETRACTED,
    APPLIED_DROPPED_SEEN,       /* this event was applied before (source mark) */
    APPLIED_DROPPED_STALE,      /* older version than what is held */
    APPLIED_DROPPED_WITHDRAWN,  /* not newer than a withdrawal already seen */
    APPLIED_NOTHING,            /* a withdrawal of what is not here (remembered) */
    APPLIED_CORRECTED,          /* an editor's correction was carried out */
    APPLIED_CORRECTION_REFUSED, /* or could not be: partition_refusal() says why */
    APPLY_OUTCOME_COUNT
};

/* offset: in the features partition; append_ms: of the record there, NW_NO_TIME when unknown.
 * decision may be NULL; else it is filled when the record was placed by the clusterer. */
enum apply_outcome partition_apply(struct partition *partition, const struct features_record *record,
                                   uint64_t offset, int64_t append_ms, struct decision *decision);

/* After APPLIED_CORRECTION_REFUSED: a sentence for the log. */
const char *partition_refusal(const struct partition *partition);

/* A record that cannot be read is passed over: the position goes on, nothing else changes. */
void partition_skip(struct partition *partition, uint64_t offset);

/* ---- what changed since the last partition_changes_clear() ---- */

enum change_kind {
    CHANGE_MEMBER_PUT,     /* story, article; card bytes when its card is (re)written, else NULL */
    CHANGE_CARD_DROPPED,   /* story, article: its card goes (kept_articles), its member is rewritten */
    CHANGE_MEMBER_REMOVED, /* story, article: member and card go */
    CHANGE_MEMBER_MOVED,   /* from other to story: member and card move (split) */
    CHANGE_STORY_MERGED,   /* other into story: all members and cards of other move, other becomes an alias */
    CHANGE_STORY_CLOSED,   /* story */
    CHANGE_STORY_TAKEN_DOWN,   /* story: its members are gone; what was made of their texts goes too */
    CHANGE_STORY_DROPPED,      /* story: closed long enough, every key of it goes */
    CHANGE_WITHDRAWAL_PUT,     /* article, value */
    CHANGE_WITHDRAWAL_DROPPED, /* article */
};

/* In the order they happened; carrying them out in that order on stored state gives the new state.
 * PUT and CARD_DROPPED write the member as it is now, partition_find_member(story, article); when that
 * is NULL it went (or moved) later in the same list and there is no member to write; its card is written
 * all the same, as the later change carries it on or away. */
struct change {
    enum change_kind kind;
    struct id128 story, other, article;
    const uint8_t *value; /* card or packed withdrawal; owned by the partition until the clear */
    size_t value_len;
};

/* Additions since the clear to ns:source:<domain>; a retraction or merge takes away again. firsts: the
 * stories whose first article to arrive is the source's. */
struct source_delta {
    uint32_t source;
    int64_t articles, stories, firsts;
    int64_t last_seen_ms; /* NW_NO_TIME: not seen */
};

/* X(field): additions since the clear to ns:totals. articles and stories are what is counted: a retraction
 * lowers articles, and stories when it empties one; merges and expiry lower nothing. */
#define PARTITION_TOTALS(X)                                                                                  \
    X(articles) X(stories) X(updates) X(retractions) X(merges) X(duplicates) X(closed) X(splits)

struct partition_totals {
#define PARTITION_TOTAL_FIELD(name) int64_t name;
    PARTITION_TOTALS(PARTITION_TOTAL_FIELD)
#undef PARTITION_TOTAL_FIELD
};

struct partition_changes {
    const struct change *changes;
    size_t change_count;
    struct story *const
        *dirty; /* each story whose state changed and that still exists, once: active, closed or merged */
    size_t dirty_count;
    const struct source_delta *sources;
    size_t source_delta_count;
    struct partition_totals totals;
};

/* Borrowed until the next apply or clear. */
const struct partition_changes *partition_changes(const struct partition *partition);
/* After they are stored (or the partition's memory is about to be forgotten). Frees merged stories. */
void partition_changes_clear(struct partition *partition);

/* ---- reading ---- */

const struct story *partition_find_story(const struct partition *partition, struct id128 id);
/* The story an article is in, NULL when it is not held. The same article may be held once a language:
 * then the first language by name. */
const struct story *partition_find_article(const struct partition *partition, struct id128 article);
/* The member of that article in a story, or in the one it was merged into since the last clear; else NULL. */
const struct member *partition_find_member(const struct partition *partition, struct id128 story,
                                           struct id128 article);
const struct source_table *partition_sources(const struct partition *partition);
size_t partition_live_stories(const struct partition *partition);
size_t partition_memory_bytes(const struct partition *partition);
/* Watermark of a language, NW_NO_TIME when it has none. */
int64_t partition_watermark(const struct partition *partition, const char *language);
/* Every held story (active and closed), oldest first within a language; stop when visit returns false. */
void partition_each_story(const struct partition *partition,
                          bool (*visit)(void *context, const struct story *story), void *context);
/* For training and --explain: called before anything has changed. */
struct partition_observer {
    /* an article is about to be placed */
    void (*decided)(void *context, const struct features_record *record, const struct decision *decision);
    clusterer_compared *compared; /* two stories, in a merge pass */
    void *context;
};
/* Before the first record. */
void partition_set_observer(struct partition *partition, const struct partition_observer *observer);

/* ---- state ---- */

/* The header: next offset, source marks, per-language clocks and counters, policy hash, generation. */
void partition_pack_header(struct arena *arena, const struct partition *partition, const uint8_t **bytes,
                           size_t *len);
/* Active and closed stories; a merged one has no state any more. */
void partition_pack_story(struct arena *arena, const struct story *story, const uint8_t **bytes, size_t *len);
void partition_pack_member(struct arena *arena, const struct partition *partition,
                           const struct member *member, const uint8_t **bytes, size_t *len);

/* Before the header is restored: take state of another policy (never of another generation). The header
 * keeps the offset from which this one holds. */
void partition_accept_policy(struct partition *partition);

/* Restore, in this order: header; each story with its members; each withdrawal; finish. The stories
 * may come in any order and the result is the same. NW_ERR_CORRUPT, NW_ERR_VERSION (from finish: not as many
 * stories or withdrawals as the header says); NW_ERR_REFUSED
 * when the header was written under another policy or generation. */
struct stored_member {
    struct id128 article;
    const uint8_t *bytes;
    size_t len;
};
enum nw_err partition_restore_header(struct partition *partition, const uint8_t *bytes, size_t len,
                                     uint64_t *next_offset) NW_MUST_CHECK;
enum nw_err partition_restore_story(struct partition *partition, struct id128 id, const uint8_t *bytes,
                                    size_t len, const struct stored_member *members,
                                    size_t count) NW_MUST_CHECK;
enum nw_err partition_restore_withdrawal(struct partition *partition, struct id128 article,
                                         const uint8_t *bytes, size_t len) NW_MUST_CHECK;
enum nw_err partition_restore_finish(struct partition *partition) NW_MUST_CHECK;

/* The next offset to be applied: one past the last. */
uint64_t partition_next_offset(const struct partition *partition);

/* Highest source position seen, for the check against the source log's end; false: none of that partition. */
bool partition_source_mark(const struct partition *partition, const char *topic, int32_t source_partition,
                           int64_t *offset);

#endif
