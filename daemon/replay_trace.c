#include "daemon/replay_trace.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "daemon/replay_articles.h"
#include "daemon/replay_explain.h"

enum { LISTED_MEMBERS = 8 };

struct replay_trace {
    bool clusters;
    FILE *pairs;
    struct replay_articles *articles;
    struct replay_explain explain;
};

struct replay_trace *replay_trace_new(const struct replay_trace_wanted *wanted)
{
    struct replay_trace *trace = nw_calloc(1, sizeof(*trace));
    trace->clusters = wanted->clusters;
    trace->pairs = wanted->pairs;
    trace->articles = replay_articles_new();
    trace->explain = (struct replay_explain){.out = wanted->explain, .article = wanted->explained};
    if (wanted->pairs != NULL) {
        fputs("decision\tx\ty\tscore\tx_members\ty_members", wanted->pairs);
        for (size_t i = 0; i < clusterer_pair_feature_count(); i++)
            fprintf(wanted->pairs, "\t%s", clusterer_pair_feature_name(i));
        fputc('\n', wanted->pairs);
    }
    return trace;
}

void replay_trace_free(struct replay_trace *trace)
{
    if (trace == NULL) return;
    replay_articles_free(trace->articles);
    free(trace);
}

static void print_id(FILE *out, struct id128 id)
{
    char hex[ID128_HEX_LEN + 1];
    id128_hex(id, hex);
    fputs(hex, out);
}

static void print_first_members(FILE *out, const struct story *story)
{
    for (size_t m = 0; m < story->member_count && m < LISTED_MEMBERS; m++) {
        if (m > 0) fputc(',', out);
        print_id(out, story->members[m].article);
    }
}

static void print_numbers(FILE *out, const double *features)
{
    for (size_t f = 0; f < clusterer_pair_feature_count(); f++) fprintf(out, "\t%.6g", features[f]);
    fputc('\n', out);
}

static void write_joins(FILE *out, const struct features_record *record, const struct decision *decision)
{
    for (size_t i = 0; i < decision->count; i++) {
        const struct candidate *candidate = &decision->candidates[i];
        fputs("join\t", out);
        print_id(out, record->id);
        fputc('\t', out);
        print_id(out, candidate->story->id);
        fprintf(out, "\t%" PRId64 "\t", candidate->score);
        print_id(out, record->id);
        fputc('\t', out);
        print_first_members(out, candidate->story);
        print_numbers(out, candidate->features);
    }
}

static void compared(void *context, const struct story *x, const struct story *y, const double *features,
                     int64_t score)
{
    FILE *out = ((const struct replay_trace *)context)->pairs;
    fputs("merge\t", out);
    print_id(out, x->id);
    fputc('\t', out);
    print_id(out, y->id);
    fprintf(out, "\t%" PRId64 "\t", score);
    print_first_members(out, x);
    fputc('\t', out);
    print_first_members(out, y);
    print_numbers(out, features);
}

static void decided(void *context, const struct features_record *record, const struct decision *decision)
{
    const struct replay_trace *trace = context;
    if (trace->pairs != NULL) write_joins(trace->pairs, record, decision);
    replay_explain_decision(&trace->explain, trace->articles, record, decision);
}

void replay_trace_observe(struct replay_trace *trace, struct partition *partition)
{
    if (trace->pairs == NULL && trace->explain.out == NULL) return;
    const struct partition_observer observer = {
        .decided = decided, .compared = trace->pairs != NULL ? compared : NULL, .context = trace};
    partition_set_observer(partition, &observer);
}

void replay_trace_applied(struct replay_trace *trace, const struct partition *partition,
                          const struct features_record *record, enum apply_outcome outcome,
                          const struct decision *decision, const char *place)
{
    if (!trace->clusters && trace->explain.out == NULL) return;
    const struct partition_changes *changes = partition_changes(partition);
    replay_explain_outcome(&trace->explain, trace->articles, partition, record, outcome, decision, place);
    for (size_t i = 0; i < changes->change_count; i++) {
        replay_articles_apply(trace->articles, partition, &changes->changes[i]);
        replay_explain_merge(&trace->explain, trace->articles, partition, &changes->changes[i], place);
    }
}

void replay_trace_write_clusters(const struct replay_trace *trace, FILE *out)
{
    const struct placed_article *article = replay_articles_first(trace->articles);
    for (; article != NULL; article = article->hh.next) {
        if (!article->held) continue;
        print_id(out, article->key.article);
        fprintf(out, "\t%s\t", article->url != NULL ? article->url : "");
        print_id(out, replay_articles_follow(trace->articles, article->story));
        fputc('\n', out);
    }
}

bool replay_trace_write_end(const struct replay_trace *trace)
{
    replay_explain_end(&trace->explain, trace->articles);
    return trace->explain.seen;
}
