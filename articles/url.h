/*
 * url - the canonical form of an article's URL, its host and its registrable domain.
 *
 * Canonical (docs/input.md has the rules for producers): host lower-cased and in IDNA ASCII form,
 * default port, fragment, tracking and session parameters, trailing slash and index.html removed,
 * "www.", "m." and AMP variants removed, AMP caches unwrapped, percent-encoding made uniform, the
 * remaining query sorted. The scheme stays in the text but does not count for the id.
 * Refused: other schemes, user names and passwords, IP addresses, hosts without a dot, control
 * characters. Pure; the public suffix list is the one built into libpsl.
 */
#ifndef NW_ARTICLES_URL_H
#define NW_ARTICLES_URL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"

enum { URL_MAX_BYTES = 4096 };

struct url {
    const char *canonical;   /* "https://bbc.co.uk/news/x?id=1" */
    const char *host;        /* "bbc.co.uk", with a port that is not the default: "bbc.co.uk:8080" */
    const char *path;        /* behind the host in canonical: "" or "/..." or "?...", with the query */
    const char *registrable; /* registrable domain of the host as given, "" when it is a public suffix */
    const char *full_host;   /* as given, lower-cased, IDNA ASCII form: "www.bbc.co.uk" */
};

/* Tables for international host names. Immutable once made: may be shared between threads. */
struct url_reader;

struct url_reader *url_reader_new(void);
void url_reader_free(struct url_reader *reader);

/* White space around the text is ignored. NW_ERR_INPUT: *why (may be NULL) is set to what is wrong,
 * to be read after "url ". Everything in *out lives in the arena. */
enum nw_err url_parse(const struct url_reader *reader, struct arena *arena, const char *text, size_t len,
                      struct url *out, const char **why) NW_MUST_CHECK;

/* Hash of the canonical URL behind its scheme: the id of the article. */
struct id128 url_id(const struct url *url);

/* Does it begin like an absolute web URL? */
bool url_looks_absolute(const char *text, size_t len);

/* Registrable domain of a bare domain name ("www.bbc.co.uk" -> "bbc.co.uk"), "" when the text is none:
 * a name such as "U.S. News" is not, for its last label is no public suffix. */
const char *url_registrable_domain(const struct url_reader *reader, struct arena *arena, const char *domain,
                                   size_t len);

#endif
