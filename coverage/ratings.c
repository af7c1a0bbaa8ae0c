#include "coverage/ratings.h"

#include <assert.h>
#include <jansson.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "articles/fold.h"
#include "articles/utf8.h"
#include "base/alloc.h"
#include "base/arena.h"
#include "base/hash.h"
#include "base/instant.h"
#include "coverage/ratings_csv.h"
#include "coverage/ratings_opinion.h"

enum { MAX_ISSUES = 1000, MAX_DOMAIN = 253 };

/* X(name, other names): what a row may tell. */
#define COLUMNS(X)                                                                                           \
    X(domain, "source", "host")                                                                              \
    X(name, "sourcename", "outlet")                                                                          \
    X(bias, "biasrating", "mediabias")                                                                       \
    X(factuality, "factualreporting", "reporting")                                                           \
    X(ownership, "ownershiptype", "ownercategory")                                                           \
    X(owner, "ownername", "ownedby")                                                                         \
    X(country, "countrycode", "place")                                                                       \
    X(city, "town", "location")                                                                              \
    X(paywalled, "paywall", "ispaywalled")                                                                   \
    X(url, "website", "homepage")

enum column {
#define COLUMN_ENUM(name, a, b) COLUMN_##name,
    COLUMNS(COLUMN_ENUM)
#undef COLUMN_ENUM
        COLUMN_COUNT
};

/* One row as texts; "" where it has none. */
struct row {
    size_t line;
    const char *values[COLUMN_COUNT];
};

struct ratings {
    atomic_size_t references;
    struct arena *arena; /* all strings */
    char *version;
    int64_t loaded_ms;

    struct rating *rows;
    size_t *lines; /* of rows: for naming a duplicate's first place */
    size_t count, capacity, lines_capacity;

    uint32_t *slots; /* open addressing: row + 1, 0 free; a power of two, at most half full */
    size_t slot_count;

    struct ratings_issue *issues;
    size_t issue_count, issue_capacity, issues_left_out;
};

/* ---- the table ---- */

static uint32_t *find_slot(const struct ratings *ratings, const char *domain, size_t len)
{
    size_t mask = ratings->slot_count - 1;
    size_t i = (size_t)hash64(domain, len) & mask;
    for (;; i = (i + 1) & mask) {
        uint32_t row = ratings->slots[i];
        if (row == 0) return &ratings->slots[i];
        const char *held = ratings->rows[row - 1].domain;
        if (strncmp(held, domain, len) == 0 && held[len] == '\0') return &ratings->slots[i];
    }
}

static void grow_slots(struct ratings *ratings)
{
    if (2 * (ratings->count + 1) <= ratings->slot_count) return;
    free(ratings->slots);
    ratings->slot_count = ratings->slot_count == 0 ? 64 : ratings->slot_count * 2;
    ratings->slots = nw_calloc(ratings->slot_count, sizeof(*ratings->slots));
    for (size_t i = 0; i < ratings->count; i++)
        *find_slot(ratings, ratings->rows[i].domain, strlen(ratings->rows[i].domain)) = (uint32_t)i + 1;
}

struct ratings *ratings_empty(void)
{
    struct ratings *ratings = nw_calloc(1, sizeof(*ratings));
    atomic_init(&ratings->references, 1);
    ratings->arena = arena_new();
    ratings->version = nw_strdup("none");
    ratings->loaded_ms = NW_NO_TIME;
    grow_slots(ratings);
    return ratings;
}

struct ratings *ratings_ref(struct ratings *ratings)
{
    size_t before = atomic_fetch_add_explicit(&ratings->references, 1, memory_order_relaxed);
    assert(before > 0);
    return ratings;
}

void ratings_unref(struct ratings *ratings)
{
    if (ratings == NULL) return;
    if (atomic_fetch_sub_explicit(&ratings->references, 1, memory_order_acq_rel) != 1) return;
    arena_free(ratings->arena);
    free(ratings->version);
    free(ratings->rows);
    free(ratings->lines);
    free(ratings->slots);
    free(ratings->issues);
    free(ratings);
}

