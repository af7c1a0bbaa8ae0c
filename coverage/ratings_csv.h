/*
 * ratings_csv - rows of a CSV text (RFC 4180, as leniently as it is safe).
 *
 * Fields may be quoted ("" is a quote) and a quoted one may hold line ends; lines end in LF, CRLF or CR;
 * blank lines are skipped. The separator is the one the first line uses most of comma, semicolon and tab. A
 * row that cannot be split says why, and reading goes on at the line after it: an open quote costs one row
 * and not the rest of the file. Owns its buffers; a row is valid until the next one is read.
 */
#ifndef NW_COVERAGE_RATINGS_CSV_H
#define NW_COVERAGE_RATINGS_CSV_H

#include <stdbool.h>
#include <stddef.h>

enum { RATINGS_CSV_MAX_FIELDS = 64, RATINGS_CSV_MAX_FIELD_BYTES = 4096 };

struct ratings_csv;

struct ratings_csv_row {
    size_t line;       /* on which it begins, from 1 */
    const char *error; /* one phrase, or NULL: fields are set */
    const char
        *fields[RATINGS_CSV_MAX_FIELDS]; /* NUL-terminated, unquoted, white space around them removed */
    size_t count;
};

/* bytes are borrowed and outlive the reader. */
struct ratings_csv *ratings_csv_new(const char *bytes, size_t len);
void ratings_csv_free(struct ratings_csv *csv);
/* False at the end. */
bool ratings_csv_next(struct ratings_csv *csv, struct ratings_csv_row *row);

#endif
