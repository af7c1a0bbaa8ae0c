/*
 * sentences - plain text to whole sentences.
 *
 * ICU finds the boundaries (UAX 29); those behind abbreviations ("Mr.", "U.S.", "z.B.") are taken back.
 * The break iterator is opened once and used again. Not thread-safe; one per pipeline.
 */
#ifndef NW_ARTICLES_SENTENCES_H
#define NW_ARTICLES_SENTENCES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sentence_splitter;

struct sentence {
    uint32_t start, end; /* bytes, without the space around */
};

/* NULL when ICU's data is missing. */
struct sentence_splitter *sentences_new(void);
void sentences_free(struct sentence_splitter *splitter);

/* Sentences one by one: only as many as asked for are looked for. text (valid UTF-8) stays until the last
 * call. */
void sentences_begin(struct sentence_splitter *splitter, const char *text, size_t len);
/* False behind the last one. */
bool sentences_next(struct sentence_splitter *splitter, struct sentence *out);

/* It begins like a sentence, ends with a stop and closes the quotes it opens. */
bool sentence_is_whole(const char *text, size_t len);

#endif
