/* test_record - features records for tests, from a few fields that say what matters. */
#ifndef NW_TESTS_SUPPORT_TEST_RECORD_H
#define NW_TESTS_SUPPORT_TEST_RECORD_H

#include "articles/features_record.h"
#include "base/arena.h"

/* Zero and NULL mean: like any other article. */
struct test_article {
    int64_t offset; /* of the source record, topic "articles", partition 0 */
    int32_t source_partition;
    uint32_t index;
    const char *url; /* the id, and the raw URL */
    const char *producer_id;
    const char *language; /* default "en" */
    const char *source;   /* default "example.com" */
    int64_t published_ms; /* 0: NW_NO_TIME */
    int64_t version_ms;   /* 0: published_ms */
    const char *event;    /* join key: same event, same story */
    const char *theme;    /* merge key */
    const char *title;    /* words, split at spaces; default: made from url and content */
    const char *body;     /* words; NULL: none */
    const char *content;  /* changes content_hash and the card */
    const char *reprint_group;
};

struct features_record test_article(struct arena *arena, const struct test_article *from);
/* kept_language NULL: a retraction, else a move. url, producer_id, offset, version are used. */
struct features_record test_withdrawal(const struct test_article *from, const char *kept_language);
/* An editor's correction. Articles by their URLs, up to the first NULL; event and theme as above (of the new
 * story of a split). */
struct test_correction {
    int64_t offset;
    int32_t source_partition;
    enum correction_kind kind;
    struct id128 story, into;
    const char *language; /* default "en"; of no meaning where there is no story */
    const char *title;
    const char *articles[5];
    const char *event, *theme;
};
struct features_record test_correct(struct arena *arena, const struct test_correction *from);

struct id128 test_article_id(const char *url);

#endif
