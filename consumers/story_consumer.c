/*
 * The thread of the stories role: the Kafka side of the owned features partitions.
 *
 * A partition is handed to librdkafka only while its owner is ready, each time in one rd_kafka_assign() with
 * the positions held in memory (never a seek; the incremental call does not exist under the eager protocol).
 * Holding back for a moment is pause and resume; what surfaces from before is below the position and
 * dropped by the owner.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "consumers/kafka.h"
#include "consumers/kafka_topics.h"
#include "consumers/partition_owner.h"
#include "consumers/redis.h"
#include "consumers/roles.h"
#include "consumers/store_checks.h"
#include "consumers/store_keys.h"

enum {
    POLL_MOST_MS = 100,
    RECORDS_A_TURN = 512,
    QUERY_TIMEOUT_MS = 3000,
    REVOKE_WAIT_MS = 3000, /* for rounds under way, all partitions together */
    PARKED_FOR_MS = 10 * 60 * 1000,
    HINT_EVERY_MS = 5000,
    REDIS_RETRY_MS = 500,
    SUMMARIES_BYTES = 64 * 1024 * 1024, /* on their way, without a memory budget */
};

struct slot {
    struct partition_owner *owner; /* NULL: never owned, or forgotten */
    bool owned;                    /* of the group's assignment */
    bool assigned, paused;         /* as librdkafka has it */
    bool rewind;                   /* records were turned away: read them again */
    bool hinted;                   /* the group has an offset of it */
    int64_t parked_ms;             /* monotonic; when not owned */
};

struct loop {
    const struct kafka_options *kafka;
    struct role_context *context;
    struct owner_settings settings;
    struct publish_room room;
    struct kafka_client *consumer;
    struct ratings *ratings;
    struct slot *slots; /* by partition */
    int32_t slot_count;
    int32_t source_partitions;
    bool had_assignment;
    int64_t hinted_ms;
    int exit_code;
};

/* ---- what owners ask of the logs ---- */

static bool query_bounds(struct loop *loop, const char *topic, int32_t partition, int64_t *low, int64_t *high)
{
    return rd_kafka_query_watermark_offsets(loop->consumer->rk, topic, partition, low, high,
                                            QUERY_TIMEOUT_MS) == RD_KAFKA_RESP_ERR_NO_ERROR;
}

static bool features_bounds(void *context, int32_t partition, int64_t *low, int64_t *high)
{
    struct loop *loop = context;
    return query_bounds(loop, loop->kafka->features_topic, partition, low, high);
}

static bool was_consumed(void *context, int32_t partition, bool *out)
{
    struct loop *loop = context;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_t *asked =
        rd_kafka_topic_partition_list_add(list, loop->kafka->features_topic, partition);
    bool known =
        rd_kafka_committed(loop->consumer->rk, list, QUERY_TIMEOUT_MS) == RD_KAFKA_RESP_ERR_NO_ERROR &&
        asked->err == RD_KAFKA_RESP_ERR_NO_ERROR;
    if (known) *out = asked->offset >= 0;
    rd_kafka_topic_partition_list_destroy(list);
    return known;
}

static bool source_partitions(void *context, int32_t *count)
{
    const struct loop *loop = context;
    *count = loop->source_partitions;
    return true;
}

static bool source_end(void *context, int32_t partition, int64_t *end)
{
    struct loop *loop = context;
    int64_t low;
    return query_bounds(loop, loop->kafka->articles_topic, partition, &low, end);
}

/* ---- the assignment ---- */

static bool is_loaded(const struct slot *slot)
{
    if (slot->owner == NULL || !slot->owned) return false;
    enum owner_state state = partition_owner_state(slot->owner);
    return state == OWNER_READY || state == OWNER_RESUMING;
}

static rd_kafka_topic_partition_list_t *one_partition(const struct loop *loop, int32_t partition)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, loop->kafka->features_topic, partition);
    return list;
}

static void pause_or_resume(struct loop *loop, int32_t partition, bool pause)
{
    rd_kafka_topic_partition_list_t *list = one_partition(loop, partition);
    rd_kafka_resp_err_t err = pause ? rd_kafka_pause_partitions(loop->consumer->rk, list)
                                    : rd_kafka_resume_partitions(loop->consumer->rk, list);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
        log_warn("pausing or resuming failed", log_int("partition", partition),
                 log_str("reason", rd_kafka_err2str(err)));
    rd_kafka_topic_partition_list_destroy(list);
    loop->slots[partition].paused = pause;
}

