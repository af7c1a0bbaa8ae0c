#include "support/test_record.h"

#include <stdlib.h>
#include <string.h>

#include "base/instant.h"

static uint64_t hash_text(const char *text)
{
    return hash64(text, strlen(text));
}

struct id128 test_article_id(const char *url)
{
    return hash128(url, strlen(url));
}

static int by_hash(const void *a, const void *b)
{
    const struct term *x = a, *y = b;
    return (x->hash > y->hash) - (x->hash < y->hash);
}

/* The words of text as terms, and what sketches are made of them. */
static struct term_list words_of(struct arena *arena, const char *text, uint64_t *simhash, uint32_t *minhash)
{
    struct term *terms = arena_alloc(arena, (strlen(text) / 2 + 1) * sizeof(*terms));
    int balance[64] = {0};
    uint32_t count = 0;
    char *rest = arena_strdup(arena, text), *word;
    for (unsigned i = 0; i < FEATURES_MINHASH; i++) minhash[i] = UINT32_MAX;
    while ((word = strtok_r(rest, " ", &rest)) != NULL) {
        uint64_t hash = hash_text(word) & ~UINT64_C(3);
        terms[count++] = (struct term){hash | TERM_WORD, 2};
        for (unsigned i = 0; i < 64; i++) balance[i] += (hash_text(word) >> i & 1) != 0 ? 1 : -1;
        for (unsigned i = 0; i < FEATURES_MINHASH; i++) {
            uint32_t value = (uint32_t)((hash + i) * UINT64_C(0x9e3779b97f4a7c15) >> 32);
            if (value < minhash[i]) minhash[i] = value;
        }
    }
    qsort(terms, count, sizeof(*terms), by_hash);
    *simhash = 0;
    for (unsigned i = 0; i < 64; i++) *simhash |= (uint64_t)(balance[i] > 0) << i;
    return (struct term_list){terms, count};
}

/* What the scripted clusterer goes by. */
static struct term_list entities_of(struct arena *arena, const char *event, const char *theme)
{
    struct term *entities = arena_calloc(arena, 2, sizeof(*entities));
    entities[0] = (struct term){event != NULL ? hash_text(event) >> 1 | 3 : 3, 2};
    entities[1] = (struct term){theme != NULL ? hash_text(theme) | UINT64_C(0x8000000000000003) : 0, 2};
    return (struct term_list){entities, theme != NULL ? 2 : 1};
}

struct features_record test_article(struct arena *arena, const struct test_article *from)
{
    const char *content = from->content != NULL ? from->content : "";
    const char *title = from->title != NULL ? from->title : from->url;
    struct features_record record = {
        .kind = RECORD_ARTICLE,
        .origin = {"articles", from->source_partition, from->offset, from->index},
        .id = test_article_id(from->url),
        .raw_url_hash = hash_text(from->url),
        .producer_id_hash = from->producer_id != NULL ? hash_text(from->producer_id) : 0,
        .language = from->language != NULL ? from->language : "en",
        .source = from->source != NULL ? from->source : "example.com",
        .published_ms = from->published_ms != 0 ? from->published_ms : NW_NO_TIME,
        .reprint_group = from->reprint_group != NULL ? hash_text(from->reprint_group) : 0,
        .content_hash = hash_text(content),
    };
    record.version_ms = from->version_ms != 0 ? from->version_ms : record.published_ms;
    record.features.entities = entities_of(arena, from->event, from->theme);
    uint64_t unused;
    record.features.title = words_of(arena, title, &unused, record.features.minhash);
    if (from->body != NULL) {
        uint32_t ignored[FEATURES_MINHASH];
        struct term_list body = words_of(arena, from->body, &record.features.simhash, ignored);
        record.features.body = body;
        record.features.body_words = body.count;
    }
    record.card = (const uint8_t *)arena_printf(arena, "card %s %s", from->url, content);
    record.card_len = strlen((const char *)record.card);
    return record;
}

struct features_record test_withdrawal(const struct test_article *from, const char *kept_language)
{
    return (struct features_record){
        .kind = kept_language == NULL ? RECORD_RETRACTED : RECORD_MOVED,
        .origin = {"articles", from->source_partition, from->offset, from->index},
        .id = from->url != NULL ? test_article_id(from->url) : (struct id128){0, 0},
        .raw_url_hash = from->url != NULL ? hash_text(from->url) : 0,
        .producer_id_hash = from->producer_id != NULL ? hash_text(from->producer_id) : 0,
        .language = kept_language == NULL ? "" : kept_language,
        .version_ms = from->version_ms != 0 ? from->version_ms : NW_NO_TIME,
        .source = "",
        .published_ms = NW_NO_TIME,
    };
}

struct features_record test_correct(struct arena *arena, const struct test_correction *from)
{
    enum { ARTICLES = sizeof(from->articles) / sizeof(from->articles[0]) };
    struct article_name *names = arena_calloc(arena, ARTICLES, sizeof(*names));
    size_t count = 0;
    for (; count < ARTICLES && from->articles[count] != NULL; count++)
        names[count] = (struct article_name){.id = test_article_id(from->articles[count]),
                                             .raw_url_hash = hash_text(from->articles[count])};
    struct features_record record = {
        .kind = RECORD_CORRECTION,
        .origin = {"articles", from->source_partition, from->offset, 0},
        .language = from->language != NULL ? from->language : "en",
        .source = "",
        .version_ms = NW_NO_TIME,
        .published_ms = NW_NO_TIME,
        .correction = {.kind = from->kind,
                       .story = from->story,
                       .into = from->into,
                       .title = from->title != NULL ? from->title : "",
                       .articles = names,
                       .article_count = count,
                       .text = ""},
    };
    if (id128_is_zero(from->story)) record.language = "";
    record.correction.language = record.language;
    if (from->kind == CORRECTION_SPLIT) {
        uint64_t unused;
        record.features.entities = entities_of(arena, from->event, from->theme);
        record.features.title = words_of(arena, record.correction.title, &unused, record.features.minhash);
    }
    return record;
}
