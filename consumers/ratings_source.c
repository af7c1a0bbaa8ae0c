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

enum { FILE_MAX_BYTES = 64 * 1024 * 1024, ISSUES_SHOWN = 5 };

/* What tells one state of a file from another. */
struct fingerprint {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec written;
};

struct ratings_source {
    struct metrics *metrics;
    char *path;
    struct fingerprint seen;
    pthread_mutex_t lock; /* of current */
    struct ratings *current;
};

struct ratings_source *ratings_source_new(struct metrics *metrics)
{
    struct ratings_source *source = nw_calloc(1, sizeof(*source));
    source->metrics = metrics;
    source->path = nw_strdup("");
    source->current = ratings_empty();
    pthread_mutex_init(&source->lock, NULL);
    return source;
}

void ratings_source_free(struct ratings_source *source)
{
    if (!source) return;
    ratings_unref(source->current);
    pthread_mutex_destroy(&source->lock);
    free(source->path);
    free(source);
}

struct ratings *ratings_source_current(void *context)
{
    struct ratings_source *source = context;
    pthread_mutex_lock(&source->lock);
    struct ratings *ratings = ratings_ref(source->current);
    pthread_mutex_unlock(&source->lock);
    return ratings;
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
    } else if (info.st_size > FILE_MAX_BYTES) {
        *reason = "it is larger than 64 MiB";
    } else {
        bytes = nw_calloc(1, (size_t)info.st_size + 1);
        *len = fread(bytes, 1, (size_t)info.st_size, file);
    }
    if (file) fclose(file);
    return bytes;
}

static void log_loaded(const char *path, const struct ratings *ratings)
{
    const struct ratings_issue *issues;
    size_t bad = ratings_issues(ratings, &issues);
    for (size_t i = 0; i < bad && i < ISSUES_SHOWN; i++)
        log_warn("a row of the ratings is skipped", log_str("file", path),
                 log_int("line", (int64_t)issues[i].line), log_str("reason", issues[i].reason));
    log_info("ratings loaded", log_str("file", path), log_int("sources", (int64_t)ratings_count(ratings)),
             log_int("skipped", (int64_t)bad), log_str("version", ratings_version(ratings)));
}

static enum nw_err load(struct ratings_source *source)
{
    struct ratings *fresh = NULL;
    char *error = NULL;
    const char *reason = NULL;
    size_t len = 0;
    enum nw_err err = NW_OK;
    if (!*source->path) {
        fresh = ratings_empty();
    } else {
        /* Looked at before it is read: a write in between is seen by the next refresh. */
        if (!look_at(source->path, &source->seen)) memset(&source->seen, 0, sizeof(source->seen));
        char *bytes = read_file(source->path, &len, &reason);
        err = bytes ? ratings_load(bytes, len, NULL, &fresh, &error) : NW_ERR_IO;
        free(bytes);
    }
    if (err != NW_OK) {
        metrics_add(source->metrics, METRIC_RATINGS_FAILURES, 0, 1);
        log_error("ratings not loaded, the last good ones stay", log_str("file", source->path),
                  log_str("reason", error ? error : reason));
        free(error);
        return err;
    }
    ratings_set_loaded_ms(fresh, clock_wall_ms());
    if (*source->path) log_loaded(source->path, fresh);
    swap(source, fresh);
    return NW_OK;
}

enum nw_err ratings_source_load(struct ratings_source *source, const char *path)
{
    char *copy = nw_strdup(path); /* path may be source->path */
    free(source->path);
    source->path = copy;
    return load(source);
}

void ratings_source_refresh(struct ratings_source *source)
{
    struct fingerprint now;
    if (!*source->path || !look_at(source->path, &now) || memcmp(&now, &source->seen, sizeof(now)) == 0)
        return;
    (void)!load(source); /* logged and counted there */
}
