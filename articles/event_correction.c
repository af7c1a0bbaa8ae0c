#include "articles/event_correction.h"

#include <string.h>
#include <strings.h>

#include <jansson.h>

#include "articles/event_value.h"
#include "articles/html_text.h"
#include "articles/language_name.h"
#include "articles/utf8.h"

static const char prefix[] = "newswired.correction.";
enum { PREFIX_LEN = sizeof(prefix) - 1 };

static const char *const kind_texts[CORRECTION_KIND_COUNT] = {
#define KIND_TEXT(id, text) [id] = (text),
    CORRECTION_KINDS(KIND_TEXT)
#undef KIND_TEXT
};

struct reading {
    const struct event_context *context;
    json_t *data;
    struct correction *out;
    const char *reason;
};

static bool refuse(struct reading *r, const char *reason)
{
    r->reason = reason;
    return false;
}

bool event_correction_type(const char *type, size_t len)
{
    return len >= PREFIX_LEN && strncasecmp(type, prefix, PREFIX_LEN) == 0;
}

static bool read_kind(struct reading *r)
{
    const char *text = r->context->type + PREFIX_LEN;
    for (int kind = 0; kind < CORRECTION_KIND_COUNT; kind++)
        if (strcasecmp(text, kind_texts[kind]) == 0) {
            r->out->kind = (enum correction_kind)kind;
            return true;
        }
    return refuse(r, "type names no correction: merge, split, rename and takedown are known");
}

static bool read_story_id(struct reading *r, const char *member, const char *wrong, struct id128 *out)
{
    json_t *value = json_object_get(r->data, member);
    if (!json_is_string(value) || !id128_parse(json_string_value(value), json_string_length(value), out) ||
        id128_is_zero(*out))
        return refuse(r, wrong);
    return true;
}

/* The story and its language, which says where the correction has to go. */
static bool read_story(struct reading *r)
{
    json_t *language = json_object_get(r->data, "language");
    if (!read_story_id(r, "story", "story is not the id of a story (32 hexadecimal digits)", &r->out->story))
        return false;
    const char *code = "";
    if (json_is_string(language)) {
        code = language_name_code(json_string_value(language), json_string_length(language));
        if (strcasecmp(json_string_value(language), "und") == 0) code = "und"; /* stories may be in none */
    }
    if (code[0] == '\0') return refuse(r, "language is not the language of the story, as its summary has it");
    r->out->language = code;
    return true;
}

static const char *line(const struct reading *r, json_t *value, size_t max)
{
    if (!json_is_string(value)) return "";
    return html_text(r->context->arena, json_string_value(value), json_string_length(value), HTML_TEXT_LINE,
                     max);
}

/* ---- articles ---- */

/* Texts that came with the articles, a line each. */
struct texts {
    char *text;
    size_t used;
};

static void add_text(struct reading *r, struct texts *texts, json_t *value)
{
    const char *text = line(r, value, ARTICLE_DESCRIPTION_MAX);
    size_t len = utf8_cut(text, strlen(text), ARTICLE_BODY_MAX - texts->used);
    if (len == 0) return;
    if (texts->text == NULL) texts->text = arena_alloc(r->context->arena, ARTICLE_BODY_MAX + 1);
    memcpy(texts->text + texts->used, text, len);
    texts->used += len;
    if (texts->used < ARTICLE_BODY_MAX) texts->text[texts->used++] = '\n';
    texts->text[texts->used] = '\0';
}

static bool name_by_text(struct reading *r, json_t *value, struct article_name *out)
{
    struct article article;
    const char *why;
    size_t len = json_string_length(value);
    if (len == 0 || len > URL_MAX_BYTES ||
        event_article_retract(r->context, json_string_value(value), len, &article, &why) != REJECT_NONE)
        return refuse(
            r, "an element of articles is neither an article's URL nor an id of 16 characters or more");
    *out = (struct article_name){article.id, article.raw_url_hash, article.producer_id_hash};
    return true;
}

