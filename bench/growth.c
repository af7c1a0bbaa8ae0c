/*
 * growth - what the story stage costs an article, and a live story in memory, as live stories grow.
 *
 *   bench_growth [live stories ...]       default: 1000 10000 100000 1000000
 *   bench_growth 1000 10000 | python3 bench/growth_picture.py > docs/growth.svg
 *
 * One language, one partition, the pure machine on one core: no Kafka, no Redis, no article stage. Made-up
 * articles of the size of news: a title of 8 words, a lead of 26, a body of 230 after stop words. Words are
 * drawn by Zipf's law (rank r as often as 1/r) from a vocabulary of 2^21; a third of them are the
 * story's own. Three articles a story on average, as in days of feeds of a few hundred outlets: each
 * article begins a story with a chance of 1/3, or follows a recent one (so stories that grow, grow more).
 *
 * Event time runs so that the wanted number of stories is founded in the idle expiry: what is measured
 * is a steady state, in which a story closes, and one that closed long ago is dropped, for each that is
 * founded. Times are CPU time of the thread. Memory is what the heap holds for the partition, all of it:
 * live stories and their members, the stories that closed in the last 48 hours, indexes, sources.
 */
#include <malloc.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/instant.h"
#include "stories/partition.h"

enum {
    VOCABULARY_LOG2 = 21,
    OWN_WORDS = 40,  /* of a story */
    OWN_NAMES = 6,   /* the first of them are names */
    TITLE_WORDS = 8, /* after stop words, as the article stage leaves them out */
    LEAD_WORDS = 26,
    BODY_WORDS = 230,
    ARTICLES_A_STORY = 3,
    SOURCES = 2000,
    MEASURED = 20000, /* articles */
    BATCH = 500,
    RECORD_TERMS = 4 * FEATURES_MAX_TERMS,
};

/* What an article's words are drawn from. */
struct topic {
    uint64_t seed; /* of its own words: nothing else is kept of a story */
};

struct record {
    struct features_record record;
    struct term terms[RECORD_TERMS];
    char source[24];
    struct topic topic;
};

struct bench {
    size_t live;
    struct partition *partition;
    struct topic *recent; /* a ring of the topics of the last articles */
    size_t recent_room, recent_count;
    struct record *batch;
    uint64_t seed, made;
    int64_t step_us; /* of event time an article */
    size_t founded, joined;
};

static uint64_t mix(uint64_t x)
{
    x = (x ^ x >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ x >> 27) * UINT64_C(0x94D049BB133111EB);
    return x ^ x >> 31;
}

static uint64_t next_random(struct bench *bench)
{
    return mix(bench->seed += UINT64_C(0x9E3779B97F4A7C15));
}

static double unit(uint64_t random)
{
    return (double)(random >> 11) / 9007199254740992.0;
}

/* ---- made-up articles ---- */

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

