/*
 * correction - what an editor decided about a story, as the article stage passes it on.
 *
 * Read from a CloudEvent of type newswired.correction.<kind> (event_correction.c), carried in a features
 * record, applied by the story stage (stories/partition_correct.c).
 */
#ifndef NW_ARTICLES_CORRECTION_H
#define NW_ARTICLES_CORRECTION_H

#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

/* X(id, text): the last part of the CloudEvents type */
#define CORRECTION_KINDS(X)                                                                                  \
    X(CORRECTION_MERGE, "merge")       /* story and into are one */                                          \
    X(CORRECTION_SPLIT, "split")       /* articles leave story for a new one */                              \
    X(CORRECTION_RENAME, "rename")     /* story's title; "": the automatic one again */                      \
    X(CORRECTION_TAKEDOWN, "takedown") /* story, or articles */

enum correction_kind {
#define CORRECTION_ENUM(id, text) id,
    CORRECTION_KINDS(CORRECTION_ENUM)
#undef CORRECTION_ENUM
        CORRECTION_KIND_COUNT
};

enum { CORRECTION_ARTICLES_MAX = 1000, CORRECTION_TITLE_MAX = 1024 /* bytes */ };

/* An article by any of the three that are not zero. */
struct article_name {
    struct id128 id;
    uint64_t raw_url_hash, producer_id_hash;
};

struct correction {
    enum correction_kind kind;
    struct id128 story;                  /* zero: a takedown of articles */
    struct id128 into;                   /* merge only */
    const char *language;                /* of the story; "" when it names none */
    const char *title;                   /* rename and split; "" when there is none */
    const struct article_name *articles; /* split, takedown of articles */
    size_t article_count;
    const char *text; /* split: titles and leads that came with the articles, a line each; not in the record:
                         the features of title and text are */
};

#endif
