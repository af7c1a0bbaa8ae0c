#define _GNU_SOURCE /* qsort_r */

#include "articles/event_alias.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/alloc.h"

enum { SEGMENTS_MAX = 6, EXTRA_PATH_MAX = 200 };

/* Where a shape is meant, the end of the line names the producer. */
static const struct {
    enum event_field field;
    const char *path;
} table[] = {
    {FIELD_ID, "id"},
    {FIELD_ID, "articleId"}, /* Perigon */
    {FIELD_ID, "guid"},      /* RSS */
    {FIELD_ID, "uri"},       /* Event Registry, ninjs */
    {FIELD_ID, "identifier"},

    {FIELD_URL, "url"},
    {FIELD_URL, "link"},                  /* NewsCatcher, RSS, WordPress */
    {FIELD_URL, "html.requested_url"},    /* fundus */
    {FIELD_URL, "html.responded_url"},    /* fundus */
    {FIELD_URL, "alternate"},             /* Feedly */
    {FIELD_URL, "links"},                 /* Atom */
    {FIELD_URL_HINT, "mainEntityOfPage"}, /* schema.org */
    {FIELD_URL_HINT, "@id"},              /* schema.org */
    {FIELD_URL_HINT, "source"},           /* trafilatura */
    {FIELD_URL_HINT, "altids"},           /* ninjs */
    {FIELD_URL_HINT, "uri"},              /* ninjs */
    {FIELD_URL_HINT, "originId"},         /* Feedly */
    {FIELD_URL_HINT, "guid"},             /* RSS */
    {FIELD_URL_HINT, "id"},               /* JSON Feed, Atom */

    {FIELD_CANONICAL_URL, "canonical_url"},
    {FIELD_CANONICAL_URL, "canonicalUrl"},   /* Feedly */
    {FIELD_CANONICAL_URL, "canonical"},      /* Feedly */
    {FIELD_CANONICAL_URL, "canonical_link"}, /* newspaper4k */

    {FIELD_TITLE, "title"},
    {FIELD_TITLE, "headline"},  /* schema.org, ninjs 1 */
    {FIELD_TITLE, "headlines"}, /* ninjs 2, 3 */
    {FIELD_TITLE, "name"},      /* schema.org */

    {FIELD_DESCRIPTION, "description"},
    {FIELD_DESCRIPTION, "descriptions"},     /* ninjs 2, 3 */
    {FIELD_DESCRIPTION, "description_text"}, /* ninjs 1 */
    {FIELD_DESCRIPTION, "excerpt"},          /* trafilatura, WordPress */
    {FIELD_DESCRIPTION, "summary"},          /* Perigon, Feedly, Atom, JSON Feed */
    {FIELD_DESCRIPTION, "contentSnippet"},   /* rss-parser */
    {FIELD_DESCRIPTION, "meta_description"}, /* newspaper4k */

    {FIELD_BODY, "body"},
    {FIELD_BODY, "plaintext"},       /* fundus */
    {FIELD_BODY, "maintext"},        /* news-please */
    {FIELD_BODY, "articleBody"},     /* schema.org */
    {FIELD_BODY, "bodies"},          /* ninjs 2, 3 */
    {FIELD_BODY, "body_text"},       /* ninjs 1 */
    {FIELD_BODY, "body_html"},       /* ninjs 1 */
    {FIELD_BODY, "body_xhtml"},      /* ninjs 1 */
    {FIELD_BODY, "content_text"},    /* JSON Feed */
    {FIELD_BODY, "content_html"},    /* JSON Feed */
    {FIELD_BODY, "content:encoded"}, /* RSS */
    {FIELD_BODY, "content"},         /* NewsAPI, NewsCatcher, Perigon, Feedly, Atom, WordPress */
    {FIELD_BODY, "fullContent"},     /* Feedly */
    {FIELD_BODY, "text"},            /* newspaper4k, trafilatura */

    {FIELD_SOURCE, "source"},
    {FIELD_SOURCE, "source.domain"}, /* Perigon */
    {FIELD_SOURCE, "source.uri"},    /* Event Registry */
    {FIELD_SOURCE, "source.url"},
    {FIELD_SOURCE, "source_domain"},  /* news-please */
    {FIELD_SOURCE, "domain"},         /* GDELT */
    {FIELD_SOURCE, "domain_url"},     /* NewsCatcher */
    {FIELD_SOURCE, "hostname"},       /* trafilatura */
    {FIELD_SOURCE, "source_url"},     /* newspaper4k */
    {FIELD_SOURCE, "publisher.url"},  /* schema.org */
    {FIELD_SOURCE, "origin.htmlUrl"}, /* Feedly */

    {FIELD_SOURCE_NAME, "source_name"},
    {FIELD_SOURCE_NAME, "source.name"},    /* NewsAPI */
    {FIELD_SOURCE_NAME, "source.title"},   /* Event Registry */
    {FIELD_SOURCE_NAME, "sitename"},       /* trafilatura */
    {FIELD_SOURCE_NAME, "name_source"},    /* NewsCatcher */
    {FIELD_SOURCE_NAME, "publisher"},      /* fundus, schema.org */
    {FIELD_SOURCE_NAME, "origin.title"},   /* Feedly */
    {FIELD_SOURCE_NAME, "meta_site_name"}, /* newspaper4k */

    {FIELD_AUTHOR, "author"},
    {FIELD_AUTHOR, "authors"},
    {FIELD_AUTHOR, "authorsByline"}, /* Perigon */
    {FIELD_AUTHOR, "by"},            /* ninjs 2, 3 */
    {FIELD_AUTHOR, "byline"},        /* ninjs 1 */
    {FIELD_AUTHOR, "creator"},       /* RSS */
    {FIELD_AUTHOR, "dc:creator"},    /* RSS */

    {FIELD_LANGUAGE, "language"},
    {FIELD_LANGUAGE, "lang"},       /* Event Registry */
    {FIELD_LANGUAGE, "inLanguage"}, /* schema.org */
    {FIELD_LANGUAGE, "meta_lang"},  /* newspaper4k */

    {FIELD_PUBLISHED, "published_at"},
    {FIELD_PUBLISHED, "publishedAt"},     /* NewsAPI */
    {FIELD_PUBLISHED, "date_publish"},    /* news-please */
    {FIELD_PUBLISHED, "publishing_date"}, /* fundus */
    {FIELD_PUBLISHED, "publish_date"},    /* newspaper4k */
    {FIELD_PUBLISHED, "published_date"},  /* NewsCatcher */
    {FIELD_PUBLISHED, "date_published"},  /* JSON Feed */
    {FIELD_PUBLISHED, "datePublished"},   /* schema.org */
    {FIELD_PUBLISHED, "dateTimePub"},     /* Event Registry */
    {FIELD_PUBLISHED, "dateTime"},        /* Event Registry */
    {FIELD_PUBLISHED, "seendate"},        /* GDELT */
    {FIELD_PUBLISHED, "pubDate"},         /* Perigon, RSS */
    {FIELD_PUBLISHED, "isoDate"},         /* rss-parser */
    {FIELD_PUBLISHED, "published"},       /* Feedly, Atom */
    {FIELD_PUBLISHED, "firstcreated"},    /* ninjs */
    {FIELD_PUBLISHED, "versioncreated"},  /* ninjs */
    {FIELD_PUBLISHED, "date_gmt"},        /* WordPress */
    {FIELD_PUBLISHED, "date"},            /* trafilatura */
    {FIELD_PUBLISHED, "updated"},         /* Atom without published */

    {FIELD_UPDATED, "updated_at"},
    {FIELD_UPDATED, "updatedAt"},
    {FIELD_UPDATED, "date_modify"},    /* news-please */
    {FIELD_UPDATED, "updated_date"},   /* NewsCatcher */
    {FIELD_UPDATED, "date_modified"},  /* JSON Feed */
    {FIELD_UPDATED, "dateModified"},   /* schema.org */
    {FIELD_UPDATED, "refreshDate"},    /* Perigon */
    {FIELD_UPDATED, "versioncreated"}, /* ninjs */
    {FIELD_UPDATED, "modified_gmt"},   /* WordPress */
    {FIELD_UPDATED, "updated"},        /* Feedly, Atom */

    {FIELD_IMAGE, "image_url"},
    {FIELD_IMAGE, "imageUrl"},     /* Perigon */
    {FIELD_IMAGE, "urlToImage"},   /* NewsAPI */
    {FIELD_IMAGE, "top_image"},    /* newspaper4k */
    {FIELD_IMAGE, "socialimage"},  /* GDELT */
    {FIELD_IMAGE, "image"},        /* Event Registry, schema.org, JSON Feed, trafilatura */
    {FIELD_IMAGE, "banner_image"}, /* JSON Feed */
    {FIELD_IMAGE, "media"},        /* NewsCatcher */
    {FIELD_IMAGE, "visual"},       /* Feedly */
    {FIELD_IMAGE, "enclosure"},    /* RSS */

    {FIELD_COUNTRY, "country"},
    {FIELD_COUNTRY, "sourcecountry"},           /* GDELT */
    {FIELD_COUNTRY, "source.location.country"}, /* Event Registry, Perigon */

    {FIELD_SECTION, "section"},
    {FIELD_SECTION, "articleSection"}, /* schema.org */
    {FIELD_SECTION, "category"},
    {FIELD_SECTION, "theme"}, /* NewsCatcher */

    {FIELD_TAGS, "tags"},
    {FIELD_TAGS, "topics"},     /* fundus, Perigon */
    {FIELD_TAGS, "keywords"},   /* schema.org, Feedly */
    {FIELD_TAGS, "subjects"},   /* ninjs 2, 3 */
    {FIELD_TAGS, "subject"},    /* ninjs 1 */
    {FIELD_TAGS, "concepts"},   /* Event Registry */
    {FIELD_TAGS, "categories"}, /* RSS, trafilatura */

    {FIELD_ATTRIBUTION, "attribution"},
    {FIELD_ATTRIBUTION, "infosources"},        /* ninjs 2, 3 */
    {FIELD_ATTRIBUTION, "sourceOrganization"}, /* schema.org */
    {FIELD_ATTRIBUTION, "agency"},

    {FIELD_PAYWALLED, "paywalled"},
    {FIELD_PAYWALLED, "paid_content"},   /* NewsCatcher */
    {FIELD_PAYWALLED, "source.paywall"}, /* Perigon */
    {FIELD_FREE, "isAccessibleForFree"}, /* schema.org */
    {FIELD_FREE, "free_access"},         /* fundus */

    {FIELD_KIND, "kind"},
    {FIELD_KIND, "@type"},    /* schema.org */
    {FIELD_KIND, "dataType"}, /* Event Registry */

    {FIELD_REPRINT_GROUP, "reprint_group"},
    {FIELD_REPRINT_GROUP, "reprintGroupId"}, /* Perigon */

    {FIELD_STATUS, "pubstatus"}, /* ninjs */
};

