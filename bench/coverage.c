/*
 * coverage - microseconds of the live counts and of a whole summary, by the size of the story.
 *
 *   bench_coverage [articles ...]      (default: 1 10 100 1000)
 *
 * Made-up stories: every article from a rated source of its own, eight sentences of 22 terms each. CPU time
 * of the process, the best of many rounds, because the machine is shared.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/arena.h"
#include "base/instant.h"
#include "coverage/coverage.h"

enum { SENTENCES = 8, TERMS = 22, ROUNDS = 40, CALLS = 20 };

static uint32_t draw(void)
{
    static uint32_t state = 1;
    state = state * 1103515245u + 12345u;
    return state >> 16;
}

static double cpu_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static struct ratings *make_ratings(size_t count)
{
    static const char *const bias[] = {"left", "center", "right"};
    struct ratings *ratings = NULL;
    char *error = NULL, *csv = nw_calloc(count + 1, 96);
    size_t len = (size_t)sprintf(csv, "domain,bias,name,factuality,ownership,country,city\n");
    for (size_t i = 0; i < count; i++)
        len += (size_t)sprintf(csv + len, "source%zu.example,%s,Source %zu,high,independent,US,New York\n", i,
                               bias[i % 3], i);
    if (ratings_load(csv, len, NULL, &ratings, &error) != NW_OK) {
        fprintf(stderr, "%s\n", error);
        exit(1);
    }
    free(csv);
    return ratings;
}

static int ascending(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

static struct card_sentence *make_sentences(struct arena *arena, size_t article)
{
    struct card_sentence *sentences = arena_calloc(arena, SENTENCES, sizeof(*sentences));
    for (uint32_t i = 0; i < SENTENCES; i++) {
        uint64_t *terms = arena_calloc(arena, TERMS, sizeof(*terms)), word = 0;
        for (size_t j = 0; j < TERMS; j++) {
            word += 1 + draw() % 40;
            terms[j] = word * UINT64_C(0x9E3779B97F4A7C15);
        }
        qsort(terms, TERMS, sizeof(*terms), ascending);
        const char *text =
            arena_printf(arena,
                         "Sentence %u of %zu tells how the leaders of the five states met in the capital "
                         "to speak about trade.",
                         i, article);
        sentences[i] = (struct card_sentence){text, i, terms, TERMS};
    }
    return sentences;
}

static void make_article(struct arena *arena, struct story *story, struct article_card *cards, size_t i)
{
    struct id128 id = {1, i + 1};
    int64_t published_ms = INT64_C(1760011200000) + (int64_t)i * 60000;
    story->members[i] = (struct member){.article = id,
                                        .group = i + 1,
                                        .published_ms = published_ms,
                                        .version_ms = published_ms,
                                        .sequence = i + 1,
                                        .source = story->sources[i].source,
                                        .has_card = true};
    cards[i] = (struct article_card){
        .id = id,
        .url = arena_printf(arena, "https://source%zu.example/world/leaders-urge-states-to-step-up-trade", i),
        .title = arena_printf(arena, "Leaders urge central states %zu to step up trade with neighbours %zu",
                              i % 7, i % 13),
        .lead = "The president on Thursday urged the leaders of five states to boost their trade, as the "
                "country seeks to "
                "build back its influence in a region that is also being courted by another one.",
        .source = "",
        .source_name = "Source Name",
        .country = "US",
        .image_url = "https://img.example/pictures/2025/10/09/leaders-meet-in-the-capital.jpg",
        .section = "world",
        .attribution = "",
        .kind = "",
        .reprint_group = "",
        .published_ms = published_ms,
        .updated_ms = NW_NO_TIME,
        .sentences = make_sentences(arena, i),
        .sentence_count = SENTENCES};
}

static void measure(const struct coverage_input *input, size_t articles)
{
    double best_json = 1e12, best_counts = 1e12;
    size_t len = 0;
    for (int round = 0; round < ROUNDS; round++) {
        struct coverage_counts counts;
        double start = cpu_us();
        for (int i = 0; i < CALLS; i++) free(coverage_json(input, &len, NULL));
        double middle = cpu_us();
        for (int i = 0; i < CALLS; i++)
            coverage_counts(input->story, input->sources, input->ratings, input->policy, &counts);
        double end = cpu_us();
        if (middle - start < best_json) best_json = middle - start;
        if (end - middle < best_counts) best_counts = end - middle;
    }
    printf("%6zu articles: counts %8.2f us, summary %8.1f us (%zu bytes)\n", articles, best_counts / CALLS,
           best_json / CALLS, len);
}

static void run(size_t articles)
{
    struct arena *arena = arena_new();
    struct source_table *table = source_table_new();
    struct ratings *ratings = make_ratings(articles);
    struct coverage_policy policy = coverage_policy_default();
    struct article_card *cards = arena_calloc(arena, articles, sizeof(*cards));
    struct story story = {
        .id = {1, 2}, .language = "en", .revision = 1, .updated_ms = INT64_C(1760011200000)};
    story.members = arena_calloc(arena, articles, sizeof(*story.members));
    story.sources = arena_calloc(arena, articles, sizeof(*story.sources));
    story.member_count = story.source_count = articles;
    for (size_t i = 0; i < articles; i++) {
        uint32_t source = source_table_intern(table, arena_printf(arena, "source%zu.example", i));
        story.sources[i] = (struct story_source){.source = source, .articles = 1};
        make_article(arena, &story, cards, i);
    }
    struct coverage_input input = {.story = &story,
                                   .sources = table,
                                   .cards = cards,
                                   .ratings = ratings,
                                   .policy = &policy,
                                   .features_topic = "articles.features",
                                   .ratings_loaded_ms = NW_NO_TIME};
    measure(&input, articles);
    ratings_unref(ratings);
    source_table_free(table);
    arena_free(arena);
}

int main(int argc, char **argv)
{
    static const size_t sizes[] = {1, 10, 100, 1000};
    for (int i = 1; i < argc; i++) run(strtoul(argv[i], NULL, 10));
    for (size_t i = 0; argc == 1 && i < sizeof(sizes) / sizeof(sizes[0]); i++) run(sizes[i]);
    return 0;
}
