#include "consumers/redis_reply.h"

#include <string.h>

#include <hiredis/hiredis.h>

void redis_reply_free(redisReply *reply)
{
    if (reply != NULL) freeReplyObject(reply);
}

void redis_replies_free(redisReply **replies, size_t count)
{
    for (size_t i = 0; i < count; i++) redis_reply_free(replies[i]);
}

bool redis_reply_is(const redisReply *reply, const char *text)
{
    return (reply->type == REDIS_REPLY_STATUS || reply->type == REDIS_REPLY_STRING) &&
           reply->len == strlen(text) && memcmp(reply->str, text, reply->len) == 0;
}

bool redis_reply_is_error(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_ERROR;
}

bool redis_reply_is_redirect(const redisReply *reply)
{
    return reply->type == REDIS_REPLY_ERROR && strncmp(reply->str, "MOVED ", 6) == 0;
}

bool redis_reply_is_passing(const redisReply *reply)
{
    static const char *const codes[] = {"LOADING", "OOM",      "READONLY",    "MOVED",
                                        "ASK",     "TRYAGAIN", "CLUSTERDOWN", "MASTERDOWN",
                                        "BUSY",    "MISCONF",  "NOREPLICAS"};
    if (reply->type != REDIS_REPLY_ERROR) return false;
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        size_t len = strlen(codes[i]);
        if (strncmp(reply->str, codes[i], len) == 0 && (reply->str[len] == ' ' || reply->str[len] == '\0'))
            return true;
    }
    return false;
}
