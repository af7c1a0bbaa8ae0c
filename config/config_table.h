/*
 * The table of configuration keys: the only place where one is declared. The struct, the loader, the
 * checks, --print-config and config/newswired.conf (tested against it) follow from it.
 *
 * TEXT  (section, name, default, check, reload, help)          check: a check_* of config_check.h, or NULL
 * FILE  (section, name, default, reload, help)                 relative to the configuration file's folder
 * SECRET(section, name, reload, help)                          content read at load; relative:
 * $CREDENTIALS_DIRECTORY CHOICE(section, name, default, choices, reload, help)        choices: words
 * separated by a space INT   (section, name, default, min, max, unit, reload, help) BOOL  (section, name,
 * default, reload, help) LIST  (section, name, default, choices, reload, help)        of texts; default and
 * choices separated by a space
 *
 * reload: RELOAD takes effect on SIGHUP, RESTART at the next start. Policy that decides clustering or
 * identity is never reloaded (PROTOCOL 2). The section "root" is the top level of the file.
 */
#ifndef NW_CONFIG_TABLE_H
#define NW_CONFIG_TABLE_H

/* X(section, help), in the order they are printed */
#define CONFIG_SECTIONS(X)                                                                                   \
    X(root, "")                                                                                              \
    X(kafka, "The cluster, its topics and the group.")                                                       \
    X(redis, "Where stories, counts and positions are kept.")                                                \
    X(articles, "The article stage: parsing and features.")                                                  \
    X(input, "What is read from events, and from whom.")                                                     \
    X(stories, "The story stage: clustering and its batches.")                                               \
    X(publish, "Summaries on the coverage topic.")                                                           \
    X(blindspot, "When a side is said to miss a story.")                                                     \
    X(ratings, "What is known of sources: bias, factuality, ownership, place.")                              \
    X(summaries, "The summaries role: an OpenAI-compatible chat service.")                                   \
    X(embeddings, "An OpenAI-compatible embeddings service for the article stage.")                          \
    X(http, "The HTTP server: dashboard, API, health, metrics.")                                             \
    X(log, "The log, on stderr or in the journal.")

