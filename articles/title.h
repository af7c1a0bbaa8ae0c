/*
 * title - the outlet's name that many feeds append to a title: "Talks fail - The Example Post".
 */
#ifndef NW_ARTICLES_TITLE_H
#define NW_ARTICLES_TITLE_H

#include <stddef.h>

/* Length of title without trailing outlet or section names. What names the source or source_name is cut
 * behind any separator; behind " | " and " - " also what only looks like a name. Never less than three words
 * stay then. */
size_t title_without_outlet(const char *title, const char *source, const char *source_name);

#endif
