#include "stories/pair_features.h"

#include <assert.h>
#include <math.h>

#include "base/instant.h"
#include "stories/duplicates.h"
#include "stories/rank_select.h"
#include "stories/title_series.h"

static const double MS_PER_DAY = 86400000.0;

static void measure_rare(struct pair_side *x, uint64_t *ranks, uint32_t words)
{
    uint32_t count = words < RARE_TERMS ? words : RARE_TERMS;
    x->least_rare = count > 0 ? rank_select(ranks, words, count) : UINT64_MAX;
    x->rare_weight = 0;
    for (uint32_t i = 0; i < count; i++) x->rare_weight += rank_weight(ranks[i]);
}

void pair_side_measure(struct pair_side *x)
{
    uint64_t ranks[ARTICLE_TERMS_MAX], bigrams = 0;
    uint32_t words = 0, numbers = 0;
    assert(x->text.count <= ARTICLE_TERMS_MAX);
    for (uint32_t i = 0; i < x->text.count; i++) { /* kinds come in any order: without a branch */
        const struct weighted_term *term = &x->text.terms[i];
        enum term_kind kind = term_key_kind(term->key);
        ranks[words] = rank_of(term->weight[TEXT_ALL], term->key);
        words += kind == TERM_WORD;
        numbers += kind == TERM_NUMBER;
        bigrams += kind == TERM_BIGRAM ? term->weight[TEXT_ALL] : 0;
    }
    x->words = words + numbers;
    x->bigrams = bigrams;
    measure_rare(x, ranks, words);
    term_lookup_fill(x->lookup, &x->text);
    x->dense_along = dense_mean_along(x->dense_mean, x->dense);
}

/* What x and y share. */
struct shared {
    uint64_t dot[TEXT_FIELDS];
    uint64_t top;                    /* largest product in dot[TEXT_ALL] */
    uint64_t bigrams;                /* summed weight in x */
    uint64_t heaviest;               /* the same of x's rare words */
    double evidence, title_evidence; /* summed idf of words */
    uint32_t rare;                   /* words */
    uint64_t telling;                /* of dot[TEXT_ALL]: of words that are not common in headlines */
};

static const double LEAST_REST = 0.05; /* sqrt cosine */
static const double RARE_IDF = 4.0;    /* ln(1 + 53.6): held by about one story in 50 */

static void add_shared_word(struct shared *shared, const struct weighted_term *term, double idf)
{
    shared->evidence += idf;
    if (term->weight[TEXT_TITLE] > 0) shared->title_evidence += idf;
    shared->rare += idf > RARE_IDF;
}

static void find_shared(const struct pair_side *x, const struct pair_side *y,
                        const struct term_frequencies *frequencies, struct shared *out)
{
    struct shared_places places;
    struct weighted_term terms[STORY_TERMS_MAX];
    uint32_t count = term_lookup_shared(x->lookup, &x->text, y->table, &places);
    story_terms_read(y->table, places.story, count, terms);
    *out = (struct shared){0};
    for (uint32_t s = 0; s < count; s++) {
        uint32_t i = places.text[s];
        const struct weighted_term *a = &x->text.terms[i], *b = &terms[s];
        enum term_kind kind = term_key_kind(a->key);
        uint64_t product = (uint64_t)a->weight[TEXT_ALL] * b->weight[TEXT_ALL];
        out->dot[kind == TERM_ENTITY ? TEXT_ENTITIES : TEXT_ALL] += product;
        if (kind != TERM_ENTITY && product > out->top) out->top = product;
        for (unsigned f = TEXT_ALL + 1; f < TEXT_STORED; f++)
            out->dot[f] += (uint64_t)a->weight[f] * b->weight[f];
        if (kind == TERM_WORD && !common_terms_has(frequencies->common, a->key)) out->telling += product;
        if (kind == TERM_BIGRAM) out->bigrams += a->weight[TEXT_ALL];
        if (kind == TERM_WORD && rank_of(a->weight[TEXT_ALL], a->key) >= x->least_rare)
            out->heaviest += a->weight[TEXT_ALL];
        if (x->wanted.evidence && (kind == TERM_WORD || kind == TERM_NUMBER))
            add_shared_word(out, a, x->idf != NULL ? (double)x->idf[i] : term_idf(frequencies, a->key));
    }
}

