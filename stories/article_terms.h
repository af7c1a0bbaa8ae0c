/*
 * article_terms - the weights of an article's terms, as of its arrival.
 *
 * weight = tf' * idf, tf' = 1 + ln tf above one word (a bigram of neighbours counts half a word);
 * all-text tf = 2 title + lead + body. idf(t) = ln(1 + (N + M) / (df + 0.5)), N live stories, df
 * those that hold t; the pseudo-count M keeps a new language (N near 0) from calling every word common.
 * Each field is scaled to length TERMS_UNIT and rounded.
 */
#ifndef NW_STORIES_ARTICLE_TERMS_H
#define NW_STORIES_ARTICLE_TERMS_H

#include "articles/features.h"
#include "stories/common_terms.h"
#include "stories/story_index.h"
#include "stories/story_terms.h"

/* How common terms are among the live stories, and which are common in the language. */
struct term_frequencies {
    const struct story_index *index;
    size_t live_stories;
    uint64_t taught; /* articles whose words they have learned */
    const struct common_terms *common;
};
double term_idf(const struct term_frequencies *frequencies, uint32_t key);

enum { ARTICLE_TERMS_MAX = 4 * FEATURES_MAX_TERMS };

struct article_terms {
    struct weighted_term terms[ARTICLE_TERMS_MAX];
    float idf[ARTICLE_TERMS_MAX];
    uint32_t frequency[ARTICLE_TERMS_MAX]; /* live stories that hold it */
    uint32_t count;
    double norm[TEXT_FIELDS];
};

void article_terms_weigh(struct article_terms *out, const struct features *features,
                         const struct term_frequencies *frequencies);
struct text_vector article_terms_vector(const struct article_terms *article);

#endif