struct alias {
    enum event_field field;
    const char *path;
    const char *segments[SEGMENTS_MAX]; /* NULL behind the last */
    char *copy;                         /* what path (of an extra one) and segments point into */
};

struct event_aliases {
    struct alias *rows; /* by field, then by priority */
    size_t count;
    size_t *by_head; /* rows by first segment */
    size_t first[EVENT_FIELD_COUNT + 1];
};

static const char *const field_names[] = {
#define EVENT_FIELD_NAME(id, name) name,
    EVENT_FIELDS(EVENT_FIELD_NAME)
#undef EVENT_FIELD_NAME
};

/* Splits the path; false when it has empty or too many segments. */
static bool alias_init(struct alias *alias, const char *path, size_t len, enum event_field field)
{
    *alias = (struct alias){.field = field, .copy = nw_calloc(2, len + 1)};
    memcpy(alias->copy, path, len); /* once whole, once cut up */
    alias->path = alias->copy;
    char *at = memcpy(alias->copy + len + 1, path, len);
    for (size_t n = 0; n < SEGMENTS_MAX - 1; n++) {
        alias->segments[n] = at;
        char *dot = strchr(at, '.');
        if (dot != NULL) *dot = '\0';
        if (*at == '\0') break;
        if (dot == NULL) return true;
        at = dot + 1;
    }
    free(alias->copy);
    return false;
}

