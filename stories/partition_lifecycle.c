#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/instant.h"
#include "stories/partition_internal.h"
#include "stories/story_edits.h"

enum { HOLD_LOOKS = 64 }; /* for stories to close, within the records they are held for */

struct story *partition_found_story(struct apply *apply)
{
    struct language_state *language = apply->language;
    struct held_story *held = held_story_new(language);
    struct story *story = &held->story;
    story->number = language->founded++;
    story->id = story_id(apply->partition->policy.generation, language->name, story->number);
    memcpy(story->language, language->name, sizeof(story->language));
    story->merge_checked = language->sequence - 1; /* due in a pass at the end of this record, too */
    story_table_add(&apply->partition->stories, story);
    apply->partition->changes.totals.stories++;
    return story;
}

enum { AHEAD_OF_WATERMARK_MS = 24 * 60 * 60 * 1000 };

/* When a story changed, in event time, so that a backlog read today has the windows of its own days. The
 * watermark trails the newest articles, in a rare language by hours; one wrong date must not run ahead of it.
 */
static int64_t change_time(const struct apply *apply, const struct story *story)
{
    int64_t watermark_ms = apply->language->watermark.value_ms, newest_ms = story->last_published_ms;
    if (watermark_ms == NW_NO_TIME) return newest_ms != NW_NO_TIME ? newest_ms : apply->append_ms;
    if (newest_ms == NW_NO_TIME || newest_ms <= watermark_ms) return watermark_ms;
    return newest_ms - watermark_ms < AHEAD_OF_WATERMARK_MS ? newest_ms
                                                            : watermark_ms + AHEAD_OF_WATERMARK_MS;
}

void partition_touch(struct apply *apply, struct story *story, enum story_cause cause)
{
    const struct language_state *language = apply->language;
    story->cause = cause;
    story->revision =
        ((uint64_t)apply->partition->policy.generation << STORY_REVISION_BITS) + language->sequence;
    story->changed_offset = apply->offset;
    story->updated_ms = change_time(apply, story);
    change_list_dirty(&apply->partition->changes, held_story_of(story));
}

/* ---- closing, dropping ---- */

void partition_close(struct apply *apply, struct story *story, enum story_cause cause)
{
    struct language_state *language = apply->language;
    assert(story->status == STORY_ACTIVE);
    clusterer_remove(language->clusterer, story);
    story->status = STORY_CLOSED;
    story->closed_watermark_ms = language->watermark.value_ms;
    story->closed_sequence = language->sequence;
    story_list_remove(&language->active, held_story_of(story));
    story_list_append(&language->closed, held_story_of(story));
    partition_touch(apply, story, cause);
    change_list_add(&apply->partition->changes,
                    &(struct change){.kind = CHANGE_STORY_CLOSED, .story = story->id});
    apply->partition->changes.totals.closed++;
}

static void drop(struct apply *apply, struct story *story)
{
    struct language_state *language = apply->language;
    struct held_story *held = held_story_of(story);
    for (size_t i = 0; i < story->member_count; i++) {
        struct article_ref ref;
        bool found = article_map_find(language->articles, story->members[i].article, &ref);
        assert(found && ref.story == story);
        if (ref.member->group_first) duplicates_remove(language->duplicates, ref.member, ref.slot);
        article_map_remove(language->articles, ref.slot);
    }
    change_list_add(&apply->partition->changes,
                    &(struct change){.kind = CHANGE_STORY_DROPPED, .story = story->id});
    change_list_forget(&apply->partition->changes, held);
    story_list_remove(&language->closed, held);
    story_table_remove(&apply->partition->stories, story);
    held_story_free(held);
}

static int by_number(const void *a, const void *b)
{
    const struct held_story *x = *(struct held_story *const *)a, *y = *(struct held_story *const *)b;
    return (x->story.number > y->story.number) - (x->story.number < y->story.number);
}

/* An undated article came within the last undated_hold_records. */
static bool holds_for_undated(const struct language_state *language, const struct story_policy *policy)
{
    return language->undated_sequence > 0 &&
           language->sequence - language->undated_sequence < policy->undated_hold_records;
}

/* Lists are ordered by their clock only; what ends with one record ends in the order of numbers. */
static void close_idle(struct apply *apply)
{
    struct language_state *language = apply->language;
    const struct story_policy *policy = &apply->partition->policy;
    uint64_t held_records = policy->least_open_records;
    if (holds_for_undated(language, policy) && policy->undated_hold_records > held_records)
        held_records = policy->undated_hold_records;
    /* The stories held stand at the head of the list and are passed over: not for every record. */
    if (language->sequence % (held_records / HOLD_LOOKS + 1) != 0) return;
    struct held_story **ending = NULL;
    size_t count = 0, capacity = 0;
    for (struct held_story *held = language->active.first; held != NULL; held = held->next) {
        const struct story *story = &held->story;
        if (watermark_age_ms(&language->watermark, story->joined_watermark_ms) <= policy->idle_expiry_ms)
            break;
        if (language->sequence - story->joined_sequence < held_records) continue;
        ending = nw_grow(ending, &capacity, count + 1, sizeof(struct held_story *));
        ending[count++] = held;
    }
    if (count > 0) qsort(ending, count, sizeof(struct held_story *), by_number);
    for (size_t i = 0; i < count; i++) partition_close(apply, &ending[i]->story, CAUSE_EXPIRY);
    free(ending);
}

