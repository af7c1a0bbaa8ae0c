#include "articles/article_records.h"

#include <stdlib.h>
#include <string.h>

#include "articles/article_card.h"
#include "articles/card_compute.h"
#include "articles/features_compute.h"
#include "articles/language.h"
#include "base/alloc.h"
#include "base/instant.h"

struct article_recorder {
    struct features_computer *features;
    struct card_computer *cards;
};

struct article_recorder *article_recorder_new(void)
{
    struct features_computer *features = features_computer_new();
    struct card_computer *cards = card_computer_new(features_computer_folds(features));
    if (cards == NULL) {
        features_computer_free(features);
        return NULL;
    }
    struct article_recorder *recorder = nw_calloc(1, sizeof(*recorder));
    recorder->features = features;
    recorder->cards = cards;
    return recorder;
}

void article_recorder_free(struct article_recorder *recorder)
{
    if (recorder == NULL) return;
    features_computer_free(recorder->features);
    card_computer_free(recorder->cards);
    free(recorder);
}

static uint64_t text_hash(const char *text)
{
    return hash64(text, strlen(text));
}

static uint64_t list_hash(const char **texts, size_t count)
{
    uint64_t hash = count;
    for (size_t i = 0; i < count; i++) {
        uint64_t pair[] = {hash, text_hash(texts[i])};
        hash = hash64(pair, sizeof(pair));
    }
    return hash;
}

/* Of what a reader sees, so that a re-send which only carries a newer date of its own is no update. */
static uint64_t content_hash(const struct article *a)
{
    const uint64_t parts[] = {
        text_hash(a->title),
        text_hash(a->description),
        text_hash(a->body),
        text_hash(a->url),
        text_hash(a->source),
        text_hash(a->source_name),
        text_hash(a->country),
        text_hash(a->image_url),
        text_hash(a->section),
        text_hash(a->attribution),
        text_hash(a->reprint_group),
        text_hash(a->article_kind),
        list_hash(a->authors, a->author_count),
        list_hash(a->tags, a->tag_count),
        a->paywalled,
        (uint64_t)a->published_ms,
        a->published_is_day,
    };
    return hash64(parts, sizeof(parts));
}

static void finish(struct arena *arena, struct article_record *out)
{
    features_record_pack(arena, &out->record, &out->bytes, &out->len);
}

/* The fields every kind of record has. */
static struct features_record base_record(const struct article *article, const struct origin *origin)
{
    return (struct features_record){
        .origin = *origin,
        .id = article->id,
        .raw_url_hash = article->raw_url_hash,
        .producer_id_hash = article->producer_id_hash,
        .language = "",
        .version_ms = article->version_ms,
        .source = "",
        .published_ms = NW_NO_TIME,
    };
}

static void make_withdrawal(struct arena *arena, const struct article *article, const struct origin *origin,
                            enum features_record_kind kind, const char *language, struct article_record *out)
{
    out->to_all = true;
    out->key = language;
    out->record = base_record(article, origin);
    out->record.kind = kind;
    if (kind == RECORD_MOVED) out->record.language = language;
    finish(arena, out);
}

static void make_article(struct article_recorder *recorder, struct arena *arena,
                         const struct article *article, const struct origin *origin, const char *language,
                         struct article_record *out)
{
    struct text_analysis text;
    struct article_card card;
    features_compute(recorder->features, arena, article, language, &text);
    card_compute(recorder->cards, arena, article, language, &text, &card);

    out->to_all = false;
    out->key = language;
    out->record = base_record(article, origin);
    struct features_record *record = &out->record;
    record->kind = RECORD_ARTICLE;
    record->language = language;
    record->source = article->source;
    record->explicit_update = article->kind == ARTICLE_UPDATE;
    record->published_is_day = article->published_is_day;
    record->published_ms = article->published_ms;
    record->reprint_group =
        article->reprint_group[0] != '\0' ? text_hash(article->reprint_group) : text.text_hash;
    record->attributed = card.attribution[0] != '\0';
    record->content_hash = content_hash(article);
    record->features = text.features;
    article_card_pack(arena, &card, &record->card, &record->card_len);
    finish(arena, out);
}

size_t article_records_make(struct article_recorder *recorder, struct arena *arena,
                            const struct article *article, const struct origin *origin,
                            struct article_record out[ARTICLE_RECORDS_MAX])
{
    if (article->kind == ARTICLE_RETRACT) {
        make_withdrawal(arena, article, origin, RECORD_RETRACTED, LANGUAGE_UNKNOWN, &out[0]);
        return 1;
    }
    struct language language;
    language_of(article, &language);
    const char *code = arena_strdup(arena, language.code);
    size_t count = 0;
    if (article->kind == ARTICLE_UPDATE || language.low_confidence)
        make_withdrawal(arena, article, origin, RECORD_MOVED, code, &out[count++]);
    make_article(recorder, arena, article, origin, code, &out[count++]);
    return count;
}

/* A split is read like an article of the editor's title and the texts that came with the articles. */
static void compute_split(struct article_recorder *recorder, struct arena *arena,
                          const struct correction *correction, struct features *out)
{
    const struct article text = {.title = correction->title,
                                 .description = "",
                                 .body = correction->text,
                                 .source = "",
                                 .source_name = ""};
    struct text_analysis analysis;
    features_compute(recorder->features, arena, &text, correction->language, &analysis);
    *out = analysis.features;
}

void article_records_correct(struct article_recorder *recorder, struct arena *arena,
                             const struct correction *correction, const struct origin *origin,
                             struct article_record *out)
{
    out->to_all = correction->language[0] == '\0';
    out->key = out->to_all ? LANGUAGE_UNKNOWN : correction->language;
    out->record = (struct features_record){
        .kind = RECORD_CORRECTION,
        .origin = *origin,
        .language = correction->language,
        .source = "",
        .version_ms = NW_NO_TIME,
        .published_ms = NW_NO_TIME,
        .correction = *correction,
    };
    if (correction->kind == CORRECTION_SPLIT)
        compute_split(recorder, arena, correction, &out->record.features);
    finish(arena, out);
}
