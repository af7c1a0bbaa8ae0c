/*
 * article_consumer - one worker of the article stage: articles in, features and rejects out.
 *
 * Stateless but for positions: the group's offset is committed only behind the delivery reports of
 * everything up to it, so a crash re-sends, and the story stage recognises what it has seen. When the
 * producers' queues are full the partitions are paused and the group is still polled. Memory is
 * bounded by the fetch queue (queued.max.messages.kbytes), the two producers' queues and the arenas of
 * the batch in hand: one record, or with sentence vectors as many as go into the requests that may be under
 * way. Records leave in the order they were read, with a vector or without.
 */
#include "consumers/roles.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "articles/article_pipeline.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "consumers/article_batch.h"
#include "consumers/article_positions.h"
#include "consumers/article_sources.h"
#include "consumers/embedder.h"
#include "consumers/feature_writer.h"
#include "consumers/kafka.h"
#include "consumers/kafka_topics.h"
#include "consumers/reject.h"

enum {
    POLL_MS = 100,
    CHORES_MS = 1000,   /* commit, lag, look at brokers that were away */
    PATIENCE_MS = 1000, /* wait so long for room before pausing: a pause throws away what was fetched */
    RESOLVE_TIMEOUT_MS = 30000,
    FLUSH_TIMEOUT_MS = 4000, /* on revoke and at the end; with the next one within the 10 s of a stop */
    COMMIT_TIMEOUT_MS = 2000,
    SILENCE_MS = 5000, /* so long without an answer: ask the brokers whether they are there */
    PROBE_TIMEOUT_MS = 500,
};

struct worker {
    const struct kafka_options *kafka;
    const struct article_options *article;
    struct role_context *context;
    struct kafka_client *consumer;
    struct feature_writer *features;
    struct reject_writer *rejects;
    struct article_pipeline *pipeline;
    struct embedder *embedder; /* NULL: off */
    struct article_sources *sources;
    int exit_code; /* not 0: end */
    bool paused;
    int64_t chores_mono_ms;
    int64_t heard_mono_ms; /* when the brokers answered last */

    struct article_batch *batch; /* read, and not all of it sent yet */
    rd_kafka_message_t **late;   /* came although the partitions were paused; in the order they came */
    size_t late_count, late_capacity;
};

static void end(struct worker *w, int exit_code)
{
    if (w->exit_code == 0) w->exit_code = exit_code;
}

static bool going_on(const struct worker *w)
{
    return !*w->context->stop && w->exit_code == 0;
}

static void heard(struct worker *w)
{
    w->heard_mono_ms = clock_mono_ms();
    w->consumer->brokers_down = false;
}

/* ---- delivery and positions ---- */

static void poll_producers(struct worker *w, int timeout_ms)
{
    feature_writer_poll(w->features, timeout_ms);
    reject_writer_poll(w->rejects, 0);
    if (feature_writer_failed(w->features) || reject_writer_failed(w->rejects)) end(w, ROLE_EXIT_DEPENDENCY);
    if (feature_writer_delivered(w->features)) heard(w);
}

/* unsent: records that were dropped from the batch and stay pending. */
static void flush(struct worker *w, size_t unsent)
{
    int64_t deadline = clock_mono_ms() + FLUSH_TIMEOUT_MS;
    while (article_sources_pending(w->sources) > unsent && w->exit_code == 0 && clock_mono_ms() < deadline) {
        w->context->status->turns++;
        poll_producers(w, 20);
    }
    size_t left = article_sources_pending(w->sources);
    if (left > 0)
        log_warn("records not delivered in time will be read again", log_int("records", (int64_t)left));
}

static void on_committed(void *context, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *offsets)
{
    struct worker *w = context;
    for (int i = 0; offsets != NULL && i < offsets->cnt && err == RD_KAFKA_RESP_ERR_NO_ERROR; i++)
        err = offsets->elems[i].err;
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        heard(w);
        return;
    }
    log_warn("positions not committed, trying again", log_str("reason", rd_kafka_err2str(err)));
    article_sources_untake(w->sources);
}

static void commit(struct worker *w)
{
    rd_kafka_topic_partition_list_t *list =
        article_sources_take_positions(w->sources, w->kafka->articles_topic);
    if (list == NULL) return;
    rd_kafka_resp_err_t err = rd_kafka_commit(w->consumer->rk, list, 1);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) on_committed(w, err, NULL);
    rd_kafka_topic_partition_list_destroy(list);
}

