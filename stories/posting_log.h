/*
 * posting_log - the stories (slots) of a term that so many hold that nobody asks which.
 *
 * They are kept only for the day on which fewer do. So a change is one more slot at the end of a log, whether
 * the story came or went: it is in as often as it changed sides, and whoever is in an odd number of times is
 * there. A full log is settled: what remains is each story that is there, once. Ten changes of a list so
 * touch one place in memory, and not ten as in a hash set of a million.
 */
#ifndef NW_STORIES_POSTING_LOG_H
#define NW_STORIES_POSTING_LOG_H

#include <stddef.h>
#include <stdint.h>

struct posting_log {
    uint32_t *cells; /* owned */
    uint32_t count;  /* stories that are there */
    uint32_t used, room;
};

/* A bit a slot, all 0 but while a log is settled; for all logs of an index. */
struct posting_bits {
    uint64_t *words; /* owned */
    size_t capacity;
};

/* Of count slots, each once. */
void posting_log_init(struct posting_log *log, const uint32_t *slots, uint32_t count);
void posting_log_fini(struct posting_log *log);
/* The slot was not there / was there: nobody looks, and it shows only when the log is settled (an assertion).
 */
void posting_log_add(struct posting_log *log, struct posting_bits *bits, uint32_t slot);
void posting_log_remove(struct posting_log *log, struct posting_bits *bits, uint32_t slot);
/* Afterwards the first count cells are the slots that are there, each once, in any order. */
void posting_log_settle(struct posting_log *log, struct posting_bits *bits);

#endif
