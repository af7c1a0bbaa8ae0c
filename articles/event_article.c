#include "articles/event_article.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "articles/country_name.h"
#include "articles/event_time.h"
#include "articles/event_value.h"
#include "articles/html_text.h"
#include "articles/language_name.h"
#include "articles/source.h"
#include "articles/source_rules.h"
#include "articles/utf8.h"
#include "base/instant.h"

enum { HOUR_MS = 3600 * 1000, DAY_MS = 24 * HOUR_MS, GLOBAL_ID_BYTES = 16 };

/* One object being read. Readers return false after setting code and reason. */
struct reading {
    const struct event_context *context;
    struct json_t **values; /* by row of the alias table */
    struct article *out;
    struct url url;
    bool has_url;
    enum reject_code code;
    const char *reason;
};

static bool refuse(struct reading *r, enum reject_code code, const char *reason)
{
    r->code = code;
    r->reason = reason;
    return false;
}

static bool refuse_type(struct reading *r, size_t row, const char *wanted)
{
    const char *path = event_aliases_path(r->context->aliases, row);
    return refuse(r, REJECT_BAD_TYPE, arena_printf(r->context->arena, "%s is not %s", path, wanted));
}

#define NO_ROW SIZE_MAX

/* The rows of a field that are present, best first, NO_ROW behind the last:
 * for (row = first_row(r, field); row != NO_ROW; row = next_row(r, field, row)) */
static size_t row_from(const struct reading *r, enum event_field field, size_t from)
{
    size_t first, end;
    event_aliases_rows(r->context->aliases, field, &first, &end);
    for (size_t row = from < first ? first : from; row < end; row++)
        if (r->values[row] != NULL) return row;
    return NO_ROW;
}

static size_t first_row(const struct reading *r, enum event_field field)
{
    return row_from(r, field, 0);
}

static size_t next_row(const struct reading *r, enum event_field field, size_t row)
{
    return row_from(r, field, row + 1);
}

/* What parsers of XML make of an element: ["text"]. */
static json_t *unwrapped(json_t *value)
{
    json_t *only = json_array_size(value) == 1 ? json_array_get(value, 0) : NULL;
    return json_is_string(only) ? only : value;
}

/* -- texts ---------------------------------------------------------------------------------------- */

static const char *line(const struct reading *r, const char *text, size_t len, size_t max)
{
    return html_text(r->context->arena, text, len, HTML_TEXT_LINE, max);
}

/* Parsers of XML give ["A headline"]. ["not", "a", "headline"] is something else than a title, and its first
 * word would be taken for one; alternatives come as objects (ninjs). */
static bool is_several_texts(json_t *value)
{
    size_t texts = 0;
    for (size_t i = 0; i < json_array_size(value); i++) texts += json_is_string(json_array_get(value, i));
    return texts > 1;
}

/* The first row with text; "" when there is none. A value that can hold no text, or is several titles, is a
 * bad_type when nothing else gives the text. */
static bool read_line(struct reading *r, enum event_field field, size_t max, const char **out)
{
    size_t wrong = NO_ROW;
    *out = "";
    for (size_t row = first_row(r, field); row != NO_ROW; row = next_row(r, field, row)) {
        size_t len;
        const char *text = event_value_text(r->values[row], &len);
        bool several = field == FIELD_TITLE && is_several_texts(r->values[row]);
        if (text != NULL && !several) *out = line(r, text, len, max);
        if ((*out)[0] != '\0') return true;
        if (several || json_is_number(r->values[row]) || json_is_boolean(r->values[row])) wrong = row;
    }
    return wrong == NO_ROW || refuse_type(r, wrong, "text");
}

/* For fields nobody is identified or placed by: what is not usable is left out. */
static const char *optional_line(struct reading *r, enum event_field field)
{
    for (size_t row = first_row(r, field); row != NO_ROW; row = next_row(r, field, row)) {
        size_t len;
        const char *text = event_value_text(r->values[row], &len);
        if (text != NULL) text = line(r, text, len, ARTICLE_NAME_MAX);
        if (text != NULL && text[0] != '\0') return text;
    }
    return "";
}

/* NewsAPI cuts the text and says so: "… [+1234 chars]". */
static size_t without_cut_mark(const char *text, size_t len)
{
    static const char tail[] = " chars]";
    size_t n = sizeof(tail) - 1;
    if (len < n || memcmp(text + len - n, tail, n) != 0) return len;
    size_t at = len - n;
    while (at > 0 && text[at - 1] >= '0' && text[at - 1] <= '9') at--;
    if (at < 2 || text[at - 1] != '+' || text[at - 2] != '[') return len;
    return at - 2;
}

