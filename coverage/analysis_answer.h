/*
 * analysis_answer - whether what a language model answered may be published, and as what.
 *
 * In order: a JSON object of the right shape; lengths; no markup, no addresses, no control characters; words
 * in the story's language; nothing that talks to a model; every number and every name in the articles (one
 * line of a side: in the articles of that side); most other words in the articles as well. The first fault
 * drops the whole answer. Pure.
 *
 * What comes out is a message of the insights topic (docs/schemas/insights.schema.json).
 */
#ifndef NW_COVERAGE_ANALYSIS_ANSWER_H
#define NW_COVERAGE_ANALYSIS_ANSWER_H

#include <stddef.h>
#include <stdint.h>

#include "coverage/analysis_material.h"

enum {
    ANALYSIS_INSIGHTS_MIN = 3,
    ANALYSIS_INSIGHTS_MAX = 5,
    ANALYSIS_SUPPORTS_MAX = 5, /* article ids of a line */
    ANALYSIS_FAULT_MAX = 256,
};

/* X(id, text); the texts are labels of a metric */
#define ANALYSIS_FAULTS(X)                                                                                   \
    X(ANALYSIS_GOOD, "good")                                                                                 \
    X(ANALYSIS_NOT_JSON, "not_json")                                                                         \
    X(ANALYSIS_CUT, "cut") /* the service stopped in the middle */                                           \
    X(ANALYSIS_SHAPE, "shape")                                                                               \
    X(ANALYSIS_LENGTH, "length")                                                                             \
    X(ANALYSIS_MARKUP, "markup")                                                                             \
    X(ANALYSIS_LANGUAGE, "language")                                                                         \
    X(ANALYSIS_INSTRUCTION, "instruction")                                                                   \
    X(ANALYSIS_NUMBER, "number")                                                                             \
    X(ANALYSIS_NAME, "name")                                                                                 \
    X(ANALYSIS_SCRIPT, "script")                                                                             \
    X(ANALYSIS_WORDS, "words")

enum analysis_fault {
#define ANALYSIS_FAULT_ENUM(id, text) id,
    ANALYSIS_FAULTS(ANALYSIS_FAULT_ENUM)
#undef ANALYSIS_FAULT_ENUM
        ANALYSIS_FAULT_COUNT
};

const char *analysis_fault_text(enum analysis_fault fault);

struct analysis_tokens {
    uint64_t prompt, completion; /* as the service counts them; 0: it does not say */
};

struct analysis_signature {
    const char *model;
    uint64_t prompt_version; /* hash of the prompt */
    int64_t generated_ms;    /* wall clock */
};

/*
 * body: the service's whole answer, of status 200. ANALYSIS_GOOD: *json is the message, *json_len bytes, the
 * caller frees it; else *json is NULL and detail says what is wrong (it may quote the answer). tokens is
 * filled in any case.
 */
enum analysis_fault analysis_answer_check(const struct analysis_material *material, const char *body,
                                          size_t len, const struct analysis_signature *signature, char **json,
                                          size_t *json_len, struct analysis_tokens *tokens,
                                          char detail[ANALYSIS_FAULT_MAX]);

#endif
