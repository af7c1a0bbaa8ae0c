/*
 * embedding_answer - what an embeddings service is asked and what it says: JSON as OpenAI's /v1/embeddings
 * has it.
 *
 * Pure. Source: the OpenAI API reference, "Create embeddings"; text-embeddings-inference, vLLM, llama.cpp and
 * Ollama answer the same.
 */
#ifndef NW_CONSUMERS_EMBEDDING_ANSWER_H
#define NW_CONSUMERS_EMBEDDING_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"

/* The body of a request for the vectors of texts; free() it. dimensions 0: not asked for. */
char *embedding_request(const char *model, uint32_t dimensions, const char *const *texts, size_t count);

struct embedding_answer {
    uint32_t dimensions;  /* of each of the vectors, 1 .. DENSE_COUNT_MAX */
    const int8_t *values; /* one vector behind the other, in the order of the texts; quantised */
};

/* false: not JSON, not one vector for each of `texts` texts, or vectors that are none (of different lengths,
 * too long, a value that is no number, all zero). The result lives in the arena. */
bool embedding_answer_read(struct arena *arena, const char *body, size_t len, size_t texts,
                           struct embedding_answer *out);

#endif
