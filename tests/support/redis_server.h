/*
 * redis_server - a real redis-server for tests: on a unix socket in a temporary folder of its own, with
 * the AOF on, gone (process and folder) at redis_server_stop() or when the test dies.
 */
#ifndef NW_TESTS_REDIS_SERVER_H
#define NW_TESTS_REDIS_SERVER_H

#include "consumers/options.h"

struct redis_server;

/* Up and answering, or the test fails. */
struct redis_server *redis_server_start(void);
void redis_server_stop(struct redis_server *server);
/* SIGKILL and start again over the same files. */
void redis_server_restart(struct redis_server *server);
/* SIGSTOP, SIGCONT. */
void redis_server_freeze(struct redis_server *server, int frozen);

const char *redis_server_socket(const struct redis_server *server);
const char *redis_server_folder(const struct redis_server *server);
/* Options that lead to it (or to another socket), borrowed from the server and the literal texts. */
struct redis_options redis_server_options(const struct redis_server *server);

/* redis-cli by hand: the reply as one text (free() it): integers in digits, nil "(nil)", arrays with a space
 * between elements, errors "ERR ...". Arguments end with NULL. */
char *redis_server_ask(struct redis_server *server, const char *command, ...) __attribute__((sentinel));

/* The reply is this text (cmocka). */
#define assert_ask(server, expected, ...)                                                                    \
    do {                                                                                                     \
        char *said = redis_server_ask(server, __VA_ARGS__, NULL);                                            \
        assert_string_equal(said, expected);                                                                 \
        free(said);                                                                                          \
    } while (0)

#endif
