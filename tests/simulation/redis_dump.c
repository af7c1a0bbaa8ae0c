#include "simulation/redis_dump.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/instant.h"
#include "coverage/coverage.h"
#include "simulation/events.h"
#include "simulation/fake_redis.h"
#include "simulation/sim.h"
#include "support/state_dump.h"

/* ---- reading ---- */

static const char *key_of(int32_t partition, const char *name, const char *suffix)
{
    static char keys[4][320];
    static int next;
    next = (next + 1) % 4;
    snprintf(keys[next], sizeof(keys[next]), "ns:{features:%d}:%s%s", partition, name, suffix);
    return keys[next];
}

struct wanted {
    const char *name;
    size_t name_len;
    const char *value; /* found */
    size_t len, fields;
};

static void want(void *context, const char *name, size_t name_len, const char *value, size_t len)
{
    struct wanted *wanted = context;
    wanted->fields++;
    if (name_len != wanted->name_len || memcmp(name, wanted->name, name_len) != 0) return;
    wanted->value = value;
    wanted->len = len;
}

/* The value of a field (of a string: name ""), "" when there is none; stored values end in a NUL. */
static const char *value_of(const char *key, const char *name, size_t *len)
{
    struct wanted wanted = {.name = name, .name_len = strlen(name)};
    fake_redis_read(key, want, &wanted);
    if (len != NULL) *len = wanted.value != NULL ? wanted.len : 0;
    return wanted.value != NULL ? wanted.value : "";
}

static bool has_field(const char *key, const char *name)
{
    struct wanted wanted = {.name = name, .name_len = strlen(name)};
    return fake_redis_read(key, want, &wanted) && wanted.value != NULL;
}

static size_t count_fields(const char *key)
{
    struct wanted wanted = {.name = "\x01", .name_len = 1};
    fake_redis_read(key, want, &wanted);
    return wanted.fields;
}

/* ---- the dump ---- */

struct reading {
    struct state_dump dump;
    int32_t partition;
    const char *what;
    char within[ID128_HEX_LEN + 2];
    bool hex_names;
};

static void add_field(void *context, const char *name, size_t name_len, const char *value, size_t len)
{
    struct reading *reading = context;
    char key[2 * ID128_HEX_LEN + 3];
    if (reading->hex_names) {
        snprintf(key, sizeof(key), "%s%.*s", reading->within, (int)name_len, name);
    } else {
        char text[ID128_HEX_LEN + 1] = "";
        if (name_len == ID128_BYTES) id128_hex(id128_from_bytes((const uint8_t *)name), text);
        snprintf(key, sizeof(key), "%s%s", reading->within, text);
    }
    state_dump_add(&reading->dump, reading->what, key, value, len);
}

static void add_fields(struct reading *reading, const char *what, const char *within, bool hex_names,
                       const char *key)
{
    reading->what = what;
    reading->hex_names = hex_names;
    snprintf(reading->within, sizeof(reading->within), "%s%s", within, within[0] != '\0' ? "/" : "");
    fake_redis_read(key, add_field, reading);
}

static void add_story(void *context, const char *key, const char *id)
{
    struct reading *reading = context;
    char closed = (char)has_field(key_of(reading->partition, "_closed", ""), id);
    size_t len;
    const char *state = value_of(key, "", &len);
    state_dump_add(&reading->dump, "story", id, &closed, 1);
    state_dump_add(&reading->dump, "state", id, state, len);
    add_fields(reading, "member", id, false, key_of(reading->partition, "_members:", id));
    add_fields(reading, "card", id, true, key_of(reading->partition, "articles:", id));
}

static void add_alias(void *context, const char *key, const char *id)
{
    struct reading *reading = context;
    size_t len;
    struct id128 to;
    uint8_t bytes[ID128_BYTES] = {0};
    const char *value = value_of(key, "", &len);
    if (id128_parse(value, len, &to)) id128_bytes(to, bytes);
    state_dump_add(&reading->dump, "alias", id, bytes, sizeof(bytes));
}

