#include "coverage/coverage.h"

#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/instant.h"
#include "coverage/article_list.h"
#include "coverage/blindspot.h"
#include "coverage/distribution.h"
#include "coverage/json_writer.h"
#include "coverage/summary.h"
#include "stories/story_edits.h"

/* How much a summary may list; halved step by step until it fits policy->max_bytes. */
struct limits {
    size_t articles, sources, groups, group_articles, text_bytes, url_bytes;
    bool details; /* authors, images, sections, owners */
};

enum { SHORTEST = 8 }; /* the step at which nothing is listed any more */

static struct limits limits_at(const struct coverage_policy *policy, unsigned step)
{
    return (struct limits){
        .articles = step < SHORTEST ? policy->articles_limit >> step : 0,
        .sources = step < SHORTEST ? (size_t)500 >> step : 0,
        .groups = step < SHORTEST ? (size_t)100 >> step : 0,
        .group_articles = (size_t)100 >> step,
        .text_bytes = (size_t)2000 >> (step < 4 ? step : 4),
        .url_bytes = (size_t)4096 >> (step < 2 ? step : 2),
        .details = step < 4,
    };
}

/* Bytes of the text. */
struct part {
    size_t at, end;
};

struct writing {
    struct json_writer json;
    struct part countries, tags;
    const struct summary *summary;
    struct limits limits;
    struct article_list list;
    struct arena *arena;
};

/* A link may not be cut, and a page may make a link of nothing but web addresses. */
static void write_url(struct writing *w, const char *key, const char *url)
{
    if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) return;
    if (strlen(url) <= w->limits.url_bytes) json_writer_text(&w->json, key, url, w->limits.url_bytes);
}

static void write_text(struct writing *w, const char *key, const char *text)
{
    json_writer_text_if(&w->json, key, text, w->limits.text_bytes);
}

static const struct view_source *source_of(const struct writing *w, size_t member)
{
    return &w->summary->view.sources[w->summary->view.member_source[member]];
}

static struct id128 id_of(const struct writing *w, size_t member)
{
    return w->summary->view.story->members[member].article;
}

/* ---- head: what every kind of summary has ---- */

/* Of a merged story nothing is left but what its outbox mark holds. */
static void write_lineage(struct json_writer *json, const struct story *story)
{
    if (!id128_is_zero(story->continues)) json_writer_id(json, "continues", story->continues);
    if (story->edits != NULL && !id128_is_zero(story->edits->split_from))
        json_writer_id(json, "splitFrom", story->edits->split_from);
}

static void write_head(struct writing *w)
{
    const struct coverage_input *input = w->summary->input;
    const struct story *story = input->story;
    struct json_writer *json = &w->json;
    json_writer_number(json, "schemaVersion", 1);
    json_writer_id(json, "id", story->id);
    json_writer_number(json, "revision", story->revision);
    json_writer_time_if(json, "ratingsLoadedAt", input->ratings_loaded_ms);
    json_writer_text(json, "status", story_status_text(story->status), SIZE_MAX);
    if (story->status == STORY_MERGED)
        json_writer_id(json, "mergedInto", story->merged_into);
    else
        write_lineage(json, story);
    json_writer_text(json, "language", story->language, SIZE_MAX);
}

static void write_provenance(struct writing *w)
{
    const struct coverage_input *input = w->summary->input;
    struct json_writer *json = &w->json;
    char policy[17];
    snprintf(policy, sizeof(policy), "%016llx", (unsigned long long)input->policy_hash);
    json_writer_open(json, "provenance", '{');
    json_writer_text(json, "ratingsVersion", ratings_version(input->ratings), w->limits.text_bytes);
    json_writer_text(json, "policyVersion", policy, SIZE_MAX);
    json_writer_open(json, "position", '{');
    json_writer_text(json, "topic", input->features_topic, w->limits.text_bytes);
    json_writer_signed(json, "partition", input->features_partition);
    json_writer_number(json, "offset", input->story->changed_offset);
    json_writer_close(json, '}');
    json_writer_text(json, "cause", story_cause_text(input->cause), SIZE_MAX);
    json_writer_close(json, '}');
}

/* ---- words ---- */

