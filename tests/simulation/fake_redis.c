#include "simulation/fake_redis.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "simulation/fake_redis_data.h"

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

static struct {
    struct redis_connection *connections;
    bool down, ignore_watch;
    size_t fail_element;
    struct transaction *file;
    size_t file_count, file_capacity;
    struct transaction *open_transaction; /* writes go into it */
    size_t positions_before;              /* ... as many were made before it */
    size_t first_positions; /* transactions up to the last one that gave a partition its first position */
    /* of the command at work */
    const char **args;
    size_t *lens;
    size_t arg_capacity, len_capacity;
} server;

/* ---- the append-only file ---- */

static void file_begin(void)
{
    server.file = nw_grow(server.file, &server.file_capacity, server.file_count + 1, sizeof(*server.file));
    server.file[server.file_count] = (struct transaction){0};
    server.open_transaction = &server.file[server.file_count];
    server.positions_before = fake_data_positions();
}

static void file_end(void)
{
    if (server.open_transaction->len > 0) server.file_count++;
    if (fake_data_positions() != server.positions_before) server.first_positions = server.file_count;
    server.open_transaction = NULL;
}

static void file_append(const struct fake_command *c)
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
static struct fake_command parse(const char *bytes)
{
    struct fake_command c = {.raw = bytes};
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

static redisReply *run_command(const struct fake_command *c)
{
    if (fake_command_writes(c)) file_append(c);
    return fake_data_run(c);
}

static redisReply *watch(struct redis_connection *connection, const struct fake_command *c)
{
    for (size_t i = 1; i < c->count; i++) {
        assert(connection->watch_count < WATCHED_MAX && c->lens[i] < sizeof(connection->watched[0].key));
        char *key = connection->watched[connection->watch_count].key;
        memcpy(key, c->args[i], c->lens[i]);
        key[c->lens[i]] = '\0';
        connection->watched[connection->watch_count++].version = fake_data_version(key);
    }
    return fake_reply_status("OK");
}

static bool watched_changed(const struct redis_connection *connection)
{
    for (size_t i = 0; i < connection->watch_count && !server.ignore_watch; i++)
        if (fake_data_version(connection->watched[i].key) != connection->watched[i].version) return true;
    return false;
}

/* queued: the commands between MULTI and EXEC. */
static redisReply *exec(struct redis_connection *connection, const char *const *queued, size_t count)
{
    bool changed = watched_changed(connection);
    connection->watch_count = 0;
    connection->in_multi = false;
    if (connection->multi_failed)
        return fake_reply_error("EXECABORT Transaction discarded because of previous errors.");
    if (changed) return fake_reply(REDIS_REPLY_NIL);
    redisReply *reply = fake_reply_array(count);
    file_begin();
    for (size_t i = 0; i < count; i++) {
        struct fake_command c = parse(queued[i]);
        reply->element[i] = i + 1 == server.fail_element ? fake_reply_error("ERR injected") : run_command(&c);
    }
    file_end();
    server.fail_element = 0;
    return reply;
}

static redisReply *out_of_memory(void)
{
    return fake_reply_error("OOM command not allowed when used memory > 'maxmemory'.");
}

static redisReply *queue_command(struct redis_connection *connection, const struct fake_command *c,
                                 bool refuse)
{
    bool refused = refuse && fake_command_writes(c);
    if (fake_command_known(c) && !refused) return fake_reply_status("QUEUED");
    connection->multi_failed = true;
    return refused ? out_of_memory() : fake_data_run(c); /* which says that it is not known */
}

static redisReply *run_alone(const struct fake_command *c, bool refuse)
{
    if (refuse && fake_command_writes(c)) return out_of_memory();
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
        struct fake_command c = parse(bytes + at);
        at += c.raw_len;
        if (fake_command_is(&c, "WATCH")) {
            replies[i] = watch(connection, &c);
        } else if (fake_command_is(&c, "UNWATCH")) {
            connection->watch_count = 0;
            replies[i] = fake_reply_status("OK");
        } else if (fake_command_is(&c, "MULTI")) {
            connection->in_multi = true;
            connection->multi_failed = false;
            replies[i] = fake_reply_status("OK");
        } else if (fake_command_is(&c, "EXEC")) {
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
    fake_data_clear();
    for (size_t i = 0; i < server.file_count; i++) {
        for (size_t at = 0; at < server.file[i].len;) {
            struct fake_command c = parse(server.file[i].bytes + at);
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
    fake_data_clear();
    server.down = server.ignore_watch = false;
    server.fail_element = 0;
    server.first_positions = 0;
}
