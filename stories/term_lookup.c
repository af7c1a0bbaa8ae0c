#include "stories/term_lookup.h"

#include <assert.h>
#include <string.h>

static uint32_t row_of(uint32_t key)
{
    return key >> (32 - TERM_LOOKUP_BITS);
}

void term_lookup_fill(struct term_lookup *lookup, const struct text_vector *text)
{
    assert(text->count < UINT16_MAX);
    memset(lookup, 0, sizeof(*lookup));
    for (uint32_t i = text->count; i > 0; i--) lookup->first[row_of(text->terms[i - 1].key)] = (uint16_t)i;
}

uint32_t term_lookup_shared(const struct term_lookup *lookup, const struct text_vector *text,
                            const struct story_terms *story, struct shared_places *out)
{
    uint8_t perhaps[STORY_TERMS_MAX + 1] = {0}; /* clang-tidy cannot see that what is read was written */
    uint32_t perhaps_count = 0, count = 0;
    for (uint32_t j = 0; j < story->count; j++) { /* without a branch */
        perhaps[perhaps_count] = (uint8_t)j;
        perhaps_count += lookup->first[row_of(story->keys[j])] != 0;
    }
    for (uint32_t p = 0; p < perhaps_count; p++) {
        uint32_t key = story->keys[perhaps[p]], i = lookup->first[row_of(key)] - 1U;
        while (i < text->count && text->terms[i].key < key) i++;
        if (i == text->count || text->terms[i].key != key) continue;
        out->text[count] = (uint16_t)i;
        out->story[count++] = perhaps[p];
    }
    return count;
}