static bool read_body(struct reading *r)
{
    size_t wrong = NO_ROW;
    r->out->body = "";
    for (size_t row = first_row(r, FIELD_BODY); row != NO_ROW; row = next_row(r, FIELD_BODY, row)) {
        size_t len;
        const char *text =
            event_value_long_text(r->context->arena, r->values[row], 4 * (size_t)ARTICLE_BODY_MAX, &len);
        if (text == NULL) {
            if (json_is_number(r->values[row]) || json_is_boolean(r->values[row])) wrong = row;
            continue;
        }
        len = without_cut_mark(text, len);
        r->out->body = html_text(r->context->arena, text, len, HTML_TEXT_BLOCK, ARTICLE_BODY_MAX);
        if (r->out->body[0] != '\0') return true;
    }
    return wrong == NO_ROW || refuse_type(r, wrong, "text");
}

struct list {
    const struct reading *reading;
    const char **items;
    size_t count, max;
};

static bool take_item(void *cookie, const char *text, size_t len)
{
    struct list *list = cookie;
    const char *item = line(list->reading, text, len, ARTICLE_NAME_MAX);
    if (strncasecmp(item, "by ", 3) == 0) item += 3;
    if (url_looks_absolute(item, strlen(item))) return true; /* NewsAPI has profile pages for authors */
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], item) == 0) return true;
    if (item[0] != '\0') list->items[list->count++] = item;
    return list->count < list->max;
}

static void read_list(struct reading *r, enum event_field field, size_t max, const char ***items,
                      size_t *count)
{
    struct list list = {r, arena_alloc(r->context->arena, max * sizeof(*list.items)), 0, max};
    for (size_t row = first_row(r, field); row != NO_ROW; row = next_row(r, field, row)) {
        event_value_each(r->values[row], take_item, &list);
        if (list.count > 0) break;
    }
    *items = list.items;
    *count = list.count;
}

/* -- URLs and identity ---------------------------------------------------------------------------- */

static bool take_url(struct reading *r, const char *text, const char **why)
{
    if (url_parse(r->context->urls, r->context->arena, text, strlen(text), &r->url, why) != NW_OK)
        return false;
    while (*text == ' ' || *text == '\t' || *text == '\r' || *text == '\n') text++;
    size_t len = strlen(text);
    while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL) len--;
    r->out->url = arena_memdup(r->context->arena, text, len);
    r->out->raw_url_hash = hash64(text, len);
    r->has_url = true;
    return true;
}

/* Places where a URL may stand among other things: counts only if it points to more than a host. */
static bool take_hint(struct reading *r, const char *text)
{
    struct url url;
    const char *why;
    if (url_parse(r->context->urls, r->context->arena, text, strlen(text), &url, NULL) != NW_OK) return false;
    return url.path[0] != '\0' && take_url(r, text, &why);
}

static bool find_url(struct reading *r)
{
    const char *why = NULL;
    size_t wrong = NO_ROW;
    for (size_t row = first_row(r, FIELD_URL); row != NO_ROW; row = next_row(r, FIELD_URL, row)) {
        json_t *value = r->values[row];
        /* links are many, also when there is one: some are of other pages */
        if (strcmp(event_aliases_path(r->context->aliases, row), "links") != 0) value = unwrapped(value);
        const char *text = event_value_url(value, json_is_string(value));
        if (text != NULL && take_url(r, text, &why)) return true;
        if (text == NULL && !json_is_array(value) && !json_is_object(value)) wrong = row;
    }
    static const enum event_field others[] = {FIELD_CANONICAL_URL, FIELD_URL_HINT};
    for (size_t i = 0; i < 2; i++) {
        for (size_t row = first_row(r, others[i]); row != NO_ROW; row = next_row(r, others[i], row)) {
            const char *text = event_value_url(r->values[row], false);
            if (text != NULL && take_hint(r, text)) return true;
        }
    }
    if (why != NULL) return refuse(r, REJECT_BAD_URL, arena_printf(r->context->arena, "url %s", why));
    if (wrong != NO_ROW && !json_is_string(unwrapped(r->values[wrong]))) return refuse_type(r, wrong, "text");
    return refuse(r, REJECT_MISSING_URL, "url is missing");
}

/* A declared canonical URL counts on the same site and if it names more than the site; one on another
 * site is a hint that this is a reprint of what is there (PROTOCOL.md 3). */
