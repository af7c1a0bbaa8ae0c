#define _GNU_SOURCE /* pipe2 */
#include "daemon/embedded_redis.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"

enum { START_TIMEOUT_MS = 10000, KEEPER_TURN_MS = 100, NOT_FOUND_STATUS = 127 };

struct embedded_redis {
    char folder[64];
    char socket[96];
    pid_t keeper;
    int alive; /* our end of the pipe: its closing ends the keeper */
};

/* ---- in the child processes ---- */

/* Becomes redis-server, or ends with NOT_FOUND_STATUS. */
static void become_server(const struct embedded_redis *redis)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* should the keeper be killed */
    int nothing = open("/dev/null", O_RDWR);
    for (int fd = 0; fd <= 2 && nothing >= 0; fd++) dup2(nothing, fd);
    execlp("redis-server", "redis-server", "--port", "0", "--unixsocket", redis->socket, "--dir",
           redis->folder, "--save", "", "--appendonly", "no", "--daemonize", "no", "--maxmemory-policy",
           "noeviction", (char *)NULL);
    _exit(NOT_FOUND_STATUS);
}

static void remove_folder(const char *folder)
{
    DIR *dir = opendir(folder);
    if (dir != NULL) {
        struct dirent *entry;
        while ((entry = readdir(dir)) != NULL) unlinkat(dirfd(dir), entry->d_name, 0);
        closedir(dir);
    }
    rmdir(folder);
}

/* The keeper: lives as long as the pipe, and ends with the server's status if that ends first. */
static void keep(const struct embedded_redis *redis, int pipe_end)
{
    pid_t server = fork();
    if (server == 0) become_server(redis);
    struct pollfd parent = {.fd = pipe_end, .events = POLLIN};
    int status = 0;
    bool ended = server < 0;
    while (!ended && poll(&parent, 1, KEEPER_TURN_MS) <= 0)
        ended = waitpid(server, &status, WNOHANG) == server;
    if (!ended) {
        kill(server, SIGKILL); /* nothing in it is worth a shutdown */
        waitpid(server, NULL, 0);
    }
    remove_folder(redis->folder);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
}

/* Out of the terminal's process group: Ctrl-C is for the daemon, which drains before it lets Redis go. */
static void start_keeping(const struct embedded_redis *redis, int pipe_end)
{
    sigset_t none;
    sigemptyset(&none);
    setsid();
    prctl(PR_SET_NAME, "newswired-redis");
    signal(SIGPIPE, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
    keep(redis, pipe_end);
}

/* ---- in the daemon ---- */

static bool answers(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0;
    if (fd >= 0) close(fd);
    return ok;
}

static enum nw_err wait_for_server(struct embedded_redis *redis)
{
    const struct timespec turn = {.tv_nsec = 20 * 1000000L};
    int64_t deadline = clock_mono_ms() + START_TIMEOUT_MS;
    while (clock_mono_ms() < deadline) {
        int status;
        if (answers(redis->socket)) return NW_OK;
        if (waitpid(redis->keeper, &status, WNOHANG) == redis->keeper) {
            redis->keeper = 0;
            bool missing = WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND_STATUS;
            log_error(missing ? "redis-server is not installed" : "redis-server did not start");
            return missing ? NW_ERR_NOT_FOUND : NW_ERR_UNAVAILABLE;
        }
        nanosleep(&turn, NULL);
    }
    log_error("redis-server does not answer", log_str("socket", redis->socket));
    return NW_ERR_UNAVAILABLE;
}

static enum nw_err make_folder(struct embedded_redis *redis)
{
    /* Not $TMPDIR when that is long: the path of a unix socket has room for 107 bytes. */
    const char *base = getenv("TMPDIR");
    if (base == NULL || base[0] != '/' || strlen(base) > 32) base = "/tmp";
    snprintf(redis->folder, sizeof(redis->folder), "%s/newswired-demo-XXXXXX", base);
    if (mkdtemp(redis->folder) == NULL) {
        log_error("no temporary folder", log_str("folder", redis->folder),
                  log_str("reason", strerror(errno)));
        return NW_ERR_UNAVAILABLE;
    }
    snprintf(redis->socket, sizeof(redis->socket), "%s/redis.sock", redis->folder);
    return NW_OK;
}

enum nw_err embedded_redis_start(struct embedded_redis **out)
{
    int ends[2];
    struct embedded_redis *redis = nw_calloc(1, sizeof(*redis));
    enum nw_err err = make_folder(redis);
    if (err != NW_OK) goto free_redis;
    err = NW_ERR_UNAVAILABLE;
    if (pipe2(ends, O_CLOEXEC) != 0) goto remove_folder;
    redis->keeper = fork();
    if (redis->keeper < 0) goto close_pipe;
    if (redis->keeper == 0) {
        close(ends[1]);
        start_keeping(redis, ends[0]);
    }
    close(ends[0]);
    redis->alive = ends[1];
    err = wait_for_server(redis);
    if (err != NW_OK) {
        embedded_redis_stop(redis);
        return err;
    }
    *out = redis;
    return NW_OK;

close_pipe:
    close(ends[0]);
    close(ends[1]);
remove_folder:
    log_error("redis-server cannot be started", log_str("reason", strerror(errno)));
    remove_folder(redis->folder);
free_redis:
    free(redis);
    return err;
}

const char *embedded_redis_socket(const struct embedded_redis *redis)
{
    return redis->socket;
}

void embedded_redis_stop(struct embedded_redis *redis)
{
    if (redis == NULL) return;
    close(redis->alive);
    if (redis->keeper > 0) waitpid(redis->keeper, NULL, 0);
    free(redis);
}