const struct rating *ratings_find(const struct ratings *ratings, const char *source)
{
    if (ratings->count == 0) return NULL;
    for (const char *host = source;;) {
        uint32_t row = *find_slot(ratings, host, strlen(host));
        if (row != 0) return &ratings->rows[row - 1];
        /* The parent domain, as long as it has a dot: the registrable domain is among them. A key with
         * a path names one publisher on a platform, which says nothing of the platform. */
        const char *dot = strchr(host, '.');
        if (dot == NULL || strchr(dot + 1, '.') == NULL || strchr(host, '/') != NULL) return NULL;
        host = dot + 1;
    }
}

const char *ratings_version(const struct ratings *ratings)
{
    return ratings->version;
}

size_t ratings_count(const struct ratings *ratings)
{
    return ratings->count;
}

size_t ratings_issues(const struct ratings *ratings, const struct ratings_issue **issues)
{
    *issues = ratings->issues;
    return ratings->issue_count;
}

void ratings_set_loaded_ms(struct ratings *ratings, int64_t loaded_ms)
{
    ratings->loaded_ms = loaded_ms;
}

int64_t ratings_loaded_ms(const struct ratings *ratings)
{
    return ratings->loaded_ms;
}

/* ---- reading rows ---- */

static void add_issue(struct ratings *ratings, size_t line, const char *reason)
{
    if (ratings->issue_count == MAX_ISSUES) {
        ratings->issues_left_out++;
        return;
    }
    char *kept = arena_strdup(ratings->arena, reason);
    for (size_t at = 0, len = strlen(kept); at < len;) { /* it quotes the file, and is to be logged */
        size_t start = at;
        int32_t c = fold_next(kept, len, &at);
        if (c < ' ' || c == 0x7F || (c == 0xFFFD && at == start + 1)) kept[start] = '?';
    }
    ratings->issues = nw_grow(ratings->issues, &ratings->issue_capacity, ratings->issue_count + 1,
                              sizeof(*ratings->issues));
    ratings->issues[ratings->issue_count++] = (struct ratings_issue){.line = line, .reason = kept};
}

/* "https://www.Example.com/" -> "example.com"; a path stays ("medium.com/@name"). False: not a domain. */
static bool clean_domain(const char *text, char out[MAX_DOMAIN + 1])
{
    const char *scheme = strstr(text, "://");
    if (scheme != NULL) text = scheme + 3;
    if (strncasecmp(text, "www.", 4) == 0) text += 4;
    size_t len = strlen(text);
    while (len > 0 && (text[len - 1] == '/' || text[len - 1] == '.')) len--;
    if (len == 0 || len > MAX_DOMAIN || text[0] == '.') return false;
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c <= ' ' || c == 0x7F || c == '"' || c == '<' || c == '>' || c == ',' || c == ';') return false;
        out[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    out[len] = '\0';
    return strchr(out, '.') != NULL;
}

/* ISO 3166-1 alpha-2; the two usual slips are mended. False: neither. */
static bool clean_country(const char *text, char out[3])
{
    if (strcasecmp(text, "UK") == 0) text = "GB";
    if (strcasecmp(text, "USA") == 0) text = "US";
    size_t len = strlen(text);
    if (len != 0 && len != 2) return false;
    for (size_t i = 0; i < len; i++) {
        out[i] = (char)(text[i] >= 'a' && text[i] <= 'z' ? text[i] - 'a' + 'A' : text[i]);
        if (out[i] < 'A' || out[i] > 'Z') return false;
    }
    out[len] = '\0';
    return true;
}

