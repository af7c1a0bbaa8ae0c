#include "simulation/oracle.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "articles/article_card.h"
#include "base/alloc.h"
#include "base/guard.h"
#include "base/instant.h"
#include "consumers/outbox_mark.h"
#include "coverage/coverage.h"
#include "coverage/rfc3339.h"
#include "simulation/events.h"
#include "simulation/fake_kafka.h"
#include "simulation/oracle.h"
#include "simulation/redis_dump.h"
#include "simulation/sim.h"
#include "support/fake_store.h"

/* ---- state of one check ---- */

struct seen { /* an event, in one features partition */
    struct {
        int64_t partition, offset, index, kind;
    } key;
    UT_hash_handle hh;
};

struct message { /* in the coverage topic, committed */
    struct id128 story;
    uint64_t revision;
    const char *json; /* NULL: a tombstone */
    size_t len;
    int ratings;      /* which loading: a larger number is a later one */
    bool for_ratings; /* a recount, not a change of the story */
    bool explained;
};

struct known { /* every story there ever was */
    struct id128 id;
    bool merged;
    struct outbox_mark mark; /* of the merge */
    UT_hash_handle hh;
};

struct check {
    char *why;
    size_t why_size;
    bool failed;
    struct oracle_figures *figures;
    struct message *messages;
    size_t message_count;

    int32_t partition;
    struct partition *machine;
    struct fake_store *store;
    struct arena *arena;
    struct seen *seen;
    struct known *known;
};

