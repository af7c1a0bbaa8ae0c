/*
 * analysis_table - the stories the summary consumer has in mind, and which of them is asked for next.
 *
 * A story is here while it waits, is asked for or sent, and afterwards for as long as there is room, so that
 * it is not asked for again before something has changed that matters:
 *  - nothing was asked yet;
 *  - its sources have grown by a third (and by two at least): 3, 5, 7, 10, 14, 19, 26, 35 ...;
 *  - a side covers it that did not;
 *  - an article that the last answer rests on was updated or is gone.
 *
 * Everything else of the story is read again when it is asked for. A story forgotten for lack of room is
 * read from Redis when it changes the next time.
 *
 * Pure: times are arguments, of a clock that does not go back. Owns its entries; pointers to them stay valid
 * until they are forgotten. One thread.
 */
#ifndef NW_CONSUMERS_ANALYSIS_TABLE_H
#define NW_CONSUMERS_ANALYSIS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uthash.h>

#include "coverage/analysis_brief.h"
#include "coverage/analysis_material.h"

/* What an answer rests on. */
struct analysis_basis {
    uint64_t revision, fingerprint;
    uint32_t sources, sides;
    struct id128 articles[MATERIAL_ARTICLES_MAX];
    size_t count; /* 0: none */
};

enum story_phase {
    STORY_QUIET,   /* nothing to do until it changes */
    STORY_WAITING, /* to be asked for */
    STORY_ASKING,  /* the service has it */
    STORY_SENDING, /* its answer, or the tombstone of one, is on its way to Kafka */
};

struct analysis_story {
    struct id128 id;
    int32_t coverage_partition, features_partition;
    int64_t offset; /* of its newest record in the coverage topic */
    uint64_t revision;
    uint32_t sources;
    enum story_phase phase;
    bool again;  /* it changed in a way that matters while it was asked for or sent */
    bool loaded; /* what Redis holds of it has been looked at */
    unsigned tries;
    unsigned unsent; /* messages of it on their way to Kafka */
    int64_t waiting_since_ms, not_before_ms;
    struct analysis_basis asked;     /* the last answer, good or bad */
    struct analysis_basis published; /* the last good one */
    UT_hash_handle hh;               /* in the order of the last touch */
};

struct analysis_table;

enum { ANALYSIS_TABLE_MAX = 10000, ANALYSIS_WAIT_MAX_MS = 3600 * 1000 };

struct analysis_table *analysis_table_new(void);
void analysis_table_free(struct analysis_table *table);

struct analysis_story *analysis_table_find(struct analysis_table *table, struct id128 id);
/* The story, made if need be (*made tells); the quiet one that was touched longest ago goes when there is no
 * room, else, when all wait, the waiting one of fewest sources. */
struct analysis_story *analysis_table_touch(struct analysis_table *table, struct id128 id);
void analysis_table_forget(struct analysis_table *table, struct analysis_story *story);
/* All of one partition of the coverage topic. */
void analysis_table_forget_partition(struct analysis_table *table, int32_t coverage_partition);

void analysis_story_wait(struct analysis_story *story, int64_t now_ms);
/* The waiting story of most sources whose time has come; NULL: none. */
struct analysis_story *analysis_table_next(struct analysis_table *table, int64_t now_ms);
/* Stories that have waited for ANALYSIS_WAIT_MAX_MS become quiet; how many. */
size_t analysis_table_expire(struct analysis_table *table, int64_t now_ms);
size_t analysis_table_waiting(const struct analysis_table *table);
/* The offset of the partition below which nothing is left to do, given the next one to be read. */
int64_t analysis_table_position(const struct analysis_table *table, int32_t coverage_partition,
                                int64_t next_offset);

/* ---- what matters ---- */

enum analysis_change {
    CHANGE_NONE,
    CHANGE_MATTERS,
    CHANGE_UNSURE, /* articles of the basis are not in the brief's list, which is cut: look whether they are
                      members */
    CHANGE_GONE,   /* an article of the basis is no longer in the story */
};

void analysis_basis_of(const struct analysis_material *material, struct analysis_basis *out);
/* there: which of the basis's articles are members, for a brief that is cut; NULL: not looked yet. */
enum analysis_change analysis_basis_compare(const struct analysis_basis *basis,
                                            const struct analysis_brief *brief, const bool *there);

#endif
