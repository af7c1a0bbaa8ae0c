#include "stories/posting_log.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { BITS = 64, LEAST_ROOM = 512 };

/* Half as much again as there is. */
static void make_room(struct posting_log *log)
{
    uint32_t room = log->used + log->used / 2;
    log->room = room > LEAST_ROOM ? room : LEAST_ROOM;
    log->cells = nw_realloc(log->cells, log->room, sizeof(*log->cells));
}

void posting_log_init(struct posting_log *log, const uint32_t *slots, uint32_t count)
{
    *log = (struct posting_log){.count = count, .used = count};
    make_room(log);
    memcpy(log->cells, slots, count * sizeof(*slots));
}

void posting_log_fini(struct posting_log *log)
{
    free(log->cells);
    log->cells = NULL;
}

static void put(struct posting_log *log, struct posting_bits *bits, uint32_t slot)
{
    if (log->used == log->room) {
        posting_log_settle(log, bits);
        make_room(log);
    }
    log->cells[log->used++] = slot;
}

void posting_log_add(struct posting_log *log, struct posting_bits *bits, uint32_t slot)
{
    put(log, bits, slot);
    log->count++;
}

void posting_log_remove(struct posting_log *log, struct posting_bits *bits, uint32_t slot)
{
    assert(log->count > 0);
    put(log, bits, slot);
    log->count--;
}

static void hold_bits(struct posting_bits *bits, const struct posting_log *log)
{
    uint32_t last = 0;
    for (uint32_t i = 0; i < log->used; i++) last = log->cells[i] > last ? log->cells[i] : last;
    size_t words = last / BITS + 1, held = bits->capacity;
    if (words <= held) return;
    bits->words = nw_grow(bits->words, &bits->capacity, words, sizeof(*bits->words));
    memset(bits->words + held, 0, (bits->capacity - held) * sizeof(*bits->words));
}

void posting_log_settle(struct posting_log *log, struct posting_bits *bits)
{
    hold_bits(bits, log);
    uint64_t *words = bits->words;
    for (uint32_t i = 0; i < log->used; i++)
        words[log->cells[i] / BITS] ^= UINT64_C(1) << log->cells[i] % BITS;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < log->used; i++) { /* without a branch: the first time it is seen */
        uint32_t slot = log->cells[i];
        uint64_t bit = UINT64_C(1) << slot % BITS;
        log->cells[kept] = slot;
        kept += (words[slot / BITS] & bit) != 0;
        words[slot / BITS] &= ~bit;
    }
    assert(kept == log->count);
    log->used = kept;
}
