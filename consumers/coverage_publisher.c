#include "consumers/coverage_publisher.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "consumers/kafka.h"
#include "consumers/transaction_call.h"
#include "coverage/rfc3339.h"

enum {
    /* A round's records are given up after this long without an answer; the round is then aborted and sent
     * again. Below the broker's transaction timeout (60 s), as librdkafka demands. */
    MESSAGE_TIMEOUT_MS = 30 * 1000,
    REBUILD_FIRST_MS = 500,
    REBUILD_MOST_MS = 30 * 1000,
};

/* Where a producer is; what the caller sees is derived from it in state_of(). */
enum phase {
    PHASE_DOWN, /* no producer: wait until rebuild_at_ms */
    PHASE_INITIALISING,
    PHASE_IDLE,
    PHASE_FILLING,
    PHASE_COMMITTING,
    PHASE_ABORTING,
    PHASE_SENT,
    PHASE_FAILED,
    PHASE_FENCED,
};

struct coverage_publisher {
    const struct kafka_options *options;
    enum publisher_topic topic;
    int32_t partition;
    char transactional_id[512];
    char event_source[512];
    bool plain; /* the broker has no transactions */
    struct kafka_client *client;
    struct transaction_call
        *call; /* while one is under way, client and what delivered() writes are its own */
    enum phase phase;
    bool round_failed; /* of the plain producer: a delivery failed */
    bool down_after;   /* the producer is unusable: rebuild it once the round is acknowledged */
    int64_t rebuild_at_ms;
    int64_t rebuild_wait_ms;
    /* the record of this round that the broker refuses for good */
    bool refused;
    struct id128 refused_story;
    const char *refused_reason;
};

static const struct {
    const char *client;     /* name in the log */
    const char *id_part;    /* of the transactional id */
    const char *event_type; /* of ce_type */
} kinds[] = {
    [PUBLISH_COVERAGE] = {"coverage", "", "coverage"},
    [PUBLISH_INSIGHTS] = {"insights", "summaries.", "insights"},
};

static const char *topic_name(const struct coverage_publisher *publisher)
{
    return publisher->topic == PUBLISH_COVERAGE ? publisher->options->coverage_topic
                                                : publisher->options->insights_topic;
}

/* Whose partition it is: what the records come from. */
static const char *source_name(const struct coverage_publisher *publisher)
{
    return publisher->topic == PUBLISH_COVERAGE ? publisher->options->features_topic
                                                : publisher->options->coverage_topic;
}

/* ---- life ---- */

static bool is_permanent(rd_kafka_resp_err_t err)
{
    return err == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE || err == RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE ||
           err == RD_KAFKA_RESP_ERR_INVALID_RECORD || err == RD_KAFKA_RESP_ERR_POLICY_VIOLATION;
}

static void delivered(void *context, const rd_kafka_message_t *message)
{
    struct coverage_publisher *publisher = context;
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    publisher->round_failed = true;
    if (!is_permanent(message->err) || publisher->refused) return;
    publisher->refused = id128_parse(message->key, message->key_len, &publisher->refused_story);
    publisher->refused_reason = rd_kafka_err2str(message->err);
}

static void plan_rebuild(struct coverage_publisher *publisher)
{
    int64_t wait = publisher->rebuild_wait_ms * 2;
    publisher->rebuild_wait_ms = wait < REBUILD_FIRST_MS  ? REBUILD_FIRST_MS
                                 : wait > REBUILD_MOST_MS ? REBUILD_MOST_MS
                                                          : wait;
    publisher->rebuild_at_ms = clock_mono_ms() + publisher->rebuild_wait_ms;
}

