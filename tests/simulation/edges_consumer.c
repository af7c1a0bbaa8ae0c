/* Consumers and their groups (the eager protocol, as on_rebalance() of the consumers sees it). */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/instant.h"
#include "consumers/kafka_topics.h"
#include "simulation/edges_kafka.h"

enum { MEMBERS_MAX = 24 };

struct group_state {
    rd_kafka_t *members[MEMBERS_MAX];
    int count;
    bool rebalancing;
};
static struct group_state groups[GROUP_COUNT];

static int32_t partitions_of(enum group group)
{
    return group == GROUP_STORIES ? SIM_FEATURES_PARTITIONS : SIM_ARTICLES_PARTITIONS;
}

static enum topic topic_of(const rd_kafka_t *rk)
{
    return rk->group == GROUP_STORIES ? TOPIC_FEATURES : TOPIC_ARTICLES;
}

static const char *topic_name(const rd_kafka_t *rk)
{
    return rk->group == GROUP_STORIES ? "features" : "articles";
}

/* ---- the group ---- */

static void begin_rebalance(struct group_state *group)
{
    group->rebalancing = true;
    for (int i = 0; i < group->count; i++) group->members[i]->joined = group->members[i]->granted = false;
}

static void finish_rebalance(struct group_state *group, enum group which)
{
    for (int i = 0; i < group->count; i++)
        if (!group->members[i]->joined) return;
    group->rebalancing = false;
    for (int i = 0; i < group->count; i++) {
        group->members[i]->granted = true;
        group->members[i]->grant = 0;
    }
    for (int32_t p = 0; p < partitions_of(which) && group->count > 0; p++)
        group->members[p * group->count / partitions_of(which) % group->count]->grant |= 1u << p;
}

static void leave(rd_kafka_t *rk)
{
    struct group_state *group = &groups[rk->group];
    int kept = 0;
    for (int i = 0; i < group->count; i++)
        if (group->members[i] != rk) group->members[kept++] = group->members[i];
    if (kept == group->count) return;
    group->count = kept;
    rk->member = rk->joined = rk->granted = false;
    begin_rebalance(group);
    finish_rebalance(group, rk->group);
}

static void join(rd_kafka_t *rk)
{
    struct group_state *group = &groups[rk->group];
    if (!rk->member) {
        assert(group->count < MEMBERS_MAX);
        /* A new member may come anywhere in the order that decides who gets what. */
        int at = (int)sim_random((uint32_t)group->count + 1);
        memmove(group->members + at + 1, group->members + at,
                (size_t)(group->count - at) * sizeof(group->members[0]));
        group->members[at] = rk;
        group->count++;
        rk->member = true;
        begin_rebalance(group);
    }
    rk->joined = true;
    finish_rebalance(group, rk->group);
}

/* What is left of a dead member goes when it leaves. */
static void drop_ghost(rd_kafka_t *rk)
{
    if (rk->client == NULL) free(rk);
}

static rd_kafka_t *member_of(const struct process *process)
{
    for (int g = 0; g < GROUP_COUNT; g++)
        for (int i = 0; i < groups[g].count; i++)
            if (groups[g].members[i]->process == process) return groups[g].members[i];
    return NULL;
}

void fake_kafka_expire(struct process *process)
{
    rd_kafka_t *rk = member_of(process);
    if (rk == NULL) return;
    sim_trace("kafka: the session of %s is over", process->name);
    rk->notice = process->notice_polls > 0 ? process->notice_polls : (int)sim_random(4);
    leave(rk);
    drop_ghost(rk);
}

bool fake_kafka_is_member(const struct process *process)
{
    return member_of(process) != NULL;
}

/* ---- rebalances, out of a poll ---- */

static rd_kafka_topic_partition_list_t *list_of(const rd_kafka_t *rk, unsigned partitions)
{
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(SIM_PARTITIONS_MAX);
    for (int32_t p = 0; p < SIM_PARTITIONS_MAX; p++)
        if ((partitions >> p & 1) != 0) rd_kafka_topic_partition_list_add(list, topic_name(rk), p);
    return list;
}

static void call_rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t what)
{
    rd_kafka_topic_partition_list_t *list = list_of(rk, rk->holds);
    struct kafka_callbacks *callbacks = &rk->client->callbacks;
    sim_trace("kafka: %s", what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS ? "assigned"
                           : rk->lost                                   ? "revoked, it was lost"
                                                                        : "revoked");
    callbacks->rebalance(callbacks->context, rk, what, list);
    rd_kafka_topic_partition_list_destroy(list);
}