static double best_title(const struct pair_side *x, const struct pair_side *y)
{
    int best = 0;
    uint32_t x_first = x->size > BEST_TITLE_MEMBERS ? x->size - BEST_TITLE_MEMBERS : 0;
    uint32_t y_first = y->size > BEST_TITLE_MEMBERS ? y->size - BEST_TITLE_MEMBERS : 0;
    for (uint32_t i = x_first; i < x->size; i++) {
        uint64_t title = x->members != NULL ? x->members[i].title_hash : x->title_sketch;
        for (uint32_t j = y_first; j < y->size; j++) {
            int alike = duplicates_title_agreement(title, y->members[j].title_hash);
            if (alike > best) best = alike;
        }
    }
    return (double)best / DUPLICATES_TITLE_LANES;
}

/* sqrt of the mean cosine of two of those whose unit vectors add up to a vector of that length. */
static double cohesion(const struct pair_side *y)
{
    if (y->taught < 2) return 0;
    double n = y->taught, length = y->text.norm[TEXT_ALL] / TERMS_UNIT;
    return sqrt(fmax(0, (length * length - n) / (n * (n - 1))));
}

static double days_apart(const struct pair_side *x, const struct pair_side *y)
{
    double gap = 0;
    if (x->first_ms > y->last_ms)
        gap = (double)(x->first_ms - y->last_ms) / MS_PER_DAY;
    else if (x->last_ms < y->first_ms)
        gap = (double)(y->first_ms - x->last_ms) / MS_PER_DAY;
    if (x->day_only) gap = fmax(0, gap - 0.5);
    return gap;
}

static void compute_grain(const struct pair_side *x, const struct pair_side *y, uint64_t dot,
                          double out[PAIR_FEATURE_COUNT])
{
    static const double least_cohesion = 0.05, most_relative = 1.5;
    double pairs = fmax(1, x->taught) * fmax(1, y->taught);
    bool single = y->taught < 2;
    out[PAIR_AVERAGE] = sqrt((double)dot / ((double)TERMS_UNIT * TERMS_UNIT * pairs));
    out[PAIR_COHESION] = cohesion(y);
    out[PAIR_RELATIVE] =
        single ? 0 : fmin(most_relative, out[PAIR_AVERAGE] / fmax(out[PAIR_COHESION], least_cohesion));
    out[PAIR_SINGLE] = single ? 1 : 0;
    out[PAIR_SINGLE_ALL] = single ? out[PAIR_ALL] : 0;
    out[PAIR_SINGLE_TITLE] = single ? out[PAIR_TITLE] : 0;
}

static bool is_series(const struct pair_side *x, const struct pair_side *y)
{
    if (y->sources > SERIES_SOURCES) return false;
    const struct member article = {
        .source = x->source, .title_hash = x->title_sketch, .published_ms = x->first_ms};
    return title_series_between(x->members != NULL ? x->members : &article, x->size, y->members, y->size);
}

static void compute_circumstances(const struct pair_side *x, const struct pair_side *y,
                                  double out[PAIR_FEATURE_COUNT])
{
    bool timed = x->first_ms != NW_NO_TIME && y->first_ms != NW_NO_TIME;
    double days = timed ? days_apart(x, y) : 0;
    bool x_body = x->text.norm[TEXT_BODY] > 0, y_body = y->text.norm[TEXT_BODY] > 0;
    out[PAIR_GAP] = log1p(days);
    out[PAIR_HOURS] = log1p(24 * days);
    out[PAIR_NO_TIME] = timed ? 0 : 1;
    out[PAIR_SOURCE] = x->same_source ? 1 : 0;
    out[PAIR_SOURCE_TITLE] = x->same_source ? out[PAIR_TITLE] : 0;
    out[PAIR_SERIES] = is_series(x, y) ? 1 : 0;
    out[PAIR_SIZE] = log(x->size);
    out[PAIR_STORY_SIZE] = log(y->size);
    out[PAIR_WORDS] = log1p(x->words);
    out[PAIR_X_BODY] = x_body ? 1 : 0;
    out[PAIR_Y_BODY] = y_body ? 1 : 0;
    out[PAIR_NO_BODY_ALL] = x_body && y_body ? 0 : out[PAIR_ALL];
}

double pair_usual_size(size_t live_stories, uint64_t articles)
{
    static const double usual = 2.2, usual_stories = 30, most = 6;
    double mean = ((double)articles + usual_stories * usual) / ((double)live_stories + usual_stories);
    return log(fmin(mean, most));
}

