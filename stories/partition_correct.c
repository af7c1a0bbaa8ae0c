/*
 * partition_correct - what an editor decided is carried out, or refused with a reason.
 *
 * Like every record it is applied once, in its place among the others, so a replay gives the same. A
 * story that was merged away meanwhile stands for the one it is part of.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/instant.h"
#include "stories/partition_internal.h"
#include "stories/story_edits.h"
#include "stories/story_state.h"

static enum apply_outcome refuse(struct apply *apply, const char *why)
{
    apply->partition->refusal = why;
    return APPLIED_CORRECTION_REFUSED;
}

/* ---- which story ---- */

static bool has_absorbed(const struct apply *apply, const struct story *story, struct id128 id)
{
    const struct story_edits *edits = story->edits;
    uint32_t generation = apply->partition->policy.generation;
    for (size_t i = 0; edits != NULL && i < edits->absorbed_count; i++)
        if (id128_equal(story_id(generation, story->language, edits->absorbed[i]), id)) return true;
    return false;
}

static struct story *absorber(const struct apply *apply, const struct story_list *list, struct id128 id)
{
    for (struct held_story *held = list->first; held != NULL; held = held->next)
        if (has_absorbed(apply, &held->story, id)) return &held->story;
    return NULL;
}

/* A look through all stories for one that was merged away: corrections are rare. Merged stories that are
 * in the table until the next clear do not count: what is found must not depend on batches. */
static struct story *find_story(struct apply *apply, struct id128 id)
{
    struct story *story = story_table_find(&apply->partition->stories, id);
    if (story != NULL && held_story_of(story)->language != apply->language) return NULL;
    if (story != NULL && story->status != STORY_MERGED) return story;
    story = absorber(apply, &apply->language->active, id);
    return story != NULL ? story : absorber(apply, &apply->language->closed, id);
}

/* ---- merge ---- */

static enum apply_outcome merge(struct apply *apply)
{
    const struct correction *correction = &apply->record->correction;
    struct story *story = find_story(apply, correction->story), *into = find_story(apply, correction->into);
    if (story == NULL || into == NULL) return refuse(apply, "a story to be merged is not held here");
    if (story == into) return refuse(apply, "the stories to be merged are one already");
    if (story->status != STORY_ACTIVE || into->status != STORY_ACTIVE)
        return refuse(apply, "a story to be merged is closed");
    struct story *older = story->number < into->number ? story : into,
                 *younger = older == story ? into : story;
    apply->language->sequence++;
    story_edits_unpart(older, younger);
    if (older != into && story_edits_title(into)[0] != '\0')
        story_edits_set_title(older, story_edits_title(into));
    story_edits_of(older)->merged_by_hand = true;
    partition_merge_stories(apply, older, younger);
    partition_merge_due(apply);
    return APPLIED_CORRECTED;
}

/* ---- split ---- */

static int by_value(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return (x > y) - (x < y);
}

/* The places in story of the articles that are in it, ascending, each once; at has room for all names. */
static size_t places_of(const struct apply *apply, const struct story *story, size_t *at)
{
    const struct correction *correction = &apply->record->correction;
    size_t found = 0, count = 0;
    for (size_t i = 0; i < correction->article_count; i++) {
        const struct article_name *name = &correction->articles[i];
        struct article_ref ref;
        if (article_map_find_any(apply->language->articles, name->id, name->raw_url_hash,
                                 name->producer_id_hash, &ref) &&
            ref.story == story)
            at[found++] = (size_t)(ref.member - story->members);
    }
    qsort(at, found, sizeof(*at), by_value);
    for (size_t i = 0; i < found; i++)
        if (count == 0 || at[count - 1] != at[i]) at[count++] = at[i];
    return count;
}

/* What later articles are compared with: the editor's title and the texts that came with the articles. The
 * old story keeps what it has learned from them, as after a retraction. */
static void teach(struct apply *apply, struct story *story)
{
    struct language_state *language = apply->language;
    const struct placement placement = {
        .features = &apply->record->features,
        .language = language->name,
        .source = story->members[0].source,
        .published_ms = story->last_published_ms,
        .watermark_ms = language->watermark.value_ms,
        .sequence = language->sequence,
    };
    clusterer_learn(language->clusterer, story, &placement, true);
}

