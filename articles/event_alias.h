/*
 * event_alias - THE table of the names producers give to the fields of an article.
 *
 * One row says that the value at a path of the event may be a field. A path is names joined by dots;
 * an array on the way is searched from its front. Rows of a field are tried in the order of the table
 * and the first usable value wins, so a row's place is its priority. Whether a value is usable is for
 * the field's reader (event_article.c) to say: by its type and shape, never by guessing the producer.
 *
 * A new producer needs rows here, a fixture in tests/fixtures/events and a line in docs/input.md.
 */
#ifndef NW_ARTICLES_EVENT_ALIAS_H
#define NW_ARTICLES_EVENT_ALIAS_H

#include <stdbool.h>
#include <stddef.h>

struct json_t;

/* The canonical fields. X(id, canonical name). Extra aliases of the configuration name these. */
#define EVENT_FIELDS(X)                                                                                      \
    X(FIELD_ID, "id")                                                                                        \
    X(FIELD_URL, "url")                                                                                      \
    X(FIELD_URL_HINT, "url_hint") /* is the URL only if it looks like one */                                 \
    X(FIELD_CANONICAL_URL, "canonical_url")                                                                  \
    X(FIELD_TITLE, "title")                                                                                  \
    X(FIELD_DESCRIPTION, "description")                                                                      \
    X(FIELD_BODY, "body")                                                                                    \
    X(FIELD_SOURCE, "source")                                                                                \
    X(FIELD_SOURCE_NAME, "source_name")                                                                      \
    X(FIELD_AUTHOR, "author")                                                                                \
    X(FIELD_LANGUAGE, "language")                                                                            \
    X(FIELD_PUBLISHED, "published_at")                                                                       \
    X(FIELD_UPDATED, "updated_at")                                                                           \
    X(FIELD_IMAGE, "image_url")                                                                              \
    X(FIELD_COUNTRY, "country")                                                                              \
    X(FIELD_SECTION, "section")                                                                              \
    X(FIELD_TAGS, "tags")                                                                                    \
    X(FIELD_ATTRIBUTION, "attribution")                                                                      \
    X(FIELD_PAYWALLED, "paywalled")                                                                          \
    X(FIELD_FREE, "free") /* the opposite of paywalled */                                                    \
    X(FIELD_KIND, "kind")                                                                                    \
    X(FIELD_REPRINT_GROUP, "reprint_group")                                                                  \
    X(FIELD_STATUS, "status") /* "canceled" and "withheld" retract */

enum event_field {
#define EVENT_FIELD_ENUM(id, name) id,
    EVENT_FIELDS(EVENT_FIELD_ENUM)
#undef EVENT_FIELD_ENUM
        EVENT_FIELD_COUNT
};

struct event_aliases;

/* extra: "canonical field=path" pairs, tried before the table; those that are not valid
 * (event_aliases_valid) are left out. */
struct event_aliases *event_aliases_new(const char *const *extra, size_t count);
void event_aliases_free(struct event_aliases *aliases);
/* For whoever reads the configuration. */
bool event_aliases_valid(const char *pair);

size_t event_aliases_count(const struct event_aliases *aliases);
/* The rows of a field are [*first, *end). */
void event_aliases_rows(const struct event_aliases *aliases, enum event_field field, size_t *first,
                        size_t *end);
const char *event_aliases_path(const struct event_aliases *aliases, size_t row);

/* Sets values[row] (event_aliases_count() of them) to what the object holds at each row's path, NULL
 * where there is nothing or a null. Borrowed from the object. */
void event_aliases_collect(const struct event_aliases *aliases, struct json_t *object,
                           struct json_t **values);

#endif