static void apply_canonical(struct reading *r)
{
    r->out->canonical_url = r->url.canonical;
    r->out->id = url_id(&r->url);
    for (size_t row = first_row(r, FIELD_CANONICAL_URL); row != NO_ROW;
         row = next_row(r, FIELD_CANONICAL_URL, row)) {
        const char *text = event_value_url(r->values[row], false);
        struct url declared;
        if (text == NULL ||
            url_parse(r->context->urls, r->context->arena, text, strlen(text), &declared, NULL) != NW_OK)
            continue;
        if (declared.path[0] == '\0') continue;
        if (strcmp(declared.registrable, r->url.registrable) == 0) {
            r->out->canonical_url = declared.canonical;
            r->out->id = url_id(&declared);
        } else if (r->out->reprint_group[0] == '\0') {
            r->out->reprint_group = strstr(declared.canonical, "://") + 3;
        }
        return;
    }
}

static bool read_source(struct reading *r)
{
    const struct event_context *c = r->context;
    const char *name = NULL;
    size_t name_len = 0;
    r->out->source = "";
    for (size_t row = first_row(r, FIELD_SOURCE); row != NO_ROW; row = next_row(r, FIELD_SOURCE, row)) {
        if (!json_is_string(r->values[row])) continue;
        const char *text = json_string_value(r->values[row]);
        size_t len = json_string_length(r->values[row]);
        r->out->source = source_of_text(c->urls, c->arena, text, len, r->has_url ? &r->url : NULL);
        if (r->out->source[0] != '\0') break;
        if (name == NULL && len > 0) {
            name = text;
            name_len = len;
        }
    }
    if (r->out->source[0] == '\0' && r->has_url) r->out->source = source_of_url(c->arena, &r->url);
    r->out->source_name = optional_line(r, FIELD_SOURCE_NAME);
    if (r->out->source_name[0] == '\0' && name != NULL && !url_looks_absolute(name, name_len))
        r->out->source_name = line(r, name, name_len, ARTICLE_NAME_MAX);
    return true;
}

/* Ids that are unique by themselves (UUIDs, hashes, URIs) are hashed alone, so that a retraction needs
 * nothing else; a short one ("4711") means something only together with its source. */
static uint64_t hash_producer_id(struct arena *arena, const char *id, size_t len, const char *source)
{
    if (len >= GLOBAL_ID_BYTES || memchr(id, ':', len) != NULL) return hash64(id, len);
    if (source[0] == '\0') return 0;
    char *both = arena_printf(arena, "%s %.*s", source, (int)len, id);
    return hash64(both, strlen(both));
}

static bool read_producer_id(struct reading *r)
{
    for (size_t row = first_row(r, FIELD_ID); row != NO_ROW; row = next_row(r, FIELD_ID, row)) {
        size_t len = 0;
        const char *id = event_value_text(r->values[row], &len);
        if (id == NULL && json_is_integer(r->values[row])) {
            id = arena_printf(r->context->arena, "%" JSON_INTEGER_FORMAT, json_integer_value(r->values[row]));
            len = strlen(id);
        }
        if (id == NULL) continue;
        r->out->producer_id_hash = hash_producer_id(r->context->arena, id, len, r->out->source);
        return true;
    }
    return false;
}

/* -- times ---------------------------------------------------------------------------------------- */

static bool value_time(json_t *value, struct event_time *out)
{
    if (json_is_string(value)) {
        return event_time_parse(json_string_value(value), json_string_length(value), out) == NW_OK;
    }
    if (!json_is_number(value)) return false;
    char digits[32]; /* 20251009 and 20251009120000 are dates also when they are no text */
    int n = json_is_integer(value)
                ? snprintf(digits, sizeof(digits), "%" JSON_INTEGER_FORMAT, json_integer_value(value))
                : 0;
    return (n > 0 && event_time_parse(digits, (size_t)n, out) == NW_OK) ||
           event_time_from_number(json_number_value(value), out) == NW_OK;
}

/* The first row that is a time. None is no error, a zero time is none; rows of which none is a time are. */
static bool read_time(struct reading *r, enum event_field field, bool *found, struct event_time *out)
{
    size_t wrong = NO_ROW;
    *found = false;
    for (size_t row = first_row(r, field); row != NO_ROW; row = next_row(r, field, row)) {
        json_t *value = unwrapped(r->values[row]);
        if (json_is_string(value) && json_string_length(value) == 0) continue;
        if (value_time(value, out)) {
            if (event_time_is_zero(out)) continue;
            *found = true;
            return true;
        }
        wrong = row;
    }
    if (wrong == NO_ROW) return true;
    if (!json_is_string(r->values[wrong]) && !json_is_number(r->values[wrong]))
        return refuse_type(r, wrong, "a time as text or number");
    const char *path = event_aliases_path(r->context->aliases, wrong);
    return refuse(r, REJECT_BAD_TIME, arena_printf(r->context->arena, "%s is not a time", path));
}

