#include "coverage/title_text.h"

#include <string.h>
#include <utf8proc.h>

#include "articles/fold.h"
#include "coverage/title_words.h"

enum { MIN_WORDS = 3, TITLE_WORDS_MAX = 48, FORMS_MAX = 4, PREFIX_MAX = 24 };

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

struct span {
    const char *at, *end;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct span trim(struct span s)
{
    while (s.at < s.end && is_space(*s.at)) s.at++;
    while (s.end > s.at && is_space(s.end[-1])) s.end--;
    return s;
}

static bool starts_with(struct span s, const char *text)
{
    size_t len = strlen(text);
    return (size_t)(s.end - s.at) >= len && (*s.at | 0x20) == (*text | 0x20) &&
           strncasecmp(s.at, text, len) == 0;
}

/* ---- separators ---- */

/* The separator at s.at ("|", " - ", an em dash ...), 0 bytes when there is none. A plain hyphen or
 * colon counts only as told: "Cease-fire" and "12:30" have none. */
static size_t separator_at(struct span s, bool colon)
{
    static const char *const always[] = {
        "|", "\xE2\x80\x94", "\xE2\x80\x93", "\xC2\xB7", "\xE2\x80\xA2", "\xC2\xBB", "::"};
    if (s.at == s.end || (strchr("|-:", *s.at) == NULL && (unsigned char)*s.at < 0x80))
        return 0; /* nearly always */
    for (size_t i = 0; i < COUNT_OF(always); i++)
        if (starts_with(s, always[i])) return strlen(always[i]);
    if (starts_with(s, "- ")) return 1;
    if (colon && *s.at == ':') return 1;
    return 0;
}

/* The last separator with white space before it; s.end when there is none. */
static const char *last_separator(struct span s, size_t *len)
{
    for (const char *at = s.end; at-- > s.at + 1;) {
        if (!is_space(at[-1])) continue;
        *len = separator_at((struct span){at, s.end}, false);
        if (*len > 0) return at;
    }
    return s.end;
}

/* ---- formats: words that only announce how it is told ---- */

static size_t span_words(struct span s)
{
    size_t words = 0;
    for (const char *at = s.at; at < s.end; at++) words += !is_space(*at) && (at == s.at || is_space(at[-1]));
    return words;
}

/* Enough is left to be a headline; text of an unspaced script has few spaces but many bytes. */
static bool is_enough(struct span s)
{
    return span_words(s) >= MIN_WORDS || s.end - s.at >= 24;
}

static bool is_format_behind(struct span tail)
{
    static const char *const formats[] = {"live",      "live updates", "live blog", "as it happened",
                                          "video",     "watch",        "opinion",   "analysis",
                                          "en direct", "liveticker"};
    for (size_t i = 0; i < COUNT_OF(formats); i++)
        if (starts_with(tail, formats[i]) && (size_t)(tail.end - tail.at) == strlen(formats[i])) return true;
    return false;
}

static struct span cut_suffix(struct span s)
{
    size_t len = 0;
    const char *at = last_separator(s, &len);
    if (at == s.end) return s;
    struct span head = trim((struct span){s.at, at});
    return is_enough(head) && is_format_behind(trim((struct span){at + len, s.end})) ? head : s;
}

/* Longer ones first where one begins another. */
static const char *const formats_before[] = {"live updates",
                                             "live update",
                                             "live blog",
                                             "live-blog",
                                             "liveblog",
                                             "live coverage",
                                             "live news",
                                             "live ticker",
                                             "live-ticker",
                                             "liveticker",
                                             "live",
                                             "breaking news",
                                             "breaking",
                                             "watch live",
                                             "watch",
                                             "video",
                                             "updates",
                                             "update",
                                             "just in",
                                             "developing",
                                             "exclusive",
                                             "urgent",
                                             "news alert",
                                             "alert",
                                             "as it happened",
                                             "en direct",
                                             "direct",
                                             "en vivo",
                                             "\xC3\xBAltima hora",
                                             "directo",
                                             "ultima hora",
                                             "diretta",
                                             "ao vivo",
                                             "eilmeldung",
                                             "newsblog",
                                             "newsticker",
                                             "wrapup",
                                             "refile",
                                             "corrected",
                                             "rpt",
                                             "brief",
                                             "opinion"};

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

/* "UPDATE 1-Leaders", "RPT-Leaders": how one agency marks its versions; s.at is at the hyphen. */
static bool is_version_hyphen(struct span s)
{
    if (s.end - s.at < 3 || *s.at != '-') return false;
    bool after_number = s.at[-1] >= '0' && s.at[-1] <= '9';
    return after_number || (is_upper(s.at[-1]) && is_upper(s.at[1]) && s.at[2] >= 'a' && s.at[2] <= 'z');
}

/* Behind a format's word: its separator, or a closing bracket; then the headline. NULL: it is no prefix. */
static const char *past_separator(struct span s, bool bracket)
{
    if (bracket) return s.at < s.end && (*s.at == ']' || *s.at == ')') ? s.at + 1 : NULL;
    if (is_version_hyphen(s)) return s.at + 1;
    s = trim(s);
    while (s.at < s.end && *s.at >= '0' && *s.at <= '9') s.at++;
    if (is_version_hyphen(s)) return s.at + 1;
    s = trim(s);
    size_t len = separator_at(s, true);
    return len > 0 ? s.at + len : NULL;
}

/* Whether a separator or bracket is near the beginning; most titles have none. */
static bool may_have_prefix(struct span s)
{
    const char *end = s.end - s.at > PREFIX_MAX ? s.at + PREFIX_MAX : s.end;
    for (const char *at = s.at; at < end; at++)
        if (*at == ':' || *at == '|' || *at == '-' || *at == ']' || *at == ')' || (unsigned char)*at >= 0x80)
            return true;
    return false;
}

static const char *past_prefix(struct span s)
{
    if (!may_have_prefix(s)) return NULL;
    bool bracket = s.at < s.end && (*s.at == '[' || *s.at == '(');
    if (bracket) s.at++;
    for (size_t i = 0; i < COUNT_OF(formats_before); i++) {
        if (!starts_with(s, formats_before[i])) continue;
        const char *past = past_separator((struct span){s.at + strlen(formats_before[i]), s.end}, bracket);
        if (past != NULL) return past;
    }
    return NULL;
}

static struct span cut_prefixes(struct span s)
{
    for (int i = 0; i < 2; i++) {
        const char *past = past_prefix(s);
        if (past == NULL) break;
        struct span rest = trim((struct span){past, s.end});
        if (!is_enough(rest)) break;
        s = rest;
    }
    return s;
}

const char *title_text_clean(struct arena *arena, const char *title)
{
    struct span s = trim((struct span){title, title + strlen(title)});
    while (s.end - s.at >= 2 && *s.at == '+' && s.end[-1] == '+')
        s = trim((struct span){s.at + 1, s.end - 1});
    s = cut_suffix(cut_prefixes(s));
    return arena_memdup(arena, s.at, (size_t)(s.end - s.at));
}

bool title_text_is_live(const char *title)
{
    struct span s = trim((struct span){title, title + strlen(title)});
    if (past_prefix(s) != NULL || starts_with(s, "+++")) return true;
    size_t len = 0;
    const char *at = last_separator(s, &len);
    return at < s.end && starts_with(trim((struct span){at + len, s.end}), "live");
}

/* ---- shouting ---- */

/* The character at s->at, which it steps over. */
static int32_t next_char(struct span *s)
{
    size_t used = 0;
    int32_t c = fold_next(s->at, (size_t)(s->end - s->at), &used);
    s->at += used;
    return c;
}

bool title_text_is_shouting(const char *title)
{
    struct title_words_case found = title_words_case(title);
    return found.words >= 2 && found.upper >= 8 && found.upper >= 9 * found.lower;
}

struct word_forms {
    struct span word; /* in the title */
    struct {
        struct span text;
        unsigned seen;
    } forms[FORMS_MAX];
};

static size_t folded_length(struct span s, int32_t *out, size_t max)
{
    size_t len = 0;
    while (s.at < s.end && len < max) {
        int32_t c = next_char(&s);
        out[len++] = utf8proc_tolower(c);
    }
    return s.at < s.end ? max + 1 : len;
}

static bool same_folded(struct span a, struct span b)
{
    int32_t x[40], y[40];
    size_t x_len = folded_length(a, x, 40), y_len = folded_length(b, y, 40);
    return x_len == y_len && x_len <= 40 && memcmp(x, y, x_len * sizeof(*x)) == 0;
}

static bool same_bytes(struct span a, struct span b)
{
    return a.end - a.at == b.end - b.at && memcmp(a.at, b.at, (size_t)(a.end - a.at)) == 0;
}

static void count_form(struct word_forms *word, struct span seen)
{
    for (size_t i = 0; i < FORMS_MAX; i++) {
        if (word->forms[i].seen > 0 && !same_bytes(word->forms[i].text, seen)) continue;
        word->forms[i].text = seen;
        word->forms[i].seen++;
        return;
    }
}

/* The next run of letters and digits at or after *at; false at the end. *inside: no sentence begins with it.
 */
static bool next_word(const char **at, const char *end, struct span *word, bool *inside)
{
    bool begun = false;
    for (const char *i = *at; i < end;) {
        struct span rest = {i, end};
        int32_t c = next_char(&rest);
        bool is_word = title_words_is_word_char(c);
        if (!begun && is_word) word->at = i;
        if (begun && !is_word) {
            word->end = i;
            *at = i;
            return true;
        }
        begun = begun || is_word;
        if (!begun && !is_space((char)c) && c != ',') *inside = false;
        i = rest.at;
    }
    word->end = end;
    *at = end;
    return begun;
}

static void count_forms(struct word_forms *words, size_t count, const char *text)
{
    const char *at = text, *end = text + strlen(text);
    struct span seen;
    for (bool inside = false; next_word(&at, end, &seen, &inside); inside = true) {
        if (!inside) continue;
        for (size_t i = 0; i < count; i++)
            if (same_folded(words[i].word, seen)) count_form(&words[i], seen);
    }
}

static struct span best_form(const struct word_forms *word)
{
    size_t best = 0;
    for (size_t i = 1; i < FORMS_MAX; i++)
        if (word->forms[i].seen > word->forms[best].seen) best = i;
    return word->forms[best].seen > 0 ? word->forms[best].text : (struct span){NULL, NULL};
}

static char *put_char(char *out, int32_t c)
{
    return out + utf8proc_encode_char(c, (utf8proc_uint8_t *)out);
}

/* Copies a stretch, in lower case; the first letter of all as a capital. */
static char *put_lower(char *out, struct span s, bool *first)
{
    while (s.at < s.end) {
        int32_t c = next_char(&s);
        bool letter = title_words_is_word_char(c);
        out = put_char(out, *first && letter ? utf8proc_toupper(c) : utf8proc_tolower(c));
        *first = *first && !letter;
    }
    return out;
}

static char *put_as_is(char *out, struct span s, bool *first)
{
    if (*first) {
        int32_t c = next_char(&s);
        out = put_char(out, utf8proc_toupper(c));
        *first = false;
    }
    memcpy(out, s.at, (size_t)(s.end - s.at));
    return out + (s.end - s.at);
}

const char *title_text_calm(struct arena *arena, const char *title, const char *const *texts, size_t count)
{
    struct word_forms words[TITLE_WORDS_MAX];
    const char *end = title + strlen(title), *at = title;
    size_t word_count = 0;
    bool inside = false, first = true;
    for (struct span word; word_count < TITLE_WORDS_MAX && next_word(&at, end, &word, &inside);)
        words[word_count++] = (struct word_forms){.word = word};
    for (size_t i = 0; i < count; i++) count_forms(words, word_count, texts[i]);

    /* A letter may grow by a byte or two when its case changes, never past 4. */
    char *calm = arena_alloc(arena, 4 * (size_t)(end - title) + 1), *out = calm;
    at = title;
    for (size_t i = 0; i < word_count; i++) {
        struct span form = best_form(&words[i]);
        out = put_lower(out, (struct span){at, words[i].word.at}, &first);
        if (form.at != NULL)
            out = put_as_is(out, form, &first);
        else
            out = put_lower(out, words[i].word, &first);
        at = words[i].word.end;
    }
    out = put_lower(out, (struct span){at, end}, &first);
    *out = '\0';
    return calm;
}
