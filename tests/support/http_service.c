#include "support/http_service.h"

#include <assert.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct http_service {
    struct MHD_Daemon *daemon;
    http_service_fn handler;
    void *context;
    pthread_mutex_t lock;
    pthread_cond_t released_now;
    bool released;
    char url[64];
};

struct upload {
    char *bytes;
    size_t len;
};

const char *service_request_header(const struct service_request *request, const char *name)
{
    /* MHD wants the connection without const, and does not change it. */
    union {
        const void *given;
        struct MHD_Connection *wanted;
    } connection = {.given = request->connection};
    return MHD_lookup_connection_value(connection.wanted, MHD_HEADER_KIND, name);
}

static void wait_for_release(struct http_service *service)
{
    pthread_mutex_lock(&service->lock);
    while (!service->released) pthread_cond_wait(&service->released_now, &service->lock);
    pthread_mutex_unlock(&service->lock);
}

static enum MHD_Result answer(struct http_service *service, struct MHD_Connection *connection,
                              const struct service_request *request)
{
    struct service_answer answer = {0};
    service->handler(service->context, request, &answer);
    if (answer.hold) wait_for_release(service);
    size_t len = answer.body && answer.len == 0 ? strlen(answer.body) : answer.len;
    char *copy = nw_memdup(answer.body, len);
    struct MHD_Response *response = MHD_create_response_from_buffer(len, copy, MHD_RESPMEM_MUST_FREE);
    for (size_t i = 0; i < SERVICE_HEADERS_MAX && answer.headers[i].name; i++)
        MHD_add_response_header(response, answer.headers[i].name, answer.headers[i].value);
    enum MHD_Result result =
        MHD_queue_response(connection, answer.status ? (unsigned)answer.status : 200U, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data, size_t *data_len,
                                  void **state)
{
    struct upload *upload = *state;
    (void)version;
    if (upload == NULL) {
        *state = nw_calloc(1, sizeof(*upload));
        return MHD_YES;
    }
    if (*data_len > 0) {
        upload->bytes = nw_realloc(upload->bytes, upload->len + *data_len + 1, 1);
        memcpy(upload->bytes + upload->len, data, *data_len);
        upload->len += *data_len;
        upload->bytes[upload->len] = '\0';
        *data_len = 0;
        return MHD_YES;
    }
    struct service_request request = {.method = method,
                                      .path = url,
                                      .body = upload->bytes ? upload->bytes : "",
                                      .len = upload->len,
                                      .connection = connection};
    return answer(context, connection, &request);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    struct upload *upload = *state;
    (void)context, (void)connection, (void)code;
    if (upload) free(upload->bytes);
    free(upload);
    *state = NULL;
}

struct http_service *http_service_start(http_service_fn handler, void *context, const char *cert_pem,
                                        const char *key_pem)
{
    struct http_service *service = nw_calloc(1, sizeof(*service));
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION;
    struct MHD_OptionItem tls[] = {
        {MHD_OPTION_HTTPS_MEM_CERT, 0, NULL}, {MHD_OPTION_HTTPS_MEM_KEY, 0, NULL}, {MHD_OPTION_END, 0, NULL}};
    char *copies[2] = {cert_pem ? nw_strdup(cert_pem) : NULL, key_pem ? nw_strdup(key_pem) : NULL};
    tls[0].ptr_value = copies[0];
    tls[1].ptr_value = copies[1];
    if (cert_pem == NULL) tls[0].option = MHD_OPTION_END;
    service->handler = handler;
    service->context = context;
    pthread_mutex_init(&service->lock, NULL);
    pthread_cond_init(&service->released_now, NULL);
    service->daemon = MHD_start_daemon(cert_pem ? flags | MHD_USE_TLS : flags, 0, NULL, NULL, on_request,
                                       service, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
                                       MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
    assert(service->daemon);
    snprintf(service->url, sizeof(service->url), "%s:%u", cert_pem ? "https://localhost" : "http://127.0.0.1",
             (unsigned)MHD_get_daemon_info(service->daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    free(copies[0]);
    free(copies[1]);
    return service;
}

void http_service_release(struct http_service *service)
{
    pthread_mutex_lock(&service->lock);
    service->released = true;
    pthread_cond_broadcast(&service->released_now);
    pthread_mutex_unlock(&service->lock);
}

void http_service_stop(struct http_service *service)
{
    http_service_release(service);
    MHD_stop_daemon(service->daemon);
    pthread_cond_destroy(&service->released_now);
    pthread_mutex_destroy(&service->lock);
    free(service);
}

const char *http_service_url(const struct http_service *service)
{
    return service->url;
}
