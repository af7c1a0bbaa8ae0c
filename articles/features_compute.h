/*
 * features_compute - an article's text to struct features.
 *
 * Words are tokenised once (words.h) and stemmed once (stem.h); everything is made of those two arrays.
 *  - title: words and bigrams of neighbouring words (stop words skipped, not across sentences); lead and
 *    body: words only. Lead is the description, else the first 60 words of the body.
 *    A dateline before the title ("Millbrook. ...", dateline.h) counts half and makes no bigrams.
 *  - entities: capitalised words that do not begin a sentence and the runs they form, acronyms; a word
 *    that begins one counts when it is an entity elsewhere in the article. A title whose words are all
 *    capitalised tells nothing and yields none; in German only runs and acronyms count.
 *  - minhash: 16 independent minima over the title's words without numbers, months and days of the week;
 * Broder 1997.
 *  - simhash: of the body's words without stop words, each occurrence once; Charikar 2002.
 *  - title_pattern: the title's words in order without numbers and (unless all are capitalised)
 *    capitalised words behind the first; 0 when fewer than two stay.
 * Results depend on the article and the language only. Not thread-safe; one per pipeline.
 */
#ifndef NW_ARTICLES_FEATURES_COMPUTE_H
#define NW_ARTICLES_FEATURES_COMPUTE_H

#include "articles/article.h"
#include "articles/features.h"
#include "articles/words.h"
#include "base/arena.h"

enum {
    FEATURES_TITLE_TERMS = 64,
    FEATURES_LEAD_TERMS = 128,
    FEATURES_BODY_TERMS = 60, /* of its first words that are no stop words: news begins with the event */
    FEATURES_ENTITIES = 128,
    FEATURES_LEAD_WORDS = 60,   /* of the body, where there is no description */
    FEATURES_TEXT_WORDS = 4000, /* read of a text; body_words ends there too */
};

/* A tokenised text; stems[i] is the term of words.words[i], 0 for a stop word and for all parts but the first
 * of a hyphenated compound, which has the term of the whole. */
struct text_words {
    struct word_list words;
    uint64_t *stems;
    size_t stem_capacity;
};

/* The lists are borrowed from the computer until its next call. */
struct text_analysis {
    struct features features;
    size_t title_len; /* of article->title without the outlet's name */
    const struct text_words *title, *description, *body;
    uint64_t text_hash; /* of the beginning of the body behind any agency line; 0 when it is short */
};

struct features_computer;

struct features_computer *features_computer_new(void);
void features_computer_free(struct features_computer *computer);
/* For others that compare words with an article's (boilerplate). */
const struct fold_table *features_computer_folds(const struct features_computer *computer);

/* Term lists live in the arena. */
void features_compute(struct features_computer *computer, struct arena *arena, const struct article *article,
                      const char *language, struct text_analysis *out);

#endif
