#include "base/metrics.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum metric_type { COUNTER, GAUGE, HISTOGRAM };

static const struct {
    enum metric_type type;
    const char *name, *label, *help;
} table[METRIC_COUNT] = {
#define METRIC_ROW(id, type, name, label, help) [METRIC_##id] = {type, name, label, help},
    METRICS(METRIC_ROW)
#undef METRIC_ROW
};

/* Series are held in pages that appear with the first index in them: a metric without label has one
 * series, one with a label for partitions may have thousands. Pages stay until the end. */
enum { PAGE_SERIES = 64, PAGE_COUNT = METRIC_LABEL_MAX / PAGE_SERIES, BUCKETS_MAX = 24 };

struct series {
    _Atomic bool shown;
    _Atomic uint64_t count;    /* counters */
    _Atomic double value;      /* gauges; the sum of histograms */
    char *_Atomic label;       /* NULL: the index in decimal */
    _Atomic uint64_t *buckets; /* histograms: not cumulative, the last one is +Inf */
};

struct page {
    struct series series[PAGE_SERIES];
};

struct metrics {
    struct page *_Atomic pages[METRIC_COUNT][PAGE_COUNT];
};

/* Upper bounds by the unit at the end of the name. */
static const double second_bounds[] = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                       0.25,   0.5,     1,      2.5,   5,      10,    30,   60,    120,  300};
static const double byte_bounds[] = {256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216};
static const double count_bounds[] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000};

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

static size_t bounds_of(enum metric_id id, const double **bounds)
{
    if (ends_with(table[id].name, "_seconds")) {
        *bounds = second_bounds;
        return sizeof(second_bounds) / sizeof(second_bounds[0]);
    }
    if (ends_with(table[id].name, "_bytes")) {
        *bounds = byte_bounds;
        return sizeof(byte_bounds) / sizeof(byte_bounds[0]);
    }
    *bounds = count_bounds;
    return sizeof(count_bounds) / sizeof(count_bounds[0]);
}

struct metrics *metrics_new(void)
{
    struct metrics *metrics = nw_calloc(1, sizeof(*metrics));
    /* What has no label is there from the start, as zero: a rate needs a first sample. */
    for (unsigned id = 0; id < METRIC_COUNT; id++)
        if (!*table[id].label && table[id].type != GAUGE) metrics_add(metrics, (enum metric_id)id, 0, 0);
    return metrics;
}

static void free_page(struct page *page)
{
    if (!page) return;
    for (size_t i = 0; i < PAGE_SERIES; i++) {
        free(page->series[i].label);
        free(page->series[i].buckets);
    }
    free(page);
}

void metrics_free(struct metrics *metrics)
{
    if (!metrics) return;
    for (unsigned id = 0; id < METRIC_COUNT; id++)
        for (unsigned p = 0; p < PAGE_COUNT; p++) free_page(metrics->pages[id][p]);
    free(metrics);
}

static struct page *new_page(enum metric_id id)
{
    struct page *page = nw_calloc(1, sizeof(*page));
    for (size_t i = 0; table[id].type == HISTOGRAM && i < PAGE_SERIES; i++)
        page->series[i].buckets = nw_calloc(BUCKETS_MAX, sizeof(*page->series[i].buckets));
    return page;
}

static struct series *series_of(struct metrics *metrics, enum metric_id id, unsigned index)
{
    assert(id < METRIC_COUNT && index < METRIC_LABEL_MAX && (index == 0 || *table[id].label));
    struct page *_Atomic *slot = &metrics->pages[id][index / PAGE_SERIES];
    struct page *page = atomic_load(slot);
    if (!page) {
        struct page *fresh = new_page(id);
        if (atomic_compare_exchange_strong(slot, &page, fresh))
            page = fresh;
        else
            free_page(fresh); /* another thread was faster; page is its page now */
    }
    return &page->series[index % PAGE_SERIES];
}

static struct series *shown_series(struct metrics *metrics, enum metric_id id, unsigned index)
{
    struct series *series = series_of(metrics, id, index);
    atomic_store_explicit(&series->shown, true, memory_order_relaxed);
    return series;
}

void metrics_label(struct metrics *metrics, enum metric_id id, unsigned label_index, const char *text)
{
    struct series *series = shown_series(metrics, id, label_index);
    char *none = NULL, *copy = nw_strdup(text);
    /* The first text stays: a reader may be holding it. */
    if (!atomic_compare_exchange_strong(&series->label, &none, copy)) free(copy);
}

unsigned metrics_index_of(struct metrics *metrics, enum metric_id id, const char *text)
{
    unsigned i = 0;
    for (;; i++) {
        assert(i < METRIC_LABEL_MAX);
        struct series *series = series_of(metrics, id, i);
        if (!series->label) metrics_label(metrics, id, i, text); /* or another thread's text */
        if (strcmp(series->label, text) == 0) return i;
    }
}

void metrics_add(struct metrics *metrics, enum metric_id id, unsigned label_index, uint64_t amount)
{
    struct series *series = shown_series(metrics, id, label_index);
    atomic_fetch_add_explicit(&series->count, amount, memory_order_relaxed);
}

