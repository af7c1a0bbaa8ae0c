#include "consumers/summary_stories.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "consumers/analysis_outlet.h"
#include "consumers/analysis_store.h"
#include "consumers/analysis_table.h"
#include "consumers/chat_service.h"
#include "consumers/id_set.h"
#include "consumers/summary_metrics.h"
#include "coverage/analysis_answer.h"
#include "coverage/analysis_request.h"

enum {
    TRIES_MAX = 5,
    HOUSEKEEPING_MS = 1000,
    REDIS_RETRY_MS = 500,
    SUMMARY_RETRY_MS = 200,
    OVER_BUDGET_MS = 60 * 1000,
    SENDING_WAIT_MS = 20,
};

/* What a request is about: the ticket of the chat service. */
struct question {
    struct id128 story;
    struct analysis_material *material;
    struct question *next;
};

struct summary_stories {
    struct summary_settings settings;
    struct analysis_asking asking;
    struct analysis_signature signature;
    struct analysis_table *table;
    struct analysis_store *store;
    struct chat_service *service;
    struct analysis_outlet **outlets; /* by partition; NULL: not ours */
    struct id_set *told;              /* stories of which the insights topic may hold something */
    bool told_read;                   /* ... as far as Redis knows */
    struct question *questions;
    struct arena *arena;
    int64_t now_mono_ms, now_wall_ms; /* of the turn */
    int64_t housekeeping_ms, ask_not_before_ms;
    bool redis_away;
};

/* ---- life ---- */

struct summary_stories *summary_stories_new(const struct summary_settings *settings, int64_t now_mono_ms)
{
    struct summary_stories *s = nw_calloc(1, sizeof(*s));
    const struct summary_options *options = settings->summary;
    s->settings = *settings;
    s->asking = (struct analysis_asking){
        .model = options->model, .prompt = settings->prompt, .extra = options->extra};
    bool known = analysis_format_parse(options->answer_format, &s->asking.format);
    assert(known); /* the configuration is checked */
    s->signature = (struct analysis_signature){
        .model = options->model, .prompt_version = hash64(settings->prompt, strlen(settings->prompt))};
    s->table = analysis_table_new();
    s->store = analysis_store_new(settings->redis, settings->kafka->features_topic);
    s->service = chat_service_new(options, settings->metrics, now_mono_ms);
    s->outlets = nw_calloc((size_t)settings->partitions, sizeof(struct analysis_outlet *));
    s->told = id_set_new();
    s->arena = arena_new();
    summary_metrics_label(settings->metrics);
    return s;
}

static void question_free(struct summary_stories *s, struct question *question)
{
    struct question **at = &s->questions;
    while (*at != question) at = &(*at)->next;
    *at = question->next;
    analysis_material_free(question->material);
    free(question);
}

void summary_stories_free(struct summary_stories *s)
{
    if (s == NULL) return;
    chat_service_free(s->service);
    while (s->questions != NULL) question_free(s, s->questions);
    for (int32_t p = 0; p < s->settings.partitions; p++) analysis_outlet_free(s->outlets[p]);
    free(s->outlets);
    id_set_free(s->told);
    analysis_table_free(s->table);
    analysis_store_free(s->store);
    arena_free(s->arena);
    free(s);
}

static void count(struct summary_stories *s, enum metric_id metric, unsigned label)
{
    metrics_add(s->settings.metrics, metric, label, 1);
}

/* Says it once when Redis goes away and once when it is back. */
static enum nw_err redis_result(struct summary_stories *s, enum nw_err err)
{
    if (err != NW_OK && !s->redis_away)
        log_warn("summaries: redis is not available", log_str("reason", analysis_store_error(s->store)));
    if (err == NW_OK && s->redis_away) log_notice("summaries: redis is back");
    s->redis_away = err != NW_OK;
    return err;
}

static void log_story(const char *message, struct id128 id, const char *reason, const char *detail)
{
    char hex[ID128_HEX_LEN + 1];
    id128_hex(id, hex);
    log_info(message, log_str("story", hex), log_str("reason", reason), log_str("detail", detail));
}

