/*
 * audit - what a look at Kafka and Redis before the start (newswired --check --connect) has to say.
 *
 * Findings go out one by one, as they are made: a slow broker does not hold back what is known already.
 */
#ifndef NW_CONSUMERS_AUDIT_H
#define NW_CONSUMERS_AUDIT_H

/* X(id, text) */
#define AUDIT_LEVELS(X)                                                                                      \
    X(AUDIT_GOOD, "good")                                                                                    \
    X(AUDIT_WARNING, "warning") /* it runs, but something will be missed one day */                          \
    X(AUDIT_BAD, "NOT GOOD")    /* it will not start, or loses what it should keep */

enum audit_level {
#define AUDIT_LEVEL_ENUM(id, text) id,
    AUDIT_LEVELS(AUDIT_LEVEL_ENUM)
#undef AUDIT_LEVEL_ENUM
};

struct audit {
    /* way_out: what to do; "" when all is well. Texts are borrowed for the call. */
    void (*say)(void *context, enum audit_level level, const char *what, const char *detail,
                const char *way_out);
    void *context;
};

#endif
