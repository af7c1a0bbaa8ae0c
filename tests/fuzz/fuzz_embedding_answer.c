/* Any bytes as the answer of an embeddings service to one and to two texts: refused, or a direction for each.
 */
#include <assert.h>
#include <stdint.h>

#include "articles/dense_vector.h"
#include "consumers/embedding_answer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_for(struct arena *arena, const uint8_t *data, size_t size, size_t texts)
{
    struct embedding_answer answer;
    if (!embedding_answer_read(arena, (const char *)data, size, texts, &answer)) return;
    for (size_t i = 0; i < texts; i++) {
        const struct dense_vector vector = {
            .values = answer.values + i * answer.dimensions, .count = answer.dimensions, .model = 1};
        assert(dense_vector_valid(&vector));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    read_for(arena, data, size, 1);
    read_for(arena, data, size, 2);
    arena_free(arena);
    return 0;
}