static int64_t number_of(const char *key, const char *name)
{
    return atoll(value_of(key, name, NULL));
}

static void add_source(void *context, const char *key, const char *domain)
{
    struct reading *reading = context;
    const struct source_delta sum = {
        .articles = number_of(key, "articles"),
        .stories = number_of(key, "stories"),
        .firsts = number_of(key, "firsts"),
        .last_seen_ms = has_field(key, "last_seen") ? number_of(key, "last_seen") : NW_NO_TIME,
    };
    state_dump_source(&reading->dump, domain, &sum);
}

char *redis_dump(int32_t partition)
{
    struct reading reading = {.partition = partition};
    size_t len;
    const char *header = value_of(key_of(partition, "_position", ""), "header", &len);
    state_dump_add(&reading.dump, "header", "", header, len);
    fake_redis_keys(key_of(partition, "_state:", ""), add_story, &reading);
    fake_redis_keys(key_of(partition, "alias:", ""), add_alias, &reading);
    add_fields(&reading, "withdrawal", "", false, key_of(partition, "_withdrawals", ""));
    fake_redis_keys(key_of(partition, "source:", ""), add_source, &reading);
    struct partition_totals totals;
#define READ_TOTAL(name) totals.name = number_of(key_of(partition, "totals", ""), #name);
    PARTITION_TOTALS(READ_TOTAL)
#undef READ_TOTAL
    state_dump_totals(&reading.dump, &totals);
    return state_dump_text(&reading.dump);
}

/* ---- the public keys ---- */

struct verdict {
    int32_t partition;
    const struct partition *machine;
    char *why;
    size_t size;
    bool *failed;
    size_t live, closed;
};

