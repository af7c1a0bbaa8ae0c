#include "consumers/ratings_source.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "consumers/http_client.h"

enum {
    MAX_BYTES = 64 * 1024 * 1024,
    ISSUES_SHOWN = 5,
    CONNECT_MS = 5000,
    CALL_MS = 15000, /* also what a start waits */
    TURN_WAIT_MS = 50,
    RETRY_MS = 60000,
    SHOWN_BYTES = 200,
};

/* What tells one state of a file from another. */
struct fingerprint {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec written;
};

struct ratings_source {
    struct metrics *metrics;
    char *file, *url, *key;
    int64_t refresh_ms, next_look_mono_ms; /* 0: the next turn sets it */
    enum nw_err last_err;                  /* of the last look */
    struct fingerprint seen;

    struct http_client *client; /* NULL until there is an address */
    struct http_call *call;     /* NULL: none under way */
    char *etag, *last_modified; /* of the answer in use; NULL: none */

    pthread_mutex_t lock; /* of current */
    struct ratings *current;
};

struct ratings_source *ratings_source_new(struct metrics *metrics)
{
    struct ratings_source *source = nw_calloc(1, sizeof(*source));
    source->metrics = metrics;
    source->file = nw_strdup("");
    source->url = nw_strdup("");
    source->key = nw_strdup("");
    source->current = ratings_empty();
    pthread_mutex_init(&source->lock, NULL);
    return source;
}

static void forget_validators(struct ratings_source *source)
{
    free(source->etag);
    free(source->last_modified);
    source->etag = source->last_modified = NULL;
}

static void end_call(struct ratings_source *source)
{
    http_call_free(source->call);
    source->call = NULL;
}

void ratings_source_free(struct ratings_source *source)
{
    if (!source) return;
    end_call(source);
    http_client_free(source->client);
    forget_validators(source);
    ratings_unref(source->current);
    pthread_mutex_destroy(&source->lock);
    free(source->file);
    free(source->url);
    free(source->key);
    free(source);
}

/* Copies first: place may point to what is replaced. */
static void set_place(struct ratings_source *source, const struct ratings_place *place)
{
    char *file = nw_strdup(place->file), *url = nw_strdup(place->url), *key = nw_strdup(place->key);
    if (strcmp(url, source->url) != 0) forget_validators(source);
    free(source->file);
    free(source->url);
    free(source->key);
    source->file = file;
    source->url = url;
    source->key = key;
    source->refresh_ms = place->refresh_ms;
}

struct ratings *ratings_source_current(void *context)
{
    struct ratings_source *source = context;
    pthread_mutex_lock(&source->lock);
    struct ratings *ratings = ratings_ref(source->current);
    pthread_mutex_unlock(&source->lock);
    return ratings;
}

/* ---- taking a table ---- */

/* What the log says of an address: a query may hold a token. */
static const char *shown_url(const struct ratings_source *source, char out[SHOWN_BYTES])
{
    snprintf(out, SHOWN_BYTES, "%.*s", (int)strcspn(source->url, "?#"), source->url);
    return out;
}

static void swap(struct ratings_source *source, struct ratings *fresh)
{
    pthread_mutex_lock(&source->lock);
    struct ratings *old = source->current;
    source->current = fresh;
    pthread_mutex_unlock(&source->lock);
    ratings_unref(old);
    metrics_set(source->metrics, METRIC_RATINGS_SOURCES, 0, (double)ratings_count(fresh));
    metrics_set(source->metrics, METRIC_RATINGS_LOADED, 0, (double)ratings_loaded_ms(fresh) / 1000.0);
}

static void log_loaded(const char *from, const struct ratings *ratings)
{
    const struct ratings_issue *issues;
    size_t bad = ratings_issues(ratings, &issues);
    for (size_t i = 0; i < bad && i < ISSUES_SHOWN; i++)
        log_warn("a row of the ratings is skipped", log_str("from", from),
                 log_int("line", (int64_t)issues[i].line), log_str("reason", issues[i].reason));
    log_info("ratings loaded", log_str("from", from), log_int("sources", (int64_t)ratings_count(ratings)),
             log_int("skipped", (int64_t)bad), log_str("version", ratings_version(ratings)));
}

