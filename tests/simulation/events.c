#include "simulation/events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "articles/article_card.h"
#include "articles/article_pipeline.h"
#include "base/alloc.h"
#include "base/instant.h"
#include "consumers/kafka.h"
#include "simulation/fake_kafka.h"
#include "simulation/sim.h"
#include "support/test_card.h"
#include "support/test_record.h"

static const int64_t FIRST_MS = INT64_C(1760000000000) - INT64_C(400) * 3600000; /* 400 hours before now */
static const int64_t HOUR_MS = 3600000;
enum { URLS_A_LANGUAGE = 20 };
static int64_t event_time_ms;
static bool moved[EVENT_LANGUAGES * URLS_A_LANGUAGE]; /* by URL */

void events_reset(void)
{
    event_time_ms = FIRST_MS;
    memset(moved, 0, sizeof(moved));
}

static const char *url_of(unsigned url, char out[16])
{
    snprintf(out, 16, "url%u", url);
    return out;
}

bool events_was_moved(struct id128 article)
{
    char text[16];
    for (unsigned url = 0; url < sizeof(moved); url++)
        if (moved[url] && id128_equal(test_article_id(url_of(url, text)), article)) return true;
    return false;
}

const char *events_language(unsigned language)
{
    static const char *const languages[EVENT_LANGUAGES] = {"en", "fr", "de"};
    return languages[language];
}

struct sim_event events_article(unsigned event, unsigned url)
{
    return (struct sim_event){.kind = EVENT_ARTICLE,
                              .url = url,
                              .event = event,
                              .side = 2,
                              .source = url % 5,
                              .words = url,
                              .published_ms = event_time_ms += HOUR_MS};
}

static struct sim_event random_event(void)
{
    uint32_t kind = sim_random(20);
    struct sim_event event = {
        .kind = kind < 1   ? EVENT_BAD
                : kind < 3 ? EVENT_RETRACT
                : kind < 4 ? EVENT_MOVE
                : kind < 6 ? EVENT_CORRECT
                           : EVENT_ARTICLE,
        .producer_id = sim_random(4) == 0 ? 1 + sim_random(10) : 0,
        .language = sim_random(10) < 6 ? 0 : sim_random(EVENT_LANGUAGES),
        .source = sim_random(5),
        .event = sim_random(4),
        .side = sim_random(3),
        .theme = sim_random(4) == 0 ? 1 + sim_random(2) : 0,
        .content = sim_random(3),
        .group = sim_random(12) == 0 ? 1 + sim_random(3) : 0,
        .words = sim_random(100),
        .correction = (enum correction_kind)sim_random(CORRECTION_KIND_COUNT),
        .story = (int)sim_random(7) - 1,
        .into = (int)sim_random(6),
    };
    unsigned from = event.kind == EVENT_MOVE ? sim_random(EVENT_LANGUAGES) : event.language;
    event.url = from * URLS_A_LANGUAGE + sim_random(URLS_A_LANGUAGE);
    moved[event.url] |= event.kind == EVENT_MOVE;
    event_time_ms += (int64_t)sim_random(sim_chance(5) ? 30 * 60 : 150) * 60000;
    if (sim_random(10) > 0) event.published_ms = event_time_ms - (int64_t)sim_random(5) * HOUR_MS;
    if (sim_random(3) == 0) event.version_ms = event_time_ms - (int64_t)sim_random(20) * HOUR_MS;
    return event;
}

struct event_record events_random(void)
{
    struct event_record record = {.count = sim_chance(15) ? 2 : 1};
    for (size_t i = 0; i < record.count; i++) record.events[i] = random_event();
    return record;
}

static const char *correction_text(enum correction_kind kind)
{
    static const char *const texts[] = {
#define CORRECTION_TEXT(id, text) text,
        CORRECTION_KINDS(CORRECTION_TEXT)
#undef CORRECTION_TEXT
    };
    return texts[kind];
}

bool events_is_for_all(const struct sim_event *event)
{
    return event->kind == EVENT_RETRACT ||
           (event->kind == EVENT_CORRECT && event->correction == CORRECTION_TAKEDOWN && event->story < 0);
}

void events_feed(int32_t partition, const struct event_record *record)
{
    fake_kafka_append(TOPIC_ARTICLES, partition, "", 0, record, sizeof(*record));
    for (size_t i = 0; i < record->count; i++)
        sim_trace("fed: articles [%d] %zu: %s url %u, event %u, %s", partition,
                  fake_kafka_log(TOPIC_ARTICLES, partition)->count - 1,
                  record->events[i].kind == EVENT_ARTICLE   ? "article"
                  : record->events[i].kind == EVENT_MOVE    ? "moved article"
                  : record->events[i].kind == EVENT_RETRACT ? "retraction"
                  : record->events[i].kind == EVENT_CORRECT ? correction_text(record->events[i].correction)
                                                            : "rubbish",
                  record->events[i].url, record->events[i].event,
                  events_language(record->events[i].language));
}

void events_feed_one(int32_t partition, struct sim_event event)
{
    struct event_record record = {.events = {event}, .count = 1};
    events_feed(partition, &record);
}

int32_t events_partition(const struct sim_event *event)
{
    const char *language = events_language(event->language);
    return kafka_key_partition(language, strlen(language), SIM_FEATURES_PARTITIONS);
}

bool events_has_bad(const struct event_record *record)
{
    for (size_t i = 0; i < record->count; i++)
        if (record->events[i].kind == EVENT_BAD) return true;
    return false;
}

/* ---- articles/article_pipeline.h ---- */

struct article_pipeline {
    char unused;
};