static bool ahead(const struct reading *r, int64_t ms)
{
    int64_t append_ms = r->context->append_ms;
    return append_ms != NW_NO_TIME && ms > append_ms && ms - append_ms > HOUR_MS;
}

static bool read_times(struct reading *r)
{
    struct article *a = r->out;
    struct event_time published, updated;
    bool has_published, has_updated;
    a->published_ms = a->updated_ms = NW_NO_TIME;
    if (!read_time(r, FIELD_PUBLISHED, &has_published, &published) ||
        !read_time(r, FIELD_UPDATED, &has_updated, &updated))
        return false;
    if (has_published) {
        a->published_ms = published.ms;
        a->published_is_day = published.is_day;
        a->published_clamped = ahead(r, published.ms);
    }
    if (a->published_clamped) {
        a->published_ms = r->context->append_ms;
        if (a->published_is_day) a->published_ms -= ((a->published_ms % DAY_MS) + DAY_MS) % DAY_MS;
    }
    /* A version from the future would shut out every later one. */
    if (has_updated) a->updated_ms = ahead(r, updated.ms) ? r->context->append_ms : updated.ms;
    return true;
}

static void set_version(struct reading *r)
{
    struct article *a = r->out;
    int64_t event_ms = r->context->event_ms;
    if (event_ms != NW_NO_TIME && ahead(r, event_ms)) event_ms = r->context->append_ms;
    a->version_ms = a->updated_ms;
    if (a->version_ms == NW_NO_TIME) a->version_ms = event_ms;
    if (a->version_ms == NW_NO_TIME && a->kind != ARTICLE_RETRACT) a->version_ms = a->published_ms;
    if (a->version_ms == NW_NO_TIME) a->version_ms = r->context->append_ms;
}

/* -- the rest ------------------------------------------------------------------------------------- */

static const char *read_code(struct reading *r, enum event_field field,
                             const char *(*code_of)(const char *, size_t))
{
    for (size_t row = first_row(r, field); row != NO_ROW; row = next_row(r, field, row)) {
        size_t len;
        const char *text = event_value_text(r->values[row], &len);
        const char *code = text != NULL ? code_of(text, len) : "";
        if (code[0] != '\0') return code;
    }
    return "";
}

static const char *read_image(struct reading *r)
{
    for (size_t row = first_row(r, FIELD_IMAGE); row != NO_ROW; row = next_row(r, FIELD_IMAGE, row)) {
        const char *text = event_value_url(r->values[row], true);
        struct url url;
        if (text != NULL &&
            url_parse(r->context->urls, r->context->arena, text, strlen(text), &url, NULL) == NW_OK)
            return arena_strdup(r->context->arena, text);
    }
    return "";
}

static bool read_paywalled(struct reading *r)
{
    for (size_t row = first_row(r, FIELD_PAYWALLED); row != NO_ROW; row = next_row(r, FIELD_PAYWALLED, row)) {
        int truth = event_value_truth(r->values[row]);
        if (truth >= 0) return truth == 1;
    }
    for (size_t row = first_row(r, FIELD_FREE); row != NO_ROW; row = next_row(r, FIELD_FREE, row)) {
        int truth = event_value_truth(r->values[row]);
        if (truth >= 0) return truth == 0;
    }
    return false;
}

/* IPTC: what is canceled or withheld is not to be published. */
static bool is_withdrawn(const struct reading *r)
{
    for (size_t row = first_row(r, FIELD_STATUS); row != NO_ROW; row = next_row(r, FIELD_STATUS, row)) {
        const char *status = json_string_value(r->values[row]);
        if (status == NULL) continue;
        const char *colon = strrchr(status, ':'); /* "stat:canceled" */
        if (colon != NULL) status = colon + 1;
        return strcasecmp(status, "canceled") == 0 || strcasecmp(status, "cancelled") == 0 ||
               strcasecmp(status, "withheld") == 0;
    }
    return false;
}