static void failed(struct ratings_source *source, const char *from, const char *reason)
{
    metrics_add(source->metrics, METRIC_RATINGS_FAILURES, 0, 1);
    log_error("ratings not loaded, the last good ones stay", log_str("from", from),
              log_str("reason", reason));
}

/* NW_ERR_INPUT when they are no ratings, which has been said. The same bytes as before change nothing. */
static enum nw_err take_bytes(struct ratings_source *source, const char *from, const char *bytes, size_t len)
{
    struct ratings *fresh = NULL;
    char *error = NULL;
    if (ratings_load(bytes, len, NULL, &fresh, &error) != NW_OK) {
        failed(source, from, error);
        free(error);
        return NW_ERR_INPUT;
    }
    if (strcmp(ratings_version(fresh), ratings_version(source->current)) == 0) {
        log_info("ratings unchanged", log_str("from", from), log_str("version", ratings_version(fresh)));
        ratings_unref(fresh);
        return NW_OK;
    }
    ratings_set_loaded_ms(fresh, clock_wall_ms());
    log_loaded(from, fresh);
    swap(source, fresh);
    return NW_OK;
}

/* ---- a file ---- */

static bool look_at(const char *path, struct fingerprint *out)
{
    struct stat info;
    if (stat(path, &info) != 0) return false;
    /* Compared as bytes, so the padding must be the same. */
    memset(out, 0, sizeof(*out));
    out->device = info.st_dev;
    out->inode = info.st_ino;
    out->size = info.st_size;
    out->written = info.st_mtim;
    return true;
}

/* The file's bytes; NULL and *reason otherwise. */
static char *read_file(const char *path, size_t *len, const char **reason)
{
    char *bytes = NULL;
    struct stat info;
    FILE *file = fopen(path, "re");
    if (!file || fstat(fileno(file), &info) != 0) {
        *reason = strerror(errno);
    } else if (!S_ISREG(info.st_mode)) {
        *reason = "it is not a file";
    } else if (info.st_size > MAX_BYTES) {
        *reason = "it is larger than 64 MiB";
    } else {
        bytes = nw_calloc(1, (size_t)info.st_size + 1);
        *len = fread(bytes, 1, (size_t)info.st_size, file);
    }
    if (file) fclose(file);
    return bytes;
}

static enum nw_err load_file(struct ratings_source *source)
{
    const char *reason = "";
    size_t len = 0;
    /* Looked at before it is read: a write in between is seen by the next look. */
    if (!look_at(source->file, &source->seen)) memset(&source->seen, 0, sizeof(source->seen));
    char *bytes = read_file(source->file, &len, &reason);
    if (!bytes) {
        failed(source, source->file, reason);
        return NW_ERR_IO;
    }
    enum nw_err err = take_bytes(source, source->file, bytes, len);
    free(bytes);
    return err;
}

static void look_at_file(struct ratings_source *source)
{
    struct fingerprint now;
    if (look_at(source->file, &now) && memcmp(&now, &source->seen, sizeof(now)) != 0)
        (void)!load_file(source); /* logged and counted there */
}

/* ---- an address ---- */

static void start_call(struct ratings_source *source)
{
    const struct http_limits limits = {.connect_timeout_ms = CONNECT_MS,
                                       .total_timeout_ms = CALL_MS,
                                       .answer_max_bytes = MAX_BYTES,
                                       .redirects_max = 3};
    if (!source->client) source->client = http_client_new(&limits);
    const struct http_request request = {.url = source->url,
                                         .accept = "text/csv, application/x-ndjson, */*;q=0.5",
                                         .bearer = source->key,
                                         .etag = source->etag,
                                         .last_modified = source->last_modified};
    end_call(source);
    source->call = http_client_start(source->client, &request);
}

