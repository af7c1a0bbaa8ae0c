/*
 * article_stage - microseconds an article costs in the article stage, step by step, beside Jansson's parse of
 * the same bytes in the same run.
 *
 *   bench_article_stage [articles] [rounds]
 *
 * Synthetic English articles of about 480 words (2.9 KB of body) with news-like word repetition. Each step is
 * timed alone over all articles in CPU time of the thread; the best of the rounds is printed, because the
 * machine is shared.
 */
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

#include "articles/article_pipeline.h"
#include "articles/article_records.h"
#include "articles/card_compute.h"
#include "articles/features_compute.h"
#include "articles/language.h"
#include "base/alloc.h"
#include "base/instant.h"

enum { VOCABULARY = 20000, BODY_WORDS = 482, TEXT_BYTES = 16 * 1024, NAMES = 400 };

struct bench {
    size_t count;
    char **json;
    size_t *json_len;
    struct article *articles; /* decoded, in kept */
    struct arena *arena, *kept;
    struct event_decoder *decoder;
    struct features_computer *features;
    struct card_computer *cards;
    struct article_recorder *recorder;
    struct article_pipeline *pipeline;
    char vocabulary[VOCABULARY][16];
    uint64_t seed, sink;
};

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double random_unit(struct bench *bench)
{
    bench->seed = bench->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(bench->seed >> 11) / 9007199254740992.0;
}

static void make_vocabulary(struct bench *bench)
{
    static const char *const common[] = {"the",  "of",  "and",  "to",  "in",   "a",  "said",
                                         "that", "for", "on",   "was", "with", "is", "by",
                                         "at",   "as",  "from", "he",  "it",   "has"};
    static const char consonants[] = "bcdfglmnprstv", vowels[] = "aeiou";
    static const char *const endings[] = {"", "s", "ed", "ing", "er", "ation"};
    for (size_t i = 0; i < VOCABULARY; i++) {
        if (i < 20) {
            strcpy(bench->vocabulary[i], common[i]);
            continue;
        }
        char *word = bench->vocabulary[i];
        size_t syllables = 1 + (size_t)(random_unit(bench) * 3), used = 0;
        for (size_t s = 0; s < syllables; s++) {
            word[used++] = consonants[(size_t)(random_unit(bench) * (sizeof(consonants) - 1))];
            word[used++] = vowels[(size_t)(random_unit(bench) * (sizeof(vowels) - 1))];
        }
        word[used++] = consonants[(size_t)(random_unit(bench) * (sizeof(consonants) - 1))];
        strcpy(word + used, endings[(size_t)(random_unit(bench) * 6)]);
    }
}

/* Zipf: rank r about as often as 1/r. */
static const char *random_word(struct bench *bench)
{
    return bench->vocabulary[(size_t)(pow(VOCABULARY, random_unit(bench)) - 1)];
}

static void write_text(struct bench *bench, char *out, size_t words)
{
    size_t used = 0, left = 0;
    for (size_t i = 0; i < words; i++) {
        bool first = left == 0;
        if (first) left = 8 + (size_t)(random_unit(bench) * 24);
        const char *word = random_word(bench);
        size_t start = used;
        if (random_unit(bench) < 0.02)
            used += (size_t)snprintf(out + used, TEXT_BYTES - used, "%d", (int)(random_unit(bench) * 3000));
        else
            used += (size_t)snprintf(out + used, TEXT_BYTES - used, "%s", word);
        bool name = random_unit(bench) < 0.08;
        if ((first || name) && out[start] >= 'a' && out[start] <= 'z') out[start] = (char)(out[start] - 32);
        left--;
        used += (size_t)snprintf(out + used, TEXT_BYTES - used, "%s",
                                 left == 0 || i + 1 == words ? ". "
                                 : random_unit(bench) < 0.05 ? ", "
                                                             : " ");
    }
    if (used > 0) out[used - 1] = '\0';
}

static void make_json(struct bench *bench, size_t i, bool declared)
{
    static char title[TEXT_BYTES], description[TEXT_BYTES], body[TEXT_BYTES];
    write_text(bench, title, 10);
    write_text(bench, description, 26);
    write_text(bench, body, BODY_WORDS);
    json_t *event =
        json_pack("{s:o,s:s,s:s,s:s,s:s,s:s,s:[s],s:s}", "url",
                  json_sprintf("https://news%zu.example.com/world/2025/10/09/%zu-story.html", i % NAMES, i),
                  "title", title, "description", description, "body", body, "source_name", "The Example News",
                  "published_at", "2025-10-09T12:00:00Z", "author", "A. Writer", "section", "world");
    if (declared) json_object_set_new(event, "language", json_string("en"));
    bench->json[i] = json_dumps(event, JSON_COMPACT);
    bench->json_len[i] = strlen(bench->json[i]);
    json_decref(event);
}

static struct input_record record_of(const struct bench *bench, size_t i)
{
    return (struct input_record){.value = bench->json[i],
                                 .len = bench->json_len[i],
                                 .append_ms = INT64_C(1760018400000),
                                 .origin = {.topic = "articles", .offset = (int64_t)i}};
}

/* ---- the steps ---- */

static void step_parse(struct bench *bench, size_t i)
{
    json_t *json = json_loadb(bench->json[i], bench->json_len[i], 0, NULL);
    bench->sink += json_object_size(json);
    json_decref(json);
}

