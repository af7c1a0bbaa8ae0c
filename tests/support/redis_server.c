#define _GNU_SOURCE
#include "tests/support/redis_server.h"

#include <assert.h>
#include <ftw.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <hiredis/hiredis.h>

#include "base/alloc.h"

enum { START_ATTEMPTS = 500, ARGS_MAX = 16, TEXT_MAX = 1 << 20 };

struct redis_server {
    pid_t pid;
    char folder[64];
    char socket[96];
};

static void pause_ms(long ms)
{
    struct timespec time = {.tv_nsec = ms * 1000000};
    nanosleep(&time, NULL);
}

static void run_server(const struct redis_server *server)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    char *const args[] = {"redis-server",
                          "--port",
                          "0",
                          "--unixsocket",
                          (char *)(uintptr_t)server->socket,
                          "--dir",
                          (char *)(uintptr_t)server->folder,
                          "--save",
                          "",
                          "--appendonly",
                          "yes",
                          "--appendfsync",
                          "always",
                          "--logfile",
                          "log",
                          NULL};
    execvp(args[0], args);
    _exit(127);
}

static redisContext *connect_to(const struct redis_server *server)
{
    redisContext *context = redisConnectUnix(server->socket);
    if (context != NULL && context->err == 0) return context;
    if (context != NULL) redisFree(context);
    return NULL;
}

static void start_process(struct redis_server *server)
{
    unlink(server->socket);
    server->pid = fork();
    assert(server->pid >= 0);
    if (server->pid == 0) run_server(server);
    for (int i = 0; i < START_ATTEMPTS; i++) {
        redisContext *context = connect_to(server);
        redisReply *reply = context != NULL ? redisCommand(context, "PING") : NULL;
        int up = reply != NULL && reply->type == REDIS_REPLY_STATUS;
        if (reply != NULL) freeReplyObject(reply);
        if (context != NULL) redisFree(context);
        if (up) return;
        pause_ms(10);
    }
    fprintf(stderr, "redis-server does not start in %s\n", server->folder);
    abort();
}

struct redis_server *redis_server_start(void)
{
    struct redis_server *server = nw_calloc(1, sizeof(*server));
    snprintf(server->folder, sizeof(server->folder), "/tmp/newswired-redis-XXXXXX");
    char *made = mkdtemp(server->folder);
    assert(made != NULL);
    snprintf(server->socket, sizeof(server->socket), "%s/socket", server->folder);
    start_process(server);
    return server;
}

static void kill_process(struct redis_server *server)
{
    kill(server->pid, SIGKILL);
    waitpid(server->pid, NULL, 0);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

void redis_server_stop(struct redis_server *server)
{
    if (server == NULL) return;
    kill_process(server);
    nftw(server->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    free(server);
}

void redis_server_restart(struct redis_server *server)
{
    kill_process(server);
    start_process(server);
}

void redis_server_freeze(struct redis_server *server, int frozen)
{
    kill(server->pid, frozen ? SIGSTOP : SIGCONT);
}

const char *redis_server_socket(const struct redis_server *server)
{
    return server->socket;
}

const char *redis_server_folder(const struct redis_server *server)
{
    return server->folder;
}

struct redis_options redis_server_options(const struct redis_server *server)
{
    return (struct redis_options){
        .sentinel_name = "",
        .sentinel_password = "",
        .tls_ca_file = "",
        .tls_certificate_file = "",
        .tls_key_file = "",
        .tls_server_name = "",
        .unix_path = server->socket,
        .username = "",
        .password = "",
        .key_namespace = "test",
        .connect_timeout_ms = 1000,
        .command_timeout_ms = 2000,
    };
}

static void print_reply(const redisReply *reply, char *out, size_t size)
{
    size_t used = strlen(out);
    switch (reply->type) {
    case REDIS_REPLY_INTEGER:
        snprintf(out + used, size - used, "%lld", reply->integer);
        break;
    case REDIS_REPLY_NIL:
        snprintf(out + used, size - used, "(nil)");
        break;
    case REDIS_REPLY_ARRAY:
        for (size_t i = 0; i < reply->elements; i++) {
            if (i > 0) snprintf(out + strlen(out), size - strlen(out), " ");
            print_reply(reply->element[i], out, size);
        }
        break;
    default:
        snprintf(out + used, size - used, "%.*s", (int)reply->len, reply->str);
        break;
    }
}

char *redis_server_ask(struct redis_server *server, const char *command, ...)
{
    const char *args[ARGS_MAX] = {command};
    int count = 1;
    va_list list;
    va_start(list, command);
    while (count < ARGS_MAX && (args[count] = va_arg(list, const char *)) != NULL) count++;
    va_end(list);
    redisContext *context = connect_to(server);
    assert(context != NULL);
    redisReply *reply = redisCommandArgv(context, count, args, NULL);
    assert(reply != NULL);
    char *out = nw_calloc(TEXT_MAX, 1);
    print_reply(reply, out, TEXT_MAX);
    freeReplyObject(reply);
    redisFree(context);
    return out;
}
