/*
 * insights - lead and insights of a story: sentences chosen from its articles, as they stand.
 *
 * Cards hold whole sentences of 8 to 40 words without boilerplate (articles/card_compute.h). Relevance:
 * cosine with the terms of all texts (each text counts a term once), less for sentences further down an
 * article and for those that lean on what was said before (opening.h). The lead is the most relevant one,
 * with a second one of the same article if it adds something. Insights are chosen by maximal marginal
 * relevance (Carbonell & Goldstein 1998), each from another source as long as there are enough, sides mixed,
 * none close to the lead.
 */
#ifndef NW_COVERAGE_INSIGHTS_H
#define NW_COVERAGE_INSIGHTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "coverage/story_view.h"

enum { INSIGHTS_MIN = 3, INSIGHTS_MAX = 5, INSIGHTS_TEXTS = 40 };

struct insight {
    uint32_t member;
    const char *text;
};

struct insights {
    const char *lead; /* "" when no article has a sentence fit for one */
    uint32_t lead_member;
    struct insight insights[INSIGHTS_MAX];
    size_t count;
};

/* texts as for title_choice_make(), at most INSIGHTS_TEXTS; representative: the member that gave the title.
 */
void insights_choose(struct arena *arena, const struct story_view *view, const uint32_t *texts, size_t count,
                     uint32_t representative, struct insights *out);

#endif