static struct story_place place_of(const struct analysis_story *story)
{
    return (struct story_place){story->id, story->features_partition};
}

static void note_told(void *context, struct id128 id)
{
    struct summary_stories *s = context;
    id_set_add(s->told, id);
}

/* ---- sending ---- */

static void send_message(struct summary_stories *s, struct analysis_story *story, uint64_t revision,
                         char *json, size_t len)
{
    story->phase = STORY_SENDING;
    story->unsent++;
    analysis_outlet_add(s->outlets[story->coverage_partition], story->id, revision, json, len);
}

static void become_quiet(struct summary_stories *s, struct analysis_story *story)
{
    story->phase = STORY_QUIET;
    story->tries = 0;
    story->not_before_ms = 0;
    if (!story->again) return;
    story->again = false;
    analysis_story_wait(story, s->now_mono_ms);
}

static void sent(void *context, const struct outlet_message *message, bool acknowledged)
{
    struct summary_stories *s = context;
    struct analysis_story *story = analysis_table_find(s->table, message->story);
    if (!acknowledged) log_story("kafka refuses what was written of a story", message->story, "size", "");
    if (acknowledged && message->json == NULL) {
        count(s, METRIC_SUMMARY_WITHDRAWN, 0);
        id_set_remove(s->told, message->story);
        (void)!redis_result(s, analysis_store_forget(s->store, message->story));
    } else if (acknowledged && story != NULL) {
        const struct analysis_basis *basis = &story->published;
        const struct analysis_told told = {.acknowledged = message->revision,
                                           .fingerprint = basis->fingerprint,
                                           .sources = basis->sources,
                                           .sides = basis->sides};
        count(s, METRIC_SUMMARY_ANSWERS, RESULT_PUBLISHED);
        /* Not noted: it is sent once more after a restart. */
        (void)!redis_result(s, analysis_store_tell(s->store, message->story, &told));
    }
    if (story != NULL && --story->unsent == 0) become_quiet(s, story);
}

/* ---- a story has changed ---- */

/* The basis of an answer that is stored, from the message and its note. */
static bool stored_basis(const char *json, size_t len, const struct analysis_told *told,
                         struct analysis_basis *out)
{
    json_t *root = json_loadb(json, len, 0, NULL);
    const json_t *ids = json_object_get(root, "articleIds"), *id;
    size_t i;
    *out =
        (struct analysis_basis){.revision = (uint64_t)json_integer_value(json_object_get(root, "revision")),
                                .fingerprint = told->fingerprint,
                                .sources = told->sources,
                                .sides = told->sides};
    json_array_foreach (ids, i, id) {
        const char *text = json_string_value(id);
        if (out->count < MATERIAL_ARTICLES_MAX && text != NULL &&
            id128_parse(text, strlen(text), &out->articles[out->count]))
            out->count++;
    }
    json_decref(root);
    return out->count > 0;
}

/* What Redis holds of a story that was told before this process knew it. Sends again what Kafka may not
 * have. */
static enum nw_err load(struct summary_stories *s, struct analysis_story *story)
{
    const char *json;
    size_t len;
    struct analysis_told told;
    enum nw_err err = analysis_store_read(s->store, place_of(story), s->arena, &json, &len, &told);
    if (err != NW_OK) return err;
    story->loaded = true;
    if (json == NULL || !stored_basis(json, len, &told, &story->published)) {
        /* It was taken back in Redis, and may not have been in Kafka. */
        send_message(s, story, story->revision, NULL, 0);
        return NW_OK;
    }
    story->asked = story->published;
    if (told.acknowledged < story->published.revision)
        send_message(s, story, story->published.revision, nw_memdup(json, len), len);
    return NW_OK;
}

/* The service's answer is not wanted any more. */
static void drop_question(struct summary_stories *s, struct analysis_story *story)
{
    if (story->phase != STORY_ASKING) return;
    struct question *question = s->questions;
    while (!id128_equal(question->story, story->id)) question = question->next;
    chat_service_drop(s->service, question);
    question_free(s, question);
    story->phase = STORY_QUIET;
    story->asked = (struct analysis_basis){0};
}

