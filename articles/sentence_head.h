/*
 * sentence_head - what stands before a sentence proper although no stop ends it: the article's own title,
 * bylines, datelines, picture credits, headings run into the text.
 *
 * Scraped bodies have them glued to the next sentence. Pure functions over valid UTF-8; lengths in bytes.
 */
#ifndef NW_ARTICLES_SENTENCE_HEAD_H
#define NW_ARTICLES_SENTENCE_HEAD_H

#include <stdbool.h>
#include <stddef.h>

/* Of the beginning of a body: its title repeated (title_len bytes of it), "By Ann Lee LONDON, Dec 29
 * (Reuters) - ", "RAMALLAH, West Bank — ", "(CNN) -- ". 0: it begins with a sentence. */
size_t text_head(const char *text, const char *title, size_t title_len);

/* Of any sentence: up to the last picture credit in parentheses, "(Jo Roe/AP) ", and, with english, up to
 * the last capital that can only begin a sentence: "... looks on The talks failed". */
size_t sentence_head(const char *text, size_t len, bool english);

#endif
