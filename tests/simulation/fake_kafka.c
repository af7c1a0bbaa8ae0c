#include "simulation/fake_kafka.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "simulation/edges_kafka.h"

static struct topic_log logs[TOPIC_COUNT][SIM_PARTITIONS_MAX];
static int64_t offsets[GROUP_COUNT][SIM_PARTITIONS_MAX];

static struct {
    char id[64];
    int epoch;
} coordinators[TRANSACTIONAL_MAX];
static int coordinator_count;
static bool plain, fencing = true;

/* ---- logs ---- */

struct topic_log *fake_kafka_log(enum topic topic, int32_t partition)
{
    assert(partition >= 0 && partition < SIM_PARTITIONS_MAX);
    return &logs[topic][partition];
}

enum topic fake_kafka_topic(const char *name)
{
    static const char *const names[TOPIC_COUNT] = {"articles", "features", "coverage", "rejected"};
    for (int i = 0; i < TOPIC_COUNT; i++)
        if (strcmp(names[i], name) == 0) return (enum topic)i;
    abort();
}

struct log_record *fake_kafka_append(enum topic topic, int32_t partition, const void *key, size_t key_len,
                                     const void *value, size_t len)
{
    struct topic_log *log = fake_kafka_log(topic, partition);
    log->records = nw_grow(log->records, &log->capacity, log->count + 1, sizeof(*log->records));
    struct log_record *record = &log->records[log->count++];
    *record = (struct log_record){.key = nw_memdup(key, key_len),
                                  .key_len = key_len,
                                  .value = value != NULL ? nw_memdup(value, len) : NULL,
                                  .len = len,
                                  .time_ms = sim_wall_ms(),
                                  .transactional = -1};
    return record;
}

/* ---- groups ---- */

int64_t fake_kafka_offset(enum group group, int32_t partition)
{
    return offsets[group][partition];
}

void fake_kafka_set_offset(enum group group, int32_t partition, int64_t offset)
{
    offsets[group][partition] = offset;
}

/* ---- transactions ---- */

void fake_kafka_set_plain(bool is_plain)
{
    plain = is_plain;
}

bool fake_kafka_is_plain(void)
{
    return plain;
}

void fake_kafka_set_fencing(bool on)
{
    fencing = on;
}

int fake_kafka_coordinator(const char *transactional_id)
{
    for (int i = 0; i < coordinator_count; i++)
        if (strcmp(coordinators[i].id, transactional_id) == 0) return i;
    assert(coordinator_count < TRANSACTIONAL_MAX);
    snprintf(coordinators[coordinator_count].id, sizeof(coordinators[0].id), "%s", transactional_id);
    coordinators[coordinator_count].epoch = 0;
    return coordinator_count++;
}

int fake_kafka_init_producer(int coordinator)
{
    if (fencing) fake_kafka_end_transaction(coordinator, false);
    return ++coordinators[coordinator].epoch;
}

bool fake_kafka_is_fenced(int coordinator, int epoch)
{
    return fencing && coordinators[coordinator].epoch != epoch;
}

void fake_kafka_end_transaction(int coordinator, bool commit)
{
    struct topic_log *log = &logs[TOPIC_COVERAGE][0];
    for (size_t i = 0; i < log->count; i++) {
        struct log_record *record = &log->records[i];
        if (record->transactional == coordinator && record->state == RECORD_PENDING)
            record->state = commit ? RECORD_COMMITTED : RECORD_ABORTED;
    }
}

/* ---- life ---- */

void fake_kafka_reset(void)
{
    edges_kafka_reset();
    for (int t = 0; t < TOPIC_COUNT; t++)
        for (int p = 0; p < SIM_PARTITIONS_MAX; p++) {
            struct topic_log *log = &logs[t][p];
            for (size_t i = 0; i < log->count; i++) {
                free(log->records[i].key);
                free(log->records[i].value);
            }
            free(log->records);
            *log = (struct topic_log){0};
        }
    for (int g = 0; g < GROUP_COUNT; g++)
        for (int p = 0; p < SIM_PARTITIONS_MAX; p++) offsets[g][p] = -1;
    coordinator_count = 0;
    plain = false;
    fencing = true;
}
