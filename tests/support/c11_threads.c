/*
 * c11_threads - C11's thread calls by those of POSIX, for the ThreadSanitizer build alone.
 *
 * librdkafka starts its threads with thrd_create(), which ThreadSanitizer of gcc 12 does not intercept: it
 * crashes on the first call that such a thread makes. These take the C library's place in the program.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>

struct start {
    thrd_start_t body;
    void *argument;
};

static void *run(void *context)
{
    struct start start = *(struct start *)context;
    free(context);
    return (void *)(intptr_t)start.body(start.argument);
}

int thrd_create(thrd_t *thread, thrd_start_t body, void *argument)
{
    struct start *start = malloc(sizeof(*start));
    if (start == NULL) return thrd_nomem;
    *start = (struct start){body, argument};
    if (pthread_create(thread, NULL, run, start) == 0) return thrd_success;
    free(start);
    return thrd_error;
}

int thrd_join(thrd_t thread, int *result)
{
    void *value;
    if (pthread_join(thread, &value) != 0) return thrd_error;
    if (result != NULL) *result = (int)(intptr_t)value;
    return thrd_success;
}
