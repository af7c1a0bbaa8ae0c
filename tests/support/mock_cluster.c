/*
 * mock_cluster - librdkafka's mock cluster as a process of its own, for tests of other processes.
 *
 *   mock_cluster articles:4 articles.features:4 ...
 *
 * Prints the bootstrap servers on one line of stdout, then serves until stdin closes. It keeps about
 * 5 MiB a partition and the creation time of records; topics are created from the arguments only
 * (or by a client that asks for automatic creation, with 4 partitions).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

static int create_topic(rd_kafka_mock_cluster_t *cluster, char *argument)
{
    char *colon = strrchr(argument, ':');
    char *end = NULL;
    long partitions = colon == NULL ? 0 : strtol(colon + 1, &end, 10);
    if (colon == NULL || colon == argument || *end != '\0' || partitions < 1 || partitions > 1000) {
        fprintf(stderr, "mock_cluster: \"%s\" is not <topic>:<partitions>\n", argument);
        return 2;
    }
    *colon = '\0';
    rd_kafka_resp_err_t err = rd_kafka_mock_topic_create(cluster, argument, (int)partitions, 1);
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR) return 0;
    fprintf(stderr, "mock_cluster: %s: %s\n", argument, rd_kafka_err2str(err));
    return 1;
}

static void serve_until_stdin_closes(void)
{
    char ignored[256];
    while (read(STDIN_FILENO, ignored, sizeof(ignored)) > 0) {
    }
}

int main(int argc, char **argv)
{
    char error[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "log_level", "4", NULL, 0); /* the handle has no brokers and says so */
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_PRODUCER, conf, error, sizeof(error));
    if (rk == NULL) {
        fprintf(stderr, "mock_cluster: %s\n", error);
        return 1;
    }
    int status = 1;
    rd_kafka_mock_cluster_t *cluster = rd_kafka_mock_cluster_new(rk, 1);
    if (cluster == NULL) {
        fprintf(stderr, "mock_cluster: not started\n");
        goto destroy_handle;
    }
    status = 0;
    for (int i = 1; i < argc && status == 0; i++) status = create_topic(cluster, argv[i]);
    if (status == 0) {
        printf("%s\n", rd_kafka_mock_cluster_bootstraps(cluster));
        fflush(stdout);
        serve_until_stdin_closes();
    }
    rd_kafka_mock_cluster_destroy(cluster);
destroy_handle:
    rd_kafka_destroy(rk);
    return status;
}
