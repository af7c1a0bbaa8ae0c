/*
 * syndication - whose text is it: groups of near-identical articles and the original of each.
 *
 * The groups come with the members. The original is the article of the agency that the group credits
 * (or of any agency, when nobody is credited), else the earliest. The independent
 * distribution counts each group at its original's source, and a source once: how many newsrooms
 * have reported, not how many ran the same text.
 */
#ifndef NW_COVERAGE_SYNDICATION_H
#define NW_COVERAGE_SYNDICATION_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "coverage/story_view.h"

struct reprint_group {
    uint32_t original; /* member */
    uint32_t *members; /* earliest first */
    uint32_t count;
    const char *attribution; /* the credit as first given, "" when there is none */
};

struct syndication {
    struct reprint_group *groups; /* by the view's group number */
    size_t group_count;
    uint32_t *originals; /* by source: groups it is the original of */
    struct side_counts independent;
};

/* The view is sorted by time. */
void syndication_find(struct arena *arena, const struct story_view *view, struct syndication *out);

/* One member with a card for each group, its original if that has one; at most max, spread evenly over the
 * groups; in the order of arrival of the groups. *count of them. */
const uint32_t *syndication_texts(struct arena *arena, const struct story_view *view,
                                  const struct syndication *syndication, size_t max, size_t *count);

#endif
