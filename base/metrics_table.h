/*
 * The table of metrics: the only place where one is declared. /metrics and docs/metrics.md come from it.
 * X(id, type, name, label, help); label is "" or the name of the one label. All names get the
 * prefix newswired_. Label values: metrics_label() in metrics.h.
 */
#ifndef NW_BASE_METRICS_TABLE_H
#define NW_BASE_METRICS_TABLE_H

enum { METRIC_LABEL_MAX = 16384 };

/* Labels of story_changes_total. X(id, text) */
#define STORY_CHANGES(X)                                                                                     \
    X(STORY_CHANGE_NEW, "new")                                                                               \
    X(STORY_CHANGE_MERGED, "merged")                                                                         \
    X(STORY_CHANGE_SPLIT, "split")                                                                           \
    X(STORY_CHANGE_CLOSED, "closed")

enum story_change {
#define STORY_CHANGE_ENUM(id, text) id,
    STORY_CHANGES(STORY_CHANGE_ENUM)
#undef STORY_CHANGE_ENUM
        STORY_CHANGE_COUNT
};

/* Labels of embedding_failures_total: why a request gave no vectors. X(id, text) */
#define EMBEDDING_FAILURES(X)                                                                                \
    X(EMBEDDING_TIMEOUT, "timeout")         /* no whole answer in time */                                    \
    X(EMBEDDING_UNREACHABLE, "unreachable") /* no connection, or it broke */                                 \
    X(EMBEDDING_THROTTLED, "throttled")     /* status 429 */                                                 \
    X(EMBEDDING_STATUS, "status")           /* any other status but 200 */                                   \
    X(EMBEDDING_UNREADABLE, "unreadable")   /* not a vector for each text */                                 \
    X(EMBEDDING_DIMENSIONS, "dimensions")   /* vectors of another length than expected */

enum embedding_failure {
#define EMBEDDING_FAILURE_ENUM(id, text) id,
    EMBEDDING_FAILURES(EMBEDDING_FAILURE_ENUM)
#undef EMBEDDING_FAILURE_ENUM
        EMBEDDING_FAILURE_COUNT
};

