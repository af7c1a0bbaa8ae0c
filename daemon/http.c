#include "daemon/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"

enum {
    STREAM_STALL_S = 60,
    STREAM_BLOCK_BYTES = 8192, /* of the connection's memory, HTTP_REQUEST_BYTES */
};

/* One open connection. libmicrohttpd's own timeout starts again with every byte, so one byte a time holds
 * a connection for ever: hence a deadline for the whole request. */
struct connection {
    int fd;
    int64_t deadline_mono_ms;
    struct connection *next, **link;
};

/* A stream's response. */
struct stream {
    struct http_server *server;
    struct MHD_Connection *connection;
    struct http_stream source;
    bool suspended;
    struct stream *next, **link;
};

struct http_server {
    struct http_options options;
    http_handler *handler;
    void *context;
    struct MHD_Daemon *daemon;
    char address[80];
    pthread_mutex_t lock; /* of the list and its deadlines */
    struct connection *connections;
    pthread_mutex_t stream_lock; /* of all below */
    struct stream *streams;
    uint64_t wakes;
    bool stopping;
};

struct http_request {
    struct MHD_Connection *connection;
    const char *path;
};

const char *http_path(const struct http_request *request)
{
    return request->path;
}

const char *http_query(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_GET_ARGUMENT_KIND, name);
}

const char *http_header(const struct http_request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

struct visitor {
    bool (*visit)(void *context, const char *name);
    void *context;
};

static enum MHD_Result visit_one(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
    const struct visitor *visitor = cls;
    (void)kind;
    (void)value;
    return visitor->visit(visitor->context, name) ? MHD_YES : MHD_NO;
}

void http_each_query(const struct http_request *request, bool (*visit)(void *context, const char *name),
                     void *context)
{
    struct visitor visitor = {visit, context};
    MHD_get_connection_values(request->connection, MHD_GET_ARGUMENT_KIND, visit_one, &visitor);
}

/* ---- deadlines ---- */

static void set_deadline(struct http_server *server, struct connection *connection, int64_t seconds)
{
    if (!connection) return;
    pthread_mutex_lock(&server->lock);
    connection->deadline_mono_ms = clock_mono_ms() + seconds * 1000;
    pthread_mutex_unlock(&server->lock);
}

static struct connection *connection_of(struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

static void connection_notice(void *cls, struct MHD_Connection *mhd, void **socket_context,
                              enum MHD_ConnectionNotificationCode code)
{
    struct http_server *server = cls;
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        struct connection *connection = nw_calloc(1, sizeof(*connection));
        connection->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
        set_deadline(server, connection, server->options.timeout_s);
        pthread_mutex_lock(&server->lock);
        connection->next = server->connections;
        connection->link = &server->connections;
        if (connection->next) connection->next->link = &connection->next;
        server->connections = connection;
        pthread_mutex_unlock(&server->lock);
        *socket_context = connection;
        return;
    }
    /* Comes before the socket is closed, so http_tick() never shuts down a number that has a new owner. */
    struct connection *connection = *socket_context;
    if (!connection) return;
    pthread_mutex_lock(&server->lock);
    *connection->link = connection->next;
    if (connection->next) connection->next->link = connection->link;
    pthread_mutex_unlock(&server->lock);
    free(connection);
    *socket_context = NULL;
}

void http_tick(struct http_server *server, int64_t now_mono_ms)
{
    pthread_mutex_lock(&server->lock);
    for (struct connection *c = server->connections; c; c = c->next)
        if (now_mono_ms > c->deadline_mono_ms) shutdown(c->fd, SHUT_RDWR);
    pthread_mutex_unlock(&server->lock);
}

/* ---- streams ---- */

/* A stream with nothing to send is suspended: it costs no thread and no polling. Between reading "nothing"
 * and suspending there may have been a wake, which must not be lost: hence the count. */
static ssize_t read_stream(void *cls, uint64_t position, char *out, size_t max)
{
    struct stream *stream = cls;
    struct http_server *server = stream->server;
    (void)position;
    pthread_mutex_lock(&server->stream_lock);
    uint64_t wakes = server->wakes;
    bool stopping = server->stopping;
    pthread_mutex_unlock(&server->stream_lock);
    if (stopping) return MHD_CONTENT_READER_END_OF_STREAM;
    ssize_t got = stream->source.read(stream->source.context, out, max);
    if (got < 0) return MHD_CONTENT_READER_END_OF_STREAM;
    if (got > 0) {
        set_deadline(server, connection_of(stream->connection), STREAM_STALL_S);
        return got;
    }
    pthread_mutex_lock(&server->stream_lock);
    if (server->wakes == wakes && !server->stopping) {
        stream->suspended = true;
        MHD_suspend_connection(stream->connection);
    }
    pthread_mutex_unlock(&server->stream_lock);
    return 0;
}

static void close_stream(void *cls)
{
    struct stream *stream = cls;
    struct http_server *server = stream->server;
    pthread_mutex_lock(&server->stream_lock);
    *stream->link = stream->next;
    if (stream->next) stream->next->link = stream->link;
    pthread_mutex_unlock(&server->stream_lock);
    stream->source.close(stream->source.context);
    free(stream);
}

void http_wake_streams(void *context)
{
    struct http_server *server = context;
    pthread_mutex_lock(&server->stream_lock);
    server->wakes++;
    for (struct stream *stream = server->streams; stream; stream = stream->next) {
        if (!stream->suspended) continue;
        stream->suspended = false;
        MHD_resume_connection(stream->connection);
    }
    pthread_mutex_unlock(&server->stream_lock);
}

static struct MHD_Response *stream_response(struct http_server *server, struct MHD_Connection *connection,
                                            const struct http_stream *source)
{
    struct stream *stream = nw_calloc(1, sizeof(*stream));
    *stream = (struct stream){.server = server, .connection = connection, .source = *source};
    pthread_mutex_lock(&server->stream_lock);
    stream->next = server->streams;
    stream->link = &server->streams;
    if (stream->next) stream->next->link = &stream->next;
    server->streams = stream;
    pthread_mutex_unlock(&server->stream_lock);
    struct MHD_Response *response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, STREAM_BLOCK_BYTES,
                                                                      read_stream, stream, close_stream);
    if (!response) close_stream(stream);
    return response;
}

