/*
 * api - the pages: dashboard, health, metrics and the read-only JSON API (docs/api.md).
 *
 * Stateless but for its Redis pool; called by the HTTP threads. Errors are RFC 9457 problem documents.
 */
#ifndef NW_DAEMON_API_H
#define NW_DAEMON_API_H

#include <stdatomic.h>

#include "base/metrics.h"
#include "consumers/options.h"
#include "coverage/ratings.h"
#include "daemon/http.h"
#include "daemon/service.h"

struct api;

/* metrics and the text in redis are borrowed. */
struct api *api_new(const struct redis_options *redis, struct metrics *metrics);
void api_free(struct api *api);
/* The health pages look at it; NULL (before the roles are started, and when they have stopped): not ready. */
void api_set_service(struct api *api, const struct service *service);

/* Where lift has its ratings from: a reference each time. Before the server starts; without it there is no
 * lift. */
void api_set_ratings(struct api *api, struct ratings *(*ratings)(void *context), void *context);
/* Serves /v1/stream to so many clients at a time; the server is borrowed until the stop, which comes before
 * its own. Without a start /v1/stream answers 503. */
void api_stream_start(struct api *api, struct http_server *server, size_t clients_max);
void api_stream_stop(struct api *api);

/* An http_handler; context is the struct api. */
void api_handle(void *api, const struct http_request *request, struct http_answer *answer);

#endif
