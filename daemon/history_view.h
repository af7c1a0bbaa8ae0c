/*
 * history_view - `newswired history` for a person: what each published revision of a story changed against
 * the one before it that the topic still holds.
 *
 * Pure but for the stream it writes to. Text from articles has its control characters replaced: it goes to a
 * terminal.
 */
#ifndef NW_DAEMON_HISTORY_VIEW_H
#define NW_DAEMON_HISTORY_VIEW_H

#include <stddef.h>
#include <stdio.h>

struct history_view;

struct history_view *history_view_new(FILE *out);
/* The next record of the story, oldest first; len 0: a tombstone. Says so when it is no summary. */
void history_view_add(struct history_view *view, const char *json, size_t len);
void history_view_free(struct history_view *view);

#endif