static void step_decode(struct bench *bench, size_t i)
{
    struct input_record record = record_of(bench, i);
    struct event_list events;
    event_decode(bench->decoder, bench->arena, &record, &events);
    bench->sink += events.count;
}

static void step_language(struct bench *bench, size_t i)
{
    struct language language;
    language_of(&bench->articles[i], &language);
    bench->sink += (uint64_t)language.code[0];
}

static void step_features(struct bench *bench, size_t i)
{
    struct text_analysis text;
    features_compute(bench->features, bench->arena, &bench->articles[i], "en", &text);
    bench->sink += text.features.simhash;
}

static void step_features_and_card(struct bench *bench, size_t i)
{
    struct text_analysis text;
    struct article_card card;
    features_compute(bench->features, bench->arena, &bench->articles[i], "en", &text);
    card_compute(bench->cards, bench->arena, &bench->articles[i], "en", &text, &card);
    bench->sink += card.sentence_count;
}

static void step_records(struct bench *bench, size_t i)
{
    struct article_record records[ARTICLE_RECORDS_MAX];
    const struct origin origin = {.topic = "articles", .offset = (int64_t)i};
    size_t made = article_records_make(bench->recorder, bench->arena, &bench->articles[i], &origin, records);
    bench->sink += records[made - 1].len;
}

static void step_pipeline(struct bench *bench, size_t i)
{
    struct input_record record = record_of(bench, i);
    struct pipeline_result result;
    article_pipeline_run(bench->pipeline, bench->arena, &record, &result);
    bench->sink += result.output_count;
}

static double measure(struct bench *bench, void (*step)(struct bench *, size_t), int rounds)
{
    double best = INFINITY;
    for (int round = 0; round < rounds; round++) {
        double start = now_us();
        for (size_t i = 0; i < bench->count; i++) {
            step(bench, i);
            arena_reset(bench->arena);
        }
        double took = (now_us() - start) / (double)bench->count;
        if (took < best) best = took;
    }
    return best;
}

static void decode_all(struct bench *bench)
{
    arena_reset(bench->kept);
    for (size_t i = 0; i < bench->count; i++) {
        struct input_record record = record_of(bench, i);
        struct event_list events;
        event_decode(bench->decoder, bench->kept, &record, &events);
        if (events.count != 1 || events.events[0].reject != REJECT_NONE) {
            fprintf(stderr, "article %zu is not accepted: %s\n", i, events.events[0].reason);
            exit(1);
        }
        bench->articles[i] = events.events[0].article;
    }
}

static void run(struct bench *bench, bool declared, int rounds)
{
    bench->seed = 20261123;
    size_t bytes = 0, record_bytes = 0;
    for (size_t i = 0; i < bench->count; i++) {
        free(bench->json[i]);
        make_json(bench, i, declared);
        bytes += bench->json_len[i];
    }
    decode_all(bench);
    for (size_t i = 0; i < bench->count; i++) {
        uint64_t before = bench->sink;
        step_records(bench, i);
        record_bytes += bench->sink - before;
        arena_reset(bench->arena);
    }
    double parse = measure(bench, step_parse, rounds), decode = measure(bench, step_decode, rounds),
           language = measure(bench, step_language, rounds), features = measure(bench, step_features, rounds),
           with_card = measure(bench, step_features_and_card, rounds),
           records = measure(bench, step_records, rounds), whole = measure(bench, step_pipeline, rounds);
    printf("language %s, %zu articles of %zu bytes, records of %zu bytes; microseconds an article\n",
           declared ? "declared" : "detected", bench->count, bytes / bench->count,
           record_bytes / bench->count);
    printf("  jansson parse alone      %7.1f\n", parse);
    printf("  decode (parse included)  %7.1f\n", decode);
    printf("  language                 %7.1f\n", language);
    printf("  features                 %7.1f\n", features);
    printf("  card                     %7.1f\n", with_card - features);
    printf("  hash and pack            %7.1f\n", records - with_card - language);
    printf("  whole stage              %7.1f\n", whole);
    printf("  beyond jansson           %7.1f\n", whole - parse);
}

int main(int argc, char **argv)
{
    struct bench *bench = nw_calloc(1, sizeof(*bench));
    bench->count = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 2000;
    int rounds = argc > 2 ? atoi(argv[2]) : 5;
    const struct article_pipeline_config config = {0};
    bench->json = nw_calloc(bench->count, sizeof(*bench->json));
    bench->json_len = nw_calloc(bench->count, sizeof(*bench->json_len));
    bench->articles = nw_calloc(bench->count, sizeof(*bench->articles));
    bench->arena = arena_new();
    bench->kept = arena_new();
    bench->decoder = event_decoder_new(NULL, 0);
    bench->features = features_computer_new();
    bench->cards = card_computer_new(features_computer_folds(bench->features));
    bench->recorder = article_recorder_new();
    bench->pipeline = article_pipeline_new(&config);
    bench->seed = 1;
    make_vocabulary(bench);
    run(bench, true, rounds);
    run(bench, false, rounds);

    for (size_t i = 0; i < bench->count; i++) free(bench->json[i]);
    free(bench->json);
    free(bench->json_len);
    free(bench->articles);
    article_pipeline_free(bench->pipeline);
    article_recorder_free(bench->recorder);
    card_computer_free(bench->cards);
    features_computer_free(bench->features);
    event_decoder_free(bench->decoder);
    arena_free(bench->arena);
    arena_free(bench->kept);
    bool used = bench->sink != 0;
    free(bench);
    return used ? 0 : 1;
}
