/*
 * replay_machine - one features partition of a replay: records in, summaries out.
 *
 * What the story consumer does, without Kafka and Redis: every record is its own batch. Summaries are built
 * once a story, when nothing can follow: at the end, or when the story is merged or dropped
 * (--revisions: at every change).
 */
#ifndef NW_DAEMON_REPLAY_MACHINE_H
#define NW_DAEMON_REPLAY_MACHINE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "coverage/coverage.h"
#include "coverage/ratings.h"
#include "daemon/replay_trace.h"
#include "stories/partition.h"

/* Shared by all machines of a replay; borrowed. */
struct replay_setting {
    struct story_policy policy;
    struct coverage_policy coverage;
    const struct ratings *ratings;
    const char *features_topic;
    bool revisions;
    FILE *summaries; /* NULL: none are built */
    struct replay_trace *trace;
};

struct replay_machine;

struct replay_machine *replay_machine_new(const struct replay_setting *setting, int32_t partition);
void replay_machine_free(struct replay_machine *machine);

/* offset is at least the machine's next offset. place says where the record came from: "line 12". */
void replay_machine_apply(struct replay_machine *machine, const struct features_record *record,
                          uint64_t offset, int64_t append_ms, const char *place);
uint64_t replay_machine_next_offset(const struct replay_machine *machine);
/* Everything has been read: writes the summaries that are left. */
void replay_machine_finish(struct replay_machine *machine);

#endif
