#define _GNU_SOURCE /* memmem */

#include "articles/html_text.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "articles/html_entity.h"
#include "articles/utf8.h"

enum { TAG_NAME_MAX = 12 };

/* What a tag does to the text around it. */
enum tag_effect {
    TAG_INLINE,    /* nothing: "<b>Re</b>uters" is one word */
    TAG_SPACE,     /* separates words */
    TAG_PARAGRAPH, /* separates paragraphs */
    TAG_DROP,      /* its content is not for reading */
};

static enum tag_effect tag_effect(const char *name)
{
    static const struct {
        const char name[TAG_NAME_MAX];
        enum tag_effect effect;
    } tags[] = {
        {"p", TAG_PARAGRAPH},
        {"br", TAG_PARAGRAPH},
        {"div", TAG_PARAGRAPH},
        {"li", TAG_PARAGRAPH},
        {"ul", TAG_PARAGRAPH},
        {"ol", TAG_PARAGRAPH},
        {"h1", TAG_PARAGRAPH},
        {"h2", TAG_PARAGRAPH},
        {"h3", TAG_PARAGRAPH},
        {"h4", TAG_PARAGRAPH},
        {"h5", TAG_PARAGRAPH},
        {"h6", TAG_PARAGRAPH},
        {"blockquote", TAG_PARAGRAPH},
        {"tr", TAG_PARAGRAPH},
        {"table", TAG_PARAGRAPH},
        {"section", TAG_PARAGRAPH},
        {"article", TAG_PARAGRAPH},
        {"header", TAG_PARAGRAPH},
        {"footer", TAG_PARAGRAPH},
        {"figure", TAG_PARAGRAPH},
        {"figcaption", TAG_PARAGRAPH},
        {"pre", TAG_PARAGRAPH},
        {"hr", TAG_PARAGRAPH},
        {"dd", TAG_PARAGRAPH},
        {"dt", TAG_PARAGRAPH},
        {"dl", TAG_PARAGRAPH},
        {"main", TAG_PARAGRAPH},
        {"aside", TAG_PARAGRAPH},
        {"nav", TAG_PARAGRAPH},
        {"address", TAG_PARAGRAPH},
        {"body", TAG_PARAGRAPH},
        {"html", TAG_PARAGRAPH},
        {"td", TAG_SPACE},
        {"th", TAG_SPACE},
        {"option", TAG_SPACE},
        {"script", TAG_DROP},
        {"style", TAG_DROP},
        {"noscript", TAG_DROP},
        {"template", TAG_DROP},
        {"iframe", TAG_DROP},
        {"svg", TAG_DROP},
        {"head", TAG_DROP},
        {"object", TAG_DROP},
        {"textarea", TAG_DROP},
        {"select", TAG_DROP},
    };
    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++)
        if (strcmp(tags[i].name, name) == 0) return tags[i].effect;
    return TAG_INLINE;
}

/* One pass over the text. The flags remember searches that ran to the end of the text in vain, so
 * that hostile text ("<a <a <a ...") is not searched again from every tag: the pass stays linear. */
struct stripper {
    const char *at, *end;
    char *out;
    size_t used, max;
    enum html_text_form form;
    bool newline_is_space; /* in HTML only tags make paragraphs */
    bool space, paragraph; /* pending separators */
    bool unescaped_markup; /* a reference gave '<' or '&': look once more */
    bool no_gt, no_unquoted_gt, no_comment_end, no_cdata_end;
};

static void put_bytes(struct stripper *s, const char *bytes, size_t len)
{
    bool separated = (s->paragraph || s->space) && s->used > 0;
    if (s->used + separated + len > s->max) {
        s->at = s->end; /* full: the rest is not used */
        return;
    }
    if (separated) s->out[s->used++] = s->paragraph && s->form == HTML_TEXT_BLOCK ? '\n' : ' ';
    s->space = s->paragraph = false;
    memcpy(s->out + s->used, bytes, len);
    s->used += len;
}

/* A run of ASCII, where any cut is a character boundary. */
static void put_plain(struct stripper *s, const char *bytes, size_t len)
{
    size_t room = s->max - s->used;
    if ((s->paragraph || s->space) && s->used > 0 && room > 0) room--; /* for the separator */
    if (len > room && room > 0) {
        put_bytes(s, bytes, bytes[room - 1] == ' ' ? room - 1 : room);
        s->at = s->end;
    } else {
        put_bytes(s, bytes, len);
    }
}

