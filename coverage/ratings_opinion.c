#include "coverage/ratings_opinion.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { KEY_MAX = 48 };

struct word {
    const char *key; /* letters only, lower case */
    int value;
};

/* X-macro tables give our own names; these are the raters'. */
static const struct word bias_words[] = {
    {"extremeleft", BIAS_FAR_LEFT},
    {"mostextremeleft", BIAS_FAR_LEFT},
    {"ultraleft", BIAS_FAR_LEFT},
    {"left", BIAS_LEFT},
    {"leftwing", BIAS_LEFT},
    {"liberal", BIAS_LEFT},
    {"strongleft", BIAS_LEFT},
    {"stronglyleft", BIAS_LEFT},
    {"hyperpartisanleft", BIAS_LEFT},
    {"leansleft", BIAS_LEAN_LEFT},
    {"leaningleft", BIAS_LEAN_LEFT},
    {"leftleaning", BIAS_LEAN_LEFT},
    {"leftcenter", BIAS_LEAN_LEFT},
    {"leftcentre", BIAS_LEAN_LEFT},
    {"centerleft", BIAS_LEAN_LEFT},
    {"centreleft", BIAS_LEAN_LEFT},
    {"leftofcenter", BIAS_LEAN_LEFT},
    {"leftofcentre", BIAS_LEAN_LEFT},
    {"skewsleft", BIAS_LEAN_LEFT},
    {"skewleft", BIAS_LEAN_LEFT},
    {"slightlyleft", BIAS_LEAN_LEFT},
    {"centre", BIAS_CENTER},
    {"centrist", BIAS_CENTER},
    {"middle", BIAS_CENTER},
    {"moderate", BIAS_CENTER},
    {"neutral", BIAS_CENTER},
    {"balanced", BIAS_CENTER},
    {"middleorbalanced", BIAS_CENTER},
    {"middleorbalancedbias", BIAS_CENTER},
    {"balancedbias", BIAS_CENTER},
    {"leastbiased", BIAS_CENTER},
    {"minimalbias", BIAS_CENTER},
    {"leansright", BIAS_LEAN_RIGHT},
    {"leaningright", BIAS_LEAN_RIGHT},
    {"rightleaning", BIAS_LEAN_RIGHT},
    {"rightcenter", BIAS_LEAN_RIGHT},
    {"rightcentre", BIAS_LEAN_RIGHT},
    {"centerright", BIAS_LEAN_RIGHT},
    {"centreright", BIAS_LEAN_RIGHT},
    {"rightofcenter", BIAS_LEAN_RIGHT},
    {"rightofcentre", BIAS_LEAN_RIGHT},
    {"skewsright", BIAS_LEAN_RIGHT},
    {"skewright", BIAS_LEAN_RIGHT},
    {"slightlyright", BIAS_LEAN_RIGHT},
    {"rightwing", BIAS_RIGHT},
    {"conservative", BIAS_RIGHT},
    {"strongright", BIAS_RIGHT},
    {"stronglyright", BIAS_RIGHT},
    {"hyperpartisanright", BIAS_RIGHT},
    {"extremeright", BIAS_FAR_RIGHT},
    {"mostextremeright", BIAS_FAR_RIGHT},
    {"ultraright", BIAS_FAR_RIGHT},
    {"unrated", BIAS_UNRATED},
    {"notrated", BIAS_UNRATED},
    {"notyetrated", BIAS_UNRATED},
    {"unknown", BIAS_UNRATED},
    {"none", BIAS_UNRATED},
    {"na", BIAS_UNRATED},
    {"notavailable", BIAS_UNRATED},
    {"mixed", BIAS_UNRATED}, /* AllSides: an outlet of authors of all sides */
    {"proscience", BIAS_UNRATED},
    {"satire", BIAS_UNRATED},
    {"fakenews", BIAS_UNRATED},
    {"questionable", BIAS_UNRATED},
    {"questionablesource", BIAS_UNRATED},
    {"questionablesources", BIAS_UNRATED},
    {"conspiracy", BIAS_UNRATED},
    {"conspiracypseudoscience", BIAS_UNRATED},
};

