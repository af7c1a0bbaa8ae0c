/*
 * The table of metrics: the only place where one is declared. /metrics comes from it.
 * X(id, type, name, label, help); label is "" or the name of the one label. All names get the
 * prefix newswired_. Label values: metrics_label() in metrics.h.
 */
#ifndef NW_BASE_METRICS_TABLE_H
#define NW_BASE_METRICS_TABLE_H

enum { METRIC_LABEL_MAX = 16384 };

#define METRICS(X)                                                                                           \
    X(ARTICLES_READ, COUNTER, "articles_read_total", "", "Records read from the articles topic.")            \
    X(ARTICLES_ACCEPTED, COUNTER, "articles_accepted_total", "",                                             \
      "Article events written to the features topic.")                                                       \
    X(ARTICLES_REJECTED, COUNTER, "articles_rejected_total", "code", "Events refused, by error code.")       \
    X(FEATURES_APPLIED, COUNTER, "features_applied_total", "",                                               \
      "Feature records applied by the story consumer.")                                                      \
    X(STORIES_LIVE, GAUGE, "stories_live", "partition", "Live stories of an owned features partition.")      \
    X(COVERAGE_PUBLISHED, COUNTER, "coverage_published_total", "",                                           \
      "Coverage summaries acknowledged by Kafka.")                                                           \
    X(COVERAGE_REFUSED, COUNTER, "coverage_refused_total", "",                                               \
      "Coverage summaries that Kafka refused for good.")                                                     \
    X(COVERAGE_PENDING, GAUGE, "coverage_pending", "partition", "Stories that wait to be published.")        \
    X(COVERAGE_DELAY, GAUGE, "coverage_delay_seconds", "partition",                                          \
      "How long the oldest of them waits; grows above the interval under backlog.")                          \
    X(STORE_CONFLICTS, COUNTER, "store_conflicts_total", "",                                                 \
      "Transactions refused because another owner had written.")                                             \
    X(FEATURES_UNREADABLE, COUNTER, "features_unreadable_total", "", "Feature records that cannot be read.") \
    X(BATCH_SECONDS, HISTOGRAM, "batch_seconds", "",                                                         \
      "Time from poll to committed Redis transaction of a batch.")                                           \
    X(LAG_RECORDS, GAUGE, "lag_records", "role", "Records behind the end of what a role reads.")             \
    X(ROLE_READY, GAUGE, "role_ready", "role", "1 when the role is ready, 0 otherwise.")                     \
    X(ROLE_TURNS, COUNTER, "role_turns_total", "role", "Loop turns of a role; stands still when it hangs.")  \
    X(RATINGS_SOURCES, GAUGE, "ratings_sources", "", "Rated sources in the table in use.")                   \
    X(RATINGS_LOADED, GAUGE, "ratings_loaded_timestamp_seconds", "", "When the table in use was loaded.")    \
    X(RATINGS_FAILURES, COUNTER, "ratings_failures_total", "", "Ratings files that were refused.")           \
    X(HTTP_REQUESTS, COUNTER, "http_requests_total", "code", "HTTP answers by status code.")                 \
    X(HTTP_SECONDS, HISTOGRAM, "http_request_seconds", "", "Time to answer an HTTP request.")

#endif
