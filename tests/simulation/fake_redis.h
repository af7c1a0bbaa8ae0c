/*
 * fake_redis - one Redis server in memory: exactly the commands the store uses.
 *
 * Connections with WATCH and MULTI of their own, a version for every key, and an append-only file of
 * every transaction, from which a restart brings back any older state. Commands come encoded as they go over
 * the wire; replies are hiredis' own. A command it does not know is an error, and so a failed schedule.
 */
#ifndef NW_TESTS_SIMULATION_FAKE_REDIS_H
#define NW_TESTS_SIMULATION_FAKE_REDIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hiredis/hiredis.h>

struct redis_connection;

void fake_redis_reset(void);
/* Down: no connection is accepted, those there are dead. */
void fake_redis_set_down(bool down);
bool fake_redis_is_down(void);
/* Transactions applied since the beginning. */
size_t fake_redis_transactions(void);
/* Those after which every partition that has a position has one: with fewer, taking it up is refused. */
size_t fake_redis_first_positions(void);
/* Restarts with the first kept transactions (more than there are: all). Every connection is dead. */
void fake_redis_restart(size_t kept);
/* A failover behind a proxy that keeps the client's connection: older state, connections live. */
void fake_redis_go_back(size_t kept);
/* The 1-based element of the next EXEC that fails. */
void fake_redis_fail_element(size_t element);
/* WATCH does nothing: to show what it holds off. */
void fake_redis_ignore_watch(bool ignore);

/* NULL: nobody answers. */
struct redis_connection *fake_redis_connect(void);
void fake_redis_close(struct redis_connection *connection);
bool fake_redis_is_open(const struct redis_connection *connection);
/* Executes all commands; replies[count] are the caller's. refuse_writes: answers OOM to them. */
void fake_redis_execute(struct redis_connection *connection, const char *bytes, size_t len,
                        bool refuse_writes, redisReply **replies, size_t count);

/* ---- looking ---- */

enum fake_type { FAKE_STRING, FAKE_HASH, FAKE_SET, FAKE_ZSET, FAKE_STREAM };
typedef void fake_redis_visit(void *context, const char *name, size_t name_len, const char *value,
                              size_t len);
/* Fields of a hash, members of a set (value empty), of a sorted set (value the score). A string has one
 * field without a name. False: no such key. */
bool fake_redis_read(const char *key, fake_redis_visit *visit, void *context);
/* Every key that begins with prefix; the visit gets the rest of its name. */
void fake_redis_keys(const char *prefix, void (*visit)(void *context, const char *key, const char *rest),
                     void *context);

#endif