static void fail(const struct verdict *verdict, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void fail(const struct verdict *verdict, const char *format, ...)
{
    if (*verdict->failed) return;
    *verdict->failed = true;
    va_list args;
    va_start(args, format);
    vsnprintf(verdict->why, verdict->size, format, args);
    va_end(args);
}

/* The story an article's link leads to. */
static void follow(const struct verdict *verdict, struct id128 article, char story[ID128_HEX_LEN + 1])
{
    char hex[ID128_HEX_LEN + 1];
    id128_hex(article, hex);
    snprintf(story, ID128_HEX_LEN + 1, "%s", value_of(key_of(verdict->partition, "article:", hex), "", NULL));
    const char *to;
    while ((to = value_of(key_of(verdict->partition, "alias:", story), "", NULL))[0] != '\0')
        snprintf(story, ID128_HEX_LEN + 1, "%s", to);
}

static bool check_story_in_sets(void *context, const struct story *story)
{
    struct verdict *verdict = context;
    char hex[ID128_HEX_LEN + 1], linked[ID128_HEX_LEN + 1], closed_at[32];
    id128_hex(story->id, hex);
    bool active = story->status == STORY_ACTIVE;
    verdict->live += active;
    verdict->closed += !active;
    if (has_field(key_of(verdict->partition, "_live", ""), hex) != active)
        fail(verdict, "story %s in _live: %d", hex, !active);
    int64_t watermark_ms = story->closed_watermark_ms != NW_NO_TIME ? story->closed_watermark_ms : 0;
    snprintf(closed_at, sizeof(closed_at), "%" PRId64, watermark_ms);
    if (!active && strcmp(value_of(key_of(verdict->partition, "_closed", ""), hex, NULL), closed_at) != 0)
        fail(verdict, "story %s in _closed at another time than %s", hex, closed_at);
    if (!has_field(key_of(verdict->partition, "recent", ""), hex)) fail(verdict, "story %s not recent", hex);
    for (size_t i = 0; i < story->member_count; i++) {
        follow(verdict, story->members[i].article, linked);
        /* Of one that was in two languages the link is the one written last, and goes with that one. */
        if (strcmp(linked, hex) != 0 && !events_was_moved(story->members[i].article))
            fail(verdict, "an article of story %s leads to '%s'", hex, linked);
    }
    return true;
}

static void check_ranked(void *context, const char *name, size_t name_len, const char *value, size_t len)
{
    const struct verdict *verdict = context;
    struct id128 id;
    (void)value;
    (void)len;
    const struct story *story =
        id128_parse(name, name_len, &id) ? partition_find_story(verdict->machine, id) : NULL;
    if (story == NULL || story->status != STORY_ACTIVE)
        fail(verdict, "story %.*s is ranked and not live", (int)name_len, name);
}

void redis_dump_check_sets(int32_t partition, const struct partition *machine, char *why, size_t size,
                           bool *failed)
{
    static const char *const rankings[] = {
        "top:1h", "top:6h", "top:24h", "blindspots:left", "blindspots:center", "blindspots:right"};
    struct verdict verdict = {
        .partition = partition, .machine = machine, .why = why, .size = size, .failed = failed};
    partition_each_story(machine, check_story_in_sets, &verdict);
    if (count_fields(key_of(partition, "_live", "")) != verdict.live) fail(&verdict, "_live has others");
    if (count_fields(key_of(partition, "_closed", "")) != verdict.closed)
        fail(&verdict, "_closed has others");
    if (count_fields(key_of(partition, "recent", "")) != verdict.live + verdict.closed)
        fail(&verdict, "recent has others");
    if (count_fields(key_of(partition, "_outbox", "")) != 0) fail(&verdict, "the outbox is not empty");
    for (size_t i = 0; i < sizeof(rankings) / sizeof(rankings[0]); i++)
        fake_redis_read(key_of(partition, rankings[i], ""), check_ranked, &verdict);
}

void redis_dump_check_story(int32_t partition, const struct story *story, const struct source_table *sources,
                            char *why, size_t size, bool *failed)
{
    struct verdict verdict = {.partition = partition, .why = why, .size = size, .failed = failed};
    struct coverage_counts counts;
    char hex[ID128_HEX_LEN + 1];
    id128_hex(story->id, hex);
    coverage_counts(story, sources, sim_ratings(), &sim_settings.story.coverage, &counts);
    const struct {
        const char *name;
        uint64_t value;
    } numbers[] = {
        {"articles", counts.articles},
        {"sources", counts.sources},
        {"left", counts.sides.side[SIDE_LEFT]},
        {"center", counts.sides.side[SIDE_CENTER]},
        {"right", counts.sides.side[SIDE_RIGHT]},
        {"unrated", counts.sides.unrated},
        {"unique", counts.unique},
        {"reprints", counts.reprints},
        {"sources_24h", counts.sources_24h},
        {"revision", story->revision},
    };
    const char *key = key_of(partition, "story:", hex);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (strtoull(value_of(key, numbers[i].name, NULL), NULL, 10) != numbers[i].value)
            fail(&verdict, "story %s: %s is %s, not %" PRIu64, hex, numbers[i].name,
                 value_of(key, numbers[i].name, NULL), numbers[i].value);
    if (strcmp(value_of(key, "status", NULL), story_status_text(story->status)) != 0)
        fail(&verdict, "story %s: status is %s", hex, value_of(key, "status", NULL));
}

const char *redis_dump_summary(int32_t partition, struct id128 story)
{
    char hex[ID128_HEX_LEN + 1];
    id128_hex(story, hex);
    return value_of(key_of(partition, "coverage:", hex), "", NULL);
}

bool redis_dump_is_settled(int32_t partition, size_t log_end, char *left, size_t size)
{
    const char *position = key_of(partition, "_position", "");
    unsigned long long next = strtoull(value_of(position, "next", NULL), NULL, 10);
    const char *ratings = value_of(position, "ratings", NULL);
    size_t marks = count_fields(key_of(partition, "_outbox", ""));
    snprintf(left, size, "features [%d] are done up to %llu of %zu, %zu marks are left, counted with '%s'",
             partition, next, log_end, marks, ratings);
    return next == log_end && marks == 0 && strcmp(ratings, ratings_version(sim_ratings())) == 0;
}