/* The answer is not to be shown any more. */
static enum nw_err withdraw(struct summary_stories *s, struct analysis_story *story, uint64_t revision)
{
    enum nw_err err = analysis_store_remove(s->store, place_of(story), revision);
    if (err != NW_OK) return err;
    drop_question(s, story);
    story->published = story->asked = (struct analysis_basis){0};
    send_message(s, story, revision, NULL, 0);
    return NW_OK;
}

static enum nw_err compare(struct summary_stories *s, const struct analysis_story *story,
                           const struct analysis_basis *basis, const struct analysis_brief *brief,
                           enum analysis_change *out)
{
    bool there[MATERIAL_ARTICLES_MAX];
    *out = analysis_basis_compare(basis, brief, NULL);
    if (*out != CHANGE_UNSURE) return NW_OK;
    enum nw_err err =
        analysis_store_read_members(s->store, place_of(story), basis->articles, basis->count, there);
    if (err == NW_OK) *out = analysis_basis_compare(basis, brief, there);
    return err;
}

static enum nw_err take_active(struct summary_stories *s, struct analysis_story *story,
                               const struct analysis_brief *brief)
{
    enum analysis_change shown = CHANGE_NONE, asked;
    enum nw_err err = NW_OK;
    if (!story->loaded && id_set_has(s->told, story->id)) err = load(s, story);
    if (err == NW_OK && story->published.count > 0) err = compare(s, story, &story->published, brief, &shown);
    if (err == NW_OK && shown == CHANGE_GONE) err = withdraw(s, story, brief->revision);
    if (err == NW_OK) err = compare(s, story, &story->asked, brief, &asked);
    if (err != NW_OK) return err;
    if (asked == CHANGE_GONE) drop_question(s, story);
    if (brief->source_count < s->settings.summary->min_sources) {
        if (story->phase == STORY_WAITING) story->phase = STORY_QUIET;
        story->again = false;
    } else if (asked != CHANGE_NONE) {
        analysis_story_wait(story, s->now_mono_ms);
    }
    return NW_OK;
}

/* Merged, dropped (then the stories role has dropped its keys, and features_partition is -1), or emptied. */
static enum nw_err retire(struct summary_stories *s, struct id128 id, uint64_t revision,
                          int32_t features_partition, const struct summary_record *record)
{
    struct analysis_story *story = analysis_table_find(s->table, id);
    if (story != NULL) drop_question(s, story);
    if (!id_set_has(s->told, id)) {
        if (story != NULL) analysis_table_forget(s->table, story);
        return NW_OK;
    }
    if (features_partition >= 0) {
        enum nw_err err =
            analysis_store_remove(s->store, (struct story_place){id, features_partition}, revision);
        if (err != NW_OK) return err;
    }
    story = analysis_table_touch(s->table, id);
    story->coverage_partition = record->partition;
    story->offset = record->offset;
    story->revision = revision;
    story->again = false;
    story->loaded = true;
    story->published = story->asked = (struct analysis_basis){0};
    send_message(s, story, revision, NULL, 0);
    return NW_OK;
}

static enum nw_err take_summary(struct summary_stories *s, const struct summary_record *record)
{
    struct analysis_brief brief;
    if (analysis_brief_read(s->arena, record->value, record->len, &brief) != NW_OK) {
        log_warn("a coverage record cannot be read", log_int("partition", record->partition),
                 log_int("offset", record->offset));
        return NW_OK;
    }
    if (brief.merged || (!brief.active && brief.article_count == 0)) {
        return retire(s, brief.id, brief.revision, brief.merged ? -1 : brief.features_partition, record);
    }
    struct analysis_story *story = analysis_table_find(s->table, brief.id);
    if (story == NULL && brief.source_count < s->settings.summary->min_sources &&
        !id_set_has(s->told, brief.id))
        return NW_OK;
    if (story != NULL && brief.revision < story->revision) return NW_OK;
    if (!brief.active) { /* its page stays as it is */
        if (story != NULL && story->phase == STORY_WAITING) story->phase = STORY_QUIET;
        return NW_OK;
    }
    story = analysis_table_touch(s->table, brief.id);
    story->coverage_partition = record->partition;
    story->features_partition = brief.features_partition;
    story->offset = record->offset;
    story->revision = brief.revision;
    story->sources = brief.source_count;
    return take_active(s, story, &brief);
}

