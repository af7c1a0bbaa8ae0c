/*
 * boilerplate - sentences that are not the article's: invitations to sign up or read on, cookie and copyright
 * notes, captions.
 *
 * The phrases are tokenised like any text, so that matching is comparing word hashes. Read-only once made.
 */
#ifndef NW_ARTICLES_BOILERPLATE_H
#define NW_ARTICLES_BOILERPLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "articles/words.h"

struct boilerplate;

struct boilerplate *boilerplate_new(const struct fold_table *folds);
void boilerplate_free(struct boilerplate *boilerplate);

/* Does any of the words [from, to) begin such a phrase? */
bool boilerplate_found(const struct boilerplate *boilerplate, const struct word_list *words, size_t from,
                       size_t to);

#endif
