#include "coverage/analysis_brief.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

static uint32_t count_of(const json_t *object, const char *name)
{
    json_int_t value = json_integer_value(json_object_get(object, name));
    return value > 0 && value <= UINT32_MAX ? (uint32_t)value : 0;
}

static bool id_of(const json_t *object, const char *name, struct id128 *out)
{
    const char *text = text_of(object, name);
    return id128_parse(text, strlen(text), out);
}

static enum side side_of(const json_t *article)
{
    const char *label = text_of(article, "bias");
    for (int bias = 0; bias < BIAS_COUNT; bias++)
        if (strcmp(label, bias_json_name((enum bias)bias)) == 0) return bias_side((enum bias)bias);
    return SIDE_UNRATED;
}

static uint64_t fingerprint_of(struct id128 id, const char *title, const char *lead)
{
    uint64_t parts[] = {id.hi, id.lo, hash64(title, strlen(title)), hash64(lead, strlen(lead))};
    return hash64(parts, sizeof(parts));
}

static size_t read_articles(struct arena *arena, const json_t *root, struct brief_article *out)
{
    struct id128 featured[2] = {{0, 0}, {0, 0}};
    const json_t *list = json_object_get(root, "articles"), *article;
    size_t i, count = 0;
    if (!id_of(root, "representativeArticleId", &featured[0])) featured[0] = (struct id128){0, 0};
    if (!id_of(root, "leadArticleId", &featured[1])) featured[1] = (struct id128){0, 0};
    json_array_foreach (list, i, article) {
        struct brief_article *a = &out[count];
        *a = (struct brief_article){.side = side_of(article)};
        if (!id_of(article, "id", &a->id)) continue;
        a->source = arena_strdup(arena, text_of(article, "source"));
        a->title = arena_strdup(arena, text_of(article, "title"));
        a->lead = arena_strdup(arena, text_of(article, "lead"));
        a->reprint = json_object_get(article, "reprintOf") != NULL;
        a->featured = id128_equal(a->id, featured[0]) || id128_equal(a->id, featured[1]);
        a->fingerprint = fingerprint_of(a->id, a->title, a->lead);
        count++;
    }
    return count;
}

static void read_sides(const json_t *root, struct analysis_brief *out)
{
    static const char *const names[SIDE_COUNT] = {"leftSrcCount", "cntrSrcCount", "rightSrcCount"};
    const json_t *distribution = json_object_get(root, "biasDistribution");
    for (int side = 0; side < SIDE_COUNT; side++)
        if (count_of(distribution, names[side]) > 0) out->sides |= 1u << side;
}

static bool read_story(const json_t *root, struct analysis_brief *out)
{
    const char *status = text_of(root, "status");
    const json_t *position = json_object_get(json_object_get(root, "provenance"), "position");
    const json_t *revision = json_object_get(root, "revision");
    const json_t *partition = json_object_get(position, "partition");
    *out = (struct analysis_brief){.active = strcmp(status, "active") == 0,
                                   .merged = strcmp(status, "merged") == 0};
    if (!id_of(root, "id", &out->id) || !json_is_integer(revision) || json_integer_value(revision) < 0 ||
        !json_is_integer(partition) || json_integer_value(partition) < 0 ||
        json_integer_value(partition) > INT32_MAX)
        return false;
    out->revision = (uint64_t)json_integer_value(revision);
    out->features_partition = (int32_t)json_integer_value(partition);
    snprintf(out->language, sizeof(out->language), "%s", text_of(root, "language"));
    out->source_count = count_of(root, "sourceCount");
    out->article_count = count_of(root, "articleCount");
    out->articles_truncated = json_is_true(json_object_get(root, "articlesTruncated"));
    read_sides(root, out);
    return true;
}

enum nw_err analysis_brief_read(struct arena *arena, const char *json, size_t len, struct analysis_brief *out)
{
    json_t *root = json_loadb(json, len, 0, NULL);
    struct analysis_brief brief = {0};
    enum nw_err err = root != NULL && read_story(root, &brief) ? NW_OK : NW_ERR_INPUT;
    if (err == NW_OK) {
        size_t listed = json_array_size(json_object_get(root, "articles"));
        struct brief_article *articles = arena_calloc(arena, listed + 1, sizeof(*articles));
        brief.listed = read_articles(arena, root, articles);
        brief.articles = articles;
        *out = brief;
    }
    json_decref(root);
    return err;
}

/* ---- the choice ---- */

static bool source_is_chosen(const struct analysis_brief *brief, const uint32_t *chosen, size_t count,
                             const char *source)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(brief->articles[chosen[i]].source, source) == 0) return true;
    return false;
}

/* The next article of that side, listed's end when there is none. */
static size_t next_of_side(const struct analysis_brief *brief, enum side side, const uint32_t *chosen,
                           size_t count)
{
    for (int featured = 1; featured >= 0; featured--)
        for (size_t i = 0; i < brief->listed; i++) {
            const struct brief_article *a = &brief->articles[i];
            if (a->side == side && a->featured == (featured != 0) && !a->reprint &&
                !source_is_chosen(brief, chosen, count, a->source))
                return i;
        }
    return brief->listed;
}

size_t analysis_brief_choose(const struct analysis_brief *brief, size_t max, uint32_t *out)
{
    size_t count = 0, before;
    do {
        before = count;
        for (int side = 0; side <= SIDE_UNRATED && count < max; side++) {
            size_t next = next_of_side(brief, (enum side)side, out, count);
            if (next < brief->listed) out[count++] = (uint32_t)next;
        }
    } while (count > before && count < max);
    return count;
}
