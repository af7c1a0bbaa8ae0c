#include <assert.h>
#include <string.h>

#include "base/instant.h"
#include "stories/partition_internal.h"
#include "stories/story_state.h"

/* ---- updates ---- */

static void put_member(struct partition *partition, const struct story *story, const struct member *member,
                       const struct features_record *card_of)
{
    bool card = card_of != NULL && member->has_card;
    change_list_add(&partition->changes, &(struct change){.kind = CHANGE_MEMBER_PUT,
                                                          .story = story->id,
                                                          .article = member->article,
                                                          .value = card ? card_of->card : NULL,
                                                          .value_len = card ? card_of->card_len : 0});
}

/* Another source says it now (or the source's name was mended). */
static void move_source(struct apply *apply, struct story *story, struct member *member, uint32_t source)
{
    struct partition *partition = apply->partition;
    int first = member == &story->members[0] ? 1 : 0;
    bool old_gone = story_numbers_of_source(story, member->source) == 1;
    bool new_there = story_numbers_of_source(story, source) > 0;
    const struct source_delta less = {
        .source = member->source,
        .articles = -1,
        .stories = old_gone ? -1 : 0,
        .firsts = -first,
        .last_seen_ms = NW_NO_TIME,
    };
    const struct source_delta more = {
        .source = source,
        .articles = 1,
        .stories = new_there ? 0 : 1,
        .firsts = first,
        .last_seen_ms = apply->append_ms != NW_NO_TIME ? apply->append_ms : apply->record->published_ms,
    };
    change_list_source(&partition->changes, &less);
    change_list_source(&partition->changes, &more);
    member->source = source;
}

/* Fields and counts change, the place (story, sequence, group) does not. An identity the new version
 * does not name is kept, so that a later withdrawal by it still finds the article. */
static void replace_fields(struct apply *apply, struct story *story, struct member *member, uint32_t slot)
{
    const struct features_record *record = apply->record;
    struct language_state *language = apply->language;
    uint32_t source = source_table_intern(apply->partition->sources, record->source);
    struct text_print print = duplicates_print(record, source);

    if (member->group_first) duplicates_remove(language->duplicates, member, slot);
    article_map_remove(language->articles, slot);
    member->article = record->id;
    if (record->raw_url_hash != 0) member->raw_url_hash = record->raw_url_hash;
    if (record->producer_id_hash != 0) member->producer_id_hash = record->producer_id_hash;
    member->simhash = print.simhash;
    member->title_hash = print.title_hash;
    member->content_hash = record->content_hash;
    member->published_ms = record->published_ms;
    member->version_ms = record->version_ms;
    member->attributed = record->attributed;
    if (member->source != source) move_source(apply, story, member, source);
    slot = article_map_add(language->articles, story, member);
    if (member->group_first) duplicates_add(language->duplicates, member, slot);
    story_numbers_recount(story, &apply->partition->counter);
}

enum apply_outcome partition_update(struct apply *apply, const struct article_ref *held)
{
    struct partition *partition = apply->partition;
    const struct features_record *record = apply->record;
    struct member *member = held->member;
    if (record->version_ms < member->version_ms) return APPLIED_DROPPED_STALE;
    struct id128 old_id = member->article;
    bool same_id = id128_equal(old_id, record->id);
    if (same_id && record->content_hash == member->content_hash) {
        if (record->version_ms == member->version_ms) return APPLIED_UNCHANGED;
        member->version_ms = record->version_ms; /* what is older than this still loses */
        put_member(partition, held->story, member, NULL);
        return APPLIED_UNCHANGED;
    }
    apply->language->sequence++;
    if (!same_id)
        change_list_add(
            &partition->changes,
            &(struct change){.kind = CHANGE_MEMBER_REMOVED, .story = held->story->id, .article = old_id});
    replace_fields(apply, held->story, member, held->slot);
    put_member(partition, held->story, member, record);
    partition_touch(apply, held->story, CAUSE_UPDATE);
    partition->changes.totals.updates++;
    partition_merge_due(apply);
    return APPLIED_UPDATED;
}

/* ---- withdrawals ---- */

bool partition_is_withdrawn(const struct apply *apply)
{
    const struct features_record *record = apply->record;
    const struct withdrawals *withdrawals = apply->partition->withdrawals;
    const char *language = apply->language->name;
    return partition_is_taken_down(apply) ||
           withdrawals_cover(withdrawals, record->id, language, record->version_ms) ||
           (record->raw_url_hash != 0 &&
            withdrawals_cover(withdrawals, withdrawal_key_of_url(record->raw_url_hash), language,
                              record->version_ms)) ||
           (record->producer_id_hash != 0 &&
            withdrawals_cover(withdrawals, withdrawal_key_of_producer_id(record->producer_id_hash), language,
                              record->version_ms));
}

/* The next member of the group is the one that is found from now on. */
static void pass_on_group(struct apply *apply, struct story *story, uint64_t group)
{
    struct language_state *language = apply->language;
    for (size_t i = 0; i < story->member_count; i++) {
        struct member *member = &story->members[i];
        if (member->group != group) continue;
        struct article_ref ref;
        bool found = article_map_find(language->articles, member->article, &ref);
        assert(found && ref.member == member);
        member->group_first = true;
        duplicates_add(language->duplicates, member, ref.slot);
        return;
    }
}

