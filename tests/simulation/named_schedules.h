/* named_schedules - what happens in each named schedule, and which guards it is about; named.c runs them. */
#ifndef NW_TESTS_SIMULATION_NAMED_SCHEDULES_H
#define NW_TESTS_SIMULATION_NAMED_SCHEDULES_H

#include <stddef.h>
#include <stdint.h>

#include "base/guard.h"

/* Guards of the code, and of what it stands on. */
enum {
    NO_TOKEN = 1u << GUARD_TOKEN,
    NO_POSITION = 1u << GUARD_POSITION,
    NO_MARKS = 1u << GUARD_MARKS,
    NO_OUTBOX = 1u << GUARD_OUTBOX,
    NO_RESUME = 1u << GUARD_RESUME,
    NO_PUBLISHER = 1u << GUARD_PUBLISHER,
    NO_FENCING = 1u << GUARD_COUNT, /* the brokers take a former epoch's records */
    NO_WATCH = 2u << GUARD_COUNT,   /* redis does not watch */
};

enum { BREAKS_MAX = 3 };
/* The exit code of a schedule that does not come to the state it is about. */
enum { NOT_REACHED = 3 };

struct named {
    const char *name, *what;
    void (*run)(void);           /* in a world of its own, after named_schedules_begin() */
    unsigned breaks[BREAKS_MAX]; /* switched off together, each of these has to break it */
    unsigned holds[BREAKS_MAX];  /* ... and each of these not: another guard does it alone */
};

extern const struct named named_schedules[];
extern const size_t named_schedule_count;

void named_schedules_begin(uint64_t seed);

#endif
