#include "coverage/title_words.h"

#include <string.h>
#include <utf8proc.h>

#include "articles/fold.h"
#include "base/hash.h"

enum { WORD_MAX_CHARS = 64 };

/* fold_next() for the most common case without a call. */
static inline int32_t next_char(const char *text, size_t len, size_t *at)
{
    if ((unsigned char)text[*at] < 0x80) return text[(*at)++];
    return fold_next(text, len, at);
}

bool title_words_is_word_char(int32_t c)
{
    if (c < 0x80) return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    utf8proc_category_t category = utf8proc_category(c);
    return category >= UTF8PROC_CATEGORY_LU && category <= UTF8PROC_CATEGORY_NO;
}

/* Scripts that put no spaces between words. */
static bool is_unspaced(int32_t c)
{
    if (c < 0x0E00) return false;
    return (c >= 0x0E00 && c <= 0x0EFF) || (c >= 0x1000 && c <= 0x109F) || (c >= 0x1780 && c <= 0x17FF) ||
           (c >= 0x2E80 && c <= 0xA4CF) || (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x20000 && c <= 0x3FFFF);
}

static int32_t fold(int32_t c)
{
    if (c < 0x80) return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
    return utf8proc_tolower(c);
}

struct hash_list {
    uint64_t *hashes;
    size_t count, max;
};

static void list_add(struct hash_list *list, uint64_t hash)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->hashes[i] == hash) return;
    if (list->count < list->max) list->hashes[list->count++] = hash;
}

/* word holds code points; a long word is known by its beginning. */
static void list_add_word(struct hash_list *list, const int32_t *word, size_t len)
{
    bool short_word = len <= 2;
    for (size_t i = 0; i < len; i++) short_word = short_word && word[i] >= 'a' && word[i] <= 'z';
    if (len > 0 && !short_word) list_add(list, hash64(word, len * sizeof(*word)));
}

size_t title_words_hashes(const char *text, uint64_t *out, size_t max)
{
    struct hash_list list = {.hashes = out, .max = max};
    int32_t word[WORD_MAX_CHARS], previous = 0, c;
    size_t len = 0;
    for (size_t at = 0, end = strlen(text); at < end;) {
        c = next_char(text, end, &at);
        bool in_word = title_words_is_word_char(c), unspaced = in_word && is_unspaced(c);
        if (in_word && !unspaced) {
            if (len < WORD_MAX_CHARS) word[len++] = fold(c);
        } else {
            list_add_word(&list, word, len);
            len = 0;
        }
        if (unspaced && previous != 0) {
            int32_t pair[2] = {previous, c};
            list_add(&list, hash64(pair, sizeof(pair)));
        }
        previous = unspaced ? c : 0;
    }
    list_add_word(&list, word, len);
    return list.count;
}

uint64_t title_words_fold_hash(const char *text)
{
    uint64_t hash = 0;
    int32_t chunk[WORD_MAX_CHARS + 2];
    size_t len = 0;
    for (size_t at = 0, end = strlen(text); at < end;) {
        int32_t c = next_char(text, end, &at);
        chunk[len++] = fold(c);
        if (len < WORD_MAX_CHARS) continue;
        memcpy(&chunk[len], &hash, sizeof(hash));
        hash = hash64(chunk, sizeof(chunk));
        len = 0;
    }
    memcpy(&chunk[len], &hash, sizeof(hash));
    return hash64(chunk, (len + 2) * sizeof(*chunk));
}

size_t title_words_count(const char *text)
{
    size_t words = 0, unspaced = 0;
    bool in_word = false;
    for (size_t at = 0, end = strlen(text); at < end;) {
        int32_t c = next_char(text, end, &at);
        bool is_word = c > ' ' && c != 0xA0;
        if (is_word && is_unspaced(c)) {
            unspaced++;
            is_word = false;
        }
        if (is_word && !in_word) words++;
        in_word = is_word;
    }
    return words + (unspaced + 1) / 2;
}

struct title_words_case title_words_case(const char *text)
{
    struct title_words_case found = {0, 0, 0};
    bool in_word = false;
    for (size_t at = 0, end = strlen(text); at < end;) {
        int32_t c = next_char(text, end, &at);
        bool upper = c >= 'A' && c <= 'Z', lower = c >= 'a' && c <= 'z';
        if (c >= 0x80) {
            utf8proc_category_t category = utf8proc_category(c);
            upper = category == UTF8PROC_CATEGORY_LU;
            lower = category == UTF8PROC_CATEGORY_LL;
        }
        found.upper += upper;
        found.lower += lower;
        if ((upper || lower) && !in_word) found.words++;
        in_word = upper || lower;
    }
    return found;
}
