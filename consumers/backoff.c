#include "consumers/backoff.h"

#include <assert.h>

int64_t backoff_ms(unsigned retry, int64_t base_ms, int64_t max_ms, int64_t asked_ms, uint64_t random)
{
    assert(base_ms > 0 && base_ms <= max_ms);
    int64_t whole_ms = base_ms;
    for (unsigned i = 0; i < retry && whole_ms < max_ms; i++)
        whole_ms = whole_ms > max_ms / 2 ? max_ms : whole_ms * 2;
    int64_t half_ms = whole_ms / 2;
    int64_t wait_ms = half_ms + (int64_t)(random % (uint64_t)(whole_ms - half_ms + 1));
    return wait_ms > asked_ms ? wait_ms : asked_ms;
}
