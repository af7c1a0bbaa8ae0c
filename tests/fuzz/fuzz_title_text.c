/* Any bytes as a title: what comes out is not longer than it could be and the JSON of it is valid. */
#include <assert.h>
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "coverage/json_writer.h"
#include "coverage/title_text.h"
#include "coverage/title_words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_json(const char *text, size_t max)
{
    struct json_writer writer;
    size_t len;
    json_writer_init(&writer, 0);
    json_writer_text(&writer, NULL, text, max);
    char *json = json_writer_take(&writer, &len);
    json_t *value = json_loadb(json, len, JSON_DECODE_ANY, NULL);
    assert(json_is_string(value));
    json_decref(value);
    free(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    const char *title = arena_memdup(arena, data, size);
    const char *const texts[] = {title, "In the text NATO and McDonald stand so."};
    uint64_t hashes[8];
    assert(strlen(title_text_clean(arena, title)) <= strlen(title));
    check_json(title_text_calm(arena, title, texts, 2), SIZE_MAX);
    check_json(title, size == 0 ? 0 : data[0]);
    title_text_is_live(title);
    assert(!title_text_is_shouting(title) || title_words_count(title) > 0);
    assert(title_words_hashes(title, hashes, 8) <= 8);
    arena_free(arena);
    return 0;
}
