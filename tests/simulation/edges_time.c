/* The clocks, random bytes and sleep of the system, as the simulated world has them. */
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/clock.h"
#include "simulation/sim.h"

int64_t clock_mono_ms(void)
{
    return sim_mono_ms();
}

int64_t clock_mono_us(void)
{
    return sim_mono_ms() * 1000;
}

int64_t clock_wall_ms(void)
{
    return sim_wall_ms();
}

ssize_t getrandom(void *buffer, size_t length, unsigned flags)
{
    (void)flags;
    for (size_t at = 0; at < length; at++) ((unsigned char *)buffer)[at] = (unsigned char)sim_token_random();
    return (ssize_t)length;
}

int nanosleep(const struct timespec *wanted, struct timespec *left)
{
    (void)left;
    sim_current->idle = true;
    sim_current->idle_ms = (int)(wanted->tv_sec * 1000 + wanted->tv_nsec / 1000000);
    process_yield(POINT_SLEEP, "");
    return 0;
}
