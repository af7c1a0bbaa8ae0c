/*
 * fake_redis_data - the keys of the fake Redis, and the commands that read and write them.
 *
 * Nothing of connections, transactions or files: fake_redis.c runs these commands alone, in an EXEC, or from
 * its append-only file. One keyspace: there is one world at a time.
 */
#ifndef NW_TESTS_SIMULATION_FAKE_REDIS_DATA_H
#define NW_TESTS_SIMULATION_FAKE_REDIS_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <hiredis/hiredis.h>

struct fake_command {
    const char *raw; /* as it came */
    size_t raw_len;
    const char **args; /* the name first */
    size_t *lens;
    size_t count;
};

bool fake_command_is(const struct fake_command *command, const char *name);
bool fake_command_known(const struct fake_command *command);
/* False of one that is not known. */
bool fake_command_writes(const struct fake_command *command);
/* An error for one that is not known or has too few arguments. The reply is the caller's. */
redisReply *fake_data_run(const struct fake_command *command);

/* Every key goes; versions go on. */
void fake_data_clear(void);
/* Of the last write; 0: no such key. */
uint64_t fake_data_version(const char *key);
/* How often a partition's position was made. */
size_t fake_data_positions(void);

/* Replies, by hiredis' types. */
redisReply *fake_reply(int type);
redisReply *fake_reply_status(const char *text);
redisReply *fake_reply_error(const char *text);
/* The elements are still to be set. */
redisReply *fake_reply_array(size_t count);

#endif
