/* newswired history STORY_ID: the summaries of a story that the coverage topic still holds, oldest first, a
 * line each on stdout. Compaction keeps the last one for ever and older ones for a while. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "consumers/kafka.h"
#include "daemon/commands.h"
#include "daemon/settings.h"

enum { KAFKA_TIMEOUT_MS = 10000, QUIET_MS = 3000, STALL_MS = 30000 };

/* Prints the message when it is the story's. */
static void print_match(const rd_kafka_message_t *message, const char *story, unsigned *found)
{
    if (message->key_len != strlen(story) || memcmp(message->key, story, message->key_len) != 0) return;
    (*found)++;
    if (message->len == 0)
        puts("null"); /* a tombstone: the story's keys are gone from Redis */
    else
        printf("%.*s\n", (int)message->len, (const char *)message->payload);
}

/* Reads one partition up to the end that it has now. */
static enum nw_err read_partition(struct kafka_client *client, const char *topic, int32_t partition,
                                  const char *story, unsigned *found)
{
    int64_t low, high;
    if (rd_kafka_query_watermark_offsets(client->rk, topic, partition, &low, &high, KAFKA_TIMEOUT_MS))
        return NW_ERR_UNAVAILABLE;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic, partition)->offset = low;
    rd_kafka_resp_err_t refused = rd_kafka_assign(client->rk, list);
    enum nw_err err = refused ? NW_ERR_UNAVAILABLE : NW_OK;
    int64_t next = low, last_progress_mono_ms = clock_mono_ms();
    while (err == NW_OK && next < high) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(client->rk, 200);
        if (message && !message->err) {
            print_match(message, story, found);
            next = message->offset + 1;
            last_progress_mono_ms = clock_mono_ms();
        }
        if (message) rd_kafka_message_destroy(message);
        int64_t idle_ms = clock_mono_ms() - last_progress_mono_ms;
        /* The last offsets may be marks of transactions, which are never delivered: then silence is the end.
         */
        if (next > low && idle_ms > QUIET_MS) break;
        if (idle_ms > STALL_MS) err = NW_ERR_TIMEOUT;
    }
    rd_kafka_topic_partition_list_destroy(list);
    return err;
}

int history_command(const struct options *options, const struct config *config)
{
    struct settings settings;
    struct kafka_client *client = NULL;
    struct id128 id;
    char story[ID128_HEX_LEN + 1];
    int32_t count = 0;
    unsigned found = 0;
    if (!id128_parse(options->operand, strlen(options->operand), &id)) {
        fprintf(stderr, "newswired: \"%s\" is no story id: it has 32 hexadecimal digits\n", options->operand);
        return EXIT_USAGE;
    }
    id128_hex(id, story);
    settings_init(&settings, config, options);
    const char *topic = settings.kafka.coverage_topic;
    enum nw_err err = kafka_reader_new(&settings.kafka, "history", &client);
    if (err == NW_OK) err = kafka_partition_count(client, topic, KAFKA_TIMEOUT_MS, &count);
    if (err == NW_OK)
        err = read_partition(client, topic, kafka_key_partition(story, strlen(story), count), story, &found);
    if (err != NW_OK)
        fprintf(stderr, "newswired: %s: %s\n", topic,
                err == NW_ERR_NOT_FOUND ? "there is no such topic" : nw_err_text(err));
    else if (found == 0)
        fprintf(stderr, "newswired: %s holds nothing of story %s\n", topic, story);
    kafka_client_free(client);
    settings_fini(&settings);
    return err != NW_OK ? EXIT_UNAVAILABLE : found ? EXIT_DONE : EXIT_CONFIG;
}