static void fail(struct check *check, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void fail(struct check *check, const char *format, ...)
{
    if (check->failed) return;
    check->failed = true;
    va_list args;
    va_start(args, format);
    vsnprintf(check->why, check->why_size, format, args);
    va_end(args);
}

static const char *hex(struct id128 id)
{
    static char text[4][ID128_HEX_LEN + 1];
    static int next;
    next = (next + 1) % 4;
    id128_hex(id, text[next]);
    return text[next];
}

/* ---- the messages ---- */

/* "name":"text" -> text */
static bool json_text(const char *json, const char *name, char *out, size_t size)
{
    char quoted[64];
    snprintf(quoted, sizeof(quoted), "\"%s\":\"", name);
    const char *at = strstr(json, quoted);
    if (at == NULL) return false;
    at += strlen(quoted);
    snprintf(out, size, "%.*s", (int)strcspn(at, "\""), at);
    return true;
}

static void read_message(struct check *check, const struct log_record *record, struct message *out)
{
    *out = (struct message){.revision = record->revision,
                            .json = record->value,
                            .len = record->len,
                            .explained = record->value == NULL};
    char version[32] = "", loaded_at[64] = "", cause[32] = "", text[RFC3339_MAX];
    if (!id128_parse(record->key, record->key_len, &out->story)) fail(check, "a coverage key is no story id");
    if (record->value == NULL) return;
    json_text(record->value, "ratingsVersion", version, sizeof(version));
    json_text(record->value, "ratingsLoadedAt", loaded_at, sizeof(loaded_at));
    out->ratings = -1;
    for (int i = 0; i < sim_ratings_loadings(); i++) {
        rfc3339_format(ratings_loaded_ms(sim_ratings_of(i)), text);
        if (strcmp(text, loaded_at) == 0 && strcmp(version, ratings_version(sim_ratings_of(i))) == 0)
            out->ratings = i;
    }
    if (out->ratings < 0) {
        fail(check, "a summary names ratings that never were: %s of %s", version, loaded_at);
        out->ratings = 0;
    }
    json_text(record->value, "cause", cause, sizeof(cause));
    out->for_ratings = strcmp(cause, story_cause_text(CAUSE_RATINGS)) == 0;
}

static void read_messages(struct check *check)
{
    const struct topic_log *log = fake_kafka_log(TOPIC_COVERAGE, 0);
    check->messages = nw_calloc(log->count + 1, sizeof(*check->messages));
    for (size_t i = 0; i < log->count; i++) {
        if (log->records[i].state == RECORD_PENDING) fail(check, "a transaction is still open");
        if (log->records[i].state != RECORD_COMMITTED) continue;
        read_message(check, &log->records[i], &check->messages[check->message_count++]);
    }
    check->figures->summaries += check->message_count;
}

/* ---- a summary as it has to be ---- */

struct cards {
    struct check *check;
    const struct story *story;
    struct article_card *cards;
};

static void read_cards(struct check *check, const struct story *story, struct article_card *cards)
{
    for (size_t i = 0; i < story->member_count; i++) {
        size_t len;
        const uint8_t *bytes = fake_store_card(check->store, story->id, story->members[i].article, &len);
        if (bytes == NULL || !story->members[i].has_card) continue;
        enum nw_err err = article_card_unpack(check->arena, bytes, len, &cards[i]);
        assert(err == NW_OK);
    }
}

static char *summary_of(struct check *check, const struct story *story, int ratings, enum story_cause cause,
                        size_t *len)
{
    arena_reset(check->arena);
    struct article_card *cards = arena_calloc(check->arena, story->member_count + 1, sizeof(*cards));
    if (story->status != STORY_MERGED) read_cards(check, story, cards);
    const struct coverage_input input = {
        .story = story,
        .sources = partition_sources(check->machine),
        .cards = cards,
        .ratings = sim_ratings_of(ratings),
        .policy = &sim_settings.story.coverage,
        .features_topic = sim_settings.kafka.features_topic,
        .features_partition = check->partition,
        .policy_hash = story_policy_hash(&sim_settings.story.policy),
        .ratings_loaded_ms = ratings_loaded_ms(sim_ratings_of(ratings)),
        .cause = cause,
    };
    return coverage_json(&input, len, NULL);
}

/* A merged story has no members any more: the mark holds what is said of it. */
static char *merged_summary(struct check *check, const struct outbox_mark *mark, int ratings, size_t *len)
{
    struct story merged;
    outbox_mark_merged_story(mark, &merged);
    return summary_of(check, &merged, ratings, mark->cause, len);
}

/* Every message about this revision says what the story is now. */
static void explain_messages(struct check *check, const struct story *story)
{
    for (size_t i = 0; i < check->message_count; i++) {
        struct message *m = &check->messages[i];
        if (m->json == NULL || m->revision != story->revision || !id128_equal(m->story, story->id)) continue;
        size_t len;
        enum story_cause cause = m->for_ratings ? CAUSE_RATINGS : story->cause;
        struct outbox_mark mark;
        outbox_mark_of(story, &mark);
        char *json = story->status == STORY_MERGED ? merged_summary(check, &mark, m->ratings, &len)
                                                   : summary_of(check, story, m->ratings, cause, &len);
        if (len != m->len || memcmp(json, m->json, len) != 0)
            fail(check, "story %s revision %" PRIu64 ": published\n%.*s\nnot\n%s", hex(story->id),
                 story->revision & 0xffffff, (int)m->len, m->json, json);
        m->explained = true;
        free(json);
    }
}

static void know(struct check *check, const struct story *story)
{
    struct known *known;
    HASH_FIND(hh, check->known, &story->id, sizeof(story->id), known);
    if (known == NULL) {
        known = nw_calloc(1, sizeof(*known));
        known->id = story->id;
        HASH_ADD(hh, check->known, id, sizeof(known->id), known);
    }
    known->merged = story->status == STORY_MERGED;
    if (known->merged) outbox_mark_of(story, &known->mark);
}

/* ---- the replay ---- */

static bool was_seen(struct check *check, const struct features_record *record)
{
    struct seen *seen,
        key = {.key = {record->origin.partition, record->origin.offset, record->origin.index, record->kind}};
    HASH_FIND(hh, check->seen, &key.key, sizeof(key.key), seen);
    if (seen != NULL) return true;
    seen = nw_calloc(1, sizeof(*seen));
    seen->key = key.key;
    HASH_ADD(hh, check->seen, key, sizeof(seen->key), seen);
    return false;
}

static void replay_record(struct check *check, uint64_t offset, const struct log_record *stored)
{
    struct features_record record;
    struct arena *arena = arena_new();
    if (features_record_unpack(arena, (const uint8_t *)stored->value, stored->len, &record) != NW_OK) {
        partition_skip(check->machine, offset);
        fake_store_commit(check->store, check->machine);
        arena_free(arena);
        return;
    }
    bool again = was_seen(check, &record);
    enum apply_outcome outcome = partition_apply(check->machine, &record, offset, stored->time_ms, NULL);
    if (again != (outcome == APPLIED_DROPPED_SEEN))
        fail(check, "features [%d] %" PRIu64 ": %s, but the source marks say otherwise", check->partition,
             offset, again ? "was sent before" : "comes the first time");
    check->figures->records++;
    check->figures->seen_twice += again;
    fake_store_commit(check->store, check->machine);
    const struct partition_changes *changes = partition_changes(check->machine);
    check->figures->corrected += outcome == APPLIED_CORRECTED;
    check->figures->merges += (size_t)changes->totals.merges;
    check->figures->splits += (size_t)changes->totals.splits;
    check->figures->closed += (size_t)changes->totals.closed;
    check->figures->stories += (size_t)(changes->totals.stories > 0 ? changes->totals.stories : 0);
    for (size_t i = 0; i < changes->dirty_count; i++) {
        explain_messages(check, changes->dirty[i]);
        know(check, changes->dirty[i]);
    }
    for (size_t i = 0; i < changes->change_count; i++)
        check->figures->dropped += changes->changes[i].kind == CHANGE_STORY_DROPPED;
    partition_changes_clear(check->machine);
    arena_free(arena);
}

/* ---- the articles ---- */

static void check_event(struct check *check, int32_t partition, size_t offset, size_t index,
                        const struct sim_event *event)
{
    struct {
        bool wanted;
        enum features_record_kind kind;
    } wanted[] = {
        {event->kind == EVENT_ARTICLE || event->kind == EVENT_MOVE, RECORD_ARTICLE},
        {event->kind == EVENT_RETRACT, RECORD_RETRACTED},
        {event->kind == EVENT_MOVE, RECORD_MOVED},
        {event->kind == EVENT_CORRECT, RECORD_CORRECTION},
    };
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        bool here = wanted[i].kind == RECORD_MOVED || events_is_for_all(event) ||
                    events_partition(event) == check->partition;
        struct seen *seen, key = {.key = {partition, (int64_t)offset, (int64_t)index, wanted[i].kind}};
        HASH_FIND(hh, check->seen, &key.key, sizeof(key.key), seen);
        if ((seen != NULL) != (wanted[i].wanted && here))
            fail(check, "articles [%d] %zu event %zu: %s features [%d]", partition, offset, index,
                 seen != NULL ? "should not be in" : "is lost, not in", check->partition);
    }
}