static bool may_be_dropped(const struct apply *apply, const struct story *story)
{
    const struct story_policy *policy = &apply->partition->policy;
    const struct language_state *language = apply->language;
    return watermark_age_ms(&language->watermark, story->closed_watermark_ms) > policy->closed_retention_ms &&
           language->sequence - story->closed_sequence >= policy->closed_retention_records;
}

void partition_expire(struct apply *apply)
{
    struct language_state *language = apply->language;
    const struct held_story *held;
    while ((held = language->closed.first) != NULL && may_be_dropped(apply, &held->story))
        drop(apply, &language->closed.first->story);
    close_idle(apply);
}

/* ---- merging ---- */

static void remove_related(struct story *story, struct id128 id)
{
    size_t kept = 0;
    for (size_t i = 0; i < STORY_RELATED_MAX; i++)
        if (!id128_equal(story->related[i], id)) story->related[kept++] = story->related[i];
    while (kept < STORY_RELATED_MAX) story->related[kept++] = (struct id128){0, 0};
}

/* Two stories were counted for each source of both, and two firsts. */
static void count_merge(struct partition *partition, const struct story *older, const struct story *younger)
{
    for (size_t i = 0; i < younger->source_count; i++) {
        uint32_t source = younger->sources[i].source;
        if (story_numbers_of_source(older, source) == 0) continue;
        change_list_source(
            &partition->changes,
            &(struct source_delta){.source = source, .stories = -1, .last_seen_ms = NW_NO_TIME});
    }
    const struct member *a = &older->members[0], *b = &younger->members[0];
    change_list_source(&partition->changes,
                       &(struct source_delta){.source = a->sequence < b->sequence ? b->source : a->source,
                                              .firsts = -1,
                                              .last_seen_ms = NW_NO_TIME});
    partition->changes.totals.merges++;
}

static void move_members(struct apply *apply, struct story *older, struct story *younger)
{
    struct language_state *language = apply->language;
    size_t count = younger->member_count;
    uint32_t *slots = nw_calloc(count, sizeof(*slots));
    for (size_t i = 0; i < count; i++) {
        struct article_ref ref;
        bool found = article_map_find(language->articles, younger->members[i].article, &ref);
        assert(found && ref.story == younger);
        slots[i] = ref.slot;
    }
    story_numbers_merge(older, younger, &apply->partition->counter);
    /* Only now: a look-up needs each member to be where its slot says. */
    for (size_t i = 0; i < count; i++) article_map_set_story(language->articles, slots[i], older);
    free(slots);
    partition_index_groups(language, older);
    struct held_story *held = held_story_of(older);
    held->cards += held_story_of(younger)->cards;
    held->first_card = 0;
}

/* The older story goes on from whichever join was the later one. */
static void take_over_idle(struct language_state *language, struct story *older, struct story *younger)
{
    if (older->joined_watermark_ms >= younger->joined_watermark_ms) {
        story_list_remove(&language->active, held_story_of(younger));
        return;
    }
    older->joined_watermark_ms = younger->joined_watermark_ms;
    story_list_remove(&language->active, held_story_of(older));
    story_list_replace(&language->active, held_story_of(younger), held_story_of(older));
}

/* Marks that keep a story apart from younger mean older from now on. */
static void pass_on_apart(struct apply *apply, struct story *older, struct story *younger)
{
    struct partition *partition = apply->partition;
    const struct story_edits *edits = younger->edits;
    for (size_t i = 0; edits != NULL && i < edits->apart_count; i++) {
        struct id128 id = story_id(partition->policy.generation, apply->language->name, edits->apart[i]);
        struct story *other = story_table_find(&partition->stories, id);
        if (other == NULL || other->status != STORY_ACTIVE) continue;
        story_edits_renumber_apart(other, younger->number, older->number);
        change_list_dirty(&partition->changes, held_story_of(other));
    }
}

void partition_merge_stories(struct apply *apply, struct story *older, struct story *younger)
{
    struct partition *partition = apply->partition;
    struct language_state *language = apply->language;
    assert(older->status == STORY_ACTIVE && younger->status == STORY_ACTIVE);
    assert(older->number < younger->number);
    count_merge(partition, older, younger);
    move_members(apply, older, younger);
    take_over_idle(language, older, younger);
    older->joined_sequence = language->sequence;
    if (id128_is_zero(older->continues)) older->continues = younger->continues;
    remove_related(older, younger->id);
    pass_on_apart(apply, older, younger);
    story_edits_absorb(older, younger);
    younger->status = STORY_MERGED;
    younger->merged_into = older->id;
    change_list_add(&partition->changes,
                    &(struct change){.kind = CHANGE_STORY_MERGED, .story = older->id, .other = younger->id});
    partition_cap_cards(partition, older);
    partition_touch(apply, older, CAUSE_MERGE);
    partition_touch(apply, younger, CAUSE_MERGE);
    clusterer_merged(language->clusterer, older, younger);
    change_list_take_merged(&partition->changes, held_story_of(younger));
}

enum { PASS_PAIRS = 256 };

void partition_merge_due(struct apply *apply)
{
    struct language_state *language = apply->language;
    if (language->sequence % apply->partition->policy.merge_interval != 0) return;
    struct merge_pair pairs[PASS_PAIRS];
    size_t count;
    uint64_t since = language->sequence - apply->partition->policy.merge_interval;
    while ((count = clusterer_merge_pass(language->clusterer, since, language->sequence, pairs, PASS_PAIRS)) >
           0) {
        for (size_t i = 0; i < count; i++) partition_merge_stories(apply, pairs[i].older, pairs[i].younger);
        since = language->sequence;
    }
}
