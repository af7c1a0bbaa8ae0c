/* Producers, and the transactional calls that in the daemon run on a thread of their own. */
#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/hash.h"
#include "consumers/transaction_call.h"
#include "simulation/edges_kafka.h"

/* ---- errors ---- */

struct rd_kafka_error_s {
    rd_kafka_resp_err_t code;
    bool fatal, retriable, abortable;
};

static rd_kafka_error_t *error_new(rd_kafka_resp_err_t code, bool fatal, bool retriable, bool abortable)
{
    rd_kafka_error_t *error = nw_calloc(1, sizeof(*error));
    *error = (struct rd_kafka_error_s){code, fatal, retriable, abortable};
    return error;
}

rd_kafka_resp_err_t rd_kafka_error_code(const rd_kafka_error_t *error)
{
    return error->code;
}

const char *rd_kafka_error_string(const rd_kafka_error_t *error)
{
    return rd_kafka_err2str(error->code);
}

int rd_kafka_error_is_fatal(const rd_kafka_error_t *error)
{
    return error->fatal;
}

int rd_kafka_error_is_retriable(const rd_kafka_error_t *error)
{
    return error->retriable;
}

int rd_kafka_error_txn_requires_abort(const rd_kafka_error_t *error)
{
    return error->abortable;
}

void rd_kafka_error_destroy(rd_kafka_error_t *error)
{
    free(error);
}

static rd_kafka_resp_err_t last_error;

rd_kafka_resp_err_t rd_kafka_last_error(void)
{
    return last_error;
}

/* ---- what is under way ---- */

static void outgoing_free(struct outgoing *message)
{
    if (message->headers != NULL) rd_kafka_headers_destroy(message->headers);
    free(message->key);
    free(message->value);
    free(message);
}

static void enqueue(rd_kafka_t *rk, struct outgoing *message)
{
    struct outgoing **at = &rk->queue;
    while (*at != NULL) at = &(*at)->next;
    *at = message;
}

