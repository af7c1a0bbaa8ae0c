#include "stories/partition.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "articles/pb.h"
#include "base/alloc.h"
#include "base/instant.h"
#include "stories/partition_internal.h"

struct partition *partition_new(const struct story_policy *policy)
{
    assert(policy->generation > 0 && policy->merge_interval > 0);
    struct partition *partition = nw_calloc(1, sizeof(*partition));
    partition->policy = *policy;
    partition->policy_hash = story_policy_hash(policy);
    partition->log_first_ms = partition->log_high_ms = NW_NO_TIME;
    partition->sources = source_table_new();
    partition->withdrawals = withdrawals_new();
    partition->refusal = "";
    partition->scratch = arena_new();
    change_list_init(&partition->changes);
    return partition;
}

void partition_free(struct partition *partition)
{
    if (partition == NULL) return;
    change_list_fini(&partition->changes);
    for (size_t i = 0; i < partition->language_count; i++) language_state_free(partition->languages[i]);
    free(partition->languages);
    story_table_fini(&partition->stories);
    withdrawals_free(partition->withdrawals);
    source_marks_fini(&partition->marks);
    source_table_free(partition->sources);
    story_counter_fini(&partition->counter);
    arena_free(partition->scratch);
    free(partition);
}

/* Where the language is or belongs; true when it is there. */
static bool locate_language(const struct partition *partition, const char *name, size_t *index)
{
    size_t low = 0, high = partition->language_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(partition->languages[middle]->name, name);
        if (order == 0) {
            *index = middle;
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *index = low;
    return false;
}

struct language_state *partition_language(const struct partition *partition, const char *name)
{
    size_t index;
    return locate_language(partition, name, &index) ? partition->languages[index] : NULL;
}

struct language_state *partition_add_language(struct partition *partition, const char *name)
{
    size_t index;
    if (locate_language(partition, name, &index)) return partition->languages[index];
    partition->languages = nw_grow(partition->languages, &partition->language_capacity,
                                   partition->language_count + 1, sizeof(*partition->languages));
    memmove(partition->languages + index + 1, partition->languages + index,
            (partition->language_count - index) * sizeof(*partition->languages));
    partition->language_count++;
    partition->languages[index] = language_state_new(partition, &partition->policy, name);
    clusterer_set_observer(partition->languages[index]->clusterer, partition->observer.compared,
                           partition->observer.context);
    if (partition->observer.decided != NULL || partition->observer.compared != NULL)
        clusterer_compute_all(partition->languages[index]->clusterer);
    return partition->languages[index];
}

/* ---- one record ---- */

static enum apply_outcome apply_article(struct apply *apply)
{
    const struct features_record *record = apply->record;
    apply->language = partition_add_language(apply->partition, record->language);
    if (partition_is_withdrawn(apply)) return APPLIED_DROPPED_WITHDRAWN;
    struct article_ref held;
    if (article_map_find_any(apply->language->articles, record->id, record->raw_url_hash,
                             record->producer_id_hash, &held))
        return partition_update(apply, &held);
    return partition_place(apply);
}

static void advance_log_clock(struct partition *partition, int64_t append_ms)
{
    if (append_ms == NW_NO_TIME) return;
    if (partition->log_first_ms == NW_NO_TIME) partition->log_first_ms = append_ms;
    if (append_ms > partition->log_high_ms) partition->log_high_ms = append_ms;
    partition_forget_withdrawals(partition);
}

enum apply_outcome partition_apply(struct partition *partition, const struct features_record *record,
                                   uint64_t offset, int64_t append_ms, struct decision *decision)
{
    assert(offset >= partition->next_offset);
    if (!pb_time_valid(append_ms)) append_ms = NW_NO_TIME; /* outside, arithmetic could overflow */
    partition->next_offset = offset + 1;
    struct apply apply = {.partition = partition,
                          .record = record,
                          .offset = offset,
                          .append_ms = append_ms,
                          .decision = decision != NULL ? decision : &partition->decision};
    apply.decision->count = 0;
    apply.decision->joined = NULL;
    advance_log_clock(partition, append_ms);
    enum apply_outcome outcome;
    if (source_marks_seen(&partition->marks, &record->origin, record->kind))
        outcome = APPLIED_DROPPED_SEEN;
    else if (record->kind == RECORD_ARTICLE)
        outcome = apply_article(&apply);
    else if (record->kind == RECORD_CORRECTION)
        outcome = partition_correct(&apply);
    else
        outcome = partition_withdraw(&apply);
    change_list_refresh(&partition->changes);
    return outcome;
}

const char *partition_refusal(const struct partition *partition)
{
    return partition->refusal;
}

void partition_skip(struct partition *partition, uint64_t offset)
{
    assert(offset >= partition->next_offset);
    partition->next_offset = offset + 1;
}

const struct partition_changes *partition_changes(const struct partition *partition)
{
    return &partition->changes.view;
}

void partition_changes_clear(struct partition *partition)
{
    for (size_t i = 0; i < partition->changes.merged_count; i++)
        story_table_remove(&partition->stories, &partition->changes.merged[i]->story);
    change_list_clear(&partition->changes);
}

/* ---- reading ---- */

const struct story *partition_find_story(const struct partition *partition, struct id128 id)
{
    return story_table_find(&partition->stories, id);
}

const struct story *partition_find_article(const struct partition *partition, struct id128 article)
{
    struct article_ref ref;
    for (size_t i = 0; i < partition->language_count; i++)
        if (article_map_find(partition->languages[i]->articles, article, &ref)) return ref.story;
    return NULL;
}

const struct member *partition_find_member(const struct partition *partition, struct id128 story,
                                           struct id128 article)
{
    const struct story *held = partition_find_story(partition, story);
    while (held != NULL && held->status == STORY_MERGED)
        held = partition_find_story(partition, held->merged_into);
    struct article_ref ref;
    if (held == NULL || !article_map_find(held_story_of(held)->language->articles, article, &ref))
        return NULL;
    return ref.story == held ? ref.member : NULL;
}

const struct source_table *partition_sources(const struct partition *partition)
{
    return partition->sources;
}

size_t partition_live_stories(const struct partition *partition)
{
    size_t count = 0;
    for (size_t i = 0; i < partition->language_count; i++) count += partition->languages[i]->active.count;
    return count;
}

size_t partition_memory_bytes(const struct partition *partition)
{
    size_t bytes = sizeof(*partition) + partition->stories.capacity * sizeof(struct story *) +
                   withdrawals_memory_bytes(partition->withdrawals);
    for (size_t i = 0; i < partition->language_count; i++)
        bytes += language_state_memory_bytes(partition->languages[i]);
    return bytes;
}

int64_t partition_watermark(const struct partition *partition, const char *language)
{
    const struct language_state *held = partition_language(partition, language);
    return held == NULL ? NW_NO_TIME : held->watermark.value_ms;
}

static int by_number(const void *a, const void *b)
{
    const struct story *x = *(struct story *const *)a, *y = *(struct story *const *)b;
    return (x->number > y->number) - (x->number < y->number);
}

static bool visit_language(const struct language_state *language,
                           bool (*visit)(void *context, const struct story *story), void *context)
{
    size_t count = 0;
    const struct story **stories =
        nw_calloc(language->active.count + language->closed.count, sizeof(*stories));
    for (const struct held_story *h = language->active.first; h != NULL; h = h->next)
        stories[count++] = &h->story;
    for (const struct held_story *h = language->closed.first; h != NULL; h = h->next)
        stories[count++] = &h->story;
    qsort(stories, count, sizeof(*stories), by_number);
    bool go_on = true;
    for (size_t i = 0; go_on && i < count; i++) go_on = visit(context, stories[i]);
    free(stories);
    return go_on;
}

void partition_each_story(const struct partition *partition,
                          bool (*visit)(void *context, const struct story *story), void *context)
{
    for (size_t i = 0; i < partition->language_count; i++)
        if (!visit_language(partition->languages[i], visit, context)) return;
}

void partition_set_observer(struct partition *partition, const struct partition_observer *observer)
{
    assert(partition->language_count == 0);
    partition->observer = *observer;
}

uint64_t partition_next_offset(const struct partition *partition)
{
    return partition->next_offset;
}

bool partition_source_mark(const struct partition *partition, const char *topic, int32_t source_partition,
                           int64_t *offset)
{
    const struct source_mark *mark = source_marks_find(&partition->marks, topic, source_partition);
    if (mark == NULL) return false;
    *offset = mark->offset;
    return true;
}
