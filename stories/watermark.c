#include "stories/watermark.h"

#include <assert.h>

#include "base/instant.h"

void watermark_init(struct watermark *watermark)
{
    *watermark = (struct watermark){.value_ms = NW_NO_TIME, .first_ms = NW_NO_TIME};
}

/* The WATERMARK_RANK-th largest. */
static int64_t ranked(const struct watermark *watermark)
{
    int64_t largest[WATERMARK_RANK]; /* descending */
    unsigned held = 0;
    for (unsigned i = 0; i < watermark->count; i++) {
        int64_t time = watermark->ring[i];
        if (held == WATERMARK_RANK && time <= largest[held - 1]) continue;
        unsigned at = held < WATERMARK_RANK ? held++ : held - 1;
        while (at > 0 && largest[at - 1] < time) {
            largest[at] = largest[at - 1];
            at--;
        }
        largest[at] = time;
    }
    assert(held == WATERMARK_RANK);
    return largest[WATERMARK_RANK - 1];
}

void watermark_push(struct watermark *watermark, int64_t published_ms, int64_t append_ms)
{
    if (published_ms == NW_NO_TIME) return;
    int64_t time = append_ms != NW_NO_TIME && append_ms < published_ms ? append_ms : published_ms;
    watermark->ring[watermark->next] = time;
    watermark->next = (watermark->next + 1) % WATERMARK_RING;
    if (watermark->count < WATERMARK_RING) watermark->count++;
    if (watermark->count < WATERMARK_RANK) return;
    int64_t value = ranked(watermark);
    if (value > watermark->value_ms) watermark->value_ms = value; /* NW_NO_TIME is the smallest */
    if (watermark->first_ms == NW_NO_TIME) watermark->first_ms = value;
}

int64_t watermark_at(const struct watermark *watermark, unsigned i)
{
    assert(i < watermark->count);
    unsigned oldest = watermark->count == WATERMARK_RING ? watermark->next : 0;
    return watermark->ring[(oldest + i) % WATERMARK_RING];
}

int64_t watermark_age_ms(const struct watermark *watermark, int64_t since_ms)
{
    if (watermark->value_ms == NW_NO_TIME) return 0;
    return watermark->value_ms - (since_ms == NW_NO_TIME ? watermark->first_ms : since_ms);
}