/* Nothing that was accepted is lost on the way to the features. */
static void check_articles(struct check *check)
{
    for (int32_t p = 0; p < SIM_ARTICLES_PARTITIONS; p++) {
        const struct topic_log *log = fake_kafka_log(TOPIC_ARTICLES, p);
        for (size_t o = 0; o < log->count; o++) {
            struct event_record record;
            memcpy(&record, log->records[o].value, sizeof(record));
            for (size_t i = 0; i < record.count; i++) check_event(check, p, o, i, &record.events[i]);
        }
    }
}

static void check_rejects(struct check *check)
{
    size_t refused = 0;
    for (int32_t p = 0; p < SIM_ARTICLES_PARTITIONS; p++) {
        const struct topic_log *log = fake_kafka_log(TOPIC_ARTICLES, p);
        for (size_t o = 0; o < log->count; o++) {
            struct event_record record;
            memcpy(&record, log->records[o].value, sizeof(record));
            refused += events_has_bad(&record);
        }
    }
    if (fake_kafka_log(TOPIC_REJECTED, 0)->count < refused) fail(check, "a reject is lost");
}

/* ---- what readers of the coverage topic end with ---- */

static bool is_newer(const struct message *a, const struct message *b)
{
    return b == NULL || a->revision > b->revision || (a->revision == b->revision && a->ratings >= b->ratings);
}

