/*
 * pair_feature - the names of the numbers that pair_features computes.
 */
#ifndef NW_STORIES_PAIR_FEATURE_H
#define NW_STORIES_PAIR_FEATURE_H

/* X(id, name) */
#define PAIR_FEATURES(X)                                                                                     \
    X(PAIR_ALL, "all")             /* sqrt cosine, all text */                                               \
    X(PAIR_TITLE, "title")         /* sqrt cosine of titles */                                               \
    X(PAIR_BODY, "body")           /* sqrt cosine of bodies */                                               \
    X(PAIR_ENTITIES, "entities")   /* sqrt cosine of entities */                                             \
    X(PAIR_RARE, "rare")           /* weight share of x's six heaviest words that y holds */                 \
    X(PAIR_GAP, "gap")             /* ln(1 + days to y's nearest end); a bare date counts half a day less */ \
    X(PAIR_NO_TIME, "no_time")     /* 1: one of them has no time, gap is 0 */                                \
    X(PAIR_SOURCE, "source")       /* 1: y has an article of x's source already */                           \
    X(PAIR_SIZE, "size")           /* ln members of x */                                                     \
    X(PAIR_DENSE, "dense")         /* cosine of sentence vectors */                                          \
    X(PAIR_HAS_DENSE, "has_dense") /* 1: both have some: join_dense, merge_dense decide */                   \
    X(PAIR_CONST, "const")

enum pair_feature {
#define PAIR_FEATURE_ENUM(id, name) id,
    PAIR_FEATURES(PAIR_FEATURE_ENUM)
#undef PAIR_FEATURE_ENUM
        PAIR_FEATURE_COUNT
};

const char *pair_feature_name(enum pair_feature feature);

#endif
