/*
 * ratings - milliseconds to load a table of ratings, as CSV and as JSON lines.
 *
 *   bench_ratings [domains ...]      (default: 20000)
 *
 * Every column filled, several opinions a row. CPU time of the process, the best of ten, because the machine
 * is shared.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/alloc.h"
#include "coverage/ratings.h"

enum { ROUNDS = 10, ROW_BYTES = 400 };

static double cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static char *make_csv(size_t domains, size_t *len)
{
    char *text = nw_calloc(domains + 1, ROW_BYTES);
    size_t used =
        (size_t)sprintf(text, "domain,name,bias,factuality,ownership,owner,country,city,paywalled,url\n");
    for (size_t i = 0; i < domains; i++)
        used += (size_t)sprintf(
            text + used,
            "source%zu.example,\"The Source, %zu\",allsides=-2.1;adfontes=%zu;mbfc=left-center,"
            "mostly factual,media conglomerate,Owner %zu,US,New York,false,"
            "https://source%zu.example/\n",
            i, i, i % 30, i % 500, i);
    *len = used;
    return text;
}

static char *make_json_lines(size_t domains, size_t *len)
{
    char *text = nw_calloc(domains + 1, ROW_BYTES);
    size_t used = 0;
    for (size_t i = 0; i < domains; i++)
        used += (size_t)sprintf(
            text + used,
            "{\"domain\":\"source%zu.example\",\"name\":\"The Source, %zu\",\"bias\":{\"allsides\":"
            "-2.1,\"adfontes\":%zu,\"mbfc\":\"left-center\"},\"factuality\":\"mostly factual\","
            "\"ownership\":\"media conglomerate\",\"owner\":\"Owner %zu\",\"country\":\"US\","
            "\"city\":\"New York\",\"paywalled\":false,\"url\":\"https://source%zu.example/\"}\n",
            i, i, i % 30, i % 500, i);
    *len = used;
    return text;
}

static void measure(const char *form, char *(*make)(size_t domains, size_t *len), size_t domains)
{
    size_t len;
    char *text = make(domains, &len), *error = NULL;
    double best_ms = 1e12;
    for (int round = 0; round < ROUNDS; round++) {
        struct ratings *ratings = NULL;
        double start = cpu_ms();
        enum nw_err err = ratings_load(text, len, NULL, &ratings, &error);
        double took = cpu_ms() - start;
        if (err != NW_OK || ratings_count(ratings) != domains) {
            fprintf(stderr, "%s: not all of it was read: %s\n", form, error ? error : "rows were skipped");
            exit(1);
        }
        ratings_unref(ratings);
        if (took < best_ms) best_ms = took;
    }
    printf("%-10s %7zu domains, %6.1f MB: %6.1f ms\n", form, domains, (double)len / 1e6, best_ms);
    free(text);
}

int main(int argc, char **argv)
{
    for (int i = argc > 1 ? 1 : 0; i < argc; i++) {
        size_t domains = argc > 1 ? strtoul(argv[i], NULL, 10) : 20000;
        measure("CSV", make_csv, domains);
        measure("JSON lines", make_json_lines, domains);
    }
    return 0;
}
