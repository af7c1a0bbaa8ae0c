#include "consumers/breaker.h"

#include <assert.h>

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void breaker_init(struct breaker *breaker, const struct breaker_policy *policy)
{
    assert(policy->failures >= 1 && policy->open_ms > 0 && policy->open_ms <= policy->open_max_ms);
    *breaker = (struct breaker){.policy = *policy, .open_for_ms = policy->open_ms};
}

bool breaker_allows(struct breaker *breaker, int64_t now_ms)
{
    if (breaker->state == BREAKER_CLOSED) return true;
    if (breaker->state == BREAKER_OPEN && now_ms >= breaker->open_until_ms)
        breaker->state = BREAKER_HALF_OPEN;
    if (breaker->state == BREAKER_OPEN || breaker->trying) return false;
    breaker->trying = true;
    return true;
}

int64_t breaker_next_ms(const struct breaker *breaker, int64_t now_ms)
{
    if (breaker->state == BREAKER_OPEN && now_ms < breaker->open_until_ms) return breaker->open_until_ms;
    return breaker->trying ? INT64_MAX : now_ms;
}

void breaker_success(struct breaker *breaker)
{
    struct breaker_policy policy = breaker->policy;
    /* A call that was under way when others failed says less than they do. */
    if (breaker->state == BREAKER_OPEN) return;
    breaker_init(breaker, &policy);
}

static void open(struct breaker *breaker, int64_t now_ms, int64_t for_ms)
{
    int64_t until_ms = now_ms + least(for_ms, breaker->policy.open_max_ms);
    if (breaker->state != BREAKER_OPEN || until_ms > breaker->open_until_ms)
        breaker->open_until_ms = until_ms;
    breaker->state = BREAKER_OPEN;
    breaker->failures = 0;
    breaker->trying = false;
}

void breaker_failure(struct breaker *breaker, int64_t now_ms, int64_t hold_ms)
{
    if (breaker->state == BREAKER_OPEN) {
        if (hold_ms > 0) open(breaker, now_ms, hold_ms);
        return;
    }
    bool failed_again = breaker->state == BREAKER_HALF_OPEN;
    breaker->failures++;
    if (!failed_again && hold_ms <= 0 && breaker->failures < breaker->policy.failures) return;
    if (failed_again) breaker->open_for_ms = least(breaker->open_for_ms * 2, breaker->policy.open_max_ms);
    open(breaker, now_ms, hold_ms > breaker->open_for_ms ? hold_ms : breaker->open_for_ms);
}

void breaker_abandoned(struct breaker *breaker)
{
    breaker->trying = false;
}