static enum nw_err take_answer(struct ratings_source *source, const struct http_answer *answer)
{
    char from[SHOWN_BYTES], reason[64];
    shown_url(source, from);
    if (answer->err != NW_OK) {
        failed(source, from, answer->reason);
        return NW_ERR_UNAVAILABLE;
    }
    if (answer->status == 304 && (source->etag || source->last_modified)) {
        log_debug("ratings unchanged", log_str("from", from));
        return NW_OK;
    }
    if (answer->status != 200) {
        snprintf(reason, sizeof(reason), "the service answers with status %d", answer->status);
        failed(source, from, reason);
        return NW_ERR_UNAVAILABLE;
    }
    if (take_bytes(source, from, answer->body, answer->len) != NW_OK) return NW_ERR_UNAVAILABLE;
    forget_validators(source);
    if (answer->etag) source->etag = nw_strdup(answer->etag);
    if (answer->last_modified) source->last_modified = nw_strdup(answer->last_modified);
    return NW_OK;
}

/* After a failure again within a minute, or when the service says. */
static int64_t next_look_ms(const struct ratings_source *source, int64_t retry_after_ms)
{
    if (source->last_err == NW_OK) return source->refresh_ms;
    int64_t wait_ms = source->refresh_ms < RETRY_MS ? source->refresh_ms : RETRY_MS;
    return retry_after_ms > wait_ms ? retry_after_ms : wait_ms;
}

static void turn_call(struct ratings_source *source, int64_t now_mono_ms)
{
    http_client_turn(source->client, TURN_WAIT_MS);
    if (!http_call_done(source->call)) return;
    const struct http_answer *answer = http_call_answer(source->call);
    source->last_err = take_answer(source, answer);
    source->next_look_mono_ms = now_mono_ms + next_look_ms(source, answer->retry_after_ms);
    end_call(source);
}

static enum nw_err wait_for_address(struct ratings_source *source)
{
    start_call(source);
    while (!http_call_done(source->call)) http_client_turn(source->client, CALL_MS);
    source->last_err = take_answer(source, http_call_answer(source->call));
    end_call(source);
    return source->last_err;
}

/* ---- when ---- */

static enum nw_err load_first(struct ratings_source *source)
{
    if (!*source->url) {
        if (*source->file) return load_file(source);
        swap(source, ratings_empty());
        return NW_OK;
    }
    if (wait_for_address(source) == NW_OK) return NW_OK;
    if (!*source->file) return NW_ERR_UNAVAILABLE;
    enum nw_err err = load_file(source);
    if (err == NW_OK)
        log_warn("ratings.url gives nothing, so ratings.file is used until it does",
                 log_str("file", source->file));
    return err;
}

enum nw_err ratings_source_load(struct ratings_source *source, const struct ratings_place *place)
{
    set_place(source, place);
    source->next_look_mono_ms = 0;
    return load_first(source);
}

void ratings_source_reload(struct ratings_source *source, const struct ratings_place *place)
{
    set_place(source, place);
    end_call(source);
    source->next_look_mono_ms = 0;
    if (*source->url)
        start_call(source); /* the table in use stays until it has answered */
    else
        (void)!load_first(source); /* logged and counted there */
}

void ratings_source_turn(struct ratings_source *source, int64_t now_mono_ms)
{
    if (source->call) {
        turn_call(source, now_mono_ms);
        return;
    }
    if (source->refresh_ms == 0 || (!*source->file && !*source->url)) return;
    if (source->next_look_mono_ms == 0) {
        source->next_look_mono_ms = now_mono_ms + next_look_ms(source, 0);
        return;
    }
    if (now_mono_ms < source->next_look_mono_ms) return;
    source->next_look_mono_ms = now_mono_ms + source->refresh_ms;
    if (*source->url)
        start_call(source);
    else
        look_at_file(source);
}
