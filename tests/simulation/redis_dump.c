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

struct lines {
    char **lines;
    size_t count, capacity;
    int32_t partition;
    const char *what;
    char within[ID128_HEX_LEN + 2];
    bool hex_names;
};

static void add_line(struct lines *lines, const char *what, const char *key, const char *bytes, size_t len)
{
    size_t room = strlen(what) + strlen(key) + 2 * len + 4;
    char *line = nw_calloc(1, room);
    int at = snprintf(line, room, "%s %s ", what, key);
    for (size_t i = 0; i < len; i++, at += 2) snprintf(line + at, 3, "%02x", (uint8_t)bytes[i]);
    lines->lines = nw_grow(lines->lines, &lines->capacity, lines->count + 1, sizeof(*lines->lines));
    lines->lines[lines->count++] = line;
}

static void add_field(void *context, const char *name, size_t name_len, const char *value, size_t len)
{
    struct lines *lines = context;
    char key[2 * ID128_HEX_LEN + 3];
    if (lines->hex_names) {
        snprintf(key, sizeof(key), "%s%.*s", lines->within, (int)name_len, name);
    } else {
        char text[ID128_HEX_LEN + 1] = "";
        if (name_len == ID128_BYTES) id128_hex(id128_from_bytes((const uint8_t *)name), text);
        snprintf(key, sizeof(key), "%s%s", lines->within, text);
    }
    add_line(lines, lines->what, key, value, len);
}

static void add_fields(struct lines *lines, const char *what, const char *within, bool hex_names,
                       const char *key)
{
    lines->what = what;
    lines->hex_names = hex_names;
    snprintf(lines->within, sizeof(lines->within), "%s%s", within, within[0] != '\0' ? "/" : "");
    fake_redis_read(key, add_field, lines);
}

static void add_story(void *context, const char *key, const char *id)
{
    struct lines *lines = context;
    char closed = (char)has_field(key_of(lines->partition, "_closed", ""), id);
    size_t len;
    const char *state = value_of(key, "", &len);
    add_line(lines, "story", id, &closed, 1);
    add_line(lines, "state", id, state, len);
    add_fields(lines, "member", id, false, key_of(lines->partition, "_members:", id));
    add_fields(lines, "card", id, true, key_of(lines->partition, "articles:", id));
}

static void add_alias(void *context, const char *key, const char *id)
{
    size_t len;
    struct id128 to;
    uint8_t bytes[ID128_BYTES] = {0};
    const char *value = value_of(key, "", &len);
    if (id128_parse(value, len, &to)) id128_bytes(to, bytes);
    add_line(context, "alias", id, (const char *)bytes, sizeof(bytes));
}

static void add_source(void *context, const char *key, const char *domain)
{
    char text[200];
    const char *last_seen = value_of(key, "last_seen", NULL);
    snprintf(text, sizeof(text), "%.60s %lld %lld %lld %lld", domain, atoll(value_of(key, "articles", NULL)),
             atoll(value_of(key, "stories", NULL)), atoll(value_of(key, "firsts", NULL)),
             last_seen[0] != '\0' ? atoll(last_seen) : (long long)NW_NO_TIME);
    add_line(context, "source", text, NULL, 0);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *join(struct lines *lines)
{
    qsort(lines->lines, lines->count, sizeof(*lines->lines), by_text);
    size_t room = 1, at = 0;
    for (size_t i = 0; i < lines->count; i++) room += strlen(lines->lines[i]) + 1;
    char *text = nw_calloc(1, room);
    for (size_t i = 0; i < lines->count; i++) {
        at += (size_t)snprintf(text + at, room - at, "%s\n", lines->lines[i]);
        free(lines->lines[i]);
    }
    free(lines->lines);
    return text;
}

char *redis_dump(int32_t partition)
{
    struct lines lines = {.partition = partition};
    size_t len;
    const char *header = value_of(key_of(partition, "_position", ""), "header", &len);
    add_line(&lines, "header", "", header, len);
    fake_redis_keys(key_of(partition, "_state:", ""), add_story, &lines);
    fake_redis_keys(key_of(partition, "alias:", ""), add_alias, &lines);
    add_fields(&lines, "withdrawal", "", false, key_of(partition, "_withdrawals", ""));
    fake_redis_keys(key_of(partition, "source:", ""), add_source, &lines);
    char text[200];
#define TOTAL_LINE(name)                                                                                     \
    snprintf(text, sizeof(text), #name " %lld",                                                              \
             atoll(value_of(key_of(partition, "totals", ""), #name, NULL)));                                 \
    add_line(&lines, "total", text, NULL, 0);
    PARTITION_TOTALS(TOTAL_LINE)
#undef TOTAL_LINE
    return join(&lines);
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