static uint64_t revision_of(const struct outgoing *message)
{
    const void *value;
    size_t size;
    if (message->headers == NULL ||
        rd_kafka_header_get_last(message->headers, "revision", &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return 0;
    return strtoull(value, NULL, 10);
}

/* The broker gets it, or does not take it. */
static void arrive(rd_kafka_t *rk, struct outgoing *message)
{
    message->arrived = true;
    if (rk->gapless && rk->failed_for_good)
        message->err = RD_KAFKA_RESP_ERR__FATAL;
    else if (rk->process != NULL && rk->process->delivery_fault && !rk->process->killed) {
        rk->process->delivery_fault = false;
        message->err = RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
        rk->failed_for_good = rk->gapless;
        sim_trace("kafka: a message is not delivered");
    } else if (rk->coordinator >= 0 && fake_kafka_is_fenced(rk->coordinator, rk->epoch)) {
        rk->fenced = true;
        message->err = RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        rk->round_broken = true;
        return;
    }
    struct log_record *record = fake_kafka_append(message->topic, message->partition, message->key,
                                                  message->key_len, message->value, message->len);
    record->revision = revision_of(message);
    record->transactional = rk->coordinator;
    if (rk->coordinator >= 0) record->state = RECORD_PENDING;
}

/* Some of the queue, in order: the network takes its time. */
static void transmit(rd_kafka_t *rk)
{
    for (struct outgoing *m = rk->queue; m != NULL; m = m->next) {
        if (m->arrived) continue;
        if (!sim_chance(80)) return;
        arrive(rk, m);
    }
}

static void report(rd_kafka_t *rk, struct outgoing *m)
{
    struct kafka_callbacks *callbacks = &rk->client->callbacks;
    rd_kafka_message_t message = {.err = m->err,
                                  .partition = m->partition,
                                  .payload = m->value,
                                  .len = m->len,
                                  .key = m->key,
                                  .key_len = m->key_len,
                                  ._private = m->opaque};
    if (callbacks->delivered != NULL) callbacks->delivered(callbacks->context, &message);
}

int rd_kafka_poll(rd_kafka_t *rk, int timeout_ms)
{
    if (timeout_ms > 0) process_yield(POINT_DELIVERY, "");
    if (sim_dying() || rk->queue == NULL) return 0;
    transmit(rk);
    while (rk->queue != NULL && rk->queue->arrived && sim_chance(85)) {
        struct outgoing *first = rk->queue;
        rk->queue = first->next;
        report(rk, first);
        outgoing_free(first);
    }
    return 0;
}

int rd_kafka_outq_len(rd_kafka_t *rk)
{
    int count = 0;
    for (const struct outgoing *m = rk->queue; m != NULL; m = m->next) count++;
    return count;
}

static void drop_queue(rd_kafka_t *rk)
{
    while (rk->queue != NULL) {
        struct outgoing *first = rk->queue;
        rk->queue = first->next;
        outgoing_free(first);
    }
}

rd_kafka_resp_err_t rd_kafka_purge(rd_kafka_t *rk, int flags)
{
    (void)flags;
    if (!sim_dying()) transmit(rk); /* what is in flight may arrive all the same */
    drop_queue(rk);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t rd_kafka_fatal_error(rd_kafka_t *rk, char *text, size_t size)
{
    if (!rk->failed_for_good) return RD_KAFKA_RESP_ERR_NO_ERROR;
    if (size > 0) text[0] = '\0';
    return RD_KAFKA_RESP_ERR__FATAL;
}

/* ---- producing ---- */

struct rd_kafka_topic_s {
    rd_kafka_t *rk;
    char name[32];
};

rd_kafka_topic_t *rd_kafka_topic_new(rd_kafka_t *rk, const char *name, rd_kafka_topic_conf_t *conf)
{
    (void)conf;
    rd_kafka_topic_t *topic = nw_calloc(1, sizeof(*topic));
    topic->rk = rk;
    strncpy(topic->name, name, sizeof(topic->name) - 1);
    return topic;
}

const char *rd_kafka_topic_name(const rd_kafka_topic_t *topic)
{
    return topic->name;
}

void rd_kafka_topic_destroy(rd_kafka_topic_t *topic)
{
    free(topic);
}

enum { QUEUE_MOST = 20 };

static bool queue_is_full(rd_kafka_t *rk)
{
    return rk->coordinator < 0 && rd_kafka_outq_len(rk) >= QUEUE_MOST;
}

int rd_kafka_produce(rd_kafka_topic_t *topic, int32_t partition, int flags, void *value, size_t len,
                     const void *key, size_t key_len, void *opaque)
{
    (void)flags;
    if (queue_is_full(topic->rk)) {
        last_error = RD_KAFKA_RESP_ERR__QUEUE_FULL;
        return -1;
    }
    struct outgoing *message = nw_calloc(1, sizeof(*message));
    *message = (struct outgoing){.topic = fake_kafka_topic(topic->name),
                                 .partition = partition,
                                 .key = nw_memdup(key, key_len),
                                 .key_len = key_len,
                                 .value = nw_memdup(value, len),
                                 .len = len,
                                 .opaque = opaque};
    enqueue(topic->rk, message);
    return 0;
}

rd_kafka_resp_err_t rd_kafka_producev(rd_kafka_t *rk, ...)
{
    struct outgoing *message = nw_calloc(1, sizeof(*message));
    va_list args;
    va_start(args, rk);
    for (rd_kafka_vtype_t type = va_arg(args, rd_kafka_vtype_t); type != RD_KAFKA_VTYPE_END;
         type = va_arg(args, rd_kafka_vtype_t)) {
        const void *bytes;
        switch (type) {
        case RD_KAFKA_VTYPE_TOPIC:
            message->topic = fake_kafka_topic(va_arg(args, const char *));
            break;
        case RD_KAFKA_VTYPE_KEY:
            bytes = va_arg(args, const void *);
            message->key_len = va_arg(args, size_t);
            message->key = nw_memdup(bytes, message->key_len);
            break;
        case RD_KAFKA_VTYPE_VALUE:
            bytes = va_arg(args, const void *);
            message->len = va_arg(args, size_t);
            message->value = bytes != NULL ? nw_memdup(bytes, message->len) : NULL;
            break;
        case RD_KAFKA_VTYPE_HEADERS:
            message->headers = va_arg(args, rd_kafka_headers_t *);
            break;
        case RD_KAFKA_VTYPE_MSGFLAGS:
            (void)va_arg(args, int);
            break;
        case RD_KAFKA_VTYPE_OPAQUE:
            message->opaque = va_arg(args, void *);
            break;
        default:
            abort();
        }
    }
    va_end(args);
    if (queue_is_full(rk) || rk->fenced) {
        message->headers = NULL; /* the caller's */
        outgoing_free(message);
        return rk->fenced ? RD_KAFKA_RESP_ERR__FATAL : RD_KAFKA_RESP_ERR__QUEUE_FULL;
    }
    sim_trace("kafka: sends %.*s revision %llu%s", 8, message->key,
              (unsigned long long)revision_of(message) & 0xffffff,
              message->value == NULL ? ", a tombstone" : "");
    enqueue(rk, message);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t rd_kafka_message_headers(const rd_kafka_message_t *message, rd_kafka_headers_t **headers)
{
    (void)message;
    (void)headers;
    return RD_KAFKA_RESP_ERR__NOENT;
}

int32_t kafka_key_partition(const void *key, size_t len, int32_t partition_count)
{
    return (int32_t)(hash64(key, len) % (uint64_t)partition_count);
}

/* ---- transactions ---- */

rd_kafka_error_t *rd_kafka_begin_transaction(rd_kafka_t *rk)
{
    rk->round_broken = false;
    if (rk->fenced) return error_new(RD_KAFKA_RESP_ERR__FENCED, true, false, false);
    return NULL;
}

struct transaction_call {
    enum transaction_step step;
    rd_kafka_t *rk;
    bool under_way, executed;
    rd_kafka_error_t *error;
    void (*dispose)(void *context); /* not NULL: an orphan */
    void *context;
    struct transaction_call *next;
};

static struct transaction_call *orphans;
static rd_kafka_t *producers;

static rd_kafka_error_t *execute(struct transaction_call *call)
{
    rd_kafka_t *rk = call->rk;
    if (call->step == TRANSACTION_INIT) {
        if (fake_kafka_is_plain())
            return error_new(RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE, false, false, false);
        if (!rk->initialised) rk->epoch = fake_kafka_init_producer(rk->coordinator);
        rk->initialised = true;
        return NULL;
    }
    if (rk->fenced || fake_kafka_is_fenced(rk->coordinator, rk->epoch)) {
        rk->fenced = true;
        return error_new(RD_KAFKA_RESP_ERR__FENCED, true, false, false);
    }
    if (call->step == TRANSACTION_COMMIT && rk->round_broken)
        return error_new(RD_KAFKA_RESP_ERR__MSG_TIMED_OUT, false, false, true);
    if (call->step == TRANSACTION_ABORT) drop_queue(rk);
    fake_kafka_end_transaction(rk->coordinator, call->step == TRANSACTION_COMMIT);
    rk->round_broken = false;
    return NULL;
}

static rd_kafka_error_t *execute_with_fault(struct transaction_call *call, enum call_fault fault)
{
    rd_kafka_error_t *error = NULL;
    switch (fault) {
    case CALL_RETRY_BEFORE:
        return error_new(RD_KAFKA_RESP_ERR__TIMED_OUT, false, true, false);
    case CALL_RETRY_AFTER:
        error = execute(call);
        if (error != NULL) return error;
        return error_new(RD_KAFKA_RESP_ERR__TIMED_OUT, false, true, false);
    case CALL_ABORTABLE:
        call->rk->round_broken = true;
        break;
    case CALL_FATAL:
        call->rk->failed_for_good = true;
        return error_new(RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID, true, false, false);
    default:
        break;
    }
    return execute(call);
}

static const char *const step_names[] = {"init", "commit", "abort"};

struct transaction_call *transaction_call_new(void)
{
    return nw_calloc(1, sizeof(struct transaction_call));
}

void transaction_call_start(struct transaction_call *call, enum transaction_step step, rd_kafka_t *rk)
{
    assert(!call->under_way);
    call->step = step;
    call->rk = rk;
    call->under_way = true;
    call->executed = false;
    rk->call = call;
}

bool transaction_call_under_way(const struct transaction_call *call)
{
    return call->under_way;
}

static void run_call(struct transaction_call *call)
{
    enum call_fault fault = sim_current != NULL ? sim_current->call_fault : CALL_WELL;
    if (sim_current != NULL) sim_current->call_fault = CALL_WELL;
    call->error = execute_with_fault(call, fault);
    call->executed = true;
    call->rk->call = NULL;
    sim_trace("kafka: %s of a transaction: %s", step_names[call->step],
              call->error == NULL ? "ok" : rd_kafka_error_string(call->error));
}

bool transaction_call_returned(struct transaction_call *call, int wait_ms, rd_kafka_error_t **error)
{
    (void)wait_ms;
    if (!call->under_way) return false;
    if (!call->executed) {
        process_yield(POINT_CALL, step_names[call->step]);
        if (sim_dying() || sim_chance(30)) return false;
        run_call(call);
        process_yield(POINT_CALL_DONE, step_names[call->step]);
        if (sim_dying() || sim_chance(30)) return false;
    }
    if (sim_dying()) return false;
    call->under_way = false;
    *error = call->error;
    call->error = NULL;
    return true;
}

static void dispose(struct transaction_call *call)
{
    if (call->error != NULL) rd_kafka_error_destroy(call->error);
    if (call->rk != NULL && call->under_way) call->rk->call = NULL;
    call->dispose(call->context);
    free(call);
}

void transaction_call_free(struct transaction_call *call, void (*dispose_of)(void *context), void *context)
{
    call->dispose = dispose_of;
    call->context = context;
    if (!call->under_way || call->executed || sim_dying()) {
        dispose(call);
        return;
    }
    struct transaction_call **at = &orphans;
    while (*at != NULL) at = &(*at)->next;
    *at = call;
}

size_t fake_kafka_orphans(void)
{
    size_t count = 0;
    for (const struct transaction_call *c = orphans; c != NULL; c = c->next) count++;
    return count;
}

void fake_kafka_finish_orphan(void)
{
    struct transaction_call *call = orphans;
    orphans = call->next;
    bool lives = call->rk->process != NULL && process_is_alive(call->rk->process);
    if (lives) run_call(call);
    dispose(call);
}

/* ---- life ---- */

enum nw_err kafka_producer_new(const struct kafka_options *options,
                               const struct kafka_producer_settings *settings, struct kafka_client **out)
{
    (void)options;
    struct kafka_client *client = nw_calloc(1, sizeof(*client));
    rd_kafka_t *rk = nw_calloc(1, sizeof(*rk));
    client->rk = rk;
    client->callbacks = settings->callbacks;
    rk->client = client;
    rk->process = sim_current;
    rk->coordinator =
        settings->transactional_id != NULL ? fake_kafka_coordinator(settings->transactional_id) : -1;
    rk->gapless = settings->gapless;
    rk->next = producers;
    producers = rk;
    *out = client;
    return NW_OK;
}

static void close_producer(rd_kafka_t *rk)
{
    drop_queue(rk);
    rd_kafka_t **at = &producers;
    while (*at != rk) at = &(*at)->next;
    *at = rk->next;
}

void kafka_client_free(struct kafka_client *client)
{
    if (client == NULL) return;
    if (client->consumer)
        edges_consumer_close(client->rk);
    else
        close_producer(client->rk);
    free(client->rk);
    free(client);
}

void edges_producer_reset(void)
{
    while (orphans != NULL) fake_kafka_finish_orphan();
}

void edges_kafka_reset(void)
{
    edges_producer_reset();
    edges_consumer_reset();
}

/* What it had in flight may arrive all the same. */
void edges_producer_killed(struct process *process)
{
    for (rd_kafka_t *rk = producers; rk != NULL; rk = rk->next) {
        if (rk->process != process) continue;
        if (sim_chance(50)) transmit(rk);
        if (rk->call != NULL && sim_chance(50)) run_call(rk->call);
    }
}

void fake_kafka_process_killed(struct process *process)
{
    edges_producer_killed(process);
    edges_consumer_killed(process);
}
