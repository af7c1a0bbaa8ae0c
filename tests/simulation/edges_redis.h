/* edges_redis - consumers/redis.h over fake_redis, with lost replies and late arrivals. */
#ifndef NW_TESTS_SIMULATION_EDGES_REDIS_H
#define NW_TESTS_SIMULATION_EDGES_REDIS_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes that their sender has given up and that have not arrived. */
size_t delayed_count(void);
/* The oldest of them arrives, or is lost. */
void delayed_release(bool arrives);
void delayed_reset(void);

#endif
