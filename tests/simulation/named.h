/* named - schedules that have a name: what each guard holds off, and bugs that were found. */
#ifndef NW_TESTS_SIMULATION_NAMED_H
#define NW_TESTS_SIMULATION_NAMED_H

void named_list(void);
/* 0: all went as they must, with the guards on and off. */
int named_run_all(void);
int named_run_some(char **names, int count);

#endif
