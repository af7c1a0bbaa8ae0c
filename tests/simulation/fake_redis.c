#include "simulation/fake_redis.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <uthash.h>

#include "base/alloc.h"
#include "simulation/sim.h"

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

enum { WATCHED_MAX = 4, QUEUED_MAX = 4096 };

struct redis_connection {
    bool open;
    bool in_multi, multi_failed;
    struct {
        char key[200];
        uint64_t version;
    } watched[WATCHED_MAX];
    size_t watch_count;
    struct redis_connection *next;
};

struct transaction { /* in the append-only file */
    char *bytes;
    size_t len, capacity;
};

struct command {
    const char *raw; /* as it came */
    size_t raw_len;
    const char **args;
    size_t *lens;
    size_t count;
};

static struct {
    struct entry *entries;
    uint64_t versions;
    struct redis_connection *connections;
    bool down, ignore_watch;
    size_t fail_element;
    struct transaction *file;
    size_t file_count, file_capacity;
    struct transaction *open_transaction; /* writes go into it */
    size_t first_positions; /* transactions up to the last one that gave a partition its first position */
    /* of the command at work */
    const char **args;
    size_t *lens;
    size_t arg_capacity, len_capacity;
} server;

/* ---- keys ---- */

static struct entry *find(const char *key, size_t len)
{
    struct entry *entry;
    HASH_FIND(hh, server.entries, key, len, entry);
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
    HASH_DEL(server.entries, entry);
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
        HASH_ADD_KEYPTR(hh, server.entries, entry->key, entry->key_len, entry);
        if (strstr(entry->key, ":_position") != NULL && server.open_transaction != NULL)
            server.first_positions = server.file_count + 1;
    }
    entry->version = ++server.versions;
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

