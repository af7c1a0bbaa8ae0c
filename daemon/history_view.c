#include "daemon/history_view.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { LISTED = 12, TITLE_BYTES = 100 };

struct history_view {
    FILE *out;
    json_t *before; /* the last summary; NULL: none yet */
};

struct history_view *history_view_new(FILE *out)
{
    struct history_view *view = nw_calloc(1, sizeof(*view));
    view->out = out;
    return view;
}

void history_view_free(struct history_view *view)
{
    if (!view) return;
    json_decref(view->before);
    free(view);
}

/* ---- reading ---- */

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static json_int_t number_of(const json_t *object, const char *name)
{
    return json_integer_value(json_object_get(object, name));
}

/* The element of an array of objects whose member name is value; NULL: none. */
static json_t *find(const json_t *array, const char *name, const char *value)
{
    json_t *element;
    size_t i;
    json_array_foreach (array, i, element)
        if (strcmp(text_of(element, name), value) == 0) return element;
    return NULL;
}

/* ---- writing ---- */

/* Cut to TITLE_BYTES at most, between characters; a control character becomes a space. */
static void put_text(FILE *out, const char *text)
{
    size_t len = strlen(text), end = len;
    if (len > TITLE_BYTES)
        for (end = TITLE_BYTES; end > 0 && ((unsigned char)text[end] & 0xC0) == 0x80; end--) {
        }
    for (size_t i = 0; i < end; i++) {
        unsigned char c = (unsigned char)text[i];
        bool c1 = c == 0xC2 && (unsigned char)text[i + 1] < 0xA0; /* U+0080 to U+009F */
        if (c1) i++;
        fputc(c < ' ' || c == 0x7F || c1 ? ' ' : c, out);
    }
    if (end < len) fputs("…", out);
}

static void put_line(FILE *out, char mark, const char *side, const char *name, const char *text)
{
    fprintf(out, "  %c %-8s ", mark, side);
    put_text(out, name);
    if (*text) {
        fputs(": ", out);
        put_text(out, text);
    }
    fputc('\n', out);
}

static const char *name_of(const json_t *source)
{
    const char *name = text_of(source, "name");
    return *name ? name : text_of(source, "source");
}

static const char *side_of(const json_t *summary, const char *source)
{
    const char *side = text_of(find(json_object_get(summary, "sources"), "source", source), "side");
    return *side ? side : "unrated";
}

/* The article to show of a source that has come. */
static const char *title_by(const json_t *summary, const char *source)
{
    return text_of(find(json_object_get(summary, "articles"), "source", source), "title");
}

/* Sources that are in one summary and not in the other. */
static void put_sources(FILE *out, char mark, const json_t *in, const json_t *not_in)
{
    json_t *sources = json_object_get(in, "sources"), *others = json_object_get(not_in, "sources"), *source;
    size_t i, found = 0;
    json_array_foreach (sources, i, source) {
        const char *key = text_of(source, "source");
        if (find(others, "source", key)) continue;
        if (found++ < LISTED)
            put_line(out, mark, text_of(source, "side"), name_of(source), title_by(in, key));
    }
    if (found > LISTED) fprintf(out, "  %c %zu more sources\n", mark, found - LISTED);
}

/* Articles of sources that are in both, as far as the lists tell. */
static void put_articles(FILE *out, char mark, const json_t *in, const json_t *not_in)
{
    json_t *articles = json_object_get(in, "articles"), *others = json_object_get(not_in, "articles"),
           *article;
    json_t *sources = json_object_get(not_in, "sources");
    size_t i, found = 0;
    if (json_is_true(json_object_get(in, "articlesTruncated")) ||
        json_is_true(json_object_get(not_in, "articlesTruncated")))
        return; /* what is not listed may have been there */
    json_array_foreach (articles, i, article) {
        const char *source = text_of(article, "source"), *name = text_of(article, "sourceName");
        if (find(others, "id", text_of(article, "id")) || !find(sources, "source", source)) continue;
        if (found++ < LISTED)
            put_line(out, mark, side_of(in, source), *name ? name : source, text_of(article, "title"));
    }
    if (found > LISTED) fprintf(out, "  %c %zu more articles\n", mark, found - LISTED);
}

/* Articles whose text is another one now. */
static void put_updated(FILE *out, const json_t *before, const json_t *now)
{
    json_t *articles = json_object_get(now, "articles"), *olds = json_object_get(before, "articles"),
           *article;
    size_t i, found = 0;
    json_array_foreach (articles, i, article) {
        const json_t *old = find(olds, "id", text_of(article, "id"));
        const char *title = text_of(article, "title"), *name = text_of(article, "sourceName");
        if (!old) continue;
        bool same = strcmp(title, text_of(old, "title")) == 0 &&
                    strcmp(text_of(article, "lead"), text_of(old, "lead")) == 0 &&
                    strcmp(text_of(article, "updatedAt"), text_of(old, "updatedAt")) == 0;
        if (same || found++ >= LISTED) continue;
        put_line(out, '~', side_of(now, text_of(article, "source")),
                 *name ? name : text_of(article, "source"), title);
    }
    if (found > LISTED) fprintf(out, "  ~ %zu more articles\n", found - LISTED);
}

