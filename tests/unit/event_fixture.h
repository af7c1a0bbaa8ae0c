/* event_fixture - a decoder of events and the arena its results live in. */
#ifndef NW_TESTS_EVENT_FIXTURE_H
#define NW_TESTS_EVENT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "articles/event.h"
#include "base/alloc.h"
#include "base/instant.h"

#define APPEND_MS INT64_C(1760011200000) /* 2025-10-09T12:00:00Z */

struct fixture {
    struct event_decoder *decoder;
    struct arena *arena;
    struct event_list list; /* of the last record */
};

static inline int fixture_begin(void **state)
{
    struct fixture *f = nw_calloc(1, sizeof(*f));
    f->decoder = event_decoder_new(NULL, 0);
    f->arena = arena_new();
    *state = f;
    return 0;
}

static inline int fixture_end(void **state)
{
    struct fixture *f = *state;
    event_decoder_free(f->decoder);
    arena_free(f->arena);
    free(f);
    return 0;
}

/* The first event of a record; the others are in f->list. */
static inline const struct event *decode_record(struct fixture *f, const struct input_record *record)
{
    event_decode(f->decoder, f->arena, record, &f->list);
    assert_true(f->list.count > 0);
    return f->list.events;
}

#endif