/* An entry of a summary's list: its id counts most. */
static bool name_by_entry(struct reading *r, json_t *entry, struct texts *texts, struct article_name *out)
{
    json_t *url = json_object_get(entry, "url"), *id = json_object_get(entry, "id");
    struct id128 article;
    bool has_id = json_is_string(id) &&
                  id128_parse(json_string_value(id), json_string_length(id), &article) &&
                  !id128_is_zero(article);
    *out = (struct article_name){0};
    if (json_is_string(url) && !url_looks_absolute(json_string_value(url), json_string_length(url)))
        return refuse(r, "the url of an element of articles is not an http or https URL");
    if (json_is_string(url) ? !name_by_text(r, url, out) : !has_id)
        return r->reason != NULL ? false : refuse(r, "an element of articles has neither url nor id");
    if (has_id) out->id = article;
    add_text(r, texts, json_object_get(entry, "title"));
    add_text(r, texts, json_object_get(entry, "lead"));
    return true;
}

static bool read_articles(struct reading *r)
{
    json_t *list = json_object_get(r->data, "articles");
    size_t count = json_array_size(list);
    if (count == 0) return refuse(r, "articles is not a list of articles, each by URL or id");
    if (count > CORRECTION_ARTICLES_MAX) return refuse(r, "articles lists more than 1000 articles");
    struct article_name *names = arena_alloc(r->context->arena, count * sizeof(*names));
    struct texts texts = {0};
    for (size_t i = 0; i < count; i++) {
        json_t *element = json_array_get(list, i);
        if (json_is_object(element) ? !name_by_entry(r, element, &texts, &names[i])
                                    : !name_by_text(r, element, &names[i]))
            return false;
    }
    r->out->articles = names;
    r->out->article_count = count;
    if (texts.used > 0) r->out->text = texts.text;
    return true;
}

/* ---- each kind ---- */

static bool read_title(struct reading *r, bool required)
{
    json_t *title = json_object_get(r->data, "title");
    if (title == NULL && !required) return true;
    if (!json_is_string(title)) return refuse(r, "title is not a text");
    r->out->title = line(r, title, CORRECTION_TITLE_MAX);
    return true;
}

static bool read_merge(struct reading *r)
{
    if (!read_story(r) ||
        !read_story_id(r, "into", "into is not the id of a story (32 hexadecimal digits)", &r->out->into))
        return false;
    return !id128_equal(r->out->story, r->out->into) || refuse(r, "story and into are the same");
}

static bool read_takedown(struct reading *r)
{
    bool story = json_object_get(r->data, "story") != NULL,
         articles = json_object_get(r->data, "articles") != NULL;
    if (story == articles) return refuse(r, "a takedown names either a story or articles");
    return story ? read_story(r) : read_articles(r);
}

static bool read_data(struct reading *r)
{
    if (!json_is_object(r->data)) return refuse(r, "data of a correction is not an object");
    switch (r->out->kind) {
    case CORRECTION_MERGE:
        return read_merge(r);
    case CORRECTION_SPLIT:
        return read_story(r) && read_articles(r) && read_title(r, false);
    case CORRECTION_RENAME:
        return read_story(r) && read_title(r, true);
    case CORRECTION_TAKEDOWN:
        return read_takedown(r);
    case CORRECTION_KIND_COUNT:
        break;
    }
    return false;
}

enum reject_code event_correction_read(const struct event_context *context, json_t *data,
                                       struct correction *out, const char **reason)
{
    struct correction correction = {.language = "", .title = "", .text = ""};
    struct reading r = {.context = context, .data = data, .out = &correction};
    if (!read_kind(&r) || !read_data(&r)) {
        *reason = r.reason;
        return REJECT_BAD_CORRECTION;
    }
    *out = correction;
    return REJECT_NONE;
}
