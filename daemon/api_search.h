/*
 * api_search - which of the stories that a list goes through it shows: by language, country, tag, side,
 * blindspot and the words of the title.
 *
 * A search for words holds when each of them begins a word of the title: letter case, accents and elided
 * articles do not count, so "economie" finds "L'économie". In scripts written without spaces they need only
 * occur.
 */
#ifndef NW_DAEMON_API_SEARCH_H
#define NW_DAEMON_API_SEARCH_H

#include <stdbool.h>

#include "daemon/api_redis.h"

struct api_search;

struct api_search *api_search_new(void);
void api_search_free(struct api_search *search);

struct api_filter;

/* Texts are borrowed; NULL: all. */
struct api_filter_text {
    const char *language, *country, *tag, *side, *blindspot, *words;
};
/* NULL when nothing is to be left out. Free it with api_filter_free(), which takes NULL. One thread. */
struct api_filter *api_filter_new(const struct api_search *search, const struct api_filter_text *text);
void api_filter_free(struct api_filter *filter);
bool api_filter_shows(struct api_filter *filter, const struct api_story *story);

#endif
