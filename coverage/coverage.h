/*
 * coverage - what a summary says about a story: a pure function of (story, cards, ratings, policy).
 *
 * coverage_counts() is the cheap part, for the live counts written with every batch;
 * coverage_json() builds the whole public summary (docs/schemas, FORMATS: camelCase, no nulls).
 */
#ifndef NW_COVERAGE_COVERAGE_H
#define NW_COVERAGE_COVERAGE_H

#include <stddef.h>
#include <stdint.h>

#include "articles/article_card.h"
#include "coverage/ratings.h"
#include "stories/source_table.h"
#include "stories/story.h"

struct coverage_policy {
    uint32_t articles_limit;          /* articles listed in a summary; default 100 */
    uint32_t blindspot_min_rated;     /* default 5 */
    uint32_t blindspot_minor_percent; /* the small side at most; default 10 */
    uint32_t blindspot_major_percent; /* the opposite side at least; default 33 */
    uint32_t version;                 /* blindspot policyVersion */
    size_t max_bytes;                 /* of a summary; default 900 KiB */
};

struct coverage_policy coverage_policy_default(void);

/* Counts of sources, one per source however many articles. */
struct side_counts {
    uint32_t bias[BIAS_COUNT];
    uint32_t side[SIDE_COUNT];
    uint32_t unrated;
};

struct coverage_counts {
    uint32_t articles, sources;
    uint32_t unique;   /* groups of near-identical texts */
    uint32_t reprints; /* articles - unique */
    struct side_counts sides;
    enum side blindspot;                          /* SIDE_COUNT: none */
    uint32_t sources_1h, sources_6h, sources_24h; /* as of story->updated_ms */
};

void coverage_counts(const struct story *story, const struct source_table *sources,
                     const struct ratings *ratings, const struct coverage_policy *policy,
                     struct coverage_counts *out);

struct coverage_input {
    const struct story *story;
    const struct source_table *sources;
    const struct article_card *cards; /* parallel to story->members; id zero where no card is kept */
    const struct ratings *ratings;
    const struct coverage_policy *policy;
    const char *features_topic; /* provenance.position */
    int32_t features_partition;
    uint64_t policy_hash;      /* provenance.policyVersion */
    int64_t ratings_loaded_ms; /* NW_NO_TIME leaves ratingsLoadedAt out (replay) */
    enum story_cause cause;    /* usually story->cause; CAUSE_RATINGS for a recount */
};

/* Members of a summary that Redis repeats beside the counts, for lists; NULL: there is none. The caller frees
 * them. */
struct coverage_parts {
    char *title;     /* text */
    char *countries; /* JSON: {"GB":2} */
    char *tags;      /* JSON: ["trade"] */
};

/* JSON text, keys always in the same order (the same input gives the same bytes); free() it. A merged story's
 * is short; a closed one's is whole, so that its page can still be drawn. Never longer than
 * policy->max_bytes, as long as that leaves room for the counts (some 4 KB). parts may be NULL. */
char *coverage_json(const struct coverage_input *input, size_t *len, struct coverage_parts *parts);

#endif
