/* await - waits in a test for what another thread or process brings about. */
#ifndef NW_TESTS_SUPPORT_AWAIT_H
#define NW_TESTS_SUPPORT_AWAIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"

enum { AWAIT_MS = 60000 };

/* Looks again and again; the test fails when it has not come true in a minute. */
#define await_true(condition)                                                                                \
    do {                                                                                                     \
        const int64_t await_until = clock_mono_ms() + AWAIT_MS;                                              \
        while (!(condition)) {                                                                               \
            if (clock_mono_ms() > await_until) fail_msg("has not come: %s", #condition);                     \
            usleep(5000);                                                                                    \
        }                                                                                                    \
    } while (0)

#endif