struct article_pipeline *article_pipeline_new(const struct article_pipeline_config *config)
{
    (void)config;
    return nw_calloc(1, sizeof(struct article_pipeline));
}

void article_pipeline_free(struct article_pipeline *pipeline)
{
    free(pipeline);
}

void article_pipeline_set_rules(struct article_pipeline *pipeline, const struct source_rules *rules)
{
    (void)pipeline;
    (void)rules;
}

/* One side of the event, the other, or both: stories that begin apart grow together and are merged. */
static const char *title_of(struct arena *arena, const struct sim_event *e)
{
    const char *one = arena_printf(arena, "a%u b%u c%u", e->event, e->event, e->event);
    const char *other = arena_printf(arena, "d%u e%u f%u", e->event, e->event, e->event);
    return e->side == 0 ? one : e->side == 1 ? other : arena_printf(arena, "%s %s g%u", one, other, e->words);
}

static void add_card(struct arena *arena, const struct test_article *article, const char *title,
                     struct features_record *record)
{
    struct article_card card = test_card(record->id, article->url, title, record->source);
    card.lead = arena_printf(arena, "lead %s", article->content);
    card.published_ms = record->published_ms;
    article_card_pack(arena, &card, &record->card, &record->card_len);
}

static struct features_record record_of(struct arena *arena, const struct sim_event *e,
                                        const struct origin *origin, uint32_t index, bool withdrawal)
{
    static const char *const sources[] = {"a.com", "b.com", "c.com", "d.com", "e.com"};
    struct test_article article = {
        .offset = origin->offset,
        .source_partition = origin->partition,
        .index = index,
        .url = url_of(e->url, arena_alloc(arena, 16)),
        .producer_id = e->producer_id != 0 ? arena_printf(arena, "id%u", e->producer_id) : NULL,
        .language = events_language(e->language),
        .source = sources[e->source],
        .published_ms = e->published_ms,
        .version_ms = e->version_ms,
        .event = arena_printf(arena, "event%u", e->event),
        .theme = e->theme != 0 ? arena_printf(arena, "theme%u", e->theme) : NULL,
        .title = title_of(arena, e),
        .content = arena_printf(arena, "%u", e->content),
        .reprint_group = e->group != 0 ? arena_printf(arena, "group%u", e->group) : NULL,
    };
    if (withdrawal) return test_withdrawal(&article, e->kind == EVENT_MOVE ? article.language : NULL);
    struct features_record record = test_article(arena, &article);
    add_card(arena, &article, article.title, &record);
    return record;
}

/* A correction that needs a story and has none is one of a language's first. */
static struct features_record correction_of(struct arena *arena, const struct sim_event *e,
                                            const struct origin *origin, uint32_t index)
{
    const char *language = events_language(e->language);
    bool titled = e->correction == CORRECTION_SPLIT || e->correction == CORRECTION_RENAME;
    int story = e->story < 0 ? 0 : e->story;
    struct test_correction correction = {
        .offset = origin->offset,
        .source_partition = origin->partition,
        .kind = e->correction,
        .language = language,
        .title = titled && e->words % 4 != 0 ? title_of(arena, e) : NULL,
        .event = arena_printf(arena, "event%u", e->event),
    };
    if (!events_is_for_all(e)) correction.story = story_id(1, language, (uint64_t)story);
    if (e->correction == CORRECTION_MERGE)
        correction.into = story_id(1, language, (uint64_t)(e->into == story ? story + 1 : e->into));
    if (e->correction == CORRECTION_SPLIT || events_is_for_all(e))
        for (unsigned i = 0; i < 3; i++) correction.articles[i] = url_of(e->url + i, arena_alloc(arena, 16));
    struct features_record record = test_correct(arena, &correction);
    record.origin.index = index;
    return record;
}

static void add_output(struct arena *arena, struct pipeline_output *out, const struct sim_event *e,
                       const struct origin *origin, uint32_t index, bool withdrawal)
{
    struct features_record *record = arena_alloc(arena, sizeof(*record));
    *record = e->kind == EVENT_CORRECT ? correction_of(arena, e, origin, index)
                                       : record_of(arena, e, origin, index, withdrawal);
    *out = (struct pipeline_output){.target = withdrawal ? TARGET_ALL : TARGET_LANGUAGE,
                                    .key = events_language(e->language),
                                    .record = record};
    features_record_pack(arena, record, &out->bytes, &out->len);
}

void article_pipeline_run(struct article_pipeline *pipeline, struct arena *arena,
                          const struct input_record *record, struct pipeline_result *out)
{
    (void)pipeline;
    struct event_record in;
    struct pipeline_output *outputs = arena_calloc(arena, 2 * EVENTS_A_RECORD, sizeof(*outputs));
    struct pipeline_reject *rejects = arena_calloc(arena, EVENTS_A_RECORD, sizeof(*rejects));
    *out = (struct pipeline_result){.outputs = outputs, .rejects = rejects};
    memcpy(&in, record->value, sizeof(in));
    for (uint32_t i = 0; i < in.count; i++) {
        const struct sim_event *e = &in.events[i];
        if (e->kind == EVENT_BAD) {
            rejects[out->reject_count++] = (struct pipeline_reject){i, REJECT_MISSING_URL, "rubbish"};
            continue;
        }
        if (e->kind == EVENT_MOVE || events_is_for_all(e))
            add_output(arena, &outputs[out->output_count++], e, &record->origin, i, true);
        if (!events_is_for_all(e))
            add_output(arena, &outputs[out->output_count++], e, &record->origin, i, false);
    }
}