/* Waits for the answer, but not for ever as a synchronous rd_kafka_commit() would. */
static void commit_now(struct worker *w)
{
    rd_kafka_topic_partition_list_t *list =
        article_sources_take_positions(w->sources, w->kafka->articles_topic);
    if (list == NULL) return;
    rd_kafka_queue_t *queue = rd_kafka_queue_new(w->consumer->rk);
    rd_kafka_resp_err_t err = rd_kafka_commit_queue(w->consumer->rk, list, queue, NULL, NULL);
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        rd_kafka_event_t *event = rd_kafka_queue_poll(queue, COMMIT_TIMEOUT_MS);
        err = event == NULL ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(event);
        if (event != NULL) rd_kafka_event_destroy(event);
    }
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
        log_warn("last positions not committed: records will be read again",
                 log_str("reason", rd_kafka_err2str(err)));
    rd_kafka_queue_destroy(queue);
    rd_kafka_topic_partition_list_destroy(list);
}

/* ---- the records in hand ---- */

static void count_result(struct worker *w, const struct pipeline_result *result)
{
    uint64_t accepted = 0;
    for (size_t i = 0; i < result->output_count; i++)
        accepted += result->outputs[i].record->kind != RECORD_MOVED; /* a by-product of an update */
    metrics_add(w->context->metrics, METRIC_ARTICLES_READ, 0, 1);
    metrics_add(w->context->metrics, METRIC_ARTICLES_ACCEPTED, 0, accepted);
    for (size_t i = 0; i < result->reject_count; i++)
        metrics_add(w->context->metrics, METRIC_ARTICLES_REJECTED, (unsigned)result->rejects[i].code, 1);
}

static void report_lost_position(struct worker *w, const rd_kafka_message_t *message)
{
    int64_t low = 0, high = 0;
    const char *topic = w->kafka->articles_topic;
    struct offset_tracker *tracker = article_sources_tracker(w->sources, message->partition);
    int64_t position = tracker == NULL ? message->offset : offset_tracker_next(tracker);
    rd_kafka_query_watermark_offsets(w->consumer->rk, topic, message->partition, &low, &high, 2000);
    article_positions_report_gap(topic, message->partition, position, low, high);
}

/* Takes the message. */
static void take_error(struct worker *w, rd_kafka_message_t *message)
{
    switch (message->err) {
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
        report_lost_position(w, message);
        end(w, ROLE_EXIT_DEPENDENCY);
        break;
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
        log_error("articles cannot be read", log_str("reason", rd_kafka_message_errstr(message)));
        end(w, ROLE_EXIT_DEPENDENCY);
        break;
    default: /* librdkafka goes on by itself */
        log_warn("reading articles", log_str("reason", rd_kafka_message_errstr(message)));
    }
    rd_kafka_message_destroy(message);
}

/* Takes the message. */
static void begin_record(struct worker *w, rd_kafka_message_t *message)
{
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        take_error(w, message);
        return;
    }
    struct offset_tracker *tracker = article_sources_tracker(w->sources, message->partition);
    /* A record of an earlier assignment can still surface: it is not ours, or was read before. */
    if (tracker == NULL || !offset_tracker_wants(tracker, message->offset)) {
        rd_kafka_message_destroy(message);
        return;
    }
    heard(w);
    struct batched_record *r = article_batch_add(w->batch, message);
    r->tracked = offset_tracker_add(tracker, message->offset);
    int64_t started_us = clock_mono_us();
    kafka_input_record(message, w->kafka->articles_topic, r->arena, &r->record);
    article_pipeline_set_rules(w->pipeline, w->article->rules);
    article_pipeline_run(w->pipeline, r->arena, &r->record, &r->result);
    r->rejects_sent = r->result.reject_count == 0;
    metrics_observe(w->context->metrics, METRIC_ARTICLE_SECONDS, 0,
                    (double)(clock_mono_us() - started_us) / 1e6);
    count_result(w, &r->result);
}

/* The caller's; NULL: nothing came in time. */
static rd_kafka_message_t *next_message(struct worker *w, int timeout_ms)
{
    if (w->late_count == 0) return rd_kafka_consumer_poll(w->consumer->rk, timeout_ms);
    rd_kafka_message_t *message = w->late[0];
    w->late_count--;
    memmove(w->late, w->late + 1, w->late_count * sizeof(*w->late));
    return message;
}

/* What has been fetched meanwhile joins the batch: nothing is waited for. */
static void gather(struct worker *w)
{
    size_t wanted = embedder_wants(w->embedder);
    rd_kafka_message_t *message;
    while (going_on(w) && article_batch_first(w->batch) != NULL && article_batch_has_room(w->batch, wanted) &&
           (message = next_message(w, 0)) != NULL)
        begin_record(w, message);
}

static void on_embedder_turn(void *context)
{
    struct worker *w = context;
    w->context->status->turns++;
    poll_producers(w, 0);
}

