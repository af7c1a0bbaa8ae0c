#include "daemon/replay_trace.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <uthash.h>

#include "articles/article_card.h"
#include "base/alloc.h"

enum { LISTED_MEMBERS = 8 };

/* The same article may be held once a language. */
struct article_key {
    struct id128 article;
    char language[STORY_LANGUAGE_MAX];
};

struct placed_article {
    struct article_key key;
    char *url;
    struct id128 story;
    bool held;
    UT_hash_handle hh; /* uthash keeps the order of insertion */
};

struct alias {
    struct id128 from, to;
    UT_hash_handle hh;
};

struct replay_trace {
    struct replay_trace_wanted wanted;
    struct placed_article *articles;
    struct alias *aliases;
    struct arena *arena;
    bool explained;
};

struct replay_trace *replay_trace_new(const struct replay_trace_wanted *wanted)
{
    struct replay_trace *trace = nw_calloc(1, sizeof(*trace));
    trace->wanted = *wanted;
    trace->arena = arena_new();
    if (wanted->pairs != NULL) {
        fputs("article\tstory\tjoined\tscore\tmembers\tfirst_members", wanted->pairs);
        for (size_t i = 0; i < clusterer_pair_feature_count(); i++)
            fprintf(wanted->pairs, "\t%s", clusterer_pair_feature_name(i));
        fputc('\n', wanted->pairs);
    }
    return trace;
}

void replay_trace_free(struct replay_trace *trace)
{
    if (trace == NULL) return;
    struct placed_article *article, *next_article;
    HASH_ITER (hh, trace->articles, article, next_article) {
        HASH_DEL(trace->articles, article);
        free(article->url);
        free(article);
    }
    struct alias *alias, *next_alias;
    HASH_ITER (hh, trace->aliases, alias, next_alias) {
        HASH_DEL(trace->aliases, alias);
        free(alias);
    }
    arena_free(trace->arena);
    free(trace);
}

static void print_id(FILE *out, struct id128 id)
{
    char hex[ID128_HEX_LEN + 1];
    id128_hex(id, hex);
    fputs(hex, out);
}

/* ---- pairs ---- */

static void write_pairs(void *context, const struct features_record *record, const struct decision *decision)
{
    const struct replay_trace *trace = context;
    FILE *out = trace->wanted.pairs;
    for (size_t i = 0; i < decision->count; i++) {
        const struct candidate *candidate = &decision->candidates[i];
        const struct story *story = candidate->story;
        print_id(out, record->id);
        fputc('\t', out);
        print_id(out, story->id);
        fprintf(out, "\t%d\t%" PRId64 "\t%zu\t", story == decision->joined ? 1 : 0, candidate->score,
                story->member_count);
        for (size_t m = 0; m < story->member_count && m < LISTED_MEMBERS; m++) {
            if (m > 0) fputc(',', out);
            print_id(out, story->members[m].article);
        }
        for (size_t f = 0; f < clusterer_pair_feature_count(); f++)
            fprintf(out, "\t%.6g", candidate->features[f]);
        fputc('\n', out);
    }
}

void replay_trace_observe(struct replay_trace *trace, struct partition *partition)
{
    if (trace->wanted.pairs != NULL) partition_set_observer(partition, write_pairs, trace);
}

/* ---- where articles are ---- */

static struct placed_article *placed(struct replay_trace *trace, const struct partition *partition,
                                     const struct change *change)
{
    const struct story *story = partition_find_story(partition, change->story);
    struct article_key key = {.article = change->article};
    if (story != NULL) memcpy(key.language, story->language, sizeof(key.language));
    struct placed_article *article;
    HASH_FIND(hh, trace->articles, &key, sizeof(key), article);
    if (article != NULL) return article;
    article = nw_calloc(1, sizeof(*article));
    article->key = key;
    HASH_ADD(hh, trace->articles, key, sizeof(article->key), article);
    return article;
}

static void set_url(struct replay_trace *trace, struct placed_article *article, const struct change *change)
{
    struct article_card card;
    if (change->value == NULL ||
        article_card_unpack(trace->arena, change->value, change->value_len, &card) != NW_OK)
        return;
    free(article->url);
    article->url = nw_strdup(card.url);
    arena_reset(trace->arena);
}

static void add_alias(struct replay_trace *trace, struct id128 from, struct id128 to)
{
    struct alias *alias = nw_calloc(1, sizeof(*alias));
    alias->from = from;
    alias->to = to;
    HASH_ADD(hh, trace->aliases, from, sizeof(alias->from), alias);
}

static struct id128 follow(const struct replay_trace *trace, struct id128 story)
{
    struct alias *alias;
    for (;;) {
        HASH_FIND(hh, trace->aliases, &story, sizeof(story), alias);
        if (alias == NULL) return story;
        story = alias->to;
    }
}

static void carry_out(struct replay_trace *trace, const struct partition *partition,
                      const struct change *change)
{
    struct placed_article *article;
    switch (change->kind) {
    case CHANGE_MEMBER_PUT:
        article = placed(trace, partition, change);
        article->story = change->story;
        article->held = true;
        set_url(trace, article, change);
        return;
    case CHANGE_MEMBER_REMOVED:
        placed(trace, partition, change)->held = false;
        return;
    case CHANGE_STORY_MERGED:
        add_alias(trace, change->other, change->story);
        return;
    case CHANGE_MEMBER_MOVED:
    case CHANGE_CARD_DROPPED:
    case CHANGE_STORY_CLOSED:
    case CHANGE_STORY_DROPPED:
    case CHANGE_WITHDRAWAL_PUT:
    case CHANGE_WITHDRAWAL_DROPPED:
        return;
    }
}

