#include "consumers/reject.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/log.h"
#include "consumers/kafka.h"

enum { FIRST_CUT_BYTES = 900 * 1024, LAST_CUT_BYTES = 1024, KEY_CUT_BYTES = 1024 };
/* What waits is bounded here, below the producer's own bound: a cut record is sent again while the
 * refused one still counts, and that must never find the queue full. */
enum { IN_FLIGHT_MAX_BYTES = 16 * 1024 * 1024, RECORD_COST_BYTES = 1024, QUEUE_BYTES = 64 * 1024 * 1024 };

static const char *const own_headers[] = {"error.code",    "error.reason", "error.index",
                                          "error.count",   "source.topic", "source.partition",
                                          "source.offset", "rejected.at",  "truncated"};

struct reject_writer {
    const struct kafka_options *options;
    struct kafka_client *producer; /* NULL until the first reject */
    int worker;
    size_t in_flight_bytes, in_flight_most;
    bool failed;
};

static size_t cost(size_t key_len, size_t len)
{
    return key_len + len + RECORD_COST_BYTES;
}

size_t reject_next_cut(size_t len)
{
    if (len > FIRST_CUT_BYTES) return FIRST_CUT_BYTES;
    return len > LAST_CUT_BYTES ? len / 4 : 0;
}

struct reject_writer *reject_writer_new(const struct kafka_options *options, int worker)
{
    struct reject_writer *writer = nw_calloc(1, sizeof(*writer));
    writer->options = options;
    writer->worker = worker;
    writer->in_flight_most =
        options->memory.rejects_queue > 0 ? options->memory.rejects_queue : IN_FLIGHT_MAX_BYTES;
    return writer;
}

void reject_writer_free(struct reject_writer *writer)
{
    if (writer == NULL) return;
    kafka_client_free(writer->producer);
    free(writer);
}

static void fail(struct reject_writer *writer, rd_kafka_resp_err_t err)
{
    if (!writer->failed)
        log_error("reject not delivered", log_str("topic", writer->options->rejected_topic),
                  log_str("reason", rd_kafka_err2str(err)));
    writer->failed = true;
}

static void add_text(rd_kafka_headers_t *headers, const char *name, const char *text)
{
    rd_kafka_header_add(headers, name, -1, text, (ssize_t)strlen(text));
}

static void add_int(rd_kafka_headers_t *headers, const char *name, int64_t value)
{
    char text[32];
    snprintf(text, sizeof(text), "%" PRId64, value);
    add_text(headers, name, text);
}

static void add_time(rd_kafka_headers_t *headers, const char *name, int64_t time_ms)
{
    time_t seconds = (time_t)(time_ms / 1000);
    struct tm utc;
    gmtime_r(&seconds, &utc);
    char text[64];
    size_t used = strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(text + used, sizeof(text) - used, ".%03dZ", (int)(time_ms % 1000));
    add_text(headers, name, text);
}

static bool is_own(const char *name)
{
    for (size_t i = 0; i < sizeof(own_headers) / sizeof(own_headers[0]); i++)
        if (strcmp(own_headers[i], name) == 0) return true;
    return false;
}

static void add_foreign_headers(rd_kafka_headers_t *headers, const struct input_record *record)
{
    for (size_t i = 0; i < record->header_count; i++) {
        const struct input_header *h = &record->headers[i];
        if (!is_own(h->name)) rd_kafka_header_add(headers, h->name, -1, h->value, (ssize_t)h->len);
    }
}

static void add_reasons(rd_kafka_headers_t *headers, const struct input_record *record,
                        const struct pipeline_reject *rejects, size_t count, int64_t now_ms)
{
    for (size_t i = 0; i < count && i < REJECT_LISTED; i++) {
        add_text(headers, "error.code", reject_code_text(rejects[i].code));
        add_text(headers, "error.reason", rejects[i].reason);
        add_int(headers, "error.index", rejects[i].index);
    }
    add_int(headers, "error.count", (int64_t)count);
    add_text(headers, "source.topic", record->origin.topic);
    add_int(headers, "source.partition", record->origin.partition);
    add_int(headers, "source.offset", record->origin.offset);
    add_time(headers, "rejected.at", now_ms);
}

/* Takes headers unless it fails. */
static rd_kafka_resp_err_t produce(struct reject_writer *writer, const void *key, size_t key_len,
                                   const void *value, size_t len, rd_kafka_headers_t *headers,
                                   struct tracked_record *source)
{
    union {
        const void *in;
        void *out;
    } k = {.in = key}, v = {.in = value}; /* copied, not written to */
    rd_kafka_resp_err_t err =
        rd_kafka_producev(writer->producer->rk, RD_KAFKA_V_TOPIC(writer->options->rejected_topic),
                          RD_KAFKA_V_KEY(k.out, key_len), RD_KAFKA_V_VALUE(v.out, len),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_HEADERS(headers),
                          RD_KAFKA_V_OPAQUE(source), RD_KAFKA_V_END);
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR) writer->in_flight_bytes += cost(key_len, len);
    return err;
}

