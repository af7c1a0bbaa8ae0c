/*
 * The thread of the summaries role: the Kafka side. What is done with stories is in summary_stories.h.
 *
 * Offsets are committed up to the oldest story that still waits. Where the committed one is not in the log
 * any more, reading goes on at the log's beginning: nothing is counted here, and every record only says that
 * its story should be looked at.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "articles/utf8.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "consumers/kafka.h"
#include "consumers/kafka_topics.h"
#include "consumers/roles.h"
#include "consumers/summary_prompt.h"
#include "consumers/summary_stories.h"

enum {
    IDLE_POLL_MS = 100,
    BUSY_POLL_MS = 10, /* with requests or rounds under way */
    RECORDS_A_TURN = 200,
    QUERY_TIMEOUT_MS = 2000,
    RESOLVE_TIMEOUT_MS = 30000,
    CHORES_MS = 1000,
    REDIS_RETRY_MS = 500,
    SILENCE_MS = 500,        /* nothing comes for so long: this is the end of the log */
    CATCH_UP_MS = 30 * 1000, /* a log without end is not waited for any longer */
    REVOKE_WAIT_MS = 3000,   /* all partitions together */
    PROMPT_MAX_BYTES = 64 * 1024,
};

struct slot {
    bool owned;
    int64_t next; /* to be read */
    int64_t committed;
};

struct loop {
    const struct kafka_options *kafka;
    struct role_context *context;
    struct kafka_client *consumer;
    struct summary_stories *stories;
    struct slot *slots; /* by partition of the coverage topic */
    int32_t slot_count;
    rd_kafka_message_t **held; /* oldest first: not taken, as Redis is away */
    size_t held_count, held_capacity;
    bool paused;
    bool caught_up; /* since the last assignment: the log's end was seen, or long enough was waited for it */
    int64_t assigned_mono_ms, heard_mono_ms;
    int64_t chores_mono_ms, retry_mono_ms;
    int exit_code;
};

static bool going_on(const struct loop *loop)
{
    return !*loop->context->stop && loop->exit_code == 0;
}

/* ---- records ---- */

