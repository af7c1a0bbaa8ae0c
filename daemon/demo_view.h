/*
 * demo_view - coverage summaries as lines on a terminal: what a small dashboard makes of the topic.
 *
 * Takes the records of the coverage topic in any order and keeps, per story, the one with the highest
 * revision, as every reader should. Pure: text in, text out. Titles come from outside: control
 * characters are left out, and they are cut to the width.
 */
#ifndef NW_DAEMON_DEMO_VIEW_H
#define NW_DAEMON_DEMO_VIEW_H

#include <stdbool.h>
#include <stddef.h>

struct demo_view;

/* columns: width of the terminal; lines are cut to it. */
struct demo_view *demo_view_new(bool colour, int columns);
void demo_view_free(struct demo_view *view);

/* What stands for which side in a line. */
const char *demo_view_legend(const struct demo_view *view);

/* One record. A line to show (free() it), NULL when nothing visible has changed. json NULL: a tombstone. */
char *demo_view_apply(struct demo_view *view, const char *key, size_t key_len, const char *json, size_t len);

/* The stories that are not merged into another, the widest covered first; free() it. */
char *demo_view_table(const struct demo_view *view);
size_t demo_view_stories(const struct demo_view *view);

#endif
