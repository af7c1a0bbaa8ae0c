/*
 * summary - everything a coverage summary says, worked out and not yet written.
 *
 * Collected once; coverage_json() writes it, with shorter lists when it would be too large.
 * All of it is in the arena or borrowed from the input.
 */
#ifndef NW_COVERAGE_SUMMARY_H
#define NW_COVERAGE_SUMMARY_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "coverage/coverage.h"
#include "coverage/firsts.h"
#include "coverage/insights.h"
#include "coverage/story_view.h"
#include "coverage/syndication.h"
#include "coverage/title_choice.h"
#include "coverage/velocity.h"

enum { SUMMARY_COUNTRIES = 26 * 26 };

/* What cards add to a source. */
struct source_detail {
    const char *name;           /* of the ratings, else as given, else the key */
    char country[3];            /* of the ratings, else of the first article that tells; "" */
    int64_t first_published_ms; /* NW_NO_TIME: none of its articles has a time */
};

struct summary {
    const struct coverage_input *input;
    struct story_view view;
    struct syndication syndication;
    struct title_choice title;
    struct insights insights;
    struct firsts firsts;
    struct velocity velocity;
    const char **tags;
    size_t tag_count;
    struct source_detail *details; /* by source */
    uint32_t *source_order;        /* most articles first, then by key */
    uint32_t *group_order;         /* groups of two or more: largest first, then by the original's time */
    size_t reprint_groups;
    uint32_t factuality[FACTUALITY_COUNT], ownership[OWNERSHIP_COUNT];
    uint32_t countries[SUMMARY_COUNTRIES]; /* sources, by 26 * first letter + second */
};

void summary_collect(struct arena *arena, const struct coverage_input *input, struct summary *out);

/* The members a summary refers to, which its article list is to hold; parallel to the members. */
bool *summary_pins(struct arena *arena, const struct summary *summary);

#endif