static uint64_t revision_of(const rd_kafka_message_t *message)
{
    rd_kafka_headers_t *headers;
    const void *value;
    size_t len;
    char text[24] = "";
    if (rd_kafka_message_headers(message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        rd_kafka_header_get_last(headers, "revision", &value, &len) != RD_KAFKA_RESP_ERR_NO_ERROR ||
        value == NULL || len >= sizeof(text))
        return 0;
    memcpy(text, value, len);
    return strtoull(text, NULL, 10);
}

static void set_paused(struct loop *loop, bool paused)
{
    rd_kafka_topic_partition_list_t *list;
    if (loop->paused == paused ||
        rd_kafka_assignment(loop->consumer->rk, &list) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    if (paused)
        rd_kafka_pause_partitions(loop->consumer->rk, list);
    else
        rd_kafka_resume_partitions(loop->consumer->rk, list);
    rd_kafka_topic_partition_list_destroy(list);
    loop->paused = paused;
}

/* NW_ERR_UNAVAILABLE: not now. */
static enum nw_err take_record(struct loop *loop, const rd_kafka_message_t *message)
{
    struct slot *slot = &loop->slots[message->partition];
    const struct summary_record record = {.partition = message->partition,
                                          .offset = message->offset,
                                          .key = message->key,
                                          .key_len = message->key_len,
                                          .value = message->payload,
                                          .len = message->len,
                                          .revision = revision_of(message)};
    if (!slot->owned || message->offset < slot->next) return NW_OK;
    enum nw_err err = summary_stories_take(loop->stories, &record, clock_mono_ms());
    if (err == NW_OK) slot->next = message->offset + 1;
    return err;
}

/* Takes the message. Reading pauses while Redis is away; what was fetched before that still comes. */
static void hold(struct loop *loop, rd_kafka_message_t *message)
{
    loop->held = nw_grow(loop->held, &loop->held_capacity, loop->held_count + 1, sizeof(*loop->held));
    loop->held[loop->held_count++] = message;
    set_paused(loop, true);
}

static void drop_held(struct loop *loop)
{
    for (size_t i = 0; i < loop->held_count; i++) rd_kafka_message_destroy(loop->held[i]);
    loop->held_count = 0;
}

static void take_held(struct loop *loop)
{
    size_t taken = 0;
    if (loop->held_count == 0 || clock_mono_ms() < loop->retry_mono_ms) return;
    while (taken < loop->held_count && take_record(loop, loop->held[taken]) == NW_OK)
        rd_kafka_message_destroy(loop->held[taken++]);
    loop->held_count -= taken;
    memmove(loop->held, loop->held + taken, loop->held_count * sizeof(*loop->held));
    if (loop->held_count == 0) set_paused(loop, false);
    loop->retry_mono_ms = clock_mono_ms() + REDIS_RETRY_MS;
}

static void take_error(struct loop *loop, const rd_kafka_message_t *message)
{
    switch (message->err) {
    case RD_KAFKA_RESP_ERR__FATAL:
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET: /* the log was cut while it was read: the next start finds a
                                                  place */
        log_error("summaries cannot be read", log_str("reason", rd_kafka_message_errstr(message)));
        loop->exit_code = ROLE_EXIT_DEPENDENCY;
        break;
    default: /* librdkafka goes on by itself */
        log_warn("reading summaries", log_str("reason", rd_kafka_message_errstr(message)));
    }
}

static void read_records(struct loop *loop)
{
    int wait_ms = summary_stories_is_busy(loop->stories) ? BUSY_POLL_MS : IDLE_POLL_MS;
    take_held(loop);
    for (int i = 0; i < RECORDS_A_TURN && going_on(loop); i++) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(loop->consumer->rk, i > 0 ? 0 : wait_ms);
        if (message == NULL) break;
        loop->heard_mono_ms = clock_mono_ms();
        if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR)
            take_error(loop, message);
        else if (loop->held_count > 0 || take_record(loop, message) != NW_OK) {
            hold(loop, message);
            continue;
        }
        rd_kafka_message_destroy(message);
    }
}

/* ---- positions ---- */

static void commit(struct loop *loop, bool wait)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(loop->slot_count);
    for (int32_t p = 0; p < loop->slot_count; p++) {
        struct slot *slot = &loop->slots[p];
        if (!slot->owned) continue;
        int64_t position = summary_stories_position(loop->stories, p, slot->next);
        if (position == slot->committed) continue;
        slot->committed = position;
        rd_kafka_topic_partition_list_add(list, loop->kafka->coverage_topic, p)->offset = position;
    }
    rd_kafka_resp_err_t err =
        list->cnt > 0 ? rd_kafka_commit(loop->consumer->rk, list, !wait) : RD_KAFKA_RESP_ERR_NO_ERROR;
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
        log_warn("positions in the summaries are not committed", log_str("reason", rd_kafka_err2str(err)));
    rd_kafka_topic_partition_list_destroy(list);
}

/* What was not committed after all is committed with the next round. */
static void on_committed(void *context, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *offsets)
{
    struct loop *loop = context;
    for (int i = 0; offsets != NULL && i < offsets->cnt; i++) {
        const rd_kafka_topic_partition_t *one = &offsets->elems[i];
        if ((err != RD_KAFKA_RESP_ERR_NO_ERROR || one->err != RD_KAFKA_RESP_ERR_NO_ERROR) &&
            one->partition < loop->slot_count)
            loop->slots[one->partition].committed = -1;
    }
}

