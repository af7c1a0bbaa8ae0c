/*
 * analysis_material - the texts a language model is given of a story, and what its answer must rest on.
 *
 * Articles are ordered by side. An article that seems to talk to the model instead of its readers is left
 * out whole: it is neither shown nor may it ground anything.
 *
 * Owns everything in it, so that it outlives the call. Pure. One thread.
 */
#ifndef NW_COVERAGE_ANALYSIS_MATERIAL_H
#define NW_COVERAGE_ANALYSIS_MATERIAL_H

#include <stdbool.h>
#include <stddef.h>

#include "articles/article_card.h"
#include "coverage/analysis_brief.h"
#include "coverage/grounding.h"

enum { MATERIAL_ARTICLES_MAX = 32, MATERIAL_TEXT_BYTES = 1400 /* of an article beside its title */ };

struct material_article {
    struct id128 id;
    enum side side;
    const char *source, *title, *text;
    struct grounding_range range; /* its texts in the grounding */
};

struct analysis_material {
    struct arena *arena;
    struct grounding *grounding;
    struct id128 story;
    uint64_t revision;
    char language[16];
    uint32_t source_count, sides; /* as in the brief */
    struct material_article articles[MATERIAL_ARTICLES_MAX];
    size_t count;
    size_t instructions;  /* articles left out because they talk to a model */
    uint64_t fingerprint; /* sum over the articles' */
};

/*
 * chosen: indexes of the brief's articles, count of them (MATERIAL_ARTICLES_MAX at most); cards: parallel,
 * NULL where none is kept. The articles' text is the card's sentences, else the lead.
 */
struct analysis_material *analysis_material_new(const struct analysis_brief *brief, const uint32_t *chosen,
                                                size_t count, const struct article_card *const *cards);
void analysis_material_free(struct analysis_material *material);

/* Enough to write of: two articles that are not one and the same source, in a script that can be checked. */
bool analysis_material_is_fit(const struct analysis_material *material);
/* The articles of one side: first and count in articles. */
struct grounding_range analysis_material_side(const struct analysis_material *material, enum side side);

#endif
