#include "coverage/summary.h"

#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "coverage/tags.h"
#include "stories/story_edits.h"

enum { TITLE_TEXTS = 64 };

static bool is_country(const char *code)
{
    return code[0] >= 'A' && code[0] <= 'Z' && code[1] >= 'A' && code[1] <= 'Z' && code[2] == '\0';
}

static void detail_from_card(struct source_detail *detail, const struct article_card *card)
{
    if (card == NULL) return;
    if (detail->name[0] == '\0') detail->name = card->source_name;
    if (detail->country[0] == '\0' && is_country(card->country)) memcpy(detail->country, card->country, 3);
}

static void collect_details(struct arena *arena, struct summary *summary)
{
    const struct story_view *view = &summary->view;
    summary->details = arena_alloc(arena, view->source_count * sizeof(*summary->details));
    for (size_t i = 0; i < view->source_count; i++) {
        const struct rating *rating = view->sources[i].rating;
        struct source_detail *detail = &summary->details[i];
        *detail = (struct source_detail){.name = "", .first_published_ms = NW_NO_TIME};
        if (rating == NULL) continue;
        detail->name = rating->name;
        if (is_country(rating->country)) memcpy(detail->country, rating->country, 3);
    }
    for (size_t i = 0; i < view->member_count; i++) {
        uint32_t member = view->by_time[i];
        struct source_detail *detail = &summary->details[view->member_source[member]];
        detail_from_card(detail, story_view_card(view, member));
        if (detail->first_published_ms == NW_NO_TIME)
            detail->first_published_ms = view->story->members[member].published_ms;
    }
    for (size_t i = 0; i < view->source_count; i++)
        if (summary->details[i].name[0] == '\0') summary->details[i].name = view->sources[i].key;
}

static void count_sources(struct summary *summary)
{
    for (size_t i = 0; i < summary->view.source_count; i++) {
        const struct rating *rating = summary->view.sources[i].rating;
        const char *country = summary->details[i].country;
        summary->factuality[rating != NULL ? rating->factuality : FACTUALITY_UNKNOWN]++;
        summary->ownership[rating != NULL ? rating->ownership : OWNERSHIP_UNCATEGORIZED]++;
        if (country[0] != '\0') summary->countries[26 * (country[0] - 'A') + (country[1] - 'A')]++;
    }
}

/* ---- orders ---- */

struct order_key {
    uint32_t size, number;
    const char *key; /* of a source; NULL for groups, which are told apart by their number */
};

static int largest_first(const void *a, const void *b)
{
    const struct order_key *x = a, *y = b;
    if (x->size != y->size) return x->size > y->size ? -1 : 1;
    if (x->key != NULL) return strcmp(x->key, y->key);
    return x->number < y->number ? -1 : x->number > y->number;
}

static uint32_t *ordered_numbers(struct arena *arena, struct order_key *keys, size_t count)
{
    uint32_t *order = arena_alloc(arena, count * sizeof(*order));
    qsort(keys, count, sizeof(*keys), largest_first);
    for (size_t i = 0; i < count; i++) order[i] = keys[i].number;
    return order;
}

static void order_sources(struct arena *arena, struct summary *summary)
{
    size_t count = summary->view.source_count;
    struct order_key *keys = arena_alloc(arena, count * sizeof(*keys));
    for (size_t i = 0; i < count; i++)
        keys[i] =
            (struct order_key){summary->view.sources[i].articles, (uint32_t)i, summary->view.sources[i].key};
    summary->source_order = ordered_numbers(arena, keys, count);
}

/* Groups of one size come in the order of their first member. */
static void order_groups(struct arena *arena, struct summary *summary)
{
    const struct syndication *syndication = &summary->syndication;
    struct order_key *keys = arena_alloc(arena, syndication->group_count * sizeof(*keys));
    size_t count = 0;
    for (size_t i = 0; i < syndication->group_count; i++)
        if (syndication->groups[i].count > 1)
            keys[count++] = (struct order_key){syndication->groups[i].count, (uint32_t)i, NULL};
    summary->reprint_groups = count;
    summary->group_order = ordered_numbers(arena, keys, count);
}

void summary_collect(struct arena *arena, const struct coverage_input *input, struct summary *out)
{
    *out = (struct summary){.input = input};
    struct story_view *view = &out->view;
    size_t title_texts, insight_texts;
    story_view_build(arena, input->story, input->sources, input->ratings, input->cards, view);
    story_view_sort(arena, view);
    syndication_find(arena, view, &out->syndication);
    firsts_find(view, &out->firsts);
    velocity_measure(arena, view, &out->velocity);

    const uint32_t *texts = syndication_texts(arena, view, &out->syndication, TITLE_TEXTS, &title_texts);
    title_choice_make(arena, view, &out->syndication, texts, title_texts, &out->title);
    const char *given = story_edits_title(input->story);
    /* An editor's; whose article speaks for the story stays, and a story without articles has no title. */
    if (given[0] != '\0' && out->title.found) out->title.title = given;
    out->tags = tags_choose(arena, view, texts, title_texts, &out->tag_count);
    texts = syndication_texts(arena, view, &out->syndication, INSIGHTS_TEXTS, &insight_texts);
    insights_choose(arena, view, texts, insight_texts, out->title.member, &out->insights);

    collect_details(arena, out);
    count_sources(out);
    order_sources(arena, out);
    order_groups(arena, out);
}

bool *summary_pins(struct arena *arena, const struct summary *summary)
{
    bool *pins = arena_calloc(arena, summary->view.member_count, sizeof(*pins));
    if (summary->title.found) pins[summary->title.member] = true;
    if (summary->insights.lead[0] != '\0') pins[summary->insights.lead_member] = true;
    for (size_t i = 0; i < summary->insights.count; i++) pins[summary->insights.insights[i].member] = true;
    if (summary->firsts.first != FIRSTS_NONE) pins[summary->firsts.first] = true;
    for (size_t i = 0; i < SIDE_COUNT; i++)
        if (summary->firsts.by_side[i] != FIRSTS_NONE) pins[summary->firsts.by_side[i]] = true;
    return pins;
}
