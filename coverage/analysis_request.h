/*
 * analysis_request - the body of a request to an OpenAI-compatible chat service (/v1/chat/completions).
 *
 * The articles go as one JSON object in the user's message: whatever they hold, it stays inside its string.
 * Pure. Source: the chat completions API as OpenAI, llama.cpp's server, vLLM and Ollama document it.
 */
#ifndef NW_COVERAGE_ANALYSIS_REQUEST_H
#define NW_COVERAGE_ANALYSIS_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "coverage/analysis_material.h"

/* How the service is told that the answer is JSON. X(id, text) */
#define ANALYSIS_FORMATS(X)                                                                                  \
    X(FORMAT_JSON_SCHEMA, "json_schema") /* with the very schema; the safest where it is understood */       \
    X(FORMAT_JSON_OBJECT, "json_object")                                                                     \
    X(FORMAT_NONE, "none") /* the prompt alone says it */

enum analysis_format {
#define ANALYSIS_FORMAT_ENUM(id, text) id,
    ANALYSIS_FORMATS(ANALYSIS_FORMAT_ENUM)
#undef ANALYSIS_FORMAT_ENUM
};

/* False: no such format. */
bool analysis_format_parse(const char *text, enum analysis_format *out);

struct analysis_asking {
    const char *model, *prompt;
    const char *extra; /* a JSON object of more members ("temperature", "max_tokens" ...); "": none */
    enum analysis_format format;
};

/* Whether extra is "" or a JSON object; *reason: what is wrong, a literal. */
bool analysis_extra_valid(const char *extra, const char **reason);

/* The body, NUL-terminated behind *len bytes; the caller frees it. */
char *analysis_request_body(const struct analysis_material *material, const struct analysis_asking *asking,
                            size_t *len);

#endif