static void embed(struct worker *w)
{
    gather(w);
    size_t count;
    const struct embedding_job *jobs = article_batch_jobs(w->batch, &count);
    if (count > 0) embedder_run(w->embedder, jobs, count);
    /* Cut short: they are read again, so that what is written does not depend on when a stop came. */
    if (*w->context->stop) article_batch_drop_all(w->batch);
}

/* false: no room for the rest of it yet. */
static bool send_record(struct worker *w, struct batched_record *r)
{
    enum nw_err err = feature_writer_send(w->features, &r->result, &r->cursor, r->tracked);
    if (err == NW_OK && !r->rejects_sent) {
        err = reject_writer_send(w->rejects, &r->record, r->result.rejects, r->result.reject_count,
                                 clock_wall_ms(), r->tracked);
        r->rejects_sent = err == NW_OK;
    }
    if (err == NW_ERR_UNAVAILABLE) return false;
    if (err != NW_OK)
        end(w, ROLE_EXIT_DEPENDENCY); /* our hold stays: the position does not pass this record */
    else
        tracked_record_done(r->tracked);
    article_batch_drop_first(w->batch);
    return true;
}

/* ---- once a second ---- */

/* librdkafka's own "all brokers down" comes once, if at all; an idle topic says nothing either. */
static void probe_brokers(struct worker *w, int64_t now_mono_ms)
{
    struct role_status *status = w->context->status;
    if (!w->consumer->brokers_down && now_mono_ms - w->heard_mono_ms < SILENCE_MS &&
        status->state != ROLE_DEGRADED)
        return;
    int32_t ignored;
    bool away = kafka_partition_count(w->consumer, w->kafka->articles_topic, PROBE_TIMEOUT_MS, &ignored) ==
                NW_ERR_UNAVAILABLE;
    if (!away) heard(w);
    if (away && status->state == ROLE_READY) status->state = ROLE_DEGRADED;
    if (!away && status->state == ROLE_DEGRADED) status->state = ROLE_READY;
}

static void chores_when_due(struct worker *w)
{
    int64_t now_mono_ms = clock_mono_ms();
    if (now_mono_ms - w->chores_mono_ms < CHORES_MS) return;
    w->chores_mono_ms = now_mono_ms;
    commit(w);
    w->context->status->lag_records = article_sources_lag(
        w->sources, w->consumer->rk, w->kafka->articles_topic, w->paused ? PROBE_TIMEOUT_MS : 0);
    probe_brokers(w, now_mono_ms);
    if (w->consumer->fatal) end(w, ROLE_EXIT_DEPENDENCY);
}

/* ---- sending ---- */

