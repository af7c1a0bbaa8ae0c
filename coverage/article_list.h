/*
 * article_list - which articles of a story a summary lists, newest first.
 *
 * Only articles with a card can be shown. Over the limit the newest of each side is kept, then what the
 * summary refers to (title, lead, insights, firsts), then the newest others.
 */
#ifndef NW_COVERAGE_ARTICLE_LIST_H
#define NW_COVERAGE_ARTICLE_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "coverage/story_view.h"

struct article_list {
    uint32_t *members;
    size_t count;
};

/* pinned: parallel to the members, what the summary refers to. */
void article_list_choose(struct arena *arena, const struct story_view *view, const bool *pinned, size_t limit,
                         struct article_list *out);

#endif
