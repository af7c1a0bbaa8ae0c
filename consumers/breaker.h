/*
 * breaker - a circuit breaker in front of a service that may be away.
 *
 * Closed: calls pass. After `failures` failures in a row it opens: nothing passes for open_ms. Then one call
 * is let through (half open): its success closes the breaker, its failure opens it again, twice as long as
 * before, open_max_ms at most. A service that names a time to wait (Retry-After) opens it at once for that
 * time.
 *
 * Pure: time is an argument, on any clock that does not go back; *_ms are milliseconds of it. One thread.
 * Source: M. Nygard, Release It!, 2nd ed. 2018, ch. 5 "Circuit Breaker".
 */
#ifndef NW_CONSUMERS_BREAKER_H
#define NW_CONSUMERS_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

struct breaker_policy {
    unsigned failures;            /* in a row, that open it; at least 1 */
    int64_t open_ms, open_max_ms; /* 0 < open_ms <= open_max_ms */
};

enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN };

/* A value; its fields are the breaker's own. */
struct breaker {
    struct breaker_policy policy;
    enum breaker_state state;
    unsigned failures;   /* in a row, while closed */
    int64_t open_for_ms; /* how long it opens the next time */
    int64_t open_until_ms;
    bool trying; /* half open: the one call is under way */
};

void breaker_init(struct breaker *breaker, const struct breaker_policy *policy);

/* Whether a call may be made now. True in the half-open state takes the one call: the caller makes it and
 * reports how it went, by breaker_success(), breaker_failure() or breaker_abandoned(). */
bool breaker_allows(struct breaker *breaker, int64_t now_ms);
/* When breaker_allows() is worth asking again: now_ms when it may be true, INT64_MAX while the one call of
 * the half-open state is under way. */
int64_t breaker_next_ms(const struct breaker *breaker, int64_t now_ms);

void breaker_success(struct breaker *breaker);
/* hold_ms > 0: the service asked for that much rest (bounded by open_max_ms); 0: it did not. */
void breaker_failure(struct breaker *breaker, int64_t now_ms, int64_t hold_ms);
/* The call ended without saying anything of the service (the process stops, our own fault). */
void breaker_abandoned(struct breaker *breaker);

#endif
