#include "consumers/memory_budget.h"

static const size_t mib = (size_t)1024 * 1024;

enum per { PER_WORKER, PER_PROCESS };

enum nw_err memory_budget_divide(size_t limit_mb, size_t article_workers, struct memory_budget *out,
                                 size_t *least_mb)
{
    size_t given_mb = limit_mb / 2, wanted_mb = 0;
#define ADD(field, per, wanted, what)                                                                        \
    wanted_mb += (size_t)(wanted) * (PER_##per == PER_WORKER ? article_workers : 1);
    MEMORY_QUEUES(ADD)
#undef ADD
    if (given_mb * MEMORY_LEAST_PART < wanted_mb) {
        *least_mb = 2 * (wanted_mb / MEMORY_LEAST_PART + 1);
        return NW_ERR_INPUT;
    }
    if (given_mb > wanted_mb) given_mb = wanted_mb;
    *out = (struct memory_budget){
#define SHARE(field, per, wanted, what) .field = (wanted)*mib * given_mb / wanted_mb,
        MEMORY_QUEUES(SHARE)
#undef SHARE
    };
    return NW_OK;
}
