#include "bench/support/made_up.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "articles/features_compute.h"
#include "base/alloc.h"
#include "base/instant.h"

enum {
    VOCABULARY_LOG2 = 21,
    OWN_WORDS = 40,  /* of a story */
    OWN_NAMES = 6,   /* the first of them are names */
    TITLE_WORDS = 8, /* after stop words, as the article stage leaves them out */
    LEAD_WORDS = 26,
    BODY_WORDS = FEATURES_BODY_TERMS, /* of texts that go on */
    SOURCES = 2000,
};

/* What an article's words are drawn from: nothing else is kept of a story. */
struct topic {
    uint64_t seed; /* of its own words */
};

struct made_up {
    struct topic *recent; /* a ring of the topics of the last articles */
    size_t recent_room, recent_count;
    uint64_t seed, made;
    int64_t step_us; /* of event time an article */
};

struct made_up *made_up_new(uint64_t seed, size_t live, int64_t idle_expiry_ms)
{
    struct made_up *made_up = nw_calloc(1, sizeof(*made_up));
    made_up->seed = seed;
    made_up->step_us = idle_expiry_ms * 1000 / (int64_t)(live * MADE_UP_ARTICLES_A_STORY);
    made_up->recent_room = live * MADE_UP_ARTICLES_A_STORY / 14 + 1; /* half a day of the week */
    made_up->recent = nw_calloc(made_up->recent_room, sizeof(*made_up->recent));
    return made_up;
}

void made_up_free(struct made_up *made_up)
{
    free(made_up->recent);
    free(made_up);
}

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

static uint64_t next_random(struct made_up *made_up)
{
    return mix(made_up->seed += UINT64_C(0x9E3779B97F4A7C15));
}

static double unit(uint64_t random)
{
    return (double)(random >> 11) / 9007199254740992.0;
}

static uint64_t word_of(uint64_t rank, enum term_kind kind)
{
    return (mix(rank + 1) & ~UINT64_C(3)) | (uint64_t)kind;
}

/* Zipf: rank r about as often as 1/r; the commonest 100 are stop words. */
static uint64_t common_rank(uint64_t random)
{
    double least = log(100), most = VOCABULARY_LOG2 * log(2);
    return (uint64_t)exp(least + unit(random) * (most - least));
}

/* The i-th own word of a topic: rarer than the words of everyday, the names rarer still. */
static uint64_t own_rank(const struct topic *topic, unsigned i)
{
    double least = log(i < OWN_NAMES ? 20000 : 1000), most = VOCABULARY_LOG2 * log(2);
    return (uint64_t)exp(least + unit(mix(topic->seed + i)) * (most - least));
}

static uint64_t pick_rank(struct made_up *made_up, const struct topic *topic)
{
    uint64_t random = next_random(made_up);
    if (random % 3 != 0) return common_rank(next_random(made_up));
    double place = unit(next_random(made_up)); /* the first own words come most */
    return own_rank(topic, (unsigned)(place * place * OWN_WORDS));
}

static int by_hash(const void *a, const void *b)
{
    const struct term *x = a, *y = b;
    return x->hash < y->hash ? -1 : x->hash > y->hash;
}

static struct term_list close_list(struct term *terms, size_t count)
{
    size_t kept = 0;
    qsort(terms, count, sizeof(*terms), by_hash);
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && terms[kept - 1].hash == terms[i].hash)
            terms[kept - 1].count += terms[i].count;
        else
            terms[kept++] = terms[i];
    }
    return (struct term_list){terms, (uint32_t)kept};
}

static struct term_list make_text(struct made_up *made_up, const struct topic *topic, struct term *terms,
                                  size_t words, bool bigrams)
{
    size_t count = 0;
    uint64_t before = 0;
    for (size_t i = 0; i < words; i++) {
        uint64_t rank = pick_rank(made_up, topic);
        terms[count++] = (struct term){word_of(rank, TERM_WORD), 2};
        if (bigrams && i > 0) terms[count++] = (struct term){word_of(before << 32 | rank, TERM_BIGRAM), 1};
        before = rank;
    }
    return close_list(terms, count);
}

static struct term_list make_names(struct made_up *made_up, const struct topic *topic, struct term *terms)
{
    size_t count = 0;
    for (unsigned i = 0; i < OWN_NAMES; i++)
        if (next_random(made_up) % 3 != 0)
            terms[count++] = (struct term){word_of(own_rank(topic, i), TERM_ENTITY), 2};
    for (unsigned i = 0; i < 4; i++)
        terms[count++] = (struct term){word_of(common_rank(next_random(made_up)), TERM_ENTITY), 2};
    return close_list(terms, count);
}

static struct topic choose_topic(struct made_up *made_up)
{
    uint64_t random = next_random(made_up);
    struct topic topic = {.seed = random};
    if (made_up->recent_count > 0 && unit(next_random(made_up)) * MADE_UP_ARTICLES_A_STORY >= 1) {
        size_t held =
            made_up->recent_count < made_up->recent_room ? made_up->recent_count : made_up->recent_room;
        topic = made_up->recent[random % held];
    }
    made_up->recent[made_up->recent_count++ % made_up->recent_room] = topic;
    return topic;
}

void made_up_next(struct made_up *made_up, struct made_up_record *out)
{
    const struct topic topic = choose_topic(made_up);
    struct term *terms = out->terms;
    uint64_t number = made_up->made++;
    int64_t now_ms = INT64_C(1760000000000) + (int64_t)number * made_up->step_us / 1000;
    struct features_record *record = &out->record;
    memset(record, 0, sizeof(*record));
    snprintf(out->source, sizeof(out->source), "paper%u.example", (unsigned)(next_random(made_up) % SOURCES));
    record->kind = RECORD_ARTICLE;
    record->origin = (struct origin){.topic = "articles", .offset = (int64_t)number};
    record->id = (struct id128){mix(number * 2), mix(number * 2 + 1)};
    record->raw_url_hash = mix(number ^ UINT64_C(0x5555555555555555));
    record->language = "en";
    record->version_ms = NW_NO_TIME;
    record->source = out->source;
    record->published_ms = now_ms;
    record->content_hash = number + 1;
    record->card = (const uint8_t *)"";
    struct features *features = &record->features;
    features->title = make_text(made_up, &topic, terms, TITLE_WORDS, true);
    features->lead = make_text(made_up, &topic, terms + FEATURES_MAX_TERMS, LEAD_WORDS, false);
    features->body = make_text(made_up, &topic, terms + 2 * FEATURES_MAX_TERMS, BODY_WORDS, false);
    features->entities = make_names(made_up, &topic, terms + 3 * FEATURES_MAX_TERMS);
    for (unsigned i = 0; i < FEATURES_MINHASH; i++) features->minhash[i] = (uint32_t)next_random(made_up);
    features->simhash = next_random(made_up);
    features->body_words = 480;
}
