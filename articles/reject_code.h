/*
 * reject_code - why an event is refused: the fixed list of error.code values.
 *
 * X(id, code, advice): advice is what a producer should do, and stands in docs/input.md (a test
 * holds the two together).
 */
#ifndef NW_ARTICLES_REJECT_CODE_H
#define NW_ARTICLES_REJECT_CODE_H

#define REJECT_CODES(X)                                                                                      \
    X(REJECT_NONE, "", "")                                                                                   \
    X(REJECT_NOT_JSON, "not_json", "Send one JSON object (or an array of them) a record.")                   \
    X(REJECT_TOO_LARGE, "too_large", "Keep a record under 8 MiB, 10,000 articles and a million values.")     \
    X(REJECT_TOO_DEEP, "too_deep", "Nest objects and arrays at most 64 deep.")                               \
    X(REJECT_BAD_UTF8, "bad_utf8", "Encode the record as UTF-8 without NUL characters.")                     \
    X(REJECT_DUPLICATE_KEY, "duplicate_key", "Give each key of an object once.")                             \
    X(REJECT_BAD_TYPE, "bad_type", "Give the named field the type the docs list for it.")                    \
    X(REJECT_MISSING_URL, "missing_url", "Give the article's URL; a retraction may give its id instead.")    \
    X(REJECT_BAD_URL, "bad_url", "Give an absolute http or https URL with a public host name.")              \
    X(REJECT_MISSING_TITLE, "missing_title", "Give the article's title.")                                    \
    X(REJECT_MISSING_SOURCE, "missing_source",                                                               \
      "Give a source, or a URL whose host has a registrable domain.")                                        \
    X(REJECT_SOURCE_DENIED, "source_denied",                                                                 \
      "Send nothing of this source: the operator has put it on input.deny_sources.")                         \
    X(REJECT_SOURCE_NOT_ALLOWED, "source_not_allowed",                                                       \
      "Ask the operator to put the source on input.allow_sources, which names all that are taken.")          \
    X(REJECT_BAD_TIME, "bad_time", "Write times as RFC 3339, RFC 822 or epoch seconds or milliseconds.")     \
    X(REJECT_EMPTY, "empty", "Put at least one article into the record.")                                    \
    X(REJECT_BAD_CLOUDEVENT, "bad_cloudevent", "Follow CloudEvents 1.0: data is the article, type is text.") \
    X(REJECT_BAD_CORRECTION, "bad_correction",                                                               \
      "Give a correction what its kind needs: docs/editing.md and its schema.")                              \
    X(REJECT_FEATURES_TOO_LARGE, "features_too_large", "Shorten the article: its features exceed a record.")

enum reject_code {
#define REJECT_ENUM(id, code, advice) id,
    REJECT_CODES(REJECT_ENUM)
#undef REJECT_ENUM
        REJECT_CODE_COUNT
};

/* The error.code text, "" for REJECT_NONE. */
const char *reject_code_text(enum reject_code code);
const char *reject_code_advice(enum reject_code code);

#endif
