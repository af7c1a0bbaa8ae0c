/*
 * outbox - in memory, the marks of ns:_outbox and when each story was told last.
 *
 * Decides what is due: closed and merged stories at once, updates when their story's interval is over,
 * tombstones when their time has come; among those the one that waits longest. A mark that is replaced
 * while its message is under way stays: every mark has a stamp, and only the stamp that was sent is cleared.
 * One thread.
 */
#ifndef NW_CONSUMERS_OUTBOX_H
#define NW_CONSUMERS_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "consumers/outbox_mark.h"

struct outbox;

struct outbox *outbox_new(void);
void outbox_free(struct outbox *outbox);

/* Sets or replaces the story's mark (it is in Redis now). */
void outbox_put(struct outbox *outbox, const struct outbox_mark *mark, int64_t now_mono_ms);
/* When the event came into Kafka that the story's mark is about (wall clock); of several since the last
 * message the earliest counts. Told again with the mark when it is taken: for measuring. */
void outbox_note_arrival(struct outbox *outbox, struct id128 story, int64_t arrived_ms);
/* The story's mark; NULL: none. */
const struct outbox_mark *outbox_find(const struct outbox *outbox, struct id128 story);

struct outbox_due {
    struct outbox_mark mark;
    uint64_t stamp;
    int64_t arrived_ms; /* see outbox_note_arrival(); NW_NO_TIME: unknown */
};
/* Up to max due marks into out, most urgent first; they count as under way until one of the calls below. */
size_t outbox_take(struct outbox *outbox, int64_t now_mono_ms, int64_t now_wall_ms, int64_t interval_ms,
                   struct outbox_due *out, size_t max);
/* Would outbox_take() give any? */
bool outbox_any_due(const struct outbox *outbox, int64_t now_mono_ms, int64_t now_wall_ms,
                    int64_t interval_ms);
/* The message could not be sent: it will be due again. */
void outbox_return(struct outbox *outbox, struct id128 story);
/* Kafka has the message. */
void outbox_sent(struct outbox *outbox, struct id128 story, uint64_t stamp, int64_t now_mono_ms,
                 int64_t now_wall_ms);
/* The mark is still the one that was sent: it may be cleared in Redis. */
bool outbox_is_sent(const struct outbox *outbox, struct id128 story, uint64_t stamp);
/* It has been cleared in Redis. */
void outbox_clear(struct outbox *outbox, struct id128 story, uint64_t stamp);

/* Wall clock of the closed message Kafka has; NW_NO_TIME when this process sent none. */
int64_t outbox_closed_sent_ms(const struct outbox *outbox, struct id128 story);

/* Marks not cleared, tombstones that wait for their time left out. */
/* Marks in all, those that wait for the EXEC that clears them included: as many as Redis holds. */
size_t outbox_marks(const struct outbox *outbox);
size_t outbox_pending(const struct outbox *outbox);
/* How long the oldest of them waits; 0: none. */
int64_t outbox_oldest_ms(const struct outbox *outbox, int64_t now_mono_ms);
/* The smallest changed_offset of a closed story's mark that is not sent; UINT64_MAX: none. */
uint64_t outbox_oldest_closed(const struct outbox *outbox);

#endif