static void close_producer(struct coverage_publisher *publisher)
{
    if (publisher->client == NULL) return;
    rd_kafka_resp_err_t ignored =
        rd_kafka_purge(publisher->client->rk, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    (void)ignored; /* nothing queued is fine */
    rd_kafka_poll(publisher->client->rk, 0);
    kafka_client_free(publisher->client);
    publisher->client = NULL;
}

static void open_producer(struct coverage_publisher *publisher)
{
    char name[64];
    snprintf(name, sizeof(name), "%s.%d", kinds[publisher->topic].client, publisher->partition);
    struct kafka_producer_settings settings = {
        .name = name,
        .message_timeout_ms = MESSAGE_TIMEOUT_MS,
        .transactional_id = publisher->plain ? NULL : publisher->transactional_id,
        .callbacks = {.context = publisher, .delivered = delivered},
    };
    if (kafka_producer_new(publisher->options, &settings, &publisher->client) != NW_OK) {
        plan_rebuild(publisher);
        return;
    }
    publisher->phase = publisher->plain ? PHASE_IDLE : PHASE_INITIALISING;
}

struct coverage_publisher *coverage_publisher_new(const struct kafka_options *options,
                                                  enum publisher_topic topic, int32_t partition)
{
    struct coverage_publisher *publisher = nw_calloc(1, sizeof(*publisher));
    publisher->options = options;
    publisher->topic = topic;
    publisher->partition = partition;
    publisher->call = transaction_call_new();
    snprintf(publisher->transactional_id, sizeof(publisher->transactional_id), "%s.%s%d", options->group,
             kinds[topic].id_part, partition);
    snprintf(publisher->event_source, sizeof(publisher->event_source), "/newswired/%s/%d",
             source_name(publisher), partition);
    return publisher;
}

static void dispose(void *context)
{
    struct coverage_publisher *publisher = context;
    close_producer(publisher);
    free(publisher);
}

void coverage_publisher_free(struct coverage_publisher *publisher, int wait_ms)
{
    if (publisher == NULL) return;
    int64_t until = clock_mono_ms() + wait_ms;
    while (publisher->phase == PHASE_COMMITTING && clock_mono_ms() < until)
        coverage_publisher_step(publisher, 20);
    transaction_call_free(publisher->call, dispose, publisher);
}

/* ---- moving on ---- */

static enum publisher_state state_of(const struct coverage_publisher *publisher)
{
    switch (publisher->phase) {
    case PHASE_DOWN:
    case PHASE_INITIALISING:
        return PUBLISHER_STARTING;
    case PHASE_IDLE:
        return PUBLISHER_IDLE;
    case PHASE_FILLING:
        return PUBLISHER_FILLING;
    case PHASE_COMMITTING:
    case PHASE_ABORTING:
        return PUBLISHER_SENDING;
    case PHASE_SENT:
        return PUBLISHER_SENT;
    case PHASE_FAILED:
        return PUBLISHER_FAILED;
    case PHASE_FENCED:
        break;
    }
    return PUBLISHER_FENCED;
}

/* What an error of a transactional call means; takes the error. */
static void failed(struct coverage_publisher *publisher, rd_kafka_error_t *error, const char *what)
{
    rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    bool fatal = rd_kafka_error_is_fatal(error);
    bool round = publisher->phase != PHASE_INITIALISING;
    if (!fatal && rd_kafka_error_is_retriable(error)) {
        rd_kafka_error_destroy(error);
        return; /* called again at the next step */
    }
    if (code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
        code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH) {
        log_notice("another owner publishes this partition", log_int("partition", publisher->partition));
        publisher->phase = PHASE_FENCED;
    } else if (!round && (code == RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE ||
                          code == RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION)) {
        log_warn(
            "the brokers have no transactions: a frozen owner's late summary is told by its revision only",
            log_int("partition", publisher->partition));
        publisher->plain = true;
        close_producer(publisher);
        publisher->phase = PHASE_DOWN;
    } else if (round && !fatal && rd_kafka_error_txn_requires_abort(error)) {
        log_warn("publishing round aborted", log_int("partition", publisher->partition),
                 log_str("during", what), log_str("reason", rd_kafka_error_string(error)));
        publisher->phase = PHASE_ABORTING;
    } else {
        log_error("coverage producer failed, a new one takes over",
                  log_int("partition", publisher->partition), log_str("during", what),
                  log_str("reason", rd_kafka_error_string(error)));
        plan_rebuild(publisher);
        publisher->down_after = round;
        publisher->phase = round ? PHASE_FAILED : PHASE_DOWN;
        if (!round) close_producer(publisher);
    }
    rd_kafka_error_destroy(error);
}

/* False: it has not returned yet. */
static bool call_returned(struct coverage_publisher *publisher, enum transaction_step step, int timeout_ms,
                          rd_kafka_error_t **error)
{
    if (!transaction_call_under_way(publisher->call))
        transaction_call_start(publisher->call, step, publisher->client->rk);
    return transaction_call_returned(publisher->call, timeout_ms, error);
}

static void step_initialising(struct coverage_publisher *publisher, int timeout_ms)
{
    rd_kafka_error_t *error;
    if (!call_returned(publisher, TRANSACTION_INIT, timeout_ms, &error)) return;
    if (error == NULL)
        publisher->phase = PHASE_IDLE;
    else
        failed(publisher, error, "init");
}

static void plain_committed(struct coverage_publisher *publisher)
{
    char reason[256];
    publisher->phase = publisher->round_failed ? PHASE_FAILED : PHASE_SENT;
    publisher->down_after =
        rd_kafka_fatal_error(publisher->client->rk, reason, sizeof(reason)) != RD_KAFKA_RESP_ERR_NO_ERROR;
}

static void step_committing(struct coverage_publisher *publisher, int timeout_ms)
{
    assert(publisher->client != NULL); /* a round has one */
    rd_kafka_t *rk = publisher->client->rk;
    /* Everything is delivered, or has failed, before the commit is called: that would wait as well, but for
     * reports that are ours to serve. */
    if (!transaction_call_under_way(publisher->call)) {
        if (rd_kafka_outq_len(rk) > 0) rd_kafka_poll(rk, timeout_ms);
        if (rd_kafka_outq_len(rk) > 0) return;
    }
    if (publisher->plain) {
        plain_committed(publisher);
        return;
    }
    rd_kafka_error_t *error;
    if (!call_returned(publisher, TRANSACTION_COMMIT, timeout_ms, &error)) return;
    if (error != NULL) {
        failed(publisher, error, "commit");
        return;
    }
    publisher->phase = PHASE_SENT;
    publisher->rebuild_wait_ms = 0;
}

static void step_aborting(struct coverage_publisher *publisher, int timeout_ms)
{
    rd_kafka_error_t *error;
    if (!call_returned(publisher, TRANSACTION_ABORT, timeout_ms, &error)) return;
    if (error == NULL)
        publisher->phase = PHASE_FAILED;
    else
        failed(publisher, error, "abort");
}

enum publisher_state coverage_publisher_step(struct coverage_publisher *publisher, int timeout_ms)
{
    if (publisher->client != NULL && !transaction_call_under_way(publisher->call))
        rd_kafka_poll(publisher->client->rk, 0);
    switch (publisher->phase) {
    case PHASE_DOWN:
        if (clock_mono_ms() >= publisher->rebuild_at_ms) open_producer(publisher);
        break;
    case PHASE_INITIALISING:
        step_initialising(publisher, timeout_ms);
        break;
    case PHASE_COMMITTING:
        step_committing(publisher, timeout_ms);
        break;
    case PHASE_ABORTING:
        step_aborting(publisher, timeout_ms);
        break;
    default:
        break;
    }
    return state_of(publisher);
}

/* ---- a round ---- */

enum nw_err coverage_publisher_begin(struct coverage_publisher *publisher)
{
    assert(publisher->phase == PHASE_IDLE);
    publisher->round_failed = false;
    publisher->refused = false;
    publisher->down_after = false;
    if (!publisher->plain) {
        rd_kafka_error_t *error = rd_kafka_begin_transaction(publisher->client->rk);
        if (error != NULL) {
            failed(publisher, error, "begin");
            if (publisher->phase == PHASE_FAILED) coverage_publisher_done(publisher);
            return NW_ERR_UNAVAILABLE;
        }
    }
    publisher->phase = PHASE_FILLING;
    return NW_OK;
}

static void add_header(rd_kafka_headers_t *headers, const char *name, const char *value)
{
    rd_kafka_resp_err_t err = rd_kafka_header_add(headers, name, -1, value, -1);
    assert(err == RD_KAFKA_RESP_ERR_NO_ERROR); /* only fails on a read-only list */
}

static rd_kafka_headers_t *headers_of(const struct coverage_publisher *publisher,
                                      const struct outbox_mark *mark, const char *story)
{
    char text[96];
    rd_kafka_headers_t *headers = rd_kafka_headers_new(8);
    snprintf(text, sizeof(text), "%" PRIu64, mark->revision);
    add_header(headers, "revision", text);
    if (mark->kind == MARK_DROPPED) return headers; /* a tombstone carries no event */
    add_header(headers, "content-type", "application/json");
    add_header(headers, "ce_specversion", "1.0");
    snprintf(text, sizeof(text), "newswired.%s.%s", kinds[publisher->topic].event_type,
             mark_kind_text(mark->kind));
    add_header(headers, "ce_type", text);
    snprintf(text, sizeof(text), "%s-%" PRIu64, story, mark->revision);
    add_header(headers, "ce_id", text);
    add_header(headers, "ce_source", publisher->event_source);
    char time[RFC3339_MAX];
    if (rfc3339_format(mark->updated_ms, time) > 0) add_header(headers, "ce_time", time);
    return headers;
}

enum nw_err coverage_publisher_add(struct coverage_publisher *publisher,
                                   const struct coverage_message *message)
{
    assert(publisher->phase == PHASE_FILLING);
    char story[ID128_HEX_LEN + 1];
    id128_hex(message->mark->story, story);
    rd_kafka_headers_t *headers = headers_of(publisher, message->mark, story);
    union { /* librdkafka takes void * and, told to copy, reads only */
        const char *in;
        void *out;
    } json = {.in = message->json};
    rd_kafka_resp_err_t err = rd_kafka_producev(
        publisher->client->rk, RD_KAFKA_V_TOPIC(topic_name(publisher)), RD_KAFKA_V_KEY(story, ID128_HEX_LEN),
        RD_KAFKA_V_VALUE(json.out, message->len), RD_KAFKA_V_HEADERS(headers),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR) return NW_OK; /* the headers are librdkafka's now */
    rd_kafka_headers_destroy(headers);
    return is_permanent(err) ? NW_ERR_INPUT : NW_ERR_UNAVAILABLE;
}

void coverage_publisher_commit(struct coverage_publisher *publisher)
{
    assert(publisher->phase == PHASE_FILLING);
    publisher->phase = PHASE_COMMITTING;
}

void coverage_publisher_done(struct coverage_publisher *publisher)
{
    assert(publisher->phase == PHASE_SENT || publisher->phase == PHASE_FAILED);
    publisher->phase = PHASE_IDLE;
    if (!publisher->down_after) return;
    close_producer(publisher);
    publisher->phase = PHASE_DOWN;
}

bool coverage_publisher_refused(const struct coverage_publisher *publisher, struct id128 *story,
                                const char **reason)
{
    if (!publisher->refused) return false;
    *story = publisher->refused_story;
    *reason = publisher->refused_reason;
    return true;
}