static void put_newline(struct stripper *s)
{
    if (s->newline_is_space)
        s->space = true;
    else
        s->paragraph = true;
}

/* Characters nobody sees or that change the order of what is seen: C0 and C1 controls, soft hyphen,
 * zero width space, bidi marks, embeddings, overrides and isolates, byte order mark, interlinear
 * annotation, tags, non-characters. ZWJ and ZWNJ stay: scripts need them. */
static bool is_dropped(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0xAD || c == 0x61C || c == 0x200B || c == 0x200E ||
           c == 0x200F || (c >= 0x202A && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || c == 0xFEFF ||
           (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE ||
           (c >= 0xE0000 && c <= 0xE007F);
}

static bool is_space(uint32_t c)
{
    return c == ' ' || c == '\t' || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x202F ||
           c == 0x205F || c == 0x3000;
}

static bool is_newline(uint32_t c)
{
    return c == '\n' || c == '\r' || c == '\f' || c == '\v' || c == 0x85 || c == 0x2028 || c == 0x2029;
}

static void put_code(struct stripper *s, uint32_t c)
{
    bool ordinary = (c > 0xAD && c < 0x61C) || (c > 0x3000 && c < 0xFDD0); /* most of what there is */
    if (!ordinary && is_newline(c)) {
        put_newline(s);
    } else if (!ordinary && is_space(c)) {
        s->space = true;
    } else if (ordinary || !is_dropped(c)) {
        char bytes[4];
        put_bytes(s, bytes, utf8_encode(c, bytes));
    }
}

static const char *find(const char *from, const char *end, const char *what)
{
    return memmem(from, (size_t)(end - from), what, strlen(what));
}

/* The end of a tag, behind its '>'; NULL when it has none. A '>' within quotes does not end it. */
static const char *tag_end(struct stripper *s)
{
    if (s->no_gt) return NULL;
    char quote = '\0';
    if (!s->no_unquoted_gt) {
        for (const char *p = s->at + 1; p < s->end; p++) {
            if (quote != '\0') {
                if (*p == quote) quote = '\0';
            } else if (*p == '>') {
                return p + 1;
            } else if ((*p == '"' || *p == '\'') && p[-1] == '=') {
                quote = *p;
            }
        }
        s->no_unquoted_gt = true;
    }
    const char *gt = memchr(s->at, '>', (size_t)(s->end - s->at));
    if (gt == NULL) s->no_gt = true;
    return gt == NULL ? NULL : gt + 1;
}

/* "<!--...-->", "<![CDATA[...]]>", "<!doctype ...>": returns false when it is none. */
static bool skip_declaration(struct stripper *s)
{
    size_t left = (size_t)(s->end - s->at);
    if (left >= 4 && memcmp(s->at, "<!--", 4) == 0 && !s->no_comment_end) {
        const char *close = find(s->at + 4, s->end, "-->");
        if (close != NULL) {
            s->at = close + 3;
            return true;
        }
        s->no_comment_end = true;
    }
    if (left >= 9 && memcmp(s->at, "<![CDATA[", 9) == 0) {
        s->at += 9; /* the content is text; its "]]>" is dropped where it is met */
        return true;
    }
    const char *end = tag_end(s);
    if (end == NULL) return false;
    s->at = end;
    return true;
}

/* Skips to behind "</name ...>", or to the end: what a script holds is never text. */
static void skip_content(struct stripper *s, const char *name, size_t name_len)
{
    while (s->at < s->end) {
        const char *open = memchr(s->at, '<', (size_t)(s->end - s->at));
        if (open == NULL) break;
        s->at = open + 1;
        if ((size_t)(s->end - s->at) < name_len + 1 || s->at[0] != '/') continue;
        if (strncasecmp(s->at + 1, name, name_len) != 0) continue;
        const char *gt = memchr(s->at, '>', (size_t)(s->end - s->at));
        if (gt == NULL) break;
        s->at = gt + 1;
        return;
    }
    s->at = s->end;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* At '<'. A tag begins with a letter or '/' and a letter; "a < b" and "<3" are text. */
static bool skip_tag(struct stripper *s)
{
    size_t left = (size_t)(s->end - s->at);
    if (left < 3) return false;
    if (s->at[1] == '!' || s->at[1] == '?') return skip_declaration(s);
    bool closing = s->at[1] == '/';
    const char *p = s->at + (closing ? 2 : 1);
    if (!is_letter(*p)) return false;
    char name[TAG_NAME_MAX];
    size_t n = 0;
    for (; p < s->end && (is_letter(*p) || (*p >= '0' && *p <= '9')) && n < sizeof(name) - 1; p++)
        name[n++] = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p;
    name[n] = '\0';
    const char *end = tag_end(s);
    if (end == NULL) return false;
    bool self_closed = end[-2] == '/';
    s->at = end;
    switch (tag_effect(name)) {
    case TAG_INLINE:
        break;
    case TAG_SPACE:
        s->space = true;
        break;
    case TAG_PARAGRAPH:
        s->paragraph = true;
        break;
    case TAG_DROP:
        s->space = true;
        if (!closing && !self_closed) skip_content(s, name, n);
        break;
    }
    return true;
}

static void strip_special(struct stripper *s)
{
    unsigned char c = (unsigned char)*s->at;
    size_t left = (size_t)(s->end - s->at);
    if (c == '<') {
        if (skip_tag(s)) return;
    } else if (c == '&') {
        uint32_t code;
        size_t used = html_entity_decode(s->at, left, &code);
        if (used > 0) {
            s->at += used;
            if (code == '<' || code == '&') s->unescaped_markup = true;
            put_code(s, code);
            return;
        }
    } else if (c == ']' && left >= 3 && memcmp(s->at, "]]>", 3) == 0) {
        s->at += 3;
        return;
    }
    size_t used;
    uint32_t code = utf8_decode(s->at, &used);
    s->at += used;
    put_code(s, code);
}

/* Bytes that can be copied as they are: printable ASCII without space, '<', '&' and ']'. */
static bool is_plain(unsigned char c)
{
    static const uint32_t plain[8] = {0, 0xFFFFFFBE & ~(1U << ('<' - 32)), 0xDFFFFFFF, 0x7FFFFFFF, 0, 0, 0,
                                      0};
    return (plain[c >> 5] >> (c & 31) & 1) != 0;
}

/* Plain bytes and single spaces between them: most of what there is, copied as it is. */
static const char *plain_run_end(const char *at, const char *end)
{
    for (;;) {
        while (at < end && is_plain((unsigned char)*at)) at++;
        if (end - at < 2 || *at != ' ' || !is_plain((unsigned char)at[1])) return at;
        at++;
    }
}

static void strip(struct stripper *s)
{
    while (s->at < s->end) {
        const char *from = s->at;
        if (is_plain((unsigned char)*from)) {
            s->at = plain_run_end(from, s->end);
            put_plain(s, from, (size_t)(s->at - from));
        }
        if (s->at == s->end) break;
        if (*s->at == ' ') {
            s->space = true;
            s->at++;
        } else {
            strip_special(s);
        }
    }
}

/* HTML is text with a tag that makes paragraphs; there a newline is only white space. */
static bool has_paragraph_tags(const char *text, size_t len)
{
    const char *end = text + len;
    for (const char *p = text; (p = memchr(p, '<', (size_t)(end - p))) != NULL; p++) {
        const char *name = p + 1;
        char lower[TAG_NAME_MAX];
        size_t n = 0;
        for (; name + n < end && n < sizeof(lower) - 1; n++) {
            char c = name[n];
            if (!is_letter(c) && !(n > 0 && c >= '0' && c <= '9')) break;
            lower[n] = (char)(c | 0x20);
        }
        lower[n] = '\0';
        if (n > 0 && tag_effect(lower) == TAG_PARAGRAPH) return true;
    }
    return false;
}

static char *strip_once(struct arena *arena, const char *text, size_t len, enum html_text_form form,
                        size_t max, size_t *out_len, bool *unescaped_markup)
{
    size_t room = len < max ? len : max; /* stripping never makes text longer */
    struct stripper s = {
        .at = text,
        .end = text + len,
        .out = arena_alloc(arena, room + 1),
        .max = room,
        .form = form,
        .newline_is_space = form == HTML_TEXT_LINE || has_paragraph_tags(text, len),
    };
    strip(&s);
    s.out[s.used] = '\0';
    *out_len = s.used;
    *unescaped_markup = s.unescaped_markup;
    return s.out;
}

const char *html_text(struct arena *arena, const char *text, size_t len, enum html_text_form form,
                      size_t max_bytes)
{
    size_t n;
    bool again;
    char *out = strip_once(arena, text, len, form, max_bytes, &n, &again);
    if (again) out = strip_once(arena, out, n, form, max_bytes, &n, &again);
    const char *normal = utf8_nfc(arena, out, &n);
    if (n <= max_bytes) return normal;
    return arena_memdup(arena, normal, utf8_cut(normal, n, max_bytes));
}
