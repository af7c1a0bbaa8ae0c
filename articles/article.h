/*
 * article - one article event in canonical form, decoded and validated, before features.
 *
 * All strings are NUL-terminated UTF-8 owned by the record's arena; an absent one is "" and never
 * NULL. Times are milliseconds since the epoch UTC, NW_NO_TIME when absent.
 */
#ifndef NW_ARTICLES_ARTICLE_H
#define NW_ARTICLES_ARTICLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/instant.h"

/* Where an event came from: kept with it all the way, so that a re-sent one is recognised. */
struct origin {
    const char *topic; /* the source topic, borrowed */
    int32_t partition;
    int64_t offset;
    uint32_t index;    /* within the record: one record may hold many events */
    int64_t append_ms; /* Kafka's time of the record, 0: unknown; for measuring only, it decides nothing */
};

enum article_event_kind {
    ARTICLE_UPSERT,  /* new, or an update of what is already there */
    ARTICLE_UPDATE,  /* the producer says it is an update (CloudEvents type): moves between languages are
                        broadcast */
    ARTICLE_RETRACT, /* take it out; only the identifying fields are set */
    ARTICLE_CORRECT, /* an editor's correction: no article at all (correction.h) */
};

struct article {
    enum article_event_kind kind;

    /* identity (PROTOCOL.md 3) */
    struct id128 id;       /* hash of canonical_url; zero for a retraction that names only a producer id */
    uint64_t raw_url_hash; /* of the URL as given; 0 when there is none */
    uint64_t producer_id_hash; /* of the producer's own id, with its source when it is short; 0 when none */
    const char *url;           /* as given */
    const char *canonical_url;

    const char *title;
    const char *description;
    const char *body; /* plain text, at most 64 KiB */

    const char *source; /* publisher key: registrable domain, or what names a publisher on a platform host */
    const char *source_name; /* as given, for people */
    const char *
        declared_language; /* lower-case ISO 639-1 (639-3 where there is none), "" when not valid or absent */
    const char *country;   /* ISO 3166-1 alpha-2 upper case, or "" */
    const char *image_url;
    const char *section;
    const char *attribution;   /* agency named by the producer: "AFP", "" when none */
    const char *reprint_group; /* producer's group id of identical texts, else the canonical URL (without
                                  scheme) it declares on another site, "" when none */
    const char *article_kind;  /* "article", "opinion", "live" ... as given, "" when none */
    const char **authors;
    size_t author_count;
    const char **tags;
    size_t tag_count;
    bool paywalled;

    int64_t published_ms;
    bool published_clamped; /* it was more than an hour ahead of the append time and set back to it */
    bool published_is_day;  /* only the day is known; published_ms is 00:00 UTC of it */
    int64_t updated_ms;
    int64_t version_ms; /* updated_ms, else the CloudEvents time, else published_ms (articles only), else the
                           append time, else NW_NO_TIME */
};

/* One of which nothing is known: no text is NULL, no time there. */
static inline struct article article_blank(void)
{
    return (struct article){
        .url = "",
        .canonical_url = "",
        .title = "",
        .description = "",
        .body = "",
        .source = "",
        .source_name = "",
        .declared_language = "",
        .country = "",
        .image_url = "",
        .section = "",
        .attribution = "",
        .reprint_group = "",
        .article_kind = "",
        .published_ms = NW_NO_TIME,
        .updated_ms = NW_NO_TIME,
        .version_ms = NW_NO_TIME,
    };
}

#endif
