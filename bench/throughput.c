/*
 * throughput - articles a second through the whole daemon, beside two limits measured in the same run.
 *
 *   bench_throughput [articles] [article workers] [newswired binary]
 *
 * Broker: librdkafka's mock cluster in this process (it shares the cores with the daemon, as does the
 * feeder). Store: a private redis-server on a unix socket. The daemon is the real binary with both roles.
 * Articles are synthetic: 482 words (about 3 KB) of body, some 12 articles a story, eight languages that
 * are declared. The mock keeps about 5 MiB a partition, so the feeder stays at most IN_FLIGHT records
 * ahead of the position in Redis: below 3 MiB in every partition of both topics.
 * The rate is taken between a tenth and all of the articles, by the position in Redis; processor time by
 * the threads' names: it says what a stage costs also where other work shares the cores.
 */
#include <dirent.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <hiredis/hiredis.h>
#include <jansson.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "consumers/kafka.h"
#include "daemon/embedded_kafka.h"
#include "daemon/embedded_redis.h"

enum {
    BODY_WORDS = 482,
    VOCABULARY = 20000,
    TOPIC_WORDS = 40,     /* words a story has for itself */
    STORIES_AT_ONCE = 64, /* by language */
    ARTICLES_A_STORY = 12,
    LANGUAGES = 8,
    SOURCES = 400,
    ARTICLE_PARTITIONS = 12,
    FEATURES_PARTITIONS = 32,
    IN_FLIGHT = 6000,
    STALL_MS = 60000,
};

struct topic {
    uint32_t words[TOPIC_WORDS];
    int left; /* articles until it is over */
};

struct bench {
    size_t count, bytes;
    char **events;
    char vocabulary[VOCABULARY][16];
    struct topic topics[LANGUAGES][STORIES_AT_ONCE];
    const char *languages[LANGUAGES];
    uint64_t seed;
    struct embedded_redis *redis;
    struct embedded_kafka *kafka;
    redisContext *connection;
    struct kafka_options options;
    struct kafka_client *producer;
    int32_t language_partitions[LANGUAGES];
    unsigned workers;
    pid_t daemon;
};

/* Processor seconds of the daemon, by thread. */
struct cpu {
    double articles, stories, librdkafka, all;
};

static void die(const char *what)
{
    fprintf(stderr, "bench_throughput: %s\n", what);
    exit(1);
}

/* ---- made-up articles ---- */

static uint32_t below(struct bench *b, uint32_t limit)
{
    b->seed = b->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((b->seed >> 33) % limit);
}

static void make_vocabulary(struct bench *b)
{
    static const char consonants[] = "bcdfglmnprstv", vowels[] = "aeiou";
    for (size_t i = 0; i < VOCABULARY; i++) {
        char *word = b->vocabulary[i];
        uint32_t syllables = 1 + below(b, 4);
        for (uint32_t s = 0; s < syllables; s++) {
            *word++ = consonants[below(b, sizeof(consonants) - 1)];
            *word++ = vowels[below(b, sizeof(vowels) - 1)];
        }
        *word = '\0';
    }
}

/* Zipf: rank r about as often as 1/r. */
static uint32_t common_word(struct bench *b)
{
    return (uint32_t)(pow(VOCABULARY, below(b, 1000000) / 1e6) - 1);
}

static void new_topic(struct bench *b, struct topic *topic)
{
    for (int i = 0; i < TOPIC_WORDS; i++) topic->words[i] = 200 + below(b, VOCABULARY - 200);
    topic->left = 1 + (int)below(b, 2 * ARTICLES_A_STORY);
}

/* words of text, a third of them the story's own, the first of those most (names recur); a sentence ends
 * after every 16. */
static char *write_text(struct bench *b, const struct topic *topic, char *out, int words)
{
    for (int i = 0; i < words; i++) {
        bool own = below(b, 3) == 0;
        const char *word =
            b->vocabulary[own ? topic->words[below(b, 1 + below(b, TOPIC_WORDS))] : common_word(b)];
        char *start = out;
        out = stpcpy(out, word);
        if (i % 16 == 0 || (own && word[0] < 'd')) *start = (char)(*start - 32);
        out = stpcpy(out, i % 16 == 15 || i + 1 == words ? ". " : " ");
    }
    *--out = '\0';
    return out;
}

