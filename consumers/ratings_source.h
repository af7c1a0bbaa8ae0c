/*
 * ratings_source - the ratings in use: from a file or an HTTP(S) address, looked at again for changes, handed
 * out by reference.
 *
 * Any thread may take the current table; one thread (the daemon's main) loads. What cannot be used changes
 * nothing: a file that is half written, a service that is away, slow or answers something else leaves the
 * last good table in use, is logged and counted, and is tried again. The same bytes again change nothing
 * either. Rows that cannot be read are logged with their line (the first few) and skipped.
 *
 * An address is asked with the ETag (or the date) of its last good answer and never waited for, but by
 * ratings_source_load(). A file given beside it is only what a start falls back to.
 */
#ifndef NW_CONSUMERS_RATINGS_SOURCE_H
#define NW_CONSUMERS_RATINGS_SOURCE_H

#include <stdint.h>

#include "base/err.h"
#include "base/metrics.h"
#include "coverage/ratings.h"

struct ratings_source;

/* Where ratings come from; "" for what is not given. Neither: the empty table. */
struct ratings_place {
    const char *file;
    const char *url;    /* http or https; goes before file */
    const char *key;    /* bearer token for url */
    int64_t refresh_ms; /* look for a change this often; 0: never */
};

/* Holds the empty table until the first load. metrics is borrowed. */
struct ratings_source *ratings_source_new(struct metrics *metrics);
void ratings_source_free(struct ratings_source *source);

/* At the start: waits for the answer of place->url (15 s at most). Logs what is wrong.
 * NW_ERR_INPUT: nothing in the file can be read; NW_ERR_IO: it cannot be opened; NW_ERR_UNAVAILABLE: the
 * address gives no ratings and there is no file to fall back to. */
enum nw_err ratings_source_load(struct ratings_source *source,
                                const struct ratings_place *place) NW_MUST_CHECK;
/* Takes another place, or looks at the same one at once, changed or not. Does not wait for an address. */
void ratings_source_reload(struct ratings_source *source, const struct ratings_place *place);
/* A few times a second: moves a call on, looks for a change when it is time, also after a failure. Waits for
 * the network 50 ms at most, and only while a call is under way. */
void ratings_source_turn(struct ratings_source *source, int64_t now_mono_ms);
/* A reference to the table in use: ratings_unref() it. The context is a struct ratings_source, as
 * role_context.ratings wants it. */
struct ratings *ratings_source_current(void *source);

#endif
