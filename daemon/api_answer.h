/*
 * api_answer - filling in a struct http_answer: JSON with an ETag, problems, redirects.
 */
#ifndef NW_DAEMON_API_ANSWER_H
#define NW_DAEMON_API_ANSWER_H

#include <jansson.h>

#include "daemon/http.h"

/* 200 with an ETag made of the bytes, or 304 when the client has them. Copies json. */
void api_answer_json_text(const struct http_request *request, const char *json, size_t len,
                          struct http_answer *answer);
/* The same; takes the reference. */
void api_answer_json(const struct http_request *request, json_t *root, struct http_answer *answer);
/* As above with another status, no ETag. */
void api_answer_json_status(unsigned status, json_t *root, struct http_answer *answer);
/* RFC 9457; title is that of the status. */
void api_answer_problem(const struct http_request *request, unsigned status, struct http_answer *answer,
                        const char *detail_format, ...) NW_PRINTF(4, 5);
void api_answer_redirect(unsigned status, const char *location, struct http_answer *answer);

#endif