static void revoke(rd_kafka_t *rk, bool lost)
{
    if (!rk->holding) return;
    rk->holding = false; /* the callback may poll */
    rk->lost = lost;
    call_rebalance(rk, RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS);
    rk->holds = 0;
    rk->lost = false;
}

static void serve_group(rd_kafka_t *rk)
{
    if (!rk->subscribed) return;
    if (!rk->member && rk->holding && rk->notice-- > 0) return; /* a zombie that does not know yet */
    if (!rk->member || (groups[rk->group].rebalancing && !rk->joined)) {
        revoke(rk, !rk->member);
        if (sim_dying()) return;
        join(rk);
    }
    if (!rk->member || !rk->granted) return;
    rk->granted = false;
    rk->holds = rk->grant;
    rk->holding = true;
    call_rebalance(rk, RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS);
}

static void serve_commit(rd_kafka_t *rk)
{
    struct kafka_callbacks *callbacks = &rk->client->callbacks;
    if (!rk->commit_reported || callbacks->committed == NULL) return;
    rk->commit_reported = false;
    callbacks->committed(callbacks->context, rk->committed, NULL);
}

/* ---- reading ---- */

static rd_kafka_message_t *message_of(const rd_kafka_t *rk, int32_t partition, int64_t offset)
{
    struct log_record *record = &fake_kafka_log(topic_of(rk), partition)->records[offset];
    rd_kafka_message_t *message = nw_calloc(1, sizeof(*message));
    message->partition = partition;
    message->offset = offset;
    message->payload = record->value;
    message->len = record->len;
    message->key = record->key;
    message->key_len = record->key_len;
    message->_private = record;
    return message;
}

static rd_kafka_message_t *next_message(rd_kafka_t *rk)
{
    if (rk->process->fetch_polls > 0) {
        rk->process->fetch_polls--;
        return NULL;
    }
    if (rk->surfacing_count > 0) {
        struct surfacing s = rk->surfacing[--rk->surfacing_count];
        return message_of(rk, s.partition, s.offset);
    }
    for (int i = 0; i < SIM_PARTITIONS_MAX; i++) {
        int32_t p = (rk->turn + i) % SIM_PARTITIONS_MAX;
        struct fetching *f = &rk->fetching[p];
        if (!f->active || f->paused || f->next >= (int64_t)fake_kafka_log(topic_of(rk), p)->count) continue;
        if (sim_chance(25)) rk->turn = p + 1;
        if (f->next < (int64_t)fake_kafka_log(topic_of(rk), p)->low) {
            rd_kafka_message_t *message = nw_calloc(1, sizeof(*message));
            message->err = RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET;
            message->partition = p;
            return message;
        }
        return message_of(rk, p, f->next++);
    }
    return NULL;
}

rd_kafka_message_t *rd_kafka_consumer_poll(rd_kafka_t *rk, int timeout_ms)
{
    process_yield(POINT_POLL, "");
    if (sim_dying()) return NULL;
    serve_commit(rk);
    serve_group(rk);
    if (sim_dying()) return NULL;
    rd_kafka_message_t *message = next_message(rk);
    if (message != NULL || timeout_ms == 0) return message;
    sim_current->idle = true;
    sim_current->idle_ms = timeout_ms;
    process_yield(POINT_POLL, "idle");
    return NULL;
}

void rd_kafka_message_destroy(rd_kafka_message_t *message)
{
    free(message);
}

const char *rd_kafka_message_errstr(const rd_kafka_message_t *message)
{
    return rd_kafka_err2str(message->err);
}

int64_t kafka_message_time_ms(const rd_kafka_message_t *message)
{
    const struct log_record *record = message->_private;
    return record != NULL ? record->time_ms : NW_NO_TIME;
}

void kafka_input_record(const rd_kafka_message_t *message, const char *topic, struct arena *arena,
                        struct input_record *out)
{
    (void)arena;
    *out = (struct input_record){
        .key = message->key,
        .key_len = message->key_len,
        .value = message->payload,
        .len = message->len,
        .append_ms = kafka_message_time_ms(message),
        .origin = {.topic = topic, .partition = message->partition, .offset = message->offset},
    };
}

/* ---- what it is given ---- */

