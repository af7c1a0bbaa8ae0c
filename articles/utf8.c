#include "articles/utf8.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

static size_t sequence_length(const unsigned char *p, size_t left)
{
    size_t need = p[0] < 0x80 ? 1 : p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : p[0] < 0xF5 ? 4 : 0;
    if (need == 0 || need > left) return 0;
    for (size_t i = 1; i < need; i++)
        if ((p[i] & 0xC0) != 0x80) return 0;
    if (p[0] == 0xE0 && p[1] < 0xA0) return 0; /* overlong */
    if (p[0] == 0xED && p[1] > 0x9F) return 0; /* surrogate */
    if (p[0] == 0xF0 && p[1] < 0x90) return 0; /* overlong */
    if (p[0] == 0xF4 && p[1] > 0x8F) return 0; /* above U+10FFFF */
    return need;
}

bool utf8_valid(const void *text, size_t len)
{
    const unsigned char *p = text;
    for (size_t at = 0; at < len;) {
        size_t used = sequence_length(p + at, len - at);
        if (used == 0) return false;
        at += used;
    }
    return true;
}

uint32_t utf8_decode(const char *text, size_t *used)
{
    const unsigned char *p = (const unsigned char *)text;
    if (p[0] < 0x80) {
        *used = 1;
        return p[0];
    }
    if (p[0] < 0xE0) {
        *used = 2;
        return (p[0] & 0x1FU) << 6 | (p[1] & 0x3FU);
    }
    if (p[0] < 0xF0) {
        *used = 3;
        return (p[0] & 0x0FU) << 12 | (p[1] & 0x3FU) << 6 | (p[2] & 0x3FU);
    }
    *used = 4;
    return (p[0] & 0x07U) << 18 | (p[1] & 0x3FU) << 12 | (p[2] & 0x3FU) << 6 | (p[3] & 0x3FU);
}

size_t utf8_encode(uint32_t code, char *out)
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xC0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3F));
        return 2;
    }
    if (code < 0x10000) {
        assert(code < 0xD800 || code > 0xDFFF);
        out[0] = (char)(0xE0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3F));
        out[2] = (char)(0x80 | (code & 0x3F));
        return 3;
    }
    assert(code <= 0x10FFFF);
    out[0] = (char)(0xF0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3F));
    out[2] = (char)(0x80 | (code >> 6 & 0x3F));
    out[3] = (char)(0x80 | (code & 0x3F));
    return 4;
}

size_t utf8_cut(const char *text, size_t len, size_t max)
{
    if (len <= max) return len;
    while (max > 0 && ((unsigned char)text[max] & 0xC0) == 0x80) max--;
    return max;
}

/* Letters of the common scripts that neither combine nor decompose into something else: they need
 * no look at the property tables. The unit test checks every code point of every range. */
static bool plainly_nfc(uint32_t c)
{
    return c < 0x300 || (c >= 0x400 && c <= 0x482) || (c >= 0x4E00 && c <= 0x9FFF) ||
           (c >= 0xAC00 && c <= 0xD7A3) || (c >= 0x2010 && c <= 0x205F) || (c >= 0x3041 && c <= 0x3096) ||
           (c >= 0x30A1 && c <= 0x30FA) || (c >= 0x3001 && c <= 0x3029) || (c >= 0x388 && c <= 0x3FF) ||
           (c >= 0x5D0 && c <= 0x5EA) || (c >= 0x620 && c <= 0x64A) || (c >= 0x1E00 && c <= 0x1E99) ||
           (c >= 0x1EA0 && c <= 0x1EF9) || (c >= 0xFF01 && c <= 0xFF65) || c == 0x20AC;
}

enum { SECOND_OF_A_PAIR = 0x8000 }; /* utf8proc: bit of comb_index */

/* NFC_Quick_Check of one code point: can it stand in NFC text whatever comes before it? */
static bool nfc_yes(uint32_t code, const utf8proc_property_t *property)
{
    if (property->comb_index != UINT16_MAX && (property->comb_index & SECOND_OF_A_PAIR) != 0) return false;
    if (code >= 0x1160 && code <= 0x11FF) return false; /* Hangul vowels and finals compose by rule */
    /* Of those with a canonical decomposition some come back and some do not: let the normaliser see. */
    return property->decomp_seqindex == UINT16_MAX || property->decomp_type != 0;
}

/* Eight bytes at a time, then one: how much of the text is ASCII; it begins with an ASCII byte. */
static size_t ascii_run(const char *text, size_t len)
{
    size_t at = 0;
    for (uint64_t eight; len - at >= sizeof(eight); at += sizeof(eight)) {
        memcpy(&eight, text + at, sizeof(eight));
        if ((eight & UINT64_C(0x8080808080808080)) != 0) break;
    }
    while (at < len && (unsigned char)text[at] < 0x80) at++;
    return at;
}

bool utf8_is_nfc(const char *text, size_t len)
{
    utf8proc_propval_t last_class = 0;
    for (size_t at = 0; at < len;) {
        if ((unsigned char)text[at] < 0x80) {
            last_class = 0;
            at += ascii_run(text + at, len - at);
            continue;
        }
        size_t used;
        uint32_t code = utf8_decode(text + at, &used);
        at += used;
        if (plainly_nfc(code)) {
            last_class = 0;
            continue;
        }
        const utf8proc_property_t *property = utf8proc_get_property((utf8proc_int32_t)code);
        if (property->combining_class != 0 && property->combining_class < last_class) return false;
        if (!nfc_yes(code, property)) return false;
        last_class = property->combining_class;
    }
    return true;
}

const char *utf8_nfc(struct arena *arena, const char *text, size_t *len)
{
    if (utf8_is_nfc(text, *len)) return text;
    utf8proc_uint8_t *mapped = NULL;
    utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)*len, &mapped,
                                      UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    if (n < 0) return text; /* only for invalid UTF-8, which the caller has excluded, or no memory */
    const char *copy = arena_memdup(arena, mapped, (size_t)n);
    free(mapped);
    *len = (size_t)n;
    return copy;
}

static size_t fold_ascii(const char *text, size_t len, char *out)
{
    size_t used = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i] >= 'A' && text[i] <= 'Z' ? (char)(text[i] + 32) : text[i];
        if (used + 3 > UTF8_FOLDED_MAX) return 0;
        if (i + 2 < len && c == '\xE2' && text[i + 1] == '\x80') {
            i += 2; /* typographic punctuation: "d’Ivoire" */
        } else if (c == '&') {
            out[used++] = 'a';
            out[used++] = 'n';
            out[used++] = 'd';
        } else if ((c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80) {
            out[used++] = c;
        }
    }
    return used;
}

size_t utf8_fold_name(const char *text, size_t len, char out[UTF8_FOLDED_MAX + 1])
{
    out[0] = '\0';
    if (len > 4 * UTF8_FOLDED_MAX) return 0;
    bool ascii = true;
    for (size_t i = 0; i < len; i++) ascii = ascii && (unsigned char)text[i] < 0x80;
    utf8proc_uint8_t *mapped = NULL;
    size_t used;
    if (ascii) {
        used = fold_ascii(text, len, out);
    } else {
        utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)len, &mapped,
                                          UTF8PROC_DECOMPOSE | UTF8PROC_STRIPMARK | UTF8PROC_CASEFOLD);
        used = n < 0 ? 0 : fold_ascii((const char *)mapped, (size_t)n, out);
        free(mapped);
    }
    out[used] = '\0';
    return used;
}
