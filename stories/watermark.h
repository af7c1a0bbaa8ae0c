/*
 * watermark - the clock of a language: how far the news of it has come, in event time.
 *
 * The 8th largest of the last 32 dated times, each min(published, append time), so that neither one
 * poisoned nor one future date can move it (PROTOCOL.md 4). None before 8 dated times. It never goes
 * back: a burst of old articles would otherwise make a closed story's age shrink.
 */
#ifndef NW_STORIES_WATERMARK_H
#define NW_STORIES_WATERMARK_H

#include <stddef.h>
#include <stdint.h>

enum { WATERMARK_RING = 32, WATERMARK_RANK = 8 };

struct watermark {
    int64_t ring[WATERMARK_RING];
    unsigned count;   /* in the ring */
    unsigned next;    /* where the next one goes: the oldest, when the ring is full */
    int64_t value_ms; /* NW_NO_TIME: none yet */
    int64_t first_ms; /* the first value it had: what came before counts from here */
};

void watermark_init(struct watermark *watermark);
/* A placed article: published and append time, either NW_NO_TIME. Undated ones change nothing. */
void watermark_push(struct watermark *watermark, int64_t published_ms, int64_t append_ms);
/* The i-th oldest of the ring; i < count. */
int64_t watermark_at(const struct watermark *watermark, unsigned i);
/* How long ago since_ms is (NW_NO_TIME: before there was a watermark); 0 while there is none. */
int64_t watermark_age_ms(const struct watermark *watermark, int64_t since_ms);

#endif
