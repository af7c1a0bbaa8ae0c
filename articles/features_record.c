#include "articles/features_record.h"

#include <assert.h>
#include <string.h>

#include "articles/features.pb-c.h"
#include "articles/pb.h"
#include "base/instant.h"

/* Far above what the article stage writes; a topic can hold anything. */
enum {
    FORMAT_VERSION = 1,
    MAX_COUNT = 1 << 20, /* of one term: sums over many articles stay far from overflow */
    MAX_WORDS = 1 << 20,
    MAX_TOPIC = 249, /* Kafka's own limit */
    MAX_SOURCE = 512,
    MAX_LANGUAGE = 7, /* stories keep it in 8 bytes */
};

/* ---- packing ---- */

static Newswired__TermList *pack_terms(struct arena *arena, struct term_list list)
{
    if (list.count == 0) return NULL;
    assert(list.count <= FEATURES_MAX_TERMS);
    Newswired__TermList *message = arena_alloc(arena, sizeof(*message));
    newswired__term_list__init(message);
    message->n_hashes = message->n_counts = list.count;
    message->hashes = arena_alloc(arena, list.count * sizeof(*message->hashes));
    message->counts = arena_alloc(arena, list.count * sizeof(*message->counts));
    for (uint32_t i = 0; i < list.count; i++) {
        message->hashes[i] = list.terms[i].hash;
        message->counts[i] = list.terms[i].count;
    }
    return message;
}

static Newswired__Features *pack_features(struct arena *arena, const struct features *features)
{
    Newswired__Features *message = arena_alloc(arena, sizeof(*message));
    newswired__features__init(message);
    message->title = pack_terms(arena, features->title);
    message->lead = pack_terms(arena, features->lead);
    message->body = pack_terms(arena, features->body);
    message->entities = pack_terms(arena, features->entities);
    message->n_minhash = FEATURES_MINHASH;
    message->minhash = (uint32_t *)(uintptr_t)features->minhash;
    message->simhash = features->simhash;
    message->body_words = features->body_words;
    message->title_pattern = features->title_pattern;
    message->dense = pb_data(features->dense.values, features->dense.count);
    message->dense_model = features->dense.model;
    return message;
}

static Newswired__ArticleRecord *pack_article(struct arena *arena, const struct features_record *record)
{
    Newswired__ArticleRecord *message = arena_alloc(arena, sizeof(*message));
    newswired__article_record__init(message);
    message->id = pb_id(arena, record->id);
    message->raw_url_hash = record->raw_url_hash;
    message->producer_id_hash = record->producer_id_hash;
    message->language = pb_text(record->language);
    message->source = pb_text(record->source);
    message->explicit_update = record->explicit_update;
    message->has_published = record->published_ms != NW_NO_TIME;
    message->published_ms = message->has_published ? record->published_ms : 0;
    message->published_is_day = record->published_is_day;
    message->has_version = record->version_ms != NW_NO_TIME;
    message->version_ms = message->has_version ? record->version_ms : 0;
    message->features = pack_features(arena, &record->features);
    message->card = pb_data(record->card, record->card_len);
    message->reprint_group = record->reprint_group;
    message->attributed = record->attributed;
    message->content_hash = record->content_hash;
    return message;
}

static Newswired__WithdrawalRecord *pack_withdrawal(struct arena *arena, const struct features_record *record)
{
    Newswired__WithdrawalRecord *message = arena_alloc(arena, sizeof(*message));
    newswired__withdrawal_record__init(message);
    bool moved = record->kind == RECORD_MOVED;
    message->kind =
        moved ? NEWSWIRED__WITHDRAWAL_RECORD__KIND__MOVED : NEWSWIRED__WITHDRAWAL_RECORD__KIND__RETRACTED;
    message->id = pb_id(arena, record->id);
    message->raw_url_hash = record->raw_url_hash;
    message->producer_id_hash = record->producer_id_hash;
    message->has_version = record->version_ms != NW_NO_TIME;
    message->version_ms = message->has_version ? record->version_ms : 0;
    if (moved) message->kept_language = pb_text(record->language);
    return message;
}

