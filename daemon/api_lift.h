/*
 * api_lift - how much more, or less, a side tells a story than it tells of anything: the story's side shares
 * divided by those of all rated sources seen in the last seven days of the stream.
 *
 * A story on which the right is loud is told from a feed in which the right is loud. The shares of the feed
 * are counted again once a minute, by whoever asks then.
 */
#ifndef NW_DAEMON_API_LIFT_H
#define NW_DAEMON_API_LIFT_H

#include <jansson.h>

#include "coverage/ratings.h"
#include "daemon/api_redis.h"

struct api_lift;

struct api_lift *api_lift_new(void);
void api_lift_free(struct api_lift *lift);
/* Where the ratings are from: a reference each time (ratings_unref() it). Before anything is asked. */
void api_lift_set_ratings(struct api_lift *lift, struct ratings *(*ratings)(void *context), void *context);

/* Schema Lift of docs/schemas/api.schema.json; NULL when the story has no rated source, the feed has none,
 * there are no ratings or Redis does not answer. The caller owns it. */
json_t *api_lift_json(struct api_lift *lift, struct api_session *session, const struct api_story *story);

#endif
