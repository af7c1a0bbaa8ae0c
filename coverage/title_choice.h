/*
 * title_choice - which article speaks for the story, and the title it gives it.
 *
 * The title is taken from the article whose title shares most words with the titles of the other
 * texts, among center-rated and unrated sources, wire services first (agencies, and whoever the story's
 * reprints credit), then anybody. Live blogs, opinion, shouting and very short or long titles come last. A
 * favoured source only wins with a title at least half as close as the closest one.
 */
#ifndef NW_COVERAGE_TITLE_CHOICE_H
#define NW_COVERAGE_TITLE_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "coverage/story_view.h"
#include "coverage/syndication.h"

struct title_choice {
    bool found;      /* false: no text has a title */
    uint32_t member; /* whose article it is */
    const char *title;
};

/* texts: members with cards, one for each reprint group (syndication_texts()). */
void title_choice_make(struct arena *arena, const struct story_view *view,
                       const struct syndication *syndication, const uint32_t *texts, size_t count,
                       struct title_choice *out);

#endif