static enum apply_outcome split(struct apply *apply)
{
    const struct correction *correction = &apply->record->correction;
    struct story *story = find_story(apply, correction->story);
    if (story == NULL) return refuse(apply, "the story to be split is not held here");
    if (story->status != STORY_ACTIVE) return refuse(apply, "the story to be split is closed");
    size_t *at = nw_calloc(correction->article_count, sizeof(*at));
    size_t count = places_of(apply, story, at);
    enum apply_outcome outcome = APPLIED_CORRECTED;
    if (count == 0) {
        outcome = refuse(apply, "none of the articles to be split off is in the story");
    } else if (count == story->member_count) {
        outcome = refuse(apply, "all articles of the story would be split off");
    } else {
        apply->language->sequence++;
        struct story *made = partition_split_off(apply, story, at, count);
        story_edits_set_title(made, correction->title);
        teach(apply, made);
        partition_merge_due(apply);
    }
    free(at);
    return outcome;
}

/* ---- rename ---- */

static enum apply_outcome rename_story(struct apply *apply)
{
    const struct correction *correction = &apply->record->correction;
    struct story *story = find_story(apply, correction->story);
    if (story == NULL) return refuse(apply, "the story to be renamed is not held here");
    if (story->member_count == 0) return refuse(apply, "the story to be renamed is empty");
    if (strcmp(story_edits_title(story), correction->title) == 0) return APPLIED_UNCHANGED;
    apply->language->sequence++;
    story_edits_set_title(story, correction->title);
    partition_touch(apply, story, CAUSE_RENAME);
    partition_merge_due(apply);
    return APPLIED_CORRECTED;
}

/* ---- takedown ---- */

static void keep_out(struct apply *apply, const char *language, struct id128 key)
{
    struct partition *partition = apply->partition;
    const struct withdrawal *taken = withdrawals_take_down(
        partition->withdrawals, withdrawal_key_taken_down(language, key), apply->offset);
    struct change change = {.kind = CHANGE_WITHDRAWAL_PUT, .article = taken->key};
    withdrawal_pack(partition->scratch, taken, &change.value, &change.value_len);
    change_list_add(&partition->changes, &change);
    arena_reset(partition->scratch);
}

/* language "": in all. */
static void keep_out_name(struct apply *apply, const char *language, const struct article_name *name)
{
    if (!id128_is_zero(name->id)) keep_out(apply, language, name->id);
    if (name->raw_url_hash != 0) keep_out(apply, language, withdrawal_key_of_url(name->raw_url_hash));
    if (name->producer_id_hash != 0)
        keep_out(apply, language, withdrawal_key_of_producer_id(name->producer_id_hash));
}

static void drop_surplus(struct partition *partition)
{
    const struct withdrawal *surplus;
    while ((surplus = withdrawals_taken_surplus(partition->withdrawals)) != NULL) {
        change_list_add(&partition->changes,
                        &(struct change){.kind = CHANGE_WITHDRAWAL_DROPPED, .article = surplus->key});
        withdrawals_drop_taken(partition->withdrawals);
    }
}

bool partition_is_taken_down(const struct apply *apply)
{
    const struct features_record *record = apply->record;
    const struct withdrawals *withdrawals = apply->partition->withdrawals;
    const char *language = apply->language->name;
    return withdrawals_taken_down(withdrawals, language, record->id) ||
           (record->raw_url_hash != 0 &&
            withdrawals_taken_down(withdrawals, language, withdrawal_key_of_url(record->raw_url_hash))) ||
           (record->producer_id_hash != 0 &&
            withdrawals_taken_down(withdrawals, language,
                                   withdrawal_key_of_producer_id(record->producer_id_hash)));
}

