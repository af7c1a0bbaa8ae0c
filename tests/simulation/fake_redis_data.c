#include "simulation/fake_redis_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <uthash.h>

#include "base/alloc.h"
#include "simulation/fake_redis.h"

struct field {
    char *name, *value;
    size_t name_len, len;
    UT_hash_handle hh;
};

struct entry {
    char *key;
    size_t key_len;
    enum fake_type type;
    struct field *fields;
    uint64_t version; /* of the last write */
    UT_hash_handle hh;
};

static struct {
    struct entry *entries;
    uint64_t versions;
    size_t positions;
} data;

/* ---- keys ---- */

static struct entry *find(const char *key, size_t len)
{
    struct entry *entry;
    HASH_FIND(hh, data.entries, key, len, entry);
    return entry;
}

static struct field *find_field(const struct entry *entry, const char *name, size_t len)
{
    struct field *field = NULL;
    if (entry != NULL) HASH_FIND(hh, entry->fields, name, len, field);
    return field;
}

static void remove_field(struct entry *entry, struct field *field)
{
    HASH_DEL(entry->fields, field);
    free(field->name);
    free(field->value);
    free(field);
}

static void remove_entry(struct entry *entry)
{
    while (entry->fields != NULL) remove_field(entry, entry->fields);
    HASH_DEL(data.entries, entry);
    free(entry->key);
    free(entry);
}

/* The entry for a write, NULL when the key holds another type. */
static struct entry *entry_for(const char *key, size_t len, enum fake_type type)
{
    struct entry *entry = find(key, len);
    if (entry != NULL && entry->type != type) return NULL;
    if (entry == NULL) {
        entry = nw_calloc(1, sizeof(*entry));
        entry->key = nw_memdup(key, len);
        entry->key_len = len;
        entry->type = type;
        HASH_ADD_KEYPTR(hh, data.entries, entry->key, entry->key_len, entry);
        data.positions += strstr(entry->key, ":_position") != NULL;
    }
    entry->version = ++data.versions;
    return entry;
}

/* True: the field is new. */
static bool put_field(struct entry *entry, const char *name, size_t name_len, const char *value, size_t len)
{
    struct field *field = find_field(entry, name, name_len);
    bool is_new = field == NULL;
    if (is_new) {
        field = nw_calloc(1, sizeof(*field));
        field->name = nw_memdup(name, name_len);
        field->name_len = name_len;
        HASH_ADD_KEYPTR(hh, entry->fields, field->name, field->name_len, field);
    }
    free(field->value);
    field->value = nw_memdup(value, len);
    field->len = len;
    return is_new;
}

void fake_data_clear(void)
{
    struct entry *entry = data.entries;
    HASH_CLEAR(hh, data.entries);
    while (entry != NULL) {
        struct entry *next = entry->hh.next;
        struct field *field = entry->fields;
        HASH_CLEAR(hh, entry->fields);
        while (field != NULL) {
            struct field *next_field = field->hh.next;
            free(field->name);
            free(field->value);
            free(field);
            field = next_field;
        }
        free(entry->key);
        free(entry);
        entry = next;
    }
}

/* ---- replies ---- */

redisReply *fake_reply(int type)
{
    redisReply *reply = nw_calloc(1, sizeof(*reply));
    reply->type = type;
    return reply;
}

static redisReply *reply_text(int type, const char *text, size_t len)
{
    redisReply *reply = fake_reply(type);
    reply->str = nw_memdup(text, len);
    reply->len = len;
    return reply;
}

redisReply *fake_reply_status(const char *text)
{
    return reply_text(REDIS_REPLY_STATUS, text, strlen(text));
}

redisReply *fake_reply_error(const char *text)
{
    return reply_text(REDIS_REPLY_ERROR, text, strlen(text));
}

static redisReply *reply_int(long long value)
{
    redisReply *reply = fake_reply(REDIS_REPLY_INTEGER);
    reply->integer = value;
    return reply;
}

redisReply *fake_reply_array(size_t count)
{
    redisReply *reply = fake_reply(REDIS_REPLY_ARRAY);
    reply->elements = count;
    reply->element = nw_calloc(count + 1, sizeof(redisReply *));
    return reply;
}

static redisReply *reply_field(const struct field *field)
{
    return field == NULL ? fake_reply(REDIS_REPLY_NIL)
                         : reply_text(REDIS_REPLY_STRING, field->value, field->len);
}

static redisReply *wrong_type(void)
{
    return fake_reply_error("WRONGTYPE Operation against a key holding the wrong kind of value");
}

/* ---- commands ---- */

