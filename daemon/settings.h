/*
 * settings - the configuration as the structs that the consumers declare (consumers/options.h).
 *
 * Borrows every string from the configuration and the command line, which must outlive it.
 */
#ifndef NW_DAEMON_SETTINGS_H
#define NW_DAEMON_SETTINGS_H

#include "config/address.h"
#include "config/config.h"
#include "consumers/options.h"
#include "consumers/ratings_source.h"
#include "daemon/options.h"

struct source_rules;

struct settings {
    struct kafka_options kafka;
    struct redis_options redis;
    struct article_options article;
    struct story_options story;
    struct summary_options summary;
    /* What the structs above borrow. */
    struct redis_address redis_address;
    struct kafka_property *properties;
    char instance[96];
    struct source_rules **rules; /* all that have been in use, NULL for none */
    size_t rules_count, rules_capacity;
    uint64_t rules_hash;
};

/* Settings that need no configuration file to be good (defaults) are good here as well. */
void settings_init(struct settings *settings, const struct config *config, const struct options *options);
/* Replaces story.policy.weights by those of stories.weights_file; for what clusters. settings_check has tried
 * it already, so NW_ERR_INPUT, said on stderr, means that the file has changed since. */
enum nw_err settings_load_weights(struct settings *settings, const struct config *config) NW_MUST_CHECK;
void settings_fini(struct settings *settings);
/* Takes over what may change while the roles run (config_table.h: RELOAD): numbers, and rules for sources. */
void settings_reload(struct settings *settings, const struct config *config);

/* Borrows from config. */
struct ratings_place settings_ratings(const struct config *config);

/* What only the libraries know to be wrong (librdkafka's properties, weights); path names the file in issues
 * and may be NULL. */
enum nw_err settings_check(const struct config *config, const char *path,
                           struct config_report *report) NW_MUST_CHECK;

#endif
