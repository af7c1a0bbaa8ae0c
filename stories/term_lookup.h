/*
 * term_lookup - which terms of a text are in a story's table?
 *
 * Filled once for a text, asked once for each story it is compared with. Nearly all terms of the story are
 * not in the text, and one look says so: keys are hashes, so the text's are spread over the table by their
 * upper bits. A merge of the two ascending lists took three times as long: whichever key is the smaller one,
 * the processor guesses wrong half of the time.
 */
#ifndef NW_STORIES_TERM_LOOKUP_H
#define NW_STORIES_TERM_LOOKUP_H

#include <stdint.h>

#include "stories/story_terms.h"

enum { TERM_LOOKUP_BITS = 11 };

struct term_lookup {
    uint16_t first[1 << TERM_LOOKUP_BITS]; /* by the key's upper bits: the first such term + 1; 0: none */
};

/* text has less than 65535 terms. */
void term_lookup_fill(struct term_lookup *lookup, const struct text_vector *text);
/* The terms they share, in the order of their keys: number of them, where they are in the text and in the
 * story. lookup was filled with text. */
struct shared_places {
    uint16_t text[STORY_TERMS_MAX];
    uint8_t story[STORY_TERMS_MAX];
};
uint32_t term_lookup_shared(const struct term_lookup *lookup, const struct text_vector *text,
                            const struct story_terms *story, struct shared_places *out);

#endif