static redisReply *do_set(const struct fake_command *c)
{
    struct entry *old = find(c->args[1], c->lens[1]);
    if (old != NULL && old->type != FAKE_STRING) remove_entry(old);
    put_field(entry_for(c->args[1], c->lens[1], FAKE_STRING), "", 0, c->args[2], c->lens[2]);
    return fake_reply_status("OK"); /* EX: longer than any schedule */
}

static redisReply *do_mset(const struct fake_command *c)
{
    for (size_t i = 1; i + 1 < c->count; i += 2)
        put_field(entry_for(c->args[i], c->lens[i], FAKE_STRING), "", 0, c->args[i + 1], c->lens[i + 1]);
    return fake_reply_status("OK");
}

static redisReply *do_get(const struct fake_command *c)
{
    const struct entry *entry = find(c->args[1], c->lens[1]);
    if (entry != NULL && entry->type != FAKE_STRING) return wrong_type();
    return reply_field(find_field(entry, "", 0));
}

static redisReply *do_del(const struct fake_command *c)
{
    long long count = 0;
    for (size_t i = 1; i < c->count; i++) {
        struct entry *entry = find(c->args[i], c->lens[i]);
        if (entry == NULL) continue;
        remove_entry(entry);
        count++;
    }
    return reply_int(count);
}

static redisReply *do_hset(const struct fake_command *c)
{
    struct entry *entry = entry_for(c->args[1], c->lens[1], FAKE_HASH);
    if (entry == NULL) return wrong_type();
    long long added = 0;
    for (size_t i = 2; i + 1 < c->count; i += 2)
        added += put_field(entry, c->args[i], c->lens[i], c->args[i + 1], c->lens[i + 1]);
    return reply_int(added);
}

static redisReply *do_hget(const struct fake_command *c)
{
    return reply_field(find_field(find(c->args[1], c->lens[1]), c->args[2], c->lens[2]));
}

static redisReply *do_hmget(const struct fake_command *c)
{
    const struct entry *entry = find(c->args[1], c->lens[1]);
    redisReply *reply = fake_reply_array(c->count - 2);
    for (size_t i = 2; i < c->count; i++)
        reply->element[i - 2] = reply_field(find_field(entry, c->args[i], c->lens[i]));
    return reply;
}

/* names, values, or both by turns */
static redisReply *all_fields(const struct entry *entry, bool names, bool values)
{
    size_t count = entry != NULL ? HASH_COUNT(entry->fields) : 0, at = 0;
    redisReply *reply = fake_reply_array(count * (size_t)(names + values));
    for (const struct field *f = entry != NULL ? entry->fields : NULL; f != NULL; f = f->hh.next) {
        if (names) reply->element[at++] = reply_text(REDIS_REPLY_STRING, f->name, f->name_len);
        if (values) reply->element[at++] = reply_text(REDIS_REPLY_STRING, f->value, f->len);
    }
    return reply;
}

static redisReply *do_hgetall(const struct fake_command *c)
{
    return all_fields(find(c->args[1], c->lens[1]), true, true);
}

static redisReply *do_hscan(const struct fake_command *c)
{
    redisReply *reply = fake_reply_array(2);
    reply->element[0] = reply_text(REDIS_REPLY_STRING, "0", 1);
    reply->element[1] = all_fields(find(c->args[1], c->lens[1]), true, true);
    return reply;
}

/* cursor MATCH prefix*: all at once. */
static redisReply *do_scan(const struct fake_command *c)
{
    size_t prefix_len = c->lens[3] - 1, count = 0;
    redisReply *reply = fake_reply_array(2), *keys = fake_reply_array(HASH_COUNT(data.entries));
    for (const struct entry *e = data.entries; e != NULL; e = e->hh.next)
        if (e->key_len >= prefix_len && memcmp(e->key, c->args[3], prefix_len) == 0)
            keys->element[count++] = reply_text(REDIS_REPLY_STRING, e->key, e->key_len);
    keys->elements = count;
    reply->element[0] = reply_text(REDIS_REPLY_STRING, "0", 1);
    reply->element[1] = keys;
    return reply;
}

static redisReply *do_keys_of(const struct fake_command *c) /* SMEMBERS, ZRANGE 0 -1 */
{
    return all_fields(find(c->args[1], c->lens[1]), true, false);
}

static redisReply *remove_fields(const struct fake_command *c) /* HDEL, SREM, ZREM */
{
    struct entry *entry = find(c->args[1], c->lens[1]);
    long long count = 0;
    for (size_t i = 2; i < c->count && entry != NULL; i++) {
        struct field *field = find_field(entry, c->args[i], c->lens[i]);
        if (field == NULL) continue;
        remove_field(entry, field);
        entry->version = ++data.versions;
        count++;
    }
    if (entry != NULL && entry->fields == NULL) remove_entry(entry);
    return reply_int(count);
}