static Newswired__ArticleName *pack_name(struct arena *arena, const struct article_name *name)
{
    Newswired__ArticleName *message = arena_alloc(arena, sizeof(*message));
    newswired__article_name__init(message);
    message->id = pb_id(arena, name->id);
    message->raw_url_hash = name->raw_url_hash;
    message->producer_id_hash = name->producer_id_hash;
    return message;
}

static Newswired__CorrectionRecord *pack_correction(struct arena *arena, const struct features_record *record)
{
    const struct correction *correction = &record->correction;
    Newswired__CorrectionRecord *message = arena_alloc(arena, sizeof(*message));
    newswired__correction_record__init(message);
    message->kind = (Newswired__CorrectionRecord__Kind)correction->kind;
    message->story = pb_id(arena, correction->story);
    message->into = pb_id(arena, correction->into);
    message->language = pb_text(record->language);
    message->title = pb_text(correction->title);
    message->n_articles = correction->article_count;
    message->articles = arena_alloc(arena, (correction->article_count + 1) * sizeof(*message->articles));
    for (size_t i = 0; i < correction->article_count; i++)
        message->articles[i] = pack_name(arena, &correction->articles[i]);
    if (correction->kind == CORRECTION_SPLIT) message->features = pack_features(arena, &record->features);
    return message;
}

void features_record_pack(struct arena *arena, const struct features_record *record, const uint8_t **bytes,
                          size_t *len)
{
    Newswired__Origin origin = NEWSWIRED__ORIGIN__INIT;
    origin.topic = pb_text(record->origin.topic);
    origin.partition = record->origin.partition;
    origin.offset = record->origin.offset;
    origin.index = record->origin.index;
    origin.append_ms = record->origin.append_ms;

    Newswired__FeaturesRecord message = NEWSWIRED__FEATURES_RECORD__INIT;
    message.version = FORMAT_VERSION;
    message.origin = &origin;
    if (record->kind == RECORD_ARTICLE) {
        message.what_case = NEWSWIRED__FEATURES_RECORD__WHAT_ARTICLE;
        message.article = pack_article(arena, record);
    } else if (record->kind == RECORD_CORRECTION) {
        message.what_case = NEWSWIRED__FEATURES_RECORD__WHAT_CORRECTION;
        message.correction = pack_correction(arena, record);
    } else {
        message.what_case = NEWSWIRED__FEATURES_RECORD__WHAT_WITHDRAWAL;
        message.withdrawal = pack_withdrawal(arena, record);
    }
    pb_pack(arena, &message.base, bytes, len);
}

/* ---- unpacking ---- */

static bool language_valid(const char *language)
{
    size_t len = strlen(language);
    if (len < 2 || len > MAX_LANGUAGE) return false;
    for (size_t i = 0; i < len; i++)
        if ((language[i] < 'a' || language[i] > 'z') && language[i] != '-') return false;
    return true;
}

static bool unpack_terms(struct arena *arena, const Newswired__TermList *message, struct term_list *out)
{
    *out = (struct term_list){NULL, 0};
    if (message == NULL || (message->n_hashes == 0 && message->n_counts == 0)) return true;
    size_t count = message->n_hashes;
    if (count != message->n_counts || count > FEATURES_MAX_TERMS) return false;
    struct term *terms = arena_alloc(arena, count * sizeof(*terms));
    for (size_t i = 0; i < count; i++) {
        if (i > 0 && message->hashes[i - 1] >= message->hashes[i]) return false;
        if (message->counts[i] == 0 || message->counts[i] > MAX_COUNT) return false;
        terms[i] = (struct term){.hash = message->hashes[i], .count = message->counts[i]};
    }
    *out = (struct term_list){terms, (uint32_t)count};
    return true;
}