static void make_event(struct bench *b, size_t i)
{
    char title[256], description[1024], body[12 * 1024], url[128], source[32], published[32];
    size_t language = i % LANGUAGES;
    struct topic *topic = &b->topics[language][below(b, STORIES_AT_ONCE)];
    if (topic->left-- == 0) new_topic(b, topic);
    write_text(b, topic, title, 10);
    write_text(b, topic, description, 26);
    write_text(b, topic, body, BODY_WORDS);
    snprintf(source, sizeof(source), "paper%u.example", below(b, SOURCES));
    snprintf(url, sizeof(url), "https://www.%s/world/%zu", source, i);
    time_t at = 1760000000 + (time_t)(i / 4);
    struct tm utc;
    gmtime_r(&at, &utc);
    strftime(published, sizeof(published), "%Y-%m-%dT%H:%M:%SZ", &utc);
    json_t *event = json_pack("{s:s,s:s,s:s,s:s,s:s,s:s,s:s}", "url", url, "title", title, "description",
                              description, "body", body, "source", source, "language", b->languages[language],
                              "published_at", published);
    b->events[i] = json_dumps(event, JSON_COMPACT);
    b->bytes += strlen(b->events[i]);
    json_decref(event);
}

/* Eight languages that fall into partitions of their own. */
static void choose_languages(struct bench *b)
{
    static const char *const known[] = {"en", "de", "fr", "es", "it", "pt",
                                        "nl", "sv", "da", "no", "fi", "ru"};
    int chosen = 0;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]) && chosen < LANGUAGES; i++) {
        int32_t partition = kafka_key_partition(known[i], strlen(known[i]), FEATURES_PARTITIONS);
        bool taken = false;
        for (int k = 0; k < chosen; k++) taken = taken || b->language_partitions[k] == partition;
        if (taken) continue;
        b->languages[chosen] = known[i];
        b->language_partitions[chosen++] = partition;
    }
    if (chosen < LANGUAGES) die("the languages share partitions: change FEATURES_PARTITIONS");
}

static void make_events(struct bench *b)
{
    b->seed = 20261123;
    make_vocabulary(b);
    for (int l = 0; l < LANGUAGES; l++)
        for (int s = 0; s < STORIES_AT_ONCE; s++) new_topic(b, &b->topics[l][s]);
    b->events = nw_calloc(b->count, sizeof(*b->events));
    for (size_t i = 0; i < b->count; i++) make_event(b, i);
}

/* ---- servers ---- */

static void start_servers(struct bench *b)
{
    static const struct kafka_property quick[] = {{"fetch.wait.max.ms", "10"}};
    b->options = (struct kafka_options){.brokers = "",
                                        .group = "bench",
                                        .instance_id = "",
                                        .articles_topic = "articles",
                                        .features_topic = "articles.features",
                                        .coverage_topic = "coverage",
                                        .rejected_topic = "articles.rejected",
                                        .insights_topic = "coverage.insights",
                                        .articles_partitions = ARTICLE_PARTITIONS,
                                        .features_partitions = FEATURES_PARTITIONS,
                                        .properties = quick,
                                        .property_count = 1,
                                        .session_timeout_ms = 6000};
    if (embedded_redis_start(&b->redis) != NW_OK) die("redis-server did not start");
    if (embedded_kafka_start(&b->options, &b->kafka) != NW_OK) die("the mock cluster did not start");
    b->options.brokers = embedded_kafka_brokers(b->kafka);
    b->connection = redisConnectUnix(embedded_redis_socket(b->redis));
    if (b->connection == NULL || b->connection->err != 0) die("redis-server does not answer");
    struct kafka_producer_settings settings = {.name = "feeder"};
    if (kafka_producer_new(&b->options, &settings, &b->producer) != NW_OK) die("no producer");
}

static void send_event(struct bench *b, size_t i)
{
    rd_kafka_resp_err_t err;
    do {
        err = rd_kafka_producev(b->producer->rk, RD_KAFKA_V_TOPIC("articles"),
                                RD_KAFKA_V_PARTITION((int32_t)(i % ARTICLE_PARTITIONS)),
                                RD_KAFKA_V_VALUE(b->events[i], strlen(b->events[i])), RD_KAFKA_V_END);
        rd_kafka_poll(b->producer->rk, err == RD_KAFKA_RESP_ERR__QUEUE_FULL ? 10 : 0);
    } while (err == RD_KAFKA_RESP_ERR__QUEUE_FULL);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) die(rd_kafka_err2str(err));
}

/* How many articles may have been sent when done are through. */
static size_t ahead_of(const struct bench *b, size_t done)
{
    return done + IN_FLIGHT < b->count ? done + IN_FLIGHT : b->count;
}

/* ---- the two limits ---- */

static double seconds(void)
{
    return (double)clock_mono_ms() / 1000;
}

