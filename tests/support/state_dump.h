/*
 * state_dump - what is held of a features partition as sorted lines of text: equal texts, equal state.
 *
 * fake_store.h and the simulation's redis_dump.h hold it in other ways and say it in these words.
 */
#ifndef NW_TESTS_SUPPORT_STATE_DUMP_H
#define NW_TESTS_SUPPORT_STATE_DUMP_H

#include <stddef.h>

#include "stories/partition.h"

struct state_dump { /* begins with zeros */
    char **lines;
    size_t count, capacity;
};

/* bytes are written in hex. */
void state_dump_add(struct state_dump *dump, const char *what, const char *key, const void *bytes,
                    size_t len);
void state_dump_source(struct state_dump *dump, const char *domain, const struct source_delta *sum);
void state_dump_totals(struct state_dump *dump, const struct partition_totals *totals);
/* The text, for the caller to free(); the dump is empty again. */
char *state_dump_text(struct state_dump *dump);

#endif