static void set_paused(struct worker *w, bool paused)
{
    rd_kafka_topic_partition_list_t *list;
    if (w->paused == paused || rd_kafka_assignment(w->consumer->rk, &list) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    if (paused)
        rd_kafka_pause_partitions(w->consumer->rk, list);
    else
        rd_kafka_resume_partitions(w->consumer->rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    w->paused = paused;
    log_info(paused ? "reading paused: kafka takes the features slower than they are made"
                    : "reading resumed");
}

/* Rebalances run here, which may drop the records in hand, and errors are acted on. A record that comes all
 * the same waits its turn: whatever comes, the group stays polled. */
static void poll_paused(struct worker *w)
{
    rd_kafka_message_t *message = rd_kafka_consumer_poll(w->consumer->rk, 0);
    if (message == NULL) return;
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        take_error(w, message);
        return;
    }
    w->late = nw_grow(w->late, &w->late_capacity, w->late_count + 1, sizeof(*w->late));
    w->late[w->late_count++] = message;
}

/* Sends the records in hand, however long the brokers take; the group stays polled meanwhile. */
static void finish_records(struct worker *w)
{
    int64_t patience = clock_mono_ms() + PATIENCE_MS;
    struct batched_record *record;
    while ((record = article_batch_first(w->batch)) != NULL && w->exit_code == 0) {
        if (send_record(w, record)) {
            patience = clock_mono_ms() + PATIENCE_MS;
            continue;
        }
        if (!going_on(w)) break;
        w->context->status->turns++;
        poll_producers(w, 20);
        chores_when_due(w); /* a stall may last: its lag must be seen */
        if (clock_mono_ms() < patience) continue;
        set_paused(w, true);
        poll_paused(w);
    }
    if (record == NULL) set_paused(w, false);
}

/* ---- rebalances ---- */

static void assigned(struct worker *w, rd_kafka_t *rk, rd_kafka_topic_partition_list_t *partitions)
{
    enum nw_err err = article_positions_resolve(rk, w->context, RESOLVE_TIMEOUT_MS, partitions);
    if (err != NW_OK) {
        if (!*w->context->stop) end(w, ROLE_EXIT_DEPENDENCY);
        rd_kafka_assign(rk, NULL);
        return;
    }
    article_sources_assign(w->sources, partitions);
    rd_kafka_assign(rk, partitions);
    w->context->status->partitions_owned = w->context->status->partitions_ready = partitions->cnt;
    w->context->status->state = ROLE_READY;
    log_info("article partitions assigned", log_int("count", partitions->cnt));
}

static void revoked(struct worker *w, rd_kafka_t *rk)
{
    /* What is left of the records in hand is read again by the next owner; the part that went out is
     * recognised there by its source position. */
    size_t unsent = article_batch_drop_all(w->batch);
    set_paused(w, false); /* a pause would outlive the assignment in librdkafka */
    if (!rd_kafka_assignment_lost(rk)) {
        flush(w, unsent);
        commit_now(w);
    }
    article_sources_retire(w->sources);
    rd_kafka_assign(rk, NULL);
    w->context->status->partitions_owned = w->context->status->partitions_ready = 0;
}

static void on_rebalance(void *context, rd_kafka_t *rk, rd_kafka_resp_err_t err,
                         rd_kafka_topic_partition_list_t *partitions)
{
    struct worker *w = context;
    if (err == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        assigned(w, rk, partitions);
        return;
    }
    if (err != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS)
        log_warn("rebalance failed", log_str("reason", rd_kafka_err2str(err)));
    revoked(w, rk);
}

/* ---- the loop ---- */

static void loop(struct worker *w)
{
    while (going_on(w)) {
        w->context->status->turns++;
        rd_kafka_message_t *message = next_message(w, POLL_MS);
        if (message != NULL) begin_record(w, message);
        if (w->embedder != NULL) embed(w);
        finish_records(w);
        poll_producers(w, 0);
        chores_when_due(w);
    }
}

static enum nw_err start(struct worker *w, const struct article_options *article, int worker)
{
    struct kafka_topics topics;
    enum nw_err err = kafka_topics_ensure(w->kafka, w->context, &topics);
    if (err != NW_OK) return err;
    struct article_pipeline_config config = {.extra_aliases = article->extra_aliases,
                                             .extra_alias_count = article->extra_alias_count,
                                             .refuse_corrections = article->refuse_corrections};
    w->pipeline = article_pipeline_new(&config);
    w->batch = article_batch_new((size_t)article->embedding.batch * article->embedding.parallel + 1);
    const struct embedder_setting embedding = {.options = &article->embedding,
                                               .name = w->context->status->name,
                                               .metrics = w->context->metrics,
                                               .stop = w->context->stop,
                                               .turn = on_embedder_turn,
                                               .context = w};
    w->embedder = embedder_new(&embedding);
    w->sources = article_sources_new();
    w->rejects = reject_writer_new(w->kafka, worker);
    err = feature_writer_new(w->kafka, worker, topics.features_partitions, &w->features);
    if (err != NW_OK) return err;
    struct kafka_consumer_settings settings = {
        .role = "articles",
        .worker = worker,
        .fetch_bytes = w->kafka->memory.articles_fetch,
        .callbacks = {.context = w, .rebalance = on_rebalance, .committed = on_committed},
    };
    err = kafka_consumer_new(w->kafka, &settings, &w->consumer);
    return err == NW_OK ? kafka_subscribe(w->consumer, w->kafka->articles_topic) : err;
}

static void finish(struct worker *w)
{
    for (size_t i = 0; i < w->late_count; i++) rd_kafka_message_destroy(w->late[i]);
    free(w->late);
    kafka_client_free(w->consumer); /* runs revoked(): flush and commit */
    embedder_free(w->embedder);
    article_batch_free(w->batch);
    feature_writer_free(w->features);
    reject_writer_free(w->rejects);
    if (w->sources != NULL) article_sources_free(w->sources);
    if (w->pipeline != NULL) article_pipeline_free(w->pipeline);
}

int article_consumer_run(const struct kafka_options *kafka, const struct article_options *article, int worker,
                         struct role_context *context)
{
    struct worker *w = nw_calloc(1, sizeof(*w));
    w->kafka = kafka;
    w->article = article;
    w->context = context;
    context->status->state = ROLE_STARTING;
    if (start(w, article, worker) == NW_OK)
        loop(w);
    else if (!*context->stop)
        end(w, ROLE_EXIT_DEPENDENCY);
    finish(w);
    int exit_code = w->exit_code;
    free(w);
    context->status->exit_code = exit_code;
    context->status->state = ROLE_STOPPED;
    return exit_code;
}
