#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "articles/pb.h"
#include "base/alloc.h"
#include "base/instant.h"
#include "stories/partition_internal.h"
#include "stories/state.pb-c.h"
#include "stories/story_edits.h"
#include "stories/story_state.h"

enum { MAX_TOPIC_NAME = 249 };

/* ---- header ---- */

static Newswired__SourceMark *mark_message(struct arena *arena, const struct source_mark *mark)
{
    Newswired__SourceMark *m = arena_alloc(arena, sizeof(*m));
    newswired__source_mark__init(m);
    m->topic = mark->topic;
    m->partition = mark->partition;
    m->offset = mark->offset;
    m->index = mark->index;
    m->kinds = mark->kinds;
    return m;
}

static Newswired__LanguageState *language_message(struct arena *arena, struct language_state *language)
{
    Newswired__LanguageState *m = arena_alloc(arena, sizeof(*m));
    newswired__language_state__init(m);
    m->language = language->name;
    m->sequence = language->sequence;
    m->founded = language->founded;
    m->undated_sequence = language->undated_sequence;
    m->watermark_ms = language->watermark.value_ms;
    m->first_watermark_ms = language->watermark.first_ms;
    m->n_ring_ms = language->watermark.count;
    m->ring_ms = arena_alloc(arena, WATERMARK_RING * sizeof(*m->ring_ms));
    for (unsigned i = 0; i < language->watermark.count; i++)
        m->ring_ms[i] = watermark_at(&language->watermark, i);
    return m;
}

/* Those that have a state: active and closed. */
static uint64_t held_stories(const struct partition *partition)
{
    uint64_t count = 0;
    for (size_t i = 0; i < partition->language_count; i++)
        count += partition->languages[i]->active.count + partition->languages[i]->closed.count;
    return count;
}

void partition_pack_header(struct arena *arena, const struct partition *partition, const uint8_t **bytes,
                           size_t *len)
{
    Newswired__HeaderState m = NEWSWIRED__HEADER_STATE__INIT;
    m.next_offset = partition->next_offset;
    m.generation = partition->policy.generation;
    m.policy_hash = partition->policy_hash;
    m.policy_since_offset = partition->policy_since_offset;
    m.log_first_ms = partition->log_first_ms;
    m.log_high_ms = partition->log_high_ms;
    m.stories = held_stories(partition);
    m.withdrawals = withdrawals_count(partition->withdrawals);
    m.n_marks = partition->marks.count;
    m.marks = arena_alloc(arena, m.n_marks * sizeof(*m.marks));
    for (size_t i = 0; i < m.n_marks; i++) m.marks[i] = mark_message(arena, &partition->marks.marks[i]);
    m.n_languages = partition->language_count;
    m.languages = arena_alloc(arena, m.n_languages * sizeof(*m.languages));
    for (size_t i = 0; i < m.n_languages; i++)
        m.languages[i] = language_message(arena, partition->languages[i]);
    state_seal(arena, &m.base, bytes, len);
}

void partition_accept_policy(struct partition *partition)
{
    partition->accept_policy = true;
}

static bool time_valid(int64_t ms)
{
    return ms == NW_NO_TIME || pb_time_valid(ms);
}

static bool header_valid(const Newswired__HeaderState *m)
{
    if (!time_valid(m->log_first_ms) || !time_valid(m->log_high_ms)) return false;
    for (size_t i = 0; i < m->n_marks; i++)
        if (!pb_text_valid(m->marks[i]->topic, MAX_TOPIC_NAME)) return false;
    for (size_t i = 0; i < m->n_languages; i++) {
        const Newswired__LanguageState *language = m->languages[i];
        size_t name_len = strlen(language->language);
        if (name_len == 0 || name_len >= STORY_LANGUAGE_MAX || language->n_ring_ms > WATERMARK_RING)
            return false;
        if (language->sequence >> STORY_REVISION_BITS != 0 || language->founded > language->sequence ||
            language->undated_sequence > language->sequence)
            return false;
        if (!time_valid(language->watermark_ms) || !time_valid(language->first_watermark_ms)) return false;
        for (size_t r = 0; r < language->n_ring_ms; r++)
            if (!pb_time_valid(language->ring_ms[r])) return false;
    }
    return true;
}

static bool restore_languages(struct partition *partition, const Newswired__HeaderState *m)
{
    for (size_t i = 0; i < m->n_languages; i++) {
        const Newswired__LanguageState *state = m->languages[i];
        if (partition_language(partition, state->language) != NULL) return false;
        struct language_state *language = partition_add_language(partition, state->language);
        language->sequence = state->sequence;
        language->founded = state->founded;
        language->undated_sequence = state->undated_sequence;
        struct watermark *watermark = &language->watermark;
        watermark->value_ms = state->watermark_ms;
        watermark->first_ms = state->first_watermark_ms;
        watermark->count = (unsigned)state->n_ring_ms;
        watermark->next = watermark->count % WATERMARK_RING;
        for (size_t r = 0; r < state->n_ring_ms; r++) watermark->ring[r] = state->ring_ms[r];
    }
    return true;
}

