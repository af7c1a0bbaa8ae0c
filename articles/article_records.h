/*
 * article_records - one decoded article event to the features records it becomes.
 *
 * An article gives one record for its language. Before it, a RECORD_MOVED for every partition when another
 * version of it may sit in another language: the producer calls it an update, or its language was
 * detected with low confidence (PROTOCOL.md 3). A retraction gives one RECORD_RETRACTED for every partition.
 * All records of an event carry its origin: the story stage tells them apart by their kinds.
 * Pure but for its caches, which do not change results. Not thread-safe.
 */
#ifndef NW_ARTICLES_ARTICLE_RECORDS_H
#define NW_ARTICLES_ARTICLE_RECORDS_H

#include "articles/article.h"
#include "articles/features_record.h"
#include "base/arena.h"

enum { ARTICLE_RECORDS_MAX = 2 };

struct article_record {
    bool to_all; /* to every features partition */
    const char *key;
    struct features_record record;
    const uint8_t *bytes;
    size_t len;
};

struct article_recorder;

/* NULL when ICU's data is missing. */
struct article_recorder *article_recorder_new(void);
void article_recorder_free(struct article_recorder *recorder);

/* origin: of the record, with the event's index in it. Returns how many records, 1 or 2. Everything lives
 * in the arena or is borrowed from the article. */
size_t article_records_make(struct article_recorder *recorder, struct arena *arena,
                            const struct article *article, const struct origin *origin,
                            struct article_record out[ARTICLE_RECORDS_MAX]);

/* A correction gives one record: for the story's language, or (articles taken down) for every partition. */
void article_records_correct(struct article_recorder *recorder, struct arena *arena,
                             const struct correction *correction, const struct origin *origin,
                             struct article_record *out);

#endif