static void write_words(struct writing *w)
{
    const struct summary *summary = w->summary;
    struct json_writer *json = &w->json;
    write_text(w, "title", summary->title.title);
    write_text(w, "lead", summary->insights.lead);
    if (summary->title.found)
        json_writer_id(json, "representativeArticleId", id_of(w, summary->title.member));
    if (summary->insights.lead[0] != '\0')
        json_writer_id(json, "leadArticleId", id_of(w, summary->insights.lead_member));
    json_writer_open(json, "insights", '[');
    for (size_t i = 0; i < summary->insights.count; i++) {
        const struct insight *insight = &summary->insights.insights[i];
        json_writer_open(json, NULL, '{');
        write_text(w, "text", insight->text);
        json_writer_id(json, "articleId", id_of(w, insight->member));
        write_text(w, "source", source_of(w, insight->member)->key);
        json_writer_text(json, "biasSide", side_name(source_of(w, insight->member)->side), SIZE_MAX);
        json_writer_close(json, '}');
    }
    json_writer_close(json, ']');
}

/* ---- counts ---- */

static void write_counts(struct writing *w)
{
    const struct summary *summary = w->summary;
    const struct story_view *view = &summary->view;
    struct json_writer *json = &w->json;
    json_writer_time_if(json, "firstPublishedAt", view->story->first_published_ms);
    json_writer_time_if(json, "lastPublishedAt", view->story->last_published_ms);
    json_writer_time_if(json, "updatedAt", view->story->updated_ms);
    json_writer_number(json, "articleCount", view->member_count);
    json_writer_number(json, "sourceCount", view->source_count);
    json_writer_number(json, "uniqueCount", view->group_count);
    json_writer_number(json, "reprintCount", view->member_count - view->group_count);
    json_writer_number(json, "biasSourceCount", distribution_rated(&view->sides));
    json_writer_number(json, "unratedSourceCount", view->sides.unrated);
}

static void write_distribution(struct writing *w, const char *key, const struct side_counts *counts)
{
    static const char *const count_names[SIDE_COUNT] = {"leftSrcCount", "cntrSrcCount", "rightSrcCount"};
    static const char *const percent_names[SIDE_COUNT] = {"leftPercent", "cntrPercent", "rightPercent"};
    struct json_writer *json = &w->json;
    uint32_t percents[SIDE_COUNT];
    enum side headline[SIDE_COUNT];
    if (!distribution_percents(counts, percents)) return;
    json_writer_open(json, key, '{');
    for (size_t i = 0; i < SIDE_COUNT; i++) json_writer_number(json, count_names[i], counts->side[i]);
    for (size_t i = 0; i < SIDE_COUNT; i++) json_writer_number(json, percent_names[i], percents[i]);
    json_writer_open(json, "detail", '{');
    for (size_t i = 0; i < BIAS_COUNT; i++)
        json_writer_number(json, bias_json_name((enum bias)i), counts->bias[i]);
    json_writer_close(json, '}');
    json_writer_open(json, "headline", '[');
    size_t tied = distribution_headline(counts, headline);
    for (size_t i = 0; i < tied; i++) {
        json_writer_open(json, NULL, '{');
        json_writer_text(json, "side", side_name(headline[i]), SIZE_MAX);
        json_writer_number(json, "percent", percents[headline[i]]);
        json_writer_close(json, '}');
    }
    json_writer_close(json, ']');
    json_writer_close(json, '}');
}

static void write_blindspot(struct writing *w)
{
    const struct side_counts *counts = &w->summary->view.sides;
    const struct coverage_policy *policy = w->summary->input->policy;
    struct json_writer *json = &w->json;
    enum side side = blindspot_side(counts, policy);
    uint32_t percents[SIDE_COUNT];
    if (side == SIDE_COUNT || !distribution_percents(counts, percents)) return;
    struct blindspot_interval ci = blindspot_wilson95(counts->side[side], distribution_rated(counts));
    json_writer_open(json, "blindspot", '{');
    json_writer_text(json, "blindspotFor", side_name(side), SIZE_MAX);
    json_writer_number(json, "minorPercent", percents[side]);
    json_writer_open(json, "ci95", '[');
    json_writer_number(json, NULL, ci.low_percent);
    json_writer_number(json, NULL, ci.high_percent);
    json_writer_close(json, ']');
    json_writer_number(json, "policyVersion", policy->version);
    json_writer_close(json, '}');
}

