/*
 * url_query - the query of a canonical URL: tracking parameters out, the rest sorted.
 */
#ifndef NW_ARTICLES_URL_QUERY_H
#define NW_ARTICLES_URL_QUERY_H

#include <stddef.h>

#include "base/arena.h"

/* query is what follows '?', percent-encoding already uniform; out has room for len bytes. Returns the
 * length written: without '?', 0 when nothing is left. */
size_t url_query_clean(struct arena *arena, const char *query, size_t len, char *out);

#endif
