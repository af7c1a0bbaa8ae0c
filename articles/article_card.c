#include "articles/article_card.h"

#include <string.h>

#include "articles/features.pb-c.h"
#include "articles/pb.h"
#include "base/instant.h"

/* Far above what the article stage writes; a topic can hold anything. */
enum { CARD_MAX_BYTES = 1024 * 1024, CARD_MAX_TEXT = 64 * 1024, CARD_MAX_LIST = 1000, CARD_MAX_TERMS = 1000 };

static char **text_list(struct arena *arena, const char *const *texts, size_t count)
{
    char **list = arena_calloc(arena, count, sizeof(*list));
    for (size_t i = 0; i < count; i++) list[i] = pb_text(texts[i]);
    return list;
}

static Newswired__Sentence **sentence_list(struct arena *arena, const struct article_card *card)
{
    Newswired__Sentence **list = arena_calloc(arena, card->sentence_count, sizeof(*list));
    for (size_t i = 0; i < card->sentence_count; i++) {
        const struct card_sentence *from = &card->sentences[i];
        Newswired__Sentence *to = arena_alloc(arena, sizeof(*to));
        newswired__sentence__init(to);
        to->text = pb_text(from->text);
        to->position = from->position;
        to->n_terms = from->term_count;
        to->terms = (uint64_t *)(uintptr_t)from->terms;
        list[i] = to;
    }
    return list;
}

void article_card_pack(struct arena *arena, const struct article_card *card, const uint8_t **bytes,
                       size_t *len)
{
    Newswired__ArticleCard message = NEWSWIRED__ARTICLE_CARD__INIT;
    message.id = pb_id(arena, card->id);
    message.url = pb_text(card->url);
    message.title = pb_text(card->title);
    message.lead = pb_text(card->lead);
    message.source = pb_text(card->source);
    message.source_name = pb_text(card->source_name);
    message.country = pb_text(card->country);
    message.image_url = pb_text(card->image_url);
    message.section = pb_text(card->section);
    message.attribution = pb_text(card->attribution);
    message.kind = pb_text(card->kind);
    message.reprint_group = pb_text(card->reprint_group);
    message.n_authors = card->author_count;
    message.authors = text_list(arena, card->authors, card->author_count);
    message.n_tags = card->tag_count;
    message.tags = text_list(arena, card->tags, card->tag_count);
    message.paywalled = card->paywalled;
    message.has_published = card->published_ms != NW_NO_TIME;
    message.published_ms = message.has_published ? card->published_ms : 0;
    message.published_clamped = card->published_clamped;
    message.published_is_day = card->published_is_day;
    message.updated_ms = card->updated_ms != NW_NO_TIME ? card->updated_ms : 0;
    message.n_sentences = card->sentence_count;
    message.sentences = sentence_list(arena, card);
    pb_pack(arena, &message.base, bytes, len);
}

static bool ascending(const uint64_t *hashes, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (hashes[i - 1] >= hashes[i]) return false;
    return true;
}

static bool texts_valid(char *const *texts, size_t count)
{
    if (count > CARD_MAX_LIST) return false;
    for (size_t i = 0; i < count; i++)
        if (!pb_text_valid(texts[i], CARD_MAX_TEXT)) return false;
    return true;
}

static bool message_valid(const Newswired__ArticleCard *m)
{
    const char *texts[] = {m->url,       m->title,   m->lead,        m->source, m->source_name,  m->country,
                           m->image_url, m->section, m->attribution, m->kind,   m->reprint_group};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (!pb_text_valid(texts[i], CARD_MAX_TEXT)) return false;
    if (!texts_valid(m->authors, m->n_authors) || !texts_valid(m->tags, m->n_tags)) return false;
    if (m->has_published && !pb_time_valid(m->published_ms)) return false;
    if (!pb_time_valid(m->updated_ms)) return false;
    if (m->n_sentences > ARTICLE_CARD_SENTENCES) return false;
    for (size_t i = 0; i < m->n_sentences; i++) {
        const Newswired__Sentence *s = m->sentences[i];
        if (!pb_text_valid(s->text, CARD_MAX_TEXT) || s->n_terms > CARD_MAX_TERMS) return false;
        if (!ascending(s->terms, s->n_terms)) return false;
    }
    return true;
}

static const char **borrow_list(struct arena *arena, char *const *texts, size_t count)
{
    const char **list = arena_calloc(arena, count, sizeof(*list));
    for (size_t i = 0; i < count; i++) list[i] = texts[i];
    return list;
}

static struct card_sentence *borrow_sentences(struct arena *arena, const Newswired__ArticleCard *m)
{
    struct card_sentence *list = arena_calloc(arena, m->n_sentences, sizeof(*list));
    for (size_t i = 0; i < m->n_sentences; i++) {
        const Newswired__Sentence *s = m->sentences[i];
        list[i] = (struct card_sentence){
            .text = s->text, .position = s->position, .terms = s->terms, .term_count = s->n_terms};
    }
    return list;
}

enum nw_err article_card_unpack(struct arena *arena, const uint8_t *bytes, size_t len,
                                struct article_card *out)
{
    if (len > CARD_MAX_BYTES) return NW_ERR_CORRUPT;
    ProtobufCAllocator allocator = pb_arena_allocator(arena);
    const Newswired__ArticleCard *m = newswired__article_card__unpack(&allocator, len, bytes);
    struct id128 id;
    if (m == NULL || !pb_id_read(m->id, &id) || !message_valid(m)) return NW_ERR_CORRUPT;
    *out = (struct article_card){
        .id = id,
        .url = m->url,
        .title = m->title,
        .lead = m->lead,
        .source = m->source,
        .source_name = m->source_name,
        .country = m->country,
        .image_url = m->image_url,
        .section = m->section,
        .attribution = m->attribution,
        .kind = m->kind,
        .reprint_group = m->reprint_group,
        .authors = borrow_list(arena, m->authors, m->n_authors),
        .author_count = m->n_authors,
        .tags = borrow_list(arena, m->tags, m->n_tags),
        .tag_count = m->n_tags,
        .paywalled = m->paywalled,
        .published_ms = m->has_published ? m->published_ms : NW_NO_TIME,
        .published_clamped = m->published_clamped,
        .published_is_day = m->published_is_day,
        .updated_ms = m->updated_ms != 0 ? m->updated_ms : NW_NO_TIME,
        .sentences = borrow_sentences(arena, m),
        .sentence_count = m->n_sentences,
    };
    return NW_OK;
}
