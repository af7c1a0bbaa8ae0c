/*
 * json_writer - JSON text written front to back into one growing buffer (RFC 8259).
 *
 * Commas are put by the writer; keys and nesting are the caller's. No tree: a summary is written in
 * one pass. Keys are our own literals and are not escaped. Text is escaped where it must be, and bytes that
 * are not UTF-8 become U+FFFD, so the result is valid whatever the input. The _text, _number ... functions
 * with a key write "key":value; a NULL key writes an element of an array.
 */
#ifndef NW_COVERAGE_JSON_WRITER_H
#define NW_COVERAGE_JSON_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"

struct json_writer {
    char *data;
    size_t len, capacity;
};

void json_writer_init(struct json_writer *writer, size_t expected_bytes);
void json_writer_fini(struct json_writer *writer);
/* Back to nothing written, memory kept. */
void json_writer_reset(struct json_writer *writer);
/* The text, NUL-terminated behind *len bytes; the caller frees it. The writer is empty then. */
char *json_writer_take(struct json_writer *writer, size_t *len);

void json_writer_open(struct json_writer *writer, const char *key, char bracket); /* '{' or '[' */
void json_writer_close(struct json_writer *writer, char bracket);                 /* '}' or ']' */

/* Longer text is cut between characters to at most max bytes and gets an ellipsis. */
void json_writer_text(struct json_writer *writer, const char *key, const char *text, size_t max);
void json_writer_number(struct json_writer *writer, const char *key, uint64_t number);
void json_writer_signed(struct json_writer *writer, const char *key, int64_t number);
void json_writer_bool(struct json_writer *writer, const char *key, bool value);
void json_writer_id(struct json_writer *writer, const char *key, struct id128 id);

/* Left out entirely when the text is "" (or NULL), or there is no such time. */
void json_writer_text_if(struct json_writer *writer, const char *key, const char *text, size_t max);
void json_writer_time_if(struct json_writer *writer, const char *key, int64_t instant_ms);

#endif