enum nw_err summary_stories_take(struct summary_stories *s, const struct summary_record *record,
                                 int64_t now_mono_ms)
{
    struct id128 id;
    s->now_mono_ms = now_mono_ms;
    if (s->outlets[record->partition] == NULL) return NW_OK; /* another's by now */
    if (!s->told_read) {
        if (redis_result(s, analysis_store_list_told(s->store, note_told, s)) != NW_OK)
            return NW_ERR_UNAVAILABLE;
        s->told_read = true;
    }
    if (record->value == NULL) {
        bool named = id128_parse(record->key, record->key_len, &id);
        return named ? retire(s, id, record->revision, -1, record) : NW_OK;
    }
    enum nw_err err = redis_result(s, take_summary(s, record));
    arena_reset(s->arena);
    return err;
}

/* ---- asking ---- */

static void give_up(struct summary_stories *s, struct analysis_story *story,
                    const struct analysis_material *material, enum skip why)
{
    count(s, METRIC_SUMMARY_SKIPPED, (unsigned)why);
    analysis_basis_of(material, &story->asked);
    become_quiet(s, story);
}

/* The story as it is now; *material NULL: there is nothing to ask about. NW_ERR_NOT_FOUND: Redis gets the
 * summary only when Kafka has acknowledged it, so a reader of the topic may be ahead. */
static enum nw_err gather(struct summary_stories *s, struct analysis_story *story,
                          struct analysis_material **material)
{
    const char *json;
    size_t len;
    struct analysis_brief brief;
    enum analysis_change change;
    *material = NULL;
    enum nw_err err = analysis_store_read_summary(s->store, place_of(story), s->arena, &json, &len);
    if (err != NW_OK) return err;
    if (json == NULL || analysis_brief_read(s->arena, json, len, &brief) != NW_OK ||
        brief.revision < story->revision)
        return NW_ERR_NOT_FOUND;
    if (!brief.active || brief.source_count < s->settings.summary->min_sources) return NW_OK;
    if ((err = compare(s, story, &story->asked, &brief, &change)) != NW_OK || change == CHANGE_NONE)
        return err;

    uint32_t chosen[MATERIAL_ARTICLES_MAX];
    struct id128 ids[MATERIAL_ARTICLES_MAX];
    const struct article_card *cards[MATERIAL_ARTICLES_MAX];
    size_t articles = analysis_brief_choose(&brief, s->settings.summary->articles, chosen);
    for (size_t i = 0; i < articles; i++) ids[i] = brief.articles[chosen[i]].id;
    err = analysis_store_read_cards(s->store, place_of(story), ids, articles, s->arena, cards);
    if (err == NW_OK) *material = analysis_material_new(&brief, chosen, articles, cards);
    return err;
}

static void put_question(struct summary_stories *s, struct analysis_story *story,
                         struct analysis_material *material)
{
    struct question *question = nw_calloc(1, sizeof(*question));
    size_t len;
    char *body = analysis_request_body(material, &s->asking, &len);
    *question = (struct question){.story = story->id, .material = material, .next = s->questions};
    s->questions = question;
    chat_service_ask(s->service, s->now_mono_ms, question, story->tries, body, len);
    free(body);
    analysis_basis_of(material, &story->asked);
    story->phase = STORY_ASKING;
}

