/*
 * event_correction - an editor's correction from the data of its CloudEvent (docs/editing.md).
 */
#ifndef NW_ARTICLES_EVENT_CORRECTION_H
#define NW_ARTICLES_EVENT_CORRECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "articles/correction.h"
#include "articles/event_article.h"
#include "articles/reject_code.h"

struct json_t;

/* Does the CloudEvents type say that this is a correction, known or not? */
bool event_correction_type(const char *type, size_t len);

/* context.type is the CloudEvents type. REJECT_NONE and *out set, or REJECT_BAD_CORRECTION and *reason; all
 * in the arena. */
enum reject_code event_correction_read(const struct event_context *context, struct json_t *data,
                                       struct correction *out, const char **reason);

#endif
