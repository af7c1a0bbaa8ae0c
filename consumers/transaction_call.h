/*
 * transaction_call - one transactional call of librdkafka at a time, on a thread of its own.
 *
 * The calls can be given a timeout and called again, but librdkafka 2.0.2 ends the process ("Invalid
 * transaction state transition", rdkafka_txnmgr.c) when a commit's timeout is over before its first step is
 * done by another thread, so within a few milliseconds on a busy machine: the call then forgets that it is a
 * commit. The story thread has no more than those to give; here each call gets ten seconds.
 *
 * While a call is under way librdkafka may run the producer's callbacks on the call's thread, so the owner
 * uses neither the producer nor what the callbacks touch before transaction_call_returned().
 */
#ifndef NW_CONSUMERS_TRANSACTION_CALL_H
#define NW_CONSUMERS_TRANSACTION_CALL_H

#include <stdbool.h>

#include <librdkafka/rdkafka.h>

struct transaction_call;

enum transaction_step { TRANSACTION_INIT, TRANSACTION_COMMIT, TRANSACTION_ABORT };

struct transaction_call *transaction_call_new(void);
/* Frees it and calls dispose(context): at once when no call is under way, else on the call's thread when it
 * has returned. The owner keeps nothing that dispose frees. */
void transaction_call_free(struct transaction_call *call, void (*dispose)(void *context), void *context);

/* Only when none is under way. */
void transaction_call_start(struct transaction_call *call, enum transaction_step step, rd_kafka_t *rk);
bool transaction_call_under_way(const struct transaction_call *call);
/* Waits up to wait_ms for the call under way. True: it has returned, *error is its result (NULL: success),
 * the caller's; the next one may start. */
bool transaction_call_returned(struct transaction_call *call, int wait_ms, rd_kafka_error_t **error);

#endif
