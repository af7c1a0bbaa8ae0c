#include "articles/dateline.h"

enum { MOST_BYTES = 60, LEAST_WORD_BYTES = 4 /* Mr., No., Corp. */ };

/* Offset of the full stop that ends the first sentence, if it ends early; 0: it does not. */
static size_t find_end(const char *text, size_t len)
{
    for (size_t i = 1; i + 1 < len && i < MOST_BYTES; i++)
        if (text[i] == '.' && text[i + 1] == ' ') return i;
    return 0;
}

size_t dateline_words(const struct text_words *title, const char *text, size_t len)
{
    const struct word_list *words = &title->words;
    size_t end = find_end(text, len), count = 0;
    for (; count < words->count && words->words[count].start < end; count++)
        if (title->stems[count] != 0 && (words->words[count].flags & WORD_CAPITAL) == 0) return 0;
    if (count == 0 || count > DATELINE_WORDS || count == words->count) return 0;
    const struct word *first = &words->words[0], *last = &words->words[count - 1];
    bool joined = last->start > 0 && text[last->start - 1] == '-'; /* La Roche-sur-Yon */
    bool abbreviated =
        (last->end - last->start < LEAST_WORD_BYTES && !joined) || (last->flags & WORD_ALL_CAPS) != 0;
    return abbreviated || (first->flags & WORD_CAPITAL) == 0 ? 0 : count;
}
