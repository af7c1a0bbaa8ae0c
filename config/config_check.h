/*
 * config_check - what a single text must look like, and what must fit together.
 */
#ifndef NW_CONFIG_CHECK_H
#define NW_CONFIG_CHECK_H

#include "config/config_keys.h"

config_check check_brokers, check_name, check_name_or_empty, check_topic, check_redis_url, check_listen,
    check_http_url, check_cors_origin, check_unsupported;

/* Whether the word is one of the space-separated choices. */
bool check_choice(const char *choices, const char *word);

/* Contradictions between keys; file is named in the issues. */
void config_check_whole(const struct config *config, const char *file, struct config_report *report);

#endif