/* The committed offset where the log still has it, else the log's beginning. */
static bool resolve(struct loop *loop, rd_kafka_topic_partition_t *one)
{
    int64_t low, high;
    if (rd_kafka_query_watermark_offsets(loop->consumer->rk, one->topic, one->partition, &low, &high,
                                         QUERY_TIMEOUT_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return false;
    if (one->offset >= low && one->offset <= high) return true;
    if (one->offset >= 0)
        log_notice("the position in the summaries is not in the log: beginning at its start",
                   log_int("partition", one->partition), log_int("position", one->offset),
                   log_int("log_begin", low), log_int("log_end", high));
    one->offset = low;
    return true;
}

static bool resolve_all(struct loop *loop, rd_kafka_topic_partition_list_t *list)
{
    int64_t deadline = clock_mono_ms() + RESOLVE_TIMEOUT_MS;
    bool known = false;
    while (!known && going_on(loop) && clock_mono_ms() < deadline) {
        loop->context->status->turns++;
        known = rd_kafka_committed(loop->consumer->rk, list, QUERY_TIMEOUT_MS) == RD_KAFKA_RESP_ERR_NO_ERROR;
        for (int i = 0; i < list->cnt && known; i++) {
            loop->context->status->turns++;
            known = list->elems[i].err == RD_KAFKA_RESP_ERR_NO_ERROR && resolve(loop, &list->elems[i]);
        }
    }
    return known;
}

/* ---- rebalances ---- */

static void assigned(struct loop *loop, rd_kafka_t *rk, rd_kafka_topic_partition_list_t *list)
{
    struct role_status *status = loop->context->status;
    if (!resolve_all(loop, list)) {
        if (!*loop->context->stop) loop->exit_code = ROLE_EXIT_DEPENDENCY;
        rd_kafka_assign(rk, NULL);
        return;
    }
    for (int i = 0; i < list->cnt; i++) {
        const rd_kafka_topic_partition_t *one = &list->elems[i];
        if (one->partition >= loop->slot_count) continue; /* the topic has grown: known after a restart */
        loop->slots[one->partition] =
            (struct slot){.owned = true, .next = one->offset, .committed = one->offset};
        summary_stories_assign(loop->stories, one->partition);
    }
    rd_kafka_assign(rk, list);
    status->partitions_owned = status->partitions_ready = list->cnt;
    status->state = ROLE_READY;
    loop->caught_up = false;
    loop->assigned_mono_ms = loop->heard_mono_ms = clock_mono_ms();
    log_info("summary partitions assigned", log_int("count", list->cnt));
}

static void revoke_all(struct loop *loop, bool lost)
{
    int64_t until = clock_mono_ms() + REVOKE_WAIT_MS;
    drop_held(loop);
    if (loop->consumer != NULL) set_paused(loop, false); /* a pause would outlive the assignment */
    for (int32_t p = 0; p < loop->slot_count; p++) {
        if (!loop->slots[p].owned) continue;
        int64_t left = until - clock_mono_ms();
        summary_stories_finish(loop->stories, p, lost || left < 0 ? 0 : (int)left);
    }
    if (!lost && loop->consumer != NULL) commit(loop, true);
    for (int32_t p = 0; p < loop->slot_count; p++) {
        if (!loop->slots[p].owned) continue;
        summary_stories_revoke(loop->stories, p);
        loop->slots[p].owned = false;
    }
    loop->context->status->partitions_owned = loop->context->status->partitions_ready = 0;
}

static void on_rebalance(void *context, rd_kafka_t *rk, rd_kafka_resp_err_t err,
                         rd_kafka_topic_partition_list_t *list)
{
    struct loop *loop = context;
    if (err == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        assigned(loop, rk, list);
        return;
    }
    if (err != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS)
        log_warn("rebalance failed", log_str("reason", rd_kafka_err2str(err)));
    revoke_all(loop, rd_kafka_assignment_lost(rk));
    rd_kafka_assign(rk, NULL);
}

/* ---- the loop ---- */

static int64_t lag(const struct loop *loop)
{
    int64_t sum = 0, low, high;
    for (int32_t p = 0; p < loop->slot_count; p++)
        if (loop->slots[p].owned &&
            rd_kafka_get_watermark_offsets(loop->consumer->rk, loop->kafka->coverage_topic, p, &low, &high) ==
                RD_KAFKA_RESP_ERR_NO_ERROR &&
            high > loop->slots[p].next + 1)
            sum += high - loop->slots[p].next - 1; /* the last one is the mark of a transaction's end */
    return sum;
}

static void chores(struct loop *loop, int64_t now_mono_ms)
{
    struct role_status *status = loop->context->status;
    bool away = summary_stories_redis_is_away(loop->stories);
    loop->chores_mono_ms = now_mono_ms;
    commit(loop, false);
    status->lag_records = lag(loop);
    if (away && status->state == ROLE_READY) status->state = ROLE_DEGRADED;
    if (!away && status->state == ROLE_DEGRADED) status->state = ROLE_READY;
    if (loop->consumer->fatal) loop->exit_code = ROLE_EXIT_DEPENDENCY;
}

static void run(struct loop *loop)
{
    while (going_on(loop)) {
        loop->context->status->turns++;
        read_records(loop);
        int64_t now = clock_mono_ms();
        /* Not before all that is there is known: the most covered story comes first. */
        loop->caught_up |=
            now - loop->heard_mono_ms >= SILENCE_MS || now - loop->assigned_mono_ms >= CATCH_UP_MS;
        summary_stories_turn(loop->stories, loop->caught_up, now, clock_wall_ms());
        if (now - loop->chores_mono_ms >= CHORES_MS) chores(loop, now);
    }
}

/* The whole file, the caller frees it; NULL (said in the log): it cannot be read, or is no text of a sensible
 * size. */
static char *read_prompt(const char *path)
{
    char *text = nw_calloc(1, PROMPT_MAX_BYTES + 1);
    FILE *file = fopen(path, "rbe");
    size_t len = file != NULL ? fread(text, 1, PROMPT_MAX_BYTES + 1, file) : 0;
    bool good = file != NULL && !ferror(file) && len > 0 && len <= PROMPT_MAX_BYTES &&
                memchr(text, '\0', len) == NULL && utf8_valid(text, len);
    if (file != NULL) fclose(file);
    if (good) return text;
    log_error("summaries.prompt_file must be a text of 1 byte to 64 KiB of UTF-8", log_str("file", path));
    free(text);
    return NULL;
}

static enum nw_err start(struct loop *loop, const struct summary_settings *settings)
{
    struct kafka_topics topics;
    enum nw_err err = kafka_topics_ensure(loop->kafka, loop->context, &topics);
    if (err != NW_OK) return err;
    struct kafka_consumer_settings consumer = {
        .role = "summaries",
        .callbacks = {.context = loop, .rebalance = on_rebalance, .committed = on_committed},
    };
    err = kafka_consumer_new(loop->kafka, &consumer, &loop->consumer);
    if (err != NW_OK) return err;
    struct summary_settings own = *settings;
    err =
        kafka_partition_count(loop->consumer, loop->kafka->coverage_topic, QUERY_TIMEOUT_MS, &own.partitions);
    if (err != NW_OK) return err;
    loop->slot_count = own.partitions;
    loop->slots = nw_calloc((size_t)loop->slot_count, sizeof(*loop->slots));
    loop->stories = summary_stories_new(&own, clock_mono_ms());
    return kafka_subscribe(loop->consumer, loop->kafka->coverage_topic);
}

static void finish(struct loop *loop)
{
    if (loop->stories != NULL) revoke_all(loop, false);
    kafka_client_free(loop->consumer);
    summary_stories_free(loop->stories);
    free(loop->slots);
    free(loop->held);
}

int summary_consumer_run(const struct kafka_options *kafka, const struct redis_options *redis,
                         const struct summary_options *summary, struct role_context *context)
{
    struct loop loop = {.kafka = kafka, .context = context};
    char *prompt = *summary->prompt_file ? read_prompt(summary->prompt_file) : NULL;
    const struct summary_settings settings = {.kafka = kafka,
                                              .redis = redis,
                                              .summary = summary,
                                              .prompt = prompt != NULL ? prompt : summary_prompt,
                                              .metrics = context->metrics};
    context->status->state = ROLE_STARTING;
    bool readable = prompt != NULL || !*summary->prompt_file;
    if (readable && start(&loop, &settings) == NW_OK)
        run(&loop);
    else if (!*context->stop)
        loop.exit_code = readable ? ROLE_EXIT_DEPENDENCY : ROLE_EXIT_INTERNAL;
    finish(&loop);
    free(prompt);
    context->status->exit_code = loop.exit_code;
    context->status->state = ROLE_STOPPED;
    return loop.exit_code;
}
