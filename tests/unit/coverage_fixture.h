/*
 * coverage_fixture - stories, cards and ratings for the tests of coverage/, built by hand.
 *
 * An article is "source, minutes after BASE_MS"; everything else is set on the returned member or card.
 */
#ifndef NW_TESTS_COVERAGE_FIXTURE_H
#define NW_TESTS_COVERAGE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/instant.h"
#include "coverage/coverage.h"
#include "support/test_card.h"

#define BASE_MS INT64_C(1760011200000) /* 2025-10-09T12:00:00Z */
#define MINUTE_MS INT64_C(60000)

struct fixture {
    struct arena *arena;
    struct source_table *table;
    struct ratings *ratings;
    struct coverage_policy policy;
    struct story story;
    struct article_card *cards;
    size_t card_capacity;
};

static inline struct fixture *fixture_new(const char *ratings_csv)
{
    struct fixture *f = nw_calloc(1, sizeof(*f));
    f->arena = arena_new();
    f->table = source_table_new();
    f->policy = coverage_policy_default();
    f->story = (struct story){
        .id = {1, 2},
        .number = 1,
        .language = "en",
        .revision = (UINT64_C(1) << 40) + 12,
        .changed_offset = 123,
        .updated_ms = BASE_MS,
        .first_published_ms = NW_NO_TIME,
        .last_published_ms = NW_NO_TIME,
    };
    if (ratings_csv == NULL) {
        f->ratings = ratings_empty();
    } else {
        char *error = NULL;
        assert_int_equal(ratings_load(ratings_csv, strlen(ratings_csv), NULL, &f->ratings, &error), NW_OK);
    }
    return f;
}

static inline void fixture_free(struct fixture *f)
{
    ratings_unref(f->ratings);
    source_table_free(f->table);
    free(f->story.members);
    free(f->story.sources);
    free(f->cards);
    arena_free(f->arena);
    free(f);
}

static inline void fixture_count_source(struct story *story, uint32_t source)
{
    for (size_t i = 0; i < story->source_count; i++) {
        if (story->sources[i].source != source) continue;
        story->sources[i].articles++;
        return;
    }
    story->sources =
        nw_grow(story->sources, &story->source_capacity, story->source_count + 1, sizeof(*story->sources));
    story->sources[story->source_count++] = (struct story_source){.source = source, .articles = 1};
}

/* Adds an article with a card; its index. */
static inline size_t fixture_add(struct fixture *f, const char *source, int64_t minutes, const char *title)
{
    struct story *story = &f->story;
    size_t i = story->member_count;
    story->members = nw_grow(story->members, &story->member_capacity, i + 1, sizeof(*story->members));
    f->cards = nw_grow(f->cards, &f->card_capacity, i + 1, sizeof(*f->cards));
    struct id128 id = {.hi = UINT64_C(0xA000000000000000), .lo = i + 1};
    int64_t published_ms = BASE_MS + minutes * MINUTE_MS;
    story->members[i] = (struct member){.article = id,
                                        .group = i + 1,
                                        .published_ms = published_ms,
                                        .version_ms = published_ms,
                                        .sequence = i + 1,
                                        .source = source_table_intern(f->table, source),
                                        .has_card = true};
    story->member_count++;
    fixture_count_source(story, story->members[i].source);
    if (story->first_published_ms == NW_NO_TIME || published_ms < story->first_published_ms)
        story->first_published_ms = published_ms;
    if (published_ms > story->last_published_ms) story->last_published_ms = published_ms;
    f->cards[i] = test_card(id, arena_printf(f->arena, "https://%s/a/%zu", source, i + 1),
                            arena_strdup(f->arena, title), arena_strdup(f->arena, source));
    f->cards[i].published_ms = published_ms;
    return i;
}

static inline struct coverage_input fixture_input(const struct fixture *f)
{
    return (struct coverage_input){.story = &f->story,
                                   .sources = f->table,
                                   .cards = f->cards,
                                   .ratings = f->ratings,
                                   .policy = &f->policy,
                                   .features_topic = "articles.features",
                                   .features_partition = 3,
                                   .policy_hash = UINT64_C(0xABCDEF),
                                   .ratings_loaded_ms = NW_NO_TIME,
                                   .cause = f->story.cause};
}

#endif
