#include "articles/fold.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "base/alloc.h"

enum { TABLE_SIZE = 0x800, BARE_BYTES = 2 };

struct bare {
    uint8_t len;
    char bytes[BARE_BYTES];
};

struct fold_table {
    struct glyph glyphs[TABLE_SIZE];
    struct bare bare[TABLE_SIZE];
    struct fold_ascii ascii;
};

struct range {
    int32_t first, last;
};

static bool in_ranges(int32_t cp, const struct range *ranges, size_t count)
{
    for (size_t i = 0; i < count && ranges[i].first <= cp; i++)
        if (cp <= ranges[i].last) return true;
    return false;
}

/* Blocks of the scripts written without spaces (and Hangul, whose particles cling to the words). */
static bool is_gram(int32_t cp)
{
    static const struct range grams[] = {
        {0x0E00, 0x0EFF}, {0x1000, 0x109F}, {0x1100, 0x11FF}, {0x1780, 0x17FF},   {0x2E80, 0x2FDF},
        {0x3005, 0x3007}, {0x3021, 0x3035}, {0x3041, 0x30FA}, {0x30FC, 0x318E},   {0x31A0, 0x31BF},
        {0x31F0, 0x31FF}, {0x3400, 0x4DBF}, {0x4E00, 0x9FFF}, {0xA960, 0xA97F},   {0xAC00, 0xD7FF},
        {0xF900, 0xFAFF}, {0xFF66, 0xFF9F}, {0xFFA0, 0xFFDC}, {0x20000, 0x3FFFF},
    };
    return in_ranges(cp, grams, sizeof(grams) / sizeof(grams[0]));
}

/* Soft hyphen, joiners, tatweel, byte order mark: invisible inside a word. */
static bool vanishes(int32_t cp)
{
    return cp == 0x00AD || cp == 0x0640 || (cp >= 0x200B && cp <= 0x200D) || cp == 0x2060 || cp == 0xFEFF;
}

static int32_t digit_value(int32_t cp)
{
    static const int32_t zeros[] = {0x0030, 0x0660, 0x06F0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0BE6,
                                    0x0C66, 0x0CE6, 0x0D66, 0x0E50, 0x0ED0, 0x1040, 0x17E0, 0xFF10};
    for (size_t i = 0; i < sizeof(zeros) / sizeof(zeros[0]); i++)
        if (cp >= zeros[i] && cp <= zeros[i] + 9) return cp - zeros[i];
    return -1;
}

static enum glyph_kind kind_of(int32_t cp, utf8proc_category_t category)
{
    switch (category) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_NL:
        return is_gram(cp) ? GLYPH_GRAM : GLYPH_LETTER;
    case UTF8PROC_CATEGORY_ND:
        return GLYPH_DIGIT;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
        return GLYPH_MARK;
    default:
        return GLYPH_OTHER;
    }
}

static void append(struct glyph *glyph, int32_t cp)
{
    utf8proc_uint8_t bytes[4];
    size_t len = (size_t)utf8proc_encode_char(cp, bytes);
    if (glyph->len + len > GLYPH_MAX_BYTES) return; /* a few ligatures of whole phrases: their beginning */
    memcpy(glyph->bytes + glyph->len, bytes, len);
    glyph->len = (uint8_t)(glyph->len + len);
}

static void compute_glyph(int32_t cp, struct glyph *out)
{
    const utf8proc_property_t *property = utf8proc_get_property(cp);
    *out = (struct glyph){.kind = (uint8_t)kind_of(cp, (utf8proc_category_t)property->category)};
    if (vanishes(cp)) {
        out->kind = GLYPH_MARK;
        return;
    }
    if (out->kind == GLYPH_OTHER) return;
    if (property->category == UTF8PROC_CATEGORY_LU || property->category == UTF8PROC_CATEGORY_LT)
        out->letter_case = CASE_UPPER;
    else if (property->category == UTF8PROC_CATEGORY_LL)
        out->letter_case = CASE_LOWER;
    if (out->kind == GLYPH_DIGIT && digit_value(cp) >= 0) {
        append(out, '0' + digit_value(cp));
        return;
    }
    if (cp == 0x0130) { /* full folding leaves a dot above, which no stemmer knows */
        append(out, 'i');
        return;
    }
    /* Input is NFC and stays composed: only compatibility forms are taken apart. */
    int options = UTF8PROC_CASEFOLD;
    if (property->decomp_type != 0) options |= UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE;
    utf8proc_int32_t folded[32];
    int boundclass = 0;
    utf8proc_ssize_t count = utf8proc_decompose_char(cp, folded, sizeof(folded) / sizeof(folded[0]),
                                                     (utf8proc_option_t)options, &boundclass);
    if (count <= 0 || count > (utf8proc_ssize_t)(sizeof(folded) / sizeof(folded[0]))) {
        append(out, cp);
        return;
    }
    for (utf8proc_ssize_t i = 0; i < count; i++) append(out, folded[i]);
}

