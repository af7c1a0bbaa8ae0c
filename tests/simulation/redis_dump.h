/* redis_dump - what the fake Redis holds of a features partition. */
#ifndef NW_TESTS_SIMULATION_REDIS_DUMP_H
#define NW_TESTS_SIMULATION_REDIS_DUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stories/partition.h"

/* In the words of support/state_dump.h, as fake_store_dump(). */
char *redis_dump(int32_t partition);
/* Live, closed and recent sets, links, rankings, ratings version. */
void redis_dump_check_sets(int32_t partition, const struct partition *machine, char *why, size_t size,
                           bool *failed);
/* Public counts of one story. */
void redis_dump_check_story(int32_t partition, const struct story *story, const struct source_table *sources,
                            char *why, size_t size, bool *failed);
/* The last summary of a story, "" when there is none. */
const char *redis_dump_summary(int32_t partition, struct id128 story);
/* The position is the log's end, the outbox is empty, the counts are made with the ratings in use. */
bool redis_dump_is_settled(int32_t partition, size_t log_end, char *left, size_t size);

#endif
