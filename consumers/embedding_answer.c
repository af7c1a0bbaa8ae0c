#include "consumers/embedding_answer.h"

#include <assert.h>
#include <jansson.h>
#include <stdlib.h>

#include "articles/dense_vector.h"

char *embedding_request(const char *model, uint32_t dimensions, const char *const *texts, size_t count)
{
    json_t *input = json_array(), *request = json_object();
    int failed = 0;
    for (size_t i = 0; i < count; i++) failed |= json_array_append_new(input, json_string(texts[i]));
    failed |= json_object_set_new(request, "model", json_string(model));
    failed |= json_object_set_new(request, "input", input);
    if (dimensions > 0) failed |= json_object_set_new(request, "dimensions", json_integer(dimensions));
    char *body = failed == 0 ? json_dumps(request, JSON_COMPACT) : NULL;
    if (body == NULL) abort(); /* out of memory: the texts are UTF-8 */
    json_decref(request);
    return body;
}

/* The place of item i of the list; -1: none. Services give it as "index"; without one the order counts. */
static int64_t place_of(const json_t *item, size_t i, size_t texts)
{
    const json_t *index = json_object_get(item, "index");
    if (index == NULL) return (int64_t)i;
    if (!json_is_integer(index)) return -1;
    json_int_t place = json_integer_value(index);
    return place >= 0 && (uint64_t)place < texts ? place : -1;
}

static bool read_vector(const json_t *list, uint32_t dimensions, double *numbers, int8_t *out)
{
    if (!json_is_array(list) || json_array_size(list) != dimensions) return false;
    for (uint32_t i = 0; i < dimensions; i++) {
        const json_t *number = json_array_get(list, i);
        if (!json_is_number(number)) return false;
        numbers[i] = json_number_value(number);
    }
    return dense_vector_quantise(numbers, dimensions, out);
}

static bool read_list(struct arena *arena, const json_t *data, size_t texts, struct embedding_answer *out)
{
    if (texts == 0 || !json_is_array(data) || json_array_size(data) != texts) return false;
    size_t dimensions = json_array_size(json_object_get(json_array_get(data, 0), "embedding"));
    if (dimensions == 0 || dimensions > DENSE_COUNT_MAX) return false;
    int8_t *values = arena_alloc(arena, texts * dimensions);
    bool *filled = arena_calloc(arena, texts, sizeof(*filled));
    double numbers[DENSE_COUNT_MAX];
    for (size_t i = 0; i < texts; i++) {
        const json_t *item = json_array_get(data, i);
        int64_t place = place_of(item, i, texts);
        if (place < 0 || filled[place]) return false;
        filled[place] = true;
        if (!read_vector(json_object_get(item, "embedding"), (uint32_t)dimensions, numbers,
                         values + (size_t)place * dimensions))
            return false;
    }
    *out = (struct embedding_answer){.dimensions = (uint32_t)dimensions, .values = values};
    return true;
}

bool embedding_answer_read(struct arena *arena, const char *body, size_t len, size_t texts,
                           struct embedding_answer *out)
{
    json_t *answer = json_loadb(body, len, 0, NULL);
    bool good = read_list(arena, json_object_get(answer, "data"), texts, out);
    json_decref(answer);
    return good;
}