/* Articles a second of a consumer that does nothing with them, or parses them. */
static double consume(struct bench *b, size_t records, bool parse)
{
    struct kafka_client *reader;
    if (kafka_reader_new(&b->options, "limit", &reader) != NW_OK) die("no consumer");
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(ARTICLE_PARTITIONS);
    for (int32_t p = 0; p < ARTICLE_PARTITIONS; p++)
        rd_kafka_topic_partition_list_add(list, "articles", p)->offset = 0;
    rd_kafka_assign(reader->rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    size_t got = 0, members = 0;
    double start = 0, deadline = seconds() + 60;
    while (got < records) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(reader->rk, 100);
        if (seconds() > deadline) die("the topic does not come back");
        if (message == NULL) continue;
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            if (got++ == 0) start = seconds(); /* connections are made */
            if (parse) {
                json_t *event = json_loadb(message->payload, message->len, 0, NULL);
                members += json_object_size(event);
                json_decref(event);
            }
        }
        rd_kafka_message_destroy(message);
    }
    double rate = (double)records / (seconds() - start);
    if (parse && members != records * 7) die("the parse did not see every member");
    kafka_client_free(reader);
    return rate;
}

static void measure_limits(struct bench *b)
{
    size_t records = ahead_of(b, 0); /* the daemon begins with them as well */
    for (size_t i = 0; i < records; i++) send_event(b, i);
    if (rd_kafka_flush(b->producer->rk, 60000) != RD_KAFKA_RESP_ERR_NO_ERROR) die("the topic was not filled");
    double alone = consume(b, records, false), parsed = consume(b, records, true);
    printf("%-44s %8.0f articles/s %7.1f us each\n", "librdkafka consume alone", alone, 1e6 / alone);
    printf("%-44s %8.0f articles/s %7.1f us each\n", "librdkafka consume + Jansson parse", parsed,
           1e6 / parsed);
}

/* ---- the daemon ---- */

static void start_daemon(struct bench *b, const char *binary)
{
    char path[] = "/tmp/newswired-bench-XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
    if (file == NULL) die("no temporary file");
    fprintf(file,
            "kafka: { brokers = \"%s\"; group = \"bench\"; create_topics = false; features_partitions = %d;\n"
            "  session_timeout_ms = 6000; properties = ( (\"fetch.wait.max.ms\", \"10\") ); };\n"
            "redis: { url = \"unix://%s\"; };\nhttp: { listen = \"\"; };\nlog: { level = \"error\"; };\n"
            "articles: { workers = %u; };\n",
            b->options.brokers, FEATURES_PARTITIONS, embedded_redis_socket(b->redis), b->workers);
    fclose(file);
    b->daemon = fork();
    if (b->daemon == 0) {
        execl(binary, binary, "run", "-c", path, (char *)NULL);
        _exit(127);
    }
    sleep(1); /* it has read its configuration */
    unlink(path);
}

/* Articles whose effects are in Redis. */
static size_t applied(struct bench *b)
{
    size_t total = 0;
    for (int l = 0; l < LANGUAGES; l++)
        redisAppendCommand(b->connection, "HGET newswired:{articles.features:%d}:_position next",
                           (int)b->language_partitions[l]);
    for (int l = 0; l < LANGUAGES; l++) {
        redisReply *reply;
        if (redisGetReply(b->connection, (void **)&reply) != REDIS_OK) die("redis-server is gone");
        if (reply->type == REDIS_REPLY_STRING) total += strtoul(reply->str, NULL, 10);
        freeReplyObject(reply);
    }
    return total;
}

