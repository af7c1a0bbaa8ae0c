/*
 * clock - wall and monotonic milliseconds, for the edges only (the core takes times as arguments).
 *
 * The two kinds never share a variable: *_ms is the Unix epoch, UTC; *_mono_ms the monotonic clock.
 */
#ifndef NW_BASE_CLOCK_H
#define NW_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_wall_ms(void);
int64_t clock_mono_ms(void);
/* For measuring short things. */
int64_t clock_mono_us(void);

#endif