static bool clean_paywalled(const char *text, bool *out)
{
    static const char *const yes[] = {"true", "yes", "1", "y", "hard", "soft", "metered"};
    static const char *const no[] = {"", "false", "no", "0", "n", "none"};
    for (size_t i = 0; i < sizeof(yes) / sizeof(yes[0]); i++) {
        if (strcasecmp(text, yes[i]) != 0) continue;
        *out = true;
        return true;
    }
    for (size_t i = 0; i < sizeof(no) / sizeof(no[0]); i++) {
        if (strcasecmp(text, no[i]) != 0) continue;
        *out = false;
        return true;
    }
    return false;
}

/* Dashboards make links of it, so nothing but web addresses. */
static bool is_web_url(const char *text)
{
    return text[0] == '\0' || strncasecmp(text, "http://", 7) == 0 || strncasecmp(text, "https://", 8) == 0;
}

/* What is beside the bias: a text that cannot be read is named and taken as not given. */
static void read_details(struct ratings *ratings, const struct row *row, struct rating *rating)
{
    char reason[RATINGS_OPINION_REASON];
    char country[3] = "";
    if (!ratings_opinion_factuality(row->values[COLUMN_factuality], &rating->factuality, reason))
        add_issue(ratings, row->line, reason);
    if (!ratings_opinion_ownership(row->values[COLUMN_ownership], &rating->ownership, reason))
        add_issue(ratings, row->line, reason);
    if (!clean_country(row->values[COLUMN_country], country)) {
        country[0] = '\0';
        add_issue(ratings, row->line, "country is not a two-letter code");
    }
    if (!clean_paywalled(row->values[COLUMN_paywalled], &rating->paywalled))
        add_issue(ratings, row->line, "paywalled is neither true nor false");
    rating->country = arena_strdup(ratings->arena, country);
    rating->url = "";
    if (is_web_url(row->values[COLUMN_url]))
        rating->url = arena_strdup(ratings->arena, row->values[COLUMN_url]);
    else
        add_issue(ratings, row->line, "url is not an http or https address");
}

static void add_row(struct ratings *ratings, const struct row *row)
{
    char domain[MAX_DOMAIN + 1], reason[RATINGS_OPINION_REASON + MAX_DOMAIN];
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        if (utf8_valid(row->values[i], strlen(row->values[i]))) continue;
        add_issue(ratings, row->line, "it is not valid UTF-8");
        return;
    }
    if (!clean_domain(row->values[COLUMN_domain], domain)) {
        snprintf(reason, sizeof(reason), "domain \"%.60s\" is not a domain", row->values[COLUMN_domain]);
        add_issue(ratings, row->line, reason);
        return;
    }
    struct rating rating = {.factuality = FACTUALITY_UNKNOWN, .ownership = OWNERSHIP_UNCATEGORIZED};
    if (!ratings_opinion_bias(row->values[COLUMN_bias], &rating.bias, reason)) {
        add_issue(ratings, row->line, reason);
        return;
    }
    grow_slots(ratings);
    uint32_t *slot = find_slot(ratings, domain, strlen(domain));
    if (*slot != 0) {
        snprintf(reason, sizeof(reason), "%s is already on line %zu, which holds", domain,
                 ratings->lines[*slot - 1]);
        add_issue(ratings, row->line, reason);
        return;
    }
    rating.domain = arena_strdup(ratings->arena, domain);
    rating.name = arena_strdup(ratings->arena, row->values[COLUMN_name]);
    rating.owner = arena_strdup(ratings->arena, row->values[COLUMN_owner]);
    rating.city = arena_strdup(ratings->arena, row->values[COLUMN_city]);
    read_details(ratings, row, &rating);
    ratings->rows = nw_grow(ratings->rows, &ratings->capacity, ratings->count + 1, sizeof(*ratings->rows));
    ratings->lines =
        nw_grow(ratings->lines, &ratings->lines_capacity, ratings->count + 1, sizeof(*ratings->lines));
    ratings->rows[ratings->count] = rating;
    ratings->lines[ratings->count] = row->line;
    *slot = (uint32_t)++ratings->count;
}

/* ---- CSV ---- */