/* Adds the processor time of one thread. */
static void add_thread(pid_t pid, long thread, struct cpu *cpu)
{
    char path[96], line[1024];
    unsigned long user = 0, system = 0;
    snprintf(path, sizeof(path), "/proc/%d/task/%ld/stat", (int)pid, thread);
    FILE *file = fopen(path, "r");
    if (file == NULL) return; /* ended meanwhile */
    bool read = fgets(line, sizeof(line), file) != NULL;
    fclose(file);
    if (!read) return;
    sscanf(strrchr(line, ')') + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system);
    double seconds = (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
    const char *name = strchr(line, '(') + 1;
    if (strncmp(name, "articles", 8) == 0) cpu->articles += seconds;
    if (strncmp(name, "stories", 7) == 0) cpu->stories += seconds;
    if (strncmp(name, "rdk:", 4) == 0) cpu->librdkafka += seconds;
    cpu->all += seconds;
}

static struct cpu cpu_of(pid_t pid)
{
    struct cpu cpu = {0};
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    if (tasks == NULL) return cpu;
    for (struct dirent *task; (task = readdir(tasks)) != NULL;) {
        long thread = strtol(task->d_name, NULL, 10);
        if (thread > 0) add_thread(pid, thread, &cpu);
    }
    closedir(tasks);
    return cpu;
}

static double peak_mib(pid_t pid)
{
    char path[64], line[256];
    double kib = 0;
    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    FILE *file = fopen(path, "r");
    if (file == NULL) return 0;
    while (fgets(line, sizeof(line), file) != NULL)
        if (strncmp(line, "VmHWM:", 6) == 0) kib = strtod(line + 6, NULL);
    fclose(file);
    return kib / 1024;
}

static double redis_number(struct bench *b, const char *section, const char *name)
{
    redisReply *reply = redisCommand(b->connection, "INFO %s", section);
    const char *at = reply != NULL && reply->type == REDIS_REPLY_STRING ? strstr(reply->str, name) : NULL;
    double value = at != NULL ? strtod(at + strlen(name), NULL) : 0;
    if (reply != NULL) freeReplyObject(reply);
    return value;
}

static double redis_cpu(struct bench *b)
{
    return redis_number(b, "cpu", "used_cpu_sys:") + redis_number(b, "cpu", "used_cpu_user:");
}

struct moment {
    double at, redis_cpu;
    struct cpu cpu;
    size_t applied;
};

static struct moment now_of(struct bench *b, size_t done)
{
    return (struct moment){seconds(), redis_cpu(b), cpu_of(b->daemon), done};
}

/* Feeds everything, staying IN_FLIGHT ahead; fills the moments between which the rate is taken. */
static void feed(struct bench *b, struct moment *from, struct moment *to)
{
    const struct timespec turn = {.tv_nsec = 10 * 1000000L};
    size_t sent = ahead_of(b, 0), done = 0;
    int64_t moved_ms = clock_mono_ms();
    while (done < b->count) {
        while (sent < ahead_of(b, done)) send_event(b, sent++);
        rd_kafka_poll(b->producer->rk, 0);
        nanosleep(&turn, NULL);
        size_t next = applied(b);
        if (next != done) moved_ms = clock_mono_ms();
        done = next;
        if (from->at == 0 && done >= b->count / 10) *from = now_of(b, done);
        if (clock_mono_ms() - moved_ms > STALL_MS) die("nothing moves any more");
        if (waitpid(b->daemon, NULL, WNOHANG) == b->daemon) die("the daemon has ended");
    }
    *to = now_of(b, done);
}

static void measure_daemon(struct bench *b, const char *binary)
{
    struct moment from = {0}, to;
    start_daemon(b, binary);
    feed(b, &from, &to);
    double articles = (double)(to.applied - from.applied), took = to.at - from.at;
    char what[64];
    snprintf(what, sizeof(what), "newswired, %u article worker%s, into Redis", b->workers,
             b->workers == 1 ? "" : "s");
    printf("%-44s %8.0f articles/s %7.1f us each\n", what, articles / took, took / articles * 1e6);
    double us = 1e6 / articles;
    printf("  CPU an article: article stage %.1f us, story stage %.1f us, librdkafka's threads %.1f us, "
           "newswired in all %.1f us, redis-server %.1f us\n",
           (to.cpu.articles - from.cpu.articles) * us, (to.cpu.stories - from.cpu.stories) * us,
           (to.cpu.librdkafka - from.cpu.librdkafka) * us, (to.cpu.all - from.cpu.all) * us,
           (to.redis_cpu - from.redis_cpu) * us);
    printf("  peak memory: newswired %.0f MiB, redis-server %.0f MiB\n", peak_mib(b->daemon),
           redis_number(b, "memory", "used_memory_peak:") / 1048576);
    kill(b->daemon, SIGTERM);
    int status;
    waitpid(b->daemon, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) die("the daemon did not stop cleanly");
}

int main(int argc, char **argv)
{
    struct bench *b = nw_calloc(1, sizeof(*b));
    b->count = argc > 1 ? strtoul(argv[1], NULL, 10) : 40000;
    if (b->count < 1000) die("at least 1000 articles");
    b->workers = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1;
    if (b->workers == 0) die("at least one worker");
    char binary[600];
    char *slash = strrchr(argv[0], '/');
    snprintf(binary, sizeof(binary), "%.*s/../newswired", slash == NULL ? 1 : (int)(slash - argv[0]),
             slash == NULL ? "." : argv[0]);
    start_servers(b); /* first: it forks */
    choose_languages(b);
    make_events(b);
    printf("%zu articles of %.1f KB, %d languages; broker: librdkafka's mock cluster %s in this process\n",
           b->count, (double)b->bytes / (double)b->count / 1000, LANGUAGES, rd_kafka_version_str());
    fflush(stdout);
    measure_limits(b);
    measure_daemon(b, argc > 3 ? argv[3] : binary);
    kafka_client_free(b->producer);
    redisFree(b->connection);
    embedded_kafka_stop(b->kafka);
    embedded_redis_stop(b->redis);
    for (size_t i = 0; i < b->count; i++) free(b->events[i]);
    free(b->events);
    free(b);
    return 0;
}