static bool assignment_differs(const struct loop *loop)
{
    for (int32_t p = 0; p < loop->slot_count; p++) {
        const struct slot *slot = &loop->slots[p];
        if (is_loaded(slot) != slot->assigned) return true;
        if (slot->rewind && slot->assigned && partition_owner_state(slot->owner) == OWNER_READY) return true;
    }
    return false;
}

static void assign_loaded(struct loop *loop)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(loop->slot_count);
    for (int32_t p = 0; p < loop->slot_count; p++) {
        struct slot *slot = &loop->slots[p];
        /* A pause outlives the assignment in librdkafka, and the one of a later assignment with it. */
        if (slot->paused) pause_or_resume(loop, p, false);
        slot->assigned = is_loaded(slot);
        slot->rewind = false;
        if (!slot->assigned) continue;
        rd_kafka_topic_partition_t *entry =
            rd_kafka_topic_partition_list_add(list, loop->kafka->features_topic, p);
        entry->offset = (int64_t)partition_owner_position(slot->owner);
    }
    rd_kafka_resp_err_t err = rd_kafka_assign(loop->consumer->rk, list);
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR)
        log_error("partitions not assigned", log_str("reason", rd_kafka_err2str(err)));
    rd_kafka_topic_partition_list_destroy(list);
}

static void sync_assignment(struct loop *loop)
{
    if (assignment_differs(loop)) assign_loaded(loop);
    for (int32_t p = 0; p < loop->slot_count; p++) {
        struct slot *slot = &loop->slots[p];
        bool hold = slot->assigned && !partition_owner_wants_records(slot->owner);
        if (slot->assigned && slot->paused != hold) pause_or_resume(loop, p, hold);
    }
}

static void take(struct loop *loop, int32_t partition)
{
    struct slot *slot = &loop->slots[partition];
    if (slot->owned) return;
    slot->owned = true;
    slot->hinted = false;
    if (slot->owner == NULL)
        slot->owner = partition_owner_new(&loop->settings, partition);
    else
        partition_owner_unpark(slot->owner);
}

static void give_back(struct loop *loop, int32_t partition, int64_t until_ms)
{
    struct slot *slot = &loop->slots[partition];
    if (!slot->owned) return;
    int64_t left_ms = until_ms - clock_mono_ms();
    slot->owned = false;
    slot->assigned = false;
    slot->parked_ms = clock_mono_ms();
    partition_owner_park(slot->owner, loop->ratings, left_ms > 0 ? (int)left_ms : 0);
}

/* The group's offsets: lag tools read them, and an empty Redis beside them is noticed (check_start() in
 * owner_load.c). So the first one goes out at once. */
static void send_hints(struct loop *loop)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(loop->slot_count);
    for (int32_t p = 0; p < loop->slot_count; p++) {
        uint64_t next;
        if (!is_loaded(&loop->slots[p]) || !partition_owner_stored(loop->slots[p].owner, &next)) continue;
        rd_kafka_topic_partition_list_add(list, loop->kafka->features_topic, p)->offset = (int64_t)next;
        loop->slots[p].hinted = true;
    }
    if (list->cnt > 0) (void)rd_kafka_commit(loop->consumer->rk, list, 1); /* the next one is soon */
    rd_kafka_topic_partition_list_destroy(list);
}

static bool hint_is_due(const struct loop *loop)
{
    if (clock_mono_ms() - loop->hinted_ms >= HINT_EVERY_MS) return true;
    for (int32_t p = 0; p < loop->slot_count; p++) {
        uint64_t next;
        const struct slot *slot = &loop->slots[p];
        if (is_loaded(slot) && !slot->hinted && partition_owner_stored(slot->owner, &next)) return true;
    }
    return false;
}

static void revoke_all(struct loop *loop)
{
    int64_t until_ms = clock_mono_ms() + REVOKE_WAIT_MS;
    for (int32_t p = 0; p < loop->slot_count; p++) give_back(loop, p, until_ms);
}

static void on_rebalance(void *context, rd_kafka_t *rk, rd_kafka_resp_err_t err,
                         rd_kafka_topic_partition_list_t *partitions)
{
    struct loop *loop = context;
    if (err != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        log_info("partitions revoked", log_int("count", partitions->cnt));
        send_hints(loop);
        revoke_all(loop);
        rd_kafka_assign(rk, NULL);
        return;
    }
    log_info("partitions assigned", log_int("count", partitions->cnt));
    for (int i = 0; i < partitions->cnt; i++)
        if (partitions->elems[i].partition < loop->slot_count) take(loop, partitions->elems[i].partition);
    loop->had_assignment = true;
    assign_loaded(loop); /* those that are loaded; the others follow */
}

