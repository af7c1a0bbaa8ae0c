/*
 * redis_reply - what a reply of Redis says. Replies are hiredis' own; no connection is needed here.
 */
#ifndef NW_CONSUMERS_REDIS_REPLY_H
#define NW_CONSUMERS_REDIS_REPLY_H

#include <stdbool.h>
#include <stddef.h>

struct redisReply;

/* NULL is fine. */
void redis_reply_free(struct redisReply *reply);
void redis_replies_free(struct redisReply **replies, size_t count);

/* The reply is a text (status or bulk) equal to text. */
bool redis_reply_is(const struct redisReply *reply, const char *text);
bool redis_reply_is_error(const struct redisReply *reply);
/* The reply is a cluster's "MOVED": another node holds the key. */
bool redis_reply_is_redirect(const struct redisReply *reply);
/* The reply is an error whose code (first word) is one that passes when the server is mended or another is
 * asked: LOADING, OOM, READONLY, MOVED, ASK, TRYAGAIN, CLUSTERDOWN, MASTERDOWN, BUSY, MISCONF, NOREPLICAS. */
bool redis_reply_is_passing(const struct redisReply *reply);

#endif
