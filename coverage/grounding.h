/*
 * grounding - whether a text says no number and no name that the articles it is about do not have.
 *
 * For answers of a language model, before anybody sees them. What is checked, word by word:
 *  - numbers: in digits or spelled out (in languages of the table in grounding_words.c: en, de, fr, es), and
 * with million, billion ... behind them as a pair: "3 billion" is not grounded by "3 million and 5 billion";
 *  - names: every capitalised word that is not at the start of a sentence must be capitalised in an article,
 * by form or stem; at the start of a sentence it must occur in an article, stop words and common openers
 * aside; acronyms and words with digits (G20) always; two names in a row must occur so, a few words apart at
 * most, within one text: "John Smith" is not grounded by "John Major" and "Anna Smith". In German each noun
 * counts as a name, so answers must keep to the nouns of the articles. Scripts without letter case show no
 * names: they cannot be checked, and nothing is grounded in them. What is not checked: whether the articles
 * say the same of what is named.
 *
 * Pure. Owns its vocabulary, about 24 bytes a word of the articles. One thread.
 */
#ifndef NW_COVERAGE_GROUNDING_H
#define NW_COVERAGE_GROUNDING_H

#include <stdbool.h>
#include <stddef.h>

enum grounding_fault {
    GROUNDING_NONE,
    GROUNDING_NUMBER, /* a number that no article has */
    GROUNDING_NAME,   /* a name that no article has */
    GROUNDING_SCRIPT, /* names cannot be told in this script */
};

enum { GROUNDING_WORDS_MAX = 136 }; /* two words, a space and a NUL */

struct grounding;

/* language: the code of the articles and of what is checked; unknown codes have no stems and stop words. */
struct grounding *grounding_new(const char *language);
void grounding_free(struct grounding *grounding);

/* One text of an article (a title, a lead). Valid UTF-8; the first 2,000 words count. */
void grounding_add(struct grounding *grounding, const char *text, size_t len);
/* The articles are written in a script with letter case (nine words of ten at least). */
bool grounding_can_check(const struct grounding *grounding);
/* words: what is not grounded, "" with GROUNDING_NONE. */
enum grounding_fault grounding_check(struct grounding *grounding, const char *text, size_t len,
                                     char words[GROUNDING_WORDS_MAX]);

/* Some of the texts, by the order they were added in. */
struct grounding_range {
    size_t first, count;
};
/* As grounding_check(), with only these texts to stand on. */
enum grounding_fault grounding_check_within(struct grounding *grounding, struct grounding_range range,
                                            const char *text, size_t len, char words[GROUNDING_WORDS_MAX]);
/* How much of the text is said with words of these texts: the share of its words that occur in them by form
 * or stem, stop words aside; 1 when it has no others. */
double grounding_share(struct grounding *grounding, struct grounding_range range, const char *text,
                       size_t len);

/*
 * The text seems to talk to a language model instead of its readers: "ignore all previous instructions",
 * "system prompt", markers of chat formats. Such an article must neither be shown to a model nor ground
 * anything.
 */
bool grounding_is_instruction(const struct grounding *grounding, const char *text, size_t len);

#endif