static void count_removal(struct partition *partition, const struct story *story, const struct member *member)
{
    bool first = member == &story->members[0];
    const struct source_delta less = {
        .source = member->source,
        .articles = -1,
        .stories = story_numbers_of_source(story, member->source) == 1 ? -1 : 0,
        .firsts = first ? -1 : 0,
        .last_seen_ms = NW_NO_TIME,
    };
    change_list_source(&partition->changes, &less);
    if (first && story->member_count > 1)
        change_list_source(
            &partition->changes,
            &(struct source_delta){.source = member[1].source, .firsts = 1, .last_seen_ms = NW_NO_TIME});
    partition->changes.totals.articles--;
    partition->changes.totals.retractions++;
}

static void remove_member(struct apply *apply, const struct article_ref *ref)
{
    struct partition *partition = apply->partition;
    struct language_state *language = apply->language;
    struct story *story = ref->story;
    struct held_story *held = held_story_of(story);
    struct member member = *ref->member;
    size_t index = (size_t)(ref->member - story->members);
    count_removal(partition, story, ref->member);
    if (member.group_first) duplicates_remove(language->duplicates, &member, ref->slot);
    article_map_remove(language->articles, ref->slot);
    if (member.has_card) held->cards--;
    if (index < held->first_card) held->first_card--;
    story_numbers_remove(story, index, &partition->counter);
    if (member.group_first) pass_on_group(apply, story, member.group);
    change_list_add(
        &partition->changes,
        &(struct change){.kind = CHANGE_MEMBER_REMOVED, .story = story->id, .article = member.article});
}

void partition_take_out(struct apply *apply, const struct article_ref *ref, enum story_cause cause)
{
    struct story *story = ref->story;
    remove_member(apply, ref);
    if (story->member_count == 0 && story->status == STORY_ACTIVE) {
        apply->partition->changes.totals.stories--;
        partition_close(apply, story, cause);
    } else {
        partition_touch(apply, story, cause);
    }
}

static void remember(struct partition *partition, struct id128 key, const struct features_record *record)
{
    const char *kept = record->kind == RECORD_MOVED ? record->language : "";
    const struct withdrawal *withdrawal =
        withdrawals_put(partition->withdrawals, key, kept, record->version_ms, partition->log_high_ms);
    struct change change = {.kind = CHANGE_WITHDRAWAL_PUT, .article = key};
    withdrawal_pack(partition->scratch, withdrawal, &change.value, &change.value_len);
    change_list_add(&partition->changes, &change);
    arena_reset(partition->scratch);
}

void partition_forget_withdrawals(struct partition *partition)
{
    const struct withdrawal *oldest;
    while ((oldest = withdrawals_oldest(partition->withdrawals)) != NULL) {
        int64_t since_ms = oldest->time_ms != NW_NO_TIME ? oldest->time_ms : partition->log_first_ms;
        if (partition->log_high_ms - since_ms <= partition->policy.idle_expiry_ms) return;
        change_list_add(&partition->changes,
                        &(struct change){.kind = CHANGE_WITHDRAWAL_DROPPED, .article = oldest->key});
        withdrawals_drop_oldest(partition->withdrawals);
    }
}

static enum apply_outcome withdraw_in_language(struct apply *apply)
{
    const struct features_record *record = apply->record;
    struct article_ref ref;
    if (!article_map_find_any(apply->language->articles, record->id, record->raw_url_hash,
                              record->producer_id_hash, &ref))
        return APPLIED_NOTHING;
    if (record->version_ms != NW_NO_TIME && record->version_ms < ref.member->version_ms)
        return APPLIED_DROPPED_STALE;
    apply->language->sequence++;
    partition_take_out(apply, &ref, CAUSE_RETRACTION);
    partition_merge_due(apply);
    return APPLIED_RETRACTED;
}

enum apply_outcome partition_withdraw(struct apply *apply)
{
    struct partition *partition = apply->partition;
    const struct features_record *record = apply->record;
    enum apply_outcome outcome = APPLIED_NOTHING;
    for (size_t i = 0; i < partition->language_count; i++) {
        apply->language = partition->languages[i];
        if (record->kind == RECORD_MOVED && strcmp(apply->language->name, record->language) == 0) continue;
        enum apply_outcome here = withdraw_in_language(apply);
        if (here == APPLIED_RETRACTED || outcome == APPLIED_NOTHING) outcome = here;
    }
    /* Only what it names itself: under the id found in one language it would decide for another. */
    if (!id128_is_zero(record->id)) remember(partition, record->id, record);
    if (record->raw_url_hash != 0) remember(partition, withdrawal_key_of_url(record->raw_url_hash), record);
    if (record->producer_id_hash != 0)
        remember(partition, withdrawal_key_of_producer_id(record->producer_id_hash), record);
    return outcome;
}