#define METRICS(X)                                                                                           \
    X(ARTICLES_READ, COUNTER, "articles_read_total", "", "Records read from the articles topic.")            \
    X(ARTICLES_ACCEPTED, COUNTER, "articles_accepted_total", "",                                             \
      "Article events written to the features topic.")                                                       \
    X(ARTICLES_REJECTED, COUNTER, "articles_rejected_total", "code", "Events refused, by error code.")       \
    X(ARTICLE_SECONDS, HISTOGRAM, "article_processing_seconds", "",                                          \
      "Stage 1: time from a record read to its features, without waiting for Kafka.")                        \
    X(ARTICLES_EMBEDDED, COUNTER, "articles_embedded_total", "", "Articles that got a sentence vector.")     \
    X(ARTICLES_NOT_EMBEDDED, COUNTER, "articles_not_embedded_total", "",                                     \
      "Articles that went on without a sentence vector although embeddings.url is set.")                     \
    X(EMBEDDING_REQUESTS, COUNTER, "embedding_requests_total", "", "Requests to the embeddings service.")    \
    X(EMBEDDING_FAILURES, COUNTER, "embedding_failures_total", "kind",                                       \
      "Requests to the embeddings service that gave no vectors, by kind of failure.")                        \
    X(EMBEDDING_SECONDS, HISTOGRAM, "embedding_request_seconds", "",                                         \
      "Time of a request to the embeddings service, failed ones included.")                                  \
    X(EMBEDDING_BREAKER, GAUGE, "embedding_breaker_state", "role",                                           \
      "The breaker before the embeddings service: 0 closed, 1 open (nothing is asked), 2 trying.")           \
    X(FEATURES_APPLIED, COUNTER, "features_applied_total", "",                                               \
      "Feature records applied by the story consumer and committed.")                                        \
    X(FEATURES_UNREADABLE, COUNTER, "features_unreadable_total", "", "Feature records that cannot be read.") \
    X(DECISIONS, COUNTER, "decisions_total", "kind", "What became of applied records, by kind of decision.") \
    X(DUPLICATES, COUNTER, "duplicates_total", "", "Articles recognised as reprints of one already there.")  \
    X(STORIES_LIVE, GAUGE, "stories_live", "partition", "Live stories of an owned features partition.")      \
    X(STORY_CHANGES, COUNTER, "story_changes_total", "kind", "Stories founded, merged, split, closed.")      \
    X(BATCH_RECORDS, HISTOGRAM, "batch_records", "", "Records of a committed batch.")                        \
    X(BATCH_SECONDS, HISTOGRAM, "batch_seconds", "",                                                         \
      "Time from the first record of a batch to its committed Redis transaction.")                           \
    X(BATCH_APPLY_SECONDS, HISTOGRAM, "batch_apply_seconds", "",                                             \
      "Stage 2: time spent on clustering in a batch.")                                                       \
    X(BATCH_COMMIT_SECONDS, HISTOGRAM, "batch_commit_seconds", "",                                           \
      "Stage 3: time of a batch's Redis transaction.")                                                       \
    X(COVERAGE_BUILD_SECONDS, HISTOGRAM, "coverage_build_seconds", "",                                       \
      "Stage 4: time to build a round of summaries.")                                                        \
    X(COVERAGE_SEND_SECONDS, HISTOGRAM, "coverage_send_seconds", "",                                         \
      "Stage 5: time from the begin of a round of summaries to Kafka's acknowledgement.")                    \
    X(END_TO_END_SECONDS, HISTOGRAM, "end_to_end_seconds", "",                                               \
      "Time from an event's append to the articles topic to the acknowledged summary that tells it.")        \
    X(COVERAGE_PUBLISHED, COUNTER, "coverage_published_total", "",                                           \
      "Coverage summaries acknowledged by Kafka.")                                                           \
    X(COVERAGE_REFUSED, COUNTER, "coverage_refused_total", "",                                               \
      "Coverage summaries that Kafka refused for good.")                                                     \
    X(COVERAGE_PENDING, GAUGE, "coverage_pending", "partition", "Outbox: stories that wait for publishing.") \
    X(COVERAGE_DELAY, GAUGE, "coverage_delay_seconds", "partition",                                          \
      "How long the oldest of them waits; grows above the interval under backlog.")                          \
    X(PARTITION_LAG, GAUGE, "partition_lag_records", "partition",                                            \
      "Records of an owned features partition that are not in Redis yet.")                                   \
    X(PARTITION_READY, GAUGE, "partition_ready", "partition",                                                \
      "1 when an owned features partition takes records, 0 while it is restored or cannot be taken up.")     \
    X(PARTITION_MEMORY, GAUGE, "partition_memory_bytes", "partition",                                        \
      "Memory of the stories of an owned features partition, estimated.")                                    \
    X(RESTORE_RATIO, GAUGE, "restore_ratio", "partition", "How much of a partition is restored, 0 to 1.")    \
    X(RESTORE_SECONDS, HISTOGRAM, "restore_seconds", "", "Time from taking a partition to its being ready.") \
    X(STORE_CONFLICTS, COUNTER, "store_conflicts_total", "",                                                 \
      "Rejected conditions: another owner had written, or Redis went back in time.")                         \
    X(REDIS_SECONDS, HISTOGRAM, "redis_round_trip_seconds", "",                                              \
      "Time of an exchange with Redis, of whatever many commands; its count is the round trips.")            \
    X(REDIS_COMMANDS, COUNTER, "redis_commands_total", "", "Commands sent to Redis.")                        \
    X(REDIS_FAILURES, COUNTER, "redis_failures_total", "", "Exchanges with Redis that got no answer.")       \
    X(LAG_RECORDS, GAUGE, "lag_records", "role", "Records behind the end of what a role reads.")             \
    X(ROLE_READY, GAUGE, "role_ready", "role", "1 when the role is ready, 0 otherwise.")                     \
    X(ROLE_TURNS, COUNTER, "role_turns_total", "role", "Loop turns of a role; stands still when it hangs.")  \
    X(KAFKA_BROKERS_UP, GAUGE, "kafka_brokers_up", "client", "Brokers a Kafka client is connected to.")      \
    X(KAFKA_RTT, GAUGE, "kafka_rtt_seconds", "client",                                                       \
      "Round trip to the slowest broker, mean of the last ten seconds.")                                     \
    X(KAFKA_QUEUE_RECORDS, GAUGE, "kafka_queue_records", "client",                                           \
      "Records inside a Kafka client: to be sent, or fetched and not read yet.")                             \
    X(KAFKA_QUEUE_BYTES, GAUGE, "kafka_queue_bytes", "client", "Memory of these records.")                   \
    X(KAFKA_ERRORS, COUNTER, "kafka_request_errors_total", "client",                                         \
      "Requests to brokers that failed or timed out; they are tried again.")                                 \
    X(KAFKA_REBALANCES, COUNTER, "kafka_rebalances_total", "client", "Rebalances of a client's group.")      \
    X(MEMORY_LIMIT, GAUGE, "memory_limit_bytes", "", "memory_limit_mb of the configuration.")                \
    X(SUMMARY_REQUESTS, COUNTER, "summaries_requests_total", "outcome",                                      \
      "Requests to the summary service, by what became of them.")                                            \
    X(SUMMARY_SECONDS, HISTOGRAM, "summaries_request_seconds", "",                                           \
      "Time of a request to the summary service.")                                                           \
    X(SUMMARY_TOKENS, COUNTER, "summaries_tokens_total", "kind",                                             \
      "Tokens the summary service says it was given and gave.")                                              \
    X(SUMMARY_ANSWERS, COUNTER, "summaries_answers_total", "result",                                         \
      "Answers of the summary service: published, or why not.")                                              \
    X(SUMMARY_SKIPPED, COUNTER, "summaries_skipped_total", "reason",                                         \
      "Stories that were not asked for although they had the sources.")                                      \
    X(SUMMARY_LEFT_OUT, COUNTER, "summaries_articles_left_out_total", "",                                    \
      "Articles not shown to the summary service because they seem to give it orders.")                      \
    X(SUMMARY_WITHDRAWN, COUNTER, "summaries_withdrawn_total", "",                                           \
      "Published answers taken back: an article was withdrawn, a story merged or dropped.")                  \
    X(SUMMARY_WAITING, GAUGE, "summaries_waiting", "", "Stories that wait to be asked for.")                 \
    X(SUMMARY_BREAKER, GAUGE, "summaries_breaker_open", "",                                                  \
      "1 while the summary service is left alone after failures.")                                           \
    X(RATINGS_SOURCES, GAUGE, "ratings_sources", "", "Rated sources in the table in use.")                   \
    X(RATINGS_LOADED, GAUGE, "ratings_loaded_timestamp_seconds", "",                                         \
      "When the table in use was loaded; its age is time() less this.")                                      \
    X(RATINGS_FAILURES, COUNTER, "ratings_failures_total", "",                                               \
      "Failed loads of ratings; the last good ones stay.")                                                   \
    X(HTTP_REQUESTS, COUNTER, "http_requests_total", "code", "HTTP answers by status code.")                 \
    X(HTTP_SECONDS, HISTOGRAM, "http_request_seconds", "", "Time to answer an HTTP request.")                \
    X(HTTP_STREAMS, GAUGE, "http_streams", "", "Clients of /v1/stream.")                                     \
    X(HTTP_STREAMS_DROPPED, COUNTER, "http_streams_dropped_total", "",                                       \
      "Streams ended because the client did not keep up.")

#endif
