#include "coverage/ratings_csv.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct ratings_csv {
    const char *at, *end;
    size_t line;
    char separator;
    char *text; /* the row's fields, one after the other, each NUL-terminated */
    size_t text_len, text_capacity;
};

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

static char likely_separator(const char *at, const char *end)
{
    static const char separators[] = {',', ';', '\t'};
    size_t counts[sizeof(separators)] = {0};
    for (; at < end && !is_line_end(*at); at++)
        for (size_t i = 0; i < sizeof(separators); i++) counts[i] += *at == separators[i];
    size_t best = 0;
    for (size_t i = 1; i < sizeof(separators); i++)
        if (counts[i] > counts[best]) best = i;
    return separators[best];
}

struct ratings_csv *ratings_csv_new(const char *bytes, size_t len)
{
    struct ratings_csv *csv = nw_calloc(1, sizeof(*csv));
    csv->at = bytes;
    csv->end = bytes + len;
    csv->line = 1;
    csv->separator = likely_separator(csv->at, csv->end);
    return csv;
}

void ratings_csv_free(struct ratings_csv *csv)
{
    if (csv == NULL) return;
    free(csv->text);
    free(csv);
}

/* Steps over one line end at csv->at, however it is written. */
static void pass_line_end(struct ratings_csv *csv)
{
    if (*csv->at == '\r' && csv->at + 1 < csv->end && csv->at[1] == '\n') csv->at++;
    csv->at++;
    csv->line++;
}

static void pass_line(struct ratings_csv *csv)
{
    while (csv->at < csv->end && !is_line_end(*csv->at)) csv->at++;
    if (csv->at < csv->end) pass_line_end(csv);
}

static void put(struct ratings_csv *csv, char c)
{
    csv->text = nw_grow(csv->text, &csv->text_capacity, csv->text_len + 1, 1);
    csv->text[csv->text_len++] = c;
}

static const char *read_quoted(struct ratings_csv *csv, size_t start)
{
    csv->at++;
    for (;;) {
        if (csv->at >= csv->end) return "a quote is not closed";
        if (csv->text_len - start >= RATINGS_CSV_MAX_FIELD_BYTES)
            return "a quote is not closed within 4096 bytes";
        if (*csv->at == '"') {
            csv->at++;
            if (csv->at >= csv->end || *csv->at != '"') break;
            put(csv, '"');
            csv->at++;
        } else if (is_line_end(*csv->at)) {
            pass_line_end(csv);
            put(csv, '\n');
        } else {
            put(csv, *csv->at++);
        }
    }
    while (csv->at < csv->end && *csv->at == ' ') csv->at++;
    if (csv->at < csv->end && *csv->at != csv->separator && !is_line_end(*csv->at))
        return "text follows a closing quote";
    return NULL;
}

static const char *read_plain(struct ratings_csv *csv, size_t start)
{
    while (csv->at < csv->end && *csv->at != csv->separator && !is_line_end(*csv->at)) put(csv, *csv->at++);
    return csv->text_len - start > RATINGS_CSV_MAX_FIELD_BYTES ? "a field is longer than 4096 bytes" : NULL;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

/* Reads one field to its separator or line end and stores it trimmed; *offset is where. */
static const char *read_field(struct ratings_csv *csv, size_t *offset)
{
    while (csv->at < csv->end && is_blank(*csv->at) && *csv->at != csv->separator && *csv->at != '\n')
        csv->at++;
    size_t start = csv->text_len;
    const char *error =
        csv->at < csv->end && *csv->at == '"' ? read_quoted(csv, start) : read_plain(csv, start);
    if (error != NULL) return error;
    if (csv->text_len > start && memchr(csv->text + start, '\0', csv->text_len - start) != NULL)
        return "a field holds a NUL character";
    while (csv->text_len > start && is_blank(csv->text[csv->text_len - 1])) csv->text_len--;
    while (start < csv->text_len && is_blank(csv->text[start])) start++;
    put(csv, '\0');
    *offset = start;
    return NULL;
}

static const char *read_row(struct ratings_csv *csv, size_t offsets[RATINGS_CSV_MAX_FIELDS], size_t *count)
{
    csv->text_len = 0;
    for (*count = 0;;) {
        if (*count == RATINGS_CSV_MAX_FIELDS) return "it has more than 64 columns";
        const char *error = read_field(csv, &offsets[*count]);
        if (error != NULL) return error;
        (*count)++;
        if (csv->at >= csv->end) return NULL;
        if (is_line_end(*csv->at)) {
            pass_line_end(csv);
            return NULL;
        }
        csv->at++; /* the separator */
    }
}

bool ratings_csv_next(struct ratings_csv *csv, struct ratings_csv_row *row)
{
    while (csv->at < csv->end && is_line_end(*csv->at)) pass_line_end(csv);
    if (csv->at >= csv->end) return false;
    const char *start = csv->at;
    size_t line = csv->line, offsets[RATINGS_CSV_MAX_FIELDS];
    *row = (struct ratings_csv_row){.line = line};
    row->error = read_row(csv, offsets, &row->count);
    if (row->error != NULL) {
        row->count = 0;
        csv->at = start;
        csv->line = line;
        pass_line(csv);
        return true;
    }
    for (size_t i = 0; i < row->count; i++) row->fields[i] = csv->text + offsets[i];
    return true;
}