/* Our own headers of a refused record: what came with it may be what made it too large. */
static rd_kafka_headers_t *own_headers_of(const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *all, *own = rd_kafka_headers_new(16);
    if (rd_kafka_message_headers(message, &all) != RD_KAFKA_RESP_ERR_NO_ERROR) return own;
    const char *name;
    const void *value;
    size_t size;
    for (size_t i = 0; rd_kafka_header_get_all(all, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         i++)
        if (is_own(name)) rd_kafka_header_add(own, name, -1, value, (ssize_t)size);
    return own;
}

/* The value is cut further and sent again; the hold on the source stays. */
static void send_cut(struct reject_writer *writer, const rd_kafka_message_t *refused)
{
    const void *value;
    size_t size, key_len = refused->key_len < KEY_CUT_BYTES ? refused->key_len : KEY_CUT_BYTES;
    rd_kafka_headers_t *headers = own_headers_of(refused);
    if (rd_kafka_header_get_last(headers, "truncated", &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR)
        add_int(headers, "truncated", (int64_t)refused->len);
    rd_kafka_resp_err_t err = produce(writer, refused->key, key_len, refused->payload,
                                      reject_next_cut(refused->len), headers, refused->_private);
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    rd_kafka_headers_destroy(headers);
    fail(writer, err);
}

static bool size_refused(rd_kafka_resp_err_t err)
{
    return err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE || err == RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE ||
           err == RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE;
}

static void on_delivered(void *context, const rd_kafka_message_t *message)
{
    struct reject_writer *writer = context;
    writer->in_flight_bytes -= cost(message->key_len, message->len);
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
        tracked_record_done(message->_private);
    else if (size_refused(message->err) && message->len > 0)
        send_cut(writer, message);
    else
        fail(writer, message->err);
}

static enum nw_err start_producer(struct reject_writer *writer)
{
    char name[48];
    snprintf(name, sizeof(name), "rejected.%d", writer->worker);
    struct kafka_producer_settings settings = {.name = name,
                                               .queue_bytes = QUEUE_BYTES,
                                               .callbacks = {.context = writer, .delivered = on_delivered}};
    enum nw_err err = kafka_producer_new(writer->options, &settings, &writer->producer);
    if (err != NW_OK) writer->failed = true;
    return err == NW_OK ? NW_OK : NW_ERR_FATAL;
}

/* Larger than what our own producer takes: cut at once. */
static rd_kafka_resp_err_t produce_within_limit(struct reject_writer *writer,
                                                const struct input_record *record,
                                                const struct pipeline_reject *rejects, size_t count,
                                                int64_t now_ms, struct tracked_record *source)
{
    rd_kafka_headers_t *headers = rd_kafka_headers_new(record->header_count + 16);
    add_foreign_headers(headers, record);
    add_reasons(headers, record, rejects, count, now_ms);
    rd_kafka_resp_err_t err =
        produce(writer, record->key, record->key_len, record->value, record->len, headers, source);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_headers_destroy(headers);
    if (!size_refused(err)) return err;

    size_t key_len = record->key_len < KEY_CUT_BYTES ? record->key_len : KEY_CUT_BYTES;
    headers = rd_kafka_headers_new(16);
    add_reasons(headers, record, rejects, count, now_ms);
    add_int(headers, "truncated", (int64_t)record->len);
    err = produce(writer, record->key, key_len, record->value, reject_next_cut(record->len), headers, source);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_headers_destroy(headers);
    return err;
}

enum nw_err reject_writer_send(struct reject_writer *writer, const struct input_record *record,
                               const struct pipeline_reject *rejects, size_t count, int64_t now_ms,
                               struct tracked_record *source)
{
    if (writer->failed) return NW_ERR_FATAL;
    if (writer->producer == NULL && start_producer(writer) != NW_OK) return NW_ERR_FATAL;
    if (writer->in_flight_bytes > 0 &&
        writer->in_flight_bytes + cost(record->key_len, record->len) > writer->in_flight_most)
        return NW_ERR_UNAVAILABLE;
    tracked_record_hold(source);
    rd_kafka_resp_err_t err = produce_within_limit(writer, record, rejects, count, now_ms, source);
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR) return NW_OK;
    if (err == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        tracked_record_done(source); /* the sender's own hold remains */
        return NW_ERR_UNAVAILABLE;
    }
    fail(writer, err); /* the hold stays: the source record is never done */
    return NW_ERR_FATAL;
}

void reject_writer_poll(struct reject_writer *writer, int timeout_ms)
{
    if (writer->producer == NULL) return;
    rd_kafka_poll(writer->producer->rk, timeout_ms);
    if (writer->producer->fatal) writer->failed = true;
}

bool reject_writer_failed(const struct reject_writer *writer)
{
    return writer->failed;
}