static void flush_keys(void)
{
    struct entry *entry = server.entries;
    HASH_CLEAR(hh, server.entries);
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

static redisReply *reply_of(int type)
{
    redisReply *reply = nw_calloc(1, sizeof(*reply));
    reply->type = type;
    return reply;
}

static redisReply *reply_text(int type, const char *text, size_t len)
{
    redisReply *reply = reply_of(type);
    reply->str = nw_memdup(text, len);
    reply->len = len;
    return reply;
}

static redisReply *reply_status(const char *text)
{
    return reply_text(REDIS_REPLY_STATUS, text, strlen(text));
}

static redisReply *reply_error(const char *text)
{
    return reply_text(REDIS_REPLY_ERROR, text, strlen(text));
}

static redisReply *reply_int(long long value)
{
    redisReply *reply = reply_of(REDIS_REPLY_INTEGER);
    reply->integer = value;
    return reply;
}

static redisReply *reply_array(size_t count)
{
    redisReply *reply = reply_of(REDIS_REPLY_ARRAY);
    reply->elements = count;
    reply->element = nw_calloc(count + 1, sizeof(redisReply *));
    return reply;
}

static redisReply *reply_field(const struct field *field)
{
    return field == NULL ? reply_of(REDIS_REPLY_NIL)
                         : reply_text(REDIS_REPLY_STRING, field->value, field->len);
}

static redisReply *wrong_type(void)
{
    return reply_error("WRONGTYPE Operation against a key holding the wrong kind of value");
}

/* ---- commands ---- */

static redisReply *do_set(const struct command *c)
{
    struct entry *old = find(c->args[1], c->lens[1]);
    if (old != NULL && old->type != FAKE_STRING) remove_entry(old);
    put_field(entry_for(c->args[1], c->lens[1], FAKE_STRING), "", 0, c->args[2], c->lens[2]);
    return reply_status("OK"); /* EX: longer than any schedule */
}

static redisReply *do_mset(const struct command *c)
{
    for (size_t i = 1; i + 1 < c->count; i += 2)
        put_field(entry_for(c->args[i], c->lens[i], FAKE_STRING), "", 0, c->args[i + 1], c->lens[i + 1]);
    return reply_status("OK");
}

static redisReply *do_get(const struct command *c)
{
    const struct entry *entry = find(c->args[1], c->lens[1]);
    if (entry != NULL && entry->type != FAKE_STRING) return wrong_type();
    return reply_field(find_field(entry, "", 0));
}

static redisReply *do_del(const struct command *c)
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

static redisReply *do_hset(const struct command *c)
{
    struct entry *entry = entry_for(c->args[1], c->lens[1], FAKE_HASH);
    if (entry == NULL) return wrong_type();
    long long added = 0;
    for (size_t i = 2; i + 1 < c->count; i += 2)
        added += put_field(entry, c->args[i], c->lens[i], c->args[i + 1], c->lens[i + 1]);
    return reply_int(added);
}

static redisReply *do_hget(const struct command *c)
{
    return reply_field(find_field(find(c->args[1], c->lens[1]), c->args[2], c->lens[2]));
}

static redisReply *do_hmget(const struct command *c)
{
    const struct entry *entry = find(c->args[1], c->lens[1]);
    redisReply *reply = reply_array(c->count - 2);
    for (size_t i = 2; i < c->count; i++)
        reply->element[i - 2] = reply_field(find_field(entry, c->args[i], c->lens[i]));
    return reply;
}

/* names, values, or both by turns */
static redisReply *all_fields(const struct entry *entry, bool names, bool values)
{
    size_t count = entry != NULL ? HASH_COUNT(entry->fields) : 0, at = 0;
    redisReply *reply = reply_array(count * (size_t)(names + values));
    for (const struct field *f = entry != NULL ? entry->fields : NULL; f != NULL; f = f->hh.next) {
        if (names) reply->element[at++] = reply_text(REDIS_REPLY_STRING, f->name, f->name_len);
        if (values) reply->element[at++] = reply_text(REDIS_REPLY_STRING, f->value, f->len);
    }
    return reply;
}

static redisReply *do_hgetall(const struct command *c)
{
    return all_fields(find(c->args[1], c->lens[1]), true, true);
}

static redisReply *do_hscan(const struct command *c)
{
    redisReply *reply = reply_array(2);
    reply->element[0] = reply_text(REDIS_REPLY_STRING, "0", 1);
    reply->element[1] = all_fields(find(c->args[1], c->lens[1]), true, true);
    return reply;
}

/* cursor MATCH prefix*: all at once. */
static redisReply *do_scan(const struct command *c)
{
    size_t prefix_len = c->lens[3] - 1, count = 0;
    redisReply *reply = reply_array(2), *keys = reply_array(HASH_COUNT(server.entries));
    for (const struct entry *e = server.entries; e != NULL; e = e->hh.next)
        if (e->key_len >= prefix_len && memcmp(e->key, c->args[3], prefix_len) == 0)
            keys->element[count++] = reply_text(REDIS_REPLY_STRING, e->key, e->key_len);
    keys->elements = count;
    reply->element[0] = reply_text(REDIS_REPLY_STRING, "0", 1);
    reply->element[1] = keys;
    return reply;
}

static redisReply *do_keys_of(const struct command *c) /* SMEMBERS, ZRANGE 0 -1 */
{
    return all_fields(find(c->args[1], c->lens[1]), true, false);
}

static redisReply *remove_fields(const struct command *c) /* HDEL, SREM, ZREM */
{
    struct entry *entry = find(c->args[1], c->lens[1]);
    long long count = 0;
    for (size_t i = 2; i < c->count && entry != NULL; i++) {
        struct field *field = find_field(entry, c->args[i], c->lens[i]);
        if (field == NULL) continue;
        remove_field(entry, field);
        entry->version = ++server.versions;
        count++;
    }
    if (entry != NULL && entry->fields == NULL) remove_entry(entry);
    return reply_int(count);
}

static redisReply *do_hincrby(const struct command *c)
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

static redisReply *do_sadd(const struct command *c)
{
    struct entry *entry = entry_for(c->args[1], c->lens[1], FAKE_SET);
    if (entry == NULL) return wrong_type();
    long long added = 0;
    for (size_t i = 2; i < c->count; i++) added += put_field(entry, c->args[i], c->lens[i], "", 0);
    return reply_int(added);
}

static redisReply *do_zadd(const struct command *c)
{
    struct entry *entry = entry_for(c->args[1], c->lens[1], FAKE_ZSET);
    if (entry == NULL) return wrong_type();
    long long added = 0;
    for (size_t i = 2; i + 1 < c->count; i += 2)
        added += put_field(entry, c->args[i + 1], c->lens[i + 1], c->args[i], c->lens[i]);
    return reply_int(added);
}

/* -inf to (N only: what is older than N. */
static redisReply *do_zremrangebyscore(const struct command *c)
{
    struct entry *entry = find(c->args[1], c->lens[1]);
    char until[32] = "";
    memcpy(until, c->args[3], c->lens[3] < sizeof(until) ? c->lens[3] : sizeof(until) - 1);
    if (c->lens[2] != 4 || memcmp(c->args[2], "-inf", 4) != 0 || until[0] != '(')
        return reply_error("ERR the simulation does not know this range");
    long long count = 0, limit = strtoll(until + 1, NULL, 10);
    struct field *field, *next;
    if (entry == NULL) return reply_int(0);
    HASH_ITER (hh, entry->fields, field, next) {
        if (strtoll(field->value, NULL, 10) >= limit) continue;
        remove_field(entry, field);
        entry->version = ++server.versions;
        count++;
    }
    if (entry->fields == NULL) remove_entry(entry);
    return reply_int(count);
}

static redisReply *do_xadd(const struct command *c)
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
static redisReply *do_eval(const struct command *c)
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
    return reply_error("ERR the simulation does not know this script");
}

