/*
 * redis_pipe - Redis commands laid out one after the other in one growing buffer, as they go over the
 * wire (RESP arrays of bulk strings).
 *
 * A batch is thousands of commands; building them here costs no allocation per command and one write
 * for all. A pipe without commands serves as a list of arguments for a variadic one
 * (redis_pipe_append). Announcing another number of arguments than follows is a programming error.
 */
#ifndef NW_CONSUMERS_REDIS_PIPE_H
#define NW_CONSUMERS_REDIS_PIPE_H

#include <stddef.h>
#include <stdint.h>

struct redis_pipe {
    char *bytes; /* owned */
    size_t len, capacity;
    size_t commands;
    size_t args;    /* written since the last command, or in all when there is none */
    size_t pending; /* arguments the last command still needs */
};

/* Zeroed is valid and empty. */
void redis_pipe_clear(struct redis_pipe *pipe);
void redis_pipe_free(struct redis_pipe *pipe);

/* name and then arg_count arguments, given by the calls below. */
void redis_pipe_command(struct redis_pipe *pipe, const char *name, size_t arg_count);

void redis_pipe_bytes(struct redis_pipe *pipe, const void *data, size_t len);
void redis_pipe_text(struct redis_pipe *pipe, const char *text);
void redis_pipe_int(struct redis_pipe *pipe, int64_t value);
/* One argument made of three texts; any may be "". */
void redis_pipe_joined(struct redis_pipe *pipe, const char *a, const char *b, const char *c);
/* A whole command as it stands in another pipe. */
void redis_pipe_raw(struct redis_pipe *pipe, const char *command, size_t len);
/* All arguments of a pipe that has no commands. */
void redis_pipe_append(struct redis_pipe *pipe, const struct redis_pipe *args);

#endif
