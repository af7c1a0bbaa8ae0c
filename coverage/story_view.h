/*
 * story_view - a story with its ratings looked up: what every part of coverage reads.
 *
 * Sources are numbered 0.. in the order of story->sources, groups 0.. in the order of their first
 * member, so nothing depends on the numbers of the partition's source table.
 * Everything is in the arena or borrowed from the input; read-only once built.
 */
#ifndef NW_COVERAGE_STORY_VIEW_H
#define NW_COVERAGE_STORY_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "articles/article_card.h"
#include "base/arena.h"
#include "coverage/coverage.h"

struct view_source {
    const char *key;
    const struct rating *rating; /* NULL: not in the ratings */
    enum bias bias;              /* BIAS_UNRATED also where the rating has none */
    enum side side;
    uint32_t articles;
};

struct story_view {
    const struct story *story;
    const struct article_card *cards; /* parallel to members; NULL when only counts are wanted */

    struct view_source *sources;
    size_t source_count;

    /* parallel to members */
    uint32_t *member_source;
    uint32_t *member_group;
    size_t member_count;
    size_t group_count;

    uint32_t *by_time; /* members, earliest first; NULL until story_view_sort() */
    struct side_counts sides;
};

void story_view_build(struct arena *arena, const struct story *story, const struct source_table *sources,
                      const struct ratings *ratings, const struct article_card *cards,
                      struct story_view *out);

/* The member's card, NULL when none is kept. */
const struct article_card *story_view_card(const struct story_view *view, size_t member);

/* When the member certainly had appeared, for "who was first": the time of publication, or the end of
 * the day where only the day is known. INT64_MAX when nothing is known. */
int64_t story_view_settled_ms(const struct story_view *view, size_t member);
/* Whether only the day is known; without a card a time of exactly midnight is taken for a day. */
bool story_view_is_day(const struct story_view *view, size_t member);
/* Sets by_time: settled time, then arrival. */
void story_view_sort(struct arena *arena, struct story_view *view);

#endif
