/*
 * roles - the thread bodies of the roles. Each blocks until *context->stop, or until it cannot
 * go on, and returns the process's exit code for it: 0, 70 (internal), 75 (a dependency was not
 * there within the start timeout, or failed in a way only a restart mends).
 */
#ifndef NW_CONSUMERS_ROLES_H
#define NW_CONSUMERS_ROLES_H

#include "consumers/options.h"
#include "consumers/role.h"

/* worker: 0 .. article->workers - 1 */
int article_consumer_run(const struct kafka_options *kafka, const struct article_options *article, int worker,
                         struct role_context *context);
int story_consumer_run(const struct kafka_options *kafka, const struct redis_options *redis,
                       const struct story_options *story, struct role_context *context);
/* Asks a chat service for words about stories; nothing waits for it, and it waits for nothing of theirs. */
int summary_consumer_run(const struct kafka_options *kafka, const struct redis_options *redis,
                         const struct summary_options *summary, struct role_context *context);

#endif