/* Column of a header's name, COLUMN_COUNT when we have none of it. Only letters count. */
static enum column find_column(const char *name)
{
    static const char *const names[COLUMN_COUNT][3] = {
#define COLUMN_NAMES(name, a, b) {#name, a, b},
        COLUMNS(COLUMN_NAMES)
#undef COLUMN_NAMES
    };
    char key[32];
    size_t len = 0;
    for (; *name != '\0' && len + 1 < sizeof(key); name++) {
        char c = (char)(*name >= 'A' && *name <= 'Z' ? *name - 'A' + 'a' : *name);
        if (c >= 'a' && c <= 'z') key[len++] = c;
    }
    key[len] = '\0';
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        for (size_t j = 0; j < 3; j++)
            if (names[i][j][0] == key[0] && strcmp(names[i][j], key) == 0) return (enum column)i;
    return COLUMN_COUNT;
}

/* Which field of a row is which column; false with a sentence when the first line is no header. */
static bool read_header(const struct ratings_csv_row *header, enum column columns[RATINGS_CSV_MAX_FIELDS],
                        const char **problem)
{
    bool seen[COLUMN_COUNT + 1] = {false};
    for (size_t i = 0; i < header->count; i++) {
        columns[i] = find_column(header->fields[i]);
        if (columns[i] != COLUMN_COUNT && seen[columns[i]]) {
            *problem = "the header of the ratings names a column twice";
            return false;
        }
        seen[columns[i]] = true;
    }
    *problem = "the first line of the ratings is not a header with the columns domain and bias";
    return seen[COLUMN_domain] && (seen[COLUMN_bias] || seen[COLUMN_factuality] || seen[COLUMN_ownership]);
}

static bool load_csv(struct ratings *ratings, const char *bytes, size_t len, const char **problem)
{
    enum column columns[RATINGS_CSV_MAX_FIELDS];
    struct ratings_csv_row fields;
    struct ratings_csv *csv = ratings_csv_new(bytes, len);
    *problem = "the ratings are empty";
    bool good = ratings_csv_next(csv, &fields);
    if (good) good = read_header(&fields, columns, problem);
    size_t width = good ? fields.count : 0;
    while (good && ratings_csv_next(csv, &fields)) {
        struct row row = {.line = fields.line};
        if (fields.error != NULL) {
            add_issue(ratings, fields.line, fields.error);
            continue;
        }
        if (fields.count != width) {
            char reason[80];
            snprintf(reason, sizeof(reason), "it has %zu columns where the header has %zu", fields.count,
                     width);
            add_issue(ratings, fields.line, reason);
            continue;
        }
        for (size_t i = 0; i < COLUMN_COUNT; i++) row.values[i] = "";
        for (size_t i = 0; i < width; i++)
            if (columns[i] != COLUMN_COUNT) row.values[columns[i]] = fields.fields[i];
        add_row(ratings, &row);
    }
    ratings_csv_free(csv);
    return good;
}

/* ---- JSON lines ---- */

/* A number as the CSV has it; by integers, because printf would follow a locale's decimal comma. "?" (which
 * is refused) when it is beyond any scale. */
static const char *number_text(struct arena *arena, double number)
{
    if (!(number > -1000.0 && number < 1000.0)) return "?";
    long thousandths = lround(number * 1000.0), size = labs(thousandths);
    return arena_printf(arena, "%s%ld.%03ld", thousandths < 0 ? "-" : "", size / 1000, size % 1000);
}

/* {"allsides": -2.1, "mbfc": "left"} as the text the CSV has. */
static const char *opinions_text(struct arena *arena, json_t *opinions)
{
    const char *text = "", *rater;
    json_t *value;
    json_object_foreach (opinions, rater, value) {
        const char *said = "?";
        if (json_is_string(value)) said = json_string_value(value);
        if (json_is_number(value)) said = number_text(arena, json_number_value(value));
        text = arena_printf(arena, "%s%s=%s;", text, rater, said);
    }
    return text;
}