static redisReply *do_hincrby(const struct fake_command *c)
{
    struct entry *entry = entry_for(c->args[1], c->lens[1], FAKE_HASH);
    if (entry == NULL) return wrong_type();
    const struct field *field = find_field(entry, c->args[2], c->lens[2]);
    char by[32] = "", text[32];
    memcpy(by, c->args[3], c->lens[3] < sizeof(by) ? c->lens[3] : sizeof(by) - 1);
    long long value = (field != NULL ? strtoll(field->value, NULL, 10) : 0) + strtoll(by, NULL, 10);
    int len = snprintf(text, sizeof(text), "%lld", value);
    put_field(entry, c->args[2], c->lens[2], text, (size_t)len);
    return reply_int(value);
}

static redisReply *do_sadd(const struct fake_command *c)
{
    struct entry *entry = entry_for(c->args[1], c->lens[1], FAKE_SET);
    if (entry == NULL) return wrong_type();
    long long added = 0;
    for (size_t i = 2; i < c->count; i++) added += put_field(entry, c->args[i], c->lens[i], "", 0);
    return reply_int(added);
}

static redisReply *do_zadd(const struct fake_command *c)
{
    struct entry *entry = entry_for(c->args[1], c->lens[1], FAKE_ZSET);
    if (entry == NULL) return wrong_type();
    long long added = 0;
    for (size_t i = 2; i + 1 < c->count; i += 2)
        added += put_field(entry, c->args[i + 1], c->lens[i + 1], c->args[i], c->lens[i]);
    return reply_int(added);
}

/* -inf to (N only: what is older than N. */
static redisReply *do_zremrangebyscore(const struct fake_command *c)
{
    struct entry *entry = find(c->args[1], c->lens[1]);
    char until[32] = "";
    memcpy(until, c->args[3], c->lens[3] < sizeof(until) ? c->lens[3] : sizeof(until) - 1);
    if (c->lens[2] != 4 || memcmp(c->args[2], "-inf", 4) != 0 || until[0] != '(')
        return fake_reply_error("ERR the simulation does not know this range");
    long long count = 0, limit = strtoll(until + 1, NULL, 10);
    struct field *field, *next;
    if (entry == NULL) return reply_int(0);
    HASH_ITER (hh, entry->fields, field, next) {
        if (strtoll(field->value, NULL, 10) >= limit) continue;
        remove_field(entry, field);
        entry->version = ++data.versions;
        count++;
    }
    if (entry->fields == NULL) remove_entry(entry);
    return reply_int(count);
}

static redisReply *do_xadd(const struct fake_command *c)
{
    struct entry *entry = entry_for(c->args[1], c->lens[1], FAKE_STREAM);
    if (entry == NULL) return wrong_type();
    char id[32];
    int len = snprintf(id, sizeof(id), "%020u-0", (unsigned)HASH_COUNT(entry->fields) + 1);
    put_field(entry, id, (size_t)len, "", 0);
    return reply_text(REDIS_REPLY_STRING, id, (size_t)len);
}

static void move_all(const char *from, size_t from_len, const char *to, size_t to_len)
{
    struct entry *source = find(from, from_len);
    if (source == NULL) return;
    struct entry *target = entry_for(to, to_len, FAKE_HASH);
    for (const struct field *f = source->fields; f != NULL; f = f->hh.next)
        put_field(target, f->name, f->name_len, f->value, f->len);
    remove_entry(source);
}

/* The two scripts of store_changes.c, known by what they call. */
static redisReply *do_eval(const struct fake_command *c)
{
    char script[512] = "";
    memcpy(script, c->args[1], c->lens[1] < sizeof(script) ? c->lens[1] : sizeof(script) - 1);
    if (strstr(script, "HGETALL") != NULL && c->count == 7) {
        move_all(c->args[3], c->lens[3], c->args[4], c->lens[4]);
        move_all(c->args[5], c->lens[5], c->args[6], c->lens[6]);
        return reply_int(1);
    }
    if (strstr(script, "HGETALL") == NULL && strstr(script, "HDEL") != NULL && c->count == 6) {
        struct entry *from = find(c->args[3], c->lens[3]);
        struct field *field = find_field(from, c->args[5], c->lens[5]);
        if (field == NULL) return reply_int(1);
        put_field(entry_for(c->args[4], c->lens[4], FAKE_HASH), field->name, field->name_len, field->value,
                  field->len);
        remove_field(from, field);
        return reply_int(1);
    }
    return fake_reply_error("ERR the simulation does not know this script");
}

