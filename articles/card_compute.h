/*
 * card_compute - fills an article_card from an article and its analysed text: lead and candidate sentences.
 *
 * Lead: the description's first one or two sentences, else the body's. Candidates: the first whole sentences
 * of the body (else of the description) with 8 to 40 words (two characters count as a word where bigrams
 * are used), without boilerplate and without what is glued before them (sentence_head.h). Not thread-safe;
 * one per pipeline.
 */
#ifndef NW_ARTICLES_CARD_COMPUTE_H
#define NW_ARTICLES_CARD_COMPUTE_H

#include "articles/article_card.h"
#include "articles/features_compute.h"

struct card_computer;

/* NULL when ICU's data is missing. */
struct card_computer *card_computer_new(const struct fold_table *folds);
void card_computer_free(struct card_computer *computer);

/* Borrows strings of the article; what is made lives in the arena. Lists and texts are cut to what a page
 * shows. language: of the article. */
void card_compute(struct card_computer *computer, struct arena *arena, const struct article *article,
                  const char *language, const struct text_analysis *text, struct article_card *out);

#endif
