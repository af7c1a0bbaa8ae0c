#include "coverage/title_choice.h"

#include <math.h>
#include <string.h>

#include "coverage/agency.h"
#include "coverage/title_text.h"
#include "coverage/title_words.h"

enum { TITLE_TERMS = 32, CALM_TEXTS = 64, MIN_TITLE_WORDS = 4, MAX_TITLE_WORDS = 24 };

enum source_tier { TIER_WIRE, TIER_NEUTRAL, TIER_OTHER };

struct title_candidate {
    uint32_t member;
    enum source_tier tier;
    bool last_resort;
    const char *title; /* cleaned */
    uint64_t *terms;
    size_t term_count;
    double closeness;
};

/* Whose text it is that others run: an agency's, or one that its reprints credit. */
static bool is_wire(const struct story_view *view, const struct syndication *syndication, uint32_t member)
{
    const struct reprint_group *group = &syndication->groups[view->member_group[member]];
    if (group->original == member && group->count > 1 && group->attribution[0] != '\0') return true;
    return agency_of_source(view->sources[view->member_source[member]].key) != AGENCY_NONE;
}

static enum source_tier source_tier(const struct story_view *view, const struct syndication *syndication,
                                    uint32_t member)
{
    enum side side = view->sources[view->member_source[member]].side;
    if (side != SIDE_CENTER && side != SIDE_UNRATED) return TIER_OTHER;
    return is_wire(view, syndication, member) ? TIER_WIRE : TIER_NEUTRAL;
}

static bool is_last_resort(const struct article_card *card, const char *title)
{
    size_t words = title_words_count(title);
    return words < MIN_TITLE_WORDS || words > MAX_TITLE_WORDS || title_text_is_shouting(title) ||
           title_text_is_live(card->title) || strcasecmp(card->kind, "live") == 0 ||
           strcasecmp(card->kind, "opinion") == 0;
}

static size_t gather(struct arena *arena, const struct story_view *view,
                     const struct syndication *syndication, const uint32_t *texts, size_t count,
                     struct title_candidate *candidates)
{
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        const struct article_card *card = story_view_card(view, texts[i]);
        const char *title = title_text_clean(arena, card->title);
        if (title[0] == '\0') continue;
        struct title_candidate *c = &candidates[found++];
        *c = (struct title_candidate){.member = texts[i],
                                      .tier = source_tier(view, syndication, texts[i]),
                                      .last_resort = is_last_resort(card, title),
                                      .title = title,
                                      .terms = arena_alloc(arena, TITLE_TERMS * sizeof(*c->terms))};
        c->term_count = title_words_hashes(title, c->terms, TITLE_TERMS);
    }
    return found;
}

/* Counts how many titles hold each word; closeness is the cosine of a title with that centroid, but for a
 * factor that all share. */
static void measure(struct arena *arena, struct title_candidate *candidates, size_t count)
{
    size_t size = 64;
    while (size < 2 * count * TITLE_TERMS) size *= 2;
    uint64_t *keys = arena_alloc(arena, size * sizeof(*keys));
    uint32_t *seen = arena_calloc(arena, size, sizeof(*seen));
    for (int pass = 0; pass < 2; pass++) { /* first count, then add up */
        for (size_t i = 0; i < count; i++) {
            uint64_t sum = 0;
            for (size_t j = 0; j < candidates[i].term_count; j++) {
                size_t slot = (size_t)candidates[i].terms[j] & (size - 1);
                while (seen[slot] != 0 && keys[slot] != candidates[i].terms[j])
                    slot = (slot + 1) & (size - 1);
                keys[slot] = candidates[i].terms[j];
                if (pass == 0)
                    seen[slot]++;
                else
                    sum += seen[slot];
            }
            if (pass == 1 && sum > 0)
                candidates[i].closeness = (double)sum / sqrt((double)candidates[i].term_count);
        }
    }
}

static bool is_better(const struct story_view *view, const struct title_candidate *a,
                      const struct title_candidate *b)
{
    if (a->tier != b->tier) return a->tier < b->tier;
    if (a->closeness != b->closeness) return a->closeness > b->closeness;
    uint64_t a_seq = view->story->members[a->member].sequence,
             b_seq = view->story->members[b->member].sequence;
    return a_seq < b_seq;
}

static const struct title_candidate *choose(const struct story_view *view,
                                            const struct title_candidate *candidates, size_t count,
                                            bool last_resort)
{
    const struct title_candidate *best = NULL;
    double closest = -1.0;
    for (size_t i = 0; i < count; i++)
        if (candidates[i].last_resort == last_resort && candidates[i].closeness > closest)
            closest = candidates[i].closeness;
    for (size_t i = 0; i < count; i++) {
        const struct title_candidate *c = &candidates[i];
        if (c->last_resort != last_resort || 2 * c->closeness < closest) continue;
        if (best == NULL || is_better(view, c, best)) best = c;
    }
    return best;
}

/* Leads and sentences of the story: how its words are written inside running text. */
static const char *calm_title(struct arena *arena, const struct story_view *view, const uint32_t *texts,
                              size_t count, const char *title)
{
    const char *running[CALM_TEXTS];
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        const struct article_card *card = story_view_card(view, texts[i]);
        if (used < CALM_TEXTS && card->lead[0] != '\0') running[used++] = card->lead;
        for (size_t j = 0; j < card->sentence_count && used < CALM_TEXTS; j++)
            running[used++] = card->sentences[j].text;
    }
    return title_text_calm(arena, title, running, used);
}

void title_choice_make(struct arena *arena, const struct story_view *view,
                       const struct syndication *syndication, const uint32_t *texts, size_t count,
                       struct title_choice *out)
{
    struct title_candidate *candidates = arena_alloc(arena, count * sizeof(*candidates));
    size_t found = gather(arena, view, syndication, texts, count, candidates);
    *out = (struct title_choice){.found = false, .title = ""};
    if (found == 0) return;
    measure(arena, candidates, found);
    const struct title_candidate *best = choose(view, candidates, found, false);
    if (best == NULL) best = choose(view, candidates, found, true);
    out->found = true;
    out->member = best->member;
    out->title = title_text_is_shouting(best->title) ? calm_title(arena, view, texts, count, best->title)
                                                     : best->title;
}