static bool read_retraction(struct reading *r)
{
    bool has_url = find_url(r);
    enum reject_code url_code = r->code;
    const char *url_reason = r->reason;
    read_source(r);
    bool has_id = read_producer_id(r);
    struct event_time updated;
    bool has_updated;
    if (!read_time(r, FIELD_UPDATED, &has_updated, &updated)) return false;
    if (has_updated) r->out->updated_ms = ahead(r, updated.ms) ? r->context->append_ms : updated.ms;
    if (has_url) {
        apply_canonical(r);
    } else if (has_id && r->out->producer_id_hash == 0) {
        return refuse(r, REJECT_MISSING_SOURCE,
                      "source is missing: a short id names an article only with it");
    } else if (!has_id && url_code == REJECT_MISSING_URL) {
        return refuse(r, REJECT_MISSING_URL, "url and id are missing: a retraction names its article");
    } else if (!has_id) {
        return refuse(r, url_code, url_reason);
    }
    set_version(r);
    return true;
}

static bool taken_in(struct reading *r)
{
    enum reject_code code = source_rules_check(r->context->rules, r->out->source, &r->url);
    if (code == REJECT_NONE) return true;
    return refuse(
        r, code,
        arena_printf(r->context->arena, "source %.100s (url at %.100s) is %s", r->out->source,
                     r->url.full_host,
                     code == REJECT_SOURCE_DENIED ? "on input.deny_sources" : "not on input.allow_sources"));
}

static bool read_article(struct reading *r)
{
    struct article *a = r->out;
    if (!find_url(r) || !read_line(r, FIELD_TITLE, ARTICLE_TITLE_MAX, &a->title)) return false;
    if (a->title[0] == '\0') return refuse(r, REJECT_MISSING_TITLE, "title is missing or empty");
    if (!read_line(r, FIELD_DESCRIPTION, ARTICLE_DESCRIPTION_MAX, &a->description) || !read_body(r) ||
        !read_source(r))
        return false;
    if (a->source[0] == '\0')
        return refuse(r, REJECT_MISSING_SOURCE,
                      "source is missing and the url's host has no registrable domain");
    if (!taken_in(r)) return false;
    if (!read_times(r)) return false;
    read_producer_id(r);
    a->reprint_group = optional_line(r, FIELD_REPRINT_GROUP);
    apply_canonical(r);
    a->declared_language = read_code(r, FIELD_LANGUAGE, language_name_code);
    a->country = read_code(r, FIELD_COUNTRY, country_name_code);
    a->image_url = read_image(r);
    a->section = optional_line(r, FIELD_SECTION);
    a->attribution = optional_line(r, FIELD_ATTRIBUTION);
    a->article_kind = optional_line(r, FIELD_KIND);
    a->paywalled = read_paywalled(r);
    read_list(r, FIELD_AUTHOR, ARTICLE_AUTHORS_MAX, &a->authors, &a->author_count);
    read_list(r, FIELD_TAGS, ARTICLE_TAGS_MAX, &a->tags, &a->tag_count);
    set_version(r);
    return true;
}

enum reject_code event_article_read(const struct event_context *context, json_t *object, struct article *out,
                                    const char **reason)
{
    size_t rows = event_aliases_count(context->aliases);
    struct article article = article_blank();
    struct reading r = {
        .context = context,
        .values = arena_alloc(context->arena, rows * sizeof(json_t *)),
        .out = &article,
    };
    event_aliases_collect(context->aliases, object, r.values);
    article.kind = is_withdrawn(&r) ? ARTICLE_RETRACT : context->kind;
    if (article.kind == ARTICLE_RETRACT ? read_retraction(&r) : read_article(&r)) {
        *out = article;
        return REJECT_NONE;
    }
    *reason = r.reason;
    return r.code;
}

enum reject_code event_article_retract(const struct event_context *context, const char *name, size_t len,
                                       struct article *out, const char **reason)
{
    struct article article = article_blank();
    struct reading r = {.context = context, .out = &article};
    const char *why;
    article.kind = ARTICLE_RETRACT;
    if (url_looks_absolute(name, len)) {
        if (!take_url(&r, arena_memdup(context->arena, name, len), &why)) {
            *reason = arena_printf(context->arena, "the key, taken for a url, %s", why);
            return REJECT_BAD_URL;
        }
        article.id = url_id(&r.url);
        article.canonical_url = r.url.canonical;
        article.source = source_of_url(context->arena, &r.url);
        article.producer_id_hash = hash64(article.url, strlen(article.url)); /* feeds use URLs as ids */
    } else {
        /* An id of ours, unless a producer's own has the same form: it is looked for as both. */
        struct id128 id;
        if (id128_parse(name, len, &id)) article.id = id;
        article.producer_id_hash = hash_producer_id(context->arena, name, len, "");
        if (article.producer_id_hash == 0) {
            *reason = "the key is no url, and too short for an id that needs no source";
            return REJECT_MISSING_URL;
        }
    }
    set_version(&r);
    *out = article;
    return REJECT_NONE;
}
