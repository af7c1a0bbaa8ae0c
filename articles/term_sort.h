/* term_sort - occurrences of terms to a term_list: ascending, each hash once, counts summed. */
#ifndef NW_ARTICLES_TERM_SORT_H
#define NW_ARTICLES_TERM_SORT_H

#include <stddef.h>

#include "articles/features.h"

/* Sorts by hash in place; scratch is as long, count at most FEATURES_MAX_TERMS. Hashes are spread evenly:
 * into buckets by their highest bits, then by insertion; hashes that are not cost at most count squared. */
void term_sort(struct term *terms, struct term *scratch, size_t count);
/* Sums equal neighbours of sorted terms; returns how many are left. */
size_t term_merge(struct term *terms, size_t count);

#endif
