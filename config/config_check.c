#include "config/config_check.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "config/address.h"

bool check_choice(const char *choices, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = choices; len > 0 && *at; at += strcspn(at, " "), at += *at == ' ')
        if (strcspn(at, " ") == len && strncmp(at, word, len) == 0) return true;
    return false;
}

/* Letters, digits, dot, underscore, hyphen: what Kafka allows in topics. */
static bool is_plain_name(const char *text)
{
    for (; *text; text++)
        if (!isalnum((unsigned char)*text) && !strchr("._-", *text)) return false;
    return true;
}

const char *check_topic(const char *text)
{
    if (!*text || strlen(text) > 249 || strcmp(text, ".") == 0 || strcmp(text, "..") == 0 ||
        !is_plain_name(text))
        return "a topic name is 1 to 249 letters, digits, dots, hyphens or underscores";
    return NULL;
}

const char *check_name_or_empty(const char *text)
{
    if (strlen(text) > 200 || !is_plain_name(text))
        return "a name is up to 200 letters, digits, dots, hyphens or underscores";
    return NULL;
}

const char *check_name(const char *text)
{
    return *text ? check_name_or_empty(text) : "may not be empty";
}

/* host:port,[v6]:port,... with an optional protocol before each; librdkafka's own default port is 9092. */
const char *check_brokers(const char *text)
{
    static const char wanted[] = "wants host:port, several separated by commas";
    if (!*text) return "may not be empty";
    for (const char *at = text;; at++) {
        size_t len = strcspn(at, ",");
        const char *end = at + len, *colon = end;
        while (len > 0 && *at == ' ') at++, len--;
        if (len == 0 || memchr(at, ' ', len)) return wanted;
        while (colon > at && isdigit((unsigned char)colon[-1])) colon--;
        if (colon > at + 1 && colon[-1] == ':') {
            long port = strtol(colon, NULL, 10);
            if (colon == end || end - colon > 5 || port < 1 || port > 65535)
                return "the port is a number from 1 to 65535";
        } else if (memchr(at, ':', len) && at[len - 1] != ']') {
            return "the port is a number from 1 to 65535";
        }
        at = end;
        if (!*at) return NULL;
    }
}

const char *check_redis_url(const char *text)
{
    struct redis_address address;
    return redis_address_parse(text, &address);
}

const char *check_listen(const char *text)
{
    struct listen_address address;
    return *text ? listen_address_parse(text, &address) : NULL;
}

const char *check_http_url(const char *text)
{
    if (!*text) return NULL;
    size_t scheme = strncmp(text, "https://", 8) == 0 ? 8 : strncmp(text, "http://", 7) == 0 ? 7 : 0;
    size_t host = strcspn(text + scheme, "/?#");
    if (!scheme || host == 0) return "an address starts with http:// or https:// and a host";
    if (memchr(text + scheme, '@', host)) return "no user or password in the address";
    for (; *text; text++)
        if ((unsigned char)*text <= ' ' || (unsigned char)*text == 127) return "no spaces in an address";
    return NULL;
}

const char *check_cors_origin(const char *text)
{
    if (!*text || strcmp(text, "*") == 0) return NULL;
    if (check_http_url(text)) return "an origin is \"*\" or http(s)://host without a path";
    return strchr(strstr(text, "://") + 3, '/') ? "an origin is \"*\" or http(s)://host without a path"
                                                : NULL;
}

const char *check_unsupported(const char *text)
{
    return *text ? "not in this version: leave it empty" : NULL;
}

struct topic {
    const char *key, *name;
};

static void check_topics_differ(const struct config *c, const char *file, struct config_report *report)
{
    const struct topic topics[] = {
        {"kafka.articles_topic", c->kafka_articles_topic}, {"kafka.features_topic", c->kafka_features_topic},
        {"kafka.coverage_topic", c->kafka_coverage_topic}, {"kafka.rejected_topic", c->kafka_rejected_topic},
        {"kafka.insights_topic", c->kafka_insights_topic},
    };
    enum { TOPICS = sizeof(topics) / sizeof(topics[0]) };
    for (size_t i = 0; i < TOPICS; i++)
        for (size_t k = i + 1; k < TOPICS; k++)
            if (strcmp(topics[i].name, topics[k].name) == 0)
                config_report_add(report, file, 0, "%s and %s are the same topic \"%s\"", topics[i].key,
                                  topics[k].key, topics[i].name);
}

/* Settings that would silently do nothing. */
static void check_redis_scheme(const struct config *c, const char *file, struct config_report *report)
{
    struct redis_address address;
    if (redis_address_parse(c->redis_url, &address)) return; /* said already */
    bool tls_wanted = *c->redis_tls_ca_file || *c->redis_tls_certificate_file || *c->redis_tls_server_name;
    if (tls_wanted && !address.tls)
        config_report_add(report, file, 0, "redis.tls_* are for rediss:// and sentinels:// addresses");
    if (*c->redis_sentinel_password_file.file && !*address.sentinel_name)
        config_report_add(report, file, 0, "redis.sentinel_password_file is for sentinel:// addresses");
}

/* ISO 639-1 or 639-3. */
static bool is_language_code(const char *text)
{
    size_t len = strlen(text);
    return (len == 2 || len == 3) && strspn(text, "abcdefghijklmnopqrstuvwxyz") == len;
}

void config_check_whole(const struct config *c, const char *file, struct config_report *report)
{
    check_topics_differ(c, file, report);
    if (c->root_roles.count == 0)
        config_report_add(report, file, 0, "roles: at least one of articles, stories, summaries is needed");
    for (size_t i = 0; i < c->root_roles.count; i++)
        for (size_t k = i + 1; k < c->root_roles.count; k++)
            if (strcmp(c->root_roles.items[i], c->root_roles.items[k]) == 0)
                config_report_add(report, file, 0, "roles: \"%s\" is given twice", c->root_roles.items[i]);
    if (config_has_role(c, "summaries") && (!*c->summaries_url || !*c->summaries_model))
        config_report_add(report, file, 0, "the role summaries needs summaries.url and summaries.model");
    if (c->blindspot_minor_percent >= c->blindspot_major_percent)
        config_report_add(report, file, 0, "blindspot.minor_percent must be below blindspot.major_percent");
    for (size_t i = 0; i < c->embeddings_languages.count; i++)
        if (!is_language_code(c->embeddings_languages.items[i]))
            config_report_add(report, file, 0, "embeddings.languages: \"%.100s\" is no code such as \"en\"",
                              c->embeddings_languages.items[i]);
    if (*c->embeddings_url && !*c->embeddings_model)
        config_report_add(report, file, 0, "embeddings.url needs embeddings.model");
    if (*c->redis_username && !*c->redis_password_file.file)
        config_report_add(report, file, 0, "redis.username needs redis.password_file");
    if (*c->redis_tls_key_file && !*c->redis_tls_certificate_file)
        config_report_add(report, file, 0, "redis.tls_key_file needs redis.tls_certificate_file");
    check_redis_scheme(c, file, report);
    for (size_t i = 0; i < c->input_aliases.count; i++) {
        const char *equals = strchr(c->input_aliases.items[i], '=');
        if (!equals || equals == c->input_aliases.items[i] || !equals[1])
            config_report_add(report, file, 0,
                              "input.aliases: \"%s\" is not of the form \"field=their_name\"",
                              c->input_aliases.items[i]);
    }
}