static void count_taken_down(struct partition *partition, const struct story *story)
{
    for (size_t i = 0; i < story->source_count; i++)
        change_list_source(
            &partition->changes,
            &(struct source_delta){.source = story->sources[i].source,
                                   .articles = -(int64_t)story->sources[i].articles,
                                   .stories = -1,
                                   .firsts = story->sources[i].source == story->members[0].source ? -1 : 0,
                                   .last_seen_ms = NW_NO_TIME});
    partition->changes.totals.articles -= (int64_t)story->member_count;
    partition->changes.totals.retractions += (int64_t)story->member_count;
}

/* All members at once: one by one each would be a recount of the others. */
static void empty(struct apply *apply, struct story *story)
{
    struct language_state *language = apply->language;
    count_taken_down(apply->partition, story);
    for (size_t i = 0; i < story->member_count; i++) {
        const struct member *member = &story->members[i];
        struct article_ref ref;
        bool found = article_map_find(language->articles, member->article, &ref);
        assert(found && ref.member == member);
        if (member->group_first) duplicates_remove(language->duplicates, member, ref.slot);
        article_map_remove(language->articles, ref.slot);
        const struct article_name name = {member->article, member->raw_url_hash, member->producer_id_hash};
        keep_out_name(apply, language->name, &name);
        change_list_add(
            &apply->partition->changes,
            &(struct change){.kind = CHANGE_MEMBER_REMOVED, .story = story->id, .article = member->article});
    }
    story_numbers_fini(story);
    held_story_of(story)->cards = held_story_of(story)->first_card = 0;
}

static enum apply_outcome take_down_story(struct apply *apply)
{
    struct story *story = find_story(apply, apply->record->correction.story);
    if (story == NULL) return refuse(apply, "the story to be taken down is not held here");
    if (story->member_count == 0) return APPLIED_UNCHANGED;
    apply->language->sequence++;
    empty(apply, story);
    story_edits_set_title(story, "");
    if (story->status == STORY_ACTIVE) {
        apply->partition->changes.totals.stories--;
        partition_close(apply, story, CAUSE_TAKEDOWN);
    } else {
        partition_touch(apply, story, CAUSE_TAKEDOWN);
    }
    change_list_add(&apply->partition->changes,
                    &(struct change){.kind = CHANGE_STORY_TAKEN_DOWN, .story = story->id});
    drop_surplus(apply->partition);
    partition_merge_due(apply);
    return APPLIED_CORRECTED;
}

static bool take_down_in_language(struct apply *apply)
{
    const struct correction *correction = &apply->record->correction;
    bool any = false;
    for (size_t i = 0; i < correction->article_count; i++) {
        const struct article_name *name = &correction->articles[i];
        struct article_ref ref;
        if (!article_map_find_any(apply->language->articles, name->id, name->raw_url_hash,
                                  name->producer_id_hash, &ref))
            continue;
        if (!any) apply->language->sequence++;
        any = true;
        partition_take_out(apply, &ref, CAUSE_TAKEDOWN);
    }
    if (any) partition_merge_due(apply);
    return any;
}

static enum apply_outcome take_down_articles(struct apply *apply)
{
    struct partition *partition = apply->partition;
    const struct correction *correction = &apply->record->correction;
    bool any = false;
    for (size_t i = 0; i < partition->language_count; i++) {
        apply->language = partition->languages[i];
        any = take_down_in_language(apply) || any;
    }
    for (size_t i = 0; i < correction->article_count; i++) keep_out_name(apply, "", &correction->articles[i]);
    drop_surplus(partition);
    return any ? APPLIED_RETRACTED : APPLIED_NOTHING;
}

enum apply_outcome partition_correct(struct apply *apply)
{
    const struct correction *correction = &apply->record->correction;
    if (id128_is_zero(correction->story)) return take_down_articles(apply);
    apply->language = partition_language(apply->partition, apply->record->language);
    if (apply->language == NULL) return refuse(apply, "there are no stories in that language");
    switch (correction->kind) {
    case CORRECTION_MERGE:
        return merge(apply);
    case CORRECTION_SPLIT:
        return split(apply);
    case CORRECTION_RENAME:
        return rename_story(apply);
    case CORRECTION_TAKEDOWN:
        return take_down_story(apply);
    case CORRECTION_KIND_COUNT:
        break;
    }
    return refuse(apply, "a correction of that kind is not known"); /* the record's reader sees to it */
}