static void write_kinds(struct writing *w)
{
    const struct summary *summary = w->summary;
    struct json_writer *json = &w->json;
    json_writer_open(json, "factuality", '{');
    for (size_t i = 0; i < FACTUALITY_COUNT; i++)
        json_writer_number(json, factuality_json_name((enum factuality)i), summary->factuality[i]);
    json_writer_close(json, '}');
    json_writer_open(json, "ownership", '{');
    for (size_t i = 0; i < OWNERSHIP_COUNT; i++)
        json_writer_number(json, ownership_json_name((enum ownership)i), summary->ownership[i]);
    json_writer_close(json, '}');
    json_writer_open(json, "countries", '{');
    w->countries.at = json->len - 1;
    for (int i = 0; i < SUMMARY_COUNTRIES; i++) {
        const char code[3] = {(char)('A' + i / 26), (char)('A' + i % 26), '\0'};
        if (summary->countries[i] > 0) json_writer_number(json, code, summary->countries[i]);
    }
    json_writer_close(json, '}');
    w->countries.end = json->len;
}

/* ---- first and fast ---- */

static void write_first(struct writing *w, const char *key, size_t member, bool with_lag)
{
    struct json_writer *json = &w->json;
    int64_t lag_ms;
    json_writer_open(json, key, '{');
    write_text(w, "source", source_of(w, member)->key);
    json_writer_id(json, "articleId", id_of(w, member));
    json_writer_time_if(json, "at", w->summary->view.story->members[member].published_ms);
    if (with_lag && firsts_lag_ms(&w->summary->view, &w->summary->firsts, member, &lag_ms))
        json_writer_signed(json, "lagMs", lag_ms);
    json_writer_close(json, '}');
}

static void write_firsts(struct writing *w)
{
    const struct firsts *firsts = &w->summary->firsts;
    if (firsts->first == FIRSTS_NONE) return;
    write_first(w, "firstSource", firsts->first, false);
    json_writer_open(&w->json, "firstBySide", '{');
    for (size_t i = 0; i < SIDE_COUNT; i++)
        if (firsts->by_side[i] != FIRSTS_NONE)
            write_first(w, side_name((enum side)i), firsts->by_side[i], true);
    json_writer_close(&w->json, '}');
}

static void write_velocity(struct writing *w)
{
    static const char *const source_names[] = {
#define SOURCE_NAME(name, hours) "sources" #name,
        VELOCITY_WINDOWS(SOURCE_NAME)
#undef SOURCE_NAME
    };
    static const char *const article_names[] = {
#define ARTICLE_NAME(name, hours) "articles" #name,
        VELOCITY_WINDOWS(ARTICLE_NAME)
#undef ARTICLE_NAME
    };
    const struct velocity *velocity = &w->summary->velocity;
    json_writer_open(&w->json, "velocity", '{');
    for (size_t i = 0; i < VELOCITY_COUNT; i++)
        json_writer_number(&w->json, source_names[i], velocity->sources[i]);
    for (size_t i = 0; i < VELOCITY_COUNT; i++)
        json_writer_number(&w->json, article_names[i], velocity->articles[i]);
    json_writer_close(&w->json, '}');
}

/* ---- lists ---- */

static void write_strings(struct writing *w, const char *key, const char *const *strings, size_t count)
{
    if (count == 0) return;
    json_writer_open(&w->json, key, '[');
    for (size_t i = 0; i < count; i++) json_writer_text(&w->json, NULL, strings[i], 200);
    json_writer_close(&w->json, ']');
}

static void write_rating_of_article(struct writing *w, uint32_t member)
{
    const struct view_source *source = source_of(w, member);
    const struct rating *rating = source->rating;
    write_text(w, "bias", bias_json_name(source->bias));
    write_text(w, "factuality",
               factuality_json_name(rating != NULL ? rating->factuality : FACTUALITY_UNKNOWN));
    write_text(w, "ownership",
               ownership_json_name(rating != NULL ? rating->ownership : OWNERSHIP_UNCATEGORIZED));
}