/* ---- answering ---- */

static void add_headers(const struct http_server *server, struct MHD_Response *response,
                        const struct http_answer *answer)
{
    if (answer->content_type) MHD_add_response_header(response, "Content-Type", answer->content_type);
    if (*answer->etag) MHD_add_response_header(response, "ETag", answer->etag);
    if (*answer->location) MHD_add_response_header(response, "Location", answer->location);
    if (answer->status == 405) MHD_add_response_header(response, "Allow", "GET, HEAD");
    if (answer->retry_after_s > 0) {
        char seconds[16];
        snprintf(seconds, sizeof(seconds), "%u", answer->retry_after_s);
        MHD_add_response_header(response, "Retry-After", seconds);
    }
    MHD_add_response_header(response, "Cache-Control", "no-cache");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    MHD_add_response_header(response, "Content-Security-Policy",
                            answer->policy ? answer->policy : "default-src 'none'; frame-ancestors 'none'");
    if (*server->options.cors_origin) {
        MHD_add_response_header(response, "Access-Control-Allow-Origin", server->options.cors_origin);
        MHD_add_response_header(response, "Access-Control-Expose-Headers", "ETag");
    }
}

static struct MHD_Response *body_response(const struct http_answer *answer)
{
    /* MHD copies nothing: either it frees the body, or the body lives for ever. It has no const for the
     * latter. */
    union {
        const char *in;
        void *out;
    } body = {.in = answer->body ? answer->body : ""};
    struct MHD_Response *response = MHD_create_response_from_buffer(
        answer->body_len, body.out, answer->owned_body ? MHD_RESPMEM_MUST_FREE : MHD_RESPMEM_PERSISTENT);
    if (!response) free(answer->owned_body);
    return response;
}

