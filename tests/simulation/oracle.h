/*
 * oracle - what must be there in the end, from a straight replay of the logs through the pure partition.
 *
 * Compared are: every accepted event in the features topic, and in order; every refused one in the rejects;
 * the whole state in Redis byte for byte (header, stories, members, cards, aliases, withdrawals, totals,
 * source counts) and the public keys; every summary that was ever published, byte for byte with the story as
 * it was at that revision; and the last ones, as a reader of the highest revision sees them and as
 * compaction keeps them.
 */
#ifndef NW_TESTS_SIMULATION_ORACLE_H
#define NW_TESTS_SIMULATION_ORACLE_H

#include <stdbool.h>
#include <stddef.h>

struct oracle_figures {
    size_t records, seen_twice, corrected, stories, merges, splits, closed, dropped, summaries;
};

/* False: why says what differs. */
bool oracle_check(char *why, size_t size, struct oracle_figures *figures);
/* NULL: everything is done, the positions are at the end, nothing is in the outbox. */
const char *oracle_what_is_left(void);

#endif