/* Appends the bare form of one folded character; marks vanish. */
static size_t compute_bare(int32_t cp, char *out)
{
    bool letters_with_marks = cp == 0x0439 || cp == 0x0457 || cp == 0x045E;
    bool strips = cp < 0x0700 || (cp >= 0x1E00 && cp < 0x2000);
    if (cp == 0x0131) cp = 'i';
    utf8proc_int32_t parts[8] = {cp};
    utf8proc_ssize_t count = 1;
    if (strips && !letters_with_marks) {
        int boundclass = 0;
        count = utf8proc_decompose_char(cp, parts, sizeof(parts) / sizeof(parts[0]),
                                        UTF8PROC_DECOMPOSE | UTF8PROC_STRIPMARK, &boundclass);
    }
    size_t len = 0;
    for (utf8proc_ssize_t i = 0; i < count; i++)
        len += (size_t)utf8proc_encode_char(parts[i], (utf8proc_uint8_t *)out + len);
    return len;
}

static void compute_ascii(struct fold_ascii *ascii)
{
    for (unsigned c = 'a'; c <= 'z'; c++) {
        unsigned upper = c - 'a' + 'A';
        ascii->folded[c] = ascii->folded[upper] = (uint8_t)c;
        ascii->counts[c] = FOLD_LOWER;
        ascii->counts[upper] = FOLD_UPPER;
    }
    for (unsigned c = '0'; c <= '9'; c++) {
        ascii->folded[c] = (uint8_t)c;
        ascii->counts[c] = FOLD_DIGIT;
    }
}

struct fold_table *fold_table_new(void)
{
    struct fold_table *table = nw_calloc(1, sizeof(*table));
    for (int32_t cp = 0; cp < TABLE_SIZE; cp++) {
        compute_glyph(cp, &table->glyphs[cp]);
        char bytes[32];
        size_t len = compute_bare(cp, bytes);
        if (len > BARE_BYTES) len = 0;
        table->bare[cp].len = (uint8_t)len;
        memcpy(table->bare[cp].bytes, bytes, len);
    }
    compute_ascii(&table->ascii);
    return table;
}

void fold_table_free(struct fold_table *table)
{
    free(table);
}

const struct fold_ascii *fold_ascii(const struct fold_table *table)
{
    return &table->ascii;
}

int32_t fold_next(const char *text, size_t len, size_t *pos)
{
    unsigned char first = (unsigned char)text[*pos];
    if (first < 0x80) {
        (*pos)++;
        return first;
    }
    utf8proc_int32_t cp;
    utf8proc_ssize_t used =
        utf8proc_iterate((const utf8proc_uint8_t *)text + *pos, (utf8proc_ssize_t)(len - *pos), &cp);
    if (used <= 0) {
        (*pos)++;
        return 0xFFFD;
    }
    *pos += (size_t)used;
    return cp;
}

const struct glyph *fold_glyph(const struct fold_table *table, int32_t code_point, struct glyph *scratch)
{
    if (code_point >= 0 && code_point < TABLE_SIZE) return &table->glyphs[code_point];
    compute_glyph(code_point, scratch);
    return scratch;
}

size_t fold_bare(const struct fold_table *table, const char *folded, size_t len, char *out)
{
    size_t used = 0;
    for (size_t pos = 0; pos < len;) {
        size_t start = pos;
        int32_t cp = fold_next(folded, len, &pos);
        if (cp < TABLE_SIZE) {
            memcpy(out + used, table->bare[cp].bytes, table->bare[cp].len);
            used += table->bare[cp].len;
        } else if (cp >= 0x1E00 && cp < 0x2000) {
            char bytes[32];
            size_t bare_len = compute_bare(cp, bytes);
            if (bare_len > pos - start) bare_len = pos - start;
            memcpy(out + used, bytes, bare_len);
            used += bare_len;
        } else {
            memmove(out + used, folded + start, pos - start);
            used += pos - start;
        }
    }
    return used;
}