/* Asks for the next story; false: nothing can be asked now. */
static bool ask_next(struct summary_stories *s)
{
    struct analysis_material *material;
    bool allowed;
    if (s->now_mono_ms < s->ask_not_before_ms || !chat_service_is_free(s->service, s->now_mono_ms))
        return false;
    struct analysis_story *story = analysis_table_next(s->table, s->now_mono_ms);
    if (story == NULL) return false;
    enum nw_err err = gather(s, story, &material);
    arena_reset(s->arena);
    if (err == NW_ERR_NOT_FOUND) {
        story->not_before_ms = s->now_mono_ms + SUMMARY_RETRY_MS;
        return true;
    }
    if (redis_result(s, err) != NW_OK) {
        s->ask_not_before_ms = s->now_mono_ms + REDIS_RETRY_MS;
        return false;
    }
    if (material == NULL) {
        become_quiet(s, story);
        return true;
    }
    metrics_add(s->settings.metrics, METRIC_SUMMARY_LEFT_OUT, 0, material->instructions);
    if (!analysis_material_is_fit(material)) {
        give_up(s, story, material, SKIP_UNFIT);
        analysis_material_free(material);
        return true;
    }
    err = redis_result(s, analysis_store_count_request(s->store, s->now_wall_ms,
                                                       s->settings.summary->hourly_budget, &allowed));
    if (err == NW_OK && allowed) {
        put_question(s, story, material);
        return true;
    }
    analysis_material_free(material);
    s->ask_not_before_ms = s->now_mono_ms + (err == NW_OK ? OVER_BUDGET_MS : REDIS_RETRY_MS);
    return false;
}

/* ---- answers ---- */

/* As if it had not been asked. */
static void ask_again(struct analysis_story *story)
{
    story->asked = (struct analysis_basis){0};
    story->again = true;
}

static void publish(struct summary_stories *s, struct analysis_story *story,
                    const struct analysis_material *material, char *json, size_t len)
{
    enum analysis_written written = ANALYSIS_WRITTEN;
    const struct analysis_told told = {.acknowledged = 0,
                                       .fingerprint = material->fingerprint,
                                       .sources = material->source_count,
                                       .sides = material->sides};
    enum nw_err err = redis_result(
        s, analysis_store_write(s->store, place_of(story), material->revision, json, len, &told, &written));
    if (err != NW_OK || written != ANALYSIS_WRITTEN) {
        free(json);
        if (err == NW_OK)
            count(s, METRIC_SUMMARY_ANSWERS, written == ANALYSIS_OLDER ? RESULT_OLDER : RESULT_GONE);
        else
            ask_again(story); /* a paid answer is lost; rare, and simpler than keeping it */
        become_quiet(s, story);
        return;
    }
    note_told(s, story->id);
    story->loaded = true;
    analysis_basis_of(material, &story->published);
    send_message(s, story, material->revision, json, len);
}

static void take_answer(struct summary_stories *s, struct analysis_story *story,
                        const struct analysis_material *material, const struct chat_result *result)
{
    char *json, detail[ANALYSIS_FAULT_MAX];
    size_t len;
    struct analysis_tokens tokens;
    s->signature.generated_ms = s->now_wall_ms;
    enum analysis_fault fault = analysis_answer_check(material, result->body, result->len, &s->signature,
                                                      &json, &len, &tokens, detail);
    metrics_add(s->settings.metrics, METRIC_SUMMARY_TOKENS, TOKENS_PROMPT, tokens.prompt);
    metrics_add(s->settings.metrics, METRIC_SUMMARY_TOKENS, TOKENS_COMPLETION, tokens.completion);
    if (fault == ANALYSIS_GOOD) {
        publish(s, story, material, json, len);
        return;
    }
    count(s, METRIC_SUMMARY_ANSWERS, (unsigned)fault);
    log_story("an answer of the summary service is dropped", story->id, analysis_fault_text(fault), detail);
    become_quiet(s, story);
}

static void take_result(struct summary_stories *s, const struct chat_result *result)
{
    struct question *question = result->ticket;
    struct analysis_story *story = analysis_table_find(s->table, question->story);
    if (story != NULL && story->phase == STORY_ASKING) {
        if (result->outcome == CHAT_ANSWERED) {
            take_answer(s, story, question->material, result);
        } else if (result->outcome == CHAT_REFUSED || ++story->tries >= TRIES_MAX) {
            give_up(s, story, question->material,
                    result->outcome == CHAT_REFUSED ? SKIP_REFUSED : SKIP_FAILED);
        } else {
            ask_again(story);
            story->phase = STORY_WAITING;
            story->again = false;
            story->not_before_ms = s->now_mono_ms + result->retry_after_ms;
        }
    }
    question_free(s, question);
}

