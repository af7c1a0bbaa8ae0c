/*
 * request_budget - so many requests an hour, spread over it.
 *
 * A token bucket: a tenth of the hour's requests may go at once, the rest comes evenly, so that a story that
 * becomes big late in the hour still finds some. In no hour do more than the given number pass: what may
 * go at once is taken off what comes.
 *
 * Pure: time is an argument, on a clock that does not go back. One thread.
 */
#ifndef NW_CONSUMERS_REQUEST_BUDGET_H
#define NW_CONSUMERS_REQUEST_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

/* A value; its fields are the budget's own. */
struct request_budget {
    double tokens, burst, per_ms;
    int64_t at_ms;
};

/* hourly >= 1 */
void request_budget_init(struct request_budget *budget, int hourly, int64_t now_ms);
/* Whether there is one to take; takes none. */
bool request_budget_has(struct request_budget *budget, int64_t now_ms);
/* Takes one, which there must be. */
void request_budget_take(struct request_budget *budget);

#endif
