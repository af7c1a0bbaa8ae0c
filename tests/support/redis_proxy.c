#define _GNU_SOURCE
#include "tests/support/redis_proxy.h"

#include <assert.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/alloc.h"

enum { CHUNK = 1 << 20, TURN_MS = 20, QUIET_MS = 200 };

struct redis_proxy {
    char path[128], server[128];
    int listener;
    pthread_t thread;
    atomic_bool stop, armed;
    enum proxy_fault fault;
    char word[32];
    /* a delayed command */
    int delayed_fd;
    char *delayed;
    size_t delayed_len;
    char *chunk;
};

static struct sockaddr_un address_of(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    assert(strlen(path) < sizeof(address.sun_path));
    memcpy(address.sun_path, path, strlen(path) + 1);
    return address;
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = address_of(path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert(fd >= 0);
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) == 0) return fd;
    close(fd);
    return -1;
}

static void send_all(int fd, const char *data, size_t len)
{
    for (size_t sent = 0; sent < len;) {
        ssize_t n = send(fd, data + sent, len - sent, MSG_NOSIGNAL);
        if (n <= 0) return;
        sent += (size_t)n;
    }
}

/* Reads answers until the server has been quiet for a while. */
static void drain(struct redis_proxy *proxy, int server)
{
    struct pollfd wait = {.fd = server, .events = POLLIN};
    while (poll(&wait, 1, QUIET_MS) > 0)
        if (recv(server, proxy->chunk, CHUNK, 0) <= 0) return;
}

/* What the client sent; false ends the connection. *server is taken over by a delay. */
static bool from_client(struct redis_proxy *proxy, int client, int *server)
{
    ssize_t n = recv(client, proxy->chunk, CHUNK, 0);
    if (n <= 0) return false;
    bool met = proxy->armed && memmem(proxy->chunk, (size_t)n, proxy->word, strlen(proxy->word)) != NULL;
    if (!met) {
        send_all(*server, proxy->chunk, (size_t)n);
        return true;
    }
    proxy->armed = false;
    switch (proxy->fault) {
    case PROXY_LOSE_REPLY:
        send_all(*server, proxy->chunk, (size_t)n);
        drain(proxy, *server);
        break;
    case PROXY_LOSE_COMMAND:
        break;
    case PROXY_DELAY_COMMAND:
        proxy->delayed = nw_memdup(proxy->chunk, (size_t)n);
        proxy->delayed_len = (size_t)n;
        proxy->delayed_fd = *server;
        *server = -1;
        break;
    }
    return false;
}

static void serve(struct redis_proxy *proxy, int client)
{
    int server = connect_to(proxy->server);
    bool open = server >= 0;
    while (open && !proxy->stop) {
        struct pollfd ends[2] = {{.fd = client, .events = POLLIN}, {.fd = server, .events = POLLIN}};
        if (poll(ends, 2, TURN_MS) <= 0) continue;
        if (ends[1].revents != 0) {
            ssize_t n = recv(server, proxy->chunk, CHUNK, 0);
            open = n > 0;
            if (open) send_all(client, proxy->chunk, (size_t)n);
        } else {
            open = from_client(proxy, client, &server);
        }
    }
    if (server >= 0) close(server);
    close(client);
}

static void *run(void *context)
{
    struct redis_proxy *proxy = context;
    while (!proxy->stop) {
        struct pollfd wait = {.fd = proxy->listener, .events = POLLIN};
        if (poll(&wait, 1, TURN_MS) <= 0) continue;
        int client = accept(proxy->listener, NULL, NULL);
        if (client >= 0) serve(proxy, client);
    }
    return NULL;
}

struct redis_proxy *redis_proxy_start(const char *folder, const char *server_socket)
{
    struct redis_proxy *proxy = nw_calloc(1, sizeof(*proxy));
    proxy->chunk = nw_calloc(CHUNK, 1);
    proxy->delayed_fd = -1;
    snprintf(proxy->path, sizeof(proxy->path), "%s/proxy", folder);
    snprintf(proxy->server, sizeof(proxy->server), "%s", server_socket);
    struct sockaddr_un address = address_of(proxy->path);
    unlink(proxy->path);
    proxy->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert(proxy->listener >= 0);
    int bound = bind(proxy->listener, (const struct sockaddr *)&address, sizeof(address));
    assert(bound == 0 && listen(proxy->listener, 8) == 0);
    int started = pthread_create(&proxy->thread, NULL, run, proxy);
    assert(started == 0);
    return proxy;
}

void redis_proxy_stop(struct redis_proxy *proxy)
{
    if (proxy == NULL) return;
    proxy->stop = true;
    pthread_join(proxy->thread, NULL);
    close(proxy->listener);
    if (proxy->delayed_fd >= 0) close(proxy->delayed_fd);
    unlink(proxy->path);
    free(proxy->delayed);
    free(proxy->chunk);
    free(proxy);
}

const char *redis_proxy_socket(const struct redis_proxy *proxy)
{
    return proxy->path;
}

void redis_proxy_arm(struct redis_proxy *proxy, enum proxy_fault fault, const char *word)
{
    proxy->fault = fault;
    snprintf(proxy->word, sizeof(proxy->word), "%s", word);
    proxy->armed = true;
}

void redis_proxy_release(struct redis_proxy *proxy)
{
    assert(proxy->delayed_fd >= 0);
    send_all(proxy->delayed_fd, proxy->delayed, proxy->delayed_len);
    struct pollfd wait = {.fd = proxy->delayed_fd, .events = POLLIN};
    while (poll(&wait, 1, QUIET_MS) > 0) {
        char ignored[4096];
        if (recv(proxy->delayed_fd, ignored, sizeof(ignored), 0) <= 0) break;
    }
}
