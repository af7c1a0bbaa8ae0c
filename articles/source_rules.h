/*
 * source_rules - which sources are taken in: the lists input.allow_sources and input.deny_sources.
 *
 * An entry is a domain, a host, or what names a publisher on a platform ("medium.com/@x"); a domain also
 * stands for everything below it. An article is known by its source, and by the host of its URL where that
 * is the source's own site. What a deny entry names is out, also by its URL's host alone; with any allow
 * entry, only what one names is in; deny wins.
 * Immutable once made: may be shared between threads.
 */
#ifndef NW_ARTICLES_SOURCE_RULES_H
#define NW_ARTICLES_SOURCE_RULES_H

#include <stdbool.h>
#include <stddef.h>

#include "articles/reject_code.h"
#include "articles/url.h"

struct source_rules;

/* NULL: both lists are empty. Entries that are not valid are left out. */
struct source_rules *source_rules_new(const char *const *allow, size_t allow_count, const char *const *deny,
                                      size_t deny_count);
void source_rules_free(struct source_rules *rules);
/* For whoever reads the configuration: the first entry from there on that is not valid; count: none. */
size_t source_rules_invalid(const char *const *entries, size_t count, size_t from);

/* source: the publisher key (source.h). rules NULL lets everything in. REJECT_NONE, REJECT_SOURCE_DENIED or
 * REJECT_SOURCE_NOT_ALLOWED. */
enum reject_code source_rules_check(const struct source_rules *rules, const char *source,
                                    const struct url *url);

#endif
