/*
 * edges_kafka - consumers/kafka.h, kafka_topics.h, transaction_call.h and what the consumers call of
 * librdkafka, over fake_kafka. librdkafka itself gives lists, headers and error texts; no client of it is
 * made.
 *
 * edges_consumer.c has the consumer and the groups, edges_producer.c producers and transactions.
 */
#ifndef NW_TESTS_SIMULATION_EDGES_KAFKA_H
#define NW_TESTS_SIMULATION_EDGES_KAFKA_H

#include <librdkafka/rdkafka.h>

#include "consumers/kafka.h"
#include "simulation/fake_kafka.h"

struct fetching {
    bool active, paused;
    int64_t next;
};

struct surfacing { /* fetched for an earlier assignment, handed out later */
    int32_t partition;
    int64_t offset;
};

enum { SURFACING_MAX = 4 };

struct outgoing {
    enum topic topic;
    int32_t partition;
    char *key, *value;
    size_t key_len, len;
    rd_kafka_headers_t *headers;
    void *opaque;
    rd_kafka_resp_err_t err;
    bool arrived; /* or refused: its report is due */
    struct outgoing *next;
};

struct transaction_call;

struct rd_kafka_s {
    struct kafka_client *client; /* NULL: what the group still sees of a dead member */
    struct process *process;
    rd_kafka_t *next; /* in the list of all producers */

    /* consumers */
    bool consumer, subscribed;
    enum group group;
    bool member;  /* the broker counts it in */
    bool joined;  /* in the rebalance under way */
    bool granted; /* an assignment waits for its next poll */
    unsigned grant, holds;
    bool holding; /* has an assignment of which it was told */
    bool lost;
    int notice; /* polls until it learns that its session is over */
    struct fetching fetching[SIM_PARTITIONS_MAX];
    struct surfacing surfacing[SURFACING_MAX];
    int surfacing_count;
    int turn;
    rd_kafka_resp_err_t committed;
    bool commit_reported;

    /* producers */
    int coordinator; /* -1: not transactional */
    int epoch;
    bool gapless;
    bool initialised, fenced, failed_for_good, round_broken;
    struct outgoing *queue;
    struct transaction_call *call; /* started, not executed */
};

void edges_kafka_reset(void);
/* edges_consumer.c */
void edges_consumer_reset(void);
void edges_consumer_killed(struct process *process);
void edges_consumer_close(rd_kafka_t *rk);
void edges_consumer_subscribe(rd_kafka_t *rk);
/* edges_producer.c */
void edges_producer_reset(void);
void edges_producer_killed(struct process *process);

#endif
