/*
 * partition_internal - shared by the partition_*.c files only.
 *
 * partition.c            life, the order of steps of one record, reading
 * partition_place.c      a new article: twin, clusterer, member
 * partition_revise.c     an update, a withdrawal
 * partition_lifecycle.c  founding, touching, merging, closing and dropping stories
 * partition_correct.c    what an editor decided
 * partition_split.c      members of a story into a new one
 * partition_state.c      packing and restoring
 */
#ifndef NW_STORIES_PARTITION_INTERNAL_H
#define NW_STORIES_PARTITION_INTERNAL_H

#include "stories/change_list.h"
#include "stories/language_state.h"
#include "stories/partition.h"
#include "stories/source_marks.h"
#include "stories/story_numbers.h"
#include "stories/story_table.h"
#include "stories/withdrawals.h"

struct partition {
    struct story_policy policy;
    uint64_t policy_hash;
    bool accept_policy;
    uint64_t policy_since_offset; /* this policy holds from here on */
    uint64_t next_offset;
    int64_t log_first_ms, log_high_ms; /* first and highest append time, NW_NO_TIME: none known */

    struct source_table *sources;
    struct source_marks marks;
    struct withdrawals *withdrawals;
    struct language_state **languages; /* sorted by name */
    size_t language_count, language_capacity;
    struct story_table stories; /* active, closed, and merged until the clear */

    struct change_list changes;
    struct story_counter counter;
    uint64_t expected_stories, expected_withdrawals; /* while restoring: what the header says */
    struct arena *scratch;
    const char *refusal;      /* why the last correction was not carried out; a literal */
    struct decision decision; /* when the caller wants none */
    struct partition_observer observer;
};

/* One record on its way through one language. */
struct apply {
    struct partition *partition;
    struct language_state *language;
    const struct features_record *record;
    uint64_t offset;
    int64_t append_ms;
    struct decision *decision;
};

/* ---- partition.c ---- */
struct language_state *partition_language(const struct partition *partition, const char *name);
struct language_state *partition_add_language(struct partition *partition, const char *name);

/* ---- partition_place.c ---- */
enum apply_outcome partition_place(struct apply *apply);
/* Makes member part of story: index, numbers, card, source. twin_in_story: it is not the first of its group.
 */
struct member *partition_add_member(struct apply *apply, struct story *story, const struct member *member,
                                    bool twin_in_story);
/* Sets group_first of every member and brings the index of near-identical texts in line. */
void partition_index_groups(struct language_state *language, struct story *story);

/* ---- partition_revise.c ---- */
enum apply_outcome partition_update(struct apply *apply, const struct article_ref *held);
enum apply_outcome partition_withdraw(struct apply *apply);
bool partition_is_withdrawn(const struct apply *apply);
/* Takes an article out of its story, which closes when it was the last one. The caller raises the language's
 * sequence before. */
void partition_take_out(struct apply *apply, const struct article_ref *ref, enum story_cause cause);
/* Those that are older than the idle expiry by the log's clock. */
void partition_forget_withdrawals(struct partition *partition);

/* ---- partition_lifecycle.c ---- */
struct story *partition_found_story(struct apply *apply);
/* The story has changed with this record. */
void partition_touch(struct apply *apply, struct story *story, enum story_cause cause);
void partition_close(struct apply *apply, struct story *story, enum story_cause cause);
/* Closes what is idle, drops what was closed long enough. */
void partition_expire(struct apply *apply);
/* younger into older, both active. */
void partition_merge_stories(struct apply *apply, struct story *older, struct story *younger);
/* A merge pass, when it is due after this record. */
void partition_merge_due(struct apply *apply);
/* Drops cards of the story's earliest members until at most kept_articles are left. */
void partition_cap_cards(struct partition *partition, struct story *story);

/* ---- partition_correct.c ---- */
enum apply_outcome partition_correct(struct apply *apply);
/* Has an editor taken the article of this record down? */
bool partition_is_taken_down(const struct apply *apply);

/* ---- partition_split.c ---- */
/* Moves members[at[0]], members[at[1]] ... (ascending; not all of them) of an active story into a new one,
 * which is returned active, of the same age for the idle expiry as a story that got an article now, and
 * kept apart from the other in merge passes. It has no terms: the caller gives it some at once
 * (clusterer_learn(), for one), and raises the language's sequence before. */
struct story *partition_split_off(struct apply *apply, struct story *from, const size_t *at, size_t count);

#endif
