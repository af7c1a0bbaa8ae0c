/*
 * pair_feature - the names of the numbers that pair_features computes.
 */
#ifndef NW_STORIES_PAIR_FEATURE_H
#define NW_STORIES_PAIR_FEATURE_H

/* X(id, name). x is the article, or the smaller story of a merge; y the story. */
#define PAIR_FEATURES(X)                                                                                     \
    X(PAIR_ALL, "all")           /* sqrt cosine, all text */                                                 \
    X(PAIR_TITLE, "title")       /* sqrt cosine of titles */                                                 \
    X(PAIR_BODY, "body")         /* sqrt cosine of bodies */                                                 \
    X(PAIR_ENTITIES, "entities") /* sqrt cosine of entities */                                               \
    X(PAIR_AVERAGE, "average")   /* sqrt mean cosine of a member of x and one of y, all text */              \
    /* grain: what is alike enough depends on how alike those of y are, and how much else is like x */       \
    X(PAIR_COHESION, "cohesion")         /* sqrt mean cosine of two members of y; 0 of a single one */       \
    X(PAIR_RELATIVE, "relative")         /* average / cohesion, at most 1.5; 0 of a single one */            \
    X(PAIR_SINGLE, "single")             /* 1: y has taught words of one member only */                      \
    X(PAIR_SINGLE_ALL, "single_all")     /* all, if so */                                                    \
    X(PAIR_SINGLE_TITLE, "single_title") /* title, if so */                                                  \
    X(PAIR_CROWD, "crowd")               /* mean `all` of x's three next candidates; 0 in a merge */         \
    X(PAIR_LEAD, "lead")                 /* all - the best of the other candidates'; 0 in a merge */         \
    X(PAIR_USUAL_SIZE, "usual_size") /* ln of how many articles a live story has in the mean, at most 6 */   \
    /* evidence: how much is shared, whatever the lengths */                                                 \
    X(PAIR_RARE, "rare")                     /* weight share of x's six heaviest words that y holds */       \
    X(PAIR_EVIDENCE, "evidence")             /* ln(1 + sum idf) of shared words */                           \
    X(PAIR_TITLE_EVIDENCE, "evidence_title") /* of those in x's title(s) */                                  \
    X(PAIR_RARE_COUNT, "rare_count") /* ln(1 + number) of shared words held by under 1 story in 50 */        \
    X(PAIR_REST, "rest") /* all without the shared term that counts most: 0 when everything hangs on one */  \
    X(PAIR_REST_AVERAGE, "rest_average") /* average, in the same way */                                      \
    X(PAIR_ONE_TERM, "one_term") /* 1: as good as nothing is shared but one term, which is no evidence */    \
    X(PAIR_COMMON, "common")   /* 1: as good as nothing is shared but words that are common in headlines */  \
    X(PAIR_BIGRAMS, "bigrams") /* sqrt weight share of x's bigrams that y holds */                           \
    X(PAIR_BEST_TITLE, "best_title") /* MinHash agreement of the two likest titles, 0..1 */                  \
    X(PAIR_STRANGERS, "strangers")   /* 1: both name entities, and none is shared */                         \
    /* circumstances */                                                                                      \
    X(PAIR_GAP, "gap")                   /* ln(1 + days to y's nearest end); a bare date: half a day less */ \
    X(PAIR_HOURS, "hours")               /* the same in hours */                                             \
    X(PAIR_NO_TIME, "no_time")           /* 1: one of them has no time, gap and hours are 0 */               \
    X(PAIR_SOURCE, "source")             /* 1: y has an article of x's source already; 0 in a merge */       \
    X(PAIR_SOURCE_TITLE, "source_title") /* title, if so: columns and series resemble themselves */          \
    X(PAIR_SERIES, "series")             /* 1: the next issue of a series of one source: title_series.h */   \
    X(PAIR_SIZE, "size")                 /* ln members of x */                                               \
    X(PAIR_STORY_SIZE, "story_size")     /* ln members of y */                                               \
    X(PAIR_WORDS, "words")               /* ln(1 + words of x) */                                            \
    X(PAIR_X_BODY, "x_body")             /* 1: x has a body */                                               \
    X(PAIR_Y_BODY, "y_body")             /* 1: y has one */                                                  \
    X(PAIR_NO_BODY_ALL, "no_body_all")   /* all, if one has none */                                          \
    X(PAIR_DENSE, "dense")               /* cosine of sentence vectors */                                    \
    X(PAIR_DENSE_CROWD, "dense_crowd")   /* mean `dense` of x's three next candidates; 0 in a merge */       \
    X(PAIR_HAS_DENSE, "has_dense")       /* 1: both have some: join_dense, merge_dense decide */             \
    X(PAIR_CONST, "const")

enum pair_feature {
#define PAIR_FEATURE_ENUM(id, name) id,
    PAIR_FEATURES(PAIR_FEATURE_ENUM)
#undef PAIR_FEATURE_ENUM
        PAIR_FEATURE_COUNT
};

const char *pair_feature_name(enum pair_feature feature);

#endif