static const char *column_text(struct arena *arena, enum column column, json_t *value)
{
    if (json_is_string(value)) return json_string_value(value);
    if (json_is_null(value)) return "";
    if (json_is_boolean(value)) return json_is_true(value) ? "true" : "false";
    if (column == COLUMN_bias && json_is_object(value) && json_object_size(value) <= 16)
        return opinions_text(arena, value);
    return NULL;
}

static void add_json_row(struct ratings *ratings, struct arena *scratch, size_t line, json_t *object)
{
    struct row row = {.line = line};
    const char *key;
    json_t *value;
    for (size_t i = 0; i < COLUMN_COUNT; i++) row.values[i] = "";
    json_object_foreach (object, key, value) {
        enum column column = find_column(key);
        if (column == COLUMN_COUNT) continue;
        row.values[column] = column_text(scratch, column, value);
        if (row.values[column] != NULL && strlen(row.values[column]) <= RATINGS_CSV_MAX_FIELD_BYTES) continue;
        char reason[120];
        snprintf(reason, sizeof(reason), "%.60s is not a text of at most 4096 bytes", key);
        add_issue(ratings, line, reason);
        return;
    }
    add_row(ratings, &row);
}

static void load_json_lines(struct ratings *ratings, const char *bytes, size_t len)
{
    const char *end = bytes + len;
    struct arena *scratch = arena_new();
    for (size_t line = 1; bytes < end; line++) {
        const char *stop = memchr(bytes, '\n', (size_t)(end - bytes));
        if (stop == NULL) stop = end;
        size_t line_len = (size_t)(stop - bytes);
        while (line_len > 0 && strchr(" \t\r", bytes[line_len - 1]) != NULL && bytes[line_len - 1] != '\0')
            line_len--;
        if (line_len > 0) {
            json_t *object = json_loadb(bytes, line_len, JSON_REJECT_DUPLICATES, NULL);
            if (json_is_object(object))
                add_json_row(ratings, scratch, line, object);
            else
                add_issue(ratings, line, "it is not a JSON object with each key once");
            json_decref(object);
            arena_reset(scratch);
        }
        bytes = stop == end ? end : stop + 1;
    }
    arena_free(scratch);
}

/* ---- loading ---- */

static char *no_row_message(const struct ratings *ratings)
{
    char text[512];
    if (ratings->issue_count == 0) return nw_strdup("the ratings have a header and no row");
    snprintf(text, sizeof(text), "no row of the ratings can be read; line %zu: %s", ratings->issues[0].line,
             ratings->issues[0].reason);
    return nw_strdup(text);
}

static void set_version(struct ratings *ratings, const char *version, const char *bytes, size_t len)
{
    char hex[ID128_HEX_LEN + 1];
    id128_hex(hash128(bytes, len), hex);
    free(ratings->version);
    ratings->version = nw_strdup(version != NULL ? version : hex);
}

enum nw_err ratings_load(const char *bytes, size_t len, const char *version, struct ratings **out,
                         char **error)
{
    struct ratings *ratings = ratings_empty();
    const char *problem = NULL;
    set_version(ratings, version, bytes, len);
    if (len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) {
        bytes += 3;
        len -= 3;
    }
    size_t first = 0;
    while (first < len && strchr(" \t\r\n", bytes[first]) != NULL && bytes[first] != '\0') first++;
    bool readable = true;
    if (first < len && bytes[first] == '{')
        load_json_lines(ratings, bytes, len);
    else
        readable = load_csv(ratings, bytes, len, &problem);
    if (!readable || ratings->count == 0) {
        *error = readable ? no_row_message(ratings) : nw_strdup(problem);
        ratings_unref(ratings);
        return NW_ERR_INPUT;
    }
    if (ratings->issues_left_out > 0) {
        char text[64];
        snprintf(text, sizeof(text), "%zu more rows are not named here", ratings->issues_left_out);
        ratings->issues[MAX_ISSUES - 1].reason = arena_strdup(ratings->arena, text);
    }
    *out = ratings;
    return NW_OK;
}
