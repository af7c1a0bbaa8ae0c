/*
 * dump_features - `newswired dump-features OUT`: the features topic as a file that replay reads exactly.
 *
 * Reads each partition from its first record to what is its end at the start, in a consumer outside
 * any group, so a running daemon is not disturbed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "consumers/kafka.h"
#include "daemon/commands.h"
#include "daemon/features_dump.h"
#include "daemon/settings.h"

enum { ASK_TIMEOUT_MS = 5000, POLL_MS = 100 };

struct dump {
    const struct kafka_options *kafka;
    struct kafka_client *reader;
    FILE *out;
    int32_t partitions, open; /* open: not read to their end yet */
    int64_t *ends;            /* by partition; -1: done */
    uint64_t records;
};

static int timeout_ms(const struct dump *dump)
{
    return dump->kafka->start_timeout_ms > 0 ? dump->kafka->start_timeout_ms : KAFKA_START_TIMEOUT_MS;
}

static enum nw_err find_topic(struct dump *dump)
{
    const char *topic = dump->kafka->features_topic;
    int64_t deadline = clock_mono_ms() + timeout_ms(dump);
    enum nw_err err;
    do {
        err = kafka_partition_count(dump->reader, topic, ASK_TIMEOUT_MS, &dump->partitions);
        rd_kafka_poll(dump->reader->rk, POLL_MS);
    } while (err == NW_ERR_UNAVAILABLE && clock_mono_ms() < deadline);
    if (err != NW_OK)
        log_error("features topic cannot be read", log_str("topic", topic),
                  log_str("brokers", dump->kafka->brokers), log_str("reason", nw_err_text(err)));
    return err;
}

/* Every partition that holds something, from its first record. */
static enum nw_err assign(struct dump *dump)
{
    const char *topic = dump->kafka->features_topic;
    rd_kafka_resp_err_t err = RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(dump->partitions);
    dump->ends = nw_calloc((size_t)dump->partitions, sizeof(*dump->ends));
    for (int32_t p = 0; p < dump->partitions && err == RD_KAFKA_RESP_ERR_NO_ERROR; p++) {
        int64_t low, high;
        err = rd_kafka_query_watermark_offsets(dump->reader->rk, topic, p, &low, &high, ASK_TIMEOUT_MS);
        if (err != RD_KAFKA_RESP_ERR_NO_ERROR) break;
        if (low > 0)
            log_warn("the partition no longer begins at its first record: a replay cannot be exact",
                     log_str("topic", topic), log_int("partition", p), log_int("begins_at", low));
        dump->ends[p] = high > low ? high : -1;
        if (high <= low) continue;
        rd_kafka_topic_partition_list_add(list, topic, p)->offset = low;
        dump->open++;
    }
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR) err = rd_kafka_assign(dump->reader->rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR) return NW_OK;
    log_error("features topic cannot be read", log_str("topic", topic),
              log_str("reason", rd_kafka_err2str(err)));
    return NW_ERR_UNAVAILABLE;
}

static void close_partition(struct dump *dump, int32_t partition)
{
    if (dump->ends[partition] < 0) return;
    dump->ends[partition] = -1;
    dump->open--;
}

static enum nw_err take(struct dump *dump, const rd_kafka_message_t *message)
{
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        close_partition(dump, message->partition);
        return NW_OK;
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        log_error("features topic cannot be read", log_int("partition", message->partition),
                  log_str("reason", rd_kafka_message_errstr(message)));
        return NW_ERR_UNAVAILABLE;
    }
    int64_t end = dump->ends[message->partition];
    if (end < 0 || message->offset >= end) { /* came in after the start */
        close_partition(dump, message->partition);
        return NW_OK;
    }
    const struct features_dump_record record = {.partition = message->partition,
                                                .offset = (uint64_t)message->offset,
                                                .append_ms = kafka_message_time_ms(message),
                                                .bytes = message->payload,
                                                .len = message->len};
    enum nw_err err = features_dump_write(dump->out, &record);
    dump->records++;
    if (message->offset + 1 == end) close_partition(dump, message->partition);
    return err;
}

static enum nw_err copy(struct dump *dump)
{
    enum nw_err err = features_dump_begin(dump->out);
    int64_t deadline = clock_mono_ms() + timeout_ms(dump);
    while (err == NW_OK && dump->open > 0) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(dump->reader->rk, POLL_MS);
        if (message != NULL) {
            err = take(dump, message);
            rd_kafka_message_destroy(message);
            deadline = clock_mono_ms() + timeout_ms(dump);
        } else if (clock_mono_ms() > deadline) {
            log_error("kafka sends nothing more", log_int("partitions_open", dump->open));
            err = NW_ERR_UNAVAILABLE;
        }
    }
    return err == NW_OK ? features_dump_end(dump->out, dump->records) : err;
}

static enum nw_err run(struct dump *dump, const char *path)
{
    enum nw_err err = find_topic(dump);
    if (err == NW_OK) err = assign(dump);
    if (err != NW_OK) return err;
    dump->out = fopen(path, "wb");
    if (dump->out == NULL) {
        log_error("file cannot be written", log_str("file", path), log_str("reason", strerror(errno)));
        return NW_ERR_IO;
    }
    err = copy(dump);
    if (fclose(dump->out) != 0 && err == NW_OK) err = NW_ERR_IO;
    if (err == NW_ERR_IO)
        log_error("file cannot be written", log_str("file", path), log_str("reason", strerror(errno)));
    return err;
}

int dump_features_command(const struct options *options, const struct config *config)
{
    struct settings settings;
    struct dump dump = {0};
    settings_init(&settings, config, options);
    dump.kafka = &settings.kafka;
    enum nw_err err = kafka_reader_new(&settings.kafka, "dump", &dump.reader);
    if (err == NW_OK) err = run(&dump, options->operand);
    if (err == NW_OK)
        log_info("features written", log_str("file", options->operand),
                 log_int("records", (int64_t)dump.records), log_int("partitions", dump.partitions));
    kafka_client_free(dump.reader);
    free(dump.ends);
    settings_fini(&settings);
    if (err == NW_OK) return EXIT_DONE;
    return err == NW_ERR_UNAVAILABLE ? EXIT_UNAVAILABLE : EXIT_CONFIG;
}
