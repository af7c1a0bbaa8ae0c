/* newswired history STORY_ID: the summaries of a story that the coverage topic still holds, oldest first:
 * what each changed (history_view.h), or with --json the records themselves, a line each. Compaction keeps
 * the last one for ever and older ones for a while. */
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "consumers/kafka.h"
#include "consumers/kafka_scan.h"
#include "daemon/commands.h"
#include "daemon/history_view.h"
#include "daemon/settings.h"

enum { KAFKA_TIMEOUT_MS = 10000 };

struct search {
    const char *story;         /* hex */
    struct history_view *view; /* NULL: JSON */
    unsigned found;
};

/* Prints the message when it is the story's. */
static void print_match(void *context, const rd_kafka_message_t *message)
{
    struct search *search = context;
    if (message->key_len != ID128_HEX_LEN || memcmp(message->key, search->story, ID128_HEX_LEN) != 0) return;
    search->found++;
    if (search->view)
        history_view_add(search->view, message->payload, message->len);
    else if (message->len == 0)
        puts("null"); /* a tombstone: the story's keys are gone from Redis */
    else
        printf("%.*s\n", (int)message->len, (const char *)message->payload);
}

int history_command(const struct options *options, const struct config *config)
{
    struct settings settings;
    struct kafka_client *client = NULL;
    struct id128 id;
    char story[ID128_HEX_LEN + 1];
    int32_t count = 0;
    struct search search = {.story = story};
    if (!id128_parse(options->operand, strlen(options->operand), &id)) {
        fprintf(stderr, "newswired: \"%s\" is no story id: it has 32 hexadecimal digits\n", options->operand);
        return EXIT_USAGE;
    }
    id128_hex(id, story);
    settings_init(&settings, config, options);
    search.view = options->json ? NULL : history_view_new(stdout);
    const char *topic = settings.kafka.coverage_topic;
    enum nw_err err = kafka_reader_new(&settings.kafka, "history", &client);
    if (err == NW_OK) err = kafka_partition_count(client, topic, KAFKA_TIMEOUT_MS, &count);
    if (err == NW_OK)
        err = kafka_scan(client, topic, kafka_key_partition(story, strlen(story), count), 1, print_match,
                         &search);
    if (err != NW_OK)
        fprintf(stderr, "newswired: %s: %s\n", topic,
                err == NW_ERR_NOT_FOUND ? "there is no such topic" : nw_err_text(err));
    else if (search.found == 0)
        fprintf(stderr, "newswired: %s holds nothing of story %s\n", topic, story);
    if (search.view && search.found > 0) puts("(as far as the topic still holds them)");
    history_view_free(search.view);
    kafka_client_free(client);
    settings_fini(&settings);
    return err != NW_OK ? EXIT_UNAVAILABLE : search.found ? EXIT_DONE : EXIT_CONFIG;
}