static void write_article(struct writing *w, uint32_t member)
{
    const struct story_view *view = &w->summary->view;
    const struct article_card *card = story_view_card(view, member);
    const struct view_source *source = source_of(w, member);
    const struct source_detail *detail = &w->summary->details[view->member_source[member]];
    const struct reprint_group *group = &w->summary->syndication.groups[view->member_group[member]];
    struct json_writer *json = &w->json;
    json_writer_open(json, NULL, '{');
    json_writer_id(json, "id", id_of(w, member));
    write_url(w, "url", card->url);
    write_text(w, "title", card->title);
    write_text(w, "lead", card->lead);
    write_text(w, "source", source->key);
    write_text(w, "sourceName", card->source_name[0] != '\0' ? card->source_name : detail->name);
    write_text(w, "country", detail->country);
    if (source->rating != NULL) write_text(w, "city", source->rating->city);
    write_rating_of_article(w, member);
    json_writer_bool(json, "paywalled",
                     card->paywalled || (source->rating != NULL && source->rating->paywalled));
    json_writer_time_if(json, "publishedAt", view->story->members[member].published_ms);
    if (card->published_is_day) json_writer_bool(json, "publishedAtIsDay", true);
    if (card->published_clamped) json_writer_bool(json, "publishedAtClamped", true);
    json_writer_time_if(json, "updatedAt", card->updated_ms);
    write_text(w, "attribution", card->attribution);
    if (group->original != member) json_writer_id(json, "reprintOf", id_of(w, group->original));
    if (w->limits.details) {
        write_text(w, "kind", card->kind);
        write_text(w, "section", card->section);
        write_strings(w, "authors", card->authors, card->author_count < 8 ? card->author_count : 8);
        write_url(w, "imageUrl", card->image_url);
    }
    json_writer_close(json, '}');
}

static void write_articles(struct writing *w)
{
    json_writer_open(&w->json, "articles", '[');
    for (size_t i = 0; i < w->list.count; i++) write_article(w, w->list.members[i]);
    json_writer_close(&w->json, ']');
    json_writer_bool(&w->json, "articlesTruncated", w->list.count < w->summary->view.member_count);
}

static void write_source(struct writing *w, uint32_t number)
{
    const struct view_source *source = &w->summary->view.sources[number];
    const struct source_detail *detail = &w->summary->details[number];
    const struct rating *rating = source->rating;
    struct json_writer *json = &w->json;
    json_writer_open(json, NULL, '{');
    write_text(w, "source", source->key);
    write_text(w, "name", detail->name);
    write_text(w, "bias", bias_json_name(source->bias));
    json_writer_text(json, "side", side_name(source->side), SIZE_MAX);
    write_text(w, "factuality",
               factuality_json_name(rating != NULL ? rating->factuality : FACTUALITY_UNKNOWN));
    write_text(w, "ownership",
               ownership_json_name(rating != NULL ? rating->ownership : OWNERSHIP_UNCATEGORIZED));
    if (rating != NULL && w->limits.details) {
        write_text(w, "owner", rating->owner);
        write_text(w, "city", rating->city);
        write_url(w, "url", rating->url);
        if (rating->paywalled) json_writer_bool(json, "paywalled", true);
    }
    write_text(w, "country", detail->country);
    json_writer_number(json, "articleCount", source->articles);
    json_writer_number(json, "originalCount", w->summary->syndication.originals[number]);
    json_writer_time_if(json, "firstPublishedAt", detail->first_published_ms);
    json_writer_close(json, '}');
}

static void write_sources(struct writing *w)
{
    size_t all = w->summary->view.source_count, count = all < w->limits.sources ? all : w->limits.sources;
    json_writer_open(&w->json, "sources", '[');
    for (size_t i = 0; i < count; i++) write_source(w, w->summary->source_order[i]);
    json_writer_close(&w->json, ']');
    if (count < all) json_writer_bool(&w->json, "sourcesTruncated", true);
}

