#define _GNU_SOURCE /* qsort_r */
#include "consumers/coverage_builder.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "articles/article_card.h"
#include "base/alloc.h"
#include "base/log.h"
#include "coverage/coverage.h"

/* The cards of one story, in the places of its members. */
struct card_slots {
    const struct story *story; /* NULL: no cards wanted */
    struct article_card *cards;
    uint32_t *by_article; /* member indices, by article id */
};

struct card_reading {
    struct arena *arena;
    struct card_slots *slots;
    const size_t *slot_of; /* position in the request -> slot */
};

static int by_article(const void *a, const void *b, void *context)
{
    const struct member *members = context;
    return id128_compare(members[*(const uint32_t *)a].article, members[*(const uint32_t *)b].article);
}

static void prepare(struct arena *arena, const struct story *story, struct card_slots *out)
{
    out->story = story;
    out->cards = arena_calloc(arena, story->member_count + 1, sizeof(*out->cards));
    out->by_article = arena_alloc(arena, (story->member_count + 1) * sizeof(*out->by_article));
    for (size_t i = 0; i < story->member_count; i++) out->by_article[i] = (uint32_t)i;
    qsort_r(out->by_article, story->member_count, sizeof(*out->by_article), by_article, story->members);
}

static const uint32_t *find_member(const struct card_slots *slots, struct id128 article)
{
    size_t low = 0, high = slots->story->member_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = id128_compare(slots->story->members[slots->by_article[middle]].article, article);
        if (order == 0) return &slots->by_article[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static void card_read(void *context, size_t request, struct id128 article, const uint8_t *bytes, size_t len)
{
    struct card_reading *reading = context;
    struct card_slots *slots = &reading->slots[reading->slot_of[request]];
    const uint32_t *member = find_member(slots, article);
    if (member == NULL || !slots->story->members[*member].has_card) return;
    struct article_card card;
    if (article_card_unpack(reading->arena, bytes, len, &card) == NW_OK) {
        slots->cards[*member] = card;
        return;
    }
    char hex[ID128_HEX_LEN + 1];
    id128_hex(article, hex);
    log_error("stored article cannot be read, the summary goes without it", log_str("article", hex));
}

static void build(const struct coverage_builder *builder, const struct partition *partition,
                  struct ratings *ratings, const struct outbox_mark *mark, const struct card_slots *slots,
                  struct built_summary *out)
{
    struct story merged;
    struct article_card none = {0};
    const struct story *story = slots->story;
    if (mark->kind == MARK_MERGED) {
        outbox_mark_merged_story(mark, &merged);
        story = &merged;
    }
    struct coverage_input input = {
        .story = story,
        .sources = partition_sources(partition),
        .cards = mark->kind == MARK_MERGED ? &none : slots->cards,
        .ratings = ratings,
        .policy = &builder->story->coverage,
        .features_topic = builder->kafka->features_topic,
        .features_partition = builder->partition_number,
        .policy_hash = builder->policy_hash,
        .ratings_loaded_ms = ratings_loaded_ms(ratings),
        .cause = mark->cause,
    };
    out->json = coverage_json(&input, &out->len, &out->parts);
}

enum nw_err coverage_builder_run(struct coverage_builder *builder, struct story_store *store,
                                 struct store_point committed, const struct partition *partition,
                                 struct ratings *ratings, const struct outbox_mark *const *marks,
                                 size_t count, struct built_summary *out)
{
    struct card_slots slots[COVERAGE_BUILDER_SLICE] = {{0}};
    struct id128 requests[COVERAGE_BUILDER_SLICE];
    size_t slot_of[COVERAGE_BUILDER_SLICE], request_count = 0;
    assert(count <= COVERAGE_BUILDER_SLICE);
    arena_reset(builder->arena);
    for (size_t i = 0; i < count; i++) {
        if (marks[i]->kind != MARK_UPDATED && marks[i]->kind != MARK_CLOSED) continue;
        const struct story *story = partition_find_story(partition, marks[i]->story);
        if (story == NULL) continue;
        prepare(builder->arena, story, &slots[i]);
        slot_of[request_count] = i;
        requests[request_count++] = story->id;
    }
    struct card_reading reading = {.arena = builder->arena, .slots = slots, .slot_of = slot_of};
    enum nw_err err = story_store_read_cards(store, committed, requests, request_count, card_read, &reading);
    if (err != NW_OK) return err;
    for (size_t i = 0; i < count; i++) {
        out[i] = (struct built_summary){0};
        if (marks[i]->kind == MARK_DROPPED) continue;
        out[i].gone = marks[i]->kind != MARK_MERGED && slots[i].story == NULL;
        if (!out[i].gone) build(builder, partition, ratings, marks[i], &slots[i], &out[i]);
    }
    return NW_OK;
}

void built_summary_free(struct built_summary *summary)
{
    free(summary->json);
    free(summary->parts.title);
    free(summary->parts.countries);
    free(summary->parts.tags);
    *summary = (struct built_summary){0};
}
