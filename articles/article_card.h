/*
 * article_card - what is kept of an article to show it (ArticleCard of features.proto).
 *
 * Made once by the article stage, carried as bytes, read only when a summary is built.
 */
#ifndef NW_ARTICLES_ARTICLE_CARD_H
#define NW_ARTICLES_ARTICLE_CARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"

enum { ARTICLE_CARD_SENTENCES = 8 };

struct card_sentence {
    const char *text;
    uint32_t position;     /* ordinal in the body */
    const uint64_t *terms; /* ascending */
    size_t term_count;
};

/* Strings are "" when absent, times NW_NO_TIME. */
struct article_card {
    struct id128 id;
    const char *url, *title, *lead, *source, *source_name, *country, *image_url, *section, *attribution;
    const char *kind, *reprint_group;
    const char **authors;
    size_t author_count;
    const char **tags;
    size_t tag_count;
    bool paywalled;
    int64_t published_ms;
    bool published_clamped, published_is_day;
    int64_t updated_ms;
    struct card_sentence *sentences;
    size_t sentence_count;
};

void article_card_pack(struct arena *arena, const struct article_card *card, const uint8_t **bytes,
                       size_t *len);
enum nw_err article_card_unpack(struct arena *arena, const uint8_t *bytes, size_t len,
                                struct article_card *out) NW_MUST_CHECK;

#endif
