#include "consumers/kafka_scan.h"

#include "base/clock.h"
#include "base/log.h"

enum { POLL_MS = 200, STALL_MS = 30000 };

enum nw_err kafka_scan(struct kafka_client *reader, const char *topic, int32_t first, int32_t count,
                       void (*visit)(void *context, const rd_kafka_message_t *message), void *context)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(count);
    for (int32_t i = 0; i < count; i++)
        rd_kafka_topic_partition_list_add(list, topic, first + i)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_resp_err_t refused = rd_kafka_assign(reader->rk, list);
    enum nw_err err = refused ? NW_ERR_UNAVAILABLE : NW_OK;
    int64_t last_progress_ms = clock_mono_ms();
    /* Each end is told once, also where the last offsets are marks of transactions, which nobody sees. */
    for (int32_t ends = 0; err == NW_OK && ends < count;) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(reader->rk, POLL_MS);
        if (message != NULL) {
            last_progress_ms = clock_mono_ms();
            if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR)
                visit(context, message);
            else if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
                ends++;
            else
                log_warn("reading a topic", log_str("topic", topic), log_int("partition", message->partition),
                         log_str("reason", rd_kafka_message_errstr(message)));
            rd_kafka_message_destroy(message);
        } else if (clock_mono_ms() - last_progress_ms > STALL_MS) {
            err = NW_ERR_TIMEOUT;
        }
    }
    (void)rd_kafka_assign(reader->rk, NULL);
    rd_kafka_topic_partition_list_destroy(list);
    return err;
}
