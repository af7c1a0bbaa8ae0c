/*
 * html_text - text as people read it, out of what producers send: HTML or plain text.
 *
 * Tags go (script, style and their like with their content), character references are decoded, white
 * space is folded, control characters, bidi overrides and invisible characters are dropped, and the
 * result is in NFC. Twice-escaped text ("&amp;#8217;", "&lt;p&gt;"), as feeds have it, is unescaped
 * once more. Pure; linear in the length of the text; valid UTF-8 in, valid UTF-8 out.
 */
#ifndef NW_ARTICLES_HTML_TEXT_H
#define NW_ARTICLES_HTML_TEXT_H

#include <stddef.h>

#include "base/arena.h"

enum html_text_form {
    HTML_TEXT_LINE,  /* one line: every run of white space is one space */
    HTML_TEXT_BLOCK, /* paragraphs are separated by one '\n' */
};

/* At most max_bytes long, cut at a character boundary; never NULL, "" when nothing is left. */
const char *html_text(struct arena *arena, const char *text, size_t len, enum html_text_form form,
                      size_t max_bytes);

#endif
