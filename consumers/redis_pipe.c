#include "consumers/redis_pipe.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { DIGITS_MAX = 24 };

void redis_pipe_clear(struct redis_pipe *pipe)
{
    assert(pipe->pending == 0);
    pipe->len = 0;
    pipe->commands = 0;
    pipe->args = 0;
}

void redis_pipe_free(struct redis_pipe *pipe)
{
    free(pipe->bytes);
    *pipe = (struct redis_pipe){0};
}

static void reserve(struct redis_pipe *pipe, size_t more)
{
    if (pipe->len + more > pipe->capacity)
        pipe->bytes = nw_grow(pipe->bytes, &pipe->capacity, pipe->len + more, 1);
}

/* Decimal digits of value at out (not terminated); returns their number. */
static size_t write_digits(char *out, uint64_t value)
{
    char reversed[DIGITS_MAX];
    size_t n = 0;
    do {
        reversed[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    for (size_t i = 0; i < n; i++) out[i] = reversed[n - 1 - i];
    return n;
}

static void write_head(struct redis_pipe *pipe, char type, size_t count)
{
    reserve(pipe, DIGITS_MAX + 3);
    pipe->bytes[pipe->len++] = type;
    pipe->len += write_digits(pipe->bytes + pipe->len, count);
    pipe->bytes[pipe->len++] = '\r';
    pipe->bytes[pipe->len++] = '\n';
}

static void write_raw(struct redis_pipe *pipe, const void *data, size_t len)
{
    if (len == 0) return;
    reserve(pipe, len);
    memcpy(pipe->bytes + pipe->len, data, len);
    pipe->len += len;
}

static void count_arg(struct redis_pipe *pipe)
{
    pipe->args++;
    if (pipe->commands == 0) return;
    assert(pipe->pending > 0);
    pipe->pending--;
}

void redis_pipe_command(struct redis_pipe *pipe, const char *name, size_t arg_count)
{
    assert(pipe->pending == 0);
    write_head(pipe, '*', arg_count + 1);
    pipe->commands++;
    pipe->pending = arg_count + 1;
    redis_pipe_text(pipe, name);
    pipe->args = 0;
}

void redis_pipe_bytes(struct redis_pipe *pipe, const void *data, size_t len)
{
    count_arg(pipe);
    write_head(pipe, '$', len);
    write_raw(pipe, data, len);
    write_raw(pipe, "\r\n", 2);
}

void redis_pipe_text(struct redis_pipe *pipe, const char *text)
{
    redis_pipe_bytes(pipe, text, strlen(text));
}

void redis_pipe_int(struct redis_pipe *pipe, int64_t value)
{
    char text[DIGITS_MAX];
    size_t len = 0;
    if (value < 0) text[len++] = '-';
    len += write_digits(text + len, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
    redis_pipe_bytes(pipe, text, len);
}

void redis_pipe_joined(struct redis_pipe *pipe, const char *a, const char *b, const char *c)
{
    size_t a_len = strlen(a), b_len = strlen(b), c_len = strlen(c);
    count_arg(pipe);
    write_head(pipe, '$', a_len + b_len + c_len);
    write_raw(pipe, a, a_len);
    write_raw(pipe, b, b_len);
    write_raw(pipe, c, c_len);
    write_raw(pipe, "\r\n", 2);
}

void redis_pipe_append(struct redis_pipe *pipe, const struct redis_pipe *args)
{
    assert(args->commands == 0 && pipe->commands > 0 && pipe->pending >= args->args);
    write_raw(pipe, args->bytes, args->len);
    pipe->pending -= args->args;
    pipe->args += args->args;
}

void redis_pipe_raw(struct redis_pipe *pipe, const char *command, size_t len)
{
    assert(pipe->pending == 0);
    write_raw(pipe, command, len);
    pipe->commands++;
}