static const struct word factuality_words[] = {
    {"mostlyfactual", FACTUALITY_HIGH},   {"mostlyhigh", FACTUALITY_HIGH},
    {"mixedfactual", FACTUALITY_MIXED},   {"mixedfactuality", FACTUALITY_MIXED},
    {"medium", FACTUALITY_MIXED},         {"highfactuality", FACTUALITY_HIGH},
    {"lowfactuality", FACTUALITY_LOW},    {"verylowfactuality", FACTUALITY_VERY_LOW},
    {"na", FACTUALITY_UNKNOWN},           {"none", FACTUALITY_UNKNOWN},
    {"notrated", FACTUALITY_UNKNOWN},     {"unrated", FACTUALITY_UNKNOWN},
    {"satire", FACTUALITY_UNKNOWN},       {"veryhighfactuality", FACTUALITY_VERY_HIGH},
    {"notavailable", FACTUALITY_UNKNOWN},
};

static const struct word ownership_words[] = {
    {"conglomerate", OWNERSHIP_MEDIA_CONGLOMERATE},
    {"largemediaconglomerate", OWNERSHIP_MEDIA_CONGLOMERATE},
    {"mediagroup", OWNERSHIP_MEDIA_CONGLOMERATE},
    {"privateequityfirm", OWNERSHIP_PRIVATE_EQUITY},
    {"hedgefund", OWNERSHIP_PRIVATE_EQUITY},
    {"individual", OWNERSHIP_BILLIONAIRE},
    {"wealthyprivateowner", OWNERSHIP_BILLIONAIRE},
    {"privateowner", OWNERSHIP_BILLIONAIRE},
    {"corporate", OWNERSHIP_CORPORATION},
    {"company", OWNERSHIP_CORPORATION},
    {"telecommunications", OWNERSHIP_TELECOM},
    {"telecomcompany", OWNERSHIP_TELECOM},
    {"state", OWNERSHIP_GOVERNMENT},
    {"stateowned", OWNERSHIP_GOVERNMENT},
    {"statemedia", OWNERSHIP_GOVERNMENT},
    {"statefunded", OWNERSHIP_GOVERNMENT},
    {"statefundedmedia", OWNERSHIP_GOVERNMENT},
    {"public", OWNERSHIP_GOVERNMENT},
    {"publicmedia", OWNERSHIP_GOVERNMENT},
    {"publicbroadcaster", OWNERSHIP_GOVERNMENT},
    {"publiclyfunded", OWNERSHIP_GOVERNMENT},
    {"independentnews", OWNERSHIP_INDEPENDENT},
    {"independentmedia", OWNERSHIP_INDEPENDENT},
    {"independentcompany", OWNERSHIP_INDEPENDENT},
    {"employeeowned", OWNERSHIP_INDEPENDENT},
    {"cooperative", OWNERSHIP_INDEPENDENT},
    {"nonprofit", OWNERSHIP_OTHER},
    {"foundation", OWNERSHIP_OTHER},
    {"trust", OWNERSHIP_OTHER},
    {"private", OWNERSHIP_OTHER},
    {"privatemedia", OWNERSHIP_OTHER},
    {"privateenterprise", OWNERSHIP_OTHER},
    {"unknown", OWNERSHIP_UNCATEGORIZED},
    {"uncategorised", OWNERSHIP_UNCATEGORIZED},
    {"none", OWNERSHIP_UNCATEGORIZED},
    {"na", OWNERSHIP_UNCATEGORIZED},
};

/* "Left-Center" -> "leftcenter". Only ASCII letters count; false when it does not fit. */
static bool letters_of(const char *text, size_t len, char key[KEY_MAX])
{
    size_t used = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
        if (c < 'a' || c > 'z') continue;
        if (used + 1 == KEY_MAX) return false;
        key[used++] = c;
    }
    key[used] = '\0';
    return true;
}

/* Whether text ("very high") has just the letters of key ("veryhigh"). */
static bool reads_like(const char *text, const char *key)
{
    for (; *text != '\0'; text++) {
        if (*text < 'a' || *text > 'z') continue;
        if (*text != *key++) return false;
    }
    return *key == '\0';
}

