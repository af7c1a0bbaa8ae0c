/*
 * replay_progress - how far a replay is, and what it has refused: a line on a terminal while it runs, the
 * first refused records by name at the end. All on stderr.
 */
#ifndef NW_DAEMON_REPLAY_PROGRESS_H
#define NW_DAEMON_REPLAY_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

enum { REPLAY_PROGRESS_NAMED = 20 };

struct replay_progress {
    int64_t started_mono_ms, shown_mono_ms;
    uint64_t records; /* lines, or records of the dump */
    uint64_t size;    /* bytes of the input, 0: not known */
    bool terminal;    /* stderr is one: show a line */
    uint64_t refused;
    char *named[REPLAY_PROGRESS_NAMED]; /* the first of the refused */
};

void replay_progress_init(struct replay_progress *progress, FILE *in);
/* After each record. */
void replay_progress_step(struct replay_progress *progress, FILE *in);
void replay_progress_refuse(struct replay_progress *progress, const char *place, const char *code,
                            const char *reason);
/* Wipes the line, names what was refused; frees. */
void replay_progress_finish(struct replay_progress *progress);

#endif
