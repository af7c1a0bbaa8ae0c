#include "consumers/analysis_table.h"

#include <stdlib.h>

#include "base/alloc.h"

struct analysis_table {
    struct analysis_story *stories; /* uthash keeps the order of insertion: the oldest touch first */
};

struct analysis_table *analysis_table_new(void)
{
    return nw_calloc(1, sizeof(struct analysis_table));
}

void analysis_table_free(struct analysis_table *table)
{
    struct analysis_story *story, *next;
    if (table == NULL) return;
    HASH_ITER (hh, table->stories, story, next) analysis_table_forget(table, story);
    free(table);
}

struct analysis_story *analysis_table_find(struct analysis_table *table, struct id128 id)
{
    struct analysis_story *story;
    HASH_FIND(hh, table->stories, &id, sizeof(id), story);
    return story;
}

void analysis_table_forget(struct analysis_table *table, struct analysis_story *story)
{
    HASH_DEL(table->stories, story);
    free(story);
}

void analysis_table_forget_partition(struct analysis_table *table, int32_t coverage_partition)
{
    struct analysis_story *story, *next;
    HASH_ITER (hh, table->stories, story, next)
        if (story->coverage_partition == coverage_partition) analysis_table_forget(table, story);
}

static void make_room(struct analysis_table *table)
{
    struct analysis_story *story, *next, *least = NULL;
    HASH_ITER (hh, table->stories, story, next) {
        if (story->phase == STORY_QUIET) {
            analysis_table_forget(table, story);
            return;
        }
        if (story->phase == STORY_WAITING && (least == NULL || story->sources < least->sources))
            least = story;
    }
    if (least != NULL) analysis_table_forget(table, least);
}

struct analysis_story *analysis_table_touch(struct analysis_table *table, struct id128 id)
{
    struct analysis_story *story = analysis_table_find(table, id);
    if (story != NULL) {
        HASH_DEL(table->stories, story); /* to the end of the order */
    } else {
        if (HASH_COUNT(table->stories) >= ANALYSIS_TABLE_MAX) make_room(table);
        story = nw_calloc(1, sizeof(*story));
        story->id = id;
        story->offset = -1;
    }
    /* uthash starts a new table behind the last member: NOLINTNEXTLINE(clang-analyzer-unix.Malloc) */
    HASH_ADD(hh, table->stories, id, sizeof(story->id), story);
    return story;
}

void analysis_story_wait(struct analysis_story *story, int64_t now_ms)
{
    if (story->phase == STORY_ASKING || story->phase == STORY_SENDING) {
        story->again = true;
        return;
    }
    if (story->phase == STORY_QUIET) story->waiting_since_ms = now_ms;
    story->phase = STORY_WAITING;
}

struct analysis_story *analysis_table_next(struct analysis_table *table, int64_t now_ms)
{
    struct analysis_story *story, *next, *best = NULL;
    HASH_ITER (hh, table->stories, story, next) {
        if (story->phase != STORY_WAITING || story->not_before_ms > now_ms) continue;
        if (best == NULL || story->sources > best->sources ||
            (story->sources == best->sources && story->waiting_since_ms < best->waiting_since_ms))
            best = story;
    }
    return best;
}

size_t analysis_table_expire(struct analysis_table *table, int64_t now_ms)
{
    struct analysis_story *story, *next;
    size_t expired = 0;
    HASH_ITER (hh, table->stories, story, next) {
        if (story->phase != STORY_WAITING || now_ms - story->waiting_since_ms < ANALYSIS_WAIT_MAX_MS)
            continue;
        story->phase = STORY_QUIET;
        expired++;
    }
    return expired;
}

size_t analysis_table_waiting(const struct analysis_table *table)
{
    const struct analysis_story *story;
    size_t waiting = 0;
    for (story = table->stories; story != NULL; story = story->hh.next)
        waiting += story->phase == STORY_WAITING;
    return waiting;
}

int64_t analysis_table_position(const struct analysis_table *table, int32_t coverage_partition,
                                int64_t next_offset)
{
    const struct analysis_story *story;
    int64_t position = next_offset;
    for (story = table->stories; story != NULL; story = story->hh.next)
        if (story->coverage_partition == coverage_partition && story->phase != STORY_QUIET &&
            story->offset < position)
            position = story->offset;
    return position;
}

/* ---- what matters ---- */

void analysis_basis_of(const struct analysis_material *material, struct analysis_basis *out)
{
    *out = (struct analysis_basis){.revision = material->revision,
                                   .fingerprint = material->fingerprint,
                                   .sources = material->source_count,
                                   .sides = material->sides,
                                   .count = material->count};
    for (size_t i = 0; i < material->count; i++) out->articles[i] = material->articles[i].id;
}

static const struct brief_article *listed_article(const struct analysis_brief *brief, struct id128 id)
{
    for (size_t i = 0; i < brief->listed; i++)
        if (id128_equal(brief->articles[i].id, id)) return &brief->articles[i];
    return NULL;
}

static bool has_grown(const struct analysis_basis *basis, const struct analysis_brief *brief)
{
    uint32_t third = (basis->sources + 2) / 3, least = third > 2 ? third : 2;
    return brief->source_count >= basis->sources + least || (brief->sides & ~basis->sides) != 0;
}

enum analysis_change analysis_basis_compare(const struct analysis_basis *basis,
                                            const struct analysis_brief *brief, const bool *there)
{
    uint64_t fingerprint = 0;
    bool all_listed = true;
    if (basis->count == 0) return CHANGE_MATTERS;
    for (size_t i = 0; i < basis->count; i++) {
        const struct brief_article *article = listed_article(brief, basis->articles[i]);
        if (article != NULL) {
            fingerprint += article->fingerprint;
            continue;
        }
        if (!brief->articles_truncated || (there != NULL && !there[i])) return CHANGE_GONE;
        if (there == NULL) return CHANGE_UNSURE;
        all_listed = false;
    }
    if (has_grown(basis, brief) || (all_listed && fingerprint != basis->fingerprint)) return CHANGE_MATTERS;
    return CHANGE_NONE;
}