static void drop_parked(struct loop *loop)
{
    int64_t now_ms = clock_mono_ms();
    for (int32_t p = 0; p < loop->slot_count; p++) {
        struct slot *slot = &loop->slots[p];
        if (slot->owner == NULL || slot->owned || now_ms - slot->parked_ms < PARKED_FOR_MS) continue;
        partition_owner_free(slot->owner);
        slot->owner = NULL;
    }
}

/* ---- a turn ---- */

static void handle(struct loop *loop, const rd_kafka_message_t *message)
{
    if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
        message->err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
        log_error("the features topic does not hold the position", log_int("partition", message->partition),
                  log_str("reason", rd_kafka_message_errstr(message)));
        loop->exit_code =
            ROLE_EXIT_DEPENDENCY; /* the next start looks at the log's bounds and says what is gone */
        return;
    }
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        log_warn("reading features", log_str("reason", rd_kafka_message_errstr(message)));
        return;
    }
    loop->consumer->brokers_down = false;
    if (message->partition >= loop->slot_count) return;
    struct slot *slot = &loop->slots[message->partition];
    if (!slot->assigned) return; /* of an earlier assignment */
    if (!partition_owner_accept(slot->owner, (uint64_t)message->offset, kafka_message_time_ms(message),
                                message->payload, message->len))
        slot->rewind = true;
}

static int poll_wait_ms(const struct loop *loop)
{
    int wait_ms = POLL_MOST_MS;
    for (int32_t p = 0; p < loop->slot_count; p++)
        if (loop->slots[p].owned) wait_ms = partition_owner_wait_ms(loop->slots[p].owner, wait_ms);
    return wait_ms;
}

static bool batch_is_full(const struct loop *loop, int32_t partition)
{
    const struct slot *slot = &loop->slots[partition];
    return slot->assigned && partition_owner_state(slot->owner) == OWNER_READY &&
           !partition_owner_wants_records(slot->owner);
}

static void read_records(struct loop *loop)
{
    int wait_ms = poll_wait_ms(loop);
    for (int i = 0; i < RECORDS_A_TURN; i++) {
        rd_kafka_message_t *message = rd_kafka_consumer_poll(loop->consumer->rk, i == 0 ? wait_ms : 0);
        if (message == NULL) return;
        int32_t partition = message->err == RD_KAFKA_RESP_ERR_NO_ERROR ? message->partition : -1;
        handle(loop, message);
        rd_kafka_message_destroy(message);
        if (partition >= 0 && partition < loop->slot_count && batch_is_full(loop, partition)) return;
    }
}

static void refresh_ratings(struct loop *loop)
{
    ratings_unref(loop->ratings);
    loop->ratings = loop->context->ratings(loop->context->ratings_context);
}

static void report(struct loop *loop)
{
    int64_t owned = 0, ready = 0, stories = 0, lag = 0;
    bool loading = false, degraded = loop->consumer->brokers_down;
    for (int32_t p = 0; p < loop->slot_count; p++) {
        const struct slot *slot = &loop->slots[p];
        int64_t low, high, behind = 0;
        uint64_t next;
        if (!slot->owned) continue;
        enum owner_state state = partition_owner_state(slot->owner);
        owned++;
        ready += state == OWNER_READY;
        loading |= state == OWNER_CLAIMING || state == OWNER_RESTORING;
        degraded |= state == OWNER_RESUMING || state == OWNER_REFUSED;
        stories += (int64_t)partition_owner_live_stories(slot->owner);
        if (rd_kafka_get_watermark_offsets(loop->consumer->rk, loop->kafka->features_topic, p, &low, &high) ==
                RD_KAFKA_RESP_ERR_NO_ERROR &&
            partition_owner_stored(slot->owner, &next) && high > (int64_t)next)
            behind = high - (int64_t)next;
        metrics_set(loop->context->metrics, METRIC_PARTITION_LAG, (unsigned)p % METRIC_LABEL_MAX,
                    (double)behind);
        lag += behind;
    }
    struct role_status *status = loop->context->status;
    status->partitions_owned = owned;
    status->partitions_ready = ready;
    status->stories_live = stories;
    status->lag_records = lag;
    status->state = degraded               ? ROLE_DEGRADED
                    : loading              ? ROLE_RESTORING
                    : loop->had_assignment ? ROLE_READY
                                           : ROLE_STARTING;
}

