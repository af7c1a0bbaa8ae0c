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
#include "daemon/http.h"
#include "daemon/service.h"

struct api;

/* metrics and the text in redis are borrowed. */
struct api *api_new(const struct redis_options *redis, struct metrics *metrics);
void api_free(struct api *api);
/* The health pages look at it; NULL (before the roles are started, and when they have stopped): not ready. */
void api_set_service(struct api *api, const struct service *service);

/* An http_handler; context is the struct api. */
void api_handle(void *api, const struct http_request *request, struct http_answer *answer);

#endif