/* A reader of the highest (revision, ratingsLoadedAt); a tombstone ends the story for it. */
static const struct message *reader_view(const struct check *check, struct id128 story)
{
    const struct message *best = NULL;
    for (size_t i = 0; i < check->message_count; i++) {
        const struct message *m = &check->messages[i];
        if (!id128_equal(m->story, story)) continue;
        if (m->json == NULL || best == NULL || (best->json != NULL && is_newer(m, best))) best = m;
    }
    return best;
}

static const struct message *compacted(const struct check *check, struct id128 story)
{
    const struct message *last = NULL;
    for (size_t i = 0; i < check->message_count; i++)
        if (id128_equal(check->messages[i].story, story)) last = &check->messages[i];
    return last;
}

static void check_last(struct check *check, struct id128 story, const char *what, const struct message *last,
                       const char *json)
{
    if (json == NULL && (last == NULL || last->json == NULL)) return;
    if (json == NULL)
        fail(check, "story %s was dropped, but %s ends with\n%s", hex(story), what, last->json);
    else if (last == NULL || last->json == NULL)
        fail(check, "story %s: %s has %s, not\n%s", hex(story), what,
             last == NULL ? "nothing" : "a tombstone", json);
    else if (last->len != strlen(json) || memcmp(last->json, json, last->len) != 0)
        fail(check, "story %s: %s ends with\n%.*s\nnot\n%s", hex(story), what, (int)last->len, last->json,
             json);
}

/* A recount publishes only stories whose sources are rated otherwise. */
static bool rated_alike(const struct check *check, const struct story *story, int a, int b)
{
    for (size_t i = 0; i < story->source_count; i++) {
        const char *source = source_table_name(partition_sources(check->machine), story->sources[i].source);
        const struct rating *x = ratings_find(sim_ratings_of(a), source);
        const struct rating *y = ratings_find(sim_ratings_of(b), source);
        if ((x == NULL) != (y == NULL) || (x != NULL && x->bias != y->bias)) return false;
    }
    return true;
}

/* The summary in Redis is one that was published, about the story as it is now. */
static void check_stored_summary(struct check *check, const struct story *story)
{
    const char *stored = redis_dump_summary(check->partition, story->id);
    for (size_t i = 0; i < check->message_count; i++) {
        const struct message *m = &check->messages[i];
        if (m->json != NULL && m->revision == story->revision && id128_equal(m->story, story->id) &&
            rated_alike(check, story, m->ratings, sim_ratings_loadings() - 1) && strcmp(m->json, stored) == 0)
            return;
    }
    fail(check, "story %s: the summary in redis is not of its last revision:\n%s", hex(story->id), stored);
}

/* What a reader whose last message this is should have: NULL, nothing any more. */
static char *wanted_summary(struct check *check, const struct known *known, const struct message *last)
{
    const struct story *story = partition_find_story(check->machine, known->id);
    bool has_json = last != NULL && last->json != NULL;
    size_t len;
    if (known->merged) return merged_summary(check, &known->mark, has_json ? last->ratings : 0, &len);
    if (story == NULL) return NULL;
    int ratings = sim_ratings_loadings() - 1;
    if (has_json && rated_alike(check, story, last->ratings, ratings)) ratings = last->ratings;
    enum story_cause cause = has_json && last->for_ratings ? CAUSE_RATINGS : story->cause;
    return summary_of(check, story, ratings, cause, &len);
}

