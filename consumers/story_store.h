/*
 * story_store - the state of one owned features partition in Redis.
 *
 * State and position move together: store_commit.h writes a batch in one transaction on the condition
 * that the owner's token and the stored position are still the ones this owner wrote. Whoever loads a
 * partition first writes a fresh random token, so nothing that an earlier owner (or an earlier self) has
 * under way can be applied any more.
 *
 * One store a partition, with its own connection; one thread. Errors: NW_ERR_UNAVAILABLE: Redis did not
 * answer, or not now; the outcome of what was under way is unknown until story_store_resume().
 * NW_ERR_CONFLICT: somebody else owns the partition, or Redis went back in time: forget the memory and load.
 * NW_ERR_REFUSED, NW_ERR_CORRUPT, NW_ERR_VERSION: an operator has to look; story_store_error() says why.
 */
#ifndef NW_CONSUMERS_STORY_STORE_H
#define NW_CONSUMERS_STORY_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/hash.h"
#include "consumers/options.h"
#include "consumers/outbox_mark.h"

struct story_store;

struct story_store *story_store_new(const struct redis_options *options, const char *features_topic,
                                    int32_t partition);
void story_store_free(struct story_store *store);
/* Why the last call failed, one sentence. */
const char *story_store_error(const struct story_store *store);
/* The name of the key that holds the position, for messages. */
const char *story_store_position_key(const struct story_store *store);
/* False: the next call has to be story_store_claim() or story_store_resume(). */
bool story_store_connected(const struct story_store *store);

/* Where the stored state of a partition stands. Two states of it are the same when these are equal: a
 * transaction need not move the position (a recount, marks that are cleared), but each has its number, so
 * that a Redis that went back by such a one is noticed as well. */
struct store_point {
    bool found; /* false: nothing is stored for this partition, the rest is 0 */
    uint64_t next_offset;
    uint64_t transactions; /* applied since the partition was first written */
};
bool store_point_equal(struct store_point a, struct store_point b);

struct stored_position {
    struct store_point point;
    const uint8_t *header; /* for partition_restore_header(); owned by the store until the next claim */
    size_t header_len;
    const char *ratings; /* version the stored counts were made with */
    uint64_t marks;      /* how many there are in the outbox */
};

/* Takes the partition: connects if need be, writes a fresh token whoever held it, and then
 * reads the position. The server's settings are checked once, at start (store_checks.h). */
enum nw_err story_store_claim(struct story_store *store, struct stored_position *out) NW_MUST_CHECK;

/* After a lost connection, a lost reply, or a time apart: connects if need be and, if the token is
 * still ours, replaces it by a fresh one (which shuts out what is still in flight on the old connection)
 * and tells where the state stands from then on. NW_ERR_CONFLICT: the token is another's. Waits for replicas
 * like a commit. */
enum nw_err story_store_resume(struct story_store *store, struct store_point *point) NW_MUST_CHECK;

/* Is the token still ours and the state there? */
enum nw_err story_store_verify(struct story_store *store, struct store_point expected) NW_MUST_CHECK;

/* For people who ask how the partition fares (newswired lag), beside its state: no condition guards it, and
 * who reads it compares the token. detail may be "". */
struct store_note {
    const char *instance, *state, *detail;
};
enum nw_err story_store_note(struct story_store *store, const struct store_note *note) NW_MUST_CHECK;

/* Cards of stories, for building summaries. visit gets each stored card; bytes are borrowed for the call.
 * After the cards, in the same exchange, token and state are read: NW_ERR_CONFLICT when they are not ours and
 * as expected, and then no card of that exchange was visited. So what is built belongs to the memory it is
 * built with, and a producer that was initialised before is the last owner's. count 0: only that. */
enum nw_err story_store_read_cards(struct story_store *store, struct store_point expected,
                                   const struct id128 *stories, size_t count,
                                   void (*visit)(void *context, size_t story, struct id128 article,
                                                 const uint8_t *bytes, size_t len),
                                   void *context) NW_MUST_CHECK;

#endif