void replay_trace_write_clusters(const struct replay_trace *trace, FILE *out)
{
    for (const struct placed_article *article = trace->articles; article != NULL;
         article = article->hh.next) {
        if (!article->held) continue;
        print_id(out, article->key.article);
        fprintf(out, "\t%s\t", article->url != NULL ? article->url : "");
        print_id(out, follow(trace, article->story));
        fputc('\n', out);
    }
}

/* ---- explaining one article ---- */

static const char *outcome_text(enum apply_outcome outcome)
{
    static const char *const texts[APPLY_OUTCOME_COUNT] = {
        [APPLIED_FOUNDED] = "founded a story",
        [APPLIED_JOINED] = "joined a story",
        [APPLIED_UPDATED] = "updated in place",
        [APPLIED_UNCHANGED] = "nothing new",
        [APPLIED_RETRACTED] = "taken out",
        [APPLIED_DROPPED_SEEN] = "dropped: this event was seen before",
        [APPLIED_DROPPED_STALE] = "dropped: older than what is held",
        [APPLIED_DROPPED_WITHDRAWN] = "dropped: not newer than a withdrawal",
        [APPLIED_NOTHING] = "nothing to take out; remembered",
    };
    return texts[outcome];
}

static void explain_decision(FILE *out, const struct decision *decision)
{
    if (decision->count == 0) {
        fputs(decision->joined != NULL ? "  its text is near-identical to one in that story\n"
                                       : "  no live story shares a telling term\n",
              out);
        return;
    }
    fprintf(out, "  %-32s %12s %8s", "story", "score", "articles");
    for (size_t f = 0; f < clusterer_pair_feature_count(); f++)
        fprintf(out, " %8s", clusterer_pair_feature_name(f));
    fputc('\n', out);
    for (size_t i = 0; i < decision->count; i++) {
        const struct candidate *candidate = &decision->candidates[i];
        fputs("  ", out);
        print_id(out, candidate->story->id);
        fprintf(out, " %12" PRId64 " %8zu", candidate->score, candidate->story->member_count);
        for (size_t f = 0; f < clusterer_pair_feature_count(); f++)
            fprintf(out, " %8.3f", candidate->features[f]);
        fputc('\n', out);
    }
}

static void explain(struct replay_trace *trace, const struct partition *partition,
                    const struct features_record *record, enum apply_outcome outcome,
                    const struct decision *decision, const char *place)
{
    FILE *out = trace->wanted.explain;
    const struct story *story = partition_find_article(partition, record->id);
    trace->explained = true;
    fprintf(out, "%s: %s", place, outcome_text(outcome));
    if (story != NULL) {
        fputs(", story ", out);
        print_id(out, story->id);
        fprintf(out, " of %zu", story->member_count);
    }
    fputc('\n', out);
    if (outcome == APPLIED_FOUNDED || outcome == APPLIED_JOINED) explain_decision(out, decision);
}

/* Has a story that holds the explained article just gone into another? */
static void explain_merge(const struct replay_trace *trace, const struct partition *partition,
                          const struct change *change, const char *place)
{
    if (change->kind != CHANGE_STORY_MERGED) return;
    const struct placed_article *article = trace->articles;
    for (; article != NULL; article = article->hh.next)
        if (id128_equal(article->key.article, trace->wanted.explained) && article->held) break;
    if (article == NULL) return;
    struct id128 before = article->story;
    if (!id128_equal(follow(trace, before), follow(trace, change->story))) return;
    const struct story *story = partition_find_story(partition, change->story);
    FILE *out = trace->wanted.explain;
    fprintf(out, "%s: story ", place);
    print_id(out, change->other);
    fputs(" was merged into ", out);
    print_id(out, change->story);
    fprintf(out, ", now of %zu\n", story != NULL ? story->member_count : 0);
}

void replay_trace_applied(struct replay_trace *trace, const struct partition *partition,
                          const struct features_record *record, enum apply_outcome outcome,
                          const struct decision *decision, const char *place)
{
    if (!trace->wanted.clusters && trace->wanted.explain == NULL) return;
    const struct partition_changes *changes = partition_changes(partition);
    if (trace->wanted.explain != NULL && id128_equal(record->id, trace->wanted.explained))
        explain(trace, partition, record, outcome, decision, place);
    for (size_t i = 0; i < changes->change_count; i++) {
        carry_out(trace, partition, &changes->changes[i]);
        if (trace->wanted.explain != NULL) explain_merge(trace, partition, &changes->changes[i], place);
    }
}

bool replay_trace_write_end(const struct replay_trace *trace)
{
    const struct placed_article *article = trace->articles;
    for (; article != NULL; article = article->hh.next) {
        if (!id128_equal(article->key.article, trace->wanted.explained) || !article->held) continue;
        fputs("at the end: story ", trace->wanted.explain);
        print_id(trace->wanted.explain, follow(trace, article->story));
        fprintf(trace->wanted.explain, " (%s)\n", article->key.language);
    }
    return trace->explained;
}