/* Some of what was fetched for an earlier assignment comes out after the new one has begun. */
static void keep_some(rd_kafka_t *rk)
{
    rk->surfacing_count = 0;
    for (int32_t p = 0; p < SIM_PARTITIONS_MAX; p++) {
        const struct fetching *f = &rk->fetching[p];
        if (!f->active || !sim_chance(20)) continue;
        for (int64_t o = f->next + sim_random(3); o >= f->next && rk->surfacing_count < SURFACING_MAX; o--)
            if (o < (int64_t)fake_kafka_log(topic_of(rk), p)->count)
                rk->surfacing[rk->surfacing_count++] = (struct surfacing){p, o};
    }
}

rd_kafka_resp_err_t rd_kafka_assign(rd_kafka_t *rk, const rd_kafka_topic_partition_list_t *list)
{
    if (sim_dying()) return RD_KAFKA_RESP_ERR_NO_ERROR;
    keep_some(rk);
    for (int32_t p = 0; p < SIM_PARTITIONS_MAX; p++) rk->fetching[p].active = false;
    for (int i = 0; list != NULL && i < list->cnt; i++) {
        struct fetching *f = &rk->fetching[list->elems[i].partition];
        f->active = true;
        f->next = list->elems[i].offset;
        assert(f->next >= 0);
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t rd_kafka_assignment(rd_kafka_t *rk, rd_kafka_topic_partition_list_t **list)
{
    unsigned active = 0;
    for (int32_t p = 0; p < SIM_PARTITIONS_MAX; p++) active |= (unsigned)rk->fetching[p].active << p;
    *list = list_of(rk, active);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

int rd_kafka_assignment_lost(rd_kafka_t *rk)
{
    return rk->lost;
}

static rd_kafka_resp_err_t set_paused(rd_kafka_t *rk, const rd_kafka_topic_partition_list_t *list,
                                      bool paused)
{
    for (int i = 0; i < list->cnt; i++) rk->fetching[list->elems[i].partition].paused = paused;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t rd_kafka_pause_partitions(rd_kafka_t *rk, rd_kafka_topic_partition_list_t *list)
{
    return set_paused(rk, list, true);
}

rd_kafka_resp_err_t rd_kafka_resume_partitions(rd_kafka_t *rk, rd_kafka_topic_partition_list_t *list)
{
    return set_paused(rk, list, false);
}

/* ---- offsets ---- */

rd_kafka_resp_err_t rd_kafka_committed(rd_kafka_t *rk, rd_kafka_topic_partition_list_t *list, int timeout_ms)
{
    (void)timeout_ms;
    process_yield(POINT_QUERY, "committed");
    if (sim_dying()) return RD_KAFKA_RESP_ERR__TIMED_OUT;
    for (int i = 0; i < list->cnt; i++) {
        int64_t offset = fake_kafka_offset(rk->group, list->elems[i].partition);
        list->elems[i].offset = offset >= 0 ? offset : RD_KAFKA_OFFSET_INVALID;
        list->elems[i].err = RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

/* A member of an older generation is refused. */
static rd_kafka_resp_err_t commit(rd_kafka_t *rk, const rd_kafka_topic_partition_list_t *list)
{
    if (sim_dying()) return RD_KAFKA_RESP_ERR__TIMED_OUT;
    if (!rk->member) return RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID;
    for (int i = 0; i < list->cnt; i++)
        fake_kafka_set_offset(rk->group, list->elems[i].partition, list->elems[i].offset);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t rd_kafka_commit(rd_kafka_t *rk, const rd_kafka_topic_partition_list_t *list, int async)
{
    (void)async;
    rk->committed = commit(rk, list);
    rk->commit_reported = true;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

struct rd_kafka_queue_s {
    rd_kafka_resp_err_t result;
};
struct rd_kafka_op_s {
    rd_kafka_resp_err_t result;
};

rd_kafka_queue_t *rd_kafka_queue_new(rd_kafka_t *rk)
{
    (void)rk;
    return nw_calloc(1, sizeof(rd_kafka_queue_t));
}

void rd_kafka_queue_destroy(rd_kafka_queue_t *queue)
{
    free(queue);
}

rd_kafka_resp_err_t
rd_kafka_commit_queue(rd_kafka_t *rk, const rd_kafka_topic_partition_list_t *list, rd_kafka_queue_t *queue,
                      void (*callback)(rd_kafka_t *rk, rd_kafka_resp_err_t err,
                                       rd_kafka_topic_partition_list_t *offsets, void *opaque),
                      void *opaque)
{
    (void)callback;
    (void)opaque;
    process_yield(POINT_QUERY, "commit");
    queue->result = commit(rk, list);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_event_t *rd_kafka_queue_poll(rd_kafka_queue_t *queue, int timeout_ms)
{
    (void)timeout_ms;
    rd_kafka_event_t *event = nw_calloc(1, sizeof(*event));
    event->result = queue->result;
    return event;
}

rd_kafka_resp_err_t rd_kafka_event_error(rd_kafka_event_t *event)
{
    return event->result;
}

void rd_kafka_event_destroy(rd_kafka_event_t *event)
{
    free(event);
}

/* ---- bounds ---- */

rd_kafka_resp_err_t rd_kafka_get_watermark_offsets(rd_kafka_t *rk, const char *topic, int32_t partition,
                                                   int64_t *low, int64_t *high)
{
    (void)rk;
    const struct topic_log *log = fake_kafka_log(fake_kafka_topic(topic), partition);
    *low = (int64_t)log->low;
    *high = (int64_t)log->count;
    return RD_KAFKA_RESP_ERR_NO_ERROR;
}

rd_kafka_resp_err_t rd_kafka_query_watermark_offsets(rd_kafka_t *rk, const char *topic, int32_t partition,
                                                     int64_t *low, int64_t *high, int timeout_ms)
{
    (void)timeout_ms;
    process_yield(POINT_QUERY, "bounds");
    if (sim_dying()) return RD_KAFKA_RESP_ERR__TIMED_OUT;
    return rd_kafka_get_watermark_offsets(rk, topic, partition, low, high);
}

enum nw_err kafka_partition_count(struct kafka_client *client, const char *topic, int timeout_ms,
                                  int32_t *out)
{
    (void)client;
    (void)topic;
    (void)timeout_ms;
    *out = SIM_ARTICLES_PARTITIONS;
    return NW_OK;
}

enum nw_err kafka_topics_ensure(const struct kafka_options *options, struct role_context *context,
                                struct kafka_topics *out)
{
    (void)options;
    (void)context;
    process_yield(POINT_QUERY, "topics");
    *out = (struct kafka_topics){SIM_ARTICLES_PARTITIONS, SIM_FEATURES_PARTITIONS};
    return sim_dying() ? NW_ERR_UNAVAILABLE : NW_OK;
}

/* ---- life ---- */

enum nw_err kafka_consumer_new(const struct kafka_options *options,
                               const struct kafka_consumer_settings *settings, struct kafka_client **out)
{
    (void)options;
    struct kafka_client *client = nw_calloc(1, sizeof(*client));
    rd_kafka_t *rk = nw_calloc(1, sizeof(*rk));
    client->rk = rk;
    client->consumer = true;
    client->callbacks = settings->callbacks;
    rk->client = client;
    rk->process = sim_current;
    rk->consumer = true;
    rk->coordinator = -1;
    rk->group = strcmp(settings->role, "stories") == 0 ? GROUP_STORIES : GROUP_ARTICLES;
    *out = client;
    return NW_OK;
}

enum nw_err kafka_subscribe(struct kafka_client *client, const char *topic)
{
    (void)topic;
    client->rk->subscribed = true;
    return NW_OK;
}

void edges_consumer_close(rd_kafka_t *rk)
{
    if (sim_dying()) return;
    revoke(rk, false);
    if (!sim_dying()) leave(rk);
}

/* Its client's memory goes; the broker will miss it when the session times out, which is told apart
 * by a client that stands in for it. */
void edges_consumer_killed(struct process *process)
{
    rd_kafka_t *rk = member_of(process);
    if (rk == NULL) return;
    struct group_state *group = &groups[rk->group];
    rd_kafka_t *ghost = nw_calloc(1, sizeof(*ghost));
    *ghost = *rk;
    ghost->client = NULL;
    for (int i = 0; i < group->count; i++)
        if (group->members[i] == rk) group->members[i] = ghost;
    rk->member = false;
}

void edges_consumer_reset(void)
{
    for (int g = 0; g < GROUP_COUNT; g++) {
        for (int i = 0; i < groups[g].count; i++) drop_ghost(groups[g].members[i]);
        groups[g] = (struct group_state){0};
    }
}