static bool is_empty(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] != ' ' && text[i] != '-' && text[i] != '\t') return false;
    return true;
}

/* A kind of label: our own texts, numbered from 0, then what raters say for them. */
struct vocabulary {
    const char *const *own;
    size_t own_count;
    const struct word *words;
    size_t word_count;
    int empty; /* what no text at all means */
};

static bool find_label(const struct vocabulary *vocabulary, const char *text, size_t len, int *out)
{
    char key[KEY_MAX];
    if (is_empty(text, len)) {
        *out = vocabulary->empty;
        return true;
    }
    if (!letters_of(text, len, key)) return false;
    for (size_t i = 0; i < vocabulary->own_count; i++) {
        if (!reads_like(vocabulary->own[i], key)) continue;
        *out = (int)i;
        return true;
    }
    for (size_t i = 0; i < vocabulary->word_count; i++) {
        if (strcmp(vocabulary->words[i].key, key) != 0) continue;
        *out = vocabulary->words[i].value;
        return true;
    }
    return false;
}
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static bool bias_label(const char *text, size_t len, enum bias *out)
{
    static const char *const own[] = {
#define OWN_TEXT(id, json, text, side) text,
        BIAS_LABELS(OWN_TEXT)
#undef OWN_TEXT
    };
    static const struct vocabulary vocabulary = {own, COUNT_OF(own), bias_words, COUNT_OF(bias_words),
                                                 BIAS_UNRATED};
    int value;
    if (!find_label(&vocabulary, text, len, &value)) return false;
    *out = (enum bias)value;
    return true;
}

/* A rater's scale; thousandths, so that 2.99 and 3 are told apart exactly. */
struct scale {
    const char *rater; /* letters only */
    int32_t lean, side, far, limit;
};

static const struct scale *find_scale(const char *key)
{
    static const struct scale scales[] = {
        {"allsides", 1000, 3000, INT32_MAX, 6000},       {"mbfc", 2000, 5000, 8000, 10000},
        {"mediabiasfactcheck", 2000, 5000, 8000, 10000}, {"adfontes", 6000, 18000, 30000, 42000},
        {"adfontesmedia", 6000, 18000, 30000, 42000},
    };
    for (size_t i = 0; i < COUNT_OF(scales); i++)
        if (strcmp(scales[i].rater, key) == 0) return &scales[i];
    return NULL;
}