static void run(struct loop *loop)
{
    while (!*loop->context->stop && loop->exit_code == ROLE_EXIT_DONE) {
        read_records(loop);
        refresh_ratings(loop);
        for (int32_t p = 0; p < loop->slot_count; p++)
            if (loop->slots[p].owned) partition_owner_step(loop->slots[p].owner, loop->ratings);
        sync_assignment(loop);
        if (hint_is_due(loop)) {
            loop->hinted_ms = clock_mono_ms();
            send_hints(loop);
            drop_parked(loop);
        }
        report(loop);
        loop->context->status->turns++;
        if (loop->consumer->fatal) {
            log_error("kafka consumer cannot go on", log_str("reason", loop->consumer->fatal_reason));
            loop->exit_code = ROLE_EXIT_DEPENDENCY;
        }
    }
}

/* ---- start and end ---- */

/* Until Redis answers and is fit, or the start timeout is over. */
static enum nw_err wait_for_redis(struct loop *loop)
{
    int64_t timeout_ms =
        loop->kafka->start_timeout_ms > 0 ? loop->kafka->start_timeout_ms : KAFKA_START_TIMEOUT_MS;
    int64_t until_ms = clock_mono_ms() + timeout_ms;
    struct store_keys keys;
    store_keys_init(&keys, loop->settings.redis->key_namespace, loop->kafka->features_topic, 0);
    struct redis *redis = redis_new(loop->settings.redis, keys.partitions);
    char reason[256] = "";
    enum nw_err err;
    for (;;) {
        err = redis_connect(redis);
        if (err == NW_OK)
            err = store_checks_run(redis, reason, sizeof(reason));
        else
            snprintf(reason, sizeof(reason), "%s", redis_error(redis));
        if (err != NW_ERR_UNAVAILABLE || *loop->context->stop || clock_mono_ms() >= until_ms) break;
        loop->context->status->turns++;
        nanosleep(&(struct timespec){.tv_nsec = REDIS_RETRY_MS * 1000000L}, NULL);
    }
    redis_free(redis);
    if (err != NW_OK) log_error("redis cannot be used", log_str("reason", reason));
    return err;
}

static enum nw_err start(struct loop *loop)
{
    struct kafka_topics topics;
    enum nw_err err = kafka_topics_ensure(loop->kafka, loop->context, &topics);
    if (err != NW_OK) return err;
    err = wait_for_redis(loop);
    if (err != NW_OK) return err;
    loop->source_partitions = topics.articles_partitions;
    loop->slot_count = topics.features_partitions;
    loop->slots = nw_calloc((size_t)loop->slot_count, sizeof(*loop->slots));
    struct kafka_consumer_settings settings = {
        .role = "stories",
        .fetch_bytes = loop->kafka->memory.stories_fetch,
        .callbacks = {.context = loop, .rebalance = on_rebalance},
    };
    err = kafka_consumer_new(loop->kafka, &settings, &loop->consumer);
    return err == NW_OK ? kafka_subscribe(loop->consumer, loop->kafka->features_topic) : err;
}

static void finish(struct loop *loop)
{
    if (loop->consumer != NULL) send_hints(loop);
    revoke_all(loop); /* before leaving the group: the last batch is still ours to commit */
    kafka_client_free(loop->consumer);
    for (int32_t p = 0; p < loop->slot_count; p++) partition_owner_free(loop->slots[p].owner);
    free(loop->slots);
    ratings_unref(loop->ratings);
}

int story_consumer_run(const struct kafka_options *kafka, const struct redis_options *redis,
                       const struct story_options *story, struct role_context *context)
{
    struct loop loop = {
        .kafka = kafka,
        .context = context,
        .settings = {.kafka = kafka, .redis = redis, .story = story, .metrics = context->metrics},
        .ratings = context->ratings(context->ratings_context),
        .room.most = kafka->memory.summaries > 0 ? kafka->memory.summaries / 2 : SUMMARIES_BYTES,
    };
    loop.settings.room = &loop.room;
    loop.settings.logs = (struct owner_logs){
        .context = &loop,
        .features_bounds = features_bounds,
        .was_consumed = was_consumed,
        .source_partitions = source_partitions,
        .source_end = source_end,
    };
    context->status->state = ROLE_STARTING;
    partition_owner_label_metrics(context->metrics);
    if (start(&loop) == NW_OK)
        run(&loop);
    else if (!*context->stop)
        loop.exit_code = ROLE_EXIT_DEPENDENCY;
    finish(&loop);
    context->status->exit_code = loop.exit_code;
    context->status->state = ROLE_STOPPED;
    return loop.exit_code;
}
