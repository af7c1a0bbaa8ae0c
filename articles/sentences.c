#include "articles/sentences.h"

#include <stdlib.h>
#include <string.h>

#include <unicode/ubrk.h>
#include <unicode/utext.h>
#include <utf8proc.h>

#include "articles/fold.h"
#include "base/alloc.h"

enum { ABBREVIATION_BYTES = 8 };

struct sentence_splitter {
    UBreakIterator *breaks;
    UText utext;
    const char *text;
    uint32_t len, start; /* start: end of the sentence before */
};

struct sentence_splitter *sentences_new(void)
{
    struct sentence_splitter *splitter = nw_calloc(1, sizeof(*splitter));
    UErrorCode status = U_ZERO_ERROR;
    splitter->utext = (UText)UTEXT_INITIALIZER;
    /* The root rules serve every language; what differs between them is abbreviations, handled here. */
    splitter->breaks = ubrk_open(UBRK_SENTENCE, "", NULL, 0, &status);
    if (U_FAILURE(status)) {
        free(splitter);
        return NULL;
    }
    return splitter;
}

void sentences_free(struct sentence_splitter *splitter)
{
    if (splitter == NULL) return;
    ubrk_close(splitter->breaks);
    utext_close(&splitter->utext);
    free(splitter);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

static bool is_ascii_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool in_list(const char *word, size_t len)
{
    static const char *const abbreviations[] = {
        "Mr",  "Mrs",  "Ms",   "Dr",  "Prof",   "St",  "Gen",  "Sen",  "Rep", "Gov",  "Col", "Lt",
        "Sgt", "Capt", "Jr",   "Sr",  "No",     "vs",  "Inc",  "Corp", "Ltd", "Co",   "Jan", "Feb",
        "Mar", "Apr",  "Jun",  "Jul", "Aug",    "Sep", "Sept", "Oct",  "Nov", "Dec",  "Nr",  "bzw",
        "ca",  "Mio",  "Mrd",  "usw", "etc",    "Abs", "Hr",   "Fr",   "Mme", "Mlle", "Sra", "Srta",
        "Dra", "Sig",  "Dott", "Av",  "approx", "Rev", "Hon",  "Adm"};
    for (size_t i = 0; i < sizeof(abbreviations) / sizeof(abbreviations[0]); i++)
        if (strlen(abbreviations[i]) == len && memcmp(abbreviations[i], word, len) == 0) return true;
    return false;
}

/* text[0, end) ends with a dot that ends no sentence: an abbreviation, an initial, or initials ("U.S.", "z.
 * B."). */
static bool ends_with_abbreviation(const char *text, size_t start, size_t end)
{
    while (end > start && is_space(text[end - 1])) end--;
    if (end <= start || text[end - 1] != '.') return false;
    size_t word_end = end - 1, word = word_end;
    while (word > start && is_ascii_letter(text[word - 1])) word--;
    size_t len = word_end - word;
    if (len == 0 || len > ABBREVIATION_BYTES) return false;
    if (word > start && (unsigned char)text[word - 1] >= 0x80) return false; /* the end of a longer word */
    return len == 1 || in_list(text + word, len);
}

/* Trims space; false when nothing is left. */
static bool trim(const char *text, struct sentence *s)
{
    while (s->start < s->end && is_space(text[s->start])) s->start++;
    while (s->end > s->start && is_space(text[s->end - 1])) s->end--;
    return s->start < s->end;
}

void sentences_begin(struct sentence_splitter *splitter, const char *text, size_t len)
{
    UErrorCode status = U_ZERO_ERROR;
    splitter->text = text;
    splitter->len = len < INT32_MAX ? (uint32_t)len : INT32_MAX;
    splitter->start = 0;
    utext_openUTF8(&splitter->utext, text, splitter->len, &status);
    ubrk_setUText(splitter->breaks, &splitter->utext, &status);
    if (U_FAILURE(status)) splitter->start = splitter->len; /* no sentences */
}

bool sentences_next(struct sentence_splitter *splitter, struct sentence *out)
{
    const char *text = splitter->text;
    while (splitter->start < splitter->len) {
        struct sentence s = {splitter->start, splitter->len};
        int32_t end;
        do {
            end = ubrk_next(splitter->breaks);
            if (end != UBRK_DONE) s.end = (uint32_t)end;
        } while (end != UBRK_DONE && s.end < splitter->len && ends_with_abbreviation(text, s.start, s.end));
        splitter->start = end == UBRK_DONE ? splitter->len : s.end;
        if (trim(text, &s)) {
            *out = s;
            return true;
        }
    }
    return false;
}

static int32_t last_character(const char *text, size_t len)
{
    size_t pos = len;
    while (pos > 0 && ((unsigned char)text[pos - 1] & 0xC0) == 0x80) pos--;
    if (pos > 0) pos--;
    return len == 0 ? 0 : fold_next(text, len, &pos);
}

static bool is_closing(int32_t cp)
{
    return cp == '"' || cp == '\'' || cp == ')' || cp == ']' || cp == 0x201D || cp == 0x2019 ||
           cp == 0x201C || cp == 0x00BB || cp == 0x300D || cp == 0x300F;
}

static bool is_stop(int32_t cp)
{
    return cp == '.' || cp == '!' || cp == '?' || cp == 0x3002 || cp == 0xFF01 || cp == 0xFF1F ||
           cp == 0x061F || cp == 0x06D4 || cp == 0x0964;
}

/* Straight quotes pair up; each opening one has its closing one. */
static bool quotes_close(const char *text, size_t len)
{
    size_t straight = 0;
    int curly = 0, angle = 0;
    for (size_t pos = 0; pos < len;) {
        int32_t cp = fold_next(text, len, &pos);
        straight += cp == '"';
        /* German closes with what English opens with. */
        curly += cp == 0x201C || cp == 0x201D || cp == 0x201E;
        angle += cp == 0x00AB || cp == 0x00BB;
    }
    return straight % 2 == 0 && curly % 2 == 0 && angle % 2 == 0;
}

bool sentence_is_whole(const char *text, size_t len)
{
    size_t pos = 0, stop = len;
    if (len == 0) return false;
    int32_t first = fold_next(text, len, &pos);
    utf8proc_category_t category = utf8proc_category(first);
    if (category == UTF8PROC_CATEGORY_LL || first == ',' || first == ';' || first == ':' || first == ')')
        return false;
    int32_t last = last_character(text, stop);
    while (stop > 0 && is_closing(last)) {
        size_t width = last < 0x80 ? 1 : last < 0x800 ? 2 : 3;
        stop -= width < stop ? width : stop;
        last = last_character(text, stop);
    }
    if (!is_stop(last)) return false;
    if (stop >= 3 && memcmp(text + stop - 3, "...", 3) == 0) return false; /* cut off */
    return quotes_close(text, len);
}
