#include "consumers/request_budget.h"

#include <assert.h>

static const double HOUR_MS = 3600.0 * 1000.0;

void request_budget_init(struct request_budget *budget, int hourly, int64_t now_ms)
{
    assert(hourly >= 1);
    int burst = hourly / 10 > 1 ? hourly / 10 : 1;
    *budget = (struct request_budget){
        .tokens = burst, .burst = burst, .per_ms = (hourly - burst + 1) / HOUR_MS, .at_ms = now_ms};
}

bool request_budget_has(struct request_budget *budget, int64_t now_ms)
{
    budget->tokens += (double)(now_ms - budget->at_ms) * budget->per_ms;
    if (budget->tokens > budget->burst) budget->tokens = budget->burst;
    budget->at_ms = now_ms;
    return budget->tokens >= 1.0;
}

void request_budget_take(struct request_budget *budget)
{
    assert(budget->tokens >= 1.0);
    budget->tokens -= 1.0;
}
