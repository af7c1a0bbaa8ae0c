#include "daemon/embedded_kafka.h"

#include <stdlib.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "base/alloc.h"
#include "base/log.h"

struct embedded_kafka {
    rd_kafka_t *rk; /* the mock's book-keeping */
    rd_kafka_mock_cluster_t *cluster;
};

static enum nw_err create_topics(struct embedded_kafka *kafka, const struct kafka_options *options)
{
    const struct {
        const char *name;
        int partitions;
    } topics[] = {{options->articles_topic, options->articles_partitions},
                  {options->features_topic, options->features_partitions},
                  {options->coverage_topic, options->features_partitions},
                  {options->rejected_topic, options->articles_partitions},
                  {options->insights_topic, options->features_partitions}};
    for (size_t i = 0; i < sizeof(topics) / sizeof(topics[0]); i++) {
        rd_kafka_resp_err_t err =
            rd_kafka_mock_topic_create(kafka->cluster, topics[i].name, topics[i].partitions, 1);
        if (err == RD_KAFKA_RESP_ERR_NO_ERROR) continue;
        log_error("topic not created", log_str("topic", topics[i].name),
                  log_str("reason", rd_kafka_err2str(err)));
        return NW_ERR_UNAVAILABLE;
    }
    return NW_OK;
}

enum nw_err embedded_kafka_start(const struct kafka_options *options, struct embedded_kafka **out)
{
    char error[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "3", NULL, 0); /* a handle without brokers says so at 5 */
    struct embedded_kafka *kafka = nw_calloc(1, sizeof(*kafka));
    kafka->rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof(error));
    if (kafka->rk == NULL) {
        log_error("mock cluster not started", log_str("reason", error));
        rd_kafka_conf_destroy(conf);
        free(kafka);
        return NW_ERR_UNAVAILABLE;
    }
    kafka->cluster = rd_kafka_mock_cluster_new(kafka->rk, 1);
    if (kafka->cluster == NULL || create_topics(kafka, options) != NW_OK) {
        if (kafka->cluster == NULL) log_error("mock cluster not started");
        embedded_kafka_stop(kafka);
        return NW_ERR_UNAVAILABLE;
    }
    *out = kafka;
    return NW_OK;
}

const char *embedded_kafka_brokers(const struct embedded_kafka *kafka)
{
    return rd_kafka_mock_cluster_bootstraps(kafka->cluster);
}

void embedded_kafka_stop(struct embedded_kafka *kafka)
{
    if (kafka == NULL) return;
    if (kafka->cluster != NULL) rd_kafka_mock_cluster_destroy(kafka->cluster);
    rd_kafka_destroy(kafka->rk);
    free(kafka);
}