static void write_reprint_group(struct writing *w, const struct reprint_group *group)
{
    json_writer_open(&w->json, NULL, '{');
    json_writer_id(&w->json, "original", id_of(w, group->original));
    json_writer_open(&w->json, "articleIds", '[');
    json_writer_id(&w->json, NULL, id_of(w, group->original));
    for (uint32_t i = 0, listed = 1; i < group->count && listed < w->limits.group_articles; i++) {
        if (group->members[i] == group->original) continue;
        json_writer_id(&w->json, NULL, id_of(w, group->members[i]));
        listed++;
    }
    json_writer_close(&w->json, ']');
    json_writer_number(&w->json, "articleCount", group->count);
    write_text(w, "attribution", group->attribution);
    json_writer_close(&w->json, '}');
}

static void write_reprint_groups(struct writing *w)
{
    const struct summary *summary = w->summary;
    size_t count = summary->reprint_groups < w->limits.groups ? summary->reprint_groups : w->limits.groups;
    json_writer_open(&w->json, "reprintGroups", '[');
    for (size_t i = 0; i < count; i++)
        write_reprint_group(w, &summary->syndication.groups[summary->group_order[i]]);
    json_writer_close(&w->json, ']');
}

static void write_related(struct writing *w)
{
    const struct story *story = w->summary->view.story;
    json_writer_open(&w->json, "relatedStoryIds", '[');
    for (size_t i = 0; i < STORY_RELATED_MAX && !id128_is_zero(story->related[i]); i++)
        json_writer_id(&w->json, NULL, story->related[i]);
    json_writer_close(&w->json, ']');
}

/* ---- the whole ---- */

static void write_body(struct writing *w)
{
    write_words(w);
    write_counts(w);
    write_reprint_groups(w);
    write_distribution(w, "biasDistribution", &w->summary->view.sides);
    write_distribution(w, "independentBiasDistribution", &w->summary->syndication.independent);
    write_blindspot(w);
    write_kinds(w);
    write_firsts(w);
    write_velocity(w);
    write_articles(w);
    write_sources(w);
    write_related(w);
    json_writer_open(&w->json, "tags", '[');
    w->tags.at = w->json.len - 1;
    for (size_t i = 0; i < w->summary->tag_count; i++)
        json_writer_text(&w->json, NULL, w->summary->tags[i], 100);
    json_writer_close(&w->json, ']');
    w->tags.end = w->json.len;
}

static void write_summary(struct writing *w, unsigned step)
{
    json_writer_reset(&w->json);
    w->limits = limits_at(w->summary->input->policy, step);
    json_writer_open(&w->json, NULL, '{');
    write_head(w);
    if (w->summary->input->story->status == STORY_MERGED) { /* its articles are in mergedInto */
        json_writer_time_if(&w->json, "updatedAt", w->summary->input->story->updated_ms);
    } else {
        bool *pins = summary_pins(w->arena, w->summary);
        article_list_choose(w->arena, &w->summary->view, pins, w->limits.articles, &w->list);
        write_body(w);
    }
    write_provenance(w);
    json_writer_close(&w->json, '}');
}

/* A JSON array or object in the text; NULL when it is empty. */
static char *copy_part(const struct writing *w, struct part part)
{
    return part.end - part.at > 2 ? nw_memdup(w->json.data + part.at, part.end - part.at) : NULL;
}

static struct coverage_parts copy_parts(const struct writing *w)
{
    const char *title = w->summary->title.title;
    return (struct coverage_parts){.title = *title ? nw_strdup(title) : NULL,
                                   .countries = copy_part(w, w->countries),
                                   .tags = copy_part(w, w->tags)};
}

char *coverage_json(const struct coverage_input *input, size_t *len, struct coverage_parts *parts)
{
    struct arena *arena = arena_new();
    struct summary summary;
    summary_collect(arena, input, &summary);
    struct writing w = {.summary = &summary, .arena = arena};
    json_writer_init(&w.json,
                     4096 + 1024 * (summary.view.member_count < 100 ? summary.view.member_count : 100));
    for (unsigned step = 0; step <= SHORTEST; step++) {
        write_summary(&w, step);
        if (w.json.len <= input->policy->max_bytes) break;
    }
    if (parts != NULL)
        *parts = input->story->status == STORY_MERGED ? (struct coverage_parts){0} : copy_parts(&w);
    arena_free(arena);
    return json_writer_take(&w.json, len);
}
