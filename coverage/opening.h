/*
 * opening - whether a sentence can be understood by itself, told by how it opens.
 *
 * "He said so on Monday" and "But the plan failed" lean on what was said before; so does a quotation of
 * which nobody knows yet who says it. Static word lists by language (en, de, fr, es, it, pt, nl). Pure.
 */
#ifndef NW_COVERAGE_OPENING_H
#define NW_COVERAGE_OPENING_H

#include <stdbool.h>

/* language: of the text; one without a list knows quotations only. */
bool opening_leans(const char *text, const char *language);

#endif