#define CONFIG_KEYS(TEXT, FILE, SECRET, CHOICE, INT, BOOL, LIST)                                             \
    LIST(root, roles, "articles stories", "articles stories summaries", RESTART,                             \
         "The roles this process takes.")                                                                    \
    INT(root, memory_limit_mb, 1024, 128, 1048576, "MiB", RESTART,                                           \
        "Half of it bounds what waits in queues, the other half is for the stories held: docs/scaling.md.")  \
    TEXT(kafka, brokers, "localhost:9092", check_brokers, RESTART, "Bootstrap brokers, comma-separated.")    \
    TEXT(kafka, group, "newswired", check_name, RESTART,                                                     \
         "Group prefix: the groups are <group>.articles, <group>.stories and <group>.summaries.")            \
    TEXT(kafka, instance_id, "", check_name_or_empty, RESTART,                                               \
         "Static membership: a name that only this instance has. Empty: dynamic membership.")                \
    TEXT(kafka, articles_topic, "articles", check_topic, RESTART, "Article events, read.")                   \
    TEXT(kafka, features_topic, "articles.features", check_topic, RESTART,                                   \
         "Internal records, keyed by language, written and read.")                                           \
    TEXT(kafka, coverage_topic, "coverage", check_topic, RESTART, "Coverage summaries, written.")            \
    TEXT(kafka, rejected_topic, "articles.rejected", check_topic, RESTART,                                   \
         "Events that could not be used, whole, written.")                                                   \
    TEXT(kafka, insights_topic, "coverage.insights", check_topic, RESTART,                                   \
         "Answers of the summaries role, written.")                                                          \
    BOOL(kafka, create_topics, true, RESTART, "Create missing topics at start.")                             \
    INT(kafka, articles_partitions, 6, 1, 10000, "", RESTART,                                                \
        "Partitions of the articles topic when it is created.")                                              \
    INT(kafka, features_partitions, 6, 1, 10000, "", RESTART,                                                \
        "Partitions of the features topic when it is created; another number is a new generation.")          \
    INT(kafka, replication_factor, -1, -1, 100, "", RESTART,                                                 \
        "Replication of topics that are created; -1: as the broker has it.")                                 \
    INT(kafka, session_timeout_ms, 30000, 1000, 1800000, "milliseconds", RESTART,                            \
        "How long a silent instance keeps its partitions.")                                                  \
    INT(kafka, start_timeout_ms, 60000, 1000, 3600000, "milliseconds", RESTART,                              \
        "How long a start waits for brokers and topics; then the process exits with 75.")                    \
    TEXT(redis, url, "redis://localhost:6379/0", check_redis_url, RESTART,                                   \
         "redis://host:port/database (several hosts with commas: nodes of a cluster), rediss:// with TLS, "  \
         "sentinel://host:26379,host:26379/NAME?db=N or unix:///path?db=N.")                                 \
    TEXT(redis, namespace, "newswired", check_name, RESTART, "Prefix of every key.")                         \
    TEXT(redis, username, "", NULL, RESTART, "ACL user; empty: the default user.")                           \
    SECRET(redis, password_file, RESTART, "A file that holds the password.")                                 \
    SECRET(redis, sentinel_password_file, RESTART, "A file that holds the Sentinels' own password.")         \
    FILE(redis, tls_ca_file, "", RESTART,                                                                    \
         "Certificate authorities that the servers are checked against. Empty: the system's.")               \
    FILE(redis, tls_certificate_file, "", RESTART,                                                           \
         "This client's certificate, where the servers ask for one.")                                        \
    FILE(redis, tls_key_file, "", RESTART, "Its key. Empty: it is in the certificate's file.")               \
    TEXT(redis, tls_server_name, "", NULL, RESTART,                                                          \
         "Name in the servers' certificates. Empty: the host's as it is connected to.")                      \
    INT(redis, connect_timeout_ms, 2000, 10, 60000, "milliseconds", RESTART, "Time to connect.")             \
    INT(redis, command_timeout_ms, 5000, 10, 600000, "milliseconds", RESTART, "Time for an answer.")         \
    INT(redis, wait_replicas, 0, 0, 16, "", RESTART,                                                         \
        "Replicas that must have a batch before it counts as written (WAIT).")                               \
    INT(articles, workers, 1, 1, 64, "", RESTART, "Article consumers in this process.")                      \
    LIST(input, aliases, "", "", RESTART,                                                                    \
         "More field names for events: \"field=their_name\", for example \"body=fulltext\".")                \
    BOOL(input, corrections, true, RESTART,                                                                  \
         "Carry out editors' corrections (docs/editing.md): false where others may write to the topic.")     \
    LIST(input, allow_sources, "", "", RELOAD,                                                               \
         "Only these sources are taken: \"example.com\", \"medium.com/@name\". Empty: all.")                 \
    LIST(input, deny_sources, "", "", RELOAD,                                                                \
         "Sources that are not taken, also by the host of a URL; stronger than allow_sources.")              \
    INT(stories, generation, 1, 1, 1000000, "", RESTART,                                                     \
        "Raised when stories are rebuilt from scratch; policy is fixed within one.")                         \
    INT(stories, idle_expiry_hours, 168, 1, 8760, "hours", RESTART,                                          \
        "A story without a new article for this long of event time, and for 2000 articles of its language, " \
        "closes.")                                                                                           \
    INT(stories, closed_retention_hours, 48, 1, 8760, "hours", RESTART,                                      \
        "Closed stories stay known for this long, so that retractions still apply.")                         \
    INT(stories, kept_articles, 1000, 10, 100000, "", RESTART,                                               \
        "Articles of one story whose texts are kept for summaries.")                                         \
    INT(stories, merge_interval, 300, 1, 1000000, "articles", RESTART,                                       \
        "A merge pass after every so many articles of a language.")                                          \
    FILE(stories, weights_file, "", RESTART,                                                                 \
         "Weights of the join and merge decisions, as bench/train writes them; empty: the built-in ones.")   \
    INT(stories, batch_records, 1000, 1, 100000, "records", RELOAD, "A batch ends at this many records,")    \
    INT(stories, batch_bytes, 4194304, 4096, 268435456, "bytes", RELOAD, "at this many bytes,")              \
    INT(stories, batch_ms, 200, 1, 60000, "milliseconds", RELOAD, "or after this long.")                     \
    INT(publish, min_interval_ms, 1000, 0, 3600000, "milliseconds", RELOAD,                                  \
        "A story is published at most once in this time; its last state always is.")                         \
    INT(publish, articles_limit, 100, 3, 1000, "", RESTART, "Articles listed in a summary.")                 \
    INT(publish, max_bytes, 921600, 16384, 8388608, "bytes", RESTART, "Size of a summary at most.")          \
    INT(blindspot, min_rated, 5, 2, 1000, "sources", RESTART, "Rated sources a story needs at least.")       \
    INT(blindspot, minor_percent, 10, 0, 49, "%", RESTART, "The missing side's share at most.")              \
    INT(blindspot, major_percent, 33, 1, 100, "%", RESTART, "The opposite side's share at least.")           \
    INT(blindspot, policy_version, 1, 1, 1000000, "", RESTART,                                               \
        "Goes out with every blindspot; raise it with any of the three above.")                              \
    FILE(ratings, file, "", RELOAD, "CSV with a header, or JSON lines. Empty: every source is unrated.")     \
    TEXT(ratings, url, "", check_http_url, RELOAD,                                                           \
         "The same over HTTP(S), asked with its ETag; then file is only what a start falls back to.")        \
    SECRET(ratings, key_file, RELOAD, "A file that holds a bearer token for url.")                           \
    INT(ratings, refresh_minutes, 60, 0, 10080, "minutes", RELOAD,                                           \
        "Look for a change this often; 0: only on SIGHUP.")                                                  \
    TEXT(summaries, url, "", check_http_url, RESTART,                                                        \
         "Base address of the service, up to /v1; requests go to <url>/chat/completions.")                   \
    TEXT(summaries, model, "", NULL, RESTART, "The model to ask.")                                           \
    SECRET(summaries, key_file, RESTART, "A file that holds the API key.")                                   \
    INT(summaries, timeout_ms, 30000, 100, 600000, "milliseconds", RESTART, "Time for an answer.")           \
    INT(summaries, hourly_budget, 600, 1, 1000000, "requests", RELOAD,                                       \
        "Requests an hour at most, of all instances together; the most covered stories come first.")         \
    INT(summaries, in_flight, 2, 1, 32, "requests", RESTART, "Requests at a time, of one instance.")         \
    INT(summaries, min_sources, 3, 2, 1000, "sources", RELOAD, "A story of fewer sources is not asked for.") \
    INT(summaries, articles, 16, 2, 32, "articles", RESTART,                                                 \
        "Articles of a story the model is given at most.")                                                   \
    CHOICE(summaries, answer_format, "json_schema", "json_schema json_object none", RESTART,                 \
           "How the service is told to answer in JSON: the strictest it understands.")                       \
    TEXT(summaries, extra, "", NULL, RESTART,                                                                \
         "A JSON object of more members for each request, as {\"temperature\":0,\"max_tokens\":900}.")       \
    FILE(summaries, prompt_file, "", RESTART, "A prompt instead of the built-in one.")                       \
    TEXT(embeddings, url, "", check_http_url, RESTART,                                                       \
         "Base address of the service, up to /v1. Empty: no sentence vectors.")                              \
    TEXT(embeddings, model, "", NULL, RESTART,                                                               \
         "The model to ask; vectors of two models are never compared.")                                      \
    SECRET(embeddings, key_file, RESTART, "A file that holds the API key.")                                  \
    LIST(embeddings, languages, "", "", RESTART,                                                             \
         "Codes of the languages the model knows, for example \"en\"; others get no vectors. Empty: it "     \
         "knows all.")                                                                                       \
    INT(embeddings, timeout_ms, 2000, 10, 60000, "milliseconds", RESTART,                                    \
        "Time for an answer; then the articles go on without vectors.")                                      \
    INT(embeddings, batch, 32, 1, 2048, "articles", RESTART, "Texts in one request at most.")                \
    INT(embeddings, parallel, 2, 1, 64, "requests", RESTART, "Requests under way at a time, of one worker.") \
    INT(embeddings, dimensions, 0, 0, 4096, "", RESTART,                                                     \
        "Length of vectors, asked for and expected; 0: as the service gives them at first.")                 \
    TEXT(http, listen, "127.0.0.1:8080", check_listen, RESTART,                                              \
         "address:port, [address]:port for IPv6, port 0 for any free one. Empty: no server.")                \
    INT(http, max_connections, 256, 4, 10000, "", RESTART, "Connections at a time.")                         \
    INT(http, timeout_s, 15, 1, 300, "seconds", RESTART,                                                     \
        "A connection that is idle for this long is closed.")                                                \
    TEXT(http, cors_origin, "", check_cors_origin, RESTART,                                                  \
         "Origin that may read the API from a browser: \"*\" or https://host. Empty: none.")                 \
    CHOICE(log, level, "info", "error warn notice info debug", RELOAD, "The least important level shown.")   \
    CHOICE(log, format, "auto", "auto text json journal", RESTART,                                           \
           "auto: journal fields when stderr is the journal, text otherwise.")

#endif