static bool parse_pair(const char *pair, struct alias *out)
{
    const char *equals = strchr(pair, '=');
    if (equals == NULL || strlen(equals + 1) > EXTRA_PATH_MAX) return false;
    size_t len = (size_t)(equals - pair);
    for (int field = 0; field < EVENT_FIELD_COUNT; field++)
        if (strlen(field_names[field]) == len && memcmp(field_names[field], pair, len) == 0)
            return alias_init(out, equals + 1, strlen(equals + 1), (enum event_field)field);
    return false;
}

bool event_aliases_valid(const char *pair)
{
    struct alias alias;
    if (!parse_pair(pair, &alias)) return false;
    free(alias.copy);
    return true;
}

static int compare_heads(const void *a, const void *b, void *rows)
{
    const struct alias *const x = (const struct alias *)rows + *(const size_t *)a;
    const struct alias *const y = (const struct alias *)rows + *(const size_t *)b;
    int order = strcmp(x->segments[0], y->segments[0]);
    if (order != 0) return order;
    return x < y ? -1 : x > y;
}

struct event_aliases *event_aliases_new(const char *const *extra, size_t count)
{
    struct event_aliases *aliases = nw_calloc(1, sizeof(*aliases));
    struct alias *pairs = nw_calloc(count + 1, sizeof(*pairs));
    size_t pair_count = 0, table_count = sizeof(table) / sizeof(table[0]);
    for (size_t i = 0; i < count; i++) pair_count += parse_pair(extra[i], &pairs[pair_count]);
    aliases->rows = nw_calloc(pair_count + table_count, sizeof(*aliases->rows));
    for (int field = 0; field < EVENT_FIELD_COUNT; field++) {
        aliases->first[field] = aliases->count;
        for (size_t i = 0; i < pair_count; i++)
            if ((int)pairs[i].field == field) aliases->rows[aliases->count++] = pairs[i];
        for (size_t i = 0; i < table_count; i++) {
            if ((int)table[i].field != field) continue;
            const char *path = table[i].path;
            bool ok = alias_init(&aliases->rows[aliases->count++], path, strlen(path), table[i].field);
            assert(ok);
        }
    }
    aliases->first[EVENT_FIELD_COUNT] = aliases->count;
    free(pairs);
    aliases->by_head = nw_calloc(aliases->count, sizeof(*aliases->by_head));
    for (size_t i = 0; i < aliases->count; i++) aliases->by_head[i] = i;
    qsort_r(aliases->by_head, aliases->count, sizeof(*aliases->by_head), compare_heads, aliases->rows);
    return aliases;
}