static bool is_number_start(char c)
{
    return (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
}

/* A decimal in thousandths, digits past the third cut off; no locale, no exponent. */
static bool thousandths(const char *text, size_t len, int32_t *out)
{
    size_t i = 0, digits = 0;
    bool negative = len > 0 && text[0] == '-';
    if (len > 0 && (text[0] == '-' || text[0] == '+')) i++;
    int64_t value = 0;
    for (; i < len && text[i] >= '0' && text[i] <= '9'; i++, digits++) {
        value = value * 10 + (text[i] - '0');
        if (value > 1000000) return false;
    }
    value *= 1000;
    if (i < len && text[i] == '.') {
        i++;
        for (int64_t unit = 100; i < len && text[i] >= '0' && text[i] <= '9'; i++, digits++, unit /= 10)
            value += (text[i] - '0') * unit;
    }
    if (digits == 0 || i != len) return false;
    *out = (int32_t)(negative ? -value : value);
    return true;
}

static enum bias bias_on_scale(const struct scale *scale, int32_t value)
{
    int32_t size = value < 0 ? -value : value;
    int level = (size >= scale->lean) + (size >= scale->side) + (size >= scale->far);
    return (enum bias)((int)BIAS_CENTER + (value < 0 ? -level : level));
}

static bool one_opinion(const char *text, size_t len, enum bias *out, char reason[RATINGS_OPINION_REASON])
{
    const char *equals = memchr(text, '=', len);
    char rater[KEY_MAX];
    if (equals == NULL || !letters_of(text, (size_t)(equals - text), rater) || rater[0] == '\0') {
        snprintf(reason, RATINGS_OPINION_REASON, "bias opinion \"%.*s\" is not rater=value",
                 (int)(len < 60 ? len : 60), text);
        return false;
    }
    const char *value = equals + 1, *end = text + len;
    while (value < end && *value == ' ') value++;
    while (end > value && end[-1] == ' ') end--;
    size_t value_len = (size_t)(end - value);
    if (value_len == 0 || !is_number_start(*value)) {
        if (bias_label(value, value_len, out)) return true;
        snprintf(reason, RATINGS_OPINION_REASON, "bias \"%.*s\" of %s is not known",
                 (int)(value_len < 60 ? value_len : 60), value, rater);
        return false;
    }
    const struct scale *scale = find_scale(rater);
    if (scale == NULL) {
        snprintf(reason, RATINGS_OPINION_REASON, "the scale of rater \"%s\" is not known; give its label",
                 rater);
        return false;
    }
    int32_t number;
    if (!thousandths(value, value_len, &number) || number > scale->limit || number < -scale->limit) {
        snprintf(reason, RATINGS_OPINION_REASON, "\"%.*s\" is not a number on the scale of %s",
                 (int)(value_len < 60 ? value_len : 60), value, rater);
        return false;
    }
    *out = bias_on_scale(scale, number);
    return true;
}

/* Mean of labels as whole steps from the center; a half goes towards the center. */
static enum bias mean_bias(int sum, int count)
{
    int size = sum < 0 ? -sum : sum;
    int level = (2 * size + count - 1) / (2 * count);
    return (enum bias)((int)BIAS_CENTER + (sum < 0 ? -level : level));
}

static bool mean_of_opinions(const char *text, enum bias *out, char reason[RATINGS_OPINION_REASON])
{
    int sum = 0, count = 0;
    for (const char *at = text; *at != '\0';) {
        size_t len = strcspn(at, ";");
        enum bias bias;
        if (!is_empty(at, len)) {
            if (!one_opinion(at, len, &bias, reason)) return false;
            if (bias != BIAS_UNRATED) {
                sum += (int)bias - (int)BIAS_CENTER;
                count++;
            }
        }
        at += len;
        if (*at == ';') at++;
    }
    *out = count == 0 ? BIAS_UNRATED : mean_bias(sum, count);
    return true;
}

bool ratings_opinion_bias(const char *text, enum bias *out, char reason[RATINGS_OPINION_REASON])
{
    if (strchr(text, '=') != NULL) return mean_of_opinions(text, out, reason);
    if (bias_label(text, strlen(text), out)) return true;
    snprintf(reason, RATINGS_OPINION_REASON, "bias \"%.60s\" is not known%s", text,
             is_number_start(text[0]) ? "; say whose scale it is, as in allsides=-2.1" : "");
    return false;
}

bool ratings_opinion_factuality(const char *text, enum factuality *out, char reason[RATINGS_OPINION_REASON])
{
    static const char *const own[] = {
#define OWN_TEXT(id, json, text) text,
        FACTUALITY_LABELS(OWN_TEXT)
#undef OWN_TEXT
    };
    static const struct vocabulary vocabulary = {own, COUNT_OF(own), factuality_words,
                                                 COUNT_OF(factuality_words), FACTUALITY_UNKNOWN};
    int value;
    if (!find_label(&vocabulary, text, strlen(text), &value)) {
        snprintf(reason, RATINGS_OPINION_REASON, "factuality \"%.60s\" is not known", text);
        return false;
    }
    *out = (enum factuality)value;
    return true;
}

bool ratings_opinion_ownership(const char *text, enum ownership *out, char reason[RATINGS_OPINION_REASON])
{
    static const char *const own[] = {
#define OWN_TEXT(id, json, text) text,
        OWNERSHIP_LABELS(OWN_TEXT)
#undef OWN_TEXT
    };
    static const struct vocabulary vocabulary = {own, COUNT_OF(own), ownership_words,
                                                 COUNT_OF(ownership_words), OWNERSHIP_UNCATEGORIZED};
    int value;
    if (!find_label(&vocabulary, text, strlen(text), &value)) {
        snprintf(reason, RATINGS_OPINION_REASON, "ownership \"%.60s\" is not known", text);
        return false;
    }
    *out = (enum ownership)value;
    return true;
}
