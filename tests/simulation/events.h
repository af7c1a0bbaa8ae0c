/*
 * events - what is fed into the articles topic, and what the article stage makes of it.
 *
 * A record holds one or two events as plain structs. The article pipeline is swapped for one that reads
 * them: parsing and languages are no part of the protocol, and would be most of the time.
 */
#ifndef NW_TESTS_SIMULATION_EVENTS_H
#define NW_TESTS_SIMULATION_EVENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "articles/features_record.h"
#include "base/arena.h"

enum event_kind { EVENT_ARTICLE, EVENT_MOVE, EVENT_RETRACT, EVENT_CORRECT, EVENT_BAD };
enum { EVENT_LANGUAGES = 3 };

struct sim_event {
    enum event_kind kind;
    unsigned url, producer_id; /* producer_id 0: none */
    unsigned language, source, event, side, theme, content, group, words;
    int64_t published_ms, version_ms; /* 0: none */
    /* EVENT_CORRECT: of the story that was its language's so many'th, merged into that one; of articles alone
     * when story is negative. The articles are url and the few after it. */
    enum correction_kind correction;
    int story, into;
};

enum { EVENTS_A_RECORD = 2 };
struct event_record {
    struct sim_event events[EVENTS_A_RECORD];
    size_t count;
};

void events_reset(void);
/* A random record, later in event time than the one before. */
struct event_record events_random(void);
/* An article as any other; change what matters. */
struct sim_event events_article(unsigned event, unsigned url);
/* Into the articles topic. */
void events_feed(int32_t partition, const struct event_record *record);
void events_feed_one(int32_t partition, struct sim_event event);

const char *events_language(unsigned language);
/* Its language was changed once: until what is stored of the other one has gone, it may be in two stories. */
bool events_was_moved(struct id128 article);
bool events_has_bad(const struct event_record *record);
/* Its one record goes to every features partition. */
bool events_is_for_all(const struct sim_event *event);
/* The features partition of what goes to one. */
int32_t events_partition(const struct sim_event *event);

#endif