static redisReply *do_info(const struct command *c)
{
    (void)c;
    static const char text[] = "maxmemory_policy:noeviction\r\naof_enabled:1\r\n";
    return reply_text(REDIS_REPLY_STRING, text, sizeof(text) - 1);
}

static redisReply *do_config(const struct command *c)
{
    (void)c;
    return reply_array(0);
}

static redisReply *do_wait(const struct command *c)
{
    (void)c;
    return reply_int(1);
}

static redisReply *do_role(const struct command *c)
{
    (void)c;
    redisReply *reply = reply_array(1);
    reply->element[0] = reply_text(REDIS_REPLY_STRING, "master", 6);
    return reply;
}

static const struct {
    const char *name;
    bool writes;
    redisReply *(*run)(const struct command *command);
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

static bool is_named(const struct command *c, const char *name)
{
    return strlen(name) == c->lens[0] && strncasecmp(name, c->args[0], c->lens[0]) == 0;
}

static size_t command_index(const struct command *c)
{
    size_t i = 0;
    while (i < COMMANDS && !is_named(c, commands[i].name)) i++;
    return i;
}

/* ---- the append-only file ---- */

static void file_begin(void)
{
    server.file = nw_grow(server.file, &server.file_capacity, server.file_count + 1, sizeof(*server.file));
    server.file[server.file_count] = (struct transaction){0};
    server.open_transaction = &server.file[server.file_count];
}

static void file_end(void)
{
    if (server.open_transaction->len > 0) server.file_count++;
    server.open_transaction = NULL;
}

static void file_append(const struct command *c)
{
    struct transaction *t = server.open_transaction;
    if (t == NULL) return; /* being read */
    t->bytes = nw_grow(t->bytes, &t->capacity, t->len + c->raw_len, 1);
    memcpy(t->bytes + t->len, c->raw, c->raw_len);
    t->len += c->raw_len;
}

/* ---- running ---- */

static size_t read_number(const char *bytes, size_t *at)
{
    size_t value = 0;
    for ((*at)++; bytes[*at] != '\r'; (*at)++) value = value * 10 + (size_t)(bytes[*at] - '0');
    *at += 2;
    return value;
}

/* The command at bytes; args live until the next one. */
static struct command parse(const char *bytes)
{
    struct command c = {.raw = bytes};
    size_t at = 0;
    assert(bytes[0] == '*');
    c.count = read_number(bytes, &at);
    server.args = nw_grow(server.args, &server.arg_capacity, c.count, sizeof(*server.args));
    server.lens = nw_grow(server.lens, &server.len_capacity, c.count, sizeof(*server.lens));
    for (size_t i = 0; i < c.count; i++) {
        assert(bytes[at] == '$');
        server.lens[i] = read_number(bytes, &at);
        server.args[i] = bytes + at;
        at += server.lens[i] + 2;
    }
    c.args = server.args;
    c.lens = server.lens;
    c.raw_len = at;
    return c;
}

static redisReply *unknown(const struct command *c)
{
    char text[100];
    snprintf(text, sizeof(text), "ERR the simulation does not know %.*s: add it to fake_redis.c",
             (int)c->lens[0], c->args[0]);
    return reply_error(text);
}

static redisReply *run_command(const struct command *c)
{
    size_t i = command_index(c);
    if (i == COMMANDS || c->count < commands[i].least) return unknown(c);
    if (commands[i].writes) file_append(c);
    return commands[i].run(c);
}

static uint64_t version_of(const char *key)
{
    const struct entry *entry = find(key, strlen(key));
    return entry != NULL ? entry->version : 0;
}

static redisReply *watch(struct redis_connection *connection, const struct command *c)
{
    for (size_t i = 1; i < c->count; i++) {
        assert(connection->watch_count < WATCHED_MAX && c->lens[i] < sizeof(connection->watched[0].key));
        char *key = connection->watched[connection->watch_count].key;
        memcpy(key, c->args[i], c->lens[i]);
        key[c->lens[i]] = '\0';
        connection->watched[connection->watch_count++].version = version_of(key);
    }
    return reply_status("OK");
}

static bool watched_changed(const struct redis_connection *connection)
{
    for (size_t i = 0; i < connection->watch_count && !server.ignore_watch; i++)
        if (version_of(connection->watched[i].key) != connection->watched[i].version) return true;
    return false;
}

/* queued: the commands between MULTI and EXEC. */
static redisReply *exec(struct redis_connection *connection, const char *const *queued, size_t count)
{
    bool changed = watched_changed(connection);
    connection->watch_count = 0;
    connection->in_multi = false;
    if (connection->multi_failed)
        return reply_error("EXECABORT Transaction discarded because of previous errors.");
    if (changed) return reply_of(REDIS_REPLY_NIL);
    redisReply *reply = reply_array(count);
    file_begin();
    for (size_t i = 0; i < count; i++) {
        struct command c = parse(queued[i]);
        reply->element[i] = i + 1 == server.fail_element ? reply_error("ERR injected") : run_command(&c);
    }
    file_end();
    server.fail_element = 0;
    return reply;
}

static redisReply *queue_command(struct redis_connection *connection, const struct command *c, bool refuse)
{
    size_t i = command_index(c);
    if (i < COMMANDS && !(refuse && commands[i].writes)) return reply_status("QUEUED");
    connection->multi_failed = true;
    return i == COMMANDS ? unknown(c)
                         : reply_error("OOM command not allowed when used memory > 'maxmemory'.");
}

static redisReply *run_alone(const struct command *c, bool refuse)
{
    size_t i = command_index(c);
    if (refuse && i < COMMANDS && commands[i].writes)
        return reply_error("OOM command not allowed when used memory > 'maxmemory'.");
    file_begin();
    redisReply *reply = run_command(c);
    file_end();
    return reply;
}

void fake_redis_execute(struct redis_connection *connection, const char *bytes, size_t len,
                        bool refuse_writes, redisReply **replies, size_t count)
{
    const char *queued[QUEUED_MAX];
    size_t queued_count = 0, at = 0;
    assert(fake_redis_is_open(connection));
    for (size_t i = 0; i < count; i++) {
        assert(at < len);
        struct command c = parse(bytes + at);
        at += c.raw_len;
        if (is_named(&c, "WATCH")) {
            replies[i] = watch(connection, &c);
        } else if (is_named(&c, "UNWATCH")) {
            connection->watch_count = 0;
            replies[i] = reply_status("OK");
        } else if (is_named(&c, "MULTI")) {
            connection->in_multi = true;
            connection->multi_failed = false;
            replies[i] = reply_status("OK");
        } else if (is_named(&c, "EXEC")) {
            replies[i] = exec(connection, queued, queued_count);
        } else if (connection->in_multi) {
            assert(queued_count < QUEUED_MAX);
            queued[queued_count++] = c.raw;
            replies[i] = queue_command(connection, &c, refuse_writes);
        } else {
            replies[i] = run_alone(&c, refuse_writes);
        }
    }
    assert(at == len);
}

/* ---- the server ---- */

struct redis_connection *fake_redis_connect(void)
{
    if (server.down) return NULL;
    struct redis_connection *connection = nw_calloc(1, sizeof(*connection));
    connection->open = true;
    connection->next = server.connections;
    server.connections = connection;
    return connection;
}

void fake_redis_close(struct redis_connection *connection)
{
    struct redis_connection **at = &server.connections;
    while (*at != connection) at = &(*at)->next;
    *at = connection->next;
    free(connection);
}

bool fake_redis_is_open(const struct redis_connection *connection)
{
    return connection->open;
}

static void close_all(void)
{
    for (struct redis_connection *c = server.connections; c != NULL; c = c->next) c->open = false;
}

void fake_redis_set_down(bool down)
{
    server.down = down;
    if (down) close_all();
}

bool fake_redis_is_down(void)
{
    return server.down;
}

size_t fake_redis_transactions(void)
{
    return server.file_count;
}

size_t fake_redis_first_positions(void)
{
    return server.first_positions;
}

static void read_file(size_t kept)
{
    while (server.file_count > kept) free(server.file[--server.file_count].bytes);
    flush_keys();
    for (size_t i = 0; i < server.file_count; i++) {
        for (size_t at = 0; at < server.file[i].len;) {
            struct command c = parse(server.file[i].bytes + at);
            freeReplyObject(run_command(&c));
            at += c.raw_len;
        }
    }
}

void fake_redis_restart(size_t kept)
{
    close_all();
    read_file(kept);
}

void fake_redis_go_back(size_t kept)
{
    read_file(kept);
    for (struct redis_connection *c = server.connections; c != NULL; c = c->next) c->watch_count = 0;
}

void fake_redis_fail_element(size_t element)
{
    server.fail_element = element;
}

void fake_redis_ignore_watch(bool ignore)
{
    server.ignore_watch = ignore;
}

void fake_redis_reset(void)
{
    assert(server.connections == NULL); /* its owners have gone */
    while (server.file_count > 0) free(server.file[--server.file_count].bytes);
    flush_keys();
    server.down = server.ignore_watch = false;
    server.fail_element = 0;
    server.versions = 0;
    server.first_positions = 0;
}

/* ---- looking ---- */

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
    for (const struct entry *e = server.entries; e != NULL; e = e->hh.next)
        if (e->key_len >= len && memcmp(e->key, wanted, len) == 0) visit(context, e->key, e->key + len);
}
