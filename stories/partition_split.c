#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/instant.h"
#include "stories/partition_internal.h"
#include "stories/story_edits.h"

/* Members of the new story are in the map under the old one until they have moved. */
static uint32_t *slots_of(const struct language_state *language, const struct story *from, const size_t *at,
                          size_t count)
{
    uint32_t *slots = nw_calloc(count, sizeof(*slots));
    for (size_t i = 0; i < count; i++) {
        struct article_ref ref;
        bool found = article_map_find(language->articles, from->members[at[i]].article, &ref);
        assert(found && ref.story == from);
        slots[i] = ref.slot;
    }
    return slots;
}

static void move_members(struct apply *apply, struct story *from, const size_t *at, size_t count,
                         struct story *to)
{
    struct language_state *language = apply->language;
    uint32_t *slots = slots_of(language, from, at, count);
    story_numbers_split(from, at, count, to, &apply->partition->counter);
    for (size_t i = 0; i < count; i++) article_map_set_story(language->articles, slots[i], to);
    free(slots);
    partition_index_groups(language, from);
    partition_index_groups(language, to);
    struct held_story *old = held_story_of(from), *new = held_story_of(to);
    for (size_t i = 0; i < to->member_count; i++) new->cards += to->members[i].has_card ? 1 : 0;
    old->cards -= new->cards;
    old->first_card = new->first_card = 0;
    for (size_t i = 0; i < to->member_count; i++)
        change_list_add(&apply->partition->changes, &(struct change){.kind = CHANGE_MEMBER_MOVED,
                                                                     .story = to->id,
                                                                     .other = from->id,
                                                                     .article = to->members[i].article});
}

/* A source that is in both now has a story more; each story has a first article. */
static void count_split(struct partition *partition, uint32_t old_first, const struct story *from,
                        const struct story *to)
{
    struct change_list *changes = &partition->changes;
    for (size_t i = 0; i < to->source_count; i++) {
        uint32_t source = to->sources[i].source;
        if (story_numbers_of_source(from, source) == 0) continue;
        change_list_source(
            changes, &(struct source_delta){.source = source, .stories = 1, .last_seen_ms = NW_NO_TIME});
    }
    const struct source_delta firsts[] = {
        {.source = old_first, .firsts = -1, .last_seen_ms = NW_NO_TIME},
        {.source = from->members[0].source, .firsts = 1, .last_seen_ms = NW_NO_TIME},
        {.source = to->members[0].source, .firsts = 1, .last_seen_ms = NW_NO_TIME},
    };
    for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++) change_list_source(changes, &firsts[i]);
    changes->totals.splits++;
}

/* First of the related stories; the last one goes when there is no room. */
static void relate(struct story *story, struct id128 id)
{
    memmove(story->related + 1, story->related, (STORY_RELATED_MAX - 1) * sizeof(story->related[0]));
    story->related[0] = id;
}

struct story *partition_split_off(struct apply *apply, struct story *from, const size_t *at, size_t count)
{
    struct language_state *language = apply->language;
    assert(from->status == STORY_ACTIVE && count > 0 && count < from->member_count);
    uint32_t old_first = from->members[0].source;
    struct story *to = partition_found_story(apply);
    to->joined_watermark_ms = language->watermark.value_ms;
    to->joined_sequence = language->sequence;
    story_list_append(&language->active, held_story_of(to));
    move_members(apply, from, at, count, to);
    count_split(apply->partition, old_first, from, to);
    story_edits_of(to)->split_from = from->id;
    story_edits_part(from, to);
    relate(from, to->id);
    relate(to, from->id);
    partition_touch(apply, from, CAUSE_SPLIT);
    partition_touch(apply, to, CAUSE_SPLIT);
    return to;
}