static void check_reader(struct check *check, const struct known *known, const char *what,
                         const struct message *last)
{
    char *json = wanted_summary(check, known, last);
    check_last(check, known->id, what, last, json);
    free(json);
}

static void check_known(struct check *check, const struct known *known)
{
    const struct story *story = partition_find_story(check->machine, known->id);
    if (story != NULL) {
        redis_dump_check_story(check->partition, story, partition_sources(check->machine), check->why,
                               check->why_size, &check->failed);
        check_stored_summary(check, story);
    }
    check_reader(check, known, "a reader", reader_view(check, known->id));
    /* Without transactions a frozen owner's late message may be what compaction keeps: docs/simulation.md */
    if (!fake_kafka_is_plain())
        check_reader(check, known, "the compacted topic", compacted(check, known->id));
}

/* ---- one partition ---- */

static void compare_state(struct check *check)
{
    char *expected = fake_store_dump(check->store, true), *actual = redis_dump(check->partition);
    if (strcmp(expected, actual) != 0) {
        size_t at = 0;
        while (expected[at] == actual[at]) at++;
        while (at > 0 && expected[at - 1] != '\n') at--;
        fail(check, "features [%d]: redis holds\n  %.*s\nnot\n  %.*s", check->partition,
             (int)strcspn(actual + at, "\n"), actual + at, (int)strcspn(expected + at, "\n"), expected + at);
    }
    free(expected);
    free(actual);
}

static void check_partition(struct check *check)
{
    const struct topic_log *log = fake_kafka_log(TOPIC_FEATURES, check->partition);
    check->machine = partition_new(&sim_settings.story.policy);
    check->store = fake_store_new();
    for (size_t o = log->low; o < log->count; o++) replay_record(check, o, &log->records[o]);
    check_articles(check);
    if (log->count > 0) {
        compare_state(check);
        redis_dump_check_sets(check->partition, check->machine, check->why, check->why_size, &check->failed);
    }
    struct known *known, *next_known;
    HASH_ITER (hh, check->known, known, next_known) {
        check_known(check, known);
        HASH_DEL(check->known, known);
        free(known);
    }
    struct seen *seen, *next_seen;
    HASH_ITER (hh, check->seen, seen, next_seen) {
        HASH_DEL(check->seen, seen);
        free(seen);
    }
    fake_store_free(check->store);
    partition_free(check->machine);
}

bool oracle_check(char *why, size_t size, struct oracle_figures *figures)
{
    unsigned off = guards_off;
    guards_off = 0; /* it is told the truth */
    struct check check = {.why = why, .why_size = size, .figures = figures, .arena = arena_new()};
    read_messages(&check);
    check_rejects(&check);
    for (check.partition = 0; check.partition < SIM_FEATURES_PARTITIONS; check.partition++)
        check_partition(&check);
    for (size_t i = 0; i < check.message_count; i++)
        if (!check.messages[i].explained)
            fail(&check, "story %s never had the published revision %" PRIu64, hex(check.messages[i].story),
                 check.messages[i].revision & 0xffffff);
    free(check.messages);
    arena_free(check.arena);
    guards_off = off;
    return !check.failed;
}

const char *oracle_what_is_left(void)
{
    static char text[200];
    for (int32_t p = 0; p < SIM_ARTICLES_PARTITIONS; p++) {
        int64_t offset = fake_kafka_offset(GROUP_ARTICLES, p);
        size_t count = fake_kafka_log(TOPIC_ARTICLES, p)->count;
        snprintf(text, sizeof(text), "articles [%d] are done up to %" PRId64 " of %zu", p, offset, count);
        if ((size_t)(offset < 0 ? 0 : offset) < count) return text;
    }
    for (int32_t p = 0; p < SIM_FEATURES_PARTITIONS; p++) {
        size_t count = fake_kafka_log(TOPIC_FEATURES, p)->count;
        if (count > 0 && !redis_dump_is_settled(p, count, text, sizeof(text))) return text;
    }
    return NULL;
}