void metrics_set(struct metrics *metrics, enum metric_id id, unsigned label_index, double value)
{
    struct series *series = shown_series(metrics, id, label_index);
    atomic_store_explicit(&series->value, value, memory_order_relaxed);
}

void metrics_hide(struct metrics *metrics, enum metric_id id, unsigned label_index)
{
    atomic_store_explicit(&series_of(metrics, id, label_index)->shown, false, memory_order_relaxed);
}

void metrics_observe(struct metrics *metrics, enum metric_id id, unsigned label_index, double value)
{
    assert(table[id].type == HISTOGRAM);
    struct series *series = shown_series(metrics, id, label_index);
    const double *bounds;
    size_t count = bounds_of(id, &bounds), bucket = 0;
    while (bucket < count && value > bounds[bucket]) bucket++;
    atomic_fetch_add_explicit(&series->buckets[bucket], 1, memory_order_relaxed);
    double sum = atomic_load_explicit(&series->value, memory_order_relaxed);
    while (!atomic_compare_exchange_weak_explicit(&series->value, &sum, sum + value, memory_order_relaxed,
                                                  memory_order_relaxed)) {
    }
}

static uint64_t histogram_count(const struct series *series, size_t bounds)
{
    uint64_t total = 0;
    for (size_t i = 0; i <= bounds; i++) total += series->buckets[i];
    return total;
}

double metrics_value(const struct metrics *metrics, enum metric_id id, unsigned label_index)
{
    const struct page *page = metrics->pages[id][label_index / PAGE_SERIES];
    if (!page) return 0;
    const struct series *series = &page->series[label_index % PAGE_SERIES];
    if (table[id].type == COUNTER) return (double)series->count;
    const double *bounds;
    if (table[id].type == HISTOGRAM) return (double)histogram_count(series, bounds_of(id, &bounds));
    return series->value;
}

static void print_label_text(FILE *out, const char *text)
{
    for (; *text; text++)
        if (*text == '\n')
            fputs("\\n", out);
        else if (*text == '"' || *text == '\\')
            fprintf(out, "\\%c", *text);
        else
            fputc(*text, out);
}

/* newswired_<name><suffix>{<label>="<text>",le="<bound>"} and a space; bound NULL: no le. */
static void print_name(FILE *out, enum metric_id id, const char *suffix, const struct series *series,
                       unsigned index, const char *bound)
{
    const char *label = table[id].label, *text = series->label;
    fprintf(out, "newswired_%s%s", table[id].name, suffix);
    if (*label || bound) fputc('{', out);
    if (*label) {
        fprintf(out, "%s=\"", label);
        if (text)
            print_label_text(out, text);
        else
            fprintf(out, "%u", index);
        fputc('"', out);
    }
    if (bound) fprintf(out, "%sle=\"%s\"", *label ? "," : "", bound);
    fputs(*label || bound ? "} " : " ", out);
}

static void print_number(FILE *out, double value)
{
    if (isnan(value))
        fputs("NaN\n", out);
    else if (isinf(value))
        fputs(value > 0 ? "+Inf\n" : "-Inf\n", out);
    else
        fprintf(out, "%.15g\n", value);
}

static void print_histogram(FILE *out, enum metric_id id, const struct series *series, unsigned index)
{
    const double *bounds;
    size_t count = bounds_of(id, &bounds);
    uint64_t total = 0; /* the count is the sum of the buckets, so the page never contradicts itself */
    for (size_t i = 0; i <= count; i++) {
        char bound[32];
        if (i < count)
            snprintf(bound, sizeof(bound), "%g", bounds[i]);
        else
            snprintf(bound, sizeof(bound), "+Inf");
        total += series->buckets[i];
        print_name(out, id, "_bucket", series, index, bound);
        fprintf(out, "%" PRIu64 "\n", total);
    }
    print_name(out, id, "_sum", series, index, NULL);
    print_number(out, series->value);
    print_name(out, id, "_count", series, index, NULL);
    fprintf(out, "%" PRIu64 "\n", total);
}

static void print_series(FILE *out, enum metric_id id, const struct series *series, unsigned index)
{
    if (!series->shown) return;
    if (table[id].type == HISTOGRAM) {
        print_histogram(out, id, series, index);
        return;
    }
    print_name(out, id, "", series, index, NULL);
    if (table[id].type == COUNTER)
        fprintf(out, "%" PRIu64 "\n", series->count);
    else
        print_number(out, series->value);
}

char *metrics_render(const struct metrics *metrics, size_t *len)
{
    static const char *const types[] = {[COUNTER] = "counter", [GAUGE] = "gauge", [HISTOGRAM] = "histogram"};
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert(out);
    for (unsigned id = 0; id < METRIC_COUNT; id++) {
        fprintf(out, "# HELP newswired_%s %s\n# TYPE newswired_%s %s\n", table[id].name, table[id].help,
                table[id].name, types[table[id].type]);
        for (unsigned p = 0; p < PAGE_COUNT; p++) {
            const struct page *page = metrics->pages[id][p];
            for (unsigned i = 0; page && i < PAGE_SERIES; i++)
                print_series(out, (enum metric_id)id, &page->series[i], p * PAGE_SERIES + i);
        }
    }
    fclose(out);
    if (len) *len = size;
    return text;
}