/* Sources that another table of ratings puts elsewhere. */
static void put_rerated(FILE *out, const json_t *before, const json_t *now)
{
    json_t *source;
    size_t i, found = 0;
    json_array_foreach (json_object_get(now, "sources"), i, source) {
        const json_t *old = find(json_object_get(before, "sources"), "source", text_of(source, "source"));
        if (!old || strcmp(text_of(old, "bias"), text_of(source, "bias")) == 0 || found++ >= LISTED) continue;
        const char *from = text_of(old, "bias"), *to = text_of(source, "bias");
        fprintf(out, "  ~ %-8s ", text_of(source, "side"));
        put_text(out, name_of(source));
        fprintf(out, ": was %s, is %s\n", *from ? from : "unrated", *to ? to : "unrated");
    }
    if (found > LISTED) fprintf(out, "  ~ %zu more sources\n", found - LISTED);
}

static void put_change(FILE *out, json_int_t now, json_int_t before)
{
    fprintf(out, "%" JSON_INTEGER_FORMAT, now);
    if (now != before) fprintf(out, " (%+" JSON_INTEGER_FORMAT ")", now - before);
}

static void put_counts(FILE *out, const json_t *before, const json_t *now)
{
    const json_t *sides = json_object_get(now, "biasDistribution"),
                 *old = json_object_get(before, "biasDistribution");
    static const char *const names[][3] = {{"left", "leftSrcCount", "leftPercent"},
                                           {"center", "cntrSrcCount", "cntrPercent"},
                                           {"right", "rightSrcCount", "rightPercent"}};
    fputs("    sources ", out);
    put_change(out, number_of(now, "sourceCount"), number_of(before, "sourceCount"));
    fputs(", articles ", out);
    put_change(out, number_of(now, "articleCount"), number_of(before, "articleCount"));
    fputs(", reprints ", out);
    put_change(out, number_of(now, "reprintCount"), number_of(before, "reprintCount"));
    fputs("; ", out);
    for (size_t i = 0; i < 3; i++) {
        fprintf(out, "%s ", names[i][0]);
        put_change(out, number_of(sides, names[i][1]), number_of(old, names[i][1]));
        if (sides) fprintf(out, " %" JSON_INTEGER_FORMAT "%%", number_of(sides, names[i][2]));
        fputs(", ", out);
    }
    fputs("unrated ", out);
    put_change(out, number_of(now, "unratedSourceCount"), number_of(before, "unratedSourceCount"));
    fputc('\n', out);
}

static void put_words(FILE *out, const json_t *before, const json_t *now)
{
    static const char *const names[] = {"title", "lead"};
    for (size_t i = 0; i < 2; i++) {
        const char *text = text_of(now, names[i]);
        if (!*text || strcmp(text, text_of(before, names[i])) == 0) continue;
        fprintf(out, "    %s: ", names[i]);
        put_text(out, text);
        fputc('\n', out);
    }
    const char *blind = text_of(json_object_get(now, "blindspot"), "blindspotFor"),
               *was = text_of(json_object_get(before, "blindspot"), "blindspotFor");
    if (strcmp(blind, was) == 0) return;
    if (*blind)
        fprintf(out, "    blindspot for the %s\n", blind);
    else
        fprintf(out, "    no blindspot for the %s any more\n", was);
}

static void put_head(FILE *out, const json_t *before, const json_t *now)
{
    const json_t *provenance = json_object_get(now, "provenance"),
                 *at = json_object_get(provenance, "position");
    const char *updated = text_of(now, "updatedAt");
    fprintf(out, "%s  revision %" JSON_INTEGER_FORMAT "  %s", *updated ? updated : "(no time)",
            number_of(now, "revision"), text_of(provenance, "cause"));
    if (at)
        fprintf(out, ", %s %" JSON_INTEGER_FORMAT "@%" JSON_INTEGER_FORMAT, text_of(at, "topic"),
                number_of(at, "partition"), number_of(at, "offset"));
    if (!before || strcmp(text_of(provenance, "ratingsVersion"),
                          text_of(json_object_get(before, "provenance"), "ratingsVersion")) != 0)
        fprintf(out, ", ratings %.8s", text_of(provenance, "ratingsVersion"));
    fputc('\n', out);
    const char *status = text_of(now, "status");
    if (strcmp(status, "merged") == 0) fprintf(out, "    merged into %s\n", text_of(now, "mergedInto"));
    if (strcmp(status, "closed") == 0 && (!before || strcmp(text_of(before, "status"), status) != 0))
        fputs("    closed\n", out);
    if (!before && *text_of(now, "continues"))
        fprintf(out, "    goes on from %s\n", text_of(now, "continues"));
}

static void put_summary(FILE *out, const json_t *before, const json_t *now)
{
    put_head(out, before, now);
    if (strcmp(text_of(now, "status"), "merged") == 0) return;
    put_sources(out, '+', now, before);
    put_sources(out, '-', before, now);
    if (before) {
        put_articles(out, '+', now, before);
        put_articles(out, '-', before, now);
        put_updated(out, before, now);
        put_rerated(out, before, now);
    }
    put_words(out, before, now);
    put_counts(out, before, now);
}

void history_view_add(struct history_view *view, const char *json, size_t len)
{
    if (len == 0) {
        fputs("tombstone: the story's keys are gone from Redis\n", view->out);
        json_decref(view->before);
        view->before = NULL;
        return;
    }
    json_t *now = json_loadb(json, len, 0, NULL);
    if (!json_is_object(now)) {
        fputs("a record that is no summary\n", view->out);
        json_decref(now);
        return;
    }
    put_summary(view->out, view->before, now);
    json_decref(view->before);
    view->before = now;
}
