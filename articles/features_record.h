/*
 * features_record - one record of the features topic, packed (protobuf) and in memory.
 *
 * The struct borrows from the arena it was unpacked into. Unpacking checks everything the story
 * stage relies on (sizes, sorted terms, id lengths), because a topic can hold anything.
 */
#ifndef NW_ARTICLES_FEATURES_RECORD_H
#define NW_ARTICLES_FEATURES_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "articles/article.h"
#include "articles/correction.h"
#include "articles/features.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"

/* A longer record is never written, and refused when read. */
enum { FEATURES_RECORD_MAX_BYTES = 1024 * 1024 };

enum features_record_kind { RECORD_ARTICLE, RECORD_RETRACTED, RECORD_MOVED, RECORD_CORRECTION };

struct features_record {
    enum features_record_kind kind;
    struct origin origin;
    struct id128 id;                         /* zero when a withdrawal names only a URL or producer id */
    uint64_t raw_url_hash, producer_id_hash; /* 0: none */
    const char *language; /* articles: of the article; RECORD_MOVED: the one it is kept in; RECORD_CORRECTION:
                             of the story, "" when it names none */
    int64_t version_ms;   /* NW_NO_TIME when there is none */

    /* articles only */
    const char *source;
    bool explicit_update;
    bool published_is_day;
    int64_t published_ms;
    uint64_t reprint_group;
    bool attributed;
    uint64_t content_hash;
    struct features features;
    const uint8_t *card; /* packed ArticleCard */
    size_t card_len;

    /* corrections only, of which a split has features too */
    struct correction correction;
};

/* Bytes live in the arena. */
void features_record_pack(struct arena *arena, const struct features_record *record, const uint8_t **bytes,
                          size_t *len);
/* NW_ERR_CORRUPT, NW_ERR_VERSION. *out lives in the arena. Of another kind every field below "articles
 * only" is empty (but a split's features); card is checked by article_card_unpack() when it is read, not
 * here. */
enum nw_err features_record_unpack(struct arena *arena, const uint8_t *bytes, size_t len,
                                   struct features_record *out) NW_MUST_CHECK;

#endif
