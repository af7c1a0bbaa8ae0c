#include "consumers/feature_writer.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "consumers/kafka.h"

struct feature_writer {
    struct kafka_client *producer;
    rd_kafka_topic_t *topic;
    int32_t partitions;
    bool failed, delivered;
};

static void fail(struct feature_writer *writer, int32_t partition, rd_kafka_resp_err_t err)
{
    if (!writer->failed)
        log_error("features record not delivered", log_str("topic", rd_kafka_topic_name(writer->topic)),
                  log_int("partition", partition), log_str("reason", rd_kafka_err2str(err)));
    writer->failed = true;
}

static void on_delivered(void *context, const rd_kafka_message_t *message)
{
    struct feature_writer *writer = context;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        writer->delivered = true;
        tracked_record_done(message->_private);
    } else {
        fail(writer, message->partition, message->err); /* its source record is never done */
    }
}

enum nw_err feature_writer_new(const struct kafka_options *options, int worker, int32_t partitions,
                               struct feature_writer **out)
{
    struct feature_writer *writer = nw_calloc(1, sizeof(*writer));
    writer->partitions = partitions;
    char name[48];
    snprintf(name, sizeof(name), "features.%d", worker);
    struct kafka_producer_settings settings = {.name = name,
                                               .gapless = true,
                                               .queue_bytes = options->memory.features_queue,
                                               .callbacks = {.context = writer, .delivered = on_delivered}};
    enum nw_err err = kafka_producer_new(options, &settings, &writer->producer);
    if (err != NW_OK) {
        free(writer);
        return err;
    }
    writer->topic = rd_kafka_topic_new(writer->producer->rk, options->features_topic, NULL);
    if (writer->topic == NULL) {
        kafka_client_free(writer->producer);
        free(writer);
        return NW_ERR_FATAL;
    }
    *out = writer;
    return NW_OK;
}

void feature_writer_free(struct feature_writer *writer)
{
    if (writer == NULL) return;
    rd_kafka_topic_destroy(writer->topic);
    kafka_client_free(writer->producer);
    free(writer);
}

static enum nw_err send_one(struct feature_writer *writer, const struct pipeline_output *output,
                            int32_t partition, struct tracked_record *source)
{
    tracked_record_hold(source);
    /* COPY: the bytes are not written to, whatever the prototype says. */
    union {
        const uint8_t *in;
        void *out;
    } bytes = {.in = output->bytes};
    if (rd_kafka_produce(writer->topic, partition, RD_KAFKA_MSG_F_COPY, bytes.out, output->len, output->key,
                         strlen(output->key), source) == 0)
        return NW_OK;
    rd_kafka_resp_err_t err = rd_kafka_last_error();
    if (err == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        tracked_record_done(source); /* the sender's own hold remains */
        return NW_ERR_UNAVAILABLE;
    }
    fail(writer, partition, err);
    return NW_ERR_FATAL;
}

enum nw_err feature_writer_send(struct feature_writer *writer, const struct pipeline_result *result,
                                struct feature_cursor *cursor, struct tracked_record *source)
{
    if (writer->failed) return NW_ERR_FATAL;
    for (; cursor->output < result->output_count; cursor->output++, cursor->partition = 0) {
        const struct pipeline_output *output = &result->outputs[cursor->output];
        enum nw_err err = NW_OK;
        if (output->target == TARGET_LANGUAGE) {
            int32_t partition = kafka_key_partition(output->key, strlen(output->key), writer->partitions);
            err = send_one(writer, output, partition, source);
        } else {
            while (err == NW_OK && cursor->partition < writer->partitions) {
                err = send_one(writer, output, cursor->partition, source);
                if (err == NW_OK) cursor->partition++;
            }
        }
        if (err != NW_OK) return err;
    }
    return NW_OK;
}

void feature_writer_poll(struct feature_writer *writer, int timeout_ms)
{
    rd_kafka_poll(writer->producer->rk, timeout_ms);
    if (writer->producer->fatal) writer->failed = true;
}

bool feature_writer_delivered(struct feature_writer *writer)
{
    bool delivered = writer->delivered;
    writer->delivered = false;
    return delivered;
}

bool feature_writer_failed(const struct feature_writer *writer)
{
    return writer->failed;
}
