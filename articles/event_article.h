/*
 * event_article - one JSON object, of whatever shape, into a struct article.
 */
#ifndef NW_ARTICLES_EVENT_ARTICLE_H
#define NW_ARTICLES_EVENT_ARTICLE_H

#include <stddef.h>
#include <stdint.h>

#include "articles/article.h"
#include "articles/event_alias.h"
#include "articles/reject_code.h"
#include "articles/url.h"
#include "base/arena.h"

struct json_t;
struct source_rules;

enum {
    ARTICLE_TITLE_MAX = 1024, /* bytes; longer texts are cut at a character */
    ARTICLE_DESCRIPTION_MAX = 8 * 1024,
    ARTICLE_BODY_MAX = 64 * 1024,
    ARTICLE_NAME_MAX = 256, /* names, sections, tags, ids of groups */
    ARTICLE_AUTHORS_MAX = 16,
    ARTICLE_TAGS_MAX = 32,
};

/* What an article is read with: the decoder's tables and what the envelope says. */
struct event_context {
    struct arena *arena;
    const struct event_aliases *aliases;
    const struct url_reader *urls;
    const struct source_rules *rules; /* NULL: every source is taken */
    enum article_event_kind kind;     /* of the CloudEvents type */
    int64_t append_ms;                /* NW_NO_TIME: none */
    int64_t event_ms;                 /* CloudEvents time, NW_NO_TIME: none */
    const char *type;                 /* CloudEvents type of a correction, else "" */
    const char *subject; /* CloudEvents subject, "" when there is none: names what is retracted */
};

/* REJECT_NONE and *out set, or the code and *reason, in the arena. */
enum reject_code event_article_read(const struct event_context *context, struct json_t *object,
                                    struct article *out, const char **reason);

/* A retraction by name alone: an article's URL, its id (32 hex digits) or the producer's id. */
enum reject_code event_article_retract(const struct event_context *context, const char *name, size_t len,
                                       struct article *out, const char **reason);

#endif
