#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/instant.h"
#include "stories/partition_internal.h"

/* ---- reprint groups ---- */

struct grouped {
    uint64_t group;
    size_t index; /* of the member; members are in the order of arrival */
};

static int by_group(const void *a, const void *b)
{
    const struct grouped *x = a, *y = b;
    if (x->group != y->group) return x->group < y->group ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static void set_group_first(struct language_state *language, struct member *member, bool first)
{
    if (member->group_first == first) return;
    struct article_ref ref;
    bool held = article_map_find(language->articles, member->article, &ref);
    assert(held && ref.member == member);
    member->group_first = first;
    if (first)
        duplicates_add(language->duplicates, member, ref.slot);
    else
        duplicates_remove(language->duplicates, member, ref.slot);
}

void partition_index_groups(struct language_state *language, struct story *story)
{
    struct grouped *grouped = nw_calloc(story->member_count, sizeof(*grouped));
    for (size_t i = 0; i < story->member_count; i++)
        grouped[i] = (struct grouped){story->members[i].group, i};
    qsort(grouped, story->member_count, sizeof(*grouped), by_group);
    for (size_t i = 0; i < story->member_count; i++)
        set_group_first(language, &story->members[grouped[i].index],
                        i == 0 || grouped[i].group != grouped[i - 1].group);
    free(grouped);
}

/* Is there a member of its group in the story? Not looked for when the group was made for this member. */
static bool group_in_story(const struct story *story, const struct member *member)
{
    if (member->group == duplicates_own_group(member->article, member->sequence)) return false;
    for (size_t i = 0; i < story->member_count; i++)
        if (story->members[i].group == member->group) return true;
    return false;
}

/* ---- members ---- */

void partition_cap_cards(struct partition *partition, struct story *story)
{
    struct held_story *held = held_story_of(story);
    for (; held->cards > partition->policy.kept_articles; held->first_card++) {
        struct member *member = &story->members[held->first_card];
        if (!member->has_card) continue;
        member->has_card = false;
        held->cards--;
        change_list_add(
            &partition->changes,
            &(struct change){.kind = CHANGE_CARD_DROPPED, .story = story->id, .article = member->article});
    }
}

struct member *partition_add_member(struct apply *apply, struct story *story, const struct member *member,
                                    bool twin_in_story)
{
    struct partition *partition = apply->partition;
    struct language_state *language = apply->language;
    const struct features_record *record = apply->record;
    bool group_first = !twin_in_story && !group_in_story(story, member);
    struct member *added = story_numbers_add(story, member);
    added->group_first = group_first;
    uint32_t slot = article_map_add(language->articles, story, added);
    if (group_first) duplicates_add(language->duplicates, added, slot);
    if (added->has_card) held_story_of(story)->cards++;
    change_list_add(&partition->changes,
                    &(struct change){.kind = CHANGE_MEMBER_PUT,
                                     .story = story->id,
                                     .article = added->article,
                                     .value = added->has_card ? record->card : NULL,
                                     .value_len = added->has_card ? record->card_len : 0});
    partition_cap_cards(partition, story);
    const struct source_delta delta = {
        .source = added->source,
        .articles = 1,
        .stories = story_numbers_of_source(story, added->source) == 1 ? 1 : 0,
        .firsts = story->member_count == 1 ? 1 : 0,
        .last_seen_ms = apply->append_ms != NW_NO_TIME ? apply->append_ms : record->published_ms,
    };
    change_list_source(&partition->changes, &delta);
    return added;
}

static struct member member_of(const struct apply *apply, const struct text_print *print, uint64_t group)
{
    const struct features_record *record = apply->record;
    uint64_t sequence = apply->language->sequence;
    if (group == 0) group = print->group;
    if (group == 0) group = duplicates_own_group(record->id, sequence);
    return (struct member){
        .article = record->id,
        .raw_url_hash = record->raw_url_hash,
        .producer_id_hash = record->producer_id_hash,
        .simhash = print->simhash,
        .title_hash = print->title_hash,
        .group = group,
        .content_hash = record->content_hash,
        .published_ms = record->published_ms,
        .version_ms = record->version_ms,
        .sequence = sequence,
        .source = print->source,
        .attributed = record->attributed,
        .has_card = apply->partition->policy.kept_articles > 0,
    };
}

/* ---- placing ---- */

static struct placement placement_of(const struct apply *apply, uint32_t source)
{
    return (struct placement){
        .features = &apply->record->features,
        .language = apply->language->name,
        .source = source,
        .published_ms = apply->record->published_ms,
        .published_is_day = apply->record->published_is_day,
        .watermark_ms = apply->language->watermark.value_ms,
        .sequence = apply->language->sequence,
    };
}

static struct story *ask_clusterer(struct apply *apply, const struct placement *placement)
{
    struct partition *partition = apply->partition;
    struct story *story = clusterer_place(apply->language->clusterer, placement, apply->decision);
    if (partition->observer.decided != NULL)
        partition->observer.decided(partition->observer.context, apply->record, apply->decision);
    return story;
}

/* The runners-up of the decision that were not far off: frozen until the story changes again. */
static void set_related(struct story *story, const struct decision *decision)
{
    const int64_t least = -3 * CLUSTERER_SCORE_ONE; /* a chance of about 5 % that they are one */
    size_t count = 0;
    memset(story->related, 0, sizeof(story->related));
    for (size_t i = 0; i < decision->count && count < STORY_RELATED_MAX; i++) {
        const struct candidate *candidate = &decision->candidates[i];
        if (candidate->story != story && candidate->score >= least)
            story->related[count++] = candidate->story->id;
    }
}

static void join(struct apply *apply, struct story *story)
{
    struct language_state *language = apply->language;
    struct held_story *held = held_story_of(story);
    story->joined_watermark_ms = language->watermark.value_ms;
    story->joined_sequence = language->sequence;
    if (story->member_count > 0) story_list_remove(&language->active, held);
    story_list_append(&language->active, held);
}

enum apply_outcome partition_place(struct apply *apply)
{
    struct partition *partition = apply->partition;
    struct language_state *language = apply->language;
    const struct features_record *record = apply->record;
    language->sequence++;
    if (record->published_ms == NW_NO_TIME) language->undated_sequence = language->sequence;
    watermark_push(&language->watermark, record->published_ms, apply->append_ms);
    partition_expire(apply);

    uint32_t source = source_table_intern(partition->sources, record->source);
    struct placement placement = placement_of(apply, source);
    struct text_print print = duplicates_print(record, source);
    struct article_ref twin = {.story = NULL};
    bool has_twin = duplicates_find(language->duplicates, language->articles, &print, &twin);
    struct member member = member_of(apply, &print, has_twin ? twin.member->group : 0);

    bool joins_twin = has_twin && twin.story->status == STORY_ACTIVE;
    struct story *story = joins_twin ? twin.story : ask_clusterer(apply, &placement);
    bool founded = story == NULL;
    if (founded) {
        story = partition_found_story(apply);
        if (has_twin) story->continues = twin.story->id;
    }
    apply->decision->joined = founded ? NULL : story;
    join(apply, story);
    partition_add_member(apply, story, &member, joins_twin);
    if (!joins_twin) set_related(story, apply->decision);
    partition_touch(apply, story, CAUSE_ARTICLE);
    clusterer_learn(language->clusterer, story, &placement, !joins_twin);
    partition->changes.totals.articles++;
    if (has_twin) partition->changes.totals.duplicates++;
    partition_merge_due(apply);
    return founded ? APPLIED_FOUNDED : APPLIED_JOINED;
}
