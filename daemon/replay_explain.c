#include "daemon/replay_explain.h"

#include <string.h>

#include "articles/article_card.h"
#include "base/instant.h"
#include "coverage/rfc3339.h"

enum { SHOWN_MEMBERS = 3 };

static bool is_explained(const struct replay_explain *explain, const struct features_record *record)
{
    return explain->out != NULL && id128_equal(record->id, explain->article);
}

static void print_id(FILE *out, struct id128 id)
{
    char hex[ID128_HEX_LEN + 1];
    id128_hex(id, hex);
    fputs(hex, out);
}

static void print_title(FILE *out, const struct replay_articles *articles, const struct story *story,
                        struct id128 article)
{
    const struct placed_article *placed = replay_articles_find(articles, article, story->language);
    if (placed != NULL && placed->title != NULL)
        fprintf(out, "\"%s\"", placed->title);
    else
        fputs("(no card)", out);
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

/* ---- the decision ---- */

static void print_article(FILE *out, const struct features_record *record)
{
    char time[RFC3339_MAX] = "";
    struct arena *arena = arena_new();
    struct article_card card;
    fputs("article ", out);
    print_id(out, record->id);
    if (article_card_unpack(arena, record->card, record->card_len, &card) == NW_OK)
        fprintf(out, "\n  \"%s\"\n  %s", card.title, card.url);
    arena_free(arena);
    rfc3339_format(record->published_ms, time);
    fprintf(out, "\n  source %s, language %s, %s%s\n", record->source, record->language,
            time[0] != '\0' ? "published " : "no time", time);
}

static double score_of(const struct candidate *candidate)
{
    return (double)candidate->score / CLUSTERER_SCORE_ONE;
}

static void print_candidate(FILE *out, const struct replay_articles *articles,
                            const struct decision *decision, size_t i)
{
    const struct candidate *candidate = &decision->candidates[i];
    const struct story *story = candidate->story;
    fprintf(out, "\n  %zu. story ", i + 1);
    print_id(out, story->id);
    fprintf(out, " of %zu article%s: score %+.3f%s\n", story->member_count, plural(story->member_count),
            score_of(candidate), decision->joined == story ? ", joined" : "");
    for (size_t m = 0; m < story->member_count && m < SHOWN_MEMBERS; m++) {
        fputs("     ", out);
        print_title(out, articles, story, story->members[m].article);
        fputc('\n', out);
    }
    if (story->member_count > SHOWN_MEMBERS)
        fprintf(out, "     and %zu more\n", story->member_count - SHOWN_MEMBERS);
    fprintf(out, "     %-12s %8s   %8s   %8s\n", "similarity", "value", "weight", "adds");
    for (size_t f = 0; f < clusterer_pair_feature_count(); f++) {
        double value = candidate->features[f], weight = candidate->weights[f];
        if (value == 0) continue; /* adds nothing */
        fprintf(out, "     %-12s %8.3f x %+8.3f = %+8.3f\n", clusterer_pair_feature_name(f), value, weight,
                value * weight);
    }
}

void replay_explain_decision(const struct replay_explain *explain, const struct replay_articles *articles,
                             const struct features_record *record, const struct decision *decision)
{
    if (!is_explained(explain, record)) return;
    FILE *out = explain->out;
    print_article(out, record);
    if (decision->count == 0) {
        fputs("\n  no candidates: no live story shares a telling term\n", out);
        return;
    }
    fprintf(out, "\n  %zu candidate%s, best first; the best one is joined when its score is 0 or more\n",
            decision->count, plural(decision->count));
    for (size_t i = 0; i < decision->count; i++) print_candidate(out, articles, decision, i);
}

/* ---- the outcome ---- */

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
        [APPLIED_CORRECTED] = "an editor's correction, carried out",
        [APPLIED_CORRECTION_REFUSED] = "an editor's correction that could not be carried out",
    };
    return texts[outcome];
}

/* It was not compared with stories: it joined the one that has the same text. */
static void print_twin(FILE *out, const struct replay_articles *articles, const struct story *story,
                       const struct features_record *record)
{
    const struct member *mine = NULL;
    for (size_t i = 0; i < story->member_count; i++)
        if (id128_equal(story->members[i].article, record->id)) mine = &story->members[i];
    if (mine == NULL) return;
    for (size_t i = 0; i < story->member_count; i++) {
        const struct member *other = &story->members[i];
        if (other == mine || other->group != mine->group) continue;
        fputs("  not compared with other stories: its text is near-identical to ", out);
        print_title(out, articles, story, other->article);
        fputs(" in that story\n", out);
        return;
    }
}

void replay_explain_outcome(struct replay_explain *explain, const struct replay_articles *articles,
                            const struct partition *partition, const struct features_record *record,
                            enum apply_outcome outcome, const struct decision *decision, const char *place)
{
    if (!is_explained(explain, record)) return;
    FILE *out = explain->out;
    bool by_twin = outcome == APPLIED_JOINED && decision->count == 0;
    explain->seen = true;
    if (by_twin) print_article(out, record);
    fprintf(out, "\n%s: %s", place, outcome_text(outcome));
    const struct story *story = partition_find_article(partition, record->id);
    if (story != NULL) {
        fputs(", story ", out);
        print_id(out, story->id);
        fprintf(out, ", now of %zu article%s", story->member_count, plural(story->member_count));
    }
    fputc('\n', out);
    if (by_twin && story != NULL) print_twin(out, articles, story, record);
}

void replay_explain_merge(const struct replay_explain *explain, const struct replay_articles *articles,
                          const struct partition *partition, const struct change *change, const char *place)
{
    if (explain->out == NULL || change->kind != CHANGE_STORY_MERGED) return;
    const struct placed_article *article = replay_articles_first(articles);
    for (; article != NULL; article = article->hh.next)
        if (id128_equal(article->key.article, explain->article) && article->held) break;
    if (article == NULL || !id128_equal(replay_articles_follow(articles, article->story),
                                        replay_articles_follow(articles, change->story)))
        return;
    const struct story *story = partition_find_story(partition, change->story);
    fprintf(explain->out, "%s: merge pass: story ", place);
    print_id(explain->out, change->other);
    fputs(" went into ", explain->out);
    print_id(explain->out, change->story);
    fprintf(explain->out, ", now of %zu articles\n", story != NULL ? story->member_count : 0);
}

void replay_explain_end(const struct replay_explain *explain, const struct replay_articles *articles)
{
    const struct placed_article *article = replay_articles_first(articles);
    for (; article != NULL; article = article->hh.next) {
        if (!id128_equal(article->key.article, explain->article) || !article->held) continue;
        fputs("at the end: story ", explain->out);
        print_id(explain->out, replay_articles_follow(articles, article->story));
        fprintf(explain->out, " (%s)\n", article->key.language);
    }
}
