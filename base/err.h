/*
 * err - the error values of fallible functions.
 *
 * Errors are values: a fallible function returns enum nw_err (NW_OK is 0), leaves its outputs
 * untouched on failure, and is marked NW_MUST_CHECK. Programming errors assert. Running out of
 * memory is not an error value: see alloc.h.
 */
#ifndef NW_BASE_ERR_H
#define NW_BASE_ERR_H

#define NW_MUST_CHECK __attribute__((warn_unused_result))
#define NW_PRINTF(format_arg, first_arg) __attribute__((format(printf, format_arg, first_arg)))

/* X(name, text) */
#define NW_ERRORS(X)                                                                                         \
    X(NW_OK, "ok")                                                                                           \
    X(NW_ERR_INPUT, "input is not valid")                                                                    \
    X(NW_ERR_CORRUPT, "stored data is damaged")                                                              \
    X(NW_ERR_VERSION, "stored data is of another version")                                                   \
    X(NW_ERR_NOT_FOUND, "not found")                                                                         \
    X(NW_ERR_IO, "input/output failed")                                                                      \
    X(NW_ERR_TIMEOUT, "timed out")                                                                           \
    X(NW_ERR_CONFLICT, "somebody else has written")                                                          \
    X(NW_ERR_REFUSED, "refused by policy")                                                                   \
    X(NW_ERR_UNAVAILABLE, "a dependency is not available")                                                   \
    X(NW_ERR_FATAL, "cannot go on")

enum nw_err {
#define NW_ERR_ENUM(name, text) name,
    NW_ERRORS(NW_ERR_ENUM)
#undef NW_ERR_ENUM
};

/* A short English text; never NULL. */
const char *nw_err_text(enum nw_err err);

#endif