static enum MHD_Result send_answer(struct http_server *server, struct MHD_Connection *connection,
                                   const struct http_answer *answer)
{
    struct MHD_Response *response =
        answer->stream.read ? stream_response(server, connection, &answer->stream) : body_response(answer);
    if (!response) return MHD_NO;
    add_headers(server, response, answer);
    unsigned status = answer->status ? answer->status : 500;
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    metrics_add(server->options.metrics, METRIC_HTTP_REQUESTS, status, 1);
    return result;
}

/* Problem documents, as those of the pages (api_answer.h). */
static void answer_problem(struct http_answer *answer, unsigned status, const char *text)
{
    *answer = (struct http_answer){
        .status = status, .content_type = "application/problem+json", .body = text, .body_len = strlen(text)};
}

static enum MHD_Result look_for_body(void *cls, enum MHD_ValueKind kind, const char *name, const char *value)
{
    bool *announced = cls;
    (void)kind;
    if (strcasecmp(name, "Transfer-Encoding") == 0) *announced = true;
    if (strcasecmp(name, "Content-Length") == 0 && (!value || strcmp(value, "0") != 0)) *announced = true;
    return *announced ? MHD_NO : MHD_YES;
}

/* What is known of a request before its headers are: its address marks one of these. */
static char good_address, bad_address, headers_seen;

/* The address as it was sent, before it is decoded. */
static void *look_at_address(void *cls, const char *address, struct MHD_Connection *connection)
{
    (void)cls;
    (void)connection;
    return strstr(address, "%00") ? &bad_address : &good_address;
}

static void answer_page(struct http_server *server, const struct http_request *request,
                        struct http_answer *answer)
{
    struct timespec start, end; /* a page takes less than a millisecond */
    clock_gettime(CLOCK_MONOTONIC, &start);
    server->handler(server->context, request, answer);
    clock_gettime(CLOCK_MONOTONIC, &end);
    metrics_observe(server->options.metrics, METRIC_HTTP_SECONDS, 0,
                    (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9);
}

/* Called when the headers are there, then for parts of a body, then at its end. */
static enum MHD_Result handle(void *cls, struct MHD_Connection *connection, const char *url,
                              const char *method, const char *version, const char *upload, size_t *upload_len,
                              void **request_context)
{
    struct http_server *server = cls;
    struct http_answer answer = {0};
    bool body_announced = false;
    (void)version;
    (void)upload;
    if (*request_context == &good_address) {
        *request_context = &headers_seen;
        MHD_get_connection_values(connection, MHD_HEADER_KIND, look_for_body, &body_announced);
        return body_announced ? MHD_NO : MHD_YES; /* nobody sends a body with a GET: hang up */
    }
    if (*upload_len > 0) return MHD_NO;
    set_deadline(server, connection_of(connection), 4 * (int64_t)server->options.timeout_s);
    const struct http_request request = {connection, url};
    if (*request_context == &bad_address)
        answer_problem(&answer, 400,
                       "{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,"
                       "\"detail\":\"No NUL characters in addresses.\"}");
    else if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        answer_problem(&answer, 405,
                       "{\"type\":\"about:blank\",\"title\":\"Method Not Allowed\",\"status\":405,"
                       "\"detail\":\"Only GET and HEAD.\"}");
    else
        answer_page(server, &request, &answer);
    return send_answer(server, connection, &answer);
}

static void request_done(void *cls, struct MHD_Connection *connection, void **request_context,
                         enum MHD_RequestTerminationCode code)
{
    const struct http_server *server = cls;
    (void)request_context;
    (void)code;
    set_deadline(cls, connection_of(connection), server->options.timeout_s);
}

static void log_mhd(void *cls, const char *format, va_list args)
{
    char text[300];
    (void)cls;
    if (!log_enabled(LOG_DEBUG_LEVEL)) return;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* the format is libmicrohttpd's */
    vsnprintf(text, sizeof(text), format, args);
#pragma GCC diagnostic pop
    text[strcspn(text, "\n")] = '\0';
    log_debug("http", log_str("detail", text));
}

/* ---- start and stop ---- */

static socklen_t fill_address(const struct listen_address *listen, struct sockaddr_storage *out)
{
    const char *host = strcmp(listen->host, "localhost") == 0 ? "127.0.0.1"
                       : strcmp(listen->host, "*") == 0       ? "::"
                                                              : listen->host;
    struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)listen->port)};
    struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)listen->port)};
    memset(out, 0, sizeof(*out));
    if (inet_pton(AF_INET6, host, &v6.sin6_addr) == 1) {
        memcpy(out, &v6, sizeof(v6));
        return sizeof(v6);
    }
    inet_pton(AF_INET, host, &v4.sin_addr); /* config/address.c has checked that it is one */
    memcpy(out, &v4, sizeof(v4));
    return sizeof(v4);
}

