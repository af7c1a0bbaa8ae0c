/*
 * api_json - parts of the JSON that pages and the stream have in common. What is not known is left out.
 */
#ifndef NW_DAEMON_API_JSON_H
#define NW_DAEMON_API_JSON_H

#include <jansson.h>
#include <stdint.h>

#include "base/hash.h"
#include "daemon/api_redis.h"

void api_put_text(json_t *object, const char *name, const char *text); /* "" and what is no UTF-8: left out */
void api_put_number(json_t *object, const char *name, int64_t value);
void api_put_time(json_t *object, const char *name, int64_t ms); /* NW_NO_TIME: left out */
void api_put_id(json_t *object, const char *name, struct id128 id);

/* An entry of a list of stories: live counts under the names of a summary. */
json_t *api_story_json(const struct api_story *story);
/* {"stories":[...]} */
json_t *api_story_list_json(const struct api_story *stories, size_t count);

#endif