void event_aliases_free(struct event_aliases *aliases)
{
    if (aliases == NULL) return;
    for (size_t i = 0; i < aliases->count; i++) free(aliases->rows[i].copy);
    free(aliases->rows);
    free(aliases->by_head);
    free(aliases);
}

size_t event_aliases_count(const struct event_aliases *aliases)
{
    return aliases->count;
}

void event_aliases_rows(const struct event_aliases *aliases, enum event_field field, size_t *first,
                        size_t *end)
{
    *first = aliases->first[field];
    *end = aliases->first[field + 1];
}

const char *event_aliases_path(const struct event_aliases *aliases, size_t row)
{
    return aliases->rows[row].path;
}

/* Follows the segments; in an array the first element that has them. Recursion is as deep as the path
 * plus the arrays, which the depth of a record bounds. */
static json_t *resolve(json_t *value, const char *const *segments)
{
    if (segments[0] == NULL) return json_is_null(value) ? NULL : value;
    if (json_is_object(value)) {
        json_t *next = json_object_get(value, segments[0]);
        return next != NULL ? resolve(next, segments + 1) : NULL;
    }
    for (size_t i = 0; i < json_array_size(value); i++) {
        json_t *found = resolve(json_array_get(value, i), segments);
        if (found != NULL) return found;
    }
    return NULL;
}

/* The first place in by_head whose first segment is not below the name. */
static size_t lower_bound(const struct event_aliases *aliases, const char *name)
{
    size_t low = 0, high = aliases->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (strcmp(aliases->rows[aliases->by_head[middle]].segments[0], name) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void event_aliases_collect(const struct event_aliases *aliases, json_t *object, json_t **values)
{
    memset(values, 0, aliases->count * sizeof(json_t *));
    const char *name;
    json_t *value;
    json_object_foreach (object, name, value) {
        for (size_t i = lower_bound(aliases, name); i < aliases->count; i++) {
            const size_t row = aliases->by_head[i];
            if (strcmp(aliases->rows[row].segments[0], name) != 0) break;
            values[row] = resolve(value, aliases->rows[row].segments + 1);
        }
    }
}
