#include "coverage/insights.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "coverage/opening.h"
#include "coverage/title_words.h"

enum {
    SENTENCES_PER_TEXT = 8,
    SENTENCES = 160, /* of all texts: with many of them, only the first few of each */
    LEAST_PER_TEXT = 4,
    SENTENCE_TERMS = 64, /* more do not change the choice and cost time */
    CANDIDATES = 48,     /* the most relevant ones; the rest is never chosen */
    LEAD_WORDS = 60,
};

static const double too_alike = 0.5;       /* cosine from which two sentences say the same */
static const double novelty_weight = 0.3;  /* of marginal relevance, against 0.7 for relevance */
static const double side_weight = 0.15;    /* for each sentence its side has already */
static const double least_relevance = 0.2; /* of the best one, for more than INSIGHTS_MIN */
static const double leaning_factor = 0.6;  /* of what cannot be understood by itself (opening.h) */
static const double same_article = 1.15;   /* the lead had better come from the article of the title */

struct choice {
    uint32_t member;
    const struct card_sentence *card;
    size_t term_count;
    double relevance;
    double alike; /* cosine with the nearest one chosen so far */
    bool taken;
    bool leans; /* on what was said before (opening.h); relevance is lowered by leaning_factor */
};

static size_t gather(const struct story_view *view, const uint32_t *texts, size_t count, struct choice *out)
{
    size_t found = 0, limit = count == 0 ? 0 : SENTENCES / count;
    if (limit > SENTENCES_PER_TEXT) limit = SENTENCES_PER_TEXT;
    if (limit < LEAST_PER_TEXT) limit = LEAST_PER_TEXT;
    for (size_t i = 0; i < count; i++) {
        const struct article_card *card = story_view_card(view, texts[i]);
        for (size_t j = 0; j < card->sentence_count && j < limit; j++) {
            const struct card_sentence *sentence = &card->sentences[j];
            if (sentence->text[0] == '\0') continue;
            size_t terms = sentence->term_count < SENTENCE_TERMS ? sentence->term_count : SENTENCE_TERMS;
            out[found++] = (struct choice){.member = texts[i], .card = sentence, .term_count = terms};
        }
    }
    return found;
}

/* ---- relevance ---- */

struct term_counts {
    uint64_t *keys;
    struct {
        uint16_t texts; /* that hold the term */
        uint16_t last;  /* the last of them + 1 */
    } * counts;
    size_t mask;
};

static size_t term_slot(const struct term_counts *table, uint64_t term)
{
    size_t slot = (size_t)((term * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & table->mask;
    while (table->counts[slot].texts != 0 && table->keys[slot] != term) slot = (slot + 1) & table->mask;
    return slot;
}

static void count_terms(struct arena *arena, const struct choice *sentences, size_t count,
                        struct term_counts *table)
{
    size_t total = 0, size = 64;
    for (size_t i = 0; i < count; i++) total += sentences[i].term_count;
    while (size < total + total / 2) size *= 2;
    table->keys = arena_alloc(arena, size * sizeof(*table->keys));
    table->counts = arena_calloc(arena, size, sizeof(*table->counts));
    table->mask = size - 1;
    uint16_t text = 0;
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || sentences[i].member != sentences[i - 1].member) text++;
        for (size_t j = 0; j < sentences[i].term_count; j++) {
            size_t slot = term_slot(table, sentences[i].card->terms[j]);
            table->keys[slot] = sentences[i].card->terms[j];
            if (table->counts[slot].last == text) continue;
            table->counts[slot].last = text;
            table->counts[slot].texts++;
        }
    }
}

/* 1 at the top of an article, 0.6 far down. */
static double position_factor(uint32_t position)
{
    return 0.6 + 0.4 * 4.0 / (4.0 + (double)position);
}

static void measure(struct arena *arena, const char *language, struct choice *sentences, size_t count)
{
    struct term_counts table;
    count_terms(arena, sentences, count, &table);
    for (size_t i = 0; i < count; i++) {
        struct choice *s = &sentences[i];
        uint64_t sum = 1; /* a sentence that shares nothing still has its place */
        for (size_t j = 0; j < s->term_count; j++)
            sum += 2u * (table.counts[term_slot(&table, s->card->terms[j])].texts - 1u);
        s->relevance = (double)sum / sqrt((double)s->term_count + 4.0) * position_factor(s->card->position);
        s->leans = opening_leans(s->card->text, language);
        if (s->leans) s->relevance *= leaning_factor;
    }
}

/* Cosine of two sentences as sets of terms. */
static double likeness(const struct choice *a, const struct choice *b)
{
    size_t i = 0, j = 0, shared = 0;
    if (a->card == b->card || strcmp(a->card->text, b->card->text) == 0) return 1.0;
    if (a->term_count == 0 || b->term_count == 0) return 0.0;
    const uint64_t *x = a->card->terms, *y = b->card->terms;
    while (i < a->term_count && j < b->term_count) {
        uint64_t left = x[i], right = y[j];
        shared += left == right;
        i += left <= right;
        j += right <= left;
    }
    return (double)shared / sqrt((double)a->term_count * (double)b->term_count);
}

static int compare_doubles_down(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x > y ? -1 : x < y;
}

/* Keeps the most relevant ones, in their order. */
static size_t keep_best(struct arena *arena, struct choice *sentences, size_t count)
{
    if (count <= CANDIDATES) return count;
    double *sorted = arena_alloc(arena, count * sizeof(*sorted));
    for (size_t i = 0; i < count; i++) sorted[i] = sentences[i].relevance;
    qsort(sorted, count, sizeof(*sorted), compare_doubles_down);
    double least = sorted[CANDIDATES - 1];
    size_t kept = 0;
    for (size_t i = 0; i < count && kept < CANDIDATES; i++)
        if (sentences[i].relevance >= least) sentences[kept++] = sentences[i];
    return kept;
}

