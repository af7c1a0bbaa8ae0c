#include "articles/title.h"

#include <stdbool.h>
#include <string.h>

enum { NAME_BYTES = 64, NAME_WORDS = 5, MAX_CUTS = 3 };

struct separator {
    const char *text;
    unsigned least_words; /* of a tail that only looks like a name; 0: it must match the source */
};

static const struct separator separators[] = {
    {" | ", 1},  {" - ", 2},        {" \xE2\x80\x93 ", 0}, {" \xE2\x80\x94 ", 0},
    {" :: ", 1}, {" \xC2\xBB ", 1}, {" \xC2\xB7 ", 0},     {" \xE2\x80\xA2 ", 0}};

/* Lower-case letters and digits of text; other bytes above ASCII stay as they are. */
static size_t squeeze(const char *text, size_t len, char out[NAME_BYTES])
{
    size_t used = 0;
    for (size_t i = 0; i < len && used < NAME_BYTES; i++) {
        char c = text[i];
        if (c >= 'A' && c <= 'Z') c = (char)(c + ('a' - 'A'));
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (unsigned char)c >= 0x80) out[used++] = c;
    }
    return used;
}

static bool contains(const char *text, size_t len, const char *part, size_t part_len)
{
    for (size_t i = 0; i + part_len <= len; i++)
        if (memcmp(text + i, part, part_len) == 0) return true;
    return false;
}

/* "nytimes" in "thenewyorktimes". */
static bool is_subsequence(const char *part, size_t part_len, const char *text, size_t len)
{
    size_t found = 0;
    for (size_t i = 0; i < len && found < part_len; i++) found += text[i] == part[found];
    return found == part_len;
}

static bool names_outlet(const char *tail, size_t tail_len, const char *outlet, size_t outlet_len)
{
    char name[NAME_BYTES], known[NAME_BYTES];
    size_t name_len = squeeze(tail, tail_len, name), known_len = squeeze(outlet, outlet_len, known);
    if (name_len < 2 || known_len < 2) return false;
    if (name_len == known_len && memcmp(name, known, name_len) == 0) return true;
    if (known_len >= 3 && contains(name, name_len, known, known_len)) return true;
    if (name_len >= 3 && 2 * name_len >= known_len && contains(known, known_len, name, name_len)) return true;
    return known_len >= 4 && known_len * 3 >= name_len && is_subsequence(known, known_len, name, name_len);
}

/* The registrable part: "nytimes" of "nytimes.com". */
static size_t domain_label(const char *source)
{
    return strcspn(source, ".");
}

struct shape {
    unsigned words;
    bool name_like; /* every word begins with a capital, a digit-free byte above ASCII, or is "of", "the" ...
                     */
};

static bool is_small_word(const char *word, size_t len)
{
    static const char *const small[] = {"of", "the", "and", "de", "la", "le",
                                        "du", "der", "die", "&",  "di", "el"};
    for (size_t i = 0; i < sizeof(small) / sizeof(small[0]); i++)
        if (strlen(small[i]) == len && memcmp(small[i], word, len) == 0) return true;
    return false;
}

static struct shape shape_of(const char *text, size_t len)
{
    struct shape shape = {0, true};
    for (size_t i = 0; i < len;) {
        size_t end = i;
        while (end < len && text[end] != ' ') end++;
        if (end > i) {
            char c = text[i];
            shape.words++;
            bool capital = (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0xC0;
            if (!capital && !is_small_word(text + i, end - i)) shape.name_like = false;
        }
        i = end + 1;
    }
    if (memchr(text, '?', len) != NULL || memchr(text, '!', len) != NULL || memchr(text, '"', len) != NULL ||
        memchr(text, '\'', len) != NULL || contains(text, len, "\xE2\x80\x99", 3))
        shape.name_like = false;
    return shape;
}

/* The last place where any separator stands; NULL when there is none. */
static const struct separator *last_separator(const char *title, size_t len, size_t *at)
{
    const struct separator *found = NULL;
    for (size_t s = 0; s < sizeof(separators) / sizeof(separators[0]); s++) {
        size_t width = strlen(separators[s].text);
        for (size_t i = len; i-- > 1;) {
            if (i + width > len || memcmp(title + i, separators[s].text, width) != 0) continue;
            if (found == NULL || i > *at) {
                found = &separators[s];
                *at = i;
            }
            break;
        }
    }
    return found;
}

size_t title_without_outlet(const char *title, const char *source, const char *source_name)
{
    size_t len = strlen(title);
    for (int cuts = 0; cuts < MAX_CUTS; cuts++) {
        size_t at = 0;
        const struct separator *separator = last_separator(title, len, &at);
        if (separator == NULL) break;
        const char *tail = title + at + strlen(separator->text);
        size_t tail_len = len - (size_t)(tail - title);
        bool outlet = names_outlet(tail, tail_len, source, domain_label(source)) ||
                      names_outlet(tail, tail_len, source_name, strlen(source_name));
        struct shape name = shape_of(tail, tail_len), head = shape_of(title, at);
        /* Where every word has a capital, only a short tail still looks like a name. */
        bool looks_like_one = separator->least_words > 0 && name.name_like &&
                              name.words >= separator->least_words && head.words >= 3 &&
                              (!head.name_like || name.words <= 2);
        outlet = outlet && (name.name_like || name.words == 1); /* "- not this time" on time.com is text */
        if (name.words > NAME_WORDS || tail_len == 0 || (!outlet && !looks_like_one)) break;
        len = at;
    }
    return len;
}