static uint64_t pick_rank(struct bench *bench, const struct topic *topic)
{
    uint64_t random = next_random(bench);
    if (random % 3 != 0) return common_rank(next_random(bench));
    double place = unit(next_random(bench)); /* the first own words come most */
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

static struct term_list make_text(struct bench *bench, const struct topic *topic, struct term *terms,
                                  size_t words, bool bigrams)
{
    size_t count = 0;
    uint64_t before = 0;
    for (size_t i = 0; i < words; i++) {
        uint64_t rank = pick_rank(bench, topic);
        terms[count++] = (struct term){word_of(rank, TERM_WORD), 2};
        if (bigrams && i > 0) terms[count++] = (struct term){word_of(before << 32 | rank, TERM_BIGRAM), 1};
        before = rank;
    }
    return close_list(terms, count);
}

static struct term_list make_names(struct bench *bench, const struct topic *topic, struct term *terms)
{
    size_t count = 0;
    for (unsigned i = 0; i < OWN_NAMES; i++)
        if (next_random(bench) % 3 != 0)
            terms[count++] = (struct term){word_of(own_rank(topic, i), TERM_ENTITY), 2};
    for (unsigned i = 0; i < 4; i++)
        terms[count++] = (struct term){word_of(common_rank(next_random(bench)), TERM_ENTITY), 2};
    return close_list(terms, count);
}

static struct topic choose_topic(struct bench *bench)
{
    uint64_t random = next_random(bench);
    struct topic topic = {.seed = random};
    if (bench->recent_count > 0 && unit(next_random(bench)) * ARTICLES_A_STORY >= 1) {
        size_t held = bench->recent_count < bench->recent_room ? bench->recent_count : bench->recent_room;
        topic = bench->recent[random % held];
    }
    bench->recent[bench->recent_count++ % bench->recent_room] = topic;
    return topic;
}

static void make_record(struct bench *bench, struct record *out)
{
    const struct topic topic = choose_topic(bench);
    struct term *terms = out->terms;
    uint64_t number = bench->made++;
    int64_t now_ms = INT64_C(1760000000000) + (int64_t)number * bench->step_us / 1000;
    struct features_record *record = &out->record;
    memset(record, 0, sizeof(*record));
    snprintf(out->source, sizeof(out->source), "paper%u.example", (unsigned)(next_random(bench) % SOURCES));
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
    features->title = make_text(bench, &topic, terms, TITLE_WORDS, true);
    features->lead = make_text(bench, &topic, terms + FEATURES_MAX_TERMS, LEAD_WORDS, true);
    features->body = make_text(bench, &topic, terms + 2 * FEATURES_MAX_TERMS, BODY_WORDS, false);
    features->entities = make_names(bench, &topic, terms + 3 * FEATURES_MAX_TERMS);
    for (unsigned i = 0; i < FEATURES_MINHASH; i++) features->minhash[i] = (uint32_t)next_random(bench);
    features->simhash = next_random(bench);
    features->body_words = 2 * BODY_WORDS;
}

/* ---- measuring ---- */

static double cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double heap_bytes(void)
{
    struct mallinfo2 info = mallinfo2();
    return (double)info.uordblks + (double)info.hblkhd;
}

/* Applies one batch; took[] (may be NULL) has what each article of it cost. */
static void apply_batch(struct bench *bench, double *took)
{
    for (size_t i = 0; i < BATCH; i++) make_record(bench, &bench->batch[i]);
    double before = cpu_us();
    for (size_t i = 0; i < BATCH; i++) {
        const struct features_record *record = &bench->batch[i].record;
        uint64_t offset = partition_next_offset(bench->partition);
        enum apply_outcome outcome =
            partition_apply(bench->partition, record, offset, record->published_ms, NULL);
        partition_changes_clear(bench->partition);
        bench->founded += outcome == APPLIED_FOUNDED;
        bench->joined += outcome == APPLIED_JOINED;
        if (took == NULL) continue;
        double now = cpu_us();
        took[i] = now - before;
        before = now;
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(size_t live)
{
    struct bench bench = {.live = live, .seed = 20261124};
    const struct story_policy policy = story_policy_default();
    double empty = heap_bytes();
    bench.partition = partition_new(&policy);
    bench.step_us = policy.idle_expiry_ms * 1000 / (int64_t)(live * ARTICLES_A_STORY);
    bench.recent_room = live * ARTICLES_A_STORY / 14 + 1; /* half a day of the week */
    bench.recent = nw_calloc(bench.recent_room, sizeof(*bench.recent));
    bench.batch = nw_calloc(BATCH, sizeof(*bench.batch));
    double *took = nw_calloc(MEASURED, sizeof(*took));
    double own = heap_bytes() - empty;

    /* A story lives on while it grows: more than the expiry is needed for the first to close. */
    while (bench.made < live * ARTICLES_A_STORY * 3 / 2) apply_batch(&bench, NULL);
    bench.founded = bench.joined = 0;
    for (size_t i = 0; i < MEASURED; i += BATCH) apply_batch(&bench, took + i);
    double sum = 0;
    for (size_t i = 0; i < MEASURED; i++) sum += took[i];
    qsort(took, MEASURED, sizeof(*took), by_value);
    size_t held = partition_live_stories(bench.partition);
    printf("%zu\t%.1f\t%.1f\t%.1f\t%.0f\t%.0f\t%.2f\n", held, sum / MEASURED, took[MEASURED / 2],
           took[MEASURED / 100 * 99], (heap_bytes() - empty - own) / (double)held,
           (double)partition_memory_bytes(bench.partition) / (double)held,
           (double)MEASURED / (double)bench.founded);
    fflush(stdout);
    partition_free(bench.partition);
    free(bench.recent);
    free(bench.batch);
    free(took);
    malloc_trim(0);
}

int main(int argc, char **argv)
{
    static const size_t usual[] = {1000, 10000, 100000, 1000000};
    puts("live\tmean_us\tmedian_us\tp99_us\theap_bytes_a_story\tcounted_bytes_a_story\tarticles_a_story");
    if (argc > 1)
        for (int i = 1; i < argc; i++) measure(strtoul(argv[i], NULL, 10));
    else
        for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) measure(usual[i]);
    return 0;
}