static bool restore_marks(struct partition *partition, const Newswired__HeaderState *m)
{
    for (size_t i = 0; i < m->n_marks; i++) {
        const Newswired__SourceMark *mark = m->marks[i];
        const struct origin origin = {mark->topic, mark->partition, mark->offset, mark->index, 0};
        if (!source_marks_put(&partition->marks, &origin, mark->kinds)) return false;
    }
    return true;
}

static enum nw_err restore_header(struct partition *partition, const Newswired__HeaderState *m)
{
    if (!header_valid(m)) return NW_ERR_CORRUPT;
    bool same_policy = m->policy_hash == partition->policy_hash;
    if (m->generation != partition->policy.generation || (!same_policy && !partition->accept_policy))
        return NW_ERR_REFUSED;
    if (!restore_languages(partition, m) || !restore_marks(partition, m)) return NW_ERR_CORRUPT;
    partition->policy_since_offset = same_policy ? m->policy_since_offset : m->next_offset;
    partition->next_offset = m->next_offset;
    partition->expected_stories = m->stories;
    partition->expected_withdrawals = m->withdrawals;
    partition->log_first_ms = m->log_first_ms;
    partition->log_high_ms = m->log_high_ms;
    return NW_OK;
}

enum nw_err partition_restore_header(struct partition *partition, const uint8_t *bytes, size_t len,
                                     uint64_t *next_offset)
{
    assert(partition->next_offset == 0 && partition->language_count == 0);
    const uint8_t *body;
    size_t body_len;
    enum nw_err err = state_open(bytes, len, &body, &body_len);
    if (err != NW_OK) return err;
    ProtobufCAllocator allocator = pb_arena_allocator(partition->scratch);
    const Newswired__HeaderState *m = newswired__header_state__unpack(&allocator, body_len, body);
    err = m == NULL ? NW_ERR_CORRUPT : restore_header(partition, m);
    if (err == NW_OK) *next_offset = partition->next_offset;
    arena_reset(partition->scratch);
    return err;
}

/* ---- stories ---- */

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void collect_long_sources(struct arena *arena, const struct source_table *sources,
                                 const struct story *story, struct story_blob *blob)
{
    blob->long_sources = arena_alloc(arena, story->source_count * sizeof(*blob->long_sources));
    for (size_t i = 0; i < story->member_count; i++) {
        if (!member_source_is_long(sources, &story->members[i])) continue;
        const char *name = source_table_name(sources, story->members[i].source);
        bool known = false;
        for (size_t k = 0; k < blob->long_source_count && !known; k++) known = blob->long_sources[k] == name;
        if (!known) blob->long_sources[blob->long_source_count++] = name;
    }
    qsort(blob->long_sources, blob->long_source_count, sizeof(*blob->long_sources), by_text);
}

void partition_pack_story(struct arena *arena, const struct story *story, const uint8_t **bytes, size_t *len)
{
    assert(story->status != STORY_MERGED);
    const struct partition *partition = held_story_of(story)->language->partition;
    struct story_blob blob = {.language = story->language};
    blob.changed_sequence = story->revision & ((UINT64_C(1) << STORY_REVISION_BITS) - 1);
    blob.member_count = story->member_count;
    collect_long_sources(arena, partition->sources, story, &blob);
    if (story->terms != NULL) story_terms_pack(arena, story, &blob.terms, &blob.terms_len);
    story_pack(arena, story, &blob, bytes, len);
}

void partition_pack_member(struct arena *arena, const struct partition *partition,
                           const struct member *member, const uint8_t **bytes, size_t *len)
{
    member_pack(arena, partition->sources, member, bytes, len);
}

/* ---- restoring a story ---- */

/* Only stories that have been founded are named. */
static bool edits_fit(const struct language_state *language, const struct story *story)
{
    const struct story_edits *edits = story->edits;
    for (size_t i = 0; edits != NULL && i < edits->apart_count; i++)
        if (edits->apart[i] >= language->founded) return false;
    for (size_t i = 0; edits != NULL && i < edits->absorbed_count; i++)
        if (edits->absorbed[i] >= language->founded) return false;
    return true;
}

/* Could this partition have written it? */
static bool story_fits(const struct partition *partition, const struct language_state *language,
                       const struct story *story, struct id128 id, const struct story_blob *blob)
{
    if (language == NULL || story->number >= language->founded || !edits_fit(language, story)) return false;
    if (blob->changed_sequence > language->sequence || story->joined_sequence > blob->changed_sequence ||
        story->closed_sequence > blob->changed_sequence)
        return false;
    struct id128 expected = story_id(partition->policy.generation, language->name, story->number);
    return id128_equal(id, expected) && story_table_find(&partition->stories, id) == NULL;
}

static bool members_fit(const struct language_state *language, const struct story *story)
{
    if (story->status == STORY_ACTIVE && story->member_count == 0) return false;
    for (size_t i = 0; i < story->member_count; i++) {
        const struct member *member = &story->members[i];
        struct article_ref other;
        if (member->sequence > story->joined_sequence) return false;
        if (i > 0 && member->sequence <= story->members[i - 1].sequence) return false;
        if (article_map_find(language->articles, member->article, &other)) return false;
    }
    return true;
}

