/*
 * stem - a folded word to its term: the hash of its stem without marks, or "stop word".
 *
 * Stemming is libstemmer's, on the folded form (its rules need the marks); the stem is then made bare, so
 * that texts with and without accents meet. Languages it does not know are not stemmed. A cache of
 * fixed size saves most calls and never changes a result.
 * Not thread-safe; one per pipeline.
 */
#ifndef NW_ARTICLES_STEM_H
#define NW_ARTICLES_STEM_H

#include <stdbool.h>
#include <stdint.h>

#include "articles/features.h"
#include "articles/words.h"

struct stemmer;
struct stem_language; /* borrowed from its stemmer */

struct stemmer *stemmer_new(const struct fold_table *table);
void stemmer_free(struct stemmer *stemmer);

/* Never NULL: an unknown language has neither stems nor stop words. At most a few hundred are ever opened:
 * codes are ISO 639; anything beyond shares one entry without rules. */
const struct stem_language *stemmer_language(struct stemmer *stemmer, const char *language);

struct stem {
    uint64_t hash; /* kind in the two lowest bits: TERM_WORD or TERM_NUMBER */
    bool stop;     /* of its language's stop words (an acronym such as US is still asked about) */
};

struct stem stem_word(struct stemmer *stemmer, const struct stem_language *language,
                      const struct word_list *list, const struct word *word);

#endif
