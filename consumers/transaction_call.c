#include "consumers/transaction_call.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/alloc.h"

enum { CALL_TIMEOUT_MS = 10 * 1000 };

struct transaction_call {
    enum transaction_step step;
    rd_kafka_t *rk;
    bool under_way; /* of the owner: started and not fetched yet */

    pthread_mutex_t lock; /* of the rest */
    pthread_cond_t done;
    bool returned;
    rd_kafka_error_t *error;
    void (*dispose)(void *context); /* not NULL: the owner has gone */
    void *context;
};

struct transaction_call *transaction_call_new(void)
{
    struct transaction_call *call = nw_calloc(1, sizeof(*call));
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&call->done, &attributes);
    pthread_condattr_destroy(&attributes);
    pthread_mutex_init(&call->lock, NULL);
    return call;
}

static void dispose(struct transaction_call *call)
{
    if (call->error != NULL) rd_kafka_error_destroy(call->error);
    pthread_cond_destroy(&call->done);
    pthread_mutex_destroy(&call->lock);
    call->dispose(call->context);
    free(call);
}

static rd_kafka_error_t *run_step(enum transaction_step step, rd_kafka_t *rk)
{
    switch (step) {
    case TRANSACTION_INIT:
        return rd_kafka_init_transactions(rk, CALL_TIMEOUT_MS);
    case TRANSACTION_COMMIT:
        return rd_kafka_commit_transaction(rk, CALL_TIMEOUT_MS);
    case TRANSACTION_ABORT:
        break;
    }
    return rd_kafka_abort_transaction(rk, CALL_TIMEOUT_MS);
}

static void *run(void *argument)
{
    struct transaction_call *call = argument;
    rd_kafka_error_t *error = run_step(call->step, call->rk);
    pthread_mutex_lock(&call->lock);
    call->error = error;
    call->returned = true;
    bool owner_gone = call->dispose != NULL;
    pthread_cond_signal(&call->done);
    pthread_mutex_unlock(&call->lock);
    if (owner_gone) dispose(call);
    return NULL;
}

void transaction_call_free(struct transaction_call *call, void (*dispose_of)(void *context), void *context)
{
    pthread_mutex_lock(&call->lock);
    call->dispose = dispose_of;
    call->context = context;
    bool running = call->under_way && !call->returned;
    pthread_mutex_unlock(&call->lock);
    if (!running) dispose(call);
}

void transaction_call_start(struct transaction_call *call, enum transaction_step step, rd_kafka_t *rk)
{
    assert(!call->under_way);
    call->step = step;
    call->rk = rk;
    call->returned = false;
    pthread_attr_t attributes;
    pthread_t thread;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    call->under_way = pthread_create(&thread, &attributes, run, call) == 0;
    pthread_attr_destroy(&attributes);
    /* No thread to be had now: not under way, so the owner starts it again at its next step. */
}

bool transaction_call_under_way(const struct transaction_call *call)
{
    return call->under_way;
}

bool transaction_call_returned(struct transaction_call *call, int wait_ms, rd_kafka_error_t **error)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += (long)(wait_ms % 1000) * 1000000L;
    until.tv_sec += wait_ms / 1000 + until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&call->lock);
    while (!call->returned && wait_ms > 0)
        if (pthread_cond_timedwait(&call->done, &call->lock, &until) != 0) break;
    bool returned = call->under_way && call->returned;
    if (returned) {
        *error = call->error;
        call->error = NULL;
        call->under_way = false;
    }
    pthread_mutex_unlock(&call->lock);
    return returned;
}
