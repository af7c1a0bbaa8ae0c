/*
 * schedule - what happens when: at random from a seed, or step by step for a named one.
 */
#ifndef NW_TESTS_SIMULATION_SCHEDULE_H
#define NW_TESTS_SIMULATION_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "simulation/oracle.h"
#include "simulation/sim.h"

enum { WHY_MAX = 16384 };

/* A world, a random schedule, everything mended, and the oracle. False: why says what is wrong. */
bool schedule_random(uint64_t seed, char why[WHY_MAX], struct oracle_figures *figures);

/* ---- for named schedules ---- */

/* Runs a process for so many steps; some milliseconds pass with each. */
void schedule_steps(struct process *process, int steps);
/* Until it is about to do (or has just done) what is described; false: it did not come there. */
bool schedule_until(struct process *process, enum sim_point point, const char *what);
/* Until its polls give nothing, several times in a row. */
void schedule_until_idle(struct process *process);
/* All that is frozen, late or down comes back, and the world runs until nothing is left to do. False: it
 * does not come to an end. */
bool schedule_settle(void);

#endif
