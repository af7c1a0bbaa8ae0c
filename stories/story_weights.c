#include "stories/story_weights.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DECISION_ENUM(name) DECISION_##name,
enum { WEIGHED_DECISIONS(DECISION_ENUM) DECISIONS };
#undef DECISION_ENUM

enum { LINE_MAX_LEN = 200 };

static const char *const decision_names[DECISIONS] = {
#define DECISION_NAME(name) #name,
    WEIGHED_DECISIONS(DECISION_NAME)
#undef DECISION_NAME
};

static double *table_of(struct story_weights *weights, int decision)
{
#define DECISION_TABLE(name) [DECISION_##name] = weights->name,
    double *const tables[DECISIONS] = {WEIGHED_DECISIONS(DECISION_TABLE)};
#undef DECISION_TABLE
    return tables[decision];
}

struct story_weights story_weights_default(void)
{
    return (struct story_weights){
#include "stories/story_weights_default.h"
#include "stories/story_weights_dense.h"
    };
}

const double *story_weights_join(const struct story_weights *weights,
                                 const double features[PAIR_FEATURE_COUNT])
{
    return features[PAIR_HAS_DENSE] != 0 ? weights->join_dense : weights->join;
}

const double *story_weights_merge(const struct story_weights *weights,
                                  const double features[PAIR_FEATURE_COUNT])
{
    return features[PAIR_HAS_DENSE] != 0 ? weights->merge_dense : weights->merge;
}

int64_t story_weights_score(const double weights[PAIR_FEATURE_COUNT],
                            const double features[PAIR_FEATURE_COUNT])
{
    double sum = 0;
    for (unsigned f = 0; f < PAIR_FEATURE_COUNT; f++) sum += weights[f] * features[f];
    return llround(sum * (1 << 20));
}

/* ---- reading ---- */

struct reading {
    struct story_weights weights;
    bool given[DECISIONS][PAIR_FEATURE_COUNT];
    bool dense; /* lines for vectors are given */
};

static int find_name(const char *word, size_t len, const char *(*name)(int), int count)
{
    for (int i = 0; i < count; i++)
        if (strlen(name(i)) == len && memcmp(name(i), word, len) == 0) return i;
    return -1;
}

static const char *decision_name(int i)
{
    return decision_names[i];
}

static const char *feature_name(int i)
{
    return pair_feature_name((enum pair_feature)i);
}

static bool read_number(const char *text, double *out)
{
    char *end;
    *out = strtod(text, &end);
    return end != text && end[strspn(end, " \t\r")] == '\0' && isfinite(*out) &&
           fabs(*out) <= STORY_WEIGHT_MAX;
}

/* NULL, or what is wrong with the line (0-terminated, without a comment). */
static const char *read_line(struct reading *reading, const char *line)
{
    static const char blanks[] = " \t\r";
    const char *decision = line + strspn(line, blanks);
    if (*decision == '\0') return NULL;
    size_t decision_len = strcspn(decision, blanks);
    const char *feature = decision + decision_len + strspn(decision + decision_len, blanks);
    size_t feature_len = strcspn(feature, blanks);
    int d = find_name(decision, decision_len, decision_name, DECISIONS);
    if (d < 0) return "a line begins with join, merge, join_dense or merge_dense";
    int f = find_name(feature, feature_len, feature_name, PAIR_FEATURE_COUNT);
    if (f < 0) return "this feature is not known to this version (replay --pairs names them)";
    if (reading->given[d][f]) return "this weight is there twice";
    double value;
    if (!read_number(feature + feature_len, &value)) return "the weight is no number from -1000 to 1000";
    table_of(&reading->weights, d)[f] = value;
    reading->given[d][f] = true;
    reading->dense = reading->dense || d == DECISION_join_dense || d == DECISION_merge_dense;
    return NULL;
}

static bool report_missing(const struct reading *reading, char *error, size_t error_size)
{
    int needed = reading->dense ? DECISIONS : DECISION_join_dense;
    for (int d = 0; d < needed; d++)
        for (int f = 0; f < PAIR_FEATURE_COUNT; f++) {
            if (reading->given[d][f]) continue;
            snprintf(error, error_size, "at the end: no line \"%s %s <weight>\"", decision_name(d),
                     feature_name(f));
            return true;
        }
    return false;
}

enum nw_err story_weights_parse(const char *text, size_t len, struct story_weights *out, char *error,
                                size_t error_size)
{
    struct reading reading = {.weights = story_weights_default()};
    const char *end = text + len;
    for (unsigned number = 1; text < end; number++) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t line_len = (size_t)((newline != NULL ? newline : end) - text);
        char line[LINE_MAX_LEN + 1];
        const char *comment = memchr(text, '#', line_len);
        size_t kept = comment != NULL ? (size_t)(comment - text) : line_len;
        const char *wrong = kept > LINE_MAX_LEN            ? "the line is too long"
                            : memchr(text, '\0', line_len) ? "this is no text file"
                                                           : NULL;
        if (wrong == NULL) {
            memcpy(line, text, kept);
            line[kept] = '\0';
            wrong = read_line(&reading, line);
        }
        if (wrong != NULL) {
            snprintf(error, error_size, "line %u: %s", number, wrong);
            return NW_ERR_INPUT;
        }
        text += line_len + 1;
    }
    if (report_missing(&reading, error, error_size)) return NW_ERR_INPUT;
    *out = reading.weights;
    return NW_OK;
}