/* ---- lead ---- */

static void take(struct choice *sentences, size_t count, struct choice *taken)
{
    taken->taken = true;
    for (size_t i = 0; i < count; i++) {
        if (sentences[i].alike >= too_alike) continue; /* out already */
        double alike = likeness(&sentences[i], taken);
        if (alike > sentences[i].alike) sentences[i].alike = alike;
    }
}

static struct choice *lead_sentence(struct choice *sentences, size_t count, uint32_t representative)
{
    struct choice *best = NULL;
    double best_score = 0;
    for (size_t i = 0; i < count; i++) {
        /* Twice: a lead says what happened, and articles say that first. */
        double score = sentences[i].relevance * position_factor(sentences[i].card->position) *
                       (sentences[i].member == representative ? same_article : 1.0);
        if (best != NULL && score <= best_score) continue;
        best = &sentences[i];
        best_score = score;
    }
    return best;
}

/* What comes later in the same article and adds to the first; NULL when nothing does. What leans on the
 * sentence before it may only follow that one. */
static struct choice *second_sentence(struct choice *sentences, size_t count, const struct choice *first)
{
    struct choice *best = NULL;
    double best_relevance = 0;
    size_t words = title_words_count(first->card->text);
    for (size_t i = 0; i < count; i++) {
        struct choice *s = &sentences[i];
        if (s->member != first->member || s->card->position <= first->card->position) continue;
        if (s->leans && s->card->position != first->card->position + 1) continue;
        double relevance = s->leans ? s->relevance / leaning_factor : s->relevance;
        if (s->alike >= too_alike || 2 * relevance < first->relevance || relevance <= best_relevance)
            continue;
        if (words + title_words_count(s->card->text) > LEAD_WORDS) continue;
        best = s;
        best_relevance = relevance;
    }
    return best;
}

/* No article has a body: what the representative one says of itself. */
static void lead_of_card(const struct story_view *view, uint32_t representative, struct insights *out)
{
    const struct article_card *card =
        representative < view->member_count ? story_view_card(view, representative) : NULL;
    if (card == NULL) return;
    out->lead = card->lead;
    out->lead_member = representative;
}

static void choose_lead(struct arena *arena, const struct story_view *view, struct choice *sentences,
                        size_t count, uint32_t representative, struct insights *out)
{
    struct choice *first = lead_sentence(sentences, count, representative);
    if (first == NULL) {
        lead_of_card(view, representative, out);
        return;
    }
    take(sentences, count, first);
    struct choice *second = second_sentence(sentences, count, first);
    if (second != NULL) take(sentences, count, second);
    out->lead_member = first->member;
    out->lead = second == NULL ? first->card->text
                               : arena_printf(arena, "%s %s", first->card->text, second->card->text);
}

/* ---- insights ---- */

struct selection {
    const struct story_view *view;
    const struct insights *chosen;
    uint32_t by_side[SIDE_COUNT + 1];
    double most_relevant;
};

static bool source_is_used(const struct selection *selection, uint32_t source)
{
    for (size_t i = 0; i < selection->chosen->count; i++)
        if (selection->view->member_source[selection->chosen->insights[i].member] == source) return true;
    return false;
}

/* The next insight by marginal relevance; NULL when none is fit. */
static struct choice *next_insight(const struct selection *selection, struct choice *sentences, size_t count,
                                   bool other_source)
{
    struct choice *best = NULL;
    double best_score = 0;
    for (size_t i = 0; i < count; i++) {
        struct choice *s = &sentences[i];
        uint32_t source = selection->view->member_source[s->member];
        if (s->taken || s->alike >= too_alike) continue;
        if (other_source && source_is_used(selection, source)) continue;
        double relevance = s->relevance / selection->most_relevant;
        if (selection->chosen->count >= INSIGHTS_MIN && relevance < least_relevance) continue;
        double score = (1 - novelty_weight) * relevance - novelty_weight * s->alike -
                       side_weight * selection->by_side[selection->view->sources[source].side];
        if (best != NULL && score <= best_score) continue;
        best = s;
        best_score = score;
    }
    return best;
}

static void choose_insights(const struct story_view *view, struct choice *sentences, size_t count,
                            struct insights *out)
{
    struct selection selection = {.view = view, .chosen = out};
    for (size_t i = 0; i < count; i++)
        if (sentences[i].relevance > selection.most_relevant)
            selection.most_relevant = sentences[i].relevance;
    while (out->count < INSIGHTS_MAX) {
        struct choice *next = next_insight(&selection, sentences, count, true);
        if (next == NULL && out->count < INSIGHTS_MIN)
            next = next_insight(&selection, sentences, count, false);
        if (next == NULL) break;
        take(sentences, count, next);
        out->insights[out->count++] = (struct insight){.member = next->member, .text = next->card->text};
        selection.by_side[view->sources[view->member_source[next->member]].side]++;
    }
}

void insights_choose(struct arena *arena, const struct story_view *view, const uint32_t *texts, size_t count,
                     uint32_t representative, struct insights *out)
{
    assert(count <= INSIGHTS_TEXTS);
    struct choice *sentences = arena_alloc(arena, count * SENTENCES_PER_TEXT * sizeof(*sentences));
    size_t found = gather(view, texts, count, sentences);
    *out = (struct insights){.lead = ""};
    measure(arena, view->story->language, sentences, found);
    found = keep_best(arena, sentences, found);
    choose_lead(arena, view, sentences, found, representative, out);
    choose_insights(view, sentences, found, out);
}
