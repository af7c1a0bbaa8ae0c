#include "daemon/demo_feed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/instant.h"
#include "base/log.h"
#include "consumers/kafka.h"
#include "daemon/event_line.h"

struct demo_feed {
    struct kafka_client *producer;
    const char *topic;
    double per_second;
    char **lines;
    size_t count, capacity, sent, delivered;
    int64_t start_mono_ms; /* -1: not started */
    bool failed;
    struct arena *arena;
};

static void on_delivered(void *context, const rd_kafka_message_t *message)
{
    struct demo_feed *feed = context;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        feed->delivered++;
        return;
    }
    feed->failed = true;
    log_error("event not delivered", log_str("reason", rd_kafka_err2str(message->err)));
}

static enum nw_err read_lines(struct demo_feed *feed, const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        log_error("events cannot be read", log_str("file", path), log_str("reason", strerror(errno)));
        return NW_ERR_IO;
    }
    char *line = NULL;
    size_t size = 0;
    ssize_t len;
    while ((len = getline(&line, &size, file)) >= 0) {
        if (len > 0 && line[len - 1] == '\n') line[--len] = '\0';
        if (len == 0) continue;
        feed->lines = nw_grow(feed->lines, &feed->capacity, feed->count + 1, sizeof(*feed->lines));
        feed->lines[feed->count++] = nw_memdup(line, (size_t)len);
    }
    enum nw_err err = ferror(file) ? NW_ERR_IO : NW_OK;
    free(line);
    fclose(file);
    return err;
}

enum nw_err demo_feed_new(const struct kafka_options *kafka, const char *path, double speed,
                          struct demo_feed **out)
{
    struct demo_feed *feed = nw_calloc(1, sizeof(*feed));
    feed->topic = kafka->articles_topic;
    feed->per_second = DEMO_EVENTS_PER_SECOND * speed;
    feed->start_mono_ms = -1;
    feed->arena = arena_new();
    enum nw_err err = read_lines(feed, path);
    struct kafka_producer_settings settings = {.name = "demo-feed",
                                               .callbacks = {.context = feed, .delivered = on_delivered}};
    if (err == NW_OK) err = kafka_producer_new(kafka, &settings, &feed->producer);
    if (err != NW_OK) {
        demo_feed_free(feed);
        return err;
    }
    *out = feed;
    return NW_OK;
}

void demo_feed_free(struct demo_feed *feed)
{
    if (feed == NULL) return;
    kafka_client_free(feed->producer);
    for (size_t i = 0; i < feed->count; i++) free(feed->lines[i]);
    free(feed->lines);
    arena_free(feed->arena);
    free(feed);
}

/* Partition 0 always: the demo shows the events in the order of the file. */
static rd_kafka_resp_err_t send_line(struct demo_feed *feed, const char *line)
{
    struct input_record record;
    event_line_parse(feed->arena, line, strlen(line), &record);
    rd_kafka_headers_t *headers = rd_kafka_headers_new(record.header_count + 1);
    for (size_t i = 0; i < record.header_count; i++)
        rd_kafka_header_add(headers, record.headers[i].name, -1, record.headers[i].value,
                            (ssize_t)record.headers[i].len);
    union {
        const void *in;
        void *out;
    } key = {.in = record.key}, value = {.in = record.value}; /* copied, not written to */
    rd_kafka_resp_err_t err = rd_kafka_producev(
        feed->producer->rk, RD_KAFKA_V_TOPIC(feed->topic), RD_KAFKA_V_PARTITION(0),
        RD_KAFKA_V_KEY(key.out, record.key_len), RD_KAFKA_V_VALUE(value.out, record.len),
        RD_KAFKA_V_TIMESTAMP(record.append_ms == NW_NO_TIME ? 0 : record.append_ms), /* 0: now */
        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_headers_destroy(headers);
    arena_reset(feed->arena);
    return err;
}

enum nw_err demo_feed_turn(struct demo_feed *feed, int64_t now_mono_ms)
{
    if (feed->start_mono_ms < 0) feed->start_mono_ms = now_mono_ms;
    double due = (double)(now_mono_ms - feed->start_mono_ms) / 1000 * feed->per_second;
    while (feed->sent < feed->count && (double)feed->sent <= due) {
        rd_kafka_resp_err_t err = send_line(feed, feed->lines[feed->sent]);
        if (err == RD_KAFKA_RESP_ERR__QUEUE_FULL) break; /* the next turn goes on */
        if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
            log_error("event not sent", log_str("reason", rd_kafka_err2str(err)));
            return NW_ERR_UNAVAILABLE;
        }
        feed->sent++;
    }
    rd_kafka_poll(feed->producer->rk, 0);
    return feed->failed ? NW_ERR_UNAVAILABLE : NW_OK;
}

size_t demo_feed_total(const struct demo_feed *feed)
{
    return feed->count;
}

bool demo_feed_done(const struct demo_feed *feed)
{
    return feed->delivered == feed->count;
}