static redisReply *do_info(const struct fake_command *c)
{
    (void)c;
    static const char text[] = "maxmemory_policy:noeviction\r\naof_enabled:1\r\n";
    return reply_text(REDIS_REPLY_STRING, text, sizeof(text) - 1);
}

static redisReply *do_config(const struct fake_command *c)
{
    (void)c;
    return fake_reply_array(0);
}

static redisReply *do_wait(const struct fake_command *c)
{
    (void)c;
    return reply_int(1);
}

static redisReply *do_role(const struct fake_command *c)
{
    (void)c;
    redisReply *reply = fake_reply_array(1);
    reply->element[0] = reply_text(REDIS_REPLY_STRING, "master", 6);
    return reply;
}

static const struct {
    const char *name;
    bool writes;
    redisReply *(*run)(const struct fake_command *command);
    size_t least; /* arguments, the name among them */
} commands[] = {
    {"SET", true, do_set, 3},
    {"MSET", true, do_mset, 3},
    {"GET", false, do_get, 2},
    {"DEL", true, do_del, 2},
    {"UNLINK", true, do_del, 2},
    {"HSET", true, do_hset, 4},
    {"HGET", false, do_hget, 3},
    {"HMGET", false, do_hmget, 3},
    {"HGETALL", false, do_hgetall, 2},
    {"HSCAN", false, do_hscan, 3},
    {"SCAN", false, do_scan, 4},
    {"SMEMBERS", false, do_keys_of, 2},
    {"ZRANGE", false, do_keys_of, 4},
    {"HDEL", true, remove_fields, 3},
    {"SREM", true, remove_fields, 3},
    {"ZREM", true, remove_fields, 3},
    {"HINCRBY", true, do_hincrby, 4},
    {"SADD", true, do_sadd, 3},
    {"ZADD", true, do_zadd, 4},
    {"XADD", true, do_xadd, 5},
    {"ZREMRANGEBYSCORE", true, do_zremrangebyscore, 4},
    {"EVAL", true, do_eval, 3},
    {"INFO", false, do_info, 1},
    {"CONFIG", false, do_config, 2},
    {"WAIT", false, do_wait, 3},
    {"ROLE", false, do_role, 1},
};
enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

bool fake_command_is(const struct fake_command *c, const char *name)
{
    return strlen(name) == c->lens[0] && strncasecmp(name, c->args[0], c->lens[0]) == 0;
}

static size_t command_index(const struct fake_command *c)
{
    size_t i = 0;
    while (i < COMMANDS && !fake_command_is(c, commands[i].name)) i++;
    return i;
}

static redisReply *unknown(const struct fake_command *c)
{
    char text[100];
    snprintf(text, sizeof(text), "ERR the simulation does not know %.*s: add it to fake_redis_data.c",
             (int)c->lens[0], c->args[0]);
    return fake_reply_error(text);
}

bool fake_command_known(const struct fake_command *c)
{
    return command_index(c) < COMMANDS;
}

bool fake_command_writes(const struct fake_command *c)
{
    size_t i = command_index(c);
    return i < COMMANDS && commands[i].writes;
}

redisReply *fake_data_run(const struct fake_command *c)
{
    size_t i = command_index(c);
    return i == COMMANDS || c->count < commands[i].least ? unknown(c) : commands[i].run(c);
}

/* ---- looking ---- */

uint64_t fake_data_version(const char *key)
{
    const struct entry *entry = find(key, strlen(key));
    return entry != NULL ? entry->version : 0;
}

size_t fake_data_positions(void)
{
    return data.positions;
}

bool fake_redis_read(const char *key, fake_redis_visit *visit, void *context)
{
    const struct entry *entry = find(key, strlen(key));
    if (entry == NULL) return false;
    for (const struct field *f = entry->fields; f != NULL; f = f->hh.next)
        visit(context, f->name, f->name_len, f->value, f->len);
    return true;
}

void fake_redis_keys(const char *prefix, void (*visit)(void *context, const char *key, const char *rest),
                     void *context)
{
    char wanted[320]; /* visit may reuse the caller's buffer */
    size_t len = (size_t)snprintf(wanted, sizeof(wanted), "%s", prefix);
    for (const struct entry *e = data.entries; e != NULL; e = e->hh.next)
        if (e->key_len >= len && memcmp(e->key, wanted, len) == 0) visit(context, e->key, e->key + len);
}