static int open_socket(const struct listen_address *listen_at)
{
    struct sockaddr_storage address;
    socklen_t len = fill_address(listen_at, &address);
    int one = 1, only_v6 = strcmp(listen_at->host, "*") != 0;
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (address.ss_family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only_v6, sizeof(only_v6));
    if (bind(fd, (const struct sockaddr *)&address, len) == 0 && listen(fd, 128) == 0) return fd;
    int reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

/* The address with the port that the system gave. */
static void name_socket(int fd, const struct listen_address *listen_at, char *out, size_t size)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof(address);
    int port = listen_at->port;
    if (getsockname(fd, (struct sockaddr *)&address, &len) == 0) {
        struct sockaddr_in6 v6;
        struct sockaddr_in v4;
        memcpy(&v6, &address, sizeof(v6));
        memcpy(&v4, &address, sizeof(v4));
        port = ntohs(address.ss_family == AF_INET6 ? v6.sin6_port : v4.sin_port);
    }
    bool brackets = strchr(listen_at->host, ':') != NULL;
    snprintf(out, size, "%s%s%s:%d", brackets ? "[" : "", listen_at->host, brackets ? "]" : "", port);
}

enum nw_err http_start(const struct http_options *options, http_handler *handler, void *context,
                       struct http_server **out)
{
    struct http_server *server = nw_calloc(1, sizeof(*server));
    *server = (struct http_server){.options = *options, .handler = handler, .context = context};
    pthread_mutex_init(&server->lock, NULL);
    pthread_mutex_init(&server->stream_lock, NULL);
    int fd = open_socket(&options->listen);
    if (fd < 0) goto failed;
    name_socket(fd, &options->listen, server->address, sizeof(server->address));
    server->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL, NULL, handle,
        server, MHD_OPTION_EXTERNAL_LOGGER, log_mhd, NULL, MHD_OPTION_URI_LOG_CALLBACK, look_at_address, NULL,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_THREAD_POOL_SIZE, (unsigned)HTTP_THREADS,
        MHD_OPTION_CONNECTION_LIMIT, options->max_connections, MHD_OPTION_CONNECTION_TIMEOUT,
        options->timeout_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)HTTP_REQUEST_BYTES,
        MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_NOTIFY_CONNECTION, connection_notice, server,
        MHD_OPTION_NOTIFY_COMPLETED, request_done, server, MHD_OPTION_END);
    if (!server->daemon) goto close_socket;
    *out = server;
    return NW_OK;
close_socket:
    close(fd);
failed:
    log_error("http cannot listen", log_str("address", options->listen.host),
              log_int("port", options->listen.port), log_str("reason", strerror(errno)));
    pthread_mutex_destroy(&server->lock);
    pthread_mutex_destroy(&server->stream_lock);
    free(server);
    return NW_ERR_UNAVAILABLE;
}

const char *http_address(const struct http_server *server)
{
    return server->address;
}

void http_stop(struct http_server *server)
{
    if (!server) return;
    pthread_mutex_lock(&server->stream_lock);
    server->stopping = true;
    pthread_mutex_unlock(&server->stream_lock);
    http_wake_streams(server);       /* MHD wants no connection suspended when it stops; none is again now */
    MHD_stop_daemon(server->daemon); /* closes the socket and every connection */
    pthread_mutex_destroy(&server->lock);
    pthread_mutex_destroy(&server->stream_lock);
    free(server);
}