static bool unpack_dense(const Newswired__Features *message, struct dense_vector *out)
{
    *out = (struct dense_vector){0};
    if (message->dense.len == 0) return message->dense_model == 0;
    if (message->dense.len > DENSE_COUNT_MAX) return false;
    *out = (struct dense_vector){.values = (const int8_t *)message->dense.data,
                                 .count = (uint32_t)message->dense.len,
                                 .model = message->dense_model};
    return dense_vector_valid(out);
}

static bool unpack_features(struct arena *arena, const Newswired__Features *message, struct features *out)
{
    if (message == NULL || message->n_minhash != FEATURES_MINHASH) return false;
    if (message->body_words > MAX_WORDS || !unpack_dense(message, &out->dense)) return false;
    if (!unpack_terms(arena, message->title, &out->title) ||
        !unpack_terms(arena, message->lead, &out->lead) || !unpack_terms(arena, message->body, &out->body) ||
        !unpack_terms(arena, message->entities, &out->entities))
        return false;
    memcpy(out->minhash, message->minhash, sizeof(out->minhash));
    out->simhash = message->simhash;
    out->body_words = message->body_words;
    out->title_pattern = message->title_pattern;
    return true;
}

static bool unpack_article(struct arena *arena, const Newswired__ArticleRecord *m,
                           struct features_record *out)
{
    out->kind = RECORD_ARTICLE;
    if (!pb_id_read(m->id, &out->id) || id128_is_zero(out->id)) return false;
    if (!language_valid(m->language) || m->source[0] == '\0' || !pb_text_valid(m->source, MAX_SOURCE))
        return false;
    if (!pb_time_valid(m->published_ms) || !pb_time_valid(m->version_ms)) return false;
    if (!unpack_features(arena, m->features, &out->features)) return false;
    out->raw_url_hash = m->raw_url_hash;
    out->producer_id_hash = m->producer_id_hash;
    out->language = m->language;
    out->version_ms = m->has_version ? m->version_ms : NW_NO_TIME;
    out->source = m->source;
    out->explicit_update = m->explicit_update;
    out->published_is_day = m->published_is_day;
    out->published_ms = m->has_published ? m->published_ms : NW_NO_TIME;
    out->reprint_group = m->reprint_group;
    out->attributed = m->attributed;
    out->content_hash = m->content_hash;
    out->card = m->card.data;
    out->card_len = m->card.len;
    return true;
}

static bool unpack_withdrawal(const Newswired__WithdrawalRecord *m, struct features_record *out)
{
    bool moved = m->kind == NEWSWIRED__WITHDRAWAL_RECORD__KIND__MOVED;
    if (!moved && m->kind != NEWSWIRED__WITHDRAWAL_RECORD__KIND__RETRACTED) return false;
    out->kind = moved ? RECORD_MOVED : RECORD_RETRACTED;
    if (!pb_id_read(m->id, &out->id)) return false;
    bool names_something = !id128_is_zero(out->id) || m->raw_url_hash != 0 || m->producer_id_hash != 0;
    if (!names_something || !pb_time_valid(m->version_ms)) return false;
    if (moved ? !language_valid(m->kept_language) : m->kept_language[0] != '\0') return false;
    out->raw_url_hash = m->raw_url_hash;
    out->producer_id_hash = m->producer_id_hash;
    out->language = m->kept_language;
    out->version_ms = m->has_version ? m->version_ms : NW_NO_TIME;
    out->source = "";
    out->published_ms = NW_NO_TIME;
    return true;
}

static bool unpack_names(struct arena *arena, const Newswired__CorrectionRecord *m, struct correction *out)
{
    if (m->n_articles > CORRECTION_ARTICLES_MAX) return false;
    struct article_name *names = arena_alloc(arena, (m->n_articles + 1) * sizeof(*names));
    for (size_t i = 0; i < m->n_articles; i++) {
        const Newswired__ArticleName *name = m->articles[i];
        names[i] = (struct article_name){.raw_url_hash = name->raw_url_hash,
                                         .producer_id_hash = name->producer_id_hash};
        if (!pb_id_read(name->id, &names[i].id)) return false;
        if (id128_is_zero(names[i].id) && names[i].raw_url_hash == 0 && names[i].producer_id_hash == 0)
            return false;
    }
    out->articles = names;
    out->article_count = m->n_articles;
    return true;
}