static enum nw_err unpack_members(struct partition *partition, struct story *story,
                                  const struct story_blob *blob, const struct stored_member *members,
                                  size_t count)
{
    story->members = nw_calloc(count, sizeof(*story->members));
    story->member_capacity = count;
    for (; story->member_count < count; story->member_count++) {
        const struct stored_member *stored = &members[story->member_count];
        enum nw_err err = member_unpack(partition->scratch, partition->sources, blob, stored->article,
                                        stored->bytes, stored->len, &story->members[story->member_count]);
        if (err != NW_OK) return err;
    }
    story_numbers_sort(story);
    return NW_OK;
}

/* Two members with one id in the story itself. */
static bool index_members(struct language_state *language, struct story *story)
{
    for (size_t i = 0; i < story->member_count; i++) {
        struct article_ref other;
        if (article_map_find(language->articles, story->members[i].article, &other)) {
            while (i-- > 0) {
                bool found = article_map_find(language->articles, story->members[i].article, &other);
                assert(found);
                article_map_remove(language->articles, other.slot);
            }
            return false;
        }
        article_map_add(language->articles, story, &story->members[i]);
    }
    return true;
}

static enum nw_err restore_terms(struct story *story, const struct story_blob *blob)
{
    if (story->status == STORY_CLOSED) return blob->terms_len == 0 ? NW_OK : NW_ERR_CORRUPT;
    return story_terms_unpack(story, blob->terms, blob->terms_len);
}

static void enter(struct partition *partition, struct language_state *language, struct held_story *held)
{
    struct story *story = &held->story;
    story_numbers_recount(story, &partition->counter);
    partition_index_groups(language, story);
    for (size_t i = 0; i < story->member_count; i++) held->cards += story->members[i].has_card ? 1 : 0;
    story_table_add(&partition->stories, story);
    bool active = story->status == STORY_ACTIVE;
    story_list_append(active ? &language->active : &language->closed, held);
    if (active) clusterer_insert(language->clusterer, story);
}

static enum nw_err restore_story(struct partition *partition, struct held_story **taken, struct id128 id,
                                 const struct story_blob *blob, const struct stored_member *members,
                                 size_t count)
{
    struct held_story *held = *taken;
    struct story *story = &held->story;
    struct language_state *language = partition_language(partition, story->language);
    if (!story_fits(partition, language, story, id, blob) || count != blob->member_count)
        return NW_ERR_CORRUPT;
    held->language = language;
    story->id = id;
    story->revision =
        ((uint64_t)partition->policy.generation << STORY_REVISION_BITS) + blob->changed_sequence;
    story->merge_checked = language_state_last_pass(language, &partition->policy);
    enum nw_err err = unpack_members(partition, story, blob, members, count);
    if (err != NW_OK) return err;
    if (!members_fit(language, story)) return NW_ERR_CORRUPT;
    err = restore_terms(story, blob);
    if (err != NW_OK) return err;
    if (!index_members(language, story)) return NW_ERR_CORRUPT;
    enter(partition, language, held);
    *taken = NULL;
    return NW_OK;
}

enum nw_err partition_restore_story(struct partition *partition, struct id128 id, const uint8_t *bytes,
                                    size_t len, const struct stored_member *members, size_t count)
{
    struct held_story *held = held_story_new(NULL);
    struct story_blob blob;
    enum nw_err err = story_unpack(partition->scratch, bytes, len, &held->story, &blob);
    if (err == NW_OK) err = restore_story(partition, &held, id, &blob, members, count);
    if (held != NULL) {
        story_terms_free(held->story.terms);
        held->story.terms = NULL;
    }
    held_story_free(held);
    arena_reset(partition->scratch);
    return err;
}

enum nw_err partition_restore_withdrawal(struct partition *partition, struct id128 article,
                                         const uint8_t *bytes, size_t len)
{
    struct withdrawal withdrawal;
    enum nw_err err = withdrawal_unpack(partition->scratch, article, bytes, len, &withdrawal);
    if (err == NW_OK && !withdrawals_restore(partition->withdrawals, &withdrawal)) err = NW_ERR_CORRUPT;
    arena_reset(partition->scratch);
    return err;
}

static int64_t joined_clock(const struct story *story)
{
    return story->joined_watermark_ms;
}

static int64_t closed_clock(const struct story *story)
{
    return (int64_t)story->closed_sequence;
}

enum nw_err partition_restore_finish(struct partition *partition)
{
    if (held_stories(partition) != partition->expected_stories ||
        withdrawals_count(partition->withdrawals) != partition->expected_withdrawals)
        return NW_ERR_CORRUPT;
    withdrawals_sort(partition->withdrawals);
    for (size_t i = 0; i < partition->language_count; i++) {
        story_list_sort(&partition->languages[i]->active, joined_clock);
        story_list_sort(&partition->languages[i]->closed, closed_clock);
    }
    return NW_OK;
}
