/*
 * ratings - what is known of a source: bias, factuality, ownership, place.
 *
 * Loaded from CSV with a header or JSON lines (columns in any order: domain,name,bias,factuality,
 * ownership,owner,country,city,paywalled,url). Immutable once loaded: share it by reference count,
 * swap the pointer to refresh. Pure: takes bytes, not a path.
 */
#ifndef NW_COVERAGE_RATINGS_H
#define NW_COVERAGE_RATINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* X(id, json name, text, side) */
#define BIAS_LABELS(X)                                                                                       \
    X(BIAS_FAR_LEFT, "farLeft", "far left", SIDE_LEFT)                                                       \
    X(BIAS_LEFT, "left", "left", SIDE_LEFT)                                                                  \
    X(BIAS_LEAN_LEFT, "leanLeft", "lean left", SIDE_LEFT)                                                    \
    X(BIAS_CENTER, "center", "center", SIDE_CENTER)                                                          \
    X(BIAS_LEAN_RIGHT, "leanRight", "lean right", SIDE_RIGHT)                                                \
    X(BIAS_RIGHT, "right", "right", SIDE_RIGHT)                                                              \
    X(BIAS_FAR_RIGHT, "farRight", "far right", SIDE_RIGHT)

enum side { SIDE_LEFT, SIDE_CENTER, SIDE_RIGHT, SIDE_COUNT, SIDE_UNRATED = SIDE_COUNT };

enum bias {
#define BIAS_ENUM(id, json, text, side) id,
    BIAS_LABELS(BIAS_ENUM)
#undef BIAS_ENUM
        BIAS_COUNT,
    BIAS_UNRATED = BIAS_COUNT
};

#define FACTUALITY_LABELS(X)                                                                                 \
    X(FACTUALITY_VERY_HIGH, "veryHigh", "very high")                                                         \
    X(FACTUALITY_HIGH, "high", "high")                                                                       \
    X(FACTUALITY_MIXED, "mixed", "mixed")                                                                    \
    X(FACTUALITY_LOW, "low", "low")                                                                          \
    X(FACTUALITY_VERY_LOW, "veryLow", "very low")                                                            \
    X(FACTUALITY_UNKNOWN, "unknown", "unknown")

enum factuality {
#define FACTUALITY_ENUM(id, json, text) id,
    FACTUALITY_LABELS(FACTUALITY_ENUM)
#undef FACTUALITY_ENUM
        FACTUALITY_COUNT
};

#define OWNERSHIP_LABELS(X)                                                                                  \
    X(OWNERSHIP_MEDIA_CONGLOMERATE, "mediaConglomerate", "media conglomerate")                               \
    X(OWNERSHIP_PRIVATE_EQUITY, "privateEquity", "private equity")                                           \
    X(OWNERSHIP_BILLIONAIRE, "billionaire", "billionaire")                                                   \
    X(OWNERSHIP_CORPORATION, "corporation", "corporation")                                                   \
    X(OWNERSHIP_TELECOM, "telecom", "telecom")                                                               \
    X(OWNERSHIP_GOVERNMENT, "government", "government")                                                      \
    X(OWNERSHIP_INDEPENDENT, "independent", "independent")                                                   \
    X(OWNERSHIP_OTHER, "other", "other")                                                                     \
    X(OWNERSHIP_UNCATEGORIZED, "uncategorized", "uncategorized")

enum ownership {
#define OWNERSHIP_ENUM(id, json, text) id,
    OWNERSHIP_LABELS(OWNERSHIP_ENUM)
#undef OWNERSHIP_ENUM
        OWNERSHIP_COUNT
};

enum side bias_side(enum bias bias);        /* BIAS_UNRATED -> SIDE_UNRATED */
const char *bias_json_name(enum bias bias); /* "" for BIAS_UNRATED */
const char *side_name(enum side side);      /* "left", "center", "right", "unrated" */
const char *factuality_json_name(enum factuality factuality);
const char *ownership_json_name(enum ownership ownership);

/* Strings are "" when not given. */
struct rating {
    const char *domain, *name, *owner, *country, *city, *url;
    enum bias bias;
    enum factuality factuality;
    enum ownership ownership;
    bool paywalled;
};

struct ratings;

/* A row, or a value of one, that could not be read. At most 1000 are kept; the last then says how many more.
 */
struct ratings_issue {
    size_t line;
    const char *reason; /* owned by the ratings, or by the caller's report when loading failed */
};

/* NW_ERR_INPUT when nothing in it can be read (*error gets one sentence, free() it). version: free
 * text kept with it; when NULL a hash of the bytes. */
enum nw_err ratings_load(const char *bytes, size_t len, const char *version, struct ratings **out,
                         char **error) NW_MUST_CHECK;
struct ratings *ratings_empty(void);
struct ratings *ratings_ref(struct ratings *ratings);
void ratings_unref(struct ratings *ratings);

/* As it is, then its parent domains (the registrable one is among them); NULL when it has no row. */
const struct rating *ratings_find(const struct ratings *ratings, const char *source);
const char *ratings_version(const struct ratings *ratings);
size_t ratings_count(const struct ratings *ratings);
size_t ratings_issues(const struct ratings *ratings, const struct ratings_issue **issues);
/* When it was loaded, for `ratingsLoadedAt`; set by the edge that loaded it, before it is shared. */
void ratings_set_loaded_ms(struct ratings *ratings, int64_t loaded_ms);
int64_t ratings_loaded_ms(const struct ratings *ratings);

#endif
