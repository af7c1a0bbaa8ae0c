/*
 * fake_kafka - the brokers: topics as logs, groups under the eager protocol, transactional producers.
 *
 * What matters of Kafka here: records keep their order, a group hands a partition to one live member and
 * takes its time to notice a dead one, an idempotent producer's records may arrive long after it was thought
 * dead, and a transactional one's do not, once another has been initialised under its id.
 */
#ifndef NW_TESTS_SIMULATION_FAKE_KAFKA_H
#define NW_TESTS_SIMULATION_FAKE_KAFKA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "simulation/sim.h"

/* ---- logs ---- */

enum topic { TOPIC_ARTICLES, TOPIC_FEATURES, TOPIC_COVERAGE, TOPIC_REJECTED, TOPIC_COUNT };
enum record_state { RECORD_COMMITTED, RECORD_PENDING, RECORD_ABORTED };

struct log_record {
    char *key, *value; /* owned; value NULL: a tombstone */
    size_t key_len, len;
    int64_t time_ms;
    uint64_t revision; /* its header; 0: none */
    int transactional; /* coordinator of its producer; -1: none */
    enum record_state state;
};

struct topic_log {
    struct log_record *records;
    size_t count, capacity;
    size_t low; /* retention has taken what is before */
};

struct topic_log *fake_kafka_log(enum topic topic, int32_t partition);
enum topic fake_kafka_topic(const char *name);
/* Copies key and value; returns the record. */
struct log_record *fake_kafka_append(enum topic topic, int32_t partition, const void *key, size_t key_len,
                                     const void *value, size_t len);

/* ---- groups ---- */

struct fake_client;
enum group { GROUP_ARTICLES, GROUP_STORIES, GROUP_COUNT };
/* -1: none. */
int64_t fake_kafka_offset(enum group group, int32_t partition);
void fake_kafka_set_offset(enum group group, int32_t partition, int64_t offset);
/* The session of the process's consumer times out. */
void fake_kafka_expire(struct process *process);
bool fake_kafka_is_member(const struct process *process);

/* ---- transactions ---- */

/* No transactions: the plain producer stands in. */
void fake_kafka_set_plain(bool plain);
bool fake_kafka_is_plain(void);
/* A former epoch's records and commits are taken: to show what fencing holds off. */
void fake_kafka_set_fencing(bool fencing);

enum { TRANSACTIONAL_MAX = 4 };
/* The coordinator of a transactional id, made when new. */
int fake_kafka_coordinator(const char *transactional_id);
/* A new epoch; what the former one has not committed is aborted. */
int fake_kafka_init_producer(int coordinator);
bool fake_kafka_is_fenced(int coordinator, int epoch);
void fake_kafka_end_transaction(int coordinator, bool commit);

/* ---- life ---- */

void fake_kafka_reset(void);
void fake_kafka_process_killed(struct process *process);

/* Transactional calls whose owner has given them up; the oldest returns now. */
size_t fake_kafka_orphans(void);
void fake_kafka_finish_orphan(void);

#endif