/* ---- the turn ---- */

static void lose_partition(struct summary_stories *s, int32_t partition)
{
    log_notice("another instance has taken this partition", log_int("partition", partition));
    summary_stories_revoke(s, partition);
}

static void keep_house(struct summary_stories *s)
{
    s->housekeeping_ms = s->now_mono_ms;
    size_t expired = analysis_table_expire(s->table, s->now_mono_ms);
    metrics_add(s->settings.metrics, METRIC_SUMMARY_SKIPPED, SKIP_BUDGET, expired);
    metrics_set(s->settings.metrics, METRIC_SUMMARY_WAITING, 0, (double)analysis_table_waiting(s->table));
}

void summary_stories_turn(struct summary_stories *s, bool may_ask, int64_t now_mono_ms, int64_t now_wall_ms)
{
    struct chat_result result;
    s->now_mono_ms = now_mono_ms;
    s->now_wall_ms = now_wall_ms;
    chat_service_turn(s->service, 0);
    while (chat_service_next(s->service, now_mono_ms, &result)) take_result(s, &result);
    while (may_ask && ask_next(s)) {
    }
    for (int32_t p = 0; p < s->settings.partitions; p++)
        if (s->outlets[p] != NULL && !analysis_outlet_step(s->outlets[p], 0)) lose_partition(s, p);
    if (now_mono_ms - s->housekeeping_ms >= HOUSEKEEPING_MS) keep_house(s);
}

/* ---- partitions ---- */

void summary_stories_assign(struct summary_stories *s, int32_t partition)
{
    assert(partition >= 0 && partition < s->settings.partitions);
    const struct outlet_callbacks callbacks = {.context = s, .done = sent};
    s->told_read = false; /* the former owner has told more */
    if (s->outlets[partition] == NULL)
        s->outlets[partition] = analysis_outlet_new(s->settings.kafka, partition, &callbacks);
}

static void drop_questions(struct summary_stories *s, int32_t partition)
{
    for (struct question *q = s->questions, *next; q != NULL; q = next) {
        const struct analysis_story *story = analysis_table_find(s->table, q->story);
        next = q->next;
        if (story == NULL || story->coverage_partition != partition) continue;
        chat_service_drop(s->service, q);
        question_free(s, q);
    }
}

/* Moves one outlet on until it has nothing left, or for wait_ms. */
void summary_stories_finish(struct summary_stories *s, int32_t partition, int wait_ms)
{
    struct analysis_outlet *outlet = partition < s->settings.partitions ? s->outlets[partition] : NULL;
    int64_t until = clock_mono_ms() + wait_ms;
    while (outlet != NULL && analysis_outlet_is_busy(outlet) && clock_mono_ms() < until)
        if (!analysis_outlet_step(outlet, SENDING_WAIT_MS)) break;
}

void summary_stories_revoke(struct summary_stories *s, int32_t partition)
{
    if (partition >= s->settings.partitions || s->outlets[partition] == NULL) return;
    analysis_outlet_free(s->outlets[partition]);
    s->outlets[partition] = NULL;
    drop_questions(s, partition);
    analysis_table_forget_partition(s->table, partition);
}

int64_t summary_stories_position(const struct summary_stories *s, int32_t partition, int64_t next_offset)
{
    return analysis_table_position(s->table, partition, next_offset);
}

bool summary_stories_is_busy(const struct summary_stories *s)
{
    for (int32_t p = 0; p < s->settings.partitions; p++)
        if (s->outlets[p] != NULL && analysis_outlet_is_busy(s->outlets[p])) return true;
    return chat_service_in_flight(s->service) > 0;
}

bool summary_stories_redis_is_away(const struct summary_stories *s)
{
    return s->redis_away;
}