void pair_features_compute(const struct pair_side *x, const struct pair_side *y,
                           const struct term_frequencies *frequencies, double out[PAIR_FEATURE_COUNT])
{
    struct shared shared;
    double root[TEXT_FIELDS];
    find_shared(x, y, frequencies, &shared);
    for (unsigned f = 0; f < TEXT_FIELDS; f++)
        root[f] = shared.dot[f] > 0 ? sqrt((double)shared.dot[f] / (x->text.norm[f] * y->text.norm[f])) : 0;
    out[PAIR_ALL] = root[TEXT_ALL];
    out[PAIR_TITLE] = root[TEXT_TITLE];
    out[PAIR_BODY] = root[TEXT_BODY];
    out[PAIR_ENTITIES] = root[TEXT_ENTITIES];
    compute_grain(x, y, shared.dot[TEXT_ALL], out);
    out[PAIR_CROWD] = out[PAIR_LEAD] = out[PAIR_DENSE_CROWD] = 0;
    out[PAIR_RARE] = x->rare_weight > 0 ? (double)shared.heaviest / (double)x->rare_weight : 0;
    out[PAIR_EVIDENCE] = log1p(shared.evidence);
    out[PAIR_TITLE_EVIDENCE] = log1p(shared.title_evidence);
    out[PAIR_RARE_COUNT] = log1p(shared.rare);
    double rest = shared.dot[TEXT_ALL] > 0
                      ? sqrt((double)(shared.dot[TEXT_ALL] - shared.top) / (double)shared.dot[TEXT_ALL])
                      : 0;
    out[PAIR_REST] = rest * out[PAIR_ALL];
    out[PAIR_ONE_TERM] = out[PAIR_REST] < LEAST_REST ? 1 : 0;
    double telling =
        shared.dot[TEXT_ALL] > 0 ? sqrt((double)shared.telling / (double)shared.dot[TEXT_ALL]) : 0;
    out[PAIR_COMMON] = telling * out[PAIR_ALL] < LEAST_REST ? 1 : 0;
    out[PAIR_REST_AVERAGE] = rest * out[PAIR_AVERAGE];
    out[PAIR_BIGRAMS] = x->bigrams > 0 ? sqrt((double)shared.bigrams / (double)x->bigrams) : 0;
    out[PAIR_BEST_TITLE] = x->wanted.best_title ? best_title(x, y) : 0;
    out[PAIR_STRANGERS] =
        x->text.norm[TEXT_ENTITIES] > 0 && y->text.norm[TEXT_ENTITIES] > 0 && shared.dot[TEXT_ENTITIES] == 0
            ? 1
            : 0;
    compute_circumstances(x, y, out);
    double dense = dense_mean_cosine(x->dense_mean, x->dense, x->dense_along, y->dense);
    out[PAIR_HAS_DENSE] = dense == DENSE_NO_COSINE ? 0 : 1;
    out[PAIR_DENSE] = dense == DENSE_NO_COSINE ? 0 : dense;
    out[PAIR_USUAL_SIZE] = pair_usual_size(frequencies->live_stories, frequencies->taught);
    out[PAIR_CONST] = 1;
}

enum { NEXT = 3 };

/* The largest values of a feature, in falling order; at least 0. */
static void find_best(double *const features[], size_t count, enum pair_feature feature,
                      double best[NEXT + 1])
{
    for (size_t k = 0; k < NEXT + 1; k++) best[k] = 0;
    for (size_t i = 0; i < count; i++) {
        double value = features[i][feature];
        for (unsigned k = 0; k < NEXT + 1; k++)
            if (value > best[k]) {
                double lower = best[k];
                best[k] = value;
                value = lower;
            }
    }
}

/* Their mean without the one that has this value. */
static double mean_of_others(const double best[NEXT + 1], double value)
{
    double sum = best[0] + best[1] + best[2] + best[3];
    return (sum - (value >= best[NEXT] ? value : best[NEXT])) / NEXT;
}

/* In a young feed little else is there to be like: the crowd begins at what it is in the mean (.29 to .37 in
 * six sets of docs/quality.md) and turns to what is seen as stories come. */
static double crowd(double seen, size_t live_stories)
{
    static const double usual = 0.3, usual_stories = 30;
    double stories = (double)live_stories;
    return (stories * seen + usual_stories * usual) / (stories + usual_stories);
}

void pair_features_compare(double *const features[], size_t count, size_t live_stories)
{
    double all[NEXT + 1], dense[NEXT + 1];
    find_best(features, count, PAIR_ALL, all);
    find_best(features, count, PAIR_DENSE, dense);
    for (size_t i = 0; i < count; i++) {
        double *of = features[i];
        of[PAIR_CROWD] = crowd(mean_of_others(all, of[PAIR_ALL]), live_stories);
        of[PAIR_LEAD] = of[PAIR_ALL] - (of[PAIR_ALL] >= all[0] ? all[1] : all[0]);
        of[PAIR_DENSE_CROWD] = mean_of_others(dense, of[PAIR_DENSE]);
    }
}
