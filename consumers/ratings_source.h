/*
 * ratings_source - the ratings in use: loaded from a file, looked at again for changes, handed out by
 * reference.
 *
 * Any thread may take the current table; one thread (the daemon's main) reloads. A file that cannot
 * be used changes nothing: the last good table stays. Rows that cannot be read are logged with their
 * line (the first few) and skipped.
 */
#ifndef NW_CONSUMERS_RATINGS_SOURCE_H
#define NW_CONSUMERS_RATINGS_SOURCE_H

#include <stdint.h>

#include "base/err.h"
#include "base/metrics.h"
#include "coverage/ratings.h"

struct ratings_source;

/* Holds the empty table until the first reload. metrics is borrowed. */
struct ratings_source *ratings_source_new(struct metrics *metrics);
void ratings_source_free(struct ratings_source *source);

/* Reads path ("": the empty table) whether it has changed or not. Logs what is wrong.
 * NW_ERR_INPUT: nothing in it can be read; NW_ERR_IO: the file cannot. */
enum nw_err ratings_source_load(struct ratings_source *source, const char *path) NW_MUST_CHECK;
/* Loads again when the file of the last load is another, or was written since (also after a failure: a
 * half-written file is read again when it is whole). */
void ratings_source_refresh(struct ratings_source *source);
/* A reference to the table in use: ratings_unref() it. The context is a struct ratings_source, as
 * role_context.ratings wants it. */
struct ratings *ratings_source_current(void *source);

#endif
