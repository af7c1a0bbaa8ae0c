#include "consumers/http_client.h"

#include <assert.h>
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/alloc.h"

enum {
    STOP_SEEN_WITHIN_MS = 100,
    RETRY_AFTER_MOST_S = 24 * 3600,
    FIRST_BODY_BYTES = 4096,
};

struct http_client {
    CURLM *multi;
    struct http_limits limits;
    char *ca_file;
    unsigned calls; /* not freed yet */
};

struct http_call {
    struct http_client *client;
    CURL *easy;
    bool in_flight; /* added to the multi handle */
    bool done, too_large;
    struct curl_slist *headers;
    char *request_body, *bearer;
    char *body;
    size_t len, capacity;
    char *etag, *last_modified;
    char curl_reason[CURL_ERROR_SIZE];
    char reason[CURL_ERROR_SIZE + 64];
    struct http_answer answer;
};

char *http_endpoint(const char *base, const char *path)
{
    size_t len = strlen(base), path_len = strlen(path);
    while (len > 0 && base[len - 1] == '/') len--;
    char *url = nw_calloc(1, len + path_len + 1);
    memcpy(url, base, len);
    memcpy(url + len, path, path_len);
    return url;
}

struct http_client *http_client_new(const struct http_limits *limits)
{
    assert(limits->connect_timeout_ms > 0 && limits->total_timeout_ms > 0);
    /* Counted and safe from any thread since libcurl 7.84. */
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) abort();
    struct http_client *client = nw_calloc(1, sizeof(*client));
    client->multi = curl_multi_init();
    if (client->multi == NULL) abort(); /* out of memory, as in base/alloc.h */
    client->limits = *limits;
    client->ca_file = limits->ca_file ? nw_strdup(limits->ca_file) : NULL;
    return client;
}

void http_client_free(struct http_client *client)
{
    if (client == NULL) return;
    assert(client->calls == 0);
    curl_multi_cleanup(client->multi);
    curl_global_cleanup();
    free(client->ca_file);
    free(client);
}

/* ---- what comes back ---- */

static size_t on_body(char *data, size_t size, size_t count, void *context)
{
    struct http_call *call = context;
    size_t more = size * count, most = call->client->limits.answer_max_bytes;
    if (more > most - call->len) {
        call->too_large = true;
        return 0; /* ends the transfer */
    }
    if (call->len + more + 1 > call->capacity) {
        size_t wanted = call->len + more + 1;
        if (call->capacity == 0 && wanted < FIRST_BODY_BYTES) wanted = FIRST_BODY_BYTES;
        call->body = nw_grow(call->body, &call->capacity, wanted, 1);
    }
    memcpy(call->body + call->len, data, more);
    call->len += more;
    call->body[call->len] = '\0';
    return more;
}

/* The value of a header line of that name, trimmed; the caller frees it. NULL: another header. */
static char *header_value(const char *line, size_t len, const char *name)
{
    size_t name_len = strlen(name);
    if (len <= name_len || line[name_len] != ':' || strncasecmp(line, name, name_len) != 0) return NULL;
    const char *from = line + name_len + 1, *to = line + len;
    while (from < to && (*from == ' ' || *from == '\t')) from++;
    while (to > from && (to[-1] == ' ' || to[-1] == '\t' || to[-1] == '\r' || to[-1] == '\n')) to--;
    return nw_memdup(from, (size_t)(to - from));
}

static void forget_headers(struct http_call *call)
{
    free(call->etag);
    free(call->last_modified);
    call->etag = call->last_modified = NULL;
}

static size_t on_header(char *line, size_t size, size_t count, void *context)
{
    struct http_call *call = context;
    size_t len = size * count;
    char *value;
    /* Each answer of a chain of redirects begins anew. */
    if (len >= 5 && memcmp(line, "HTTP/", 5) == 0) forget_headers(call);
    if ((value = header_value(line, len, "etag")) != NULL) {
        free(call->etag);
        call->etag = value;
    } else if ((value = header_value(line, len, "last-modified")) != NULL) {
        free(call->last_modified);
        call->last_modified = value;
    }
    return len;
}

static enum nw_err error_of(CURLcode code)
{
    switch (code) {
    case CURLE_OK:
        return NW_OK;
    case CURLE_OPERATION_TIMEDOUT:
        return NW_ERR_TIMEOUT;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_TOO_MANY_REDIRECTS:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_REMOTE_ACCESS_DENIED:
        return NW_ERR_REFUSED;
    case CURLE_URL_MALFORMAT:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WRITE_ERROR:
        return NW_ERR_INPUT;
    default:
        return NW_ERR_UNAVAILABLE;
    }
}

