/*
 * analysis_brief - what deciding about a machine-written summary needs of a coverage summary.
 *
 * Reads the JSON of a record of the coverage topic (docs/coverage.md). Pure; everything is in the arena.
 */
#ifndef NW_COVERAGE_ANALYSIS_BRIEF_H
#define NW_COVERAGE_ANALYSIS_BRIEF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "coverage/ratings.h"

struct brief_article {
    struct id128 id;
    enum side side;
    const char *source, *title, *lead; /* "" when absent */
    bool reprint;                      /* of another article of the story */
    bool featured;                     /* the story's title or lead is its */
    uint64_t fingerprint;              /* of id, title and lead: differs when the article is updated */
};

struct analysis_brief {
    struct id128 id;
    uint64_t revision;
    bool active, merged; /* else closed */
    char language[16];
    uint32_t source_count, article_count;
    uint32_t sides; /* bit 1 << enum side: rated sources on that side */
    int32_t features_partition;
    bool articles_truncated; /* the story has more articles than are listed */
    const struct brief_article *articles;
    size_t listed;
};

/* NW_ERR_INPUT: not such a summary. */
enum nw_err analysis_brief_read(struct arena *arena, const char *json, size_t len,
                                struct analysis_brief *out) NW_MUST_CHECK;

/*
 * The articles a model is given, as indexes: no reprints, one of a source, featured ones first, then the
 * newest; taken from the sides in turn, so that none is drowned. At most max (and at most the listed ones);
 * how many.
 */
size_t analysis_brief_choose(const struct analysis_brief *brief, size_t max, uint32_t *out);

#endif
