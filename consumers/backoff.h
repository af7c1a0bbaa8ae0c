/*
 * backoff - how long to wait before trying again. Pure: the random number is an argument.
 *
 * Exponential with jitter: many instances that failed together do not come back together.
 * Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015 ("equal jitter").
 */
#ifndef NW_CONSUMERS_BACKOFF_H
#define NW_CONSUMERS_BACKOFF_H

#include <stdint.h>

/*
 * Milliseconds before try number `retry` (0: the first repetition): between half and the whole of
 * base_ms * 2^retry, max_ms at most. random is uniform over 64 bits. asked_ms is what the service asked for
 * (Retry-After; 0: nothing): never less than it, and it is not cut to max_ms.
 */
int64_t backoff_ms(unsigned retry, int64_t base_ms, int64_t max_ms, int64_t asked_ms, uint64_t random);

#endif