/* What each kind has, and nothing else. */
static bool correction_valid(const struct correction *c)
{
    bool story = !id128_is_zero(c->story), into = !id128_is_zero(c->into), titled = c->title[0] != '\0';
    switch (c->kind) {
    case CORRECTION_MERGE:
        return story && into && !id128_equal(c->story, c->into) && !titled && c->article_count == 0;
    case CORRECTION_SPLIT:
        return story && !into && c->article_count > 0;
    case CORRECTION_RENAME:
        return story && !into && c->article_count == 0;
    case CORRECTION_TAKEDOWN:
        return !into && !titled && story == (c->article_count == 0);
    case CORRECTION_KIND_COUNT:
        break;
    }
    return false;
}

static bool unpack_correction(struct arena *arena, const Newswired__CorrectionRecord *m,
                              struct features_record *out)
{
    struct correction *correction = &out->correction;
    if ((int)m->kind < 0 || (int)m->kind >= CORRECTION_KIND_COUNT) return false;
    *correction = (struct correction){
        .kind = (enum correction_kind)m->kind, .language = m->language, .title = m->title, .text = ""};
    if (!pb_id_read(m->story, &correction->story) || !pb_id_read(m->into, &correction->into)) return false;
    if (!pb_text_valid(m->title, CORRECTION_TITLE_MAX) || !unpack_names(arena, m, correction)) return false;
    if (!correction_valid(correction)) return false;
    bool names_story = !id128_is_zero(correction->story);
    if (names_story ? !language_valid(m->language) : m->language[0] != '\0') return false;
    if (correction->kind == CORRECTION_SPLIT ? !unpack_features(arena, m->features, &out->features)
                                             : m->features != NULL)
        return false;
    out->kind = RECORD_CORRECTION;
    out->language = m->language;
    out->source = "";
    out->version_ms = out->published_ms = NW_NO_TIME;
    return true;
}

static bool unpack_origin(const Newswired__Origin *m, struct origin *out)
{
    if (m == NULL || m->partition < 0 || m->offset < 0 || !pb_text_valid(m->topic, MAX_TOPIC)) return false;
    *out = (struct origin){.topic = m->topic,
                           .partition = m->partition,
                           .offset = m->offset,
                           .index = m->index,
                           .append_ms = m->append_ms};
    return true;
}

enum nw_err features_record_unpack(struct arena *arena, const uint8_t *bytes, size_t len,
                                   struct features_record *out)
{
    if (len > FEATURES_RECORD_MAX_BYTES) return NW_ERR_CORRUPT;
    ProtobufCAllocator allocator = pb_arena_allocator(arena);
    const Newswired__FeaturesRecord *m = newswired__features_record__unpack(&allocator, len, bytes);
    if (m == NULL) return NW_ERR_CORRUPT;
    if (m->version != FORMAT_VERSION) return NW_ERR_VERSION;
    struct features_record record = {.kind = RECORD_ARTICLE};
    bool valid = unpack_origin(m->origin, &record.origin);
    if (m->what_case == NEWSWIRED__FEATURES_RECORD__WHAT_ARTICLE)
        valid = valid && unpack_article(arena, m->article, &record);
    else if (m->what_case == NEWSWIRED__FEATURES_RECORD__WHAT_WITHDRAWAL)
        valid = valid && unpack_withdrawal(m->withdrawal, &record);
    else if (m->what_case == NEWSWIRED__FEATURES_RECORD__WHAT_CORRECTION)
        valid = valid && unpack_correction(arena, m->correction, &record);
    else
        valid = false;
    if (!valid) return NW_ERR_CORRUPT;
    *out = record;
    return NW_OK;
}
