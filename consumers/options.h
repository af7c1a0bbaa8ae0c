/*
 * options - plain settings of the consumers; the daemon fills them from the configuration.
 *
 * Strings are borrowed for the life of the role, never NULL ("" when unset).
 */
#ifndef NW_CONSUMERS_OPTIONS_H
#define NW_CONSUMERS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/metrics.h"
#include "consumers/breaker.h"
#include "consumers/memory_budget.h"
#include "coverage/coverage.h"
#include "stories/story_policy.h"

struct kafka_property {
    const char *name, *value;
};

struct kafka_options {
    const char *brokers;
    const char *group;       /* groups are <group>.articles, <group>.stories, <group>.summaries */
    const char *instance_id; /* "": dynamic membership; else <id>.<role>.<n> */
    const char *articles_topic, *features_topic, *coverage_topic, *rejected_topic, *insights_topic;
    bool create_topics;
    int32_t articles_partitions, features_partitions, replication_factor; /* for topics that are created */
    const struct kafka_property *properties;                              /* passed through to librdkafka */
    size_t property_count;
    int32_t session_timeout_ms;
    int32_t start_timeout_ms;    /* how long a start waits for the brokers and topics; 0: a minute */
    struct memory_budget memory; /* bounds of queues; 0: the default of each */
    struct metrics *metrics;     /* librdkafka's own figures go here; NULL: nowhere */
};

struct redis_host {
    const char *name; /* or address */
    int port;
};

enum { REDIS_HOSTS_MAX = 16 };

struct redis_options {
    struct redis_host
        hosts[REDIS_HOSTS_MAX]; /* tried in order until one is the primary; nodes of a cluster */
    size_t host_count;
    const char *sentinel_name;     /* not "": the hosts are Sentinels, which know the primary by this name */
    const char *sentinel_password; /* of the Sentinels themselves */
    const char *unix_path;         /* not "": instead of hosts */
    int database;
    bool tls;                         /* of every host, Sentinels included */
    const char *tls_ca_file;          /* "": the system's authorities */
    const char *tls_certificate_file; /* of this client; "": none */
    const char *tls_key_file;         /* "": the key is in the certificate's file */
    const char *tls_server_name;      /* in the servers' certificates; "": the host's own name */
    const char *username, *password;
    const char *key_namespace; /* "newswired" */
    int connect_timeout_ms, command_timeout_ms;
    int wait_replicas;       /* WAIT after EXEC; 0: off */
    struct metrics *metrics; /* times of round trips go here; NULL: nowhere */
};

/* An OpenAI-compatible embeddings service. */
struct embedding_options {
    const char *url;              /* "": off; up to /v1 */
    const char *model;            /* never "" with a url */
    const char *key;              /* a secret */
    int timeout_ms;               /* of a request */
    uint32_t batch;               /* texts of a request */
    uint32_t parallel;            /* requests under way at a time, of one worker */
    uint32_t dimensions;          /* asked for and expected; 0: not asked for, as in the first answer */
    const char *const *languages; /* only articles in these; none: in all */
    size_t language_count;
    struct breaker_policy breaker;
};

struct article_options {
    const char *const *extra_aliases;
    size_t extra_alias_count;
    bool refuse_corrections;
    /* Which sources are taken (articles/source_rules.h), NULL: all. Atomic: the main thread puts another one
     * here at a reload; those of before stay as they are. */
    const struct source_rules *_Atomic rules;
    int workers;
    struct embedding_options embedding;
};

struct story_options {
    struct story_policy policy;
    struct coverage_policy coverage;
    /* Atomic: the main thread changes them at a reload. They decide when, never what. */
    _Atomic uint32_t batch_records, batch_bytes; /* a batch ends at the first of these ... */
    _Atomic uint32_t batch_ms;                   /* ... or after this long */
    _Atomic uint32_t publish_min_interval_ms;
    const char *instance; /* who this is, for people: kafka.instance_id, or host and process */
    bool rebuild;         /* --rebuild: start without a stored position although there is a log */
    bool accept_policy;   /* --accept-policy */
};

/* An OpenAI-compatible service that is asked for words about a story. */
struct summary_options {
    const char *url;              /* up to /v1 */
    const char *model, *key;      /* key: a secret */
    int timeout_ms;               /* of a request */
    _Atomic int hourly_budget;    /* requests; the main thread changes it at a reload */
    const char *prompt_file;      /* "": the built-in one */
    _Atomic uint32_t min_sources; /* of a story that is worth asking for; changed at a reload */
    uint32_t articles;            /* given to the model at most */
    uint32_t in_flight;           /* requests at a time */
    const char *answer_format;    /* analysis_format_parse() takes it */
    const char *extra;            /* "" or a JSON object (analysis_extra_valid()) */
};

#endif