static void finish(struct http_call *call, CURLcode code)
{
    long status = 0;
    curl_off_t retry_after_s = 0;
    struct http_answer *answer = &call->answer;
    call->done = true;
    *answer = (struct http_answer){.err = error_of(code), .reason = "", .body = ""};
    if (code != CURLE_OK) {
        if (call->too_large)
            snprintf(call->reason, sizeof(call->reason), "the answer is larger than %zu bytes",
                     call->client->limits.answer_max_bytes);
        else
            snprintf(call->reason, sizeof(call->reason), "%s",
                     *call->curl_reason ? call->curl_reason : curl_easy_strerror(code));
        answer->reason = call->reason;
        return;
    }
    curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(call->easy, CURLINFO_RETRY_AFTER, &retry_after_s);
    answer->status = (int)status;
    if (call->body) answer->body = call->body;
    answer->len = call->len;
    answer->etag = call->etag;
    answer->last_modified = call->last_modified;
    if (retry_after_s > RETRY_AFTER_MOST_S) retry_after_s = RETRY_AFTER_MOST_S;
    if (retry_after_s > 0) answer->retry_after_ms = (int64_t)retry_after_s * 1000;
}

/* ---- what goes out ---- */

static void add_header(struct http_call *call, const char *name, const char *value)
{
    if (value == NULL) return;
    size_t size = strlen(name) + strlen(value) + 3;
    char *line = nw_calloc(1, size);
    snprintf(line, size, "%s: %s", name, value);
    struct curl_slist *list = curl_slist_append(call->headers, line);
    if (list == NULL) abort(); /* out of memory */
    call->headers = list;
    free(line);
}

static void set_limits(CURL *easy, const struct http_client *client, const struct http_request *request)
{
    const struct http_limits *limits = &client->limits;
    bool secure = strncasecmp(request->url, "https:", 6) == 0;
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L); /* a name that does not resolve does not hold an abort */
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)limits->connect_timeout_ms);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)limits->total_timeout_ms);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION,
                     request->body == NULL && limits->redirects_max > 0 ? 1L : 0L);
    curl_easy_setopt(easy, CURLOPT_MAXREDIRS, (long)limits->redirects_max);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    if (client->ca_file) curl_easy_setopt(easy, CURLOPT_CAINFO, client->ca_file);
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "newswired");
}

static void set_request(struct http_call *call, const struct http_request *request)
{
    CURL *easy = call->easy;
    curl_easy_setopt(easy, CURLOPT_URL, request->url);
    add_header(call, "Accept", request->accept);
    add_header(call, "If-None-Match", request->etag);
    add_header(call, "If-Modified-Since", request->last_modified);
    if (request->body) {
        call->request_body = nw_memdup(request->body, request->body_len);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, call->request_body);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len);
        add_header(call, "Content-Type", request->content_type);
        add_header(call, "Expect", ""); /* no round trip of "100-continue"; services stumble over it */
    }
    if (request->bearer && *request->bearer) {
        call->bearer = nw_strdup(request->bearer);
        curl_easy_setopt(easy, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
        curl_easy_setopt(easy, CURLOPT_XOAUTH2_BEARER, call->bearer);
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, call->headers);
}

struct http_call *http_client_start(struct http_client *client, const struct http_request *request)
{
    struct http_call *call = nw_calloc(1, sizeof(*call));
    call->client = client;
    client->calls++;
    call->easy = curl_easy_init();
    if (call->easy == NULL) abort(); /* out of memory */
    set_limits(call->easy, client, request);
    set_request(call, request);
    curl_easy_setopt(call->easy, CURLOPT_PRIVATE, call);
    curl_easy_setopt(call->easy, CURLOPT_ERRORBUFFER, call->curl_reason);
    curl_easy_setopt(call->easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(call->easy, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(call->easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(call->easy, CURLOPT_HEADERDATA, call);
    call->in_flight = curl_multi_add_handle(client->multi, call->easy) == CURLM_OK;
    if (!call->in_flight) finish(call, CURLE_FAILED_INIT);
    return call;
}

void http_client_turn(struct http_client *client, int timeout_ms)
{
    int running = 0, left;
    CURLMsg *message;
    (void)curl_multi_perform(client->multi, &running);
    if (running > 0 && timeout_ms > 0) {
        (void)curl_multi_poll(client->multi, NULL, 0, timeout_ms, NULL);
        (void)curl_multi_perform(client->multi, &running);
    }
    while ((message = curl_multi_info_read(client->multi, &left)) != NULL) {
        void *call = NULL;
        if (message->msg != CURLMSG_DONE) continue;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call);
        finish(call, message->data.result);
    }
}

bool http_call_done(const struct http_call *call)
{
    return call->done;
}

const struct http_answer *http_call_answer(const struct http_call *call)
{
    assert(call->done);
    return &call->answer;
}

void http_call_free(struct http_call *call)
{
    if (call == NULL) return;
    if (call->in_flight) curl_multi_remove_handle(call->client->multi, call->easy);
    curl_easy_cleanup(call->easy);
    curl_slist_free_all(call->headers);
    call->client->calls--;
    forget_headers(call);
    free(call->request_body);
    free(call->bearer);
    free(call->body);
    free(call);
}

struct http_call *http_client_perform(struct http_client *client, const struct http_request *request,
                                      const atomic_bool *stop)
{
    struct http_call *call = http_client_start(client, request);
    while (!call->done) {
        http_client_turn(client, STOP_SEEN_WITHIN_MS);
        if (call->done || stop == NULL || !atomic_load(stop)) continue;
        http_call_free(call);
        return NULL;
    }
    return call;
}
