/*
 * source - who published an article: the key under which ratings know a publisher.
 *
 * A registrable domain ("bbc.co.uk"); on hosts where many publish, with the part that names the
 * publisher: "x.substack.com", "medium.com/@x", "youtube.com/@x". Pure; results live in the arena.
 */
#ifndef NW_ARTICLES_SOURCE_H
#define NW_ARTICLES_SOURCE_H

#include <stddef.h>

#include "articles/url.h"

/* "" when the host has no registrable domain. */
const char *source_of_url(struct arena *arena, const struct url *url);

/* What a producer declares: a URL or a domain. "" when it is neither: a bare name is no source.
 * article_url (may be NULL) tells the publisher when only the platform is declared ("medium.com"). */
const char *source_of_text(const struct url_reader *reader, struct arena *arena, const char *text, size_t len,
                           const struct url *article_url);

#endif
