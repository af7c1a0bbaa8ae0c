#include "coverage/analysis_material.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* Sentences joined by spaces, as many as there is room for; none is cut. */
static const char *text_of(struct arena *arena, const struct brief_article *article,
                           const struct article_card *card)
{
    char *text = arena_calloc(arena, MATERIAL_TEXT_BYTES + 1, 1);
    size_t used = 0;
    for (size_t i = 0; card != NULL && i < card->sentence_count; i++) {
        size_t len = strlen(card->sentences[i].text);
        if (len == 0 || used + len + 1 > MATERIAL_TEXT_BYTES) continue;
        if (used > 0) text[used++] = ' ';
        memcpy(text + used, card->sentences[i].text, len);
        used += len;
    }
    if (used == 0) snprintf(text, MATERIAL_TEXT_BYTES, "%s", article->lead);
    return text;
}

static bool is_instruction(const struct analysis_material *m, const char *text)
{
    return grounding_is_instruction(m->grounding, text, strlen(text));
}

static void add_article(struct analysis_material *m, const struct brief_article *article,
                        const struct article_card *card)
{
    const char *text = text_of(m->arena, article, card);
    const char *both = arena_printf(m->arena, "%s. %s", article->title, text);
    /* As one text too: an order in the title, its object in the first sentence. */
    if (is_instruction(m, article->title) || is_instruction(m, text) || is_instruction(m, both)) {
        m->instructions++;
        return;
    }
    size_t first = m->count == 0 ? 0 : m->articles[m->count - 1].range.first + 2;
    grounding_add(m->grounding, article->title, strlen(article->title));
    grounding_add(m->grounding, text, strlen(text));
    m->articles[m->count++] = (struct material_article){.id = article->id,
                                                        .side = article->side,
                                                        .source = arena_strdup(m->arena, article->source),
                                                        .title = arena_strdup(m->arena, article->title),
                                                        .text = text,
                                                        .range = {first, 2}};
    m->fingerprint += article->fingerprint;
}

struct analysis_material *analysis_material_new(const struct analysis_brief *brief, const uint32_t *chosen,
                                                size_t count, const struct article_card *const *cards)
{
    assert(count <= MATERIAL_ARTICLES_MAX);
    struct analysis_material *m = nw_calloc(1, sizeof(*m));
    m->arena = arena_new();
    m->grounding = grounding_new(brief->language);
    m->story = brief->id;
    m->revision = brief->revision;
    m->source_count = brief->source_count;
    m->sides = brief->sides;
    memcpy(m->language, brief->language, sizeof(m->language));
    for (int side = 0; side <= SIDE_UNRATED; side++)
        for (size_t i = 0; i < count; i++)
            if (brief->articles[chosen[i]].side == (enum side)side)
                add_article(m, &brief->articles[chosen[i]], cards[i]);
    return m;
}

void analysis_material_free(struct analysis_material *material)
{
    if (material == NULL) return;
    grounding_free(material->grounding);
    arena_free(material->arena);
    free(material);
}

bool analysis_material_is_fit(const struct analysis_material *material)
{
    return material->count >= 2 && grounding_can_check(material->grounding);
}

struct grounding_range analysis_material_side(const struct analysis_material *material, enum side side)
{
    struct grounding_range range = {0, 0};
    for (size_t i = 0; i < material->count; i++) {
        if (material->articles[i].side != side) continue;
        if (range.count == 0) range.first = i;
        range.count++;
    }
    return range;
}
